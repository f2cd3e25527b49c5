//! `/csc/v2/info`: what the service is and offers. CSC API 2.0.0.2 11.1.

use serde::{Deserialize, Serialize};

use crate::{CscError, json::Members};

/// Value of `specs` for version 2.0 of the API.
pub const SPECS: &str = "2.0.0.0";

/// The request; an empty body does as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct InfoRequest {
    /// Preferred language of the texts, RFC 5646.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

impl InfoRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_json(body: &[u8]) -> Result<Self, CscError> {
        let mut members = Members::from_body(body)?;
        Ok(Self { lang: members.string("lang")? })
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InfoResponse {
    /// Version of the API, [`SPECS`].
    pub specs: String,
    /// Name of the service.
    pub name: String,
    /// Where its logo is.
    pub logo: String,
    /// Country, ISO 3166-1 alpha-2.
    pub region: String,
    /// Language of the texts.
    pub lang: String,
    /// What the service is, and what it is not.
    pub description: String,
    /// How callers authenticate, e.g. `oauth2code`.
    pub auth_type: Vec<String>,
    /// Base URI of the OAuth 2 endpoints. Exactly one of this and `oauth2Issuer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<String>,
    /// Issuer whose metadata name the OAuth 2 endpoints, RFC 8414.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2_issuer: Option<String>,
    /// Whether requests can be answered later.
    #[serde(default)]
    pub asynchronous_operation_mode: bool,
    /// The methods that exist.
    pub methods: Vec<String>,
    /// Signature algorithms offered.
    pub sign_algorithms: SignAlgorithms,
    /// Signature formats made by the service itself.
    #[serde(rename = "signature_formats")]
    pub signature_formats: SignatureFormats,
    /// Conformance levels made by the service itself.
    #[serde(rename = "conformance_levels")]
    pub conformance_levels: Vec<String>,
}

/// Signature algorithms of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignAlgorithms {
    /// Their object identifiers.
    pub algos: Vec<String>,
    /// Parameters, Base64 DER, in the same order; empty when none has any.
    #[serde(default)]
    pub algo_params: Vec<String>,
}

/// Signature formats of a service; both lists have the same length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureFormats {
    /// `C`, `X`, `P`, `J`.
    pub formats: Vec<String>,
    /// For each format, what `signed_envelope_property` may be.
    pub envelope_properties: Vec<Vec<String>>,
}
