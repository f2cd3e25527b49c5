//! GET /.well-known/oauth-authorization-server: where the endpoints are and what they ask for. RFC 8414.

use axum::Json;
use axum::extract::State;
use csc_api::oauth::metadata::Metadata;

use crate::App;

/// The metadata document; it names what exists and nothing else.
pub async fn get(State(app): State<App>) -> Json<Metadata> {
    let address = |path: &str| format!("{}/oauth2/{path}", app.settings().portal_origin);
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let client_authentication = texts(&["client_secret_basic", "client_secret_post"]);
    Json(Metadata {
        issuer: app.oauth().issuer().to_owned(),
        authorization_endpoint: address("authorize"),
        token_endpoint: address("token"),
        pushed_authorization_request_endpoint: Some(address("pushed_authorize")),
        require_pushed_authorization_requests: true,
        revocation_endpoint: Some(address("revoke")),
        scopes_supported: texts(&["service", "credential"]),
        response_types_supported: texts(&["code"]),
        response_modes_supported: texts(&["query"]),
        grant_types_supported: texts(&["authorization_code"]),
        token_endpoint_auth_methods_supported: client_authentication.clone(),
        revocation_endpoint_auth_methods_supported: client_authentication,
        code_challenge_methods_supported: texts(&["S256"]),
        authorization_details_types_supported: texts(&[
            "credential",
            "https://cloudsignatureconsortium.org/2025/credential",
        ]),
        authorization_response_iss_parameter_supported: true,
    })
}
