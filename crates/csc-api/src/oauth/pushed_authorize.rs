//! `/oauth2/pushed_authorize`: the client hands over the authorization request itself. CSC API 2.0.0.2 8.4.3; RFC 9126.

use serde::{Deserialize, Serialize};

use super::authorization_details::AuthorizationDetail;
use crate::{CscError, form::Form};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedScope {
    /// Lists and descriptions of the signer's credentials.
    Service,
    /// Signatures over the named hashes.
    Credential(AuthorizationDetail),
}

/// The request, without the client's authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedAuthorizationRequest {
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What is asked for.
    pub scope: RequestedScope,
    /// S256 challenge of the client's verifier, RFC 7636.
    pub code_challenge: String,
    /// A value of the client's, returned unchanged.
    pub state: Option<String>,
    /// Preferred languages of the pages, RFC 5646, separated by blanks.
    pub lang: Option<String>,
    /// What the approval is for, shown to the signer.
    pub description: Option<String>,
}

/// Longest `state`, in octets.
const MAX_STATE: usize = 512;
/// Longest `description`, in characters.
const MAX_DESCRIPTION: usize = 500;

impl PushedAuthorizationRequest {
    /// Reads the form. `request_uri` is refused (RFC 9126 2.1), and so is every challenge method but `S256`.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_form(form: &mut Form) -> Result<Self, CscError> {
        if form.take("request_uri").is_some() {
            return Err(CscError::invalid_parameter("request_uri"));
        }
        if form.require("response_type")? != "code" {
            return Err(CscError::unsupported_response_type());
        }
        let redirect_uri = form.require("redirect_uri")?;
        if form.take("code_challenge_method").as_deref() != Some("S256") {
            return Err(CscError::invalid_parameter("code_challenge_method"));
        }
        let code_challenge = form.require("code_challenge")?;
        if !is_s256_challenge(&code_challenge) {
            return Err(CscError::invalid_parameter("code_challenge"));
        }
        let details =
            form.take("authorization_details").map(|text| AuthorizationDetail::from_json(&text)).transpose()?;
        // A client may say `scope=credential` beside the details; any other mixture contradicts itself.
        let scope = match (form.take("scope").as_deref(), details) {
            (None | Some("service"), None) => RequestedScope::Service,
            (None | Some("credential"), Some(detail)) => RequestedScope::Credential(detail),
            (Some("credential"), None) => {
                return Err(CscError::invalid_authorization_details(
                    "scope credential needs authorization_details that name the credential and the hashes",
                ));
            }
            (Some(_), _) => return Err(CscError::invalid_scope()),
        };
        Ok(Self {
            redirect_uri,
            scope,
            code_challenge,
            state: limited(form, "state", |text| text.len() <= MAX_STATE)?,
            lang: form.take("lang").or_else(|| form.take("ui_locales")),
            description: limited(form, "description", |text| text.chars().count() <= MAX_DESCRIPTION)?,
        })
    }

    /// The parameters as pairs, for a client to send.
    pub fn to_parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("response_type", "code".to_owned()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("code_challenge", self.code_challenge.clone()),
            ("code_challenge_method", "S256".to_owned()),
        ];
        match &self.scope {
            RequestedScope::Service => parameters.push(("scope", "service".to_owned())),
            RequestedScope::Credential(detail) => {
                // A map with text keys always serialises.
                let text = serde_json::to_string(&[detail]).unwrap_or_default();
                parameters.push(("authorization_details", text));
            }
        }
        parameters.extend(self.state.clone().map(|value| ("state", value)));
        parameters.extend(self.lang.clone().map(|value| ("lang", value)));
        parameters.extend(self.description.clone().map(|value| ("description", value)));
        parameters
    }
}

fn limited(form: &mut Form, name: &'static str, fits: impl Fn(&str) -> bool) -> Result<Option<String>, CscError> {
    match form.take(name) {
        Some(text) if !fits(&text) => Err(CscError::invalid_parameter(name)),
        other => Ok(other),
    }
}

/// 32 octets in base64url without padding, RFC 7636 4.2.
fn is_s256_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}

/// The answer, status 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedAuthorizationResponse {
    /// Reference to hand to the authorization endpoint, once.
    pub request_uri: String,
    /// Its lifetime in seconds.
    pub expires_in: u64,
}
