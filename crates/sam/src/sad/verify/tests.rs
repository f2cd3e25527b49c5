//! The decision table: every fault alone, all pairs, all triples, and random sets; the first in the order of the checks wins.

use proptest::prelude::*;
use sgm::{KeyAlgorithm, SystemRandom};
use test_support::authenticator::{AssertionPlan, Flags, RawAuthenticator};

use super::*;
use crate::dcbor::from_bytes;
use crate::ids::CredentialId;
use crate::record::LinkedCertificate;
use crate::sad::VALIDITY;
use crate::sad::sar::Domain;

const NOW: u64 = 1_800_000_000;
const RP_ID: &str = "example.jp";
const SIGNING: &str = "https://sign.example.jp";

/// What can be wrong, in the order in which it is looked for.
const FAULTS: [(Fault, Refusal, bool); 29] = [
    (Fault::LongClientData, Refusal::Malformed, false),
    (Fault::LongSignature, Refusal::Malformed, false),
    (Fault::Mac, Refusal::NotOurs, false),
    (Fault::Instance, Refusal::NotOurs, false),
    (Fault::UnsynchronisedClock, Refusal::ClockUnreliable, false),
    (Fault::FromTheFuture, Refusal::Expired, false),
    (Fault::Expired, Refusal::Expired, false),
    (Fault::Spent, Refusal::AlreadyUsed, false),
    (Fault::Unsealed, Refusal::RecordNotSealed, false),
    (Fault::RecordOfAnother, Refusal::RecordMismatch, false),
    (Fault::OtherVersion, Refusal::StaleRecord, false),
    (Fault::NotTheNewest, Refusal::StaleRecord, false),
    (Fault::Suspended, Refusal::SignerNotActive, false),
    (Fault::NoSuchKey, Refusal::UnknownCredential, false),
    (Fault::NoCertificate, Refusal::CredentialNotUsable, false),
    (Fault::NoSuchPasskey, Refusal::UnknownAuthenticator, true),
    (Fault::Locked, Refusal::AuthenticatorLocked, true),
    (Fault::OtherHandle, Refusal::OtherSigner, true),
    (Fault::Ceremony, Refusal::WrongCeremony, true),
    (Fault::Challenge, Refusal::ChallengeMismatch, true),
    (Fault::Origin, Refusal::WrongOrigin, true),
    (Fault::Frame, Refusal::CrossOrigin, true),
    (Fault::RpId, Refusal::WrongRelyingParty, true),
    (Fault::NotPresent, Refusal::UserNotPresent, true),
    (Fault::NotVerified, Refusal::UserNotVerified, true),
    (Fault::Backup, Refusal::BackupStateChanged, true),
    (Fault::Signature, Refusal::BadAssertionSignature, true),
    (Fault::Counter, Refusal::CounterNotIncreased, true),
    (Fault::CertificateOver, Refusal::CertificateNotValid, true),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    LongClientData,
    LongSignature,
    Mac,
    Instance,
    UnsynchronisedClock,
    FromTheFuture,
    Expired,
    Spent,
    Unsealed,
    RecordOfAnother,
    OtherVersion,
    NotTheNewest,
    Suspended,
    NoSuchKey,
    NoCertificate,
    NoSuchPasskey,
    Locked,
    OtherHandle,
    Ceremony,
    Challenge,
    Origin,
    Frame,
    RpId,
    NotPresent,
    NotVerified,
    Backup,
    Signature,
    Counter,
    CertificateOver,
}

/// Faults that exclude each other: one input cannot have both.
const EXCLUSIVE: [(Fault, Fault); 2] =
    [(Fault::FromTheFuture, Fault::Expired), (Fault::NoSuchKey, Fault::NoCertificate)];

struct Remembered {
    spent: Spent,
    newest: RecordVersion,
    counter: CounterState,
}

impl Memory for Remembered {
    fn spent(&self, _: &[u8; 16]) -> Spent {
        self.spent
    }
    fn newest_record(&self, _: &SignerId) -> Option<RecordVersion> {
        Some(self.newest)
    }
    fn counter(&self, _: &[u8]) -> CounterState {
        self.counter
    }
}

struct Table {
    boot: BootKey,
    passkey: RawAuthenticator,
}

impl Table {
    fn new() -> Self {
        let boot = BootKey::generate(&[1; 32], &SystemRandom).unwrap();
        Self { boot, passkey: RawAuthenticator::new(&[7; 20]) }
    }

    fn decide(&self, faults: &[Fault]) -> Decision {
        let has = |fault| faults.contains(&fault);
        let record = self.record(&has);
        let sar = self.sar(&record, &has).to_bytes();
        let mut mac = self.boot.mac(&sar);
        if has(Fault::Mac) {
            mac[0] ^= 1;
        }
        let assertion = self.assertion(&sar, &has);
        let mut newest = record.record_version();
        if has(Fault::NotTheNewest) {
            newest.sha256[0] ^= 1;
        }
        let last = if has(Fault::Counter) { 10 } else { 9 };
        let counter = CounterState { last, suspected_at: None, locked: has(Fault::Locked) };
        let spent = if has(Fault::Spent) { Spent::Yes } else { Spent::No };
        let rules = Rules {
            rp_id: RP_ID.into(),
            signing_origin: SIGNING.into(),
            unsynchronised_clock_allowed: !has(Fault::UnsynchronisedClock),
        };
        let now = match (has(Fault::FromTheFuture), has(Fault::Expired)) {
            (true, _) => NOW - CLOCK_SKEW - 1,
            (_, true) => NOW + VALIDITY + 1,
            _ => NOW,
        };
        let record = if has(Fault::Unsealed) { RecordState::NotSealed } else { RecordState::Sealed(&record) };
        let attempt = Attempt { sar: &sar, mac: &mac, record, assertion: &assertion };
        let memory = Remembered { spent, newest, counter };
        verify(attempt, &rules, &self.boot, &memory, Reading { now, synchronised: false })
    }

    fn record(&self, has: &dyn Fn(Fault) -> bool) -> SignerRecord {
        let signer = if has(Fault::RecordOfAnother) { 2 } else { 1 };
        let id = if has(Fault::NoSuchPasskey) { vec![8; 20] } else { vec![7; 20] };
        let authenticator = Authenticator {
            credential_id: id,
            public_key: from_bytes(&self.passkey.public_key()).unwrap(),
            aaguid: [0; 16],
            backup_eligible: has(Fault::Backup),
            rp_id: RP_ID.into(),
            added_by: [0; 32],
        };
        let mut record = SignerRecord::first(SignerId::new([signer; 16]), authenticator);
        record.version = if has(Fault::OtherVersion) { 6 } else { 5 };
        if has(Fault::Suspended) {
            record.status = SignerStatus::Suspended;
        }
        let not_after = if has(Fault::CertificateOver) { NOW - 1000 } else { NOW + 1000 };
        let certificate = LinkedCertificate { sha256: [3; 32], not_before: NOW - 5000, not_after };
        record.keys.push(SigningKey {
            credential_id: CredentialId::new([if has(Fault::NoSuchKey) { 5 } else { 4 }; 16]),
            spki_sha256: [2; 32],
            algorithm: KeyAlgorithm::EcdsaP256,
            sealed_key_sha256: [0; 32],
            authenticator_set_hash: [0; 32],
            issuer_spki_sha256: [0; 32],
            added_by: [0; 32],
            certificate: (!has(Fault::NoCertificate)).then_some(certificate),
        });
        record
    }

    fn sar(&self, _: &SignerRecord, has: &dyn Fn(Fault) -> bool) -> Sar {
        let mut instance = *self.boot.instance();
        if has(Fault::Instance) {
            instance[0] ^= 1;
        }
        Sar {
            domain: Domain,
            sar_id: [9; 16],
            nonce: [8; 32],
            instance,
            credential_id: CredentialId::new([4; 16]),
            spki_sha256: [2; 32],
            certificate_sha256: [3; 32],
            signer_id: SignerId::new([1; 16]),
            record_version: 5,
            hash_algorithm_oid: "2.16.840.1.101.3.4.2.1".into(),
            sign_algorithm_oid: "1.2.840.10045.4.3.2".into(),
            sign_parameters_sha256: [0; 32],
            hashes: vec![vec![6; 32], vec![7; 32]],
            count: 2,
            labels: vec![],
            client_hash: [5; 32],
            purpose: String::new(),
            issued_at: NOW,
            expires_at: NOW + VALIDITY,
            session_hash: [0; 32],
            mandate_hash: None,
        }
    }

    fn assertion(&self, sar: &[u8], has: &dyn Fn(Fault) -> bool) -> Assertion {
        let mut plan = AssertionPlan::honest(&Sar::challenge(sar), RP_ID, SIGNING).sign_count(10);
        let mut flags = Flags::VERIFIED.0;
        for (fault, flag) in [(Fault::NotPresent, Flags::UP), (Fault::NotVerified, Flags::UV)] {
            if has(fault) {
                flags &= !flag;
            }
        }
        plan = plan.flags(flags);
        if has(Fault::Ceremony) {
            plan = plan.ceremony("webauthn.create");
        }
        if has(Fault::Challenge) {
            plan = plan.challenge(&[0; 32]);
        }
        if has(Fault::Origin) {
            plan = plan.origin("https://portal.example.jp");
        }
        if has(Fault::Frame) {
            plan = plan.cross_origin(Some(true));
        }
        if has(Fault::RpId) {
            plan = plan.rp_id("example.com");
        }
        if has(Fault::LongClientData) {
            plan = plan.extra_members(&format!(",\"x\":\"{}\"", "x".repeat(1024)));
        }
        if has(Fault::OtherHandle) {
            plan = plan.user_handle(&[2; 16]);
        }
        let mut answer = self.passkey.assert(&plan);
        if has(Fault::Signature) {
            answer.signature = RawAuthenticator::new(&[7; 20]).assert(&plan).signature;
        }
        if has(Fault::LongSignature) {
            answer.signature = vec![0; 5 * 1024 + 1];
        }
        Assertion {
            credential_id: answer.credential_id,
            user_handle: answer.user_handle,
            client_data_json: answer.client_data_json,
            authenticator_data: answer.authenticator_data,
            signature: answer.signature,
        }
    }

    /// Checks one row of the table.
    fn check(&self, faults: &[Fault]) {
        if EXCLUSIVE.iter().any(|(one, other)| faults.contains(one) && faults.contains(other)) {
            return;
        }
        let Decision { outcome, burn } = self.decide(faults);
        match FAULTS.iter().find(|(fault, ..)| faults.contains(fault)) {
            None => {
                let authorization = outcome.unwrap();
                assert_eq!((authorization.count(), authorization.activation().sar_id), (2, [9; 16]));
                assert_eq!(burn, self.burn(Some(CounterSighting::Grown(10))));
            }
            Some((fault, refusal, burned)) => {
                assert_eq!(outcome.unwrap_err(), *refusal, "{faults:?}");
                let sighting = match fault {
                    Fault::Counter => Some(CounterSighting::NotGrown(NOW)),
                    Fault::CertificateOver => Some(CounterSighting::Grown(10)),
                    _ => None,
                };
                assert_eq!(burn, if *burned { self.burn(sighting) } else { Burn::No }, "{faults:?}");
            }
        }
    }

    fn burn(&self, sighting: Option<CounterSighting>) -> Burn {
        let counter = sighting.map(|sighting| CounterChange { credential_id: vec![7; 20], sighting });
        Burn::Yes { sar_id: [9; 16], expires_at: NOW + VALIDITY, counter }
    }
}

#[test]
fn without_a_fault_the_key_may_be_used_for_exactly_the_approved_hashes() {
    let table = Table::new();
    table.check(&[]);
    let uses = table.decide(&[]).outcome.unwrap().into_single();
    assert_eq!(uses.iter().map(|right| right.index()).collect::<Vec<_>>(), [0, 1]);
    assert!(uses[0].is_for(&[6; 32]) && uses[1].is_for(&[7; 32]));
    assert!(!uses[0].is_for(&[7; 32]) && !uses[0].is_for(&[6; 31]));
}

#[test]
fn the_first_fault_in_order_decides_for_every_set_of_up_to_three() {
    let table = Table::new();
    let mut rows = 0;
    for (a, (first, ..)) in FAULTS.iter().enumerate() {
        for (b, (second, ..)) in FAULTS.iter().enumerate().skip(a) {
            for (third, ..) in FAULTS.iter().skip(b) {
                table.check(&[*first, *second, *third]);
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 4495);
}

proptest! {
    #[test]
    fn the_first_fault_in_order_decides_for_any_set(set in any::<u32>()) {
        let faults: Vec<Fault> =
            FAULTS.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, (fault, ..))| *fault).collect();
        Table::new().check(&faults);
    }

    #[test]
    fn arbitrary_input_is_refused(
        sar in proptest::collection::vec(any::<u8>(), 0..300),
        mac in any::<[u8; 32]>(),
        parts in any::<[Vec<u8>; 4]>(),
    ) {
        let [credential_id, client_data_json, authenticator_data, signature] = parts;
        let assertion = Assertion { credential_id, user_handle: None, client_data_json, authenticator_data, signature };
        let table = Table::new();
        let attempt = Attempt { sar: &sar, mac: &mac, record: RecordState::NotSealed, assertion: &assertion };
        let rules = Rules { rp_id: RP_ID.into(), signing_origin: SIGNING.into(), unsynchronised_clock_allowed: true };
        let newest = RecordVersion { version: 1, sha256: [0; 32] };
        let memory = Remembered { spent: Spent::No, newest, counter: CounterState::default() };
        let decision = verify(attempt, &rules, &table.boot, &memory, Reading { now: NOW, synchronised: true });
        prop_assert!(decision.outcome.is_err());
        prop_assert_eq!(decision.burn, Burn::No);
    }
}

#[test]
fn both_ends_of_the_time_of_a_request_are_included() {
    let table = Table::new();
    let record = table.record(&|_| false);
    let sar = table.sar(&record, &|_| false);
    let rules = Rules { rp_id: RP_ID.into(), signing_origin: SIGNING.into(), unsynchronised_clock_allowed: false };
    let at = |now| check_time(&sar, &rules, Reading { now, synchronised: true });
    for now in [NOW - CLOCK_SKEW, NOW, NOW + VALIDITY] {
        assert_eq!(at(now), Ok(()));
    }
    for now in [0, NOW - CLOCK_SKEW - 1, NOW + VALIDITY + 1, u64::MAX] {
        assert_eq!(at(now), Err(Refusal::Expired));
    }
}

#[test]
fn a_backed_up_passkey_is_accepted_if_it_was_registered_as_eligible() {
    let table = Table::new();
    let mut record = table.record(&|_| false);
    record.authenticators[0].backup_eligible = true;
    let sar = table.sar(&record, &|_| false).to_bytes();
    let memory = Remembered { spent: Spent::No, newest: record.record_version(), counter: CounterState::default() };
    let rules = Rules { rp_id: RP_ID.into(), signing_origin: SIGNING.into(), unsynchronised_clock_allowed: true };
    for (flags, accepted) in [(Flags::BE, true), (Flags::BE | Flags::BS, true), (Flags::BS, false), (0, false)] {
        let plan = AssertionPlan::honest(&Sar::challenge(&sar), RP_ID, SIGNING).flags(Flags::VERIFIED.0 | flags);
        let answer = table.passkey.assert(&plan);
        let assertion = Assertion {
            credential_id: answer.credential_id,
            user_handle: Some(vec![1; 16]),
            client_data_json: answer.client_data_json,
            authenticator_data: answer.authenticator_data,
            signature: answer.signature,
        };
        let mac = table.boot.mac(&sar);
        let attempt = Attempt { sar: &sar, mac: &mac, record: RecordState::Sealed(&record), assertion: &assertion };
        let decision = verify(attempt, &rules, &table.boot, &memory, Reading { now: NOW, synchronised: true });
        assert_eq!(decision.outcome.is_ok(), accepted, "{flags:#x}");
    }
}

#[test]
fn a_second_counter_that_did_not_grow_locks_within_a_day_only() {
    let first = CounterState { last: 5, ..CounterState::default() }.after(CounterSighting::NotGrown(NOW));
    assert!(!first.locked);
    assert!(first.after(CounterSighting::NotGrown(NOW + SUSPICION_WINDOW)).locked);
    assert!(!first.after(CounterSighting::NotGrown(NOW + SUSPICION_WINDOW + 1)).locked);
    let grown = first.after(CounterSighting::Grown(6));
    assert_eq!((grown.last, grown.locked, grown.suspected_at), (6, false, Some(NOW)));
}

#[test]
fn the_request_of_version_1_has_these_bytes_challenge_and_control_code() {
    let table = Table::new();
    let record = table.record(&|_| false);
    let mut sar = table.sar(&record, &|_| false);
    sar.instance = [0xaa; 32];
    let bytes = sar.to_bytes();
    assert_eq!(Sar::from_bytes(&bytes), Ok(sar));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&bytes[..33]), "b5016c72616b6b616e2d7361642f31025009090909090909090909090909090909");
    let challenge = Sar::challenge(&bytes);
    assert_eq!(hex(&challenge), "3a9df7585c7d6eae360b9e108f687c24aa7f86aad29b2892cb7c9b6d1adb6264");
    assert_eq!(Sar::control_code(&challenge), "9CGZ");
    assert_eq!(Sar::control_code(&[0xff; 32]), "ZZZZ");
    assert_eq!(Sar::control_code(&[0; 32]), "2222");
}
