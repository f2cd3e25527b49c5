//! Certificates: the request for a further key, and the step that all registrations share. RFC 7030 4.2 through `connectors`.

use super::RegistrationError;
use super::form::StoredForm;
use super::signer::{new_key, stored_form, stored_json};
use crate::Ssa;
use crate::fault::{Inconsistent, to_the_end};
use crate::ids::{CredentialId, RegistrationId, SignerId};
use crate::key_algorithm::{self, KeyAlgorithm};
use crate::sam_client::SamError;
use crate::service::stored_time;
use ades::x509::Certificate;
use sam::enrolment::Purpose as AssertionPurpose;
use sam::protocol::message::{AddKey, LinkCertificate};
use store::{Certified, Enrolment, NewRegistration, Purpose, Registration, RegistrationState};

/// After this many seconds a request to an authority counts as abandoned by the process that made it.
const REQUEST_STALE: i64 = 120;

/// What a known signer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The authority that is to certify the key.
    pub ca_id: String,
    /// Kind of key; the authority's first one unless said.
    pub key_algorithm: Option<KeyAlgorithm>,
}

impl Ssa {
    /// Makes a further key for a signer and gets its certificate.
    ///
    /// # Errors
    /// If the authority does not give a certificate, the credential is listed as awaiting it and
    /// [`Ssa::resume_certificate_request`] asks again.
    pub async fn request_certificate(
        &self,
        signer_id: SignerId,
        request: CertificateRequest,
    ) -> Result<CredentialId, RegistrationError> {
        let ssa = self.clone();
        to_the_end(async move {
            let registration = ssa.add_key(signer_id, request).await?;
            ssa.certify(&registration).await
        })
        .await
    }

    /// Asks the authority again for the certificate of a credential that awaits it.
    ///
    /// # Errors
    /// [`RegistrationError::NotFound`] also for another signer's credential.
    pub async fn resume_certificate_request(
        &self,
        signer_id: SignerId,
        id: &CredentialId,
    ) -> Result<CredentialId, RegistrationError> {
        let found = self.store().registrations().lookup_by_credential(id.as_str()).await?;
        let owned = found.filter(|registration| registration.signer_id == signer_id.to_string());
        let registration = owned.ok_or(RegistrationError::NotFound)?;
        let ssa = self.clone();
        to_the_end(async move { ssa.certify(&registration).await }).await
    }

    async fn add_key(
        &self,
        signer_id: SignerId,
        request: CertificateRequest,
    ) -> Result<Registration, RegistrationError> {
        let (ca_id, key_algorithm) = self.offer(&request.ca_id, request.key_algorithm)?;
        let signer = self.store().signers().lookup(&signer_id.to_string()).await?.ok_or(RegistrationError::NotFound)?;
        let form = StoredForm {
            profile: serde_json::from_str(&signer.profile).map_err(|_| Inconsistent("profile"))?,
            ca_id,
            key_algorithm: key_algorithm::stored_name(key_algorithm),
        };
        let vouched = self.vouch(AssertionPurpose::AddKey, signer_id, &form).await?;
        let now = self.now();
        let new = NewRegistration {
            registration_id: RegistrationId::from_random(self.random()?).to_string(),
            purpose: Purpose::Certificate,
            signer_id: signer_id.to_string(),
            credential_id: CredentialId::new(self.random()?).to_string(),
            form: stored_json(&form)?,
            subject: vouched.subject,
            assertion: vouched.assertion,
            challenge: Vec::new(),
            created_at: stored_time(now),
            expires_at: stored_time(now.saturating_add(self.config().ceremony_lifetime)),
        };
        let registrations = self.store().registrations();
        registrations.insert(&new).await?;
        let registration = registrations.lookup(&new.registration_id).await?.ok_or(Inconsistent("registration"))?;
        if !registrations.claim_enrolment(&new.registration_id, self.stored_now()).await? {
            return Err(RegistrationError::Busy);
        }
        let lock = self.record_lock(signer_id);
        let _alone = lock.lock().await;
        let record = self.store().signers().record(&new.signer_id).await?.ok_or(Inconsistent("sealed record"))?;
        let add_key = AddKey {
            record: record.record,
            registration_assertion: registration.assertion.clone(),
            key: new_key(&registration, &form)?,
        };
        let enrolled = match self.sam().add_key(add_key).await {
            Ok(enrolled) => enrolled,
            Err(error) => {
                registrations.fail(&registration, &error.to_string()).await?;
                return Err(error.into());
            }
        };
        let made = Enrolment {
            signer: None,
            from_revision: record.revision,
            record: enrolled.record,
            key_algorithm: form.key_algorithm,
            ca_id: form.ca_id,
            sealed_key: enrolled.key.sealed_key,
            spki_sha256: crate::digest::sha256(&[&enrolled.key.spki_der]).to_vec(),
            certification_request: enrolled.key.certification_request_der,
        };
        if !registrations.record_enrolment(&registration, &made, self.stored_now()).await? {
            return Err(Inconsistent("sealed record changed while it was worked on").into());
        }
        Ok(registration)
    }

    /// Gets the certificate for an enrolled key and has it linked. May be repeated until it succeeds.
    pub(super) async fn certify(&self, registration: &Registration) -> Result<CredentialId, RegistrationError> {
        let registrations = self.store().registrations();
        let id = &registration.registration_id;
        if !registrations.claim_request(id, self.stored_now(), REQUEST_STALE).await? {
            let current = registrations.lookup(id).await?.ok_or(RegistrationError::NotFound)?;
            return Err(match current.state {
                RegistrationState::Completed => RegistrationError::Completed,
                RegistrationState::Failed => RegistrationError::Failed,
                RegistrationState::Started | RegistrationState::Enrolling => RegistrationError::NotFound,
                RegistrationState::Enrolled | RegistrationState::Requesting => RegistrationError::Busy,
            });
        }
        match self.certify_claimed(registration).await {
            Ok(credential_id) => Ok(credential_id),
            Err(error) => {
                registrations.release_request(id, &error.to_string()).await?;
                Err(error)
            }
        }
    }

    async fn certify_claimed(&self, registration: &Registration) -> Result<CredentialId, RegistrationError> {
        let credential_id: CredentialId =
            registration.credential_id.parse().map_err(|_| Inconsistent("credential id"))?;
        let signer_id: SignerId = registration.signer_id.parse().map_err(|_| Inconsistent("signer id"))?;
        let issued = self.issued(registration).await?;
        let [certificate, chain @ ..] = issued.as_slice() else {
            return Err(Inconsistent("issued certificate").into());
        };
        let issuer = chain.first().ok_or(Inconsistent("issuer's certificate"))?;

        let lock = self.record_lock(signer_id);
        let _alone = lock.lock().await;
        let record =
            self.store().signers().record(&registration.signer_id).await?.ok_or(Inconsistent("sealed record"))?;
        let link = LinkCertificate {
            record: record.record,
            credential_id: credential_id.clone(),
            certificate_der: certificate.clone(),
            issuer_certificate_der: issuer.clone(),
        };
        // Linking the same certificate again from the same record gives the same answer, so a lost answer is no harm.
        let linked = match self.sam().link_certificate(link).await {
            Ok(linked) => linked,
            Err(error) => {
                if matches!(error, SamError::Refused(_)) {
                    self.store().registrations().drop_certificates(&registration.registration_id).await?;
                }
                return Err(error.into());
            }
        };
        let certified = Certified {
            certificate_sha256: crate::digest::sha256(&[certificate]).to_vec(),
            certificate: certificate.clone(),
            chain: chain.to_vec(),
            from_revision: record.revision,
            record: linked.record,
        };
        if !self.store().registrations().complete(registration, &certified, self.stored_now()).await? {
            return Err(Inconsistent("sealed record changed while it was worked on").into());
        }
        tracing::info!(credential.id = %credential_id, "certificate linked, credential is active");
        Ok(credential_id)
    }
}

impl Ssa {
    /// The certificate for the key, with those above it: the one that was kept, or a new one from the authority.
    async fn issued(&self, registration: &Registration) -> Result<Vec<Vec<u8>>, RegistrationError> {
        let registrations = self.store().registrations();
        let kept = registrations.kept_certificates(&registration.registration_id).await?;
        if !kept.is_empty() {
            return Ok(kept);
        }
        let credential = self.store().credentials().lookup(&registration.credential_id).await?;
        let request = credential.ok_or(Inconsistent("credential"))?.certification_request;
        let authority = self.authority(&stored_form(registration)?.ca_id).ok_or(RegistrationError::UnknownAuthority)?;
        let chain = authority.client.authority_certificates(self.now()).await?;
        // The client checks that the certificate is for the key of the request and by this issuer; the module checks again.
        let certificate = authority.client.enrol(&request, issuer_of(&chain)?, self.now()).await?;
        let issued: Vec<Vec<u8>> =
            std::iter::once(&certificate).chain(&chain).map(|certificate| certificate.der().to_vec()).collect();
        registrations.keep_certificates(&registration.registration_id, &issued).await?;
        Ok(issued)
    }
}

/// The issuing certificate: the first one of the authority's list.
pub(super) fn issuer_of(certificates: &[Certificate]) -> Result<&Certificate, RegistrationError> {
    certificates.first().ok_or(RegistrationError::CaUnreadable("the authority gave no certificate of its own".into()))
}
