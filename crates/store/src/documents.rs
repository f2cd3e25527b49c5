//! Documents of the portal: their state; the bytes are in the [`crate::Spool`].

use crate::{Store, StoreError};

/// How far a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DocumentState {
    /// Received, nothing added.
    Uploaded,
    /// Signature field added; ready for review.
    Prepared,
    /// The signer was sent to the signing page.
    Approving,
    /// Being signed, time-stamped and checked.
    Signing,
    /// Signed; no time-stamp authority answered. The signature value is kept and the rest can be done later.
    Pending,
    /// Signed, time-stamped, checked; ready for download.
    Signed,
    /// Downloaded.
    Delivered,
    /// The bytes were deleted.
    Forgotten,
}

/// A document to be kept.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Unguessable id.
    pub document_id: String,
    /// The owner.
    pub signer_id: String,
    /// As uploaded, cleaned.
    pub file_name: String,
    /// Octets.
    pub size: i64,
    /// SHA-256 of the original.
    pub sha256: Vec<u8>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds; afterwards the bytes go.
    pub expires_at: i64,
}

/// A document as stored.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Document {
    /// Unguessable id.
    pub document_id: String,
    /// The owner.
    pub signer_id: String,
    /// As uploaded, cleaned; empty when forgotten.
    pub file_name: String,
    /// Octets.
    pub size: i64,
    /// SHA-256 of the original.
    pub sha256: Vec<u8>,
    /// How far.
    pub state: DocumentState,
    /// 1 if the owner asked to keep it after delivery.
    pub keep: i64,
    /// The credential it was prepared for.
    pub credential_id: Option<String>,
    /// The newest ticket.
    pub ticket_id: Option<String>,
    /// Serialised `PreparedPdf` of `ades`.
    pub prepared: Option<Vec<u8>>,
    /// Hash to be signed.
    pub dtbsr: Option<Vec<u8>>,
    /// Kept from the moment it exists, so that nothing is signed twice.
    pub signature_value: Option<Vec<u8>>,
    /// RFC 3161 token.
    pub timestamp_token: Option<Vec<u8>>,
    /// Who issued it.
    pub timestamp_authority: Option<String>,
    /// Its time, Unix seconds.
    pub timestamp_time: Option<i64>,
    /// SHA-256 of the signed file.
    pub signed_sha256: Option<Vec<u8>>,
    /// Octets of the signed file.
    pub signed_size: Option<i64>,
    /// What the worker said about the pages, JSON of `web`.
    pub page_report: Option<String>,
    /// The last thing that went wrong.
    pub failure: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// What preparation adds.
#[derive(Clone)]
pub struct PreparedDocument {
    /// The credential whose certificate is inside.
    pub credential_id: String,
    /// Serialised `PreparedPdf`.
    pub prepared: Vec<u8>,
    /// Hash to be signed.
    pub dtbsr: Vec<u8>,
    /// 1 to keep the document after delivery.
    pub keep: i64,
}

/// A time-stamp to be kept.
#[derive(Clone)]
pub struct TimestampRecord {
    /// RFC 3161 token.
    pub token: Vec<u8>,
    /// Who issued it.
    pub authority: String,
    /// Its time, Unix seconds.
    pub time: i64,
}

/// The finished file.
#[derive(Debug, Clone)]
pub struct SignedRecord {
    /// SHA-256 of the file.
    pub sha256: Vec<u8>,
    /// Octets.
    pub size: i64,
}

/// Repository of documents.
pub struct Documents<'a> {
    pub(crate) store: &'a Store,
}

impl Documents<'_> {
    /// Keeps an uploaded document; its file must be in the spool already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id exists.
    pub async fn insert(&self, new: &NewDocument) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO document (document_id, signer_id, file_name, size, sha256, state, keep, claimed_at, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8)",
        )
        .bind(&new.document_id)
        .bind(&new.signer_id)
        .bind(&new.file_name)
        .bind(new.size)
        .bind(&new.sha256)
        .bind(DocumentState::Uploaded)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The document, whoever owns it.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, document_id: &str) -> Result<Option<Document>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT document_id, signer_id, file_name, size, sha256, state, keep, credential_id, ticket_id, prepared, dtbsr,
                    signature_value, timestamp_token, timestamp_authority, timestamp_time, signed_sha256, signed_size,
                    page_report, failure, created_at, expires_at
             FROM document WHERE document_id = $1",
        )
        .bind(document_id)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// All documents of a signer that were not forgotten, newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn list(&self, signer_id: &str) -> Result<Vec<Document>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT document_id, signer_id, file_name, size, sha256, state, keep, credential_id, ticket_id, prepared, dtbsr,
                    signature_value, timestamp_token, timestamp_authority, timestamp_time, signed_sha256, signed_size,
                    page_report, failure, created_at, expires_at
             FROM document WHERE signer_id = $1 AND state <> $2 ORDER BY created_at DESC, document_id",
        )
        .bind(signer_id)
        .bind(DocumentState::Forgotten)
        .fetch_all(self.store.read())
        .await?)
    }

    /// Keeps a preparation; it replaces an earlier one. False once signing has begun.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_preparation(&self, document_id: &str, prepared: &PreparedDocument) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET state = $1, credential_id = $2, prepared = $3, dtbsr = $4, keep = $5, ticket_id = NULL,
                                 failure = NULL
             WHERE document_id = $6 AND signature_value IS NULL AND (state = $7 OR state = $1 OR state = $8)",
        )
        .bind(DocumentState::Prepared)
        .bind(&prepared.credential_id)
        .bind(&prepared.prepared)
        .bind(&prepared.dtbsr)
        .bind(prepared.keep)
        .bind(document_id)
        .bind(DocumentState::Uploaded)
        .bind(DocumentState::Approving)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes the ticket under which the preparation with `dtbsr` goes to the signer. False if it was prepared anew meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_ticket(&self, document_id: &str, dtbsr: &[u8], ticket_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET state = $1, ticket_id = $2, failure = NULL
             WHERE document_id = $3 AND dtbsr = $4 AND signature_value IS NULL AND (state = $5 OR state = $1)",
        )
        .bind(DocumentState::Approving)
        .bind(ticket_id)
        .bind(document_id)
        .bind(dtbsr)
        .bind(DocumentState::Prepared)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Approving or Pending to Signing; true for one caller at a time. A claim older than `stale` counts as abandoned.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn claim(&self, document_id: &str, now: i64, stale: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET state = $1, claimed_at = $2
             WHERE document_id = $3 AND (state = $4 OR state = $5 OR (state = $1 AND claimed_at <= $6))",
        )
        .bind(DocumentState::Signing)
        .bind(now)
        .bind(document_id)
        .bind(DocumentState::Approving)
        .bind(DocumentState::Pending)
        .bind(now - stale)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a claim without a finished file: to Approving, Prepared or Pending, with the reason.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn release(&self, document_id: &str, to: DocumentState, failure: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query("UPDATE document SET state = $1, failure = $2 WHERE document_id = $3 AND state = $4")
            .bind(to)
            .bind(failure)
            .bind(document_id)
            .bind(DocumentState::Signing)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps the signature value as soon as it exists; the first one stays. From now on the document lives until `expires_at`, so that a
    /// signature is not lost because a time-stamp authority was away.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_signature(
        &self,
        document_id: &str,
        signature_value: &[u8],
        expires_at: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET signature_value = $1, expires_at = $2
             WHERE document_id = $3 AND state = $4 AND signature_value IS NULL",
        )
        .bind(signature_value)
        .bind(expires_at)
        .bind(document_id)
        .bind(DocumentState::Signing)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps the time-stamp over the signature value; the first one stays.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_timestamp(&self, document_id: &str, timestamp: &TimestampRecord) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET timestamp_token = $1, timestamp_authority = $2, timestamp_time = $3
             WHERE document_id = $4 AND state = $5 AND timestamp_token IS NULL",
        )
        .bind(&timestamp.token)
        .bind(&timestamp.authority)
        .bind(timestamp.time)
        .bind(document_id)
        .bind(DocumentState::Signing)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Signing to Signed; the file must be in the spool already.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_signed(&self, document_id: &str, signed: &SignedRecord) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET state = $1, signed_sha256 = $2, signed_size = $3, failure = NULL
             WHERE document_id = $4 AND state = $5 AND timestamp_token IS NOT NULL",
        )
        .bind(DocumentState::Signed)
        .bind(&signed.sha256)
        .bind(signed.size)
        .bind(document_id)
        .bind(DocumentState::Signing)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes a delivery. A document that is not kept goes at `grace`, so that an interrupted download can be repeated shortly; one that
    /// is kept goes at `kept_until`.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_delivery(&self, document_id: &str, grace: i64, kept_until: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET state = $1, expires_at = CASE WHEN keep = 1 THEN $2 ELSE $3 END
             WHERE document_id = $4 AND state = $5",
        )
        .bind(DocumentState::Delivered)
        .bind(kept_until)
        .bind(grace)
        .bind(document_id)
        .bind(DocumentState::Signed)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps what the worker said about the pages.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn record_page_report(&self, document_id: &str, page_report: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query("UPDATE document SET page_report = $1 WHERE document_id = $2 AND state <> $3")
            .bind(page_report)
            .bind(document_id)
            .bind(DocumentState::Forgotten)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ids of documents whose time is over and whose bytes are still here. One that is being signed waits until its claim is older than
    /// `stale`.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn expired(&self, now: i64, stale: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT document_id FROM document
             WHERE expires_at <= $1 AND state <> $2 AND (state <> $3 OR claimed_at <= $4)",
        )
        .bind(now)
        .bind(DocumentState::Forgotten)
        .bind(DocumentState::Signing)
        .bind(now - stale)
        .fetch_all(self.store.read())
        .await?)
    }

    /// Empties the record of everything that tells what the document was. The files must be deleted after this, not before: the next
    /// start finds and deletes a file without a record, while a record without its file would be an error for its owner.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn forget(&self, document_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE document SET state = $1, file_name = '', prepared = NULL, dtbsr = NULL, signature_value = NULL,
                                 timestamp_token = NULL, page_report = NULL, failure = NULL
             WHERE document_id = $2 AND state <> $1",
        )
        .bind(DocumentState::Forgotten)
        .bind(document_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
