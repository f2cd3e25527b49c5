//! `/csc/v2/credentials/list`: the credentials of the signer who gave the token. CSC API 2.0.0.2 11.4.

use serde::{Deserialize, Serialize};

use super::info::{Certificates, CredentialInfo};
use crate::{CscError, json::Members};

/// The request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialListRequest {
    /// Whose credentials; must be absent when the token already says so.
    #[serde(rename = "userID", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Whether the answer shall describe each credential.
    pub credential_info: bool,
    /// How much of the chain is wanted; read only with `credential_info`.
    pub certificates: Certificates,
    /// Whether certificate texts are wanted; read only with `credential_info`.
    pub cert_info: bool,
    /// Whether the way of authorization is wanted in detail; read only with `credential_info`.
    pub auth_info: bool,
    /// Whether only credentials that can sign now are wanted.
    pub only_valid: bool,
    /// Preferred language of the texts, RFC 5646.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// A text of the client's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<String>,
}

impl CredentialListRequest {
    /// Reads a request body. The paging of version 1 (`maxResults`, `pageToken`) is ignored like any unknown member.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_json(body: &[u8]) -> Result<Self, CscError> {
        let mut members = Members::from_body(body)?;
        Ok(Self {
            user_id: members.string("userID")?,
            credential_info: members.boolean("credentialInfo")?,
            certificates: Certificates::read(&mut members)?,
            cert_info: members.boolean("certInfo")?,
            auth_info: members.boolean("authInfo")?,
            only_valid: members.boolean("onlyValid")?,
            lang: members.string("lang")?,
            client_data: members.string("clientData")?,
        })
    }
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialListResponse {
    /// Identifiers of the credentials.
    #[serde(rename = "credentialIDs")]
    pub credential_ids: Vec<String>,
    /// Their descriptions, in the same order, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_infos: Option<Vec<CredentialInfo>>,
    /// `true` if credentials that cannot sign now were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_valid: Option<bool>,
}
