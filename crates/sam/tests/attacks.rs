//! Attacks on the activation of keys: each is refused for its own reason, and nothing is signed. Security design 1.10, 5.

mod harness;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use harness::{Duration, Failure, Module, PORTAL, RP_ID, SIGNING, Signer, World, is_signature_over, refusals, sha256};
use sam::Refusal;
use sam::config::TokenKind;
use sam::dcbor::{from_bytes, to_bytes};
use sam::ids::Hash;
use sam::protocol::message::{Approve, Failure as Failed, KeyAlgorithm, PrepareActivation, Prepared};
use sam::protocol::{Reply, Request};
use sam::sad::Sar;
use sam::service::{Alert, Step, StepObserver};
use sam::signing_log::Entry;
use sgm::{Deployment, SoleControl};
use test_support::authenticator::{AssertionPlan, Flags, RawAuthenticator};

const HASH: Hash = [0xaa; 32];
const OTHER_HASH: Hash = [0xbb; 32];

fn approve_refused(module: &Module<'_>, approval: Approve) -> Refusal {
    match module.ask(Request::Approve(approval)) {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// The refusal of an approval that differs from an honest one in what `plan` changes, after which the honest one is too late.
fn spoiled(plan: impl FnOnce(AssertionPlan) -> AssertionPlan) -> Refusal {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let refusal = approve_refused(&module, module.approval(&signer, &prepared, plan));
    let honest = module.approval(&signer, &prepared, |plan| plan);
    assert_eq!(approve_refused(&module, honest), Refusal::AlreadyUsed, "a failed attempt spends the request");
    assert_eq!(results(&world), 0);
    refusal
}

fn results(world: &World) -> usize {
    world.events().iter().filter(|event| matches!(event.entry, Entry::Result { .. })).count()
}

#[test]
fn an_honest_approval_signs_exactly_what_was_approved() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &[HASH, OTHER_HASH]);
    assert_eq!(grant.count, 2);
    let signed = module.signed(&signer, &grant, &[OTHER_HASH, HASH]);
    for (item, hash) in signed.iter().zip([OTHER_HASH, HASH]) {
        assert!(is_signature_over(&signer.spki, &hash, &item.signature));
        let receipt = module.verify_receipt(&item.receipt);
        match &receipt.event().entry {
            Entry::Result { key_use, signature_sha256, .. } => {
                assert_eq!(key_use.dtbsr, hash);
                assert_eq!(*signature_sha256, sha256(&item.signature));
            }
            other => panic!("{other:?}"),
        }
    }
}

// --- the signature activation data ---

#[test]
fn sad_for_another_hash_is_refused_and_spends_the_request() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let (shown, hidden) = (module.prepared(&signer, &[HASH]), module.prepared(&signer, &[OTHER_HASH]));
    let approval = Approve {
        assertion: module.approval(&signer, &shown, |plan| plan).assertion,
        ..module.approval(&signer, &hidden, |plan| plan)
    };
    assert_eq!(approve_refused(&module, approval), Refusal::ChallengeMismatch);
    let late = module.approval(&signer, &hidden, |plan| plan);
    assert_eq!(approve_refused(&module, late), Refusal::AlreadyUsed);
    module.approved(module.approval(&signer, &shown, |plan| plan));
}

#[test]
fn sad_for_another_credential_is_refused() {
    let world = World::new();
    let module = world.start();
    let first = module.signer();
    let second = module.further_key(&first, KeyAlgorithm::EcdsaP256);
    let first = Signer { record: second.record.clone(), ..first };
    let (for_first, for_second) = (module.prepared(&first, &[HASH]), module.prepared(&second, &[HASH]));
    let assertion = module.approval(&first, &for_first, |plan| plan).assertion;
    let approval = Approve { assertion, ..module.approval(&second, &for_second, |plan| plan) };
    assert_eq!(approve_refused(&module, approval), Refusal::ChallengeMismatch);
}

#[test]
fn sad_by_another_signer_is_refused() {
    let world = World::new();
    let module = world.start();
    let (victim, attacker) = (module.signer(), module.signer());
    let prepared = module.prepared(&victim, &[HASH]);
    let own_passkey = Signer { passkey: attacker.passkey.clone(), ..victim.clone() };
    assert_eq!(
        approve_refused(&module, module.approval(&own_passkey, &prepared, |plan| plan)),
        Refusal::UnknownAuthenticator
    );
    let prepared = module.prepared(&victim, &[HASH]);
    let own_record = Signer { record: attacker.record.clone(), ..own_passkey };
    assert_eq!(approve_refused(&module, module.approval(&own_record, &prepared, |plan| plan)), Refusal::RecordMismatch);
    assert_eq!(results(&world), 0);
}

#[test]
fn sad_signed_by_another_key_under_the_signers_credential_id_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let forger = Signer { passkey: RawAuthenticator::new(signer.passkey.credential_id()).into(), ..signer.clone() };
    let prepared = module.prepared(&signer, &[HASH]);
    assert_eq!(
        approve_refused(&module, module.approval(&forger, &prepared, |plan| plan)),
        Refusal::BadAssertionSignature
    );
}

#[test]
fn sad_with_the_user_handle_of_another_signer_is_refused() {
    assert_eq!(spoiled(|plan| plan.user_handle(&[9; 16])), Refusal::OtherSigner);
}

#[test]
fn sad_from_another_origin_is_refused() {
    for origin in
        [PORTAL, "https://sign.example.jp.evil.example", "http://sign.example.jp", "https://sign.example.jp:8443"]
    {
        assert_eq!(spoiled(|plan| plan.origin(origin)), Refusal::WrongOrigin, "{origin}");
    }
}

#[test]
fn sad_from_inside_a_frame_is_refused() {
    assert_eq!(spoiled(|plan| plan.cross_origin(Some(true))), Refusal::CrossOrigin);
    assert_eq!(spoiled(|plan| plan.cross_origin(None)), Refusal::CrossOrigin);
    let framed = r#","topOrigin":"https://evil.example""#;
    assert_eq!(spoiled(|plan| plan.extra_members(framed)), Refusal::CrossOrigin);
}

#[test]
fn sad_for_another_rp_id_is_refused() {
    for rp_id in ["sign.example.jp", "example.com", "localhost"] {
        assert_eq!(spoiled(|plan| plan.rp_id(rp_id)), Refusal::WrongRelyingParty, "{rp_id}");
    }
}

#[test]
fn sad_without_user_verification_is_refused() {
    assert_eq!(spoiled(|plan| plan.flags(Flags::UP)), Refusal::UserNotVerified);
}

#[test]
fn sad_without_user_presence_is_refused() {
    assert_eq!(spoiled(|plan| plan.flags(Flags::UV)), Refusal::UserNotPresent);
}

#[test]
fn sad_with_changed_backup_flags_is_refused() {
    for flags in [Flags::BE, Flags::BS, Flags::BE | Flags::BS] {
        let flags = Flags::VERIFIED.0 | flags;
        assert_eq!(spoiled(|plan| plan.flags(flags)), Refusal::BackupStateChanged, "{flags:#x}");
    }
}

#[test]
fn sad_with_the_wrong_challenge_is_refused() {
    assert_eq!(spoiled(|plan| plan.challenge(&[0; 32])), Refusal::ChallengeMismatch);
    assert_eq!(spoiled(|plan| plan.challenge(&[])), Refusal::ChallengeMismatch);
}

#[test]
fn sad_with_extension_data_is_refused_before_anything_is_spent() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let extended = |plan: AssertionPlan| plan.flags(Flags::VERIFIED.0 | Flags::ED).extra_authenticator_data(&[0xa0]);
    assert_eq!(approve_refused(&module, module.approval(&signer, &prepared, extended)), Refusal::Malformed);
    module.approved(module.approval(&signer, &prepared, |plan| plan));
}

#[test]
fn a_login_assertion_is_no_sad() {
    // The login page has the same RP ID and passkey, but the portal's origin and a random challenge.
    assert_eq!(spoiled(|plan| plan.origin(PORTAL).challenge(&[0x77; 32])), Refusal::ChallengeMismatch);
    // A portal script that gets hold of a real challenge still runs on the portal's origin.
    assert_eq!(spoiled(|plan| plan.origin(PORTAL)), Refusal::WrongOrigin);
}

#[test]
fn a_registration_is_no_sad() {
    assert_eq!(spoiled(|plan| plan.ceremony("webauthn.create")), Refusal::WrongCeremony);
    assert_eq!(spoiled(|plan| plan.ceremony("payment.get")), Refusal::WrongCeremony);
}

#[test]
fn every_changed_bit_of_the_sad_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let changes: [fn(&mut Approve) -> &mut Vec<u8>; 4] = [
        |approval| &mut approval.assertion.credential_id,
        |approval| &mut approval.assertion.client_data_json,
        |approval| &mut approval.assertion.authenticator_data,
        |approval| &mut approval.assertion.signature,
    ];
    for (field, change) in changes.into_iter().enumerate() {
        let prepared = module.prepared(&signer, &[HASH]);
        let length = change(&mut module.approval(&signer, &prepared, |plan| plan)).len();
        for bit in (0..length * 8).step_by(7) {
            let prepared = module.prepared(&signer, &[HASH]);
            let mut approval = module.approval(&signer, &prepared, |plan| plan);
            let bytes = change(&mut approval);
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let refusal = approve_refused(&module, approval);
            assert_ne!(refusal, Refusal::NotOurs, "field {field}, bit {bit}");
        }
    }
    assert_eq!(results(&world), 0);
}

// --- the request ---

#[test]
fn a_request_with_any_changed_byte_is_not_ours() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    for at in 0..prepared.sar.len() {
        let mut approval = module.approval(&signer, &prepared, |plan| plan);
        approval.sar[at] ^= 1;
        assert_eq!(approve_refused(&module, approval), Refusal::NotOurs, "byte {at}");
    }
    let mut approval = module.approval(&signer, &prepared, |plan| plan);
    approval.mac[31] ^= 1;
    assert_eq!(approve_refused(&module, approval), Refusal::NotOurs);
    module.approved(module.approval(&signer, &prepared, |plan| plan));
}

#[test]
fn an_approval_holds_for_no_request_that_differs_in_one_field() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    type Change = fn(&mut PrepareActivation);
    let changes: [(&str, Change); 6] = [
        ("hash", |request| request.hashes[0] = OTHER_HASH.to_vec()),
        ("count", |request| request.hashes.push(OTHER_HASH.to_vec())),
        ("client", |request| request.client_hash = [8; 32]),
        ("purpose", |request| request.purpose = "other".into()),
        ("session", |request| request.session_hash = [8; 32]),
        ("nothing but the nonce", |_| ()),
    ];
    for (name, change) in changes {
        let shown = module.prepared(&signer, &[HASH]);
        let assertion = module.approval(&signer, &shown, |plan| plan).assertion;
        let mut request = module.prepare_request(&signer, &[HASH]);
        change(&mut request);
        let Reply::Prepared(Prepared { sar, mac, .. }) = module.ask(Request::PrepareActivation(request)) else {
            panic!("{name}")
        };
        let record = signer.record.clone();
        let refusal = approve_refused(&module, Approve { sar, mac, record, assertion });
        assert_eq!(refusal, Refusal::ChallengeMismatch, "{name}");
    }
}

#[test]
fn the_same_sad_100_times_in_parallel_gives_one_signature() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    // A counting passkey: the replays must not be taken for a copied authenticator either.
    let approval = module.approval(&signer, &prepared, |plan| plan.sign_count(5));
    let replies: Vec<Reply> = thread::scope(|scope| {
        let tries: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| match module.ask(Request::Approve(approval.clone())) {
                    Reply::Approved(grant) => module.sign(&signer, &grant, &[HASH]),
                    other => other,
                })
            })
            .collect();
        tries.into_iter().map(|attempt| attempt.join().unwrap()).collect()
    });
    let signed = replies.iter().filter(|reply| matches!(reply, Reply::Signed(_))).count();
    let refused = replies.iter().filter(|reply| **reply == Reply::Refused(Refusal::AlreadyUsed)).count();
    assert_eq!((signed, refused), (1, 99));
    let events = world.events();
    assert_eq!(results(&world), 1);
    assert_eq!(refusals(&events), vec![Refusal::AlreadyUsed.code(); 99]);
    // The passkey is not locked.
    let prepared = module.prepared(&signer, &[HASH]);
    module.approved(module.approval(&signer, &prepared, |plan| plan.sign_count(6)));
}

#[test]
fn one_grant_used_100_times_in_parallel_signs_each_hash_once() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let hashes: Vec<Hash> = (0..4).map(|number| [number; 32]).collect();
    let grant = module.grant(&signer, &hashes);
    let replies: Vec<Reply> = thread::scope(|scope| {
        let (module, signer, grant, hashes) = (&module, &signer, &grant, &hashes);
        let tries: Vec<_> =
            (0..100).map(|number| scope.spawn(move || module.sign(signer, grant, &[hashes[number % 4]]))).collect();
        tries.into_iter().map(|attempt| attempt.join().unwrap()).collect()
    });
    let signed = replies.iter().filter(|reply| matches!(reply, Reply::Signed(_))).count();
    let refused = replies.iter().filter(|reply| **reply == Reply::Refused(Refusal::HashAlreadyUsed)).count();
    assert_eq!((signed, refused), (4, 96));
    assert_eq!(results(&world), 4);
}

#[test]
fn an_expired_request_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    world.clock.advance(301);
    assert_eq!(approve_refused(&module, module.approval(&signer, &prepared, |plan| plan)), Refusal::Expired);
    let in_time = module.prepared(&signer, &[HASH]);
    world.clock.advance(300);
    module.approved(module.approval(&signer, &in_time, |plan| plan));
}

#[test]
fn an_expired_grant_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &[HASH]);
    world.clock.advance(301);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::GrantExpired));
    assert_eq!(results(&world), 0);
}

#[test]
fn nothing_issued_before_a_restart_is_good_after_it() {
    let world = World::new();
    let (signer, approval, grant) = {
        let module = world.start();
        let signer = module.signer();
        let prepared = module.prepared(&signer, &[HASH]);
        let approval = module.approval(&signer, &prepared, |plan| plan);
        let grant = module.grant(&signer, &[HASH]);
        (signer, approval, grant)
    };
    let module = world.start();
    assert_eq!(approve_refused(&module, approval), Refusal::NotOurs);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::UnknownGrant));
    // The signer himself is known as before.
    let grant = module.grant(&signer, &[HASH]);
    module.signed(&signer, &grant, &[HASH]);
    assert_eq!(results(&world), 1);
}

#[test]
fn no_altered_request_is_ever_granted() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let mut decoded = 0;
    let mut place = 0_usize;
    for round in 0..600_u64 {
        let prepared = module.prepared(&signer, &[HASH]);
        let grant = module.grant(&signer, &[HASH]);
        let requests = [
            Request::Approve(module.approval(&signer, &prepared, |plan| plan)),
            Request::Sign(module.sign_request(&signer, &grant, &[HASH])),
        ];
        for request in requests {
            let mut bytes = to_bytes(&request);
            // Wanders over the whole request, round by round.
            place = (place + 7919) % bytes.len();
            bytes[place] = bytes[place].wrapping_add(u8::try_from(round % 255).unwrap() + 1);
            if let Ok(altered) = from_bytes::<Request>(&bytes) {
                decoded += 1;
                let reply = module.ask(altered);
                assert!(!matches!(reply, Reply::Approved(_) | Reply::Signed(_)), "byte {place} of {request:?}");
            }
        }
    }
    assert!(decoded > 600, "most altered requests can still be read: {decoded}");
    assert_eq!(results(&world), 0);
}

// --- the counter ---

#[test]
fn a_counter_that_goes_back_or_stands_still_is_refused() {
    for second in [4, 5] {
        let world = World::new();
        let module = world.start();
        let signer = module.signer();
        let first = module.prepared(&signer, &[HASH]);
        module.approved(module.approval(&signer, &first, |plan| plan.sign_count(5)));
        let prepared = module.prepared(&signer, &[HASH]);
        let copied = module.approval(&signer, &prepared, |plan| plan.sign_count(second));
        assert_eq!(approve_refused(&module, copied), Refusal::CounterNotIncreased, "{second}");
        // Once is an alert; a counter that grows again is accepted.
        let prepared = module.prepared(&signer, &[HASH]);
        module.approved(module.approval(&signer, &prepared, |plan| plan.sign_count(6)));
    }
}

#[derive(Default)]
struct Alerts(Mutex<Vec<Alert>>);

impl StepObserver for Alerts {
    fn reached(&self, _: Step) {}

    fn alert(&self, alert: Alert) {
        self.0.lock().unwrap().push(alert);
    }
}

#[test]
fn a_counter_that_does_not_grow_is_told_to_the_operator_and_nothing_else_is() {
    let mut world = World::new();
    let alerts = Arc::new(Alerts::default());
    world.observer = alerts.clone();
    let module = world.start();
    let signer = module.signer();
    let attempt = |count| {
        let prepared = module.prepared(&signer, &[HASH]);
        module.ask(Request::Approve(module.approval(&signer, &prepared, |plan| plan.sign_count(count))))
    };
    let told = || alerts.0.lock().unwrap().clone();
    assert!(matches!(attempt(5), Reply::Approved(_)));
    let prepared = module.prepared(&signer, &[HASH]);
    approve_refused(&module, module.approval(&signer, &prepared, |plan| plan.origin(PORTAL)));
    assert_eq!(told(), []);
    assert_eq!(attempt(5), Reply::Refused(Refusal::CounterNotIncreased));
    assert_eq!(told(), [Alert::CounterNotIncreased]);
    assert_eq!(attempt(4), Reply::Refused(Refusal::CounterNotIncreased));
    assert_eq!(told(), [Alert::CounterNotIncreased, Alert::AuthenticatorLocked]);
    assert_eq!(attempt(6), Reply::Refused(Refusal::AuthenticatorLocked));
    assert_eq!(told().len(), 2);
}

#[test]
fn a_counter_that_goes_back_is_refused_after_a_restart_too() {
    let world = World::new();
    let signer = {
        let module = world.start();
        let signer = module.signer();
        let prepared = module.prepared(&signer, &[HASH]);
        module.approved(module.approval(&signer, &prepared, |plan| plan.sign_count(5)));
        signer
    };
    let module = world.start();
    let prepared = module.prepared(&signer, &[HASH]);
    let copied = module.approval(&signer, &prepared, |plan| plan.sign_count(5));
    assert_eq!(approve_refused(&module, copied), Refusal::CounterNotIncreased);
}

#[test]
fn a_counter_that_was_there_and_is_zero_now_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    module.approved(module.approval(&signer, &prepared, |plan| plan.sign_count(1)));
    let prepared = module.prepared(&signer, &[HASH]);
    assert_eq!(
        approve_refused(&module, module.approval(&signer, &prepared, |plan| plan)),
        Refusal::CounterNotIncreased
    );
}

#[test]
fn a_counter_that_fails_twice_within_a_day_locks_the_passkey_for_good() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let attempt = |module: &Module<'_>, count: u32| {
        let prepared = module.prepared(&signer, &[HASH]);
        module.ask(Request::Approve(module.approval(&signer, &prepared, |plan| plan.sign_count(count))))
    };
    assert!(matches!(attempt(&module, 5), Reply::Approved(_)));
    assert_eq!(attempt(&module, 3), Reply::Refused(Refusal::CounterNotIncreased));
    world.clock.advance(23 * 3600);
    assert_eq!(attempt(&module, 3), Reply::Refused(Refusal::CounterNotIncreased));
    assert_eq!(attempt(&module, 100), Reply::Refused(Refusal::AuthenticatorLocked));
    drop(module);
    assert_eq!(attempt(&world.start(), 101), Reply::Refused(Refusal::AuthenticatorLocked));
}

#[test]
fn a_counter_that_fails_twice_in_two_days_does_not_lock_the_passkey() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let attempt = |count: u32| {
        let prepared = module.prepared(&signer, &[HASH]);
        module.ask(Request::Approve(module.approval(&signer, &prepared, |plan| plan.sign_count(count))))
    };
    assert!(matches!(attempt(5), Reply::Approved(_)));
    assert_eq!(attempt(3), Reply::Refused(Refusal::CounterNotIncreased));
    world.clock.advance(25 * 3600);
    assert_eq!(attempt(3), Reply::Refused(Refusal::CounterNotIncreased));
    assert!(matches!(attempt(6), Reply::Approved(_)));
}

// --- use of an approval ---

#[test]
fn more_hashes_than_approved_are_refused_and_cost_nothing() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &[HASH]);
    assert_eq!(module.sign(&signer, &grant, &[HASH, OTHER_HASH]), Reply::Refused(Refusal::HashNotApproved));
    assert_eq!(module.sign(&signer, &grant, &[HASH, HASH]), Reply::Refused(Refusal::HashAlreadyUsed));
    assert_eq!(module.sign(&signer, &grant, &[]), Reply::Refused(Refusal::Malformed));
    assert_eq!(results(&world), 0);
    assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::HashAlreadyUsed));
}

#[test]
fn hashes_of_one_approval_can_be_signed_in_several_calls() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &[HASH, HASH, OTHER_HASH]);
    assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
    assert_eq!(module.signed(&signer, &grant, &[OTHER_HASH, HASH]).len(), 2);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::HashAlreadyUsed));
}

#[test]
fn a_request_straight_to_the_module_without_an_approval_signs_nothing() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let mut grant = module.grant(&signer, &[HASH]);
    grant.grant[0] ^= 1;
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::UnknownGrant));
    // Whoever can reach the socket knows the format, but not the boot key.
    let prepared = module.prepared(&signer, &[HASH]);
    let mut own: Sar = from_bytes(&prepared.sar).unwrap();
    own.hashes = vec![OTHER_HASH.to_vec()];
    let sar = to_bytes(&own);
    let passkey_answer =
        module.approval(&signer, &Prepared { challenge: Sar::challenge(&sar), ..prepared }, |plan| plan);
    assert_eq!(approve_refused(&module, Approve { sar, ..passkey_answer }), Refusal::NotOurs);
    assert_eq!(results(&world), 0);
}

#[test]
fn a_key_of_another_credential_is_refused() {
    let world = World::new();
    let module = world.start();
    let (signer, other) = (module.signer(), module.signer());
    let grant = module.grant(&signer, &[HASH]);
    let swapped = Signer { sealed_key: other.sealed_key.clone(), ..signer.clone() };
    assert_eq!(module.sign(&swapped, &grant, &[HASH]), Reply::Refused(Refusal::WrongKey));
    let mut altered = signer.clone();
    *altered.sealed_key.last_mut().unwrap() ^= 1;
    assert_eq!(module.sign(&altered, &grant, &[HASH]), Reply::Refused(Refusal::WrongKey));
    let nothing = Signer { sealed_key: vec![], ..signer.clone() };
    assert_eq!(module.sign(&nothing, &grant, &[HASH]), Reply::Refused(Refusal::WrongKey));
    let foreign = Signer { record: other.record, ..signer.clone() };
    assert_eq!(module.sign(&foreign, &grant, &[HASH]), Reply::Refused(Refusal::RecordMismatch));
    assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
}

#[test]
fn a_certificate_that_ends_between_approval_and_signature_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let year = test_support::ca::SIGNER_LIFETIME;
    world.clock.advance(year - 100);
    let prepared = module.prepared(&signer, &[HASH]);
    assert!(prepared.expires_at <= harness::START + year);
    let late = module.prepared(&signer, &[HASH]);
    let grant = module.approved(module.approval(&signer, &prepared, |plan| plan));
    world.clock.advance(200);
    assert_eq!(approve_refused(&module, module.approval(&signer, &late, |plan| plan)), Refusal::Expired);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::GrantExpired));
    let prepare = module.ask(Request::PrepareActivation(module.prepare_request(&signer, &[HASH])));
    assert_eq!(prepare, Reply::Refused(Refusal::CertificateNotValid));
}

// --- the signer's record ---

#[test]
fn an_edited_record_is_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    for at in 0..signer.record.len() {
        let prepared = module.prepared(&signer, &[HASH]);
        let mut edited = signer.clone();
        edited.record[at] ^= 1;
        let approval = module.approval(&edited, &prepared, |plan| plan);
        assert_eq!(approve_refused(&module, approval), Refusal::RecordNotSealed, "byte {at}");
    }
}

#[test]
fn a_swapped_record_is_refused_also_after_a_restart() {
    let world = World::new();
    let swap = |module: &Module<'_>, victim: &Signer, attacker: &Signer| {
        let prepared = module.prepared(victim, &[HASH]);
        let swapped = Signer { record: attacker.record.clone(), ..victim.clone() };
        let approval = module.approval(&swapped, &prepared, |plan| plan);
        assert_eq!(approve_refused(module, approval), Refusal::RecordMismatch);
    };
    let module = world.start();
    let (victim, attacker) = (module.signer(), module.signer());
    swap(&module, &victim, &attacker);
    drop(module);
    swap(&world.start(), &victim, &attacker);
    assert_eq!(results(&world), 0);
}

#[test]
fn a_restored_older_record_is_refused_also_after_a_restart() {
    let world = World::new();
    let (old, new) = {
        let module = world.start();
        let old = module.signer();
        let prepared = module.prepared(&old, &[HASH]);
        let grant = module.grant(&old, &[HASH]);
        let new = module.further_key(&old, KeyAlgorithm::EcdsaP256);
        // What was approved under the older record dies with it.
        let approval = module.approval(&old, &prepared, |plan| plan);
        assert_eq!(approve_refused(&module, approval), Refusal::StaleRecord);
        assert_eq!(module.sign(&old, &grant, &[HASH]), Reply::Refused(Refusal::StaleRecord));
        (old, new)
    };
    let module = world.start();
    let stale = module.ask(Request::PrepareActivation(module.prepare_request(&old, &[HASH])));
    assert_eq!(stale, Reply::Refused(Refusal::StaleRecord));
    let prepared = module.prepared(&new, &[HASH]);
    let restored = Signer { record: old.record.clone(), ..new.clone() };
    let approval = module.approval(&restored, &prepared, |plan| plan);
    assert_eq!(approve_refused(&module, approval), Refusal::StaleRecord);
    assert_eq!(results(&world), 0);
}

#[test]
fn a_record_sealed_by_another_module_is_refused() {
    let (ours, theirs) = (World::new(), World::new());
    let foreign = theirs.start().signer();
    let module = ours.start();
    let answer = module.ask(Request::PrepareActivation(module.prepare_request(&foreign, &[HASH])));
    assert_eq!(answer, Reply::Refused(Refusal::RecordNotSealed));
}

#[test]
fn a_key_without_a_certificate_cannot_be_used() {
    let world = World::new();
    let module = world.start();
    let id = sam::ids::SignerId::new(world.fresh());
    let passkey = RawAuthenticator::new(&[1; 20]);
    let enrolled = module.enrolled(module.enrol_request(id, &passkey, |plan| plan));
    let signer = Signer {
        id,
        passkey: passkey.into(),
        record: enrolled.record,
        credential_id: enrolled.key.credential_id,
        sealed_key: enrolled.key.sealed_key,
        spki: enrolled.key.spki_der,
    };
    let answer = module.ask(Request::PrepareActivation(module.prepare_request(&signer, &[HASH])));
    assert_eq!(answer, Reply::Refused(Refusal::CredentialNotUsable));
}

// --- time and storage ---

#[test]
fn an_unsynchronised_clock_stops_signing_in_production() {
    let mut world = World::new();
    world.config.deployment = Deployment::Production;
    world.config.sole_control = SoleControl::Scal1;
    assert_eq!(world.config.token, TokenKind::Software);
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let grant = module.grant(&signer, &[HASH]);
    world.clock.set_synchronised(false);
    let refused = Reply::Refused(Refusal::ClockUnreliable);
    assert_eq!(module.ask(Request::PrepareActivation(module.prepare_request(&signer, &[HASH]))), refused);
    assert_eq!(module.ask(Request::Approve(module.approval(&signer, &prepared, |plan| plan))), refused);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), refused);
    world.clock.set_synchronised(true);
    module.approved(module.approval(&signer, &prepared, |plan| plan));
    assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
}

#[test]
fn an_unsynchronised_clock_in_development_is_told_in_every_entry() {
    let world = World::new();
    world.clock.set_synchronised(false);
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &[HASH]);
    let signed = module.signed(&signer, &grant, &[HASH]);
    assert!(!module.verify_receipt(&signed[0].receipt).event().stamp.clock_synchronised);
}

#[test]
fn a_clock_that_is_set_back_revives_nothing() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let grant = module.grant(&signer, &[HASH]);
    world.clock.advance(400);
    world.clock.set_wall(harness::START);
    assert_eq!(approve_refused(&module, module.approval(&signer, &prepared, |plan| plan)), Refusal::NotOurs);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::UnknownGrant));
}

#[test]
fn no_signature_leaves_when_the_log_cannot_be_written() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let grant = module.grant(&signer, &[HASH]);
    world.memory.fail(1, Failure::NotDone, Duration::ForEver);
    let unavailable = Reply::Failed(Failed::Unavailable);
    assert_eq!(module.sign(&signer, &grant, &[HASH]), unavailable);
    let approval = module.approval(&signer, &prepared, |plan| plan);
    assert_eq!(module.ask(Request::Approve(approval.clone())), unavailable);
    world.memory.heal();
    // Nothing was recorded, so nothing is lost.
    module.approved(approval);
    assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
}

#[test]
fn whichever_write_fails_a_signature_leaves_only_with_its_result_in_the_log() {
    let mut outcomes = BTreeMap::new();
    for failure in [Failure::NotDone, Failure::DoneButReported, Failure::ShortWrite] {
        for nth in 1..40 {
            let world = World::new();
            let module = world.start();
            let signer = module.signer();
            let grant = module.grant(&signer, &[HASH]);
            world.memory.fail(nth, failure, Duration::Once);
            let mut released = 0;
            for _ in 0..3 {
                released += usize::from(matches!(module.sign(&signer, &grant, &[HASH]), Reply::Signed(_)));
            }
            world.memory.heal();
            drop(module);
            *outcomes.entry(released).or_insert(0) += 1;
            assert!(released <= 1, "{failure:?} at {nth}");
            if world.memory.gave_up() {
                continue;
            }
            let (module, _) = world.try_start().unwrap();
            drop(module);
            let logged = results(&world);
            assert!(logged >= released && logged <= 1, "{failure:?} at {nth}: {released} released, {logged} logged");
            let events = world.events();
            let intents = events.iter().filter(|event| matches!(event.entry, Entry::Intent(_))).count();
            let ends = events.iter().filter(|event| matches!(event.entry, Entry::Result { .. } | Entry::Abort { .. }));
            assert_eq!(intents, ends.count(), "{failure:?} at {nth}: every intent has one end");
        }
    }
    assert!(outcomes.contains_key(&0) && outcomes.contains_key(&1), "some writes mattered, some did not: {outcomes:?}");
}

#[test]
fn the_module_does_not_start_with_a_configuration_that_claims_too_much() {
    let mut world = World::new();
    world.config.deployment = Deployment::Production;
    let refused = world.try_start().map(|_| ()).unwrap_err();
    assert!(matches!(refused, sam::service::StartError::Config(problems) if problems.len() == 1));
    assert_eq!((RP_ID, SIGNING), (world.config.rp_id.as_str(), world.config.signing_origin.as_str()));
}
