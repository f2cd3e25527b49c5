//! `/csc/v2/signatures/timestamp`: a time-stamp token for a hash. CSC API 2.0.0.2 11.13.
//!
//! The members keep the names of version 1 (`hash`, `hashAlgo`); the nonce is hexadecimal, not Base64.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Binary, CscError, algorithm, json::Members};

/// Longest nonce in octets; a number of an RFC 3161 request is in practice 8 octets.
const MAX_NONCE: usize = 32;

/// The request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimestampRequest {
    /// The digest to time-stamp.
    pub hash: Binary,
    /// Its algorithm.
    pub hash_algo: String,
    /// A number of the client's, big-endian; the token repeats it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "write_nonce")]
    pub nonce: Option<Vec<u8>>,
    /// A text of the client's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<String>,
}

impl TimestampRequest {
    /// Reads a request body; the digest has the length of its algorithm.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_json(body: &[u8]) -> Result<Self, CscError> {
        let mut members = Members::from_body(body)?;
        let hash = members.required_string("hash")?;
        if hash.is_empty() {
            return Err(CscError::invalid_request("Empty hash parameter"));
        }
        let hash = Binary::decode(&hash).map_err(|_| CscError::invalid_hash_encoding())?;
        let hash_algo = members.string("hashAlgo")?.ok_or_else(|| CscError::invalid_parameter("hashAlgo"))?;
        let length = algorithm::digest_length(&hash_algo).ok_or_else(|| CscError::invalid_parameter("hashAlgo"))?;
        if hash.0.len() != length {
            return Err(CscError::invalid_digest_length());
        }
        let nonce = match members.value("nonce") {
            None => None,
            Some(Value::String(text)) => Some(read_nonce(&text).ok_or_else(|| CscError::invalid_parameter("nonce"))?),
            Some(_) => return Err(CscError::invalid_parameter("nonce")),
        };
        Ok(Self { hash, hash_algo, nonce, client_data: members.string("clientData")? })
    }
}

fn read_nonce(text: &str) -> Option<Vec<u8>> {
    let padded = if text.len().is_multiple_of(2) { text.to_owned() } else { format!("0{text}") };
    hex::decode(padded).ok().filter(|nonce| (1..=MAX_NONCE).contains(&nonce.len()))
}

fn write_nonce<S: serde::Serializer>(nonce: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    match nonce {
        Some(octets) => serializer.serialize_str(&hex::encode(octets)),
        None => serializer.serialize_none(),
    }
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimestampResponse {
    /// DER of the `TimeStampToken`.
    pub timestamp: Binary,
}
