//! Attacks on enrolment: nobody becomes a signer, and no key a signer's, without an officer's word. Security design 1.3.

mod harness;

use harness::{Module, OFFICER, Officer, PORTAL, RP_ID, SIGNING, Signer, World};
use sam::Refusal;
use sam::enrolment::{Purpose, registration_challenge};
use sam::ids::{CredentialId, SignerId};
use sam::protocol::message::{AddKey, Enrol, Enrolled, KeyAlgorithm, LinkCertificate, Registration};
use sam::protocol::{Reply, Request};
use sam::signing_log::Entry;
use test_support::authenticator::{AssertionPlan, Flags, RawAuthenticator, SoftwareAuthenticator, software::User};
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::random::SystemRandomness;

const HASH: [u8; 32] = [0xaa; 32];

fn signer_id(world: &World) -> SignerId {
    SignerId::new(world.fresh())
}

fn passkey(world: &World) -> RawAuthenticator {
    RawAuthenticator::new(&world.fresh::<20>())
}

fn refusal(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// The refusal of an enrolment that differs from an honest one in what `change` does.
fn enrolment_refused(change: impl FnOnce(&World, &mut Enrol)) -> Refusal {
    let world = World::new();
    let module = world.start();
    let mut request = module.enrol_request(signer_id(&world), &passkey(&world), |plan| plan);
    change(&world, &mut request);
    let refusal = refusal(module.ask(Request::Enrol(request)));
    let keys = world.events().iter().filter(|event| matches!(event.entry, Entry::KeyGenerated { .. })).count();
    assert_eq!(keys, 0, "no key was made");
    refusal
}

/// The refusal of a passkey registration that differs from an honest one in what `plan` changes.
fn registration_refused(plan: impl FnOnce(AssertionPlan) -> AssertionPlan) -> Refusal {
    let world = World::new();
    let module = world.start();
    let request = module.enrol_request(signer_id(&world), &passkey(&world), plan);
    refusal(module.ask(Request::Enrol(request)))
}

#[test]
fn enrolment_is_logged_before_the_key_can_be_used() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &[HASH]);
    module.signed(&signer, &grant, &[HASH]);
    let kinds: Vec<&str> = world.events().iter().map(|event| event.entry.kind().name()).collect();
    assert_eq!(kinds, ["START", "RECORD", "KEYGEN", "RECORD", "INTENT", "RESULT", "START"]);
}

#[test]
fn a_forged_registration_assertion_is_refused() {
    let forged = enrolment_refused(|world, request| {
        let stranger = Officer::new();
        let id = signer_id(world);
        request.registration_assertion = stranger.state(&world.statement(Purpose::Enrol, id, [0; 32]));
    });
    assert_eq!(forged, Refusal::OfficerNotTrusted);
    let edited = enrolment_refused(|_, request| {
        let last = request.registration_assertion.len() - 1;
        request.registration_assertion[last] ^= 1;
    });
    assert_eq!(edited, Refusal::OfficerNotTrusted);
    assert_eq!(enrolment_refused(|_, request| request.registration_assertion.clear()), Refusal::Malformed);
}

#[test]
fn an_expired_registration_assertion_is_refused() {
    assert_eq!(enrolment_refused(|world, _| world.clock.advance(601)), Refusal::RegistrationExpired);
    // The officer's own limit holds even if the nonce lives longer.
    let world = World::new();
    let module = world.start();
    let (id, passkey) = (signer_id(&world), passkey(&world));
    let mut statement = world.statement(Purpose::Enrol, id, module.nonce(id));
    statement.expires_at = harness::START + 5;
    let assertion = world.officer.state(&statement);
    let challenge = registration_challenge(&assertion, &statement);
    let registered = passkey.register(&AssertionPlan::honest(&challenge, RP_ID, PORTAL));
    let request = Enrol {
        registration_assertion: assertion,
        registration: Registration {
            client_data_json: registered.client_data_json,
            authenticator_data: registered.authenticator_data,
        },
        key: world.new_key(KeyAlgorithm::EcdsaP256),
    };
    world.clock.advance(6);
    assert_eq!(refusal(module.ask(Request::Enrol(request))), Refusal::RegistrationExpired);
}

#[test]
fn a_registration_assertion_for_another_signer_is_refused() {
    let world = World::new();
    let module = world.start();
    let victim = module.signer();
    // The attacker's own enrolment, with the victim's record: his key must not become the victim's.
    let id = signer_id(&world);
    let statement = world.statement(Purpose::AddKey, id, module.nonce(id));
    let request = AddKey {
        record: victim.record,
        registration_assertion: world.officer.state(&statement),
        key: world.new_key(KeyAlgorithm::EcdsaP256),
    };
    assert_eq!(refusal(module.ask(Request::AddKey(request))), Refusal::RecordMismatch);
}

#[test]
fn a_registration_assertion_is_good_for_its_purpose_only() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let statement = world.statement(Purpose::Enrol, signer.id, module.nonce(signer.id));
    let request = AddKey {
        record: signer.record,
        registration_assertion: world.officer.state(&statement),
        key: world.new_key(KeyAlgorithm::EcdsaP256),
    };
    assert_eq!(refusal(module.ask(Request::AddKey(request))), Refusal::RegistrationMismatch);
    let crossed = enrolment_refused(|world, request| {
        let statement = world.statement(Purpose::AddKey, signer_id(world), [0; 32]);
        request.registration_assertion = world.officer.state(&statement);
    });
    assert_eq!(crossed, Refusal::RegistrationMismatch);
}

#[test]
fn a_registration_assertion_is_used_once() {
    let world = World::new();
    let module = world.start();
    let (id, passkey) = (signer_id(&world), passkey(&world));
    let request = module.enrol_request(id, &passkey, |plan| plan);
    module.enrolled(request.clone());
    assert_eq!(refusal(module.ask(Request::Enrol(request))), Refusal::NonceNotOurs);
    let signer = module.signer();
    let statement = world.statement(Purpose::AddKey, signer.id, module.nonce(signer.id));
    let assertion = world.officer.state(&statement);
    let add = |record: &[u8]| AddKey {
        record: record.to_vec(),
        registration_assertion: assertion.clone(),
        key: world.new_key(KeyAlgorithm::EcdsaP256),
    };
    let Reply::Enrolled(Enrolled { record, .. }) = module.ask(Request::AddKey(add(&signer.record))) else { panic!() };
    assert_eq!(refusal(module.ask(Request::AddKey(add(&record)))), Refusal::NonceNotOurs);
}

#[test]
fn a_nonce_of_another_signer_or_of_an_earlier_start_is_refused() {
    let foreign = enrolment_refused(|world, request| {
        let module_nonce = [0x11; 32];
        let statement = world.statement(Purpose::Enrol, signer_id(world), module_nonce);
        request.registration_assertion = world.officer.state(&statement);
    });
    assert_eq!(foreign, Refusal::NonceNotOurs);
    let world = World::new();
    let request = world.start().enrol_request(signer_id(&world), &passkey(&world), |plan| plan);
    assert_eq!(refusal(world.start().ask(Request::Enrol(request))), Refusal::NonceNotOurs);
}

#[test]
fn a_passkey_that_was_not_registered_for_this_assertion_is_refused() {
    // A web side that replaces the signer's passkey by its own has no registration over the right challenge.
    let world = World::new();
    let module = world.start();
    let mut request = module.enrol_request(signer_id(&world), &passkey(&world), |plan| plan);
    let other = module.enrol_request(signer_id(&world), &passkey(&world), |plan| plan);
    request.registration = other.registration;
    assert_eq!(refusal(module.ask(Request::Enrol(request))), Refusal::ChallengeMismatch);
}

#[test]
fn a_registration_on_another_page_or_without_verification_is_refused() {
    assert_eq!(registration_refused(|plan| plan.origin(SIGNING)), Refusal::WrongOrigin);
    assert_eq!(registration_refused(|plan| plan.rp_id("example.com")), Refusal::WrongRelyingParty);
    assert_eq!(registration_refused(|plan| plan.flags(Flags::UP | Flags::AT)), Refusal::UserNotVerified);
    assert_eq!(registration_refused(|plan| plan.flags(Flags::UV | Flags::AT)), Refusal::UserNotPresent);
    let backed_up_only = Flags::VERIFIED.0 | Flags::AT | Flags::BS;
    assert_eq!(registration_refused(|plan| plan.flags(backed_up_only)), Refusal::BackupStateChanged);
    assert_eq!(registration_refused(|plan| plan.cross_origin(Some(true))), Refusal::CrossOrigin);
    assert_eq!(registration_refused(|plan| plan.flags(0x05 | 0x80)), Refusal::RegistrationNotAcceptable);
}

#[test]
fn a_sad_is_no_registration() {
    assert_eq!(registration_refused(|plan| plan.ceremony("webauthn.fetch")), Refusal::WrongCeremony);
}

#[test]
fn a_signer_is_enrolled_once_also_after_a_restart() {
    let world = World::new();
    let id = signer_id(&world);
    let first = world.start();
    first.enrolled(first.enrol_request(id, &passkey(&world), |plan| plan));
    let again = first.enrol_request(id, &passkey(&world), |plan| plan);
    assert_eq!(refusal(first.ask(Request::Enrol(again))), Refusal::SignerExists);
    drop(first);
    let module = world.start();
    let again = module.enrol_request(id, &passkey(&world), |plan| plan);
    assert_eq!(refusal(module.ask(Request::Enrol(again))), Refusal::SignerExists);
}

#[test]
fn a_passkey_belongs_to_one_signer() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let thief = RawAuthenticator::new(signer.passkey.credential_id());
    let request = module.enrol_request(signer_id(&world), &thief, |plan| plan);
    assert_eq!(refusal(module.ask(Request::Enrol(request))), Refusal::RegistrationNotAcceptable);
}

#[test]
fn another_subject_than_the_officers_is_refused() {
    let refused = enrolment_refused(|_, request| {
        request.key.subject_der = test_support::pki::name::distinguished_name("Example KK", "Somebody Else").unwrap();
    });
    assert_eq!(refused, Refusal::RegistrationMismatch);
}

#[test]
fn a_credential_name_is_used_once_for_a_signer() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let statement = world.statement(Purpose::AddKey, signer.id, module.nonce(signer.id));
    let mut key = world.new_key(KeyAlgorithm::EcdsaP256);
    key.credential_id = signer.credential_id.clone();
    let request = AddKey { record: signer.record, registration_assertion: world.officer.state(&statement), key };
    assert_eq!(refusal(module.ask(Request::AddKey(request))), Refusal::CredentialExists);
}

#[test]
fn an_older_record_gets_no_further_key() {
    let world = World::new();
    let module = world.start();
    let old = module.signer();
    module.further_key(&old, KeyAlgorithm::EcdsaP256);
    let statement = world.statement(Purpose::AddKey, old.id, module.nonce(old.id));
    let request = AddKey {
        record: old.record,
        registration_assertion: world.officer.state(&statement),
        key: world.new_key(KeyAlgorithm::EcdsaP256),
    };
    assert_eq!(refusal(module.ask(Request::AddKey(request))), Refusal::StaleRecord);
}

#[test]
fn keys_of_every_kind_sign_under_their_certificates() {
    let world = World::new();
    let module = world.start();
    let mut signer = module.signer();
    for (algorithm, oid) in
        [(KeyAlgorithm::Rsa2048, "1.2.840.113549.1.1.11"), (KeyAlgorithm::EcdsaP256, harness::ECDSA_OID)]
    {
        signer = module.further_key(&signer, algorithm);
        let mut request = module.prepare_request(&signer, &[HASH]);
        request.sign_algorithm_oid = oid.into();
        let Reply::Prepared(prepared) = module.ask(Request::PrepareActivation(request)) else {
            panic!("{algorithm:?}")
        };
        let grant = module.approved(module.approval(&signer, &prepared, |plan| plan));
        assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1, "{algorithm:?}");
    }
}

// --- certificates ---

struct Waiting<'a> {
    module: Module<'a>,
    request: LinkCertificate,
}

fn waiting(world: &World) -> Waiting<'_> {
    let module = world.start();
    let enrolled = module.enrolled(module.enrol_request(signer_id(world), &passkey(world), |plan| plan));
    let request = module.link_request(&enrolled.record, &enrolled.key);
    Waiting { module, request }
}

fn link_refused(change: impl FnOnce(&Module<'_>, &mut LinkCertificate)) -> Refusal {
    let world = World::new();
    let Waiting { module, mut request } = waiting(&world);
    change(&module, &mut request);
    refusal(module.ask(Request::LinkCertificate(request)))
}

#[test]
fn a_certificate_for_another_key_is_refused() {
    let refused = link_refused(|module, request| {
        let passkey = passkey(module.world);
        let other = module.enrolled(module.enrol_request(signer_id(module.world), &passkey, |plan| plan));
        request.certificate_der = module.link_request(&other.record, &other.key).certificate_der;
    });
    assert_eq!(refused, Refusal::CertificateMismatch);
}

#[test]
fn a_certificate_by_another_issuer_than_the_officers_is_refused() {
    let world = World::new();
    let module = world.start();
    let enrolled = module.enrolled(module.enrol_request(signer_id(&world), &passkey(&world), |plan| plan));
    let rogue = DevelopmentCa::root(&CaPlan::in_memory("rogue", "Rogue"), harness::START, &SystemRandomness).unwrap();
    let honest = module.link_request(&enrolled.record, &enrolled.key);
    let by_rogue = rogue.issue(&enrolled.key.certification_request_der, harness::START, &SystemRandomness).unwrap();
    for (certificate, issuer) in [
        (by_rogue.clone(), rogue.certificate().to_vec()),
        (by_rogue, world.ca.certificate().to_vec()),
        (honest.certificate_der.clone(), rogue.certificate().to_vec()),
    ] {
        let request =
            LinkCertificate { certificate_der: certificate, issuer_certificate_der: issuer, ..honest.clone() };
        assert_eq!(refusal(module.ask(Request::LinkCertificate(request))), Refusal::IssuerMismatch);
    }
    module.linked(honest);
}

#[test]
fn an_altered_certificate_is_refused() {
    let world = World::new();
    let Waiting { module, request } = waiting(&world);
    for at in (0..request.certificate_der.len()).step_by(3) {
        let mut altered = request.clone();
        altered.certificate_der[at] ^= 1;
        refusal(module.ask(Request::LinkCertificate(altered)));
    }
    module.linked(request);
}

#[test]
fn an_expired_certificate_is_refused() {
    let refused = link_refused(|module, _| module.world.clock.advance(test_support::ca::SIGNER_LIFETIME + 1));
    assert_eq!(refused, Refusal::CertificateNotValid);
}

#[test]
fn a_key_has_one_certificate() {
    let world = World::new();
    let Waiting { module, request } = waiting(&world);
    let linked = module.linked(request.clone());
    let renewed = LinkCertificate { record: linked, ..request };
    assert_eq!(refusal(module.ask(Request::LinkCertificate(renewed))), Refusal::AlreadyLinked);
}

#[test]
fn a_lost_answer_to_linking_can_be_had_again() {
    let world = World::new();
    let Waiting { module, request } = waiting(&world);
    let linked = module.linked(request.clone());
    assert_eq!(module.linked(request.clone()), linked);
    drop(module);
    assert_eq!(world.start().linked(request), linked);
    let records = world.events().iter().filter(|event| matches!(event.entry, Entry::Record { .. })).count();
    assert_eq!(records, 2, "linking again changes nothing");
}

#[test]
fn a_certificate_for_an_unknown_credential_is_refused() {
    let refused = link_refused(|_, request| request.credential_id = CredentialId::new([0; 16]));
    assert_eq!(refused, Refusal::UnknownCredential);
}

// --- an authenticator that is not ours ---

#[tokio::test]
async fn a_passkey_of_another_implementation_enrols_and_signs() {
    for authenticator in [SoftwareAuthenticator::new(), SoftwareAuthenticator::with_counter()] {
        let world = World::new();
        let module = world.start();
        let id = signer_id(&world);
        let statement = world.statement(Purpose::Enrol, id, module.nonce(id));
        let assertion = world.officer.state(&statement);
        let challenge = registration_challenge(&assertion, &statement);
        let user = User { handle: id.as_bytes(), name: "hanako" };
        let registered = authenticator.register(&challenge, RP_ID, PORTAL, user).await.unwrap();
        let enrolled = module.enrolled(Enrol {
            registration_assertion: assertion,
            registration: Registration {
                client_data_json: registered.client_data_json,
                authenticator_data: registered.authenticator_data,
            },
            key: world.new_key(KeyAlgorithm::EcdsaP256),
        });
        let record = module.linked(module.link_request(&enrolled.record, &enrolled.key));
        let signer = Signer {
            id,
            passkey: RawAuthenticator::new(&[0]).into(),
            record,
            credential_id: enrolled.key.credential_id,
            sealed_key: enrolled.key.sealed_key,
            spki: enrolled.key.spki_der,
        };
        for _ in 0..3 {
            let prepared = module.prepared(&signer, &[HASH]);
            let mut approval = module.approval(&signer, &prepared, |plan| plan);
            let answer =
                authenticator.assert(&prepared.challenge, RP_ID, SIGNING, &prepared.allow_credentials).await.unwrap();
            approval.assertion = harness::as_message(answer);
            let grant = module.approved(approval);
            assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
        }
    }
}

#[test]
fn the_officers_key_id_is_the_one_that_is_pinned() {
    assert_eq!(World::new().config.officers[0].id(), OFFICER);
}

#[test]
fn a_lost_answer_to_a_request_for_a_further_key_leaves_the_signer_as_he_was() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let ask_for_key = |module: &Module<'_>, record: &[u8]| {
        let statement = world.statement(Purpose::AddKey, signer.id, module.nonce(signer.id));
        let request = AddKey {
            record: record.to_vec(),
            registration_assertion: world.officer.state(&statement),
            key: world.new_key(KeyAlgorithm::EcdsaP256),
        };
        match module.ask(Request::AddKey(request)) {
            Reply::Enrolled(enrolled) => enrolled,
            other => panic!("{other:?}"),
        }
    };
    let lost = ask_for_key(&module, &signer.record);
    let grant = module.grant(&signer, &[HASH]);
    module.signed(&signer, &grant, &[HASH]);
    drop(module);
    let module = world.start();
    let grant = module.grant(&signer, &[HASH]);
    module.signed(&signer, &grant, &[HASH]);
    // A second request makes another version in place of the lost one; from its first use on neither of the others counts.
    let grant = module.grant(&signer, &[HASH]);
    let found = ask_for_key(&module, &signer.record);
    let current = Signer { record: found.record.clone(), ..signer.clone() };
    module.signed(&current, &grant, &[HASH]);
    for stale in [&signer.record, &lost.record] {
        let stale = Signer { record: stale.clone(), ..signer.clone() };
        let answer = module.ask(Request::PrepareActivation(module.prepare_request(&stale, &[HASH])));
        assert_eq!(answer, Reply::Refused(Refusal::StaleRecord));
    }
    // A further key on top of one that has no certificate yet.
    let third = ask_for_key(&module, &found.record);
    let record = module.linked(module.link_request(&third.record, &found.key));
    module.linked(module.link_request(&record, &third.key));
    let versions: Vec<u64> = world
        .events()
        .iter()
        .filter_map(|event| match event.entry {
            Entry::Record { version, .. } => Some(version),
            _ => None,
        })
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6]);
}
