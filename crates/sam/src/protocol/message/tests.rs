//! Messages are read back, have pinned bytes, and arbitrary bytes never do harm.

use proptest::prelude::*;

use super::*;
use crate::Refusal;
use crate::dcbor::{from_bytes, to_bytes};
use crate::ids::{CredentialId, SignerId};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn new_key() -> NewKey {
    NewKey { credential_id: CredentialId::new([1; 16]), algorithm: KeyAlgorithm::EcdsaP256, subject_der: vec![0x30, 0] }
}

fn requests() -> Vec<Request> {
    let credential_id = CredentialId::new([1; 16]);
    let registration = Registration { client_data_json: b"{}".to_vec(), authenticator_data: vec![2] };
    let assertion = Assertion {
        credential_id: vec![3],
        user_handle: None,
        client_data_json: b"{}".to_vec(),
        authenticator_data: vec![4],
        signature: vec![5],
    };
    vec![
        Request::Hello,
        Request::StartEnrolment { signer_id: SignerId::new([6; 16]) },
        Request::Enrol(Enrol { registration_assertion: vec![7], registration, key: new_key() }),
        Request::AddKey(AddKey { record: vec![8], registration_assertion: vec![7], key: new_key() }),
        Request::LinkCertificate(LinkCertificate {
            record: vec![8],
            credential_id: credential_id.clone(),
            certificate_der: vec![9],
            issuer_certificate_der: vec![10],
        }),
        Request::PrepareActivation(PrepareActivation {
            record: vec![8],
            credential_id,
            hash_algorithm_oid: "2.16.840.1.101.3.4.2.1".into(),
            sign_algorithm_oid: "1.2.840.10045.4.3.2".into(),
            hashes: vec![vec![11; 32]],
            labels: vec![DisplayLabel { text: "契約書".into(), document_sha256: [12; 32] }],
            client_hash: [13; 32],
            purpose: "approval".into(),
            session_hash: [14; 32],
        }),
        Request::Approve(Approve { sar: vec![15], mac: [16; 32], record: vec![8], assertion }),
        Request::Sign(Sign { grant: [17; 32], record: vec![8], sealed_key: vec![18], hashes: vec![vec![11; 32]] }),
        Request::Proof { index: 19 },
        Request::Checkpoint,
    ]
}

fn replies() -> Vec<Reply> {
    let key = CreatedKey {
        credential_id: CredentialId::new([1; 16]),
        sealed_key: vec![1],
        spki_der: vec![2],
        certification_request_der: vec![3],
    };
    vec![
        Reply::Hello(ModuleInfo {
            instance: [1; 32],
            log_origin: "log.example".into(),
            log_verifier_key: "log.example+00000000+AQ".into(),
            rp_id: "example.jp".into(),
            signing_origin: "https://sign.example.jp".into(),
            enrolment_origin: "https://portal.example.jp".into(),
            scal2: true,
            software_token: false,
            clock_synchronised: true,
        }),
        Reply::Nonce(Nonce { nonce: [2; 32], expires_at: 3 }),
        Reply::Enrolled(Enrolled { record: vec![4], key }),
        Reply::Linked(Linked { record: vec![4] }),
        Reply::Prepared(Prepared {
            sar: vec![5],
            mac: [6; 32],
            challenge: [7; 32],
            control_code: "ABCD".into(),
            allow_credentials: vec![vec![8]],
            expires_at: 9,
        }),
        Reply::Approved(Approved { grant: [10; 32], expires_at: 11, count: 12 }),
        Reply::Signed(vec![SignedHash { signature: vec![13], receipt: "c2sp.org/tlog-proof@v1".into() }]),
        Reply::Proof(Receipt { receipt: "r".into() }),
        Reply::Checkpoint(CheckpointNote { note: "n".into() }),
        Reply::Refused(Refusal::Expired),
        Reply::Failed(Failure::Unavailable),
    ]
}

#[test]
fn every_message_is_read_back() {
    for request in requests() {
        assert_eq!(from_bytes::<Request>(&to_bytes(&request)), Ok(request));
    }
    for reply in replies() {
        assert_eq!(from_bytes::<Reply>(&to_bytes(&reply)), Ok(reply));
    }
}

#[test]
fn messages_of_version_1_have_these_bytes() {
    assert_eq!(hex(&to_bytes(&Request::Hello)), "8201a0");
    assert_eq!(hex(&to_bytes(&Request::Proof { index: 19 })), "8209a10113");
    assert_eq!(
        hex(&to_bytes(&Request::Sign(Sign {
            grant: [0; 32],
            record: vec![1],
            sealed_key: vec![2],
            hashes: vec![vec![3, 4]]
        }))),
        format!("8208a4015820{}02410103410204814203 04", "00".repeat(32)).replace(' ', "")
    );
    assert_eq!(hex(&to_bytes(&Reply::Refused(Refusal::ChallengeMismatch))), "8218640f");
    assert_eq!(hex(&to_bytes(&Reply::Failed(Failure::Malformed))), "82186501");
    assert_eq!(
        hex(&to_bytes(&Reply::Approved(Approved { grant: [0; 32], expires_at: 300, count: 2 }))),
        format!("8207a3015820{}0219012c0302", "00".repeat(32))
    );
}

#[test]
fn all_messages_of_version_1_together_have_this_digest() {
    let mut all = Vec::new();
    requests().iter().for_each(|request| all.extend(to_bytes(request)));
    replies().iter().for_each(|reply| all.extend(to_bytes(reply)));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &all);
    assert_eq!(hex(digest.as_ref()), "f6a0af279ec19db5df189e69a5837e71c72d0bfc48089a33315a75547f920281");
}

#[test]
fn a_message_of_an_unknown_kind_is_refused() {
    for bytes in [
        &[0x82, 0x00, 0xa0][..],
        &[0x82, 0x0b, 0xa0],
        &[0x82, 0x01, 0xa1, 0x01, 0x01],
        &[0x81, 0x01],
        &[0x82, 0x01, 0xa0, 0x00],
    ] {
        assert!(from_bytes::<Request>(bytes).is_err(), "{bytes:?}");
    }
    assert!(from_bytes::<Reply>(&[0x82, 0x18, 0x64, 0x00]).is_err(), "a refusal that is not in the list");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_a_message_in_its_only_form_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(request) = from_bytes::<Request>(&bytes) {
            prop_assert_eq!(to_bytes(&request), bytes.clone());
        }
        if let Ok(reply) = from_bytes::<Reply>(&bytes) {
            prop_assert_eq!(to_bytes(&reply), bytes);
        }
    }

    #[test]
    fn a_damaged_message_is_another_message_or_refused(
        which in 0usize..10, at in any::<proptest::sample::Index>(), flip in 1u8.., cut in any::<bool>(),
    ) {
        let request = requests()[which].clone();
        let mut bytes = to_bytes(&request);
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= flip }
        prop_assert_ne!(from_bytes::<Request>(&bytes), Ok(request));
    }
}
