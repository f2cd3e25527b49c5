//! `/oauth2/token`: an authorization code becomes an access token. CSC API 2.0.0.2 8.4.4; RFC 6749 4.1.3, RFC 7636 4.5.

use serde::{Deserialize, Serialize};

use super::authorization_details::AuthorizationDetail;
use crate::{CscError, ErrorCode, form::Form};

/// The request, without the client's authentication.
///
/// Its `Debug` shows neither code nor verifier.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The authorization code.
    pub code: String,
    /// The redirect URI of the authorization request.
    pub redirect_uri: String,
    /// The verifier behind the challenge.
    pub code_verifier: String,
    /// The details again; if given, they must be those that were approved.
    pub authorization_details: Option<AuthorizationDetail>,
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenRequest").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

impl TokenRequest {
    /// Reads the form. Only the grant type `authorization_code` exists.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_form(form: &mut Form) -> Result<Self, CscError> {
        match form.require("grant_type")?.as_str() {
            "authorization_code" => {}
            "refresh_token" | "client_credentials" => {
                return Err(CscError::new(400, ErrorCode::UnsupportedGrantType, "Invalid parameter grant_type"));
            }
            _ => return Err(CscError::invalid_parameter("grant_type")),
        }
        Ok(Self {
            code: form.require("code")?,
            redirect_uri: form.require("redirect_uri")?,
            code_verifier: form.require("code_verifier")?,
            authorization_details: form
                .take("authorization_details")
                .map(|text| AuthorizationDetail::from_json(&text))
                .transpose()?,
        })
    }

    /// The parameters as pairs, for a client to send.
    pub fn to_parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", self.code.clone()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("code_verifier", self.code_verifier.clone()),
        ];
        if let Some(detail) = &self.authorization_details {
            parameters.push(("authorization_details", serde_json::to_string(&[detail]).unwrap_or_default()));
        }
        parameters
    }
}

/// The answer.
///
/// Its `Debug` does not show the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The access token, opaque.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Lifetime in seconds.
    pub expires_in: u64,
    /// `service` or `credential`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The credential of a credential token.
    #[serde(rename = "credentialID", default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
    /// What was approved, RFC 9396 7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Vec<AuthorizationDetail>>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
