//! POST /csc/v2/credentials/info: key, certificate and way of authorization of one credential. CSC API 2.0.0.2 11.5.

use axum::Json;
use axum::extract::State;
use csc_api::CscError;
use csc_api::v2::credentials::info::{CredentialInfo, CredentialInfoRequest};
use ssa::CredentialId;

use super::{Facts, Wanted, described};
use crate::App;
use crate::csc::{Bearer, Failure, RequestBody};
use crate::layer::log_fault;

/// Describes a credential of the signer who gave the token. Any other is answered like one that does not exist.
pub async fn post(
    State(app): State<App>,
    Bearer(token): Bearer,
    RequestBody(body): RequestBody,
) -> Result<Json<CredentialInfo>, Failure> {
    let request = CredentialInfoRequest::from_json(&body)?;
    let unknown = || Failure::from(CscError::invalid_parameter("credentialID"));
    let id: CredentialId = request.credential_id.parse().map_err(|_| unknown())?;
    if !token.covers(&id) {
        return Err(unknown());
    }
    let view = app.ssa().credential(token.signer_id(), &id).await?;
    let facts = Facts::of(&app).await?;
    let wanted = Wanted { certificates: request.certificates, cert_info: request.cert_info };
    described(view, wanted, facts).map(Json).ok_or_else(unknown)
}

impl Facts {
    /// Asks the signature activation module: what it does not confirm is not claimed.
    pub(super) async fn of(app: &App) -> Result<Self, Failure> {
        match app.ssa().sam_status().await {
            Ok(status) => Ok(Self { now: app.ssa().now(), scal2: status.scal2 }),
            Err(error) => {
                log_fault("the signature activation module gave no status", &error);
                Err(Failure::unavailable(None))
            }
        }
    }
}
