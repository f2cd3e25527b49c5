//! The calls of CSC API 2.0.0.2, clauses 8.4 and 11, as typed functions.

use crate::http::{HttpAnswer, HttpClient, HttpError, HttpRequest};
use base64ct::{Base64, Encoding};
use csc_api::oauth::metadata::Metadata;
use csc_api::oauth::pushed_authorize::{PushedAuthorizationRequest, PushedAuthorizationResponse};
use csc_api::oauth::token::{TokenRequest, TokenResponse};
use csc_api::v2::credentials::info::{CredentialInfo, CredentialInfoRequest};
use csc_api::v2::credentials::list::{CredentialListRequest, CredentialListResponse};
use csc_api::v2::info::{InfoRequest, InfoResponse};
use csc_api::v2::signatures::sign_hash::{SignHashRequest, SignHashResponse};
use csc_api::v2::signatures::timestamp::{TimestampRequest, TimestampResponse};
use csc_api::{CscError, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

/// How the client is known to the authorization server. No Debug, because of the secret.
#[derive(Clone)]
pub struct ClientIdentity {
    /// `client_id`.
    pub id: String,
    /// `client_secret`, sent by HTTP Basic; `None` for a public client.
    pub secret: Option<String>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CscClientError {
    /// The service was not reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The service refused, in the words of CSC.
    #[error("the service refused {call} (status {status}): {source}", status = source.status)]
    Refused {
        /// Which call.
        call: &'static str,
        /// What it said.
        source: CscError,
    },
    /// An error status without an error body.
    #[error("the service answers {call} with status {status} and no CSC error")]
    Status {
        /// Which call.
        call: &'static str,
        /// The status.
        status: u16,
    },
    /// The answer is not what the specification says.
    #[error("the answer to {call} is not what the specification says")]
    Answer {
        /// Which call.
        call: &'static str,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
    /// `info` names no authorization server.
    #[error("the service names no OAuth 2 server (oauth2 or oauth2Issuer) in its info")]
    NoAuthorizationServer,
}

impl CscClientError {
    /// The CSC error, if the service gave one.
    #[must_use]
    pub fn refusal(&self) -> Option<&CscError> {
        match self {
            Self::Refused { source, .. } => Some(source),
            Self::Http(_) | Self::Status { .. } | Self::Answer { .. } | Self::NoAuthorizationServer => None,
        }
    }
}

/// A client of one service. Clones share connections.
#[derive(Clone)]
pub struct CscClient {
    http: HttpClient,
    base: String,
    identity: ClientIdentity,
    server: AuthorizationServer,
}

#[derive(Clone)]
struct AuthorizationServer {
    issuer: Option<String>,
    authorize: String,
    push: String,
    token: String,
}

impl CscClient {
    /// Asks the service at `base` (which ends with `/csc/v2`) for its `info` and finds its authorization server.
    pub async fn discover(
        http: HttpClient,
        base: &str,
        identity: ClientIdentity,
    ) -> Result<(Self, InfoResponse), CscClientError> {
        let base = base.trim_end_matches('/').to_owned();
        let info: InfoResponse =
            post_json(&http, "info", &format!("{base}/info"), None, &InfoRequest::default()).await?;
        let server = match (&info.oauth2_issuer, &info.oauth2) {
            (Some(issuer), _) => AuthorizationServer::from_metadata(&http, issuer).await?,
            (None, Some(base)) => AuthorizationServer::below(base),
            (None, None) => return Err(CscClientError::NoAuthorizationServer),
        };
        Ok((Self { http, base, identity, server }, info))
    }

    /// `oauth2/pushed_authorize`. CSC 8.4.3; RFC 9126.
    pub async fn push(
        &self,
        request: &PushedAuthorizationRequest,
    ) -> Result<PushedAuthorizationResponse, CscClientError> {
        self.post_form("oauth2/pushed_authorize", &self.server.push, request.to_parameters()).await
    }

    /// Where the signer's browser goes with a pushed request. CSC 8.4.2; RFC 9126 4.
    #[must_use]
    pub fn authorization_url(&self, pushed: &PushedAuthorizationResponse) -> String {
        let parameters = [("client_id", self.identity.id.as_str()), ("request_uri", &pushed.request_uri)];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}?{query}", self.server.authorize)
    }

    /// The issuer to compare the redirect with, if the service names one.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.server.issuer.as_deref()
    }

    /// `oauth2/token`. CSC 8.4.4.
    pub async fn token(&self, request: &TokenRequest) -> Result<TokenResponse, CscClientError> {
        self.post_form("oauth2/token", &self.server.token, request.to_parameters()).await
    }

    /// `credentials/list`. CSC 11.4.
    pub async fn list_credentials(
        &self,
        token: &str,
        request: &CredentialListRequest,
    ) -> Result<CredentialListResponse, CscClientError> {
        self.call("credentials/list", token, request).await
    }

    /// `credentials/info`. CSC 11.5.
    pub async fn credential_info(
        &self,
        token: &str,
        request: &CredentialInfoRequest,
    ) -> Result<CredentialInfo, CscClientError> {
        self.call("credentials/info", token, request).await
    }

    /// `signatures/signHash`. CSC 11.10. With [`SignHashRequest::receipts`] a Rakkan service adds the receipts of its signing log; another
    /// one ignores the member or refuses it.
    pub async fn sign_hash(&self, token: &str, request: &SignHashRequest) -> Result<SignHashResponse, CscClientError> {
        self.call("signatures/signHash", token, request).await
    }

    /// `signatures/timestamp`. CSC 11.13.
    pub async fn timestamp(
        &self,
        token: &str,
        request: &TimestampRequest,
    ) -> Result<TimestampResponse, CscClientError> {
        self.call("signatures/timestamp", token, request).await
    }

    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        call: &'static str,
        token: &str,
        request: &Q,
    ) -> Result<A, CscClientError> {
        post_json(&self.http, call, &format!("{}/{call}", self.base), Some(token), request).await
    }

    // The client id goes into the body as well: CSC lists it there, and RFC 6749 2.3.1 allows it beside Basic.
    async fn post_form<A: DeserializeOwned>(
        &self,
        call: &'static str,
        url: &str,
        mut fields: Vec<(&'static str, String)>,
    ) -> Result<A, CscClientError> {
        fields.push(("client_id", self.identity.id.clone()));
        let mut request = HttpRequest::post_form(url, fields).header("accept", "application/json");
        if let Some(secret) = &self.identity.secret {
            let pair = format!("{}:{}", form_encoded(&self.identity.id), form_encoded(secret));
            request = request.header("authorization", &format!("Basic {}", Base64::encode_string(pair.as_bytes())));
        }
        read(call, self.http.send(request).await?)
    }
}

impl AuthorizationServer {
    /// CSC 8.4: the endpoints below `info.oauth2`.
    fn below(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            issuer: None,
            authorize: format!("{base}/oauth2/authorize"),
            push: format!("{base}/oauth2/pushed_authorize"),
            token: format!("{base}/oauth2/token"),
        }
    }

    /// RFC 8414 3: the metadata of `info.oauth2Issuer`.
    async fn from_metadata(http: &HttpClient, issuer: &str) -> Result<Self, CscClientError> {
        const CALL: &str = "the authorization server's metadata";
        let mut url = Url::parse(issuer).map_err(|_| CscClientError::NoAuthorizationServer)?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
        let metadata: Metadata = read(CALL, http.send(HttpRequest::get(url.as_str())).await?)?;
        // RFC 8414 3.3: metadata that name another issuer are somebody else's.
        if metadata.issuer != issuer {
            return Err(CscClientError::NoAuthorizationServer);
        }
        let push = metadata.pushed_authorization_request_endpoint.ok_or(CscClientError::NoAuthorizationServer)?;
        let (authorize, token) = (metadata.authorization_endpoint, metadata.token_endpoint);
        Ok(Self { issuer: Some(metadata.issuer), authorize, push, token })
    }
}

/// RFC 6749 2.3.1: id and secret are form-encoded before they go into Basic.
fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn post_json<Q: Serialize, A: DeserializeOwned>(
    http: &HttpClient,
    call: &'static str,
    url: &str,
    token: Option<&str>,
    request: &Q,
) -> Result<A, CscClientError> {
    let body = serde_json::to_vec(request).map_err(|source| CscClientError::Answer { call, source })?;
    let mut sent = HttpRequest::post(url, "application/json", body).header("accept", "application/json");
    if let Some(token) = token {
        sent = sent.header("authorization", &format!("Bearer {token}"));
    }
    read(call, http.send(sent).await?)
}

fn read<A: DeserializeOwned>(call: &'static str, answer: HttpAnswer) -> Result<A, CscClientError> {
    if (200..300).contains(&answer.status) {
        return serde_json::from_slice(&answer.body).map_err(|source| CscClientError::Answer { call, source });
    }
    let status = answer.status;
    match serde_json::from_slice::<CscError>(&answer.body) {
        Ok(error) if error.code != ErrorCode::Other(String::new()) => {
            Err(CscClientError::Refused { call, source: CscError { status, ..error } })
        }
        _ => Err(CscClientError::Status { call, status }),
    }
}
