//! Registrations and certificate requests on their way: who may take the next step is decided by one conditional UPDATE.

mod certificate;
mod enrolment;

use crate::{Store, StoreError};

/// What the registration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    /// A new signer with passkey, key and certificate.
    Signer,
    /// One more key and certificate for a known signer.
    Certificate,
}

/// How far a registration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum RegistrationState {
    /// The browser has the challenge.
    Started,
    /// The answer is with the signature activation module. A stop here leaves nothing usable; the registration just expires.
    Enrolling,
    /// Key and record exist; the certificate can be asked for (again).
    Enrolled,
    /// The certification authority is being asked.
    Requesting,
    /// Certificate linked.
    Completed,
    /// Ended without a usable key.
    Failed,
}

/// A registration to be kept.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    /// Unguessable id.
    pub registration_id: String,
    /// For whom.
    pub purpose: Purpose,
    /// The signer, known or to be.
    pub signer_id: String,
    /// The credential to be.
    pub credential_id: String,
    /// What was asked for, JSON of `ssa`.
    pub form: String,
    /// Name of the subject, DER.
    pub subject: Vec<u8>,
    /// Assertion of the registration authority.
    pub assertion: Vec<u8>,
    /// Challenge that the passkey must answer; empty for a known signer.
    pub challenge: Vec<u8>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// A registration as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Registration {
    /// Unguessable id.
    pub registration_id: String,
    /// For whom.
    pub purpose: Purpose,
    /// The signer.
    pub signer_id: String,
    /// The credential.
    pub credential_id: String,
    /// How far.
    pub state: RegistrationState,
    /// What was asked for, JSON of `ssa`.
    pub form: String,
    /// Name of the subject, DER.
    pub subject: Vec<u8>,
    /// Assertion of the registration authority.
    pub assertion: Vec<u8>,
    /// Challenge that the passkey must answer.
    pub challenge: Vec<u8>,
    /// Why it failed, for the operator.
    pub failure: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// A signer and the login passkey that come into being with a registration.
#[derive(Debug, Clone)]
pub struct NewSigner {
    /// The name shown.
    pub display_name: String,
    /// JSON of `ssa`.
    pub profile: String,
    /// WebAuthn credential id.
    pub passkey_id: Vec<u8>,
    /// COSE_Key.
    pub public_key: Vec<u8>,
    /// Counter at registration.
    pub sign_count: i64,
}

/// What the signature activation module made: kept in one step, or not at all.
#[derive(Clone)]
pub struct Enrolment {
    /// Present for [`Purpose::Signer`].
    pub signer: Option<NewSigner>,
    /// Revision that `record` replaces; ignored for a new signer.
    pub from_revision: i64,
    /// The new sealed record.
    pub record: Vec<u8>,
    /// Name of the key algorithm.
    pub key_algorithm: String,
    /// The authority that will be asked.
    pub ca_id: String,
    /// Wrapped key.
    pub sealed_key: Vec<u8>,
    /// SHA-256 of the public key.
    pub spki_sha256: Vec<u8>,
    /// PKCS#10.
    pub certification_request: Vec<u8>,
}

/// A certificate that the signature activation module has linked.
#[derive(Clone)]
pub struct Certified {
    /// DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of it.
    pub certificate_sha256: Vec<u8>,
    /// Certificates above, issuer first.
    pub chain: Vec<Vec<u8>>,
    /// Revision that `record` replaces.
    pub from_revision: i64,
    /// The new sealed record.
    pub record: Vec<u8>,
}

/// Repository of registrations.
pub struct Registrations<'a> {
    pub(crate) store: &'a Store,
}

impl Registrations<'_> {
    /// Keeps a started registration.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if an id exists.
    pub async fn insert(&self, new: &NewRegistration) -> Result<(), StoreError> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO registration (registration_id, purpose, signer_id, credential_id, state, form, subject, assertion,
                                       challenge, claimed_at, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
        )
        .bind(&new.registration_id)
        .bind(new.purpose)
        .bind(&new.signer_id)
        .bind(&new.credential_id)
        .bind(RegistrationState::Started)
        .bind(&new.form)
        .bind(&new.subject)
        .bind(&new.assertion)
        .bind(&new.challenge)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The registration with this id.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup(&self, registration_id: &str) -> Result<Option<Registration>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT registration_id, purpose, signer_id, credential_id, state, form, subject, assertion, challenge, failure,
                    created_at, expires_at
             FROM registration WHERE registration_id = $1",
        )
        .bind(registration_id)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// The registration that made this credential.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn lookup_by_credential(&self, credential_id: &str) -> Result<Option<Registration>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT registration_id, purpose, signer_id, credential_id, state, form, subject, assertion, challenge, failure,
                    created_at, expires_at
             FROM registration WHERE credential_id = $1",
        )
        .bind(credential_id)
        .fetch_optional(self.store.read())
        .await?)
    }

    /// Deletes registrations that expired before any key was kept.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be written.
    pub async fn delete_expired(&self, now: i64) -> Result<u64, StoreError> {
        let mut transaction = self.store.write().await?;
        let done = sqlx::query("DELETE FROM registration WHERE expires_at <= $1 AND (state = $2 OR state = $3)")
            .bind(now)
            .bind(RegistrationState::Started)
            .bind(RegistrationState::Enrolling)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    async fn step(
        &self,
        registration_id: &str,
        from: RegistrationState,
        to: RegistrationState,
        failure: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.store.write().await?;
        let done =
            sqlx::query("UPDATE registration SET state = $1, failure = $2 WHERE registration_id = $3 AND state = $4")
                .bind(to)
                .bind(failure)
                .bind(registration_id)
                .bind(from)
                .execute(&mut *transaction)
                .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
