//! Login passkeys: the public key that opens the portal. The keys that activate signing are sealed elsewhere.

use crate::{Store, StoreError};

/// A passkey as registered.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Passkey {
    /// WebAuthn credential id.
    pub passkey_id: Vec<u8>,
    /// Whose passkey.
    pub signer_id: String,
    /// COSE_Key.
    pub public_key: Vec<u8>,
    /// Last signature counter seen; 0 for passkeys that do not count.
    pub sign_count: i64,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last login.
    pub last_used_at: Option<i64>,
}

/// Repository of login passkeys.
pub struct Passkeys<'a> {
    pub(crate) store: &'a Store,
}

impl Passkeys<'_> {
    /// The passkey with this WebAuthn credential id.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, passkey_id: &[u8]) -> Result<Option<Passkey>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT passkey_id, signer_id, public_key, sign_count, created_at, last_used_at FROM passkey WHERE passkey_id = $1",
        )
        .bind(passkey_id)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// Records a use. False if the counter did not grow (a copy of the authenticator may exist); counters of zero are never compared.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_use(&self, passkey_id: &[u8], sign_count: i64, now: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE passkey SET sign_count = $1, last_used_at = $2
             WHERE passkey_id = $3 AND (sign_count < $1 OR (sign_count = 0 AND $1 = 0))",
        )
        .bind(sign_count)
        .bind(now)
        .bind(passkey_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
