//! One time-stamp authority: ask, and take the answer only if everything about it is right. RFC 3161 2.2, 3.4.

use crate::http::{HttpClient, HttpError, HttpRequest};
use ades::crypto::AwsLc;
use ades::evidence::path_to_anchor;
use ades::tsp::{Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken, TspError};
use ades::x509::Certificate;
use std::time::Duration;

/// How far the authority's clock and ours may differ.
const CLOCK_TOLERANCE: u64 = 300;

/// How to reach one authority, and what its certificate must lead to.
#[derive(Clone)]
pub struct TsaSettings {
    /// The name for logs and errors.
    pub name: String,
    /// Where requests go.
    pub url: String,
    /// The pinned roots; one is enough, more during a change of root.
    pub roots: Vec<Certificate>,
    /// How long an answer may take.
    pub deadline: Duration,
}

/// Why there is no token, or none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum TsaError {
    /// The authority was not reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer is of another media type.
    #[error("the answer is not of type application/timestamp-reply; check the configured address")]
    MediaType,
    /// The authority refused, or its token does not answer the request or does not verify.
    #[error(transparent)]
    Token(#[from] TspError),
    /// The token's time is not now.
    #[error("the token says another time than our clock ({difference} s apart); compare the clocks of both sides")]
    WrongTime {
        /// By how much, in seconds.
        difference: u64,
    },
    /// The certificate does not lead to a pinned root.
    #[error("the token's certificate does not lead to the configured root; check the configured root")]
    Untrusted,
}

/// A client of one authority.
#[derive(Clone)]
pub struct TsaClient {
    http: HttpClient,
    settings: TsaSettings,
    any_root: bool,
}

impl TsaClient {
    /// A client that sends through `http`.
    #[must_use]
    pub fn new(http: HttpClient, settings: TsaSettings) -> Self {
        Self { http, settings, any_root: false }
    }

    /// The same, but its tokens need not lead to a pinned root: for people who name an authority and judge its tokens later.
    #[must_use]
    pub fn without_root(self) -> Self {
        Self { any_root: true, ..self }
    }

    /// The configured name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Gets a token over `imprint`. Checked: status, imprint, nonce, purpose and signature, path to a pinned root, time against `now`.
    ///
    /// Without a nonce only the time tells that the token is not an old one; leave it out only if a client of ours did.
    pub async fn timestamp(
        &self,
        imprint: &Imprint,
        nonce: Option<&Nonce>,
        now: u64,
    ) -> Result<TimestampToken, TsaError> {
        let request = TimestampRequest::new(imprint.clone(), nonce.cloned().unwrap_or_else(|| Nonce::from_bytes(&[])));
        let request = if nonce.is_some() { request } else { request.without_nonce() };
        let query = HttpRequest::post(&self.settings.url, "application/timestamp-query", request.to_der())
            .header("accept", "application/timestamp-reply")
            .deadline(self.settings.deadline);
        let answer = self.http.send_for_ok(query).await?;
        if !answer.is_of_type("application/timestamp-reply") {
            return Err(TsaError::MediaType);
        }
        let token = TimestampResponse::from_der(&answer.body)?.into_token(&request, &AwsLc)?;
        let difference = token.info().time.abs_diff(now);
        if difference > CLOCK_TOLERANCE {
            return Err(TsaError::WrongTime { difference });
        }
        let signer = token.verify(&[], &AwsLc)?;
        if self.any_root {
            return Ok(token);
        }
        path_to_anchor(&signer, &token.certificates(), &self.settings.roots, token.info().time, &AwsLc)
            .ok_or(TsaError::Untrusted)?;
        Ok(token)
    }
}
