//! An error answer over HTTP: status, headers and the JSON of [`CscError`]. CSC API 2.0.0.2 10.1; RFC 6750 3.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use csc_api::{CscError, ErrorCode};
use ssa::CredentialError;
use ssa::oauth::{AccessTokenError, ApprovalError, ServiceFault};

use crate::layer::log_fault;

/// Seconds after which a request that met an outage may be tried again, where nothing better is known.
const RETRY_AFTER: u64 = 5;

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    error: CscError,
    retry_after: Option<u64>,
}

impl Failure {
    /// 503, with the seconds after which it makes sense to try again.
    pub fn unavailable(retry_after: Option<u64>) -> Self {
        Self { error: CscError::temporarily_unavailable(), retry_after: Some(retry_after.unwrap_or(RETRY_AFTER)) }
    }
}

impl From<CscError> for Failure {
    fn from(error: CscError) -> Self {
        Self { error, retry_after: None }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let of_token = matches!(self.error.code, ErrorCode::InvalidToken | ErrorCode::ExpiredToken);
        let challenge = match status {
            StatusCode::UNAUTHORIZED if of_token => Some(r#"Bearer error="invalid_token""#),
            StatusCode::UNAUTHORIZED => Some(r#"Basic realm="oauth2", charset="UTF-8""#),
            _ => None,
        };
        let mut response = (status, Json(self.error)).into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ServiceFault> for Failure {
    fn from(fault: ServiceFault) -> Self {
        match fault {
            ServiceFault::Unavailable(source) => {
                log_fault("the service could not answer", &*source);
                Self::unavailable(None)
            }
            ServiceFault::Internal(source) => {
                log_fault("the service met a fault", &*source);
                CscError::server_error().into()
            }
        }
    }
}

impl From<AccessTokenError> for Failure {
    fn from(error: AccessTokenError) -> Self {
        match error {
            AccessTokenError::Unknown => CscError::invalid_token().into(),
            AccessTokenError::Expired => CscError::expired_token().into(),
            AccessTokenError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ApprovalError> for Failure {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Missing => CscError::missing_string("SAD").into(),
            ApprovalError::Invalid => CscError::invalid_parameter("SAD").into(),
            ApprovalError::OtherCredential => CscError::invalid_parameter("credentialID").into(),
            ApprovalError::Expired => CscError::sad_expired().into(),
            ApprovalError::Fault(fault) => fault.into(),
        }
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        match error {
            // An unknown credential and another signer's are answered alike.
            CredentialError::NotFound => CscError::invalid_parameter("credentialID").into(),
            CredentialError::Unavailable(source) => ServiceFault::Unavailable(source).into(),
            CredentialError::Internal(source) => ServiceFault::Internal(source).into(),
        }
    }
}
