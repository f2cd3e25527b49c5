//! Activation tickets and receipts.

use crate::cases::{Case, hash, new_ticket, signed};
use store::{HashState, NewTicket, StoreError, TakeOutcome, TicketState};

#[tokio::test]
async fn the_first_session_owns_a_ticket() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let new = new_ticket(&registration, 1);
    let tickets = case.store.tickets();
    tickets.insert(&new).await.unwrap();
    assert!(tickets.bind(&new.ticket_id, &[1; 32]).await.unwrap());
    assert!(tickets.bind(&new.ticket_id, &[1; 32]).await.unwrap());
    assert!(!tickets.bind(&new.ticket_id, &[2; 32]).await.unwrap());
    assert!(!tickets.bind("no such ticket", &[1; 32]).await.unwrap());
}

#[tokio::test]
async fn a_ticket_is_requested_some_times_and_answered_once_for_the_newest_request() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let new = new_ticket(&registration, 1);
    let id = new.ticket_id.as_str();
    let tickets = case.store.tickets();
    tickets.insert(&new).await.unwrap();
    assert!(!tickets.claim_approval(id, b"one", 20).await.unwrap(), "not requested yet");
    assert!(tickets.record_request(id, b"one", &[1; 32], 2, 20).await.unwrap());
    assert!(tickets.record_request(id, b"two", &[2; 32], 2, 20).await.unwrap());
    assert!(!tickets.record_request(id, b"three", &[3; 32], 2, 20).await.unwrap(), "attempts are limited");
    assert!(!tickets.claim_approval(id, b"one", 20).await.unwrap(), "an earlier request is void");
    assert!(!tickets.claim_approval(id, b"two", 60).await.unwrap(), "too late");
    assert!(tickets.claim_approval(id, b"two", 20).await.unwrap());
    assert!(!tickets.claim_approval(id, b"two", 20).await.unwrap(), "answered once");
    assert!(!tickets.record_request(id, b"four", &[4; 32], 9, 20).await.unwrap(), "not while it is being answered");
}

#[tokio::test]
async fn a_reopened_ticket_asks_anew_and_a_refused_one_is_over() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let new = new_ticket(&registration, 1);
    let id = new.ticket_id.as_str();
    let tickets = case.store.tickets();
    tickets.insert(&new).await.unwrap();
    tickets.record_request(id, b"one", &[1; 32], 5, 20).await.unwrap();
    tickets.claim_approval(id, b"one", 20).await.unwrap();
    assert!(tickets.reopen(id).await.unwrap());
    let ticket = tickets.lookup(id).await.unwrap().unwrap();
    assert_eq!((ticket.state, ticket.sar), (TicketState::Open, None));
    assert!(tickets.refuse(id, "declined").await.unwrap());
    assert!(!tickets.refuse(id, "declined").await.unwrap());
    assert!(!tickets.record_request(id, b"two", &[1; 32], 5, 20).await.unwrap());
    assert_eq!(tickets.lookup(id).await.unwrap().unwrap().refusal.as_deref(), Some("declined"));
}

#[tokio::test]
async fn a_ticket_holds_a_hash_once() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let twice = NewTicket { hashes: vec![hash(1), hash(1)], ..new_ticket(&registration, 0) };
    assert!(matches!(case.store.tickets().insert(&twice).await, Err(StoreError::Conflict)));
    assert!(case.store.tickets().lookup(&twice.ticket_id).await.unwrap().is_none());
}

#[tokio::test]
async fn hashes_are_taken_all_or_none_and_once() {
    let case = Case::new().await;
    let id = case.approved_ticket(1, 3).await;
    let tickets = case.store.tickets();
    let hashes = |numbers: &[u8]| numbers.iter().map(|number| vec![*number; 32]).collect::<Vec<_>>();
    assert_eq!(tickets.take(&id, &hashes(&[0, 9]), 20).await.unwrap(), TakeOutcome::NotOpen);
    assert_eq!(tickets.take(&id, &hashes(&[0, 1]), 20).await.unwrap(), TakeOutcome::Taken);
    assert_eq!(tickets.take(&id, &hashes(&[1, 2]), 20).await.unwrap(), TakeOutcome::NotOpen);
    assert_eq!(tickets.take(&id, &hashes(&[2]), 90).await.unwrap(), TakeOutcome::NotApproved);
    assert_eq!(tickets.take(&id, &hashes(&[2]), 89).await.unwrap(), TakeOutcome::Taken);
    tickets.release(&id, &hashes(&[2])).await.unwrap();
    assert_eq!(tickets.take(&id, &hashes(&[2]), 89).await.unwrap(), TakeOutcome::Taken);
}

#[tokio::test]
async fn a_hundred_callers_take_a_hash_once() {
    let case = Case::new().await;
    let id = case.approved_ticket(1, 1).await;
    let takes: Vec<_> = (0..100)
        .map(|_| {
            let (store, id) = (case.store.clone(), id.clone());
            tokio::spawn(async move { store.tickets().take(&id, &[vec![0; 32]], 20).await.unwrap() })
        })
        .collect();
    let mut taken = 0;
    for take in takes {
        taken += usize::from(take.await.unwrap() == TakeOutcome::Taken);
    }
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn signatures_are_kept_with_their_receipts_and_the_last_one_ends_the_ticket() {
    let case = Case::new().await;
    let id = case.approved_ticket(1, 2).await;
    let tickets = case.store.tickets();
    let ticket = tickets.lookup(&id).await.unwrap().unwrap();
    assert!(!tickets.record_signatures(&ticket, &[signed(0, 10)], 21).await.unwrap(), "it was not taken");
    tickets.take(&id, &[vec![0; 32]], 20).await.unwrap();
    assert!(tickets.record_signatures(&ticket, &[signed(0, 10)], 21).await.unwrap());
    assert_eq!(tickets.lookup(&id).await.unwrap().unwrap().state, TicketState::Approved);
    tickets.take(&id, &[vec![1; 32]], 20).await.unwrap();
    assert!(tickets.record_signatures(&ticket, &[signed(1, 11)], 22).await.unwrap());
    assert_eq!(tickets.lookup(&id).await.unwrap().unwrap().state, TicketState::Used);
    let hashes = tickets.hashes(&id).await.unwrap();
    assert!(hashes.iter().all(|item| item.state == HashState::Signed && item.signature_value.is_some()));
    tickets.release(&id, &[vec![0; 32]]).await.unwrap();
    assert_eq!(tickets.hashes(&id).await.unwrap(), hashes, "a signed hash is never given back");
    let receipt = case.store.receipts().lookup(&[11; 32]).await.unwrap().unwrap();
    assert_eq!((receipt.receipt.as_str(), receipt.created_at), ("receipt 11", 22));
    assert_eq!(case.store.receipts().lookup(&[12; 32]).await.unwrap(), None);
}

#[tokio::test]
async fn ended_tickets_go_and_their_receipts_stay() {
    let case = Case::new().await;
    let id = case.approved_ticket(1, 1).await;
    let tickets = case.store.tickets();
    let ticket = tickets.lookup(&id).await.unwrap().unwrap();
    tickets.take(&id, &[vec![0; 32]], 20).await.unwrap();
    tickets.record_signatures(&ticket, &[signed(0, 10)], 21).await.unwrap();
    assert_eq!(tickets.delete_ended(89).await.unwrap(), 0, "the approval outlives the ticket's own time");
    assert_eq!(tickets.delete_ended(90).await.unwrap(), 1);
    assert!(tickets.hashes(&id).await.unwrap().is_empty());
    assert!(case.store.receipts().lookup(&[10; 32]).await.unwrap().is_some());
}
