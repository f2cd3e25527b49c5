//! Credentials: a sealed key and, once linked, its one certificate.

use crate::{Store, StoreError};
use std::collections::HashMap;

/// How far a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum CredentialStatus {
    /// The key exists, its certificate does not yet. The key cannot be used.
    AwaitingCertificate,
    /// Certificate linked; signatures can be approved.
    Active,
    /// The certification authority refused. The key cannot be used.
    Refused,
}

/// A credential as stored.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Credential {
    /// CSC credentialID.
    pub credential_id: String,
    /// The owner.
    pub signer_id: String,
    /// How far it is.
    pub status: CredentialStatus,
    /// Name of the key algorithm, text of `ssa`.
    pub key_algorithm: String,
    /// The authority that was asked for the certificate.
    pub ca_id: String,
    /// Wrapped key with context, opaque here.
    pub sealed_key: Vec<u8>,
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub spki_sha256: Vec<u8>,
    /// PKCS#10 request made with the key.
    pub certification_request: Vec<u8>,
    /// The linked certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// Unix seconds.
    pub created_at: i64,
    /// Certificates above it, issuer first.
    #[sqlx(skip)]
    pub chain: Vec<Vec<u8>>,
}

/// Repository of credentials.
pub struct Credentials<'a> {
    pub(crate) store: &'a Store,
}

impl Credentials<'_> {
    /// The credential, whoever owns it.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, credential_id: &str) -> Result<Option<Credential>, StoreError> {
        let found: Option<Credential> = sqlx::query_as(
            "SELECT credential_id, signer_id, status, key_algorithm, ca_id, sealed_key, spki_sha256, certification_request,
                    certificate, created_at
             FROM credential WHERE credential_id = $1",
        )
        .bind(credential_id)
        .fetch_optional(self.store.read())
        .await?;
        let Some(mut credential) = found else { return Ok(None) };
        credential.chain =
            sqlx::query_scalar("SELECT certificate FROM credential_chain WHERE credential_id = $1 ORDER BY position")
                .bind(credential_id)
                .fetch_all(self.store.read())
                .await?;
        Ok(Some(credential))
    }

    /// All credentials of a signer, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn list(&self, signer_id: &str) -> Result<Vec<Credential>, StoreError> {
        let mut credentials: Vec<Credential> = sqlx::query_as(
            "SELECT credential_id, signer_id, status, key_algorithm, ca_id, sealed_key, spki_sha256, certification_request,
                    certificate, created_at
             FROM credential WHERE signer_id = $1 ORDER BY created_at, credential_id",
        )
        .bind(signer_id)
        .fetch_all(self.store.read())
        .await?;
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT part.credential_id, part.certificate
             FROM credential_chain AS part JOIN credential AS whole ON whole.credential_id = part.credential_id
             WHERE whole.signer_id = $1 ORDER BY part.credential_id, part.position",
        )
        .bind(signer_id)
        .fetch_all(self.store.read())
        .await?;
        let mut chains: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
        for (credential_id, certificate) in rows {
            chains.entry(credential_id).or_default().push(certificate);
        }
        for credential in &mut credentials {
            credential.chain = chains.remove(&credential.credential_id).unwrap_or_default();
        }
        Ok(credentials)
    }
}
