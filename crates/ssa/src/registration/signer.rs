//! Registration of a new signer: form, passkey, key, certificate.

use super::form::StoredForm;
use super::{Registered, RegistrationError, RegistrationForm, RegistrationOptions, RegistrationResponse};
use crate::Ssa;
use crate::fault::{Inconsistent, to_the_end};
use crate::ids::{CredentialId, RegistrationId, SignerId};
use crate::key_algorithm;
use crate::officer::Vouched;
use crate::sam_client::SamError;
use crate::service::stored_time;
use sam::dcbor;
use sam::enrolment::{Proofing, Purpose as AssertionPurpose, RegistrationAssertion, SubjectAndIssuer};
use sam::protocol::message::{Enrol, NewKey, Registration as PasskeyRegistration};
use sam::webauthn::AuthenticatorData;
use store::{Enrolment, NewRegistration, NewSigner, Purpose, Registration, RegistrationState};

/// ES256, EdDSA, RS256: what the signature activation module verifies.
const ALGORITHMS: [i64; 3] = [-7, -8, -257];

impl Ssa {
    /// Starts the registration of a new signer.
    ///
    /// # Errors
    /// The form is wrong, or authority or module do not answer. Nothing is left behind.
    pub async fn start_registration(&self, form: RegistrationForm) -> Result<RegistrationOptions, RegistrationError> {
        let profile = form.profile()?;
        let (ca_id, key_algorithm) = self.offer(&form.ca_id, form.key_algorithm)?;
        let signer_id = SignerId::new(self.random()?);
        let credential_id = CredentialId::new(self.random()?);
        let stored = StoredForm { profile, ca_id, key_algorithm: key_algorithm::stored_name(key_algorithm) };
        let vouched = self.vouch(AssertionPurpose::Enrol, signer_id, &stored).await?;
        let status = self.module_status().await?;
        let now = self.now();
        let expires_at = vouched.expires_at.min(now.saturating_add(self.config().ceremony_lifetime));
        let registration_id = RegistrationId::from_random(self.random()?);
        let new = NewRegistration {
            registration_id: registration_id.to_string(),
            purpose: Purpose::Signer,
            signer_id: signer_id.to_string(),
            credential_id: credential_id.to_string(),
            form: stored_json(&stored)?,
            subject: vouched.subject,
            assertion: vouched.assertion,
            challenge: vouched.challenge.to_vec(),
            created_at: stored_time(now),
            expires_at: stored_time(expires_at),
        };
        self.store().registrations().insert(&new).await?;
        Ok(RegistrationOptions {
            registration_id,
            challenge: vouched.challenge,
            rp_id: status.rp_id,
            user_handle: signer_id.as_bytes().to_vec(),
            user_name: stored.profile.email.clone().unwrap_or_else(|| stored.profile.display_name.clone()),
            user_display_name: stored.profile.display_name,
            algorithms: ALGORITHMS.to_vec(),
            expires_at,
        })
    }

    /// Takes the passkey's answer, makes the key and gets its certificate.
    ///
    /// # Errors
    /// If the authority does not give a certificate, [`Ssa::resume_registration`] asks again with the same key and request.
    pub async fn finish_registration(
        &self,
        id: &RegistrationId,
        response: RegistrationResponse,
    ) -> Result<Registered, RegistrationError> {
        let (ssa, id) = (self.clone(), id.clone());
        to_the_end(async move {
            let registration = ssa.signer_registration(&id).await?;
            let registration = ssa.enrol(registration, response).await?;
            ssa.complete_signer(registration).await
        })
        .await
    }

    /// Asks the authority again, after it refused or did not answer.
    ///
    /// # Errors
    /// As [`Ssa::finish_registration`].
    pub async fn resume_registration(&self, id: &RegistrationId) -> Result<Registered, RegistrationError> {
        let (ssa, id) = (self.clone(), id.clone());
        to_the_end(async move {
            let registration = ssa.signer_registration(&id).await?;
            ssa.complete_signer(registration).await
        })
        .await
    }

    async fn signer_registration(&self, id: &RegistrationId) -> Result<Registration, RegistrationError> {
        let found = self.store().registrations().lookup(id.as_str()).await?;
        found.filter(|registration| registration.purpose == Purpose::Signer).ok_or(RegistrationError::NotFound)
    }

    async fn enrol(
        &self,
        registration: Registration,
        response: RegistrationResponse,
    ) -> Result<Registration, RegistrationError> {
        let (data, passkey) = AuthenticatorData::from_registration(&response.authenticator_data)
            .ok()
            .filter(|(_, passkey)| passkey.credential_id == response.credential_id)
            .ok_or(RegistrationError::PasskeyUnreadable)?;
        let id = registration.registration_id.clone();
        if !self.store().registrations().claim_enrolment(&id, self.stored_now()).await? {
            return Err(match registration.state {
                RegistrationState::Completed => RegistrationError::Completed,
                RegistrationState::Failed => RegistrationError::Failed,
                RegistrationState::Started => RegistrationError::NotFound,
                RegistrationState::Enrolling | RegistrationState::Enrolled | RegistrationState::Requesting => {
                    RegistrationError::Busy
                }
            });
        }
        let form = stored_form(&registration)?;
        let enrol = Enrol {
            registration_assertion: registration.assertion.clone(),
            registration: PasskeyRegistration {
                client_data_json: response.client_data_json,
                authenticator_data: response.authenticator_data,
            },
            key: new_key(&registration, &form)?,
        };
        let enrolled = match self.sam().enrol(enrol).await {
            Ok(enrolled) => enrolled,
            Err(error @ SamError::NotReached(_)) => {
                self.store().registrations().release_enrolment(&id).await?;
                return Err(error.into());
            }
            Err(error) => {
                // If the module did make a record, nobody has it and nobody can use it: the signer id is never used again.
                self.store().registrations().fail(&registration, &error.to_string()).await?;
                return Err(error.into());
            }
        };
        let made = Enrolment {
            signer: Some(NewSigner {
                display_name: form.profile.display_name.clone(),
                profile: serde_json::to_string(&form.profile).map_err(|_| Inconsistent("profile"))?,
                passkey_id: passkey.credential_id,
                public_key: dcbor::to_bytes(&passkey.public_key),
                sign_count: data.sign_count.into(),
            }),
            from_revision: 0,
            record: enrolled.record,
            key_algorithm: form.key_algorithm.clone(),
            ca_id: form.ca_id.clone(),
            sealed_key: enrolled.key.sealed_key,
            spki_sha256: crate::digest::sha256(&[&enrolled.key.spki_der]).to_vec(),
            certification_request: enrolled.key.certification_request_der,
        };
        if !self.store().registrations().record_enrolment(&registration, &made, self.stored_now()).await? {
            return Err(Inconsistent("registration changed while it was worked on").into());
        }
        Ok(registration)
    }

    async fn complete_signer(&self, registration: Registration) -> Result<Registered, RegistrationError> {
        let signer_id: SignerId = registration.signer_id.parse().map_err(|_| Inconsistent("signer id"))?;
        let credential_id = self.certify(&registration).await?;
        let form = stored_form(&registration)?;
        let session = self.open_session::<RegistrationError>(signer_id, form.profile.display_name).await?;
        Ok(Registered { signer_id, credential_id, session })
    }

    /// Asks the module for a nonce and signs, as registration authority, who the signer is and which issuer may certify the key.
    pub(super) async fn vouch(
        &self,
        purpose: AssertionPurpose,
        signer_id: SignerId,
        form: &StoredForm,
    ) -> Result<Vouched, RegistrationError> {
        let authority = self.authority(&form.ca_id).ok_or(RegistrationError::UnknownAuthority)?;
        let certificates = authority.client.authority_certificates(self.now()).await?;
        let issuer = super::certificate::issuer_of(&certificates)?;
        let nonce = self.sam().start_enrolment(signer_id).await?;
        let subject = super::subject::subject(&form.profile, signer_id)
            .map_err(|error| RegistrationError::Internal(error.into()))?;
        let certified = SubjectAndIssuer {
            subject_sha256: crate::digest::sha256(&[&subject]),
            issuer_spki_sha256: crate::digest::sha256(&[issuer.spki_der()]),
        };
        let proofing = Proofing {
            level: self.config().proofing_level.clone(),
            evidence_sha256: crate::digest::sha256(&[stored_json(form)?.as_bytes()]),
        };
        let content =
            RegistrationAssertion::new(purpose, signer_id, &certified, proofing, nonce.nonce, nonce.expires_at);
        self.officer().vouch(&content, subject).map_err(|error| RegistrationError::Internal(error.into()))
    }

    pub(super) fn offer(
        &self,
        ca_id: &str,
        wanted: Option<key_algorithm::KeyAlgorithm>,
    ) -> Result<(String, key_algorithm::KeyAlgorithm), RegistrationError> {
        let authority = self.authority(ca_id).ok_or(RegistrationError::UnknownAuthority)?;
        let offered = match wanted {
            Some(wanted) => authority.key_algorithms.iter().find(|offered| **offered == wanted),
            None => authority.key_algorithms.first(),
        };
        Ok((authority.id.clone(), *offered.ok_or(RegistrationError::KeyAlgorithmNotOffered)?))
    }
}

pub(super) fn stored_json(form: &StoredForm) -> Result<String, RegistrationError> {
    serde_json::to_string(form).map_err(|error| RegistrationError::Internal(error.into()))
}

pub(super) fn stored_form(registration: &Registration) -> Result<StoredForm, RegistrationError> {
    serde_json::from_str(&registration.form).map_err(|error| RegistrationError::Internal(error.into()))
}

pub(super) fn new_key(registration: &Registration, form: &StoredForm) -> Result<NewKey, RegistrationError> {
    Ok(NewKey {
        credential_id: registration.credential_id.parse().map_err(|_| Inconsistent("credential id"))?,
        algorithm: key_algorithm::from_stored_name(&form.key_algorithm).ok_or(Inconsistent("key algorithm"))?,
        subject_der: registration.subject.clone(),
    })
}
