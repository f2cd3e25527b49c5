//! Use of approvals: each hash once, for the client that asked, with a receipt of the log.

use crate::world::{CLIENT, ECDSA, SHA256, World, session};
use ades::crypto::{AwsLc, CryptoProvider, SignatureAlgorithm};
use ades::x509::Certificate;
use ssa::{SignApprovedError, SignOrder, TicketId, TicketState};

fn sign(signer: &crate::world::Signer, ticket: &TicketId, hashes: &[[u8; 32]]) -> SignOrder {
    SignOrder {
        ticket: ticket.clone(),
        client_id: CLIENT.into(),
        credential_id: signer.credential.clone(),
        hash_algorithm_oid: Some(SHA256.into()),
        signature_algorithm_oid: ECDSA.into(),
        hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
    }
}

fn sha256(message: &[u8]) -> [u8; 32] {
    ades::crypto::DigestAlgorithm::Sha256.digest(message).try_into().unwrap()
}

#[tokio::test]
async fn approved_hashes_are_signed_in_order_with_receipts_that_hold() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let (one, two) = (sha256(b"one"), sha256(b"two"));
    let ticket = world.approved(&signer, &[one, two]).await;
    let signed = world.ssa.sign_approved(sign(&signer, &ticket, &[two, one])).await.unwrap();
    let certificate = world.ssa.credential(signer.id, &signer.credential).await.unwrap().certificate.unwrap();
    let certificate = Certificate::from_der(&certificate.der).unwrap();
    for (item, message) in signed.iter().zip([b"two", b"one"]) {
        AwsLc.verify(certificate.spki_der(), SignatureAlgorithm::EcdsaSha256, message, &item.signature).unwrap();
        let status = world.ssa.sam_status().await.unwrap();
        let verified = sam::receipt::verify(&item.receipt, &status.log_verifier_key.parse().unwrap()).unwrap();
        match &verified.event().entry {
            sam::signing_log::Entry::Result { signature_sha256, key_use, .. } => {
                assert_eq!(*signature_sha256, sha256(&item.signature));
                assert_eq!(key_use.dtbsr, item.hash);
            }
            other => panic!("{other:?}"),
        }
        let kept = world.ssa.receipt(&sha256(&item.signature)).await.unwrap();
        assert_eq!(kept.as_deref(), Some(item.receipt.as_str()));
    }
    assert_eq!(world.ssa.ticket(&ticket).await.unwrap().state, TicketState::Used);
}

#[tokio::test]
async fn a_hash_is_signed_once_however_often_and_from_wherever_it_is_asked() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.approved(&signer, &[[1; 32]]).await;
    let before = world.log_entries().await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (ssa, order) = (world.ssa.clone(), sign(&signer, &ticket, &[[1; 32]]));
            tokio::spawn(async move { ssa.sign_approved(order).await })
        })
        .collect();
    let mut signed = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => signed += 1,
            Err(SignApprovedError::HashAlreadySigned) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(signed, 1);
    assert_eq!(world.log_entries().await - before, 2, "one intent and one result");
}

#[tokio::test]
async fn what_was_not_approved_is_not_signed_and_spoils_nothing() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    let ticket = world.approved(&signer, &[[1; 32], [2; 32]]).await;
    let good = sign(&signer, &ticket, &[[1; 32]]);
    let before = world.log_entries().await;
    let case = |change: fn(&mut SignOrder)| {
        let mut order = good.clone();
        change(&mut order);
        let ssa = world.ssa.clone();
        async move { ssa.sign_approved(order).await }
    };
    assert!(matches!(case(|order| order.hashes = vec![vec![3; 32]]).await, Err(SignApprovedError::HashNotApproved)));
    assert!(matches!(
        case(|order| order.hashes = vec![vec![1; 32], vec![2; 32], vec![3; 32]]).await,
        Err(SignApprovedError::HashNotApproved)
    ));
    assert!(matches!(case(|order| order.hashes.clear()).await, Err(SignApprovedError::InvalidHashes)));
    assert!(matches!(
        case(|order| order.hashes = vec![vec![1; 32], vec![1; 32]]).await,
        Err(SignApprovedError::InvalidHashes)
    ));
    assert!(matches!(case(|order| order.client_id = "client-2".into()).await, Err(SignApprovedError::UnknownApproval)));
    assert!(matches!(
        case(|order| order.signature_algorithm_oid = "1.2.840.113549.1.1.11".into()).await,
        Err(SignApprovedError::AlgorithmMismatch)
    ));
    assert!(matches!(
        case(|order| order.hash_algorithm_oid = Some("2.16.840.1.101.3.4.2.3".into())).await,
        Err(SignApprovedError::AlgorithmMismatch)
    ));
    let foreign = SignOrder { credential_id: other.credential.clone(), ..good.clone() };
    assert!(matches!(world.ssa.sign_approved(foreign).await, Err(SignApprovedError::WrongCredential)));
    let unknown = SignOrder { ticket: "A".repeat(32).parse().unwrap(), ..good.clone() };
    assert!(matches!(world.ssa.sign_approved(unknown).await, Err(SignApprovedError::UnknownApproval)));
    assert_eq!(world.log_entries().await, before, "no key was used");
    world.ssa.sign_approved(good).await.unwrap();
}

#[tokio::test]
async fn an_unapproved_a_declined_and_an_expired_ticket_sign_nothing() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let open = world.ticket(&signer, &[[1; 32]]).await;
    let result = world.ssa.sign_approved(sign(&signer, &open, &[[1; 32]])).await;
    assert!(matches!(result, Err(SignApprovedError::UnknownApproval)));
    world.ssa.decline(&open, session(1)).await.unwrap();
    let result = world.ssa.sign_approved(sign(&signer, &open, &[[1; 32]])).await;
    assert!(matches!(result, Err(SignApprovedError::UnknownApproval)));
    let approved = world.approved(&signer, &[[2; 32]]).await;
    world.clock.advance(3600);
    let result = world.ssa.sign_approved(sign(&signer, &approved, &[[2; 32]])).await;
    assert!(matches!(result, Err(SignApprovedError::ApprovalExpired)));
}

#[tokio::test]
async fn a_module_that_is_away_spends_no_hash() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.approved(&signer, &[[1; 32]]).await;
    world.stop_module();
    // The connection breaks with the first request at the latest; a request that was not sent gives its hashes back.
    let _ = world.ssa.sam_status().await;
    let result = world.ssa.sign_approved(sign(&signer, &ticket, &[[1; 32]])).await;
    assert!(matches!(result, Err(SignApprovedError::Unavailable(_))));
    world.start_module();
    let result = world.ssa.sign_approved(sign(&signer, &ticket, &[[1; 32]])).await;
    assert!(matches!(result, Err(SignApprovedError::ApprovalExpired)), "the approval died with the module");
}

#[tokio::test]
async fn an_edited_record_or_key_in_the_database_signs_nothing() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    let record = world.store.signers().record(&signer.id.to_string()).await.unwrap().unwrap();
    let foreign = world.store.signers().record(&other.id.to_string()).await.unwrap().unwrap();
    let credential = world.store.credentials().lookup(signer.credential.as_str()).await.unwrap().unwrap();
    let foreign_key = world.store.credentials().lookup(other.credential.as_str()).await.unwrap().unwrap().sealed_key;
    let ticket = world.approved(&signer, &[[1; 32]]).await;
    let stored = world.store.tickets().lookup(ticket.as_str()).await.unwrap().unwrap();
    let before = world.log_entries().await;
    let mut edited = record.record.clone();
    let middle = edited.len() / 2;
    edited[middle] ^= 1;
    for (record, sealed_key) in [
        (edited, credential.sealed_key.clone()),
        (foreign.record, credential.sealed_key.clone()),
        (record.record, foreign_key),
    ] {
        let straight = sam::protocol::message::Sign {
            grant: stored.grant_reference.clone().unwrap().try_into().unwrap(),
            record,
            sealed_key,
            hashes: vec![vec![1; 32]],
        };
        let result = world.client.sign(straight).await;
        assert!(matches!(result, Err(ssa::sam_client::SamError::Refused(_))), "{:?}", result.err());
    }
    // Refusals are logged too; no key was used.
    assert!(world.log_entries().await >= before);
    world.ssa.sign_approved(sign(&signer, &ticket, &[[1; 32]])).await.unwrap();
}
