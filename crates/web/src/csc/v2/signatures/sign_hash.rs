//! POST /csc/v2/signatures/signHash: signs the hashes that the signer approved. CSC API 2.0.0.2 11.10.

use axum::Json;
use axum::extract::State;
use csc_api::v2::signatures::sign_hash::{SignHashRequest, SignHashResponse};
use csc_api::{Binary, CscError, algorithm};
use ssa::oauth::{Approval, ServiceFault};
use ssa::{SignApprovedError, SignOrder};

use crate::App;
use crate::csc::{Bearer, Failure, RequestBody};

/// DER NULL, which some clients send as the parameters of RSA.
const DER_NULL: [u8; 2] = [5, 0];

/// Signs. The values come in the order of the hashes; ECDSA values are DER.
pub async fn post(
    State(app): State<App>,
    Bearer(token): Bearer,
    RequestBody(body): RequestBody,
) -> Result<Json<SignHashResponse>, Failure> {
    let request = SignHashRequest::from_json(&body)?;
    let approval = app.oauth().approval(&token, request.sad.as_deref(), &request.credential_id).await?;
    let with_receipts = request.receipts;
    let order = order(approval, request)?;
    let signed = app.ssa().sign_approved(order).await?;
    // Who gets the value gets its receipt, and nobody else: there is no way to ask for a receipt later or by the hash.
    let (signatures, receipts): (Vec<_>, Vec<_>) =
        signed.into_iter().map(|item| (Binary(item.signature), Binary(item.receipt.into_bytes()))).unzip();
    Ok(Json(SignHashResponse { signatures, receipts: with_receipts.then_some(receipts) }))
}

fn order(approval: Approval, request: SignHashRequest) -> Result<SignOrder, CscError> {
    let digest =
        algorithm::digest_of_signature(&request.sign_algo).ok_or_else(|| CscError::invalid_parameter("signAlgo"))?;
    // The signature algorithm fixes the digest; a client may repeat it and may not contradict it.
    if request.hash_algorithm_oid.as_deref().is_some_and(|oid| oid != digest) {
        return Err(CscError::invalid_parameter("hashAlgorithmOID"));
    }
    if request.sign_algo_params.as_ref().is_some_and(|params| !params.0.is_empty() && params.0 != DER_NULL) {
        return Err(CscError::invalid_parameter("signAlgoParams"));
    }
    let length = algorithm::digest_length(digest);
    if request.hashes.iter().any(|hash| Some(hash.0.len()) != length) {
        return Err(CscError::invalid_digest_length());
    }
    Ok(SignOrder {
        ticket: approval.ticket_id,
        client_id: approval.client_id,
        credential_id: approval.credential_id,
        hash_algorithm_oid: Some(digest.to_owned()),
        signature_algorithm_oid: request.sign_algo,
        hashes: request.hashes.into_iter().map(|hash| hash.0).collect(),
    })
}

impl From<SignApprovedError> for Failure {
    fn from(error: SignApprovedError) -> Self {
        match error {
            SignApprovedError::HashNotApproved => CscError::hash_not_authorized().into(),
            SignApprovedError::UnknownApproval | SignApprovedError::HashAlreadySigned => {
                CscError::invalid_parameter("SAD").into()
            }
            SignApprovedError::InvalidHashes => CscError::invalid_parameter("hashes").into(),
            SignApprovedError::ApprovalExpired => CscError::sad_expired().into(),
            SignApprovedError::WrongCredential => CscError::invalid_parameter("credentialID").into(),
            SignApprovedError::AlgorithmMismatch => CscError::invalid_parameter("signAlgo").into(),
            SignApprovedError::Refused(_) => CscError::access_denied().into(),
            SignApprovedError::Unavailable(source) => ServiceFault::Unavailable(source).into(),
            SignApprovedError::Internal(source) => ServiceFault::Internal(source).into(),
        }
    }
}
