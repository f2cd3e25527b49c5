//! Receipts: what the signing log answered for a signature, found by the hash of the signature value.

use crate::{Store, StoreError};

/// A receipt as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Receipt {
    /// SHA-256 of the signature value.
    pub signature_sha256: Vec<u8>,
    /// The credential that signed.
    pub credential_id: String,
    /// Text of the `.tlog-proof` file.
    pub receipt: String,
    /// Unix seconds.
    pub created_at: i64,
}

/// Repository of receipts. They are written together with the signature values, see [`crate::Tickets::record_signatures`].
pub struct Receipts<'a> {
    pub(crate) store: &'a Store,
}

impl Receipts<'_> {
    /// The receipt for a signature value with this SHA-256.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, signature_sha256: &[u8]) -> Result<Option<Receipt>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT signature_sha256, credential_id, receipt, created_at FROM receipt WHERE signature_sha256 = $1",
        )
        .bind(signature_sha256)
        .fetch_optional(self.store.read())
        .await?)
    }
}
