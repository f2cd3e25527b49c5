//! `/.well-known/oauth-authorization-server`: where the endpoints are and what they ask for. RFC 8414.

use serde::{Deserialize, Serialize};

/// The metadata document; members that other servers send and we do not are ignored when reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Identifier of the authorization server.
    pub issuer: String,
    /// Where the signer is sent.
    pub authorization_endpoint: String,
    /// Where a code becomes a token.
    pub token_endpoint: String,
    /// Where requests are pushed, RFC 9126.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    /// Whether requests must be pushed.
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Where tokens are given back, RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// `service` and `credential`.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    /// `code` only.
    #[serde(default)]
    pub response_types_supported: Vec<String>,
    /// `query` only.
    #[serde(default)]
    pub response_modes_supported: Vec<String>,
    /// Grant types of the token endpoint.
    #[serde(default)]
    pub grant_types_supported: Vec<String>,
    /// How clients authenticate at the token endpoint.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// How clients authenticate at the revocation endpoint.
    #[serde(default)]
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// `S256` only.
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
    /// Types of `authorization_details`, RFC 9396 10.
    #[serde(default)]
    pub authorization_details_types_supported: Vec<String>,
    /// Whether redirects carry `iss`, RFC 9207.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}
