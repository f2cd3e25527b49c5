//! Signers and their sealed records.

use crate::{Store, StoreError};
use sqlx::{Sqlite, Transaction};

/// A person who signs, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Signer {
    /// 16 random bytes in hex; also the WebAuthn user handle.
    pub signer_id: String,
    /// The name shown.
    pub display_name: String,
    /// What was registered about the signer, JSON of `ssa`.
    pub profile: String,
    /// Unix seconds.
    pub created_at: i64,
}

/// A sealed record, opaque here. `revision` counts our writes; the module's own version is inside the seal.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SealedRecord {
    /// Whose record.
    pub signer_id: String,
    /// Grows by one with each write.
    pub revision: i64,
    /// Octets as the module returned them.
    pub record: Vec<u8>,
}

/// Repository of signers.
pub struct Signers<'a> {
    pub(crate) store: &'a Store,
}

impl Signers<'_> {
    /// The signer, if known.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, signer_id: &str) -> Result<Option<Signer>, StoreError> {
        Ok(sqlx::query_as("SELECT signer_id, display_name, profile, created_at FROM signer WHERE signer_id = $1")
            .bind(signer_id)
            .fetch_optional(self.store.read())
            .await?)
    }

    /// The newest sealed record of the signer.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn record(&self, signer_id: &str) -> Result<Option<SealedRecord>, StoreError> {
        Ok(sqlx::query_as("SELECT signer_id, revision, record FROM sealed_record WHERE signer_id = $1")
            .bind(signer_id)
            .fetch_optional(self.store.read())
            .await?)
    }
}

/// Puts `record` in place of revision `from`; false if another write came first.
pub(crate) async fn replace_record(
    transaction: &mut Transaction<'static, Sqlite>,
    signer_id: &str,
    from: i64,
    record: &[u8],
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sealed_record SET record = $1, revision = revision + 1, updated_at = $2 WHERE signer_id = $3 AND revision = $4",
    )
    .bind(record)
    .bind(now)
    .bind(signer_id)
    .bind(from)
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}
