//! Authorization requests from push to code, and access tokens. RFC 6749, RFC 9126.
//!
//! Each step of a request is one conditional UPDATE on its state, so of two racing callers exactly one wins. Request
//! references, codes and tokens are known here by their SHA-256 only.

use crate::{Store, StoreError};

/// How far an authorization request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum AuthorizationState {
    /// Handed over by the client, not used yet.
    Pushed,
    /// Brought back by a browser; the signer is being asked.
    Opened,
    /// The signer agreed; a code is out.
    Granted,
    /// The code became a token.
    Redeemed,
    /// Over: declined, failed, or its code was presented twice.
    Ended,
}

/// An authorization request as stored.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Authorization {
    /// Names the request in addresses of pages; unguessable.
    pub authorization_id: String,
    /// Who asked.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// S256 challenge of the client's verifier.
    pub code_challenge: String,
    /// Value to return to the client unchanged.
    pub client_state: Option<String>,
    /// What shall be signed, in the form of `ssa`; absent for the scope `service`.
    pub sign_order: Option<String>,
    /// What the approval is for, in the client's words.
    pub description: Option<String>,
    /// Languages the client asked for.
    pub language: Option<String>,
    /// How far it is.
    pub state: AuthorizationState,
    /// Hash of the cookie of the browser that opened it.
    pub browser_hash: Option<Vec<u8>>,
    /// The activation ticket, for a request to sign.
    pub ticket_id: Option<String>,
    /// Who agreed.
    pub signer_id: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// End of the present state, Unix seconds.
    pub expires_at: i64,
}

/// An access token as stored.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessToken {
    /// The request it came from.
    pub authorization_id: String,
    /// Who may present it.
    pub client_id: String,
    /// Who gave it.
    pub signer_id: String,
    /// The credential it is good for; absent for the scope `service`.
    pub credential_id: Option<String>,
    /// The approval behind it; absent for the scope `service`.
    pub ticket_id: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
    /// Unix seconds, if it was taken back.
    pub revoked_at: Option<i64>,
}

/// What became of a code that was presented.
#[derive(Clone, PartialEq, Eq)]
pub enum Redemption {
    /// It was good, and is spent now.
    Taken(Box<Authorization>),
    /// It was spent before: every token that came of it is revoked now.
    Reused,
    /// Not a code of this client, or expired.
    Unknown,
}

/// Repository of authorization requests and access tokens.
pub struct Authorizations<'a> {
    store: &'a Store,
}

impl Store {
    /// Authorization requests, codes and access tokens.
    pub fn authorizations(&self) -> Authorizations<'_> {
        Authorizations { store: self }
    }
}

impl Authorizations<'_> {
    /// Keeps a request in the state `Pushed`; state, browser, ticket and signer of `new` are not read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id or the reference exists.
    pub async fn insert(&self, reference_hash: &[u8], new: &Authorization) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO oauth_authorization (authorization_id, reference_hash, client_id, redirect_uri, code_challenge,
                 client_state, sign_order, description, language, state, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pushed', $10, $11)",
        )
        .bind(&new.authorization_id)
        .bind(reference_hash)
        .bind(&new.client_id)
        .bind(&new.redirect_uri)
        .bind(&new.code_challenge)
        .bind(&new.client_state)
        .bind(&new.sign_order)
        .bind(&new.description)
        .bind(&new.language)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes a pushed request for one browser: the first caller of its client gets it, every later one nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn open(
        &self,
        reference_hash: &[u8],
        client_id: &str,
        browser_hash: &[u8],
        now: i64,
        expires_at: i64,
    ) -> Result<Option<Authorization>, StoreError> {
        let mut transaction = self.store.write().await?;
        let opened = sqlx::query_as(
            "UPDATE oauth_authorization SET state = 'opened', browser_hash = $3, expires_at = $5
             WHERE reference_hash = $1 AND client_id = $2 AND state = 'pushed' AND expires_at > $4 RETURNING *",
        )
        .bind(reference_hash)
        .bind(client_id)
        .bind(browser_hash)
        .bind(now)
        .bind(expires_at)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(opened)
    }

    /// Notes the activation ticket of an opened request; false if the request is not waiting for one.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn bind_ticket(&self, authorization_id: &str, ticket_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE oauth_authorization SET ticket_id = $2
             WHERE authorization_id = $1 AND state = 'opened' AND ticket_id IS NULL",
        )
        .bind(authorization_id)
        .bind(ticket_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// The request that this browser opened, if it has not expired.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(
        &self,
        authorization_id: &str,
        browser_hash: &[u8],
        now: i64,
    ) -> Result<Option<Authorization>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT * FROM oauth_authorization WHERE authorization_id = $1 AND browser_hash = $2 AND expires_at > $3",
        )
        .bind(authorization_id)
        .bind(browser_hash)
        .bind(now)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// The signer agreed: a code comes into being. False if the request is not open any more.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn grant(
        &self,
        authorization_id: &str,
        signer_id: &str,
        code_hash: &[u8],
        now: i64,
        expires_at: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE oauth_authorization SET state = 'granted', signer_id = $2, code_hash = $3, expires_at = $5
             WHERE authorization_id = $1 AND state = 'opened' AND expires_at > $4",
        )
        .bind(authorization_id)
        .bind(signer_id)
        .bind(code_hash)
        .bind(now)
        .bind(expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends an opened request without a code. False if it is not open any more.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn end(&self, authorization_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE oauth_authorization SET state = 'ended' WHERE authorization_id = $1 AND state = 'opened'",
        )
        .bind(authorization_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Spends a code. A code that was spent before takes every token that came of it with it (RFC 6749 4.1.2).
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn redeem(&self, code_hash: &[u8], client_id: &str, now: i64) -> Result<Redemption, StoreError> {
        let mut transaction = self.store.write().await?;
        let taken: Option<Authorization> = sqlx::query_as(
            "UPDATE oauth_authorization SET state = 'redeemed'
             WHERE code_hash = $1 AND client_id = $2 AND state = 'granted' AND expires_at > $3 RETURNING *",
        )
        .bind(code_hash)
        .bind(client_id)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        let outcome = match taken {
            Some(authorization) => Redemption::Taken(Box::new(authorization)),
            None => {
                let reused: Option<String> = sqlx::query_scalar(
                    "UPDATE oauth_authorization SET state = 'ended'
                     WHERE code_hash = $1 AND client_id = $2 AND state = 'redeemed' RETURNING authorization_id",
                )
                .bind(code_hash)
                .bind(client_id)
                .fetch_optional(&mut *transaction)
                .await?;
                match reused {
                    None => Redemption::Unknown,
                    Some(authorization_id) => {
                        sqlx::query(
                            "UPDATE oauth_token SET revoked_at = $2 WHERE authorization_id = $1 AND revoked_at IS NULL",
                        )
                        .bind(authorization_id)
                        .bind(now)
                        .execute(&mut *transaction)
                        .await?;
                        Redemption::Reused
                    }
                }
            }
        };
        transaction.commit().await?;
        Ok(outcome)
    }

    /// Keeps a token of a redeemed request. False if the request ended meanwhile (its code was presented twice): then
    /// the token does not exist.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn insert_token(&self, token_hash: &[u8], token: &AccessToken) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let still_redeemed = sqlx::query(
            "UPDATE oauth_authorization SET expires_at = $2 WHERE authorization_id = $1 AND state = 'redeemed'",
        )
        .bind(&token.authorization_id)
        .bind(token.expires_at)
        .execute(&mut *transaction)
        .await?;
        if still_redeemed.rows_affected() != 1 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO oauth_token (token_hash, authorization_id, client_id, signer_id, credential_id, ticket_id,
                 created_at, expires_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)",
        )
        .bind(token_hash)
        .bind(&token.authorization_id)
        .bind(&token.client_id)
        .bind(&token.signer_id)
        .bind(&token.credential_id)
        .bind(&token.ticket_id)
        .bind(token.created_at)
        .bind(token.expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The token, expired and revoked ones too: the caller tells them apart.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn token(&self, token_hash: &[u8]) -> Result<Option<AccessToken>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM oauth_token WHERE token_hash = $1")
            .bind(token_hash)
            .fetch_optional(self.store.read())
            .await?)
    }

    /// Takes a token of `client_id` back. False if this client has no such token; doing it twice is no error.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn revoke(&self, token_hash: &[u8], client_id: &str, now: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE oauth_token SET revoked_at = COALESCE(revoked_at, $3) WHERE token_hash = $1 AND client_id = $2",
        )
        .bind(token_hash)
        .bind(client_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes requests that are over at `now`, and tokens that were over before `forget_tokens`; returns how many rows went.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn delete_expired(&self, now: i64, forget_tokens: i64) -> Result<u64, StoreError> {
        let mut transaction = self.store.write().await?;
        let requests = sqlx::query("DELETE FROM oauth_authorization WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let tokens = sqlx::query("DELETE FROM oauth_token WHERE expires_at <= $1")
            .bind(forget_tokens)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(requests.rows_affected() + tokens.rows_affected())
    }
}
