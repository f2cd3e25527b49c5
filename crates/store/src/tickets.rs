//! Activation tickets: what a signer is asked to approve, and what was signed under that approval.

use crate::{Store, StoreError};

/// How far a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum TicketState {
    /// Nobody pressed the button yet.
    Open,
    /// A request of the signature activation module is with the browser.
    Requested,
    /// The answer is with the module.
    Approving,
    /// Approved; signatures may be asked for.
    Approved,
    /// All hashes were signed.
    Used,
    /// Declined by the signer or refused by the module.
    Refused,
}

/// How far one hash of a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum HashState {
    /// May be signed once the ticket is approved.
    Open,
    /// Handed to the module. Never handed over again, whatever came back.
    Taken,
    /// The signature value is kept.
    Signed,
}

/// A ticket to be kept.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Unguessable id.
    pub ticket_id: String,
    /// Owner of the credential.
    pub signer_id: String,
    /// The credential to use.
    pub credential_id: String,
    /// OID of the hash algorithm.
    pub hash_algorithm: String,
    /// OID of the signature algorithm.
    pub signature_algorithm: String,
    /// Who asks.
    pub client_id: String,
    /// The name shown to the signer.
    pub client_name: String,
    /// Where the client gets its answer.
    pub redirect_uri: String,
    /// Purpose shown and approved.
    pub purpose: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// The portal document, if it is one.
    pub document_id: Option<String>,
    /// What is to be signed, in order.
    pub hashes: Vec<NewTicketHash>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// One hash of a ticket to be kept.
#[derive(Debug, Clone)]
pub struct NewTicketHash {
    /// DTBS/R.
    pub hash: Vec<u8>,
    /// What the page calls it.
    pub label: String,
    /// SHA-256 of the document as shown.
    pub document_sha256: Vec<u8>,
}

/// A ticket as stored.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ticket {
    /// Unguessable id.
    pub ticket_id: String,
    /// Owner of the credential.
    pub signer_id: String,
    /// The credential to use.
    pub credential_id: String,
    /// How far.
    pub state: TicketState,
    /// OID of the hash algorithm.
    pub hash_algorithm: String,
    /// OID of the signature algorithm.
    pub signature_algorithm: String,
    /// Who asks.
    pub client_id: String,
    /// The name shown to the signer.
    pub client_name: String,
    /// Where the client gets its answer.
    pub redirect_uri: String,
    /// Purpose shown and approved.
    pub purpose: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// The portal document, if it is one.
    pub document_id: Option<String>,
    /// Hash of the browser session that may act on it.
    pub session_hash: Option<Vec<u8>>,
    /// How often the button was pressed.
    pub attempts: i64,
    /// The newest request of the module.
    pub sar: Option<Vec<u8>>,
    /// The module's MAC over it.
    pub sar_mac: Option<Vec<u8>>,
    /// Reference of the approval inside the module; dies with it.
    pub grant_reference: Option<Vec<u8>>,
    /// Unix seconds.
    pub grant_expires_at: Option<i64>,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// One hash of a ticket as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TicketHash {
    /// DTBS/R.
    pub hash: Vec<u8>,
    /// What the page calls it.
    pub label: String,
    /// SHA-256 of the document as shown.
    pub document_sha256: Vec<u8>,
    /// How far.
    pub state: HashState,
    /// Present when signed.
    pub signature_value: Option<Vec<u8>>,
}

/// What became of an attempt to take hashes for signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOutcome {
    /// All are taken; nobody else can take them.
    Taken,
    /// The ticket is not approved, or the approval has expired. Nothing was taken.
    NotApproved,
    /// At least one hash is unknown or was taken before. Nothing was taken.
    NotOpen,
}

/// A signature value to be kept with its receipt.
#[derive(Clone)]
pub struct SignedHash {
    /// DTBS/R.
    pub hash: Vec<u8>,
    /// The signature value.
    pub signature_value: Vec<u8>,
    /// SHA-256 of the signature value.
    pub signature_sha256: Vec<u8>,
    /// Text of the `.tlog-proof` file.
    pub receipt: String,
}

/// Repository of activation tickets.
pub struct Tickets<'a> {
    pub(crate) store: &'a Store,
}

impl Tickets<'_> {
    /// Keeps an open ticket.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id exists or a hash occurs twice.
    pub async fn insert(&self, new: &NewTicket) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO ticket (ticket_id, signer_id, credential_id, state, hash_algorithm, signature_algorithm, client_id,
                                 client_name, redirect_uri, purpose, return_to, document_id, attempts, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14)",
        )
        .bind(&new.ticket_id)
        .bind(&new.signer_id)
        .bind(&new.credential_id)
        .bind(TicketState::Open)
        .bind(&new.hash_algorithm)
        .bind(&new.signature_algorithm)
        .bind(&new.client_id)
        .bind(&new.client_name)
        .bind(&new.redirect_uri)
        .bind(&new.purpose)
        .bind(&new.return_to)
        .bind(&new.document_id)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute(&mut *transaction)
        .await?;
        for (position, item) in (0_i64..).zip(&new.hashes) {
            sqlx::query(
                "INSERT INTO ticket_hash (ticket_id, position, hash, label, document_sha256, state) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&new.ticket_id)
            .bind(position)
            .bind(&item.hash)
            .bind(&item.label)
            .bind(&item.document_sha256)
            .bind(HashState::Open)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The ticket with this id.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, ticket_id: &str) -> Result<Option<Ticket>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT ticket_id, signer_id, credential_id, state, hash_algorithm, signature_algorithm, client_id, client_name,
                    redirect_uri, purpose, return_to, document_id, session_hash, attempts, sar, sar_mac, grant_reference,
                    grant_expires_at, refusal, created_at, expires_at
             FROM ticket WHERE ticket_id = $1",
        )
        .bind(ticket_id)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// The hashes of a ticket, in order.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn hashes(&self, ticket_id: &str) -> Result<Vec<TicketHash>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT hash, label, document_sha256, state, signature_value FROM ticket_hash WHERE ticket_id = $1 ORDER BY position",
        )
        .bind(ticket_id)
        .fetch_all(self.store.read())
        .await?)
    }

    /// Binds an unbound ticket to a browser session; true if the ticket is bound to this session now.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn bind(&self, ticket_id: &str, session_hash: &[u8]) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET session_hash = $1 WHERE ticket_id = $2 AND (session_hash IS NULL OR session_hash = $1)",
        )
        .bind(session_hash)
        .bind(ticket_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps the newest request of the module (Open or Requested to Requested). False if the ticket is past that, or `attempts` is reached.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_request(
        &self,
        ticket_id: &str,
        sar: &[u8],
        sar_mac: &[u8],
        attempts: i64,
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET state = $1, sar = $2, sar_mac = $3, attempts = attempts + 1
             WHERE ticket_id = $4 AND (state = $5 OR state = $1) AND attempts < $6 AND expires_at > $7",
        )
        .bind(TicketState::Requested)
        .bind(sar)
        .bind(sar_mac)
        .bind(ticket_id)
        .bind(TicketState::Open)
        .bind(attempts)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Requested to Approving; true for exactly one caller per request.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn claim_approval(&self, ticket_id: &str, sar: &[u8], now: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET state = $1 WHERE ticket_id = $2 AND state = $3 AND sar = $4 AND expires_at > $5",
        )
        .bind(TicketState::Approving)
        .bind(ticket_id)
        .bind(TicketState::Requested)
        .bind(sar)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Approving to Approved and keeps the reference of the approval.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_approval(
        &self,
        ticket_id: &str,
        grant_reference: &[u8],
        expires_at: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET state = $1, grant_reference = $2, grant_expires_at = $3 WHERE ticket_id = $4 AND state = $5",
        )
        .bind(TicketState::Approved)
        .bind(grant_reference)
        .bind(expires_at)
        .bind(ticket_id)
        .bind(TicketState::Approving)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Approving back to Open: the request is void but the signer may press the button again.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn reopen(&self, ticket_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done =
            sqlx::query("UPDATE ticket SET state = $1, sar = NULL, sar_mac = NULL WHERE ticket_id = $2 AND state = $3")
                .bind(TicketState::Open)
                .bind(ticket_id)
                .bind(TicketState::Approving)
                .execute(&mut *transaction)
                .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a ticket that was not approved.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn refuse(&self, ticket_id: &str, reason: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET state = $1, refusal = $2 WHERE ticket_id = $3 AND (state = $4 OR state = $5 OR state = $6)",
        )
        .bind(TicketState::Refused)
        .bind(reason)
        .bind(ticket_id)
        .bind(TicketState::Open)
        .bind(TicketState::Requested)
        .bind(TicketState::Approving)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes hashes for signing: all of them, or none.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn take(&self, ticket_id: &str, hashes: &[Vec<u8>], now: i64) -> Result<TakeOutcome, StoreError> {
        let mut transaction = self.store.write().await?;
        // A write to the ticket's own row first: on any database, two takers of one ticket come one after the other.
        let approved = sqlx::query(
            "UPDATE ticket SET attempts = attempts WHERE ticket_id = $1 AND state = $2 AND grant_expires_at > $3",
        )
        .bind(ticket_id)
        .bind(TicketState::Approved)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        if approved.rows_affected() != 1 {
            return Ok(TakeOutcome::NotApproved);
        }
        for hash in hashes {
            let done =
                sqlx::query("UPDATE ticket_hash SET state = $1 WHERE ticket_id = $2 AND hash = $3 AND state = $4")
                    .bind(HashState::Taken)
                    .bind(ticket_id)
                    .bind(hash)
                    .bind(HashState::Open)
                    .execute(&mut *transaction)
                    .await?;
            if done.rows_affected() != 1 {
                return Ok(TakeOutcome::NotOpen);
            }
        }
        transaction.commit().await?;
        Ok(TakeOutcome::Taken)
    }

    /// Gives taken hashes back. Only when the module was certainly not asked to sign them.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn release(&self, ticket_id: &str, hashes: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        for hash in hashes {
            sqlx::query("UPDATE ticket_hash SET state = $1 WHERE ticket_id = $2 AND hash = $3 AND state = $4")
                .bind(HashState::Open)
                .bind(ticket_id)
                .bind(hash)
                .bind(HashState::Taken)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps signature values and receipts of taken hashes; the ticket becomes Used with the last one. False if one was not taken.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_signatures(
        &self,
        ticket: &Ticket,
        signed: &[SignedHash],
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        for item in signed {
            let done = sqlx::query(
                "UPDATE ticket_hash SET state = $1, signature_value = $2 WHERE ticket_id = $3 AND hash = $4 AND state = $5",
            )
            .bind(HashState::Signed)
            .bind(&item.signature_value)
            .bind(&ticket.ticket_id)
            .bind(&item.hash)
            .bind(HashState::Taken)
            .execute(&mut *transaction)
            .await?;
            if done.rows_affected() != 1 {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO receipt (signature_sha256, credential_id, receipt, created_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(&item.signature_sha256)
            .bind(&ticket.credential_id)
            .bind(&item.receipt)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query(
            "UPDATE ticket SET state = $1 WHERE ticket_id = $2 AND state = $3
             AND NOT EXISTS (SELECT 1 FROM ticket_hash WHERE ticket_hash.ticket_id = $2 AND ticket_hash.state = $4)",
        )
        .bind(TicketState::Used)
        .bind(&ticket.ticket_id)
        .bind(TicketState::Approved)
        .bind(HashState::Open)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Deletes tickets, with their hashes and signature values, that ended before `before`. Receipts stay.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn delete_ended(&self, before: i64) -> Result<u64, StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "DELETE FROM ticket_hash WHERE ticket_id IN
             (SELECT ticket.ticket_id FROM ticket WHERE ticket.expires_at <= $1 AND COALESCE(ticket.grant_expires_at, 0) <= $1)",
        )
        .bind(before)
        .execute(&mut *transaction)
        .await?;
        let done = sqlx::query("DELETE FROM ticket WHERE expires_at <= $1 AND COALESCE(grant_expires_at, 0) <= $1")
            .bind(before)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }
}
