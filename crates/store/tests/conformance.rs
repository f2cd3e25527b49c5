//! What every database under this store must do. One suite; it asks for a [`Store`] and knows nothing of what is behind it.

use std::sync::Arc;
use store::{
    Certified, CredentialStatus, DocumentState, Enrolment, HashState, NewDocument, NewRegistration, NewSigner,
    NewTicket, NewTicketHash, PreparedDocument, Purpose, Registration, RegistrationState, Session, SignedHash,
    SignedRecord, Store, StoreError, StoreOptions, TakeOutcome, TicketState, TimestampRecord,
};

/// A store with a folder that goes with it.
struct Case {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Case {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(folder.path())).await.unwrap();
        Self { store, _folder: folder }
    }

    /// A registration that has reached `Enrolled`.
    async fn enrolled(&self, tag: u8) -> Registration {
        let new = new_registration(tag);
        let registrations = self.store.registrations();
        registrations.insert(&new).await.unwrap();
        assert!(registrations.claim_enrolment(&new.registration_id, 10).await.unwrap());
        let registration = registrations.lookup(&new.registration_id).await.unwrap().unwrap();
        assert!(
            registrations
                .record_enrolment(&registration, &enrolment(tag), 11)
                .await
                .unwrap()
        );
        registration
    }

    /// A signer with an active credential.
    async fn active(&self, tag: u8) -> Registration {
        let registration = self.enrolled(tag).await;
        let registrations = self.store.registrations();
        assert!(
            registrations
                .claim_request(&registration.registration_id, 12, 60)
                .await
                .unwrap()
        );
        assert!(
            registrations
                .complete(&registration, &certified(tag, 1), 13)
                .await
                .unwrap()
        );
        registration
    }

    async fn approved_ticket(&self, tag: u8, hashes: u8) -> String {
        let registration = self.active(tag).await;
        let new = new_ticket(&registration, hashes);
        let tickets = self.store.tickets();
        tickets.insert(&new).await.unwrap();
        assert!(
            tickets
                .record_request(&new.ticket_id, b"sar", &[1; 32], 5, 20)
                .await
                .unwrap()
        );
        assert!(tickets.claim_approval(&new.ticket_id, b"sar", 20).await.unwrap());
        assert!(tickets.record_approval(&new.ticket_id, &[2; 32], 90).await.unwrap());
        new.ticket_id
    }

    /// An uploaded document of a new signer.
    async fn document(&self, tag: u8) -> String {
        self.enrolled(tag).await;
        let new = NewDocument {
            document_id: format!("document-{tag}"),
            signer_id: signer_id(tag),
            file_name: "契約書.pdf".into(),
            size: 5,
            sha256: vec![tag; 32],
            created_at: 10,
            expires_at: 1000,
        };
        self.store.documents().insert(&new).await.unwrap();
        new.document_id
    }
}

fn signer_id(tag: u8) -> String {
    format!("{tag:02x}").repeat(16)
}

fn new_registration(tag: u8) -> NewRegistration {
    NewRegistration {
        registration_id: format!("registration-{tag}"),
        purpose: Purpose::Signer,
        signer_id: signer_id(tag),
        credential_id: format!("credential-{tag}"),
        form: "{}".into(),
        subject: vec![0x30, 0],
        assertion: vec![tag],
        challenge: vec![tag; 32],
        created_at: 1,
        expires_at: 100,
    }
}

fn enrolment(tag: u8) -> Enrolment {
    Enrolment {
        signer: Some(NewSigner {
            display_name: "山田 太郎".into(),
            profile: "{}".into(),
            passkey_id: vec![tag; 16],
            public_key: vec![0xa0],
            sign_count: 0,
        }),
        from_revision: 0,
        record: vec![tag, 1],
        key_algorithm: "k".into(),
        ca_id: "ca".into(),
        sealed_key: vec![tag; 8],
        spki_sha256: vec![tag; 32],
        certification_request: vec![tag; 4],
    }
}

fn certified(tag: u8, from_revision: i64) -> Certified {
    Certified {
        certificate: vec![tag; 64],
        certificate_sha256: vec![tag ^ 0xff; 32],
        chain: vec![vec![1], vec![2]],
        from_revision,
        record: vec![tag, 2],
    }
}

fn new_ticket(registration: &Registration, hashes: u8) -> NewTicket {
    NewTicket {
        ticket_id: format!("ticket-of-{}", registration.credential_id),
        signer_id: registration.signer_id.clone(),
        credential_id: registration.credential_id.clone(),
        hash_algorithm: "2.16.840.1.101.3.4.2.1".into(),
        signature_algorithm: "1.2.840.10045.4.3.2".into(),
        client_id: "client".into(),
        client_name: "A client".into(),
        redirect_uri: "https://client.example/cb".into(),
        purpose: "signature".into(),
        return_to: "https://portal.example/".into(),
        document_id: None,
        hashes: (0..hashes).map(hash).collect(),
        created_at: 14,
        expires_at: 60,
    }
}

fn hash(number: u8) -> NewTicketHash {
    NewTicketHash {
        hash: vec![number; 32],
        label: format!("document {number}"),
        document_sha256: vec![number; 32],
    }
}

fn signed(number: u8, value: u8) -> SignedHash {
    SignedHash {
        hash: vec![number; 32],
        signature_value: vec![value; 70],
        signature_sha256: vec![value; 32],
        receipt: format!("receipt {value}"),
    }
}

// --- registration ---

#[tokio::test]
async fn a_registration_goes_from_started_to_an_active_credential() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let credential = case.store.credentials().lookup("credential-1").await.unwrap().unwrap();
    assert_eq!(credential.status, CredentialStatus::Active);
    assert_eq!(credential.certificate, Some(vec![1; 64]));
    assert_eq!(credential.chain, vec![vec![1], vec![2]]);
    let record = case
        .store
        .signers()
        .record(&registration.signer_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.revision, record.record), (2, vec![1, 2]));
    let kept = case
        .store
        .registrations()
        .lookup(&registration.registration_id)
        .await
        .unwrap()
        .unwrap();
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
            tokio::spawn(async move {
                store
                    .registrations()
                    .claim_enrolment("registration-1", 5)
                    .await
                    .unwrap()
            })
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
    assert!(
        !case
            .store
            .registrations()
            .claim_enrolment("registration-1", 100)
            .await
            .unwrap()
    );
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
    assert!(
        registrations
            .release_request(id, "the authority said no")
            .await
            .unwrap()
    );
    assert_eq!(
        registrations.lookup(id).await.unwrap().unwrap().failure.as_deref(),
        Some("the authority said no")
    );
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
    assert!(matches!(
        registrations.keep_certificates(id, &[vec![9]]).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(registrations.kept_certificates(id).await.unwrap(), issued);
    registrations.drop_certificates(id).await.unwrap();
    assert!(registrations.kept_certificates(id).await.unwrap().is_empty());
    registrations.keep_certificates(id, &issued).await.unwrap();
    registrations.claim_request(id, 12, 60).await.unwrap();
    assert!(
        registrations
            .complete(&registration, &certified(1, 1), 13)
            .await
            .unwrap()
    );
    assert!(registrations.kept_certificates(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_has_one_certificate_and_a_certificate_one_key() {
    let case = Case::new().await;
    case.active(1).await;
    let other = case.enrolled(2).await;
    let registrations = case.store.registrations();
    assert!(
        registrations
            .claim_request(&other.registration_id, 12, 60)
            .await
            .unwrap()
    );
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
    let twice = Enrolment {
        spki_sha256: vec![1; 32],
        ..enrolment(2)
    };
    assert!(matches!(
        registrations.record_enrolment(&registration, &twice, 11).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(
        case.store.signers().lookup(&signer_id(2)).await.unwrap(),
        None,
        "nothing of it was kept"
    );
}

#[tokio::test]
async fn a_record_is_replaced_only_from_the_revision_that_was_read() {
    let case = Case::new().await;
    let registration = case.enrolled(1).await;
    let registrations = case.store.registrations();
    registrations
        .claim_request(&registration.registration_id, 12, 60)
        .await
        .unwrap();
    assert!(
        !registrations
            .complete(&registration, &certified(1, 7), 13)
            .await
            .unwrap()
    );
    let credential = case.store.credentials().lookup("credential-1").await.unwrap().unwrap();
    assert_eq!(
        (credential.status, credential.certificate),
        (CredentialStatus::AwaitingCertificate, None)
    );
    assert!(
        registrations
            .complete(&registration, &certified(1, 1), 13)
            .await
            .unwrap()
    );
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
    let ids = |list: Vec<store::Credential>| {
        list.into_iter()
            .map(|credential| credential.credential_id)
            .collect::<Vec<_>>()
    };
    let first = case.store.credentials().list(&signer_id(1)).await.unwrap();
    assert_eq!(first[0].chain.len(), 2);
    assert_eq!(ids(first), ["credential-1"]);
    assert_eq!(
        ids(case.store.credentials().list(&signer_id(2)).await.unwrap()),
        ["credential-2"]
    );
    assert!(case.store.credentials().list(&signer_id(3)).await.unwrap().is_empty());
}

// --- login ---

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
    let session = Session {
        signer_id: signer_id(1),
        created_at: 10,
        expires_at: 20,
    };
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
    let session = Session {
        signer_id: signer_id(9),
        created_at: 10,
        expires_at: 20,
    };
    assert!(matches!(
        case.store.sessions().insert(&[1; 32], &session).await,
        Err(StoreError::Internal(_))
    ));
}

#[tokio::test]
async fn a_passkey_counter_must_grow_unless_it_stays_zero() {
    let case = Case::new().await;
    case.enrolled(1).await;
    let passkeys = case.store.passkeys();
    let id = [1; 16];
    for (count, accepted) in [
        (0, true),
        (0, true),
        (5, true),
        (5, false),
        (4, false),
        (0, false),
        (6, true),
    ] {
        assert_eq!(passkeys.record_use(&id, count, 30).await.unwrap(), accepted, "{count}");
    }
    let passkey = passkeys.lookup(&id).await.unwrap().unwrap();
    assert_eq!((passkey.sign_count, passkey.last_used_at), (6, Some(30)));
    assert!(!passkeys.record_use(b"unknown", 1, 30).await.unwrap());
}

// --- tickets ---

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
    assert!(
        !tickets.claim_approval(id, b"one", 20).await.unwrap(),
        "not requested yet"
    );
    assert!(tickets.record_request(id, b"one", &[1; 32], 2, 20).await.unwrap());
    assert!(tickets.record_request(id, b"two", &[2; 32], 2, 20).await.unwrap());
    assert!(
        !tickets.record_request(id, b"three", &[3; 32], 2, 20).await.unwrap(),
        "attempts are limited"
    );
    assert!(
        !tickets.claim_approval(id, b"one", 20).await.unwrap(),
        "an earlier request is void"
    );
    assert!(!tickets.claim_approval(id, b"two", 60).await.unwrap(), "too late");
    assert!(tickets.claim_approval(id, b"two", 20).await.unwrap());
    assert!(!tickets.claim_approval(id, b"two", 20).await.unwrap(), "answered once");
    assert!(
        !tickets.record_request(id, b"four", &[4; 32], 9, 20).await.unwrap(),
        "not while it is being answered"
    );
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
    assert_eq!(
        tickets.lookup(id).await.unwrap().unwrap().refusal.as_deref(),
        Some("declined")
    );
}

#[tokio::test]
async fn a_ticket_holds_a_hash_once() {
    let case = Case::new().await;
    let registration = case.active(1).await;
    let twice = NewTicket {
        hashes: vec![hash(1), hash(1)],
        ..new_ticket(&registration, 0)
    };
    assert!(matches!(
        case.store.tickets().insert(&twice).await,
        Err(StoreError::Conflict)
    ));
    assert!(case.store.tickets().lookup(&twice.ticket_id).await.unwrap().is_none());
}

#[tokio::test]
async fn hashes_are_taken_all_or_none_and_once() {
    let case = Case::new().await;
    let id = case.approved_ticket(1, 3).await;
    let tickets = case.store.tickets();
    let hashes = |numbers: &[u8]| numbers.iter().map(|number| vec![*number; 32]).collect::<Vec<_>>();
    assert_eq!(
        tickets.take(&id, &hashes(&[0, 9]), 20).await.unwrap(),
        TakeOutcome::NotOpen
    );
    assert_eq!(
        tickets.take(&id, &hashes(&[0, 1]), 20).await.unwrap(),
        TakeOutcome::Taken
    );
    assert_eq!(
        tickets.take(&id, &hashes(&[1, 2]), 20).await.unwrap(),
        TakeOutcome::NotOpen
    );
    assert_eq!(
        tickets.take(&id, &hashes(&[2]), 90).await.unwrap(),
        TakeOutcome::NotApproved
    );
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
    assert!(
        !tickets.record_signatures(&ticket, &[signed(0, 10)], 21).await.unwrap(),
        "it was not taken"
    );
    tickets.take(&id, &[vec![0; 32]], 20).await.unwrap();
    assert!(tickets.record_signatures(&ticket, &[signed(0, 10)], 21).await.unwrap());
    assert_eq!(tickets.lookup(&id).await.unwrap().unwrap().state, TicketState::Approved);
    tickets.take(&id, &[vec![1; 32]], 20).await.unwrap();
    assert!(tickets.record_signatures(&ticket, &[signed(1, 11)], 22).await.unwrap());
    assert_eq!(tickets.lookup(&id).await.unwrap().unwrap().state, TicketState::Used);
    let hashes = tickets.hashes(&id).await.unwrap();
    assert!(
        hashes
            .iter()
            .all(|item| item.state == HashState::Signed && item.signature_value.is_some())
    );
    tickets.release(&id, &[vec![0; 32]]).await.unwrap();
    assert_eq!(
        tickets.hashes(&id).await.unwrap(),
        hashes,
        "a signed hash is never given back"
    );
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
    assert_eq!(
        tickets.delete_ended(89).await.unwrap(),
        0,
        "the approval outlives the ticket's own time"
    );
    assert_eq!(tickets.delete_ended(90).await.unwrap(), 1);
    assert!(tickets.hashes(&id).await.unwrap().is_empty());
    assert!(case.store.receipts().lookup(&[10; 32]).await.unwrap().is_some());
}

// --- documents ---

fn prepared(dtbsr: u8) -> PreparedDocument {
    PreparedDocument {
        credential_id: "credential-1".into(),
        prepared: vec![1],
        dtbsr: vec![dtbsr; 32],
        keep: 0,
    }
}

fn timestamp() -> TimestampRecord {
    TimestampRecord {
        token: vec![7],
        authority: "TSA".into(),
        time: 40,
    }
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
    assert!(
        !documents.record_signature(&id, &[6; 70], 5000).await.unwrap(),
        "the first value stays"
    );
    let finished = SignedRecord {
        sha256: vec![8; 32],
        size: 99,
    };
    assert!(
        !documents.record_signed(&id, &finished).await.unwrap(),
        "not without a time-stamp"
    );
    assert!(documents.record_timestamp(&id, &timestamp()).await.unwrap());
    assert!(documents.record_signed(&id, &finished).await.unwrap());
    assert!(documents.record_delivery(&id, 700, 9000).await.unwrap());
    let document = documents.lookup(&id).await.unwrap().unwrap();
    assert_eq!((document.state, document.expires_at), (DocumentState::Delivered, 700));
    assert_eq!(document.signature_value, Some(vec![5; 70]));
    assert!(
        !documents.record_delivery(&id, 800, 9000).await.unwrap(),
        "a repeated download does not prolong"
    );
}

#[tokio::test]
async fn a_document_that_is_kept_stays_longer() {
    let case = Case::new().await;
    let id = case.document(1).await;
    let documents = case.store.documents();
    documents
        .record_preparation(&id, &PreparedDocument { keep: 1, ..prepared(1) })
        .await
        .unwrap();
    documents.record_ticket(&id, &[1; 32], "t").await.unwrap();
    documents.claim(&id, 30, 60).await.unwrap();
    documents.record_signature(&id, &[5; 70], 5000).await.unwrap();
    documents.record_timestamp(&id, &timestamp()).await.unwrap();
    documents
        .record_signed(
            &id,
            &SignedRecord {
                sha256: vec![8; 32],
                size: 99,
            },
        )
        .await
        .unwrap();
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
    documents
        .release(&id, DocumentState::Pending, "no time-stamp")
        .await
        .unwrap();
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
    assert_eq!(
        (document.prepared, document.dtbsr, document.page_report),
        (None, None, None)
    );
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
    assert_eq!(documents.expired(1000, 60).await.unwrap(), [first.clone()]);
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
    assert_eq!(
        store.sessions().take_challenge("a", 1).await.unwrap(),
        Some(vec![1; 32])
    );
}
