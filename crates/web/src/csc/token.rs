//! The access token in the `Authorization` header. RFC 6750 2.1; CSC API 2.0.0.2 8.2.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use csc_api::CscError;
use ssa::oauth::{AccessToken, TokenScope};

use super::Failure;
use crate::App;

/// A token that is good now. Tokens in the query or in the body are not read.
#[derive(Debug, Clone)]
pub struct Bearer(pub AccessToken);

impl Bearer {
    /// The token, if it has the scope `service`.
    ///
    /// # Errors
    /// [`CscError::unauthorized_client`]: a token for signing does not list what else the signer has.
    pub fn service(self) -> Result<AccessToken, Failure> {
        match self.0.scope() {
            TokenScope::Service => Ok(self.0),
            TokenScope::Credential { .. } => Err(CscError::unauthorized_client().into()),
        }
    }
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return Err(CscError::malformed_authorization_header().into());
        };
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && is_token(token))
            .ok_or_else(CscError::malformed_authorization_header)?
            .1;
        Ok(Self(app.oauth().access_token(token).await?))
    }
}

/// `b64token` of RFC 6750 2.1.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|octet| {
            octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
        })
}
