//! Registrations, credentials and sealed records.

use crate::cases::{Case, certified, enrolment, new_registration, signer_id};
use std::sync::Arc;
use store::{CredentialStatus, Enrolment, RegistrationState, StoreError};

#[tokio::test]
async fn a_registration_goes_from_started_to_an_active_credential() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let credential = case.store.credentials().lookup("credential-1").await.unwrap().unwrap();
    assert_eq!(credential.status, CredentialStatus::Active);
    assert_eq!(credential.certificate, Some(vec![1; 64]));
    assert_eq!(credential.chain, vec![vec![1], vec![2]]);
    let record = case.store.signers().record(&registration.signer_id).await.unwrap().unwrap();
    assert_eq!((record.revision, record.record), (2, vec![1, 2]));
    let kept = case.store.registrations().lookup(&registration.registration_id).await.unwrap().unwrap();
    assert_eq!(kept.state, RegistrationState::Completed);
}

#[tokio::test]
async fn one_of_many_callers_claims_an_enrolment() {
    let case = Case::new().await;
    case.store.registrations().insert(&new_registration(1)).await.unwrap();
    let store = Arc::new(case.store.clone());
    let claims: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.registrations().claim_enrolment("registration-1", 5).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for claim in claims {
        won += usize::from(claim.await.unwrap());
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn an_expired_registration_is_not_claimed_and_is_swept() {
    let case = Case::new().await;
    case.store.registrations().insert(&new_registration(1)).await.unwrap();
    assert!(!case.store.registrations().claim_enrolment("registration-1", 100).await.unwrap());
    assert_eq!(case.store.registrations().delete_expired(100).await.unwrap(), 1);
    assert_eq!(case.store.registrations().lookup("registration-1").await.unwrap(), None);
}

#[tokio::test]
async fn a_refused_request_can_be_made_again_and_a_claimed_one_only_when_it_is_stale() {
    let case = Case::new().await;
    let registration = case.enrolled(1).await;
    let registrations = case.store.registrations();
    let id = &registration.registration_id;
    assert!(registrations.claim_request(id, 20, 60).await.unwrap());
    assert!(!registrations.claim_request(id, 79, 60).await.unwrap());
    assert!(registrations.claim_request(id, 80, 60).await.unwrap());
    assert!(registrations.release_request(id, "the authority said no").await.unwrap());
    assert_eq!(registrations.lookup(id).await.unwrap().unwrap().failure.as_deref(), Some("the authority said no"));
    assert!(registrations.claim_request(id, 81, 60).await.unwrap());
}

#[tokio::test]
async fn an_issued_certificate_is_kept_until_it_is_linked_or_thrown_away() {
    let case = Case::new().await;
    let registration = case.enrolled(1).await;
    let registrations = case.store.registrations();
    let id = &registration.registration_id;
    let issued = [vec![1; 64], vec![2], vec![3]];
    assert!(registrations.kept_certificates(id).await.unwrap().is_empty());
    registrations.keep_certificates(id, &issued).await.unwrap();
    assert!(matches!(registrations.keep_certificates(id, &[vec![9]]).await, Err(StoreError::Conflict)));
    assert_eq!(registrations.kept_certificates(id).await.unwrap(), issued);
    registrations.drop_certificates(id).await.unwrap();
    assert!(registrations.kept_certificates(id).await.unwrap().is_empty());
    registrations.keep_certificates(id, &issued).await.unwrap();
    registrations.claim_request(id, 12, 60).await.unwrap();
    assert!(registrations.complete(&registration, &certified(1, 1), 13).await.unwrap());
    assert!(registrations.kept_certificates(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_has_one_certificate_and_a_certificate_one_key() {
    let case = Case::new().await;
    case.active(1).await;
    let other = case.enrolled(2).await;
    let registrations = case.store.registrations();
    assert!(registrations.claim_request(&other.registration_id, 12, 60).await.unwrap());
    let stolen = registrations.complete(&other, &certified(1, 1), 13).await;
    assert!(matches!(stolen, Err(StoreError::Conflict)), "{stolen:?}");
    let kept = case.store.credentials().lookup("credential-2").await.unwrap().unwrap();
    assert_eq!(kept.status, CredentialStatus::AwaitingCertificate);
    assert!(kept.chain.is_empty());
}

#[tokio::test]
async fn the_same_public_key_is_not_kept_twice() {
    let case = Case::new().await;
    case.enrolled(1).await;
    let new = new_registration(2);
    let registrations = case.store.registrations();
    registrations.insert(&new).await.unwrap();
    registrations.claim_enrolment(&new.registration_id, 10).await.unwrap();
    let registration = registrations.lookup(&new.registration_id).await.unwrap().unwrap();
    let twice = Enrolment { spki_sha256: vec![1; 32], ..enrolment(2) };
    assert!(matches!(registrations.record_enrolment(&registration, &twice, 11).await, Err(StoreError::Conflict)));
    assert_eq!(case.store.signers().lookup(&signer_id(2)).await.unwrap(), None, "nothing of it was kept");
}

#[tokio::test]
async fn a_record_is_replaced_only_from_the_revision_that_was_read() {
    let case = Case::new().await;
    let registration = case.enrolled(1).await;
    let registrations = case.store.registrations();
    registrations.claim_request(&registration.registration_id, 12, 60).await.unwrap();
    assert!(!registrations.complete(&registration, &certified(1, 7), 13).await.unwrap());
    let credential = case.store.credentials().lookup("credential-1").await.unwrap().unwrap();
    assert_eq!((credential.status, credential.certificate), (CredentialStatus::AwaitingCertificate, None));
    assert!(registrations.complete(&registration, &certified(1, 1), 13).await.unwrap());
}

#[tokio::test]
async fn a_failed_registration_refuses_its_credential_and_a_completed_one_cannot_fail() {
    let case = Case::new().await;
    let registration = case.enrolled(1).await;
    assert!(case.store.registrations().fail(&registration, "no").await.unwrap());
    assert!(!case.store.registrations().fail(&registration, "no").await.unwrap());
    let credential = case.store.credentials().lookup("credential-1").await.unwrap().unwrap();
    assert_eq!(credential.status, CredentialStatus::Refused);
    let done = case.active(2).await;
    assert!(!case.store.registrations().fail(&done, "no").await.unwrap());
}

#[tokio::test]
async fn a_signer_lists_its_own_credentials_only() {
    let case = Case::new().await;
    case.active(1).await;
    case.enrolled(2).await;
    let ids =
        |list: Vec<store::Credential>| list.into_iter().map(|credential| credential.credential_id).collect::<Vec<_>>();
    let first = case.store.credentials().list(&signer_id(1)).await.unwrap();
    assert_eq!(first[0].chain.len(), 2);
    assert_eq!(ids(first), ["credential-1"]);
    assert_eq!(ids(case.store.credentials().list(&signer_id(2)).await.unwrap()), ["credential-2"]);
    assert!(case.store.credentials().list(&signer_id(3)).await.unwrap().is_empty());
}
