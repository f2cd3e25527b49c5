//! The octets of a request body, within the limit, or the answer that says why not.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use csc_api::CscError;

use super::Failure;

/// The whole body, at most [`csc_api::MAX_BODY`] octets.
#[derive(Debug, Clone)]
pub struct RequestBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RequestBody {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Bytes::from_request(request, state).await {
            Ok(body) => Ok(Self(body)),
            Err(rejection) if rejection.status() == 413 => Err(CscError::too_large().into()),
            Err(_) => Err(CscError::malformed().into()),
        }
    }
}
