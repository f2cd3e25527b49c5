//! Decides whether a passkey assertion is valid signature activation data for a request. EN 419 241-1 SRA_SAP; WebAuthn L3 7.2.
//!
//! Pure and total: no clock, no storage, an answer for every input. The caller burns first when the decision says so, then acts.

use sgm::SignatureAlgorithm;

use super::{Authorization, BootKey, CLOCK_SKEW, SAR_MAX, Sar};
use crate::Refusal;
use crate::clock::Reading;
use crate::crypto::sha256;
use crate::dcbor::to_bytes;
use crate::ids::{Hash, SignerId};
use crate::protocol::message::Assertion;
use crate::record::{Authenticator, SignerRecord, SignerStatus, SigningKey};
use crate::signing_log::RecordVersion;
use crate::webauthn::authenticator_data::CREDENTIAL_ID_MAX;
use crate::webauthn::client_data::CLIENT_DATA_MAX;
use crate::webauthn::{AuthenticatorData, Ceremony, ClientDataError, assertion_signature_is_valid, check_client_data};

/// The largest signature of a passkey.
const SIGNATURE_MAX: usize = 5 * 1024;
/// Two counters that do not grow within this many seconds lock the authenticator.
const SUSPICION_WINDOW: u64 = 24 * 60 * 60;

/// What came from outside.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The request, encoded.
    pub sar: &'a [u8],
    /// The MAC that was given out with it.
    pub mac: &'a Hash,
    /// The record that came with it.
    pub record: RecordState<'a>,
    /// The signer's answer.
    pub assertion: &'a Assertion,
}

/// Whether the seal of a record was found good.
#[derive(Clone, Copy)]
pub enum RecordState<'a> {
    /// The record is one of ours, of whatever version.
    Sealed(&'a SignerRecord),
    /// It is not.
    NotSealed,
}

/// What the installation prescribes.
#[derive(Debug, Clone)]
pub struct Rules {
    /// RP ID of the passkeys.
    pub rp_id: String,
    /// The signing page's origin.
    pub signing_origin: String,
    /// Whether a clock that the kernel does not vouch for will do; in development only.
    pub unsynchronised_clock_allowed: bool,
}

/// Whether a request was burned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It was not.
    No,
    /// It was.
    Yes,
}

/// What the module remembers. While [`verify`] runs, nobody changes what concerns this signer.
pub trait Memory {
    /// Whether the request was burned.
    fn spent(&self, sar_id: &[u8; 16]) -> Spent;
    /// The newest version of the signer's record.
    fn newest_record(&self, signer_id: &SignerId) -> Option<RecordVersion>;
    /// The signature counter of a passkey.
    fn counter(&self, credential_id: &[u8]) -> CounterState;
}

/// What is known of a passkey's counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CounterState {
    /// The largest value seen.
    pub last: u32,
    /// When it last failed to grow.
    pub suspected_at: Option<u64>,
    /// It failed twice within a day.
    pub locked: bool,
}

/// What the module decided, and whether the request is spent by deciding it.
#[must_use]
#[derive(Debug)]
pub struct Decision {
    /// The right to sign, or the first check that failed.
    pub outcome: Result<Authorization, Refusal>,
    /// What to record durably before acting on the outcome.
    pub burn: Burn,
}

/// What a decision uses up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Burn {
    /// Nothing: nothing of the signer's was tried, the request can still be approved.
    No,
    /// The request. A failed attempt spends it too, so that nobody can keep trying.
    Yes {
        /// Which request.
        sar_id: [u8; 16],
        /// When the request would have ended by itself.
        expires_at: u64,
        /// The passkey's counter, if the assertion was good enough to say something about it.
        counter: Option<CounterChange>,
    },
}

/// What an assertion showed about a passkey's counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterChange {
    /// Which passkey.
    pub credential_id: Vec<u8>,
    /// What was seen.
    pub sighting: CounterSighting,
}

/// A counter as an assertion showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterSighting {
    /// It has grown to this value, or there is none and this is 0.
    Grown(u32),
    /// It has not grown, at this time.
    NotGrown(u64),
}

impl CounterState {
    /// What is known after a sighting. A second counter that did not grow within a day locks the authenticator.
    #[must_use]
    pub fn after(self, sighting: CounterSighting) -> Self {
        match sighting {
            CounterSighting::Grown(last) => Self { last, ..self },
            CounterSighting::NotGrown(now) => {
                let again = self.suspected_at.is_some_and(|before| now.saturating_sub(before) <= SUSPICION_WINDOW);
                Self { suspected_at: Some(now), locked: self.locked || again, ..self }
            }
        }
    }
}

/// Checks an attempt in the order of the security design, 1.5; the first failure wins.
///
/// Whether the request was burned before is asked right after its time, not last: replays of one approval are then answered as what
/// they are, and their counter, which cannot have grown, is not held against the authenticator. The burn itself still excludes a second use.
pub fn verify(attempt: Attempt<'_>, rules: &Rules, boot: &BootKey, memory: &dyn Memory, time: Reading) -> Decision {
    let issued = check_sizes(attempt.sar, attempt.assertion)
        .and_then(|()| check_issued_here(attempt, boot))
        .and_then(|sar| check_time(&sar, rules, time).map(|()| sar))
        .and_then(|sar| check_unspent(&sar, memory).map(|()| sar))
        .and_then(|sar| check_record(&sar, attempt.record, memory).map(|signer| (sar, signer)));
    let (sar, signer) = match issued {
        Ok(issued) => issued,
        Err(refusal) => {
            return Decision { outcome: Err(refusal), burn: Burn::No };
        }
    };
    let (sar_id, expires_at) = (sar.sar_id, sar.expires_at);
    let spent = |refusal, counter| Decision { outcome: Err(refusal), burn: Burn::Yes { sar_id, expires_at, counter } };
    let (authenticator, counter) = match check_assertion(attempt, &signer, rules, memory) {
        Ok(verified) => verified,
        Err(refusal) => return spent(refusal, None),
    };
    let change = |sighting| Some(CounterChange { credential_id: authenticator.credential_id.clone(), sighting });
    // Check 9: a counter that does not grow may mean a copied authenticator. WebAuthn L3 6.1.1 leaves the answer to us.
    let known = memory.counter(&authenticator.credential_id);
    let grown = counter > known.last || (counter == 0 && known.last == 0);
    if !grown {
        return spent(Refusal::CounterNotIncreased, change(CounterSighting::NotGrown(time.now)));
    }
    let advanced = change(CounterSighting::Grown(counter));
    // Check 10.
    if !signer.key.certificate.is_some_and(|certificate| certificate.is_valid_at(time.now)) {
        return spent(Refusal::CertificateNotValid, advanced);
    }
    let sad_sha256 = sha256(&[&to_bytes(attempt.assertion)]);
    let authorization = Authorization::new(sar, sad_sha256, signer.key.clone(), signer.algorithm);
    Decision { outcome: Ok(authorization), burn: Burn::Yes { sar_id, expires_at, counter: advanced } }
}

/// The signer as the newest record describes him, with the key that the request names.
struct Signer<'a> {
    record: &'a SignerRecord,
    key: &'a SigningKey,
    algorithm: SignatureAlgorithm,
    challenge: Hash,
}

/// Check 1.
fn check_sizes(sar: &[u8], assertion: &Assertion) -> Result<(), Refusal> {
    let within = sar.len() <= SAR_MAX
        && assertion.authenticator_data.len() == 37
        && assertion.client_data_json.len() <= CLIENT_DATA_MAX
        && assertion.signature.len() <= SIGNATURE_MAX
        && assertion.credential_id.len() <= CREDENTIAL_ID_MAX;
    if within { Ok(()) } else { Err(Refusal::Malformed) }
}

/// Check 2. Nothing is read from the request before its MAC was found good.
fn check_issued_here(attempt: Attempt<'_>, boot: &BootKey) -> Result<Sar, Refusal> {
    if !boot.verifies(attempt.sar, attempt.mac) {
        return Err(Refusal::NotOurs);
    }
    let sar = Sar::from_bytes(attempt.sar).map_err(|_| Refusal::Malformed)?;
    if sar.instance != *boot.instance() {
        return Err(Refusal::NotOurs);
    }
    Ok(sar)
}

/// Check 3.
fn check_time(sar: &Sar, rules: &Rules, time: Reading) -> Result<(), Refusal> {
    if !time.synchronised && !rules.unsynchronised_clock_allowed {
        return Err(Refusal::ClockUnreliable);
    }
    if (sar.issued_at.saturating_sub(CLOCK_SKEW)..=sar.expires_at).contains(&time.now) {
        Ok(())
    } else {
        Err(Refusal::Expired)
    }
}

fn check_unspent(sar: &Sar, memory: &dyn Memory) -> Result<(), Refusal> {
    match memory.spent(&sar.sar_id) {
        Spent::No => Ok(()),
        Spent::Yes => Err(Refusal::AlreadyUsed),
    }
}

/// Check 4.
fn check_record<'a>(sar: &Sar, record: RecordState<'a>, memory: &dyn Memory) -> Result<Signer<'a>, Refusal> {
    let RecordState::Sealed(record) = record else {
        return Err(Refusal::RecordNotSealed);
    };
    if record.signer_id != sar.signer_id {
        return Err(Refusal::RecordMismatch);
    }
    if record.version != sar.record_version || memory.newest_record(&record.signer_id) != Some(record.record_version())
    {
        return Err(Refusal::StaleRecord);
    }
    if record.status != SignerStatus::Active {
        return Err(Refusal::SignerNotActive);
    }
    let key = record.key(&sar.credential_id).ok_or(Refusal::UnknownCredential)?;
    let certificate = key.certificate.ok_or(Refusal::CredentialNotUsable)?;
    let algorithm = key.algorithm.signature_algorithm();
    if key.spki_sha256 != sar.spki_sha256
        || certificate.sha256 != sar.certificate_sha256
        || algorithm.oid() != sar.sign_algorithm_oid
    {
        return Err(Refusal::UnknownCredential);
    }
    Ok(Signer { record, key, algorithm, challenge: Sar::challenge(&sar.to_bytes()) })
}

/// Checks 5 to 8; gives the passkey that answered and its counter.
fn check_assertion<'a>(
    attempt: Attempt<'_>,
    signer: &Signer<'a>,
    rules: &Rules,
    memory: &dyn Memory,
) -> Result<(&'a Authenticator, u32), Refusal> {
    let assertion = attempt.assertion;
    // Check 5.
    let authenticator = signer.record.authenticator(&assertion.credential_id).ok_or(Refusal::UnknownAuthenticator)?;
    if memory.counter(&authenticator.credential_id).locked {
        return Err(Refusal::AuthenticatorLocked);
    }
    if assertion.user_handle.as_ref().is_some_and(|handle| handle != signer.record.signer_id.as_bytes()) {
        return Err(Refusal::OtherSigner);
    }
    // Check 6.
    check_client_data(&assertion.client_data_json, Ceremony::Get, &signer.challenge, &rules.signing_origin)?;
    // Check 7.
    let data = AuthenticatorData::from_assertion(&assertion.authenticator_data).ok_or(Refusal::Malformed)?;
    if authenticator.rp_id != rules.rp_id || data.rp_id_hash != sha256(&[rules.rp_id.as_bytes()]) {
        return Err(Refusal::WrongRelyingParty);
    }
    if !data.flags.user_present() {
        return Err(Refusal::UserNotPresent);
    }
    if !data.flags.user_verified() {
        return Err(Refusal::UserNotVerified);
    }
    let backup_eligible = data.flags.backup_eligible();
    if (data.flags.backed_up() && !backup_eligible) || backup_eligible != authenticator.backup_eligible {
        return Err(Refusal::BackupStateChanged);
    }
    // Check 8.
    if !assertion_signature_is_valid(
        &authenticator.public_key,
        &assertion.authenticator_data,
        &assertion.client_data_json,
        &assertion.signature,
    ) {
        return Err(Refusal::BadAssertionSignature);
    }
    Ok((authenticator, data.sign_count))
}

impl From<ClientDataError> for Refusal {
    fn from(error: ClientDataError) -> Self {
        match error {
            ClientDataError::TooLarge => Self::Malformed,
            ClientDataError::WrongCeremony => Self::WrongCeremony,
            ClientDataError::WrongChallenge => Self::ChallengeMismatch,
            ClientDataError::WrongOrigin => Self::WrongOrigin,
            ClientDataError::CrossOrigin => Self::CrossOrigin,
        }
    }
}

#[cfg(test)]
mod tests;
