//! Activation: the module issues a request, the signer approves it, the module grants. Security design 1.4, 1.5.

use super::grants::Generation;
use super::{Moment, Service, Stop, refused};
use crate::Refusal;
use crate::clock::Reading;
use crate::crypto::sha256;
use crate::protocol::Reply;
use crate::protocol::message::{Approve, Approved, DisplayLabel, Failure, PrepareActivation, Prepared};
use crate::record::{OpenRecordError, SignerRecord, SignerStatus, SigningKey};
use crate::sad::{
    Attempt, Authorization, Burn, CounterSighting, Domain, HASHES_MAX, LABEL_MAX, Memory, RecordState, SAR_MAX, Sar,
    VALIDITY, verify,
};
use crate::service::{Alert, Step};
use crate::signing_log::Item;

/// Object identifier of SHA-256, the one hash algorithm there is.
const SHA256_OID: &str = "2.16.840.1.101.3.4.2.1";
const PURPOSE_MAX: usize = 200;

impl Service {
    /// Issues an activation request. Nothing is kept of it: its MAC is enough to know it again.
    pub(super) fn prepare_activation(&self, request: PrepareActivation) -> Result<Reply, Stop> {
        let Moment { time, boot, .. } = self.time()?;
        check_contents(&request)?;
        let record = self.open_record(&request.record)?;
        self.admit(&record, time)?;
        let key = Self::usable_key(&record, &request, time)?;
        let certificate = key.certificate.ok_or(Refusal::CredentialNotUsable)?;
        let expires_at = time.now.saturating_add(VALIDITY).min(certificate.not_after);
        let count = u64::try_from(request.hashes.len()).map_err(|_| Refusal::Malformed)?;
        let sar = Sar {
            domain: Domain,
            sar_id: self.random()?,
            nonce: self.random()?,
            instance: *boot.instance(),
            credential_id: request.credential_id,
            spki_sha256: key.spki_sha256,
            certificate_sha256: certificate.sha256,
            signer_id: record.signer_id,
            record_version: record.version,
            hash_algorithm_oid: request.hash_algorithm_oid,
            sign_algorithm_oid: request.sign_algorithm_oid,
            sign_parameters_sha256: sha256(&[]),
            hashes: request.hashes,
            count,
            labels: request.labels,
            client_hash: request.client_hash,
            purpose: request.purpose,
            issued_at: time.now,
            expires_at,
            session_hash: request.session_hash,
            mandate_hash: None,
        }
        .to_bytes();
        if sar.len() > SAR_MAX {
            return Err(Refusal::Malformed.into());
        }
        let challenge = Sar::challenge(&sar);
        Ok(Reply::Prepared(Prepared {
            mac: boot.mac(&sar),
            challenge,
            control_code: Sar::control_code(&challenge),
            allow_credentials: record.authenticators.into_iter().map(|passkey| passkey.credential_id).collect(),
            expires_at,
            sar,
        }))
    }

    /// The key that a request names, if it could be used now. Early and courteous: the approval checks all of it again.
    fn usable_key<'a>(
        record: &'a SignerRecord,
        request: &PrepareActivation,
        time: Reading,
    ) -> Result<&'a SigningKey, Refusal> {
        if record.status != SignerStatus::Active {
            return Err(Refusal::SignerNotActive);
        }
        let key = record.key(&request.credential_id).ok_or(Refusal::UnknownCredential)?;
        let certificate = key.certificate.ok_or(Refusal::CredentialNotUsable)?;
        if !certificate.is_valid_at(time.now) {
            return Err(Refusal::CertificateNotValid);
        }
        if key.algorithm.signature_algorithm().oid() != request.sign_algorithm_oid {
            return Err(Refusal::AlgorithmNotAllowed);
        }
        Ok(key)
    }

    /// Decides on an approval; records first what the decision uses up.
    pub(super) fn approve(&self, request: Approve) -> Result<Reply, Stop> {
        let record = match SignerRecord::open(&request.record, &*self.sgm) {
            Ok(record) => Some(record),
            Err(OpenRecordError::NotSealed) => None,
            Err(OpenRecordError::Unavailable) => return Err(Stop::Failed(Failure::Unavailable)),
        };
        // Without a sealed record nothing can be burned, so nothing needs to be held.
        let _held = record.as_ref().map(|record| self.signers.change(&record.signer_id));
        let Moment { time, boot, generation } = self.look_at_clock()?;
        if let Some(record) = &record
            && let Err(Stop::Failed(failure)) = self.require_newest(record, time)
        {
            return Err(Stop::Failed(failure));
        }
        let attempt = Attempt {
            sar: &request.sar,
            mac: &request.mac,
            record: record.as_ref().map_or(RecordState::NotSealed, RecordState::Sealed),
            assertion: &request.assertion,
        };
        let decision = verify(attempt, &self.rules, &boot, &self.state, time);
        let refusal = decision.outcome.as_ref().err().copied();
        self.burn(&decision.burn, refusal, time)?;
        if let Burn::Yes { counter: Some(change), .. } = &decision.burn
            && matches!(change.sighting, CounterSighting::NotGrown(_))
        {
            let locked = self.state.counter(&change.credential_id).locked;
            self.observer.alert(if locked { Alert::AuthenticatorLocked } else { Alert::CounterNotIncreased });
        }
        self.observer.reached(Step::RequestBurned);
        self.grant(decision.outcome?, time, generation)
    }

    /// Makes durable what a decision uses up, together with the log entry if it is a refusal.
    fn burn(&self, burn: &Burn, refusal: Option<Refusal>, time: Reading) -> Result<(), Stop> {
        match burn {
            Burn::No => {
                if let Some(refusal) = refusal {
                    // Nothing depends on this entry.
                    let _ = self.remember(time, vec![refused(None, None, refusal)]);
                }
            }
            Burn::Yes { sar_id, expires_at, counter } => {
                let counter = counter.as_ref().map(|change| (change, self.state.counter_after(change)));
                let mut items = vec![Item::BurnRequest { sar_id: *sar_id, expires_at: *expires_at }];
                if let Some((_, (_, counter_items))) = &counter {
                    items.extend(counter_items.iter().cloned());
                }
                items.extend(refusal.map(|refusal| refused(Some(*sar_id), None, refusal)));
                self.remember(time, items)?;
                // A crash here: the request is spent, nobody has a grant; the signer approves a new request.
                self.state.spend(*sar_id, *expires_at, time.now);
                if let Some((change, (state, _))) = counter {
                    self.state.set_counter(change.credential_id.clone(), state);
                }
            }
        }
        Ok(())
    }

    fn grant(&self, authorization: Authorization, time: Reading, generation: Generation) -> Result<Reply, Stop> {
        let name = self.random()?;
        let expires_at = authorization.activation().expires_at;
        let count = u64::try_from(authorization.count()).map_err(|_| Stop::Failed(Failure::Internal))?;
        self.grants.keep(&name, authorization, time.now, generation).ok_or(Stop::Failed(Failure::Unavailable))?;
        Ok(Reply::Approved(Approved { grant: name, expires_at, count }))
    }
}

fn check_contents(request: &PrepareActivation) -> Result<(), Refusal> {
    if request.hash_algorithm_oid != SHA256_OID {
        return Err(Refusal::AlgorithmNotAllowed);
    }
    let hashes = &request.hashes;
    let hashes_fit = (1..=HASHES_MAX).contains(&hashes.len()) && hashes.iter().all(|hash| hash.len() == 32);
    let labels_fit = request.labels.len() <= HASHES_MAX && request.labels.iter().all(is_plain_label);
    if hashes_fit && labels_fit && request.purpose.len() <= PURPOSE_MAX { Ok(()) } else { Err(Refusal::Malformed) }
}

/// A label can be shown as it is: short, and nothing in it steers a terminal or turns the direction of the text.
fn is_plain_label(label: &DisplayLabel) -> bool {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    label.text.len() <= LABEL_MAX && !label.text.contains(steers)
}
