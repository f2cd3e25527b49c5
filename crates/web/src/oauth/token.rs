//! POST /oauth2/token: an authorization code becomes an access token. RFC 6749 4.1.3; CSC API 2.0.0.2 8.4.4.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use csc_api::CscError;
use csc_api::oauth::authorization_details::AuthorizationDetail;
use csc_api::oauth::token::{TokenRequest, TokenResponse};
use ssa::oauth::{CodeExchange, ExchangeError, IssuedToken};

use super::client;
use super::form::FormBody;
use super::pushed_authorize::echo;
use crate::App;
use crate::csc::Failure;

/// Exchanges a code. A credential token is answered with what was approved, in the client's spelling.
pub async fn post(State(app): State<App>, headers: HeaderMap, form: FormBody) -> Result<Json<TokenResponse>, Failure> {
    let FormBody(mut form) = form;
    let client = client::authenticate(&app, &headers, &mut form)?;
    let request = TokenRequest::from_form(&mut form)?;
    let exchange = CodeExchange {
        code: request.code,
        redirect_uri: request.redirect_uri,
        verifier: request.code_verifier,
        echo: request.authorization_details.as_ref().map(echo).transpose()?,
    };
    let issued = app.oauth().exchange(&client, exchange).await?;
    Ok(Json(answer(issued)?))
}

fn answer(issued: IssuedToken) -> Result<TokenResponse, CscError> {
    let details = issued
        .approved
        .map(|approved| serde_json::from_str::<AuthorizationDetail>(&approved.echo))
        .transpose()
        .map_err(|_| CscError::server_error())?;
    Ok(TokenResponse {
        access_token: issued.secret.expose().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: issued.expires_in,
        scope: Some(if details.is_some() { "credential" } else { "service" }.to_owned()),
        credential_id: details.as_ref().map(|detail| detail.credential_id.clone()),
        authorization_details: details.map(|detail| vec![detail]),
    })
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::InvalidCode => CscError::invalid_code().into(),
            ExchangeError::RedirectMismatch => CscError::redirect_uri_mismatch().into(),
            ExchangeError::DetailsMismatch => {
                CscError::invalid_authorization_details("authorization_details are not those that were approved").into()
            }
            ExchangeError::Fault(fault) => fault.into(),
        }
    }
}
