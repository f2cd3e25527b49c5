//! POST /oauth2/pushed_authorize: the client hands over an authorization request. RFC 9126; CSC API 2.0.0.2 8.4.3.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use csc_api::CscError;
use csc_api::oauth::authorization_details::AuthorizationDetail;
use csc_api::oauth::pushed_authorize::{PushedAuthorizationRequest, PushedAuthorizationResponse, RequestedScope};
use ssa::oauth::{self, PushError, PushOrder, RequestedHash, SignRequest};

use super::client;
use super::form::FormBody;
use crate::App;
use crate::csc::Failure;

/// Takes in a request; 201 with the reference for the browser.
pub async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    form: FormBody,
) -> Result<(StatusCode, Json<PushedAuthorizationResponse>), Failure> {
    let FormBody(mut form) = form;
    let client = client::authenticate(&app, &headers, &mut form)?;
    let request = PushedAuthorizationRequest::from_form(&mut form)?;
    let pushed = app.oauth().push(&client, order(request)?).await?;
    let answer = PushedAuthorizationResponse { request_uri: pushed.request_uri, expires_in: pushed.expires_in };
    Ok((StatusCode::CREATED, Json(answer)))
}

fn order(request: PushedAuthorizationRequest) -> Result<PushOrder, CscError> {
    let scope = match request.scope {
        RequestedScope::Service => oauth::RequestedScope::Service,
        RequestedScope::Credential(detail) => oauth::RequestedScope::Credential(sign_request(detail)?),
    };
    Ok(PushOrder {
        redirect_uri: request.redirect_uri,
        code_challenge: request.code_challenge,
        state: request.state,
        scope,
        description: request.description,
        language: request.lang,
    })
}

fn sign_request(detail: AuthorizationDetail) -> Result<SignRequest, CscError> {
    detail.signatures()?;
    let echo = echo(&detail)?;
    let hashes = detail.document_digests.into_iter();
    Ok(SignRequest {
        credential_id: detail.credential_id,
        hash_algorithm_oid: detail.hash_algorithm_oid,
        hashes: hashes.map(|item| RequestedHash { hash: item.hash.0, label: item.label }).collect(),
        echo,
    })
}

/// The text under which the details come back with the token; the same details always give the same text.
pub(super) fn echo(detail: &AuthorizationDetail) -> Result<String, CscError> {
    serde_json::to_string(detail).map_err(|_| CscError::server_error())
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        let refuse = CscError::invalid_authorization_details;
        match error {
            PushError::UnknownRedirectUri => CscError::invalid_parameter("redirect_uri").into(),
            PushError::UnknownCredential => refuse("authorization_details has an invalid credentialID").into(),
            PushError::CertificateNotValid => CscError::credential_disabled().into(),
            PushError::SignatureCount => CscError::invalid_num_signatures().into(),
            PushError::TooManyHashes => CscError::too_many_signatures().into(),
            PushError::RepeatedHash => refuse("authorization_details names a hash twice").into(),
            PushError::HashAlgorithm => CscError::invalid_parameter("hashAlgorithmOID").into(),
            PushError::HashLength => CscError::invalid_digest_length().into(),
            PushError::Label => refuse("authorization_details has an invalid label").into(),
            PushError::Description => CscError::invalid_parameter("description").into(),
            PushError::Fault(fault) => fault.into(),
        }
    }
}
