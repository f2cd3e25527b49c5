//! Registration of signers and further certificates: the good way, and every way an authority or a browser can fail it.

use crate::world::{World, form, register, session};
use ssa::{
    ActivationError, CertificateRequest, CredentialError, CredentialStatus, KeyAlgorithm, Refusal, RegistrationError,
};
use test_support::authenticator::software::{SoftwareAuthenticator, User};
use test_support::authenticator::{AssertionPlan, Flags, RawAuthenticator};
use test_support::ca::CaMode;

#[tokio::test]
async fn a_signer_registers_with_an_ordinary_authenticator_and_has_a_certificate_in_the_own_name() {
    let world = World::new().await;
    let options = world.ssa.start_registration(form("山田 太郎")).await.unwrap();
    assert_eq!(options.rp_id, "localhost");
    let authenticator = SoftwareAuthenticator::new();
    let user = User { handle: &options.user_handle, name: &options.user_name };
    let made = authenticator.register(&options.challenge, &options.rp_id, crate::world::PORTAL, user).await.unwrap();
    let response = ssa::RegistrationResponse {
        credential_id: made.credential_id,
        client_data_json: made.client_data_json,
        authenticator_data: made.authenticator_data,
    };
    let registered = world.ssa.finish_registration(&options.registration_id, response).await.unwrap();
    let credential = world.ssa.credential(registered.signer_id, &registered.credential_id).await.unwrap();
    assert_eq!(credential.status, CredentialStatus::Active);
    assert_eq!(credential.key_algorithm, KeyAlgorithm::EcdsaP256);
    let certificate = credential.certificate.unwrap();
    assert_eq!(certificate.common_name, "山田 太郎");
    assert_eq!(certificate.organisation.as_deref(), Some("例株式会社"));
    assert!(certificate.issuer.contains("DEMO, NOT VALID") || certificate.issuer.contains(r"DEMO\, NOT VALID"));
    assert!(!certificate.chain.is_empty());
    let account = world.ssa.session(&registered.session.secret).await.unwrap();
    assert_eq!((account.signer_id, account.display_name.as_str()), (registered.signer_id, "山田 太郎"));
}

#[tokio::test]
async fn when_the_authority_refuses_the_key_is_of_no_use_and_the_request_can_be_made_again() {
    let world = World::new().await;
    let options = world.ssa.start_registration(form("A")).await.unwrap();
    let passkey = RawAuthenticator::new(b"a");
    world.authorities.set_ca_mode(1, CaMode::Refusing("subject is not known here".into()));
    let refused = world.ssa.finish_registration(&options.registration_id, register(&passkey, &options)).await;
    match refused {
        Err(RegistrationError::CaRefused { reason }) => {
            assert!(reason.contains("subject is not known here"), "{reason}")
        }
        other => panic!("{other:?}"),
    }
    let signer_id = ssa::SignerId::new(options.user_handle.clone().try_into().unwrap());
    let credentials = world.ssa.list_credentials(signer_id).await.unwrap();
    assert_eq!(credentials.len(), 1);
    assert_eq!((credentials[0].status, &credentials[0].certificate), (CredentialStatus::AwaitingCertificate, &None));
    assert!(matches!(world.ssa.credential_owner(&credentials[0].id).await, Err(CredentialError::NotFound)));
    let signer = crate::world::Signer { id: signer_id, credential: credentials[0].id.clone(), passkey };
    let order = crate::world::order(&signer, &[[1; 32]]);
    assert!(matches!(world.ssa.open_activation(order).await, Err(ActivationError::UnknownCredential)));

    world.authorities.set_ca_mode(1, CaMode::Working);
    let registered = world.ssa.resume_registration(&options.registration_id).await.unwrap();
    assert_eq!(registered.credential_id, signer.credential);
    assert!(matches!(world.ssa.resume_registration(&options.registration_id).await, Err(RegistrationError::Completed)));
}

#[tokio::test]
async fn an_authority_that_is_away_or_talks_nonsense_leaves_the_registration_resumable() {
    let world = World::new().await;
    let options = world.ssa.start_registration(form("A")).await.unwrap();
    let response = register(&RawAuthenticator::new(b"a"), &options);
    world.authorities.set_ca_mode(1, CaMode::Down);
    let first = world.ssa.finish_registration(&options.registration_id, response.clone()).await;
    assert!(matches!(first, Err(RegistrationError::CaUnavailable(_))), "{first:?}");
    for (mode, unreadable) in [
        (CaMode::Busy, false),
        (CaMode::Pending, false),
        (CaMode::Garbage, true),
        (CaMode::OtherKey, true),
        (CaMode::Forged, true),
    ] {
        world.authorities.set_ca_mode(1, mode.clone());
        match world.ssa.resume_registration(&options.registration_id).await {
            Err(RegistrationError::CaUnavailable(_)) if !unreadable => {}
            Err(RegistrationError::CaUnreadable(_)) if unreadable => {}
            other => panic!("{mode:?}: {other:?}"),
        }
    }
    let again = world.ssa.finish_registration(&options.registration_id, response).await;
    assert!(matches!(again, Err(RegistrationError::Busy)), "{again:?}");
    world.authorities.set_ca_mode(1, CaMode::Working);
    world.ssa.resume_registration(&options.registration_id).await.unwrap();
}

#[tokio::test]
async fn an_authority_that_is_away_at_the_start_leaves_nothing() {
    let world = World::new().await;
    world.authorities.set_ca_mode(1, CaMode::Down);
    // The certificates of the authority can still be fetched in this mode or not; a start that succeeds has made no key.
    let started = world.ssa.start_registration(form("A")).await;
    assert_eq!(world.log_entries().await, 1, "only the start of the module is in its log");
    drop(started);
}

#[tokio::test]
async fn a_passkey_that_did_not_verify_its_user_is_refused_and_leaves_nothing_usable() {
    let world = World::new().await;
    let options = world.ssa.start_registration(form("A")).await.unwrap();
    let plan =
        AssertionPlan::honest(&options.challenge, &options.rp_id, crate::world::PORTAL).flags(Flags::UP | Flags::AT);
    let made = RawAuthenticator::new(b"a").register(&plan);
    let response = ssa::RegistrationResponse {
        credential_id: made.credential_id,
        client_data_json: made.client_data_json,
        authenticator_data: made.authenticator_data,
    };
    let refused = world.ssa.finish_registration(&options.registration_id, response).await;
    assert!(
        matches!(
            refused,
            Err(RegistrationError::Refused(Refusal::UserNotVerified | Refusal::RegistrationNotAcceptable))
        ),
        "{refused:?}"
    );
    assert!(matches!(world.ssa.resume_registration(&options.registration_id).await, Err(RegistrationError::Failed)));
}

#[tokio::test]
async fn a_passkey_made_on_another_page_or_for_another_registration_is_refused() {
    let world = World::new().await;
    let first = world.ssa.start_registration(form("A")).await.unwrap();
    let second = world.ssa.start_registration(form("B")).await.unwrap();
    let swapped = register(&RawAuthenticator::new(b"a"), &first);
    let result = world.ssa.finish_registration(&second.registration_id, swapped).await;
    assert!(matches!(result, Err(RegistrationError::Refused(_))), "{result:?}");
    let plan = AssertionPlan::honest(&first.challenge, &first.rp_id, "http://localhost:9999");
    let made = RawAuthenticator::new(b"b").register(&plan);
    let elsewhere = ssa::RegistrationResponse {
        credential_id: made.credential_id,
        client_data_json: made.client_data_json,
        authenticator_data: made.authenticator_data,
    };
    let result = world.ssa.finish_registration(&first.registration_id, elsewhere).await;
    assert!(matches!(result, Err(RegistrationError::Refused(_))), "{result:?}");
}

#[tokio::test]
async fn a_registration_is_answered_once_and_in_time() {
    let world = World::new().await;
    let options = world.ssa.start_registration(form("A")).await.unwrap();
    let response = register(&RawAuthenticator::new(b"a"), &options);
    let late = world.ssa.start_registration(form("B")).await.unwrap();
    let late_response = register(&RawAuthenticator::new(b"b"), &late);
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let (ssa, id, response) = (world.ssa.clone(), options.registration_id.clone(), response.clone());
            tokio::spawn(async move { ssa.finish_registration(&id, response).await })
        })
        .collect();
    let mut succeeded = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => succeeded += 1,
            Err(RegistrationError::Busy | RegistrationError::Completed | RegistrationError::NotFound) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(succeeded, 1);
    world.clock.advance(601);
    let result = world.ssa.finish_registration(&late.registration_id, late_response).await;
    assert!(matches!(result, Err(RegistrationError::NotFound)), "{result:?}");
}

#[tokio::test]
async fn a_module_that_is_away_keeps_the_registration_open() {
    let world = World::new().await;
    let options = world.ssa.start_registration(form("A")).await.unwrap();
    let response = register(&RawAuthenticator::new(b"a"), &options);
    world.stop_module();
    let result = world.ssa.finish_registration(&options.registration_id, response.clone()).await;
    assert!(matches!(result, Err(RegistrationError::Unavailable(_))), "{result:?}");
    world.start_module();
    // The nonce died with the module, so this registration is refused; what matters is that it is answered.
    let result = world.ssa.finish_registration(&options.registration_id, response).await;
    assert!(
        matches!(result, Err(RegistrationError::Refused(Refusal::NonceNotOurs) | RegistrationError::Unavailable(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_signer_gets_a_further_certificate_and_both_can_be_used() {
    let world = World::new().await;
    let mut signer = world.signer("A").await;
    let request = CertificateRequest { ca_id: "ca-1".into(), key_algorithm: None };
    let second = world.ssa.request_certificate(signer.id, request).await.unwrap();
    let listed = world.ssa.list_credentials(signer.id).await.unwrap();
    assert_eq!(
        listed.iter().map(|credential| credential.id.clone()).collect::<std::collections::HashSet<_>>().len(),
        2
    );
    assert!(listed.iter().all(|credential| credential.status == CredentialStatus::Active));
    world.approved(&signer, &[[1; 32]]).await;
    signer.credential = second;
    world.approved(&signer, &[[2; 32]]).await;
}

#[tokio::test]
async fn a_further_certificate_that_was_refused_is_asked_for_again_by_its_owner_only() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    world.authorities.set_ca_mode(1, CaMode::Refusing("no".into()));
    let request = CertificateRequest { ca_id: "ca-1".into(), key_algorithm: None };
    let refused = world.ssa.request_certificate(signer.id, request).await;
    assert!(matches!(refused, Err(RegistrationError::CaRefused { .. })), "{refused:?}");
    let listed = world.ssa.list_credentials(signer.id).await.unwrap();
    let awaiting = listed.iter().find(|credential| credential.status == CredentialStatus::AwaitingCertificate).unwrap();
    world.authorities.set_ca_mode(1, CaMode::Working);
    let foreign = world.ssa.resume_certificate_request(other.id, &awaiting.id).await;
    assert!(matches!(foreign, Err(RegistrationError::NotFound)), "{foreign:?}");
    assert_eq!(world.ssa.resume_certificate_request(signer.id, &awaiting.id).await.unwrap(), awaiting.id);
}

#[tokio::test]
async fn many_requests_of_one_signer_at_once_all_end_with_the_newest_record() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (ssa, id) = (world.ssa.clone(), signer.id);
            let request = CertificateRequest { ca_id: "ca-1".into(), key_algorithm: None };
            tokio::spawn(async move { ssa.request_certificate(id, request).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(world.ssa.list_credentials(signer.id).await.unwrap().len(), 5);
    world.approved(&signer, &[[1; 32]]).await;
}

#[tokio::test]
async fn a_linked_certificate_whose_answer_was_lost_is_linked_again() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    // As after a stop between the module's answer and our own record of it: the module has the newer record, we have the older.
    world.authorities.set_ca_mode(1, CaMode::Refusing("no".into()));
    let request = CertificateRequest { ca_id: "ca-1".into(), key_algorithm: None };
    world.ssa.request_certificate(signer.id, request).await.unwrap_err();
    world.authorities.set_ca_mode(1, CaMode::Working);
    let listed = world.ssa.list_credentials(signer.id).await.unwrap();
    let awaiting = listed.into_iter().find(|one| one.status == CredentialStatus::AwaitingCertificate).unwrap();
    let stored = world.store.credentials().lookup(awaiting.id.as_str()).await.unwrap().unwrap();
    let registration = world.store.registrations().lookup_by_credential(awaiting.id.as_str()).await.unwrap().unwrap();
    let ca = world.authorities.ca1();
    let now = crate::world::START;
    let certificate = ca.issue(&stored.certification_request, now, &test_support::random::SystemRandomness).unwrap();
    let issued: Vec<Vec<u8>> = std::iter::once(certificate.clone()).chain(ca.chain()).collect();
    world.store.registrations().keep_certificates(&registration.registration_id, &issued).await.unwrap();
    let record = world.store.signers().record(&signer.id.to_string()).await.unwrap().unwrap();
    let link = sam::protocol::message::LinkCertificate {
        record: record.record,
        credential_id: awaiting.id.clone(),
        certificate_der: certificate.clone(),
        issuer_certificate_der: ca.certificate().to_vec(),
    };
    world.client.link_certificate(link).await.unwrap();

    world.ssa.resume_certificate_request(signer.id, &awaiting.id).await.unwrap();
    let linked = world.ssa.credential(signer.id, &awaiting.id).await.unwrap();
    assert_eq!(linked.certificate.unwrap().der, certificate, "the kept certificate, not a second one");
    world.approved(&signer, &[[1; 32]]).await;
}

#[tokio::test]
async fn what_is_not_offered_is_refused_before_anything_is_made() {
    let world = World::new().await;
    let unknown = ssa::RegistrationForm { ca_id: "ca-9".into(), ..form("A") };
    assert!(matches!(world.ssa.start_registration(unknown).await, Err(RegistrationError::UnknownAuthority)));
    let rsa = ssa::RegistrationForm { key_algorithm: Some(KeyAlgorithm::Rsa2048), ..form("A") };
    assert!(matches!(world.ssa.start_registration(rsa).await, Err(RegistrationError::KeyAlgorithmNotOffered)));
    assert!(matches!(
        world.ssa.start_registration(form(" ")).await,
        Err(RegistrationError::InvalidForm { field: "display_name", .. })
    ));
}

#[tokio::test]
async fn a_signer_sees_only_own_credentials() {
    let world = World::new().await;
    let (first, second) = (world.signer("A").await, world.signer("B").await);
    assert!(matches!(world.ssa.credential(first.id, &second.credential).await, Err(CredentialError::NotFound)));
    let unknown: ssa::CredentialId = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    assert!(matches!(world.ssa.credential(first.id, &unknown).await, Err(CredentialError::NotFound)));
    assert_eq!(world.ssa.credential_owner(&second.credential).await.unwrap(), second.id);
    let listed = world.ssa.list_credentials(first.id).await.unwrap();
    assert_eq!(listed.into_iter().map(|credential| credential.id).collect::<Vec<_>>(), [first.credential]);
    let _ = session(1);
}
