//! The error answer: `error`, `error_description` and the HTTP status that goes with them. CSC API 2.0.0.2 10.1; RFC 6749 5.2.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The `error` member. The list is open on the reading side: a service may add codes of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// A parameter is missing, wrong or given twice.
    InvalidRequest,
    /// The client did not authenticate, or is not known.
    InvalidClient,
    /// The code or token presented at the token endpoint is not good.
    InvalidGrant,
    /// The client may not use this method.
    UnauthorizedClient,
    /// The grant type is not offered.
    UnsupportedGrantType,
    /// The signer, the authorization server or the signing module said no.
    AccessDenied,
    /// The response type is not offered.
    UnsupportedResponseType,
    /// The scope is unknown or contradicts the rest of the request.
    InvalidScope,
    /// `authorization_details` are not understood in full. RFC 9396 5.
    InvalidAuthorizationDetails,
    /// The kind of token cannot be revoked. RFC 7009 2.2.1.
    UnsupportedTokenType,
    /// The token was good once.
    ExpiredToken,
    /// The token is not one of ours.
    InvalidToken,
    /// A fault of the service.
    ServerError,
    /// The service cannot answer now; the same request may succeed later.
    TemporarilyUnavailable,
    /// A code of another service.
    #[serde(untagged)]
    Other(String),
}

/// An error answer. Its texts are protocol constants: they carry nothing about the service's inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{description}")]
pub struct CscError {
    /// The HTTP status of the answer; 0 in an answer that was read and not yet given its status.
    #[serde(skip)]
    pub status: u16,
    /// What kind of error.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// The sentence of the specification for it.
    #[serde(rename = "error_description", default)]
    pub description: Cow<'static, str>,
}

/// The general sentence for a request that cannot be read. CSC API 2.0.0.2 10.1.
pub const MALFORMED: &str = "The request is missing a required parameter, includes an invalid parameter value, \
    includes a parameter more than once, or is otherwise malformed.";

impl CscError {
    /// An error of `code` with the HTTP status `status`.
    pub fn new(status: u16, code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, description: description.into() }
    }

    /// 400 `invalid_request`.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, ErrorCode::InvalidRequest, description)
    }

    /// 400: the body or query cannot be read as what it should be.
    pub fn malformed() -> Self {
        Self::invalid_request(MALFORMED)
    }

    /// 413: the body is longer than [`crate::MAX_BODY`].
    pub fn too_large() -> Self {
        Self::new(413, ErrorCode::InvalidRequest, "The request is larger than this service accepts.")
    }

    /// 400: the text member `name` is missing or no text.
    pub fn missing_string(name: &'static str) -> Self {
        Self::invalid_request(format!("Missing (or invalid type) string parameter {name}"))
    }

    /// 400: the array member `name` is missing or no array.
    pub fn missing_array(name: &'static str) -> Self {
        Self::invalid_request(format!("Missing (or invalid type) array parameter {name}"))
    }

    /// 400: the form parameter `name` is missing.
    pub fn missing_parameter(name: &'static str) -> Self {
        Self::invalid_request(format!("Missing parameter {name}"))
    }

    /// 400: the value of `name` is not acceptable.
    pub fn invalid_parameter(name: &'static str) -> Self {
        Self::invalid_request(format!("Invalid parameter {name}"))
    }

    /// 400: a digest is no Base64. The specification keeps the word `hash` for the member `hashes`.
    pub fn invalid_hash_encoding() -> Self {
        Self::invalid_request("Invalid Base64 hash string parameter")
    }

    /// 400: a digest has not the length of its algorithm.
    pub fn invalid_digest_length() -> Self {
        Self::invalid_request("Invalid digest value length")
    }

    /// 400: the `Authorization` header is missing or not of the form `Bearer token`.
    pub fn malformed_authorization_header() -> Self {
        Self::invalid_request("Malformed authorization header.")
    }

    /// 401: the access token is not one of ours.
    pub fn invalid_token() -> Self {
        Self::new(401, ErrorCode::InvalidToken, "The token provided is not a valid OAuth access or refresh token.")
    }

    /// 401: the access token was one of ours and is no more.
    pub fn expired_token() -> Self {
        Self::new(401, ErrorCode::ExpiredToken, "The access or refresh token is expired or has been revoked.")
    }

    /// 400: the token is good, and not for this method.
    pub fn unauthorized_client() -> Self {
        Self::new(400, ErrorCode::UnauthorizedClient, "The client is not authorized to use this method.")
    }

    /// 400: the signer or the signing module said no.
    pub fn access_denied() -> Self {
        Self::new(400, ErrorCode::AccessDenied, "The user, authorization server or remote service denied the request.")
    }

    /// 400: what was signed before the token was given out does not cover this hash.
    pub fn hash_not_authorized() -> Self {
        Self::invalid_request("Hash is not authorized by the SAD.")
    }

    /// 400: the credential cannot sign, for example because its certificate has expired.
    pub fn credential_disabled() -> Self {
        Self::invalid_request("The credential identified by credentialID is disabled")
    }

    /// 400: the approval behind the token has run out.
    pub fn sad_expired() -> Self {
        Self::invalid_request("SAD expired")
    }

    /// 400: more signatures than the credential allows in one approval.
    pub fn too_many_signatures() -> Self {
        Self::invalid_request("Numbers of signatures is too high")
    }

    /// 400: `numSignatures` is not the number of hashes.
    pub fn invalid_num_signatures() -> Self {
        Self::invalid_request("Invalid value for parameter numSignatures")
    }

    /// 401: client authentication failed, by whatever cause.
    pub fn invalid_client() -> Self {
        Self::new(401, ErrorCode::InvalidClient, "Invalid authorization header")
    }

    /// 401: nothing in the request authenticates a client.
    pub fn client_authentication_missing() -> Self {
        Self::new(401, ErrorCode::InvalidRequest, "Client authorization required")
    }

    /// 400 `invalid_grant` for a code that is unknown, used, expired or of another client: one text for all.
    pub fn invalid_code() -> Self {
        Self::new(400, ErrorCode::InvalidGrant, "Authorization code is invalid or expired")
    }

    /// 400 `invalid_grant`: the redirect URI differs from the one of the authorization request.
    pub fn redirect_uri_mismatch() -> Self {
        Self::new(
            400,
            ErrorCode::InvalidGrant,
            "redirect_uri parameter does not match redirect_uri parameter of authorization request",
        )
    }

    /// 400: `authorization_details` are refused, with the reason.
    pub fn invalid_authorization_details(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, ErrorCode::InvalidAuthorizationDetails, description)
    }

    /// 400: the scope is unknown, or contradicts `authorization_details`.
    pub fn invalid_scope() -> Self {
        Self::new(400, ErrorCode::InvalidScope, "The requested scope is invalid, unknown, or malformed.")
    }

    /// 400: something else than `code` was asked for.
    pub fn unsupported_response_type() -> Self {
        Self::new(
            400,
            ErrorCode::UnsupportedResponseType,
            "The authorization server supports the response type code only.",
        )
    }

    /// 429: too many requests of one caller.
    pub fn too_many_requests() -> Self {
        Self::new(
            429,
            ErrorCode::TemporarilyUnavailable,
            "Too many requests. Wait for the time in the Retry-After header.",
        )
    }

    /// 500: a fault of the service. The cause is in its log, under the id of the request.
    pub fn server_error() -> Self {
        Self::new(
            500,
            ErrorCode::ServerError,
            "The server encountered an unexpected condition that prevented it from fulfilling the request.",
        )
    }

    /// 503: the service cannot answer now.
    pub fn temporarily_unavailable() -> Self {
        Self::new(
            503,
            ErrorCode::TemporarilyUnavailable,
            "The server is currently unable to handle the request due to a temporary overloading or maintenance.",
        )
    }
}
