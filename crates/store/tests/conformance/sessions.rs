//! Login challenges, sessions and passkeys.

use crate::cases::{Case, signer_id};
use store::{Session, StoreError};

#[tokio::test]
async fn a_login_challenge_is_taken_once_and_not_after_its_time() {
    let case = Case::new().await;
    let sessions = case.store.sessions();
    sessions.insert_challenge("a", &[1; 32], 50).await.unwrap();
    sessions.insert_challenge("b", &[2; 32], 50).await.unwrap();
    assert_eq!(sessions.take_challenge("a", 49).await.unwrap(), Some(vec![1; 32]));
    assert_eq!(sessions.take_challenge("a", 49).await.unwrap(), None);
    assert_eq!(sessions.take_challenge("b", 50).await.unwrap(), None);
    assert!(matches!(
        {
            sessions.insert_challenge("c", &[3; 32], 50).await.unwrap();
            sessions.insert_challenge("c", &[3; 32], 50).await
        },
        Err(StoreError::Conflict)
    ));
}

#[tokio::test]
async fn a_session_lives_until_it_expires_or_ends() {
    let case = Case::new().await;
    case.enrolled(1).await;
    let sessions = case.store.sessions();
    let session = Session { signer_id: signer_id(1), created_at: 10, expires_at: 20 };
    sessions.insert(&[1; 32], &session).await.unwrap();
    assert_eq!(sessions.lookup(&[1; 32], 19).await.unwrap(), Some(session.clone()));
    assert_eq!(sessions.lookup(&[1; 32], 20).await.unwrap(), None);
    assert_eq!(sessions.lookup(&[2; 32], 19).await.unwrap(), None);
    sessions.delete(&[1; 32]).await.unwrap();
    sessions.delete(&[1; 32]).await.unwrap();
    assert_eq!(sessions.lookup(&[1; 32], 19).await.unwrap(), None);
    sessions.insert(&[3; 32], &session).await.unwrap();
    assert_eq!(sessions.delete_expired(20).await.unwrap(), 1);
}

#[tokio::test]
async fn a_session_needs_a_signer() {
    let case = Case::new().await;
    let session = Session { signer_id: signer_id(9), created_at: 10, expires_at: 20 };
    assert!(matches!(case.store.sessions().insert(&[1; 32], &session).await, Err(StoreError::Internal(_))));
}

#[tokio::test]
async fn a_passkey_counter_must_grow_unless_it_stays_zero() {
    let case = Case::new().await;
    case.enrolled(1).await;
    let passkeys = case.store.passkeys();
    let id = [1; 16];
    for (count, accepted) in [(0, true), (0, true), (5, true), (5, false), (4, false), (0, false), (6, true)] {
        assert_eq!(passkeys.record_use(&id, count, 30).await.unwrap(), accepted, "{count}");
    }
    let passkey = passkeys.lookup(&id).await.unwrap().unwrap();
    assert_eq!((passkey.sign_count, passkey.last_used_at), (6, Some(30)));
    assert!(!passkeys.record_use(b"unknown", 1, 30).await.unwrap());
}
