//! POST /csc/v2/credentials/list: the credentials of the signer who gave the token. CSC API 2.0.0.2 11.4.

use axum::Json;
use axum::extract::State;
use csc_api::CscError;
use csc_api::v2::credentials::info::{CertificateStatus, CredentialInfo};
use csc_api::v2::credentials::list::{CredentialListRequest, CredentialListResponse};

use super::{Facts, Wanted, described};
use crate::App;
use crate::csc::{Bearer, Failure, RequestBody};

/// Lists credentials that have a certificate; with `onlyValid` those that can sign now.
pub async fn post(
    State(app): State<App>,
    bearer: Bearer,
    RequestBody(body): RequestBody,
) -> Result<Json<CredentialListResponse>, Failure> {
    let token = bearer.service()?;
    let request = CredentialListRequest::from_json(&body)?;
    // The token says whose credentials: naming a user beside it is an error, whoever it names.
    if request.user_id.is_some() {
        return Err(CscError::invalid_request("userID parameter MUST be null").into());
    }
    let facts = Facts::of(&app).await?;
    let wanted = Wanted { certificates: request.certificates, cert_info: request.cert_info };
    let infos: Vec<CredentialInfo> = app
        .ssa()
        .list_credentials(token.signer_id())
        .await?
        .into_iter()
        .filter_map(|view| {
            let credential_id = Some(view.id.to_string());
            Some(CredentialInfo { credential_id, ..described(view, wanted, facts)? })
        })
        .filter(|info| !request.only_valid || info.cert.status == Some(CertificateStatus::Valid))
        .collect();
    Ok(Json(CredentialListResponse {
        credential_ids: infos.iter().filter_map(|info| info.credential_id.clone()).collect(),
        credential_infos: request.credential_info.then_some(infos),
        only_valid: request.only_valid.then_some(true),
    }))
}
