//! `/csc/v2/signatures/signHash`: signs hashes that the signer approved. CSC API 2.0.0.2 11.10.

use serde::{Deserialize, Serialize};

use crate::{Binary, CscError, json::Members};

/// The request.
///
/// Its `Debug` leaves out the SAD.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignHashRequest {
    /// The credential to sign with.
    #[serde(rename = "credentialID")]
    pub credential_id: String,
    /// The credential token, if the header carries a service token.
    #[serde(rename = "SAD", skip_serializing_if = "Option::is_none")]
    pub sad: Option<String>,
    /// Raw digests.
    pub hashes: Vec<Binary>,
    /// Digest algorithm; may be left out where `sign_algo` fixes it.
    #[serde(rename = "hashAlgorithmOID", skip_serializing_if = "Option::is_none")]
    pub hash_algorithm_oid: Option<String>,
    /// Signature algorithm, one of `key.algo`.
    pub sign_algo: String,
    /// DER parameters of the signature algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_algo_params: Option<Binary>,
    /// A text of the client's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<String>,
    /// Extension of this service: whether the answer is to carry the receipts of the signing log. Not sent when it is false, so that a
    /// service that refuses unknown members is asked as the specification says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub receipts: bool,
}

impl std::fmt::Debug for SignHashRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SignHashRequest")
            .field("credential_id", &self.credential_id)
            .field("hashes", &self.hashes.len())
            .field("sign_algo", &self.sign_algo)
            .finish_non_exhaustive()
    }
}

impl SignHashRequest {
    /// Reads a request body. `operationMode` other than `S` is refused: this service answers at once.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_json(body: &[u8]) -> Result<Self, CscError> {
        let mut members = Members::from_body(body)?;
        let sad = match members.value("SAD") {
            None => None,
            Some(serde_json::Value::String(text)) => Some(text),
            Some(_) => return Err(CscError::missing_string("SAD")),
        };
        let request = Self {
            sad,
            credential_id: members.required_string("credentialID")?,
            hashes: members.hashes("hashes")?,
            sign_algo: members.required_string("signAlgo")?,
            sign_algo_params: match members.value("signAlgoParams") {
                None => None,
                Some(serde_json::Value::String(text)) => {
                    Some(Binary::decode(&text).map_err(|_| CscError::invalid_parameter("signAlgoParams"))?)
                }
                Some(_) => return Err(CscError::missing_string("signAlgoParams")),
            },
            hash_algorithm_oid: match members.value("hashAlgorithmOID") {
                None => None,
                Some(serde_json::Value::String(text)) => Some(text),
                Some(_) => return Err(CscError::missing_string("hashAlgorithmOID")),
            },
            client_data: members.string("clientData")?,
            receipts: members.boolean("receipts")?,
        };
        match members.string("operationMode")?.as_deref() {
            None | Some("S") => Ok(request),
            Some(_) => Err(CscError::invalid_parameter("operationMode")),
        }
    }
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignHashResponse {
    /// Signature values in the order of the hashes; ECDSA values in DER.
    pub signatures: Vec<Binary>,
    /// Extension: the receipts (the octets of `.tlog-proof` files) in the order of the signatures, if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Vec<Binary>>,
}
