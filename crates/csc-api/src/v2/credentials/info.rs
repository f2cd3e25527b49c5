//! `/csc/v2/credentials/info`: key, certificate and way of authorization of one credential. CSC API 2.0.0.2 11.5.

use serde::{Deserialize, Serialize};

use crate::{Binary, CscError, json::Members};

/// How much of the certificate chain is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certificates {
    /// No certificate.
    None,
    /// The signing certificate.
    #[default]
    Single,
    /// The signing certificate first, then its issuers.
    Chain,
}

impl Certificates {
    pub(crate) fn read(members: &mut Members) -> Result<Self, CscError> {
        match members.string("certificates")?.as_deref() {
            None | Some("single") => Ok(Self::Single),
            Some("none") => Ok(Self::None),
            Some("chain") => Ok(Self::Chain),
            Some(_) => Err(CscError::invalid_parameter("certificates")),
        }
    }
}

/// The request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialInfoRequest {
    /// The credential asked about.
    #[serde(rename = "credentialID")]
    pub credential_id: String,
    /// How much of the chain is wanted.
    pub certificates: Certificates,
    /// Whether the names, number and validity of the certificate are wanted as texts.
    pub cert_info: bool,
    /// Whether the way of authorization is wanted in detail.
    pub auth_info: bool,
    /// Preferred language of the texts, RFC 5646.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// A text of the client's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<String>,
}

impl CredentialInfoRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_json(body: &[u8]) -> Result<Self, CscError> {
        let mut members = Members::from_body(body)?;
        Ok(Self {
            credential_id: members.required_string("credentialID")?,
            certificates: Certificates::read(&mut members)?,
            cert_info: members.boolean("certInfo")?,
            auth_info: members.boolean("authInfo")?,
            lang: members.string("lang")?,
            client_data: members.string("clientData")?,
        })
    }
}

/// The answer; also the items of `credentialInfos` in the list, which add the identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialInfo {
    /// Which credential; in `credentials/list` only.
    #[serde(rename = "credentialID", default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
    /// What the credential is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The legal kind of signature it makes, in the provider's claim.
    #[serde(rename = "signatureQualifier", default, skip_serializing_if = "Option::is_none")]
    pub signature_qualifier: Option<String>,
    /// The signing key.
    pub key: KeyInfo,
    /// The certificate.
    #[serde(default)]
    pub cert: CertificateInfo,
    /// How signing with it is authorized.
    pub auth: AuthInfo,
    /// `"2"` if a hash must be approved before it is signed; `"1"` if absent.
    #[serde(rename = "SCAL", default, skip_serializing_if = "Option::is_none")]
    pub scal: Option<String>,
    /// Most signatures in one approval.
    pub multisign: u32,
    /// Language of the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInfo {
    /// Whether it can be used.
    pub status: KeyStatus,
    /// The signature algorithms it can be used with.
    pub algo: Vec<String>,
    /// Its length in bits.
    pub len: u32,
    /// The curve of an EC key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
}

/// Whether a key can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    /// It can.
    Enabled,
    /// It cannot: without a valid certificate, or taken out of use.
    Disabled,
}

/// A certificate, in the parts that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateInfo {
    /// State of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CertificateStatus>,
    /// DER, the signing certificate first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates: Option<Vec<Binary>>,
    /// Issuer, RFC 4514.
    #[serde(rename = "issuerDN", default, skip_serializing_if = "Option::is_none")]
    pub issuer_dn: Option<String>,
    /// Serial number in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// Subject, RFC 4514.
    #[serde(rename = "subjectDN", default, skip_serializing_if = "Option::is_none")]
    pub subject_dn: Option<String>,
    /// Begin of validity, `YYYYMMDDHHMMSSZ`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// End of validity, `YYYYMMDDHHMMSSZ`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
}

/// State of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateStatus {
    /// In its validity and not revoked.
    Valid,
    /// After its validity.
    Expired,
    /// Revoked by its issuer.
    Revoked,
    /// On hold.
    Suspended,
}

/// How signing with a credential is authorized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthInfo {
    /// `oauth2code`, or `explicit` on other services.
    pub mode: String,
    /// How `objects` combine; with `explicit` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// What the signer presents; always sent because some readers insist on it, empty for `oauth2code`.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub objects: Vec<serde_json::Value>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<serde_json::Value>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
