//! Enrolment: signers, keys and certificates come into the module's records. Security design 1.3.

use sgm::{GenerateKeyError, GeneratedKey};

use super::{Moment, Service, Stop, key_context};
use crate::Refusal;
use crate::clock::Reading;
use crate::crypto::sha256;
use crate::enrolment::{
    CertificateView, Purpose, RegistrationAssertion, check_registration, is_issued_by, issue_nonce, nonce_expiry,
    registration_challenge,
};
use crate::ids::{Hash, SignerId};
use crate::protocol::Reply;
use crate::protocol::message::{AddKey, CreatedKey, Enrol, Enrolled, Failure, LinkCertificate, Linked, NewKey, Nonce};
use crate::record::{KEYS_MAX, LinkedCertificate, SignerRecord, SigningKey};
use crate::sad::{CounterState, Memory, Spent};
use crate::signing_log::{Entry, Item};

/// The largest subject of a certification request.
const SUBJECT_MAX: usize = 4096;

/// An officer's statement that was found good, and its SHA-256.
struct Registration {
    statement: RegistrationAssertion,
    sha256: Hash,
    /// Names the nonce among the things that are used once.
    nonce_id: [u8; 16],
    nonce_expiry: u64,
}

impl Service {
    pub(super) fn start_enrolment(&self, signer_id: SignerId) -> Result<Reply, Stop> {
        let Moment { time, boot, .. } = self.time()?;
        let internal = Stop::Failed(Failure::Internal);
        let nonce = issue_nonce(&boot, &signer_id, time.now, &*self.rng).map_err(|_| internal)?;
        let expires_at = nonce_expiry(&boot, &signer_id, &nonce).ok_or(internal)?;
        Ok(Reply::Nonce(Nonce { nonce, expires_at }))
    }

    pub(super) fn enrol(&self, request: Enrol) -> Result<Reply, Stop> {
        let moment = self.time()?;
        let time = moment.time;
        let registration =
            self.check_assertion(&request.registration_assertion, Purpose::Enrol, &request.key, &moment)?;
        let signer_id = registration.statement.signer_id;
        let _held = self.signers.change(&signer_id);
        self.check_nonce_unused(&registration)?;
        if self.state.newest_record(&signer_id).is_some() {
            return Err(Refusal::SignerExists.into());
        }
        let challenge = registration_challenge(&request.registration_assertion, &registration.statement);
        let rules = &self.registration_rules;
        let (passkey, counter) = check_registration(&request.registration, &challenge, rules, registration.sha256)?;
        if self.state.knows_authenticator(&passkey.credential_id) {
            return Err(Refusal::RegistrationNotAcceptable.into());
        }
        let authenticator = passkey.credential_id.clone();
        let mut record = SignerRecord::first(signer_id, passkey);
        let key = self.create_key(&mut record, request.key, &registration)?;
        let first_count = Item::SignCount { authenticator: authenticator.clone(), value: counter };
        let sealed = self.seal_record(&record)?;
        self.renew(&record, vec![registration.burn(), first_count, key_entry(&record, &key)], time)?;
        self.state.spend(registration.nonce_id, registration.nonce_expiry, time.now);
        self.state.set_counter(authenticator, CounterState { last: counter, ..CounterState::default() });
        Ok(Reply::Enrolled(Enrolled { record: sealed, key }))
    }

    pub(super) fn add_key(&self, request: AddKey) -> Result<Reply, Stop> {
        let moment = self.time()?;
        let time = moment.time;
        let registration =
            self.check_assertion(&request.registration_assertion, Purpose::AddKey, &request.key, &moment)?;
        let record = self.open_record(&request.record)?;
        if record.signer_id != registration.statement.signer_id {
            return Err(Refusal::RecordMismatch.into());
        }
        let _held = self.signers.change(&record.signer_id);
        self.check_nonce_unused(&registration)?;
        self.require_newest(&record, time)?;
        let mut record = record.next();
        let key = self.create_key(&mut record, request.key, &registration)?;
        let sealed = self.seal_record(&record)?;
        // The record is logged when it comes back, see `records`.
        self.remember(time, vec![registration.burn(), key_entry(&record, &key)])?;
        self.state.spend(registration.nonce_id, registration.nonce_expiry, time.now);
        Ok(Reply::Enrolled(Enrolled { record: sealed, key }))
    }

    pub(super) fn link_certificate(&self, request: LinkCertificate) -> Result<Reply, Stop> {
        let time = self.time()?.time;
        let record = self.open_record(&request.record)?;
        let _held = self.signers.change(&record.signer_id);
        let next = link(&record, &request, time)?;
        let sealed = self.seal_record(&next)?;
        // The same request as the one that made the newest version: its answer was lost, so it is given again.
        if self.state.newest_record(&record.signer_id) == Some(next.record_version()) {
            return Ok(Reply::Linked(Linked { record: sealed }));
        }
        self.require_newest(&record, time)?;
        self.renew(&next, vec![], time)?;
        Ok(Reply::Linked(Linked { record: sealed }))
    }

    fn check_assertion(
        &self,
        assertion: &[u8],
        purpose: Purpose,
        key: &NewKey,
        Moment { time, boot, .. }: &Moment,
    ) -> Result<Registration, Refusal> {
        let statement = RegistrationAssertion::verify(assertion, &self.officers)?;
        if statement.purpose != purpose {
            return Err(Refusal::RegistrationMismatch);
        }
        if time.now > statement.expires_at {
            return Err(Refusal::RegistrationExpired);
        }
        let expiry = nonce_expiry(boot, &statement.signer_id, &statement.nonce).ok_or(Refusal::NonceNotOurs)?;
        if time.now > expiry {
            return Err(Refusal::RegistrationExpired);
        }
        if key.subject_der.len() > SUBJECT_MAX || sha256(&[&key.subject_der]) != statement.subject_sha256 {
            return Err(Refusal::RegistrationMismatch);
        }
        let sha256 = sha256(&[assertion]);
        let (_, nonce_id) = statement.nonce.split_last_chunk::<16>().ok_or(Refusal::NonceNotOurs)?;
        Ok(Registration { nonce_id: *nonce_id, nonce_expiry: expiry, statement, sha256 })
    }

    fn check_nonce_unused(&self, registration: &Registration) -> Result<(), Refusal> {
        match self.state.spent(&registration.nonce_id) {
            Spent::No => Ok(()),
            Spent::Yes => Err(Refusal::NonceNotOurs),
        }
    }

    /// Makes a key in the context of the signer's passkeys and enters it into the record.
    fn create_key(
        &self,
        record: &mut SignerRecord,
        new: NewKey,
        registration: &Registration,
    ) -> Result<CreatedKey, Stop> {
        if record.key(&new.credential_id).is_some() {
            return Err(Refusal::CredentialExists.into());
        }
        if record.keys.len() >= KEYS_MAX {
            return Err(Refusal::Malformed.into());
        }
        let authenticator_set_hash = record.authenticator_set_hash();
        let context = key_context(&record.signer_id, &new.credential_id, authenticator_set_hash);
        let generated = self.sgm.generate_key(&context, new.algorithm, &new.subject_der);
        let GeneratedKey { sealed, spki_der, certification_request_der } = generated.map_err(|error| match error {
            GenerateKeyError::InvalidSubject => Stop::Refused(Refusal::Malformed),
            _ => Stop::Failed(Failure::Unavailable),
        })?;
        record.keys.push(SigningKey {
            credential_id: new.credential_id.clone(),
            spki_sha256: sha256(&[&spki_der]),
            algorithm: new.algorithm,
            sealed_key_sha256: sealed.sha256(),
            authenticator_set_hash,
            issuer_spki_sha256: registration.statement.issuer_spki_sha256,
            added_by: registration.sha256,
            certificate: None,
        });
        Ok(CreatedKey {
            credential_id: new.credential_id,
            sealed_key: sealed.as_bytes().to_vec(),
            spki_der,
            certification_request_der,
        })
    }
}

impl Registration {
    /// Uses up the nonce.
    fn burn(&self) -> Item {
        Item::BurnRequest { sar_id: self.nonce_id, expires_at: self.nonce_expiry }
    }
}

/// The record with the certificate of one of its keys.
fn link(record: &SignerRecord, request: &LinkCertificate, time: Reading) -> Result<SignerRecord, Refusal> {
    let certificate = CertificateView::parse(&request.certificate_der).map_err(|_| Refusal::Malformed)?;
    let issuer = CertificateView::parse(&request.issuer_certificate_der).map_err(|_| Refusal::Malformed)?;
    let mut next = record.next();
    let key = next.keys.iter_mut().find(|key| key.credential_id == request.credential_id);
    let key = key.ok_or(Refusal::UnknownCredential)?;
    if key.certificate.is_some() {
        return Err(Refusal::AlreadyLinked);
    }
    if certificate.spki_sha256() != key.spki_sha256 {
        return Err(Refusal::CertificateMismatch);
    }
    if issuer.spki_sha256() != key.issuer_spki_sha256 || !is_issued_by(&certificate, &issuer) {
        return Err(Refusal::IssuerMismatch);
    }
    if time.now > certificate.not_after || certificate.not_before > certificate.not_after {
        return Err(Refusal::CertificateNotValid);
    }
    key.certificate = Some(LinkedCertificate {
        sha256: sha256(&[&request.certificate_der]),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
    });
    Ok(next)
}

fn key_entry(record: &SignerRecord, key: &CreatedKey) -> Item {
    Item::Entry(Entry::KeyGenerated {
        credential_id: key.credential_id.clone(),
        signer_id: record.signer_id,
        spki_sha256: sha256(&[&key.spki_der]),
    })
}
