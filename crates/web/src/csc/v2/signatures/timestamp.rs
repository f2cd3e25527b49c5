//! POST /csc/v2/signatures/timestamp: a token of a time-stamp authority for a hash. CSC API 2.0.0.2 11.13.
//!
//! Which authority answers is the service's policy; the API has no member to choose one.

use axum::Json;
use axum::extract::State;
use csc_api::v2::signatures::timestamp::{TimestampRequest, TimestampResponse};
use csc_api::{Binary, CscError};
use ssa::oauth::ServiceFault;
use ssa::{TimestampError, TimestampOrder};

use crate::App;
use crate::csc::{Bearer, Failure, RequestBody};
use crate::layer::log_fault;

/// Time-stamps. Any good token will do: the hash is the caller's own affair.
pub async fn post(
    State(app): State<App>,
    Bearer(_): Bearer,
    RequestBody(body): RequestBody,
) -> Result<Json<TimestampResponse>, Failure> {
    let request = TimestampRequest::from_json(&body)?;
    let order = TimestampOrder { hash_algorithm_oid: request.hash_algo, imprint: request.hash.0, nonce: request.nonce };
    let reply = app.ssa().timestamp(order).await?;
    Ok(Json(TimestampResponse { timestamp: Binary(reply.token_der) }))
}

impl From<TimestampError> for Failure {
    fn from(error: TimestampError) -> Self {
        match error {
            TimestampError::UnknownHashAlgorithm => CscError::invalid_parameter("hashAlgo").into(),
            TimestampError::WrongLength => CscError::invalid_digest_length().into(),
            TimestampError::InvalidNonce => CscError::invalid_parameter("nonce").into(),
            TimestampError::Unavailable(_) => {
                log_fault("no time-stamp authority gave a token", &error);
                Failure::unavailable(None)
            }
            TimestampError::Internal(source) => ServiceFault::Internal(source).into(),
        }
    }
}
