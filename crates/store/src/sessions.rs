//! Login challenges (taken once) and portal sessions (kept by the hash of their secret).

use crate::{Store, StoreError};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Who is logged in.
    pub signer_id: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// Repository of login challenges and sessions.
pub struct Sessions<'a> {
    pub(crate) store: &'a Store,
}

impl Sessions<'_> {
    /// Keeps a login challenge until it is taken or expires.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id exists.
    pub async fn insert_challenge(&self, login_id: &str, challenge: &[u8], expires_at: i64) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query("INSERT INTO login_challenge (login_id, challenge, expires_at) VALUES ($1, $2, $3)")
            .bind(login_id)
            .bind(challenge)
            .bind(expires_at)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes the challenge: the first caller gets it, every later one nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn take_challenge(&self, login_id: &str, now: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut transaction = self.store.write().await?;
        let taken: Option<(Vec<u8>, i64)> =
            sqlx::query_as("DELETE FROM login_challenge WHERE login_id = $1 RETURNING challenge, expires_at")
                .bind(login_id)
                .fetch_optional(&mut *transaction)
                .await?;
        transaction.commit().await?;
        Ok(taken.filter(|(_, expires_at)| *expires_at > now).map(|(challenge, _)| challenge))
    }

    /// Opens a session.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn insert(&self, session_hash: &[u8], session: &Session) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query("INSERT INTO session (session_hash, signer_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(session_hash)
            .bind(&session.signer_id)
            .bind(session.created_at)
            .bind(session.expires_at)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The session, if it has not expired.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, session_hash: &[u8], now: i64) -> Result<Option<Session>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT signer_id, created_at, expires_at FROM session WHERE session_hash = $1 AND expires_at > $2",
        )
        .bind(session_hash)
        .bind(now)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// Ends a session; ending it twice is no error.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn delete(&self, session_hash: &[u8]) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query("DELETE FROM session WHERE session_hash = $1")
            .bind(session_hash)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Deletes what has expired; returns how many rows went.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn delete_expired(&self, now: i64) -> Result<u64, StoreError> {
        let mut transaction = self.store.write().await?;
        let challenges = sqlx::query("DELETE FROM login_challenge WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let sessions =
            sqlx::query("DELETE FROM session WHERE expires_at <= $1").bind(now).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(challenges.rows_affected() + sessions.rows_affected())
    }
}
