//! `authorization_details` of type `credential`: which credential shall sign which hashes. CSC API 2.0.0.2 8.4.2; RFC 9396.
//!
//! Unlike other request members, an unknown member here is refused (RFC 9396 5): what a signer approves is understood in
//! full or not at all.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Binary, CscError,
    json::{self, Members},
};

/// Name of the type in version 2.0.
const CREDENTIAL: &str = "credential";
/// Name of the type since 2025.
const CREDENTIAL_2025: &str = "https://cloudsignatureconsortium.org/2025/credential";

/// How the client spelt the type; the answer spells it the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DetailType {
    /// `credential`.
    #[default]
    #[serde(rename = "credential")]
    Credential,
    /// The URI of 2025.
    #[serde(rename = "https://cloudsignatureconsortium.org/2025/credential")]
    Credential2025,
}

/// One hash and what it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentDigest {
    /// The hash.
    pub hash: Binary,
    /// Name of the document, shown to the signer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the hash is over; `dtbsr` in any case is the only kind that signHash signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_type: Option<String>,
}

/// A request for the approval of hashes, and its echo in the token answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationDetail {
    /// The type, as the client spelt it.
    #[serde(rename = "type")]
    pub detail_type: DetailType,
    /// The credential to sign with.
    #[serde(rename = "credentialID")]
    pub credential_id: String,
    /// The legal kind of signature wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_qualifier: Option<String>,
    /// Number of signatures; absent means the number of hashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_signatures: Option<u32>,
    /// The hashes.
    pub document_digests: Vec<DocumentDigest>,
    /// Their algorithm.
    #[serde(rename = "hashAlgorithmOID")]
    pub hash_algorithm_oid: String,
    /// Where the resulting token shall be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<String>>,
}

impl AuthorizationDetail {
    /// Reads the parameter `authorization_details`: an array with exactly one object of a known type.
    ///
    /// # Errors
    /// `invalid_authorization_details`, with the member at fault.
    pub fn from_json(text: &str) -> Result<Self, CscError> {
        let refuse = CscError::invalid_authorization_details;
        let Ok(Value::Array(items)) = json::parse(text.as_bytes()) else {
            return Err(refuse("authorization_details is not a JSON array, or a name in it is given twice"));
        };
        let [item] = <[Value; 1]>::try_from(items)
            .map_err(|_| refuse("authorization_details must hold exactly one object: approve one request at a time"))?;
        Members::from_value(item)
            .ok_or_else(|| refuse("authorization_details must hold an object"))
            .and_then(Self::from_members)
    }

    /// The number of signatures that is asked for.
    ///
    /// # Errors
    /// If `numSignatures` is given and is not the number of hashes: each signature is over an approved hash.
    pub fn signatures(&self) -> Result<usize, CscError> {
        let hashes = self.document_digests.len();
        match self.num_signatures {
            Some(count) if usize::try_from(count) != Ok(hashes) => Err(CscError::invalid_num_signatures()),
            Some(_) | None => Ok(hashes),
        }
    }

    fn from_members(mut members: Members) -> Result<Self, CscError> {
        const KNOWN: [&str; 7] = [
            "type",
            "credentialID",
            "signatureQualifier",
            "numSignatures",
            "documentDigests",
            "hashAlgorithmOID",
            "locations",
        ];
        require_known(&members, &KNOWN)?;
        let detail_type = match required(&mut members, "type")?.as_str() {
            CREDENTIAL => DetailType::Credential,
            CREDENTIAL_2025 => DetailType::Credential2025,
            _ => {
                return Err(CscError::invalid_authorization_details(
                    "type is not an authorization type of this service",
                ));
            }
        };
        Ok(Self {
            detail_type,
            credential_id: required(&mut members, "credentialID")?,
            signature_qualifier: optional(&mut members, "signatureQualifier")?,
            num_signatures: members.count("numSignatures").map_err(|_| CscError::invalid_num_signatures())?,
            document_digests: document_digests(&mut members)?,
            hash_algorithm_oid: required(&mut members, "hashAlgorithmOID")?,
            locations: locations(&mut members)?,
        })
    }
}

fn document_digests(members: &mut Members) -> Result<Vec<DocumentDigest>, CscError> {
    match members.value("documentDigests") {
        Some(Value::Array(items)) if !items.is_empty() => items.into_iter().map(document_digest).collect(),
        _ => Err(invalid("documentDigests")),
    }
}

fn document_digest(item: Value) -> Result<DocumentDigest, CscError> {
    let mut members = Members::from_value(item).ok_or_else(|| invalid("documentDigests"))?;
    require_known(&members, &["hash", "label", "hashType"])?;
    let hash = Binary::decode(&required(&mut members, "hash")?).map_err(|_| invalid("hash"))?;
    let hash_type = optional(&mut members, "hashType")?;
    if hash_type.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("dtbsr")) {
        return Err(invalid("hashType"));
    }
    Ok(DocumentDigest { hash, label: optional(&mut members, "label")?, hash_type })
}

fn locations(members: &mut Members) -> Result<Option<Vec<String>>, CscError> {
    let text = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(invalid("locations")),
    };
    match members.value("locations") {
        None => Ok(None),
        Some(Value::Array(items)) => items.into_iter().map(text).collect::<Result<_, _>>().map(Some),
        Some(_) => Err(invalid("locations")),
    }
}

fn require_known(members: &Members, known: &[&str]) -> Result<(), CscError> {
    match members.names().all(|name| known.contains(&name)) {
        true => Ok(()),
        false => Err(CscError::invalid_authorization_details(
            "authorization_details holds a member that this service does not know and so cannot honour",
        )),
    }
}

fn required(members: &mut Members, name: &'static str) -> Result<String, CscError> {
    optional(members, name)?
        .ok_or_else(|| CscError::invalid_authorization_details(format!("authorization_details lacks {name}")))
}

fn optional(members: &mut Members, name: &'static str) -> Result<Option<String>, CscError> {
    members.string(name).map_err(|_| invalid(name))
}

fn invalid(name: &'static str) -> CscError {
    CscError::invalid_authorization_details(format!("authorization_details has an invalid {name}"))
}
