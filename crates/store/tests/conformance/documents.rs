//! Documents, and what a restart leaves.

use crate::cases::{Case, signer_id};
use store::{DocumentState, PreparedDocument, SignedRecord, Store, StoreOptions, TimestampRecord};

fn prepared(dtbsr: u8) -> PreparedDocument {
    PreparedDocument { credential_id: "credential-1".into(), prepared: vec![1], dtbsr: vec![dtbsr; 32], keep: 0 }
}

fn timestamp() -> TimestampRecord {
    TimestampRecord { token: vec![7], authority: "TSA".into(), time: 40 }
}

#[tokio::test]
async fn a_document_goes_from_upload_to_delivery() {
    let case = Case::new().await;
    let id = case.document(1).await;
    let documents = case.store.documents();
    assert!(documents.record_preparation(&id, &prepared(1)).await.unwrap());
    assert!(documents.record_ticket(&id, &[1; 32], "t").await.unwrap());
    assert!(documents.claim(&id, 30, 60).await.unwrap());
    assert!(!documents.claim(&id, 31, 60).await.unwrap(), "one at a time");
    assert!(documents.record_signature(&id, &[5; 70], 5000).await.unwrap());
    assert!(!documents.record_signature(&id, &[6; 70], 5000).await.unwrap(), "the first value stays");
    let finished = SignedRecord { sha256: vec![8; 32], size: 99 };
    assert!(!documents.record_signed(&id, &finished).await.unwrap(), "not without a time-stamp");
    assert!(documents.record_timestamp(&id, &timestamp()).await.unwrap());
    assert!(documents.record_signed(&id, &finished).await.unwrap());
    assert!(documents.record_delivery(&id, 700, 9000).await.unwrap());
    let document = documents.lookup(&id).await.unwrap().unwrap();
    assert_eq!((document.state, document.expires_at), (DocumentState::Delivered, 700));
    assert_eq!(document.signature_value, Some(vec![5; 70]));
    assert!(!documents.record_delivery(&id, 800, 9000).await.unwrap(), "a repeated download does not prolong");
}

#[tokio::test]
async fn a_document_that_is_kept_stays_longer() {
    let case = Case::new().await;
    let id = case.document(1).await;
    let documents = case.store.documents();
    documents.record_preparation(&id, &PreparedDocument { keep: 1, ..prepared(1) }).await.unwrap();
    documents.record_ticket(&id, &[1; 32], "t").await.unwrap();
    documents.claim(&id, 30, 60).await.unwrap();
    documents.record_signature(&id, &[5; 70], 5000).await.unwrap();
    documents.record_timestamp(&id, &timestamp()).await.unwrap();
    documents.record_signed(&id, &SignedRecord { sha256: vec![8; 32], size: 99 }).await.unwrap();
    documents.record_delivery(&id, 700, 9000).await.unwrap();
    assert_eq!(documents.lookup(&id).await.unwrap().unwrap().expires_at, 9000);
}

#[tokio::test]
async fn a_ticket_for_an_earlier_preparation_is_not_noted() {
    let case = Case::new().await;
    let id = case.document(1).await;
    let documents = case.store.documents();
    documents.record_preparation(&id, &prepared(1)).await.unwrap();
    documents.record_preparation(&id, &prepared(2)).await.unwrap();
    assert!(!documents.record_ticket(&id, &[1; 32], "t").await.unwrap());
    assert!(documents.record_ticket(&id, &[2; 32], "t").await.unwrap());
}

#[tokio::test]
async fn a_signed_document_is_never_prepared_again() {
    let case = Case::new().await;
    let id = case.document(1).await;
    let documents = case.store.documents();
    documents.record_preparation(&id, &prepared(1)).await.unwrap();
    documents.record_ticket(&id, &[1; 32], "t").await.unwrap();
    documents.claim(&id, 30, 60).await.unwrap();
    documents.record_signature(&id, &[5; 70], 5000).await.unwrap();
    documents.release(&id, DocumentState::Pending, "no time-stamp").await.unwrap();
    assert!(!documents.record_preparation(&id, &prepared(2)).await.unwrap());
    assert!(!documents.record_ticket(&id, &[1; 32], "u").await.unwrap());
    assert!(documents.claim(&id, 40, 60).await.unwrap(), "it can be finished");
    let document = documents.lookup(&id).await.unwrap().unwrap();
    assert_eq!(document.expires_at, 5000, "and there is time for it");
}

#[tokio::test]
async fn a_forgotten_document_tells_nothing_and_is_not_listed() {
    let case = Case::new().await;
    let id = case.document(1).await;
    let documents = case.store.documents();
    documents.record_page_report(&id, "{}").await.unwrap();
    documents.record_preparation(&id, &prepared(1)).await.unwrap();
    assert_eq!(documents.list(&signer_id(1)).await.unwrap().len(), 1);
    assert!(documents.list(&signer_id(2)).await.unwrap().is_empty());
    assert!(documents.forget(&id).await.unwrap());
    assert!(!documents.forget(&id).await.unwrap());
    let document = documents.lookup(&id).await.unwrap().unwrap();
    assert_eq!(document.file_name, "");
    assert_eq!((document.prepared, document.dtbsr, document.page_report), (None, None, None));
    assert!(documents.list(&signer_id(1)).await.unwrap().is_empty());
    assert!(!documents.record_page_report(&id, "{}").await.unwrap());
}

#[tokio::test]
async fn expired_documents_are_named_except_one_that_is_being_signed() {
    let case = Case::new().await;
    let (first, second) = (case.document(1).await, case.document(2).await);
    let documents = case.store.documents();
    documents.record_preparation(&second, &prepared(1)).await.unwrap();
    documents.record_ticket(&second, &[1; 32], "t").await.unwrap();
    documents.claim(&second, 990, 60).await.unwrap();
    assert!(documents.expired(999, 60).await.unwrap().is_empty());
    assert_eq!(documents.expired(1000, 60).await.unwrap(), std::slice::from_ref(&first));
    let mut all = documents.expired(1050, 60).await.unwrap();
    all.sort();
    assert_eq!(all, [first.clone(), second]);
    documents.forget(&first).await.unwrap();
    assert!(!documents.expired(1050, 60).await.unwrap().contains(&first));
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(folder.path());
    let store = Store::open(&options).await.unwrap();
    store.sessions().insert_challenge("a", &[1; 32], 50).await.unwrap();
    store.close().await;
    let store = Store::open(&options).await.unwrap();
    assert_eq!(store.sessions().take_challenge("a", 1).await.unwrap(), Some(vec![1; 32]));
}
