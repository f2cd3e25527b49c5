//! Records on their way, for the tests of this suite.

use store::{
    Certified, Enrolment, NewDocument, NewRegistration, NewSigner, NewTicket, NewTicketHash, Purpose, Registration,
    SignedHash, Store, StoreOptions,
};

/// A store with a folder that goes with it.
pub struct Case {
    pub store: Store,
    _folder: tempfile::TempDir,
}

impl Case {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(folder.path())).await.unwrap();
        Self { store, _folder: folder }
    }

    /// A registration that has reached `Enrolled`.
    pub async fn enrolled(&self, tag: u8) -> Registration {
        let new = new_registration(tag);
        let registrations = self.store.registrations();
        registrations.insert(&new).await.unwrap();
        assert!(registrations.claim_enrolment(&new.registration_id, 10).await.unwrap());
        let registration = registrations.lookup(&new.registration_id).await.unwrap().unwrap();
        assert!(registrations.record_enrolment(&registration, &enrolment(tag), 11).await.unwrap());
        registration
    }

    /// A signer with an active credential.
    pub async fn active(&self, tag: u8) -> Registration {
        let registration = self.enrolled(tag).await;
        let registrations = self.store.registrations();
        assert!(registrations.claim_request(&registration.registration_id, 12, 60).await.unwrap());
        assert!(registrations.complete(&registration, &certified(tag, 1), 13).await.unwrap());
        registration
    }

    pub async fn approved_ticket(&self, tag: u8, hashes: u8) -> String {
        let registration = self.active(tag).await;
        let new = new_ticket(&registration, hashes);
        let tickets = self.store.tickets();
        tickets.insert(&new).await.unwrap();
        assert!(tickets.record_request(&new.ticket_id, b"sar", &[1; 32], 5, 20).await.unwrap());
        assert!(tickets.claim_approval(&new.ticket_id, b"sar", 20).await.unwrap());
        assert!(tickets.record_approval(&new.ticket_id, &[2; 32], 90).await.unwrap());
        new.ticket_id
    }

    /// An uploaded document of a new signer.
    pub async fn document(&self, tag: u8) -> String {
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

pub fn signer_id(tag: u8) -> String {
    format!("{tag:02x}").repeat(16)
}

pub fn new_registration(tag: u8) -> NewRegistration {
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

pub fn enrolment(tag: u8) -> Enrolment {
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

pub fn certified(tag: u8, from_revision: i64) -> Certified {
    Certified {
        certificate: vec![tag; 64],
        certificate_sha256: vec![tag ^ 0xff; 32],
        chain: vec![vec![1], vec![2]],
        from_revision,
        record: vec![tag, 2],
    }
}

pub fn new_ticket(registration: &Registration, hashes: u8) -> NewTicket {
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

pub fn hash(number: u8) -> NewTicketHash {
    NewTicketHash { hash: vec![number; 32], label: format!("document {number}"), document_sha256: vec![number; 32] }
}

pub fn signed(number: u8, value: u8) -> SignedHash {
    SignedHash {
        hash: vec![number; 32],
        signature_value: vec![value; 70],
        signature_sha256: vec![value; 32],
        receipt: format!("receipt {value}"),
    }
}
