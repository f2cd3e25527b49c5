//! From a registration with a key to one with a certificate.

use super::{Certified, Registration, RegistrationState, Registrations};
use crate::StoreError;
use crate::signers::replace_record;

impl Registrations<'_> {
    /// Moves Enrolled to Requesting; true for exactly one caller. A request older than `stale` counts as abandoned.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn claim_request(&self, registration_id: &str, now: i64, stale: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE registration SET state = $1, claimed_at = $2
             WHERE registration_id = $3 AND (state = $4 OR (state = $1 AND claimed_at <= $5))",
        )
        .bind(RegistrationState::Requesting)
        .bind(now)
        .bind(registration_id)
        .bind(RegistrationState::Enrolled)
        .bind(now - stale)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Requesting back to Enrolled: no certificate came, it may be asked for again.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn release_request(&self, registration_id: &str, failure: &str) -> Result<bool, StoreError> {
        self.step(registration_id, RegistrationState::Requesting, RegistrationState::Enrolled, Some(failure)).await
    }

    /// Keeps what the authority issued, the signer's certificate first, before it is linked. What was kept first stays.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something is kept already.
    pub async fn keep_certificates(&self, registration_id: &str, certificates: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        for (position, certificate) in (0_i64..).zip(certificates) {
            sqlx::query(
                "INSERT INTO registration_certificate (registration_id, position, certificate) VALUES ($1, $2, $3)",
            )
            .bind(registration_id)
            .bind(position)
            .bind(certificate)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// What the authority issued and what is not linked yet, the signer's certificate first; empty if there is nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn kept_certificates(&self, registration_id: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT certificate FROM registration_certificate WHERE registration_id = $1 ORDER BY position",
        )
        .bind(registration_id)
        .fetch_all(self.store.read())
        .await?)
    }

    /// Throws away what the authority issued: the module will not link it.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn drop_certificates(&self, registration_id: &str) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query("DELETE FROM registration_certificate WHERE registration_id = $1")
            .bind(registration_id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps the linked certificate and makes the credential Active, in one step. False if another write came first.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the certificate belongs to another key.
    pub async fn complete(
        &self,
        registration: &Registration,
        certified: &Certified,
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done =
            sqlx::query("UPDATE registration SET state = $1, failure = NULL WHERE registration_id = $2 AND state = $3")
                .bind(RegistrationState::Completed)
                .bind(&registration.registration_id)
                .bind(RegistrationState::Requesting)
                .execute(&mut *transaction)
                .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        let linked = sqlx::query(
            "UPDATE credential SET status = $1, certificate = $2, certificate_sha256 = $3
             WHERE credential_id = $4 AND certificate IS NULL",
        )
        .bind(crate::CredentialStatus::Active)
        .bind(&certified.certificate)
        .bind(&certified.certificate_sha256)
        .bind(&registration.credential_id)
        .execute(&mut *transaction)
        .await?;
        if linked.rows_affected() != 1 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM registration_certificate WHERE registration_id = $1")
            .bind(&registration.registration_id)
            .execute(&mut *transaction)
            .await?;
        for (position, certificate) in (0_i64..).zip(&certified.chain) {
            sqlx::query("INSERT INTO credential_chain (credential_id, position, certificate) VALUES ($1, $2, $3)")
                .bind(&registration.credential_id)
                .bind(position)
                .bind(certificate)
                .execute(&mut *transaction)
                .await?;
        }
        let signer = &registration.signer_id;
        if !replace_record(&mut transaction, signer, certified.from_revision, &certified.record, now).await? {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }
}
