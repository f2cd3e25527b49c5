//! POST /oauth2/revoke: a client gives a token back; 204. RFC 7009; CSC API 2.0.0.2 8.4.5.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use csc_api::CscError;
use csc_api::oauth::revoke::RevokeRequest;
use ssa::oauth::RevokeError;

use super::client;
use super::form::FormBody;
use crate::App;
use crate::csc::Failure;

/// Revokes a token of the calling client.
pub async fn post(State(app): State<App>, headers: HeaderMap, form: FormBody) -> Result<StatusCode, Failure> {
    let FormBody(mut form) = form;
    let client = client::authenticate(&app, &headers, &mut form)?;
    let request = RevokeRequest::from_form(&mut form)?;
    app.oauth().revoke(&client, &request.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<RevokeError> for Failure {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::UnknownToken => CscError::invalid_request("Invalid string parameter token").into(),
            RevokeError::Fault(fault) => fault.into(),
        }
    }
}
