//! The CSC API: its error answers, what its endpoints read, and the token they ask for. CSC API 2.0.0.2.

mod body;
mod failure;
pub mod logo;
mod token;
pub mod v2;

use axum::response::{IntoResponse, Response};
use csc_api::{CscError, ErrorCode};

pub use body::RequestBody;
pub use failure::Failure;
pub use token::Bearer;

/// Answers a method of the API that does not exist here; `info` lists those that do.
pub async fn unknown_method() -> Failure {
    Failure::from(CscError::new(404, ErrorCode::InvalidRequest, "The method is not offered by this service."))
}

/// Answers a right address with a wrong HTTP method.
pub async fn method_not_allowed() -> Response {
    Failure::from(CscError::new(405, ErrorCode::InvalidRequest, "The HTTP method is not allowed for this address."))
        .into_response()
}
