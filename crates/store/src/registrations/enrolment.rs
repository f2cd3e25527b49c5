//! From a started registration to one with key and record, or to none.

use super::{Enrolment, Registration, RegistrationState, Registrations};
use crate::StoreError;
use crate::signers::replace_record;

impl Registrations<'_> {
    /// Moves Started to Enrolling; true for exactly one caller.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn claim_enrolment(&self, registration_id: &str, now: i64) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE registration SET state = $1, claimed_at = $2 WHERE registration_id = $3 AND state = $4 AND expires_at > $2",
        )
        .bind(RegistrationState::Enrolling)
        .bind(now)
        .bind(registration_id)
        .bind(RegistrationState::Started)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves Enrolling back to Started: the module was certainly not reached, so the same answer may be tried again.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn release_enrolment(&self, registration_id: &str) -> Result<bool, StoreError> {
        self.step(registration_id, RegistrationState::Enrolling, RegistrationState::Started, None).await
    }

    /// Keeps what the module made. False if the registration was not being enrolled, or the record changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if signer, passkey or key exist already.
    pub async fn record_enrolment(
        &self,
        registration: &Registration,
        made: &Enrolment,
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE registration SET state = $1, claimed_at = $2 WHERE registration_id = $3 AND state = $4",
        )
        .bind(RegistrationState::Enrolled)
        .bind(now)
        .bind(&registration.registration_id)
        .bind(RegistrationState::Enrolling)
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        match &made.signer {
            Some(signer) => {
                sqlx::query(
                    "INSERT INTO signer (signer_id, display_name, profile, created_at) VALUES ($1, $2, $3, $4)",
                )
                .bind(&registration.signer_id)
                .bind(&signer.display_name)
                .bind(&signer.profile)
                .bind(now)
                .execute(&mut *transaction)
                .await?;
                sqlx::query(
                    "INSERT INTO passkey (passkey_id, signer_id, public_key, sign_count, created_at) VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(&signer.passkey_id)
                .bind(&registration.signer_id)
                .bind(&signer.public_key)
                .bind(signer.sign_count)
                .bind(now)
                .execute(&mut *transaction)
                .await?;
                sqlx::query(
                    "INSERT INTO sealed_record (signer_id, revision, record, updated_at) VALUES ($1, 1, $2, $3)",
                )
                .bind(&registration.signer_id)
                .bind(&made.record)
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            }
            None => {
                let signer = &registration.signer_id;
                if !replace_record(&mut transaction, signer, made.from_revision, &made.record, now).await? {
                    return Ok(false);
                }
            }
        }
        sqlx::query(
            "INSERT INTO credential (credential_id, signer_id, status, key_algorithm, ca_id, sealed_key, spki_sha256,
                                     certification_request, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&registration.credential_id)
        .bind(&registration.signer_id)
        .bind(crate::CredentialStatus::AwaitingCertificate)
        .bind(&made.key_algorithm)
        .bind(&made.ca_id)
        .bind(&made.sealed_key)
        .bind(&made.spki_sha256)
        .bind(&made.certification_request)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends a registration for good; its credential, if any, is marked Refused.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn fail(&self, registration: &Registration, failure: &str) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done =
            sqlx::query("UPDATE registration SET state = $1, failure = $2 WHERE registration_id = $3 AND state <> $4 AND state <> $1")
                .bind(RegistrationState::Failed)
                .bind(failure)
                .bind(&registration.registration_id)
                .bind(RegistrationState::Completed)
                .execute(&mut *transaction)
                .await?;
        if done.rows_affected() == 1 {
            sqlx::query("UPDATE credential SET status = $1 WHERE credential_id = $2 AND status = $3")
                .bind(crate::CredentialStatus::Refused)
                .bind(&registration.credential_id)
                .bind(crate::CredentialStatus::AwaitingCertificate)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
