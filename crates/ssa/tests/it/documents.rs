//! Portal documents from upload to delivery, and what happens when a step fails or is repeated.

use crate::world::{World, bytes_of, contract, prepare_order, session};
use ades::crypto::AwsLc;
use ades::pades::verify_signatures;
use ssa::{DocumentError, DocumentState, Door, IncomingError, PrepareOrder, Upload};
use test_support::tsa::TsaMode;

async fn upload(world: &World, bytes: &[u8]) -> Upload {
    let file = world.ssa.receive_whole(Door::SignedIn, bytes).await.unwrap();
    Upload { file_name: "契約書.pdf".into(), file }
}

#[tokio::test]
async fn a_document_is_signed_time_stamped_checked_delivered_and_forgotten() {
    let world = World::new().await;
    let signer = world.signer("山田 太郎").await;
    let id = world.approved_document(&signer).await;
    let view = world.ssa.finish_document(signer.id, &id).await.unwrap();
    assert_eq!(view.state, DocumentState::Signed);
    let signed = view.signed.unwrap();
    assert_eq!(signed.timestamp_authority, "Rakkan Demo TSA 1 (DEMO, NOT VALID)", "its name, not its id");
    let delivery = world.ssa.deliver(signer.id, &id).await.unwrap();
    assert_eq!(delivery.file_name, "契約書-signed.pdf");
    assert!(bytes_of(&delivery.file).starts_with(&contract()), "the original is the beginning of the signed file");
    assert_eq!(delivery.sha256, signed.sha256);
    let checks = verify_signatures(&bytes_of(&delivery.file), &AwsLc).unwrap();
    assert_eq!(checks.len(), 1);
    assert!(checks[0].is_intact() && checks[0].covers_whole_file && checks[0].timestamp.is_some());
    assert_eq!(checks[0].signing_certificate.as_ref().unwrap().subject().common_name().as_deref(), Some("山田 太郎"));
    // A repeated download works for a while; then the bytes are gone.
    assert_eq!(bytes_of(&world.ssa.deliver(signer.id, &id).await.unwrap().file), bytes_of(&delivery.file));
    assert_eq!(world.ssa.sweep().await.unwrap().documents, 0);
    world.clock.advance(600);
    assert_eq!(world.ssa.sweep().await.unwrap().documents, 1);
    assert_eq!(world.spool_files(), 0);
    assert!(matches!(world.ssa.deliver(signer.id, &id).await, Err(DocumentError::Forgotten)));
}

#[tokio::test]
async fn finishing_twice_signs_once_and_gives_the_same_file() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.approved_document(&signer).await;
    let before = world.log_entries().await;
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (ssa, signer_id, id) = (world.ssa.clone(), signer.id, id.clone());
            tokio::spawn(async move { ssa.finish_document(signer_id, &id).await })
        })
        .collect();
    for task in tasks {
        match task.await.unwrap() {
            Ok(view) => assert_eq!(view.state, DocumentState::Signed),
            Err(DocumentError::Busy) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let first = world.ssa.finish_document(signer.id, &id).await.unwrap();
    assert_eq!(world.ssa.finish_document(signer.id, &id).await.unwrap(), first);
    assert_eq!(world.log_entries().await - before, 2, "one intent and one result");
}

#[tokio::test]
async fn without_a_time_stamp_the_document_is_pending_keeps_its_signature_and_goes_on_later() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    for mode in [TsaMode::Down, TsaMode::Slow, TsaMode::WrongNonce, TsaMode::WrongImprint] {
        world.set_tsas(mode, mode);
        let id = world.approved_document(&signer).await;
        let before = world.log_entries().await;
        for _ in 0..2 {
            let result = world.ssa.finish_document(signer.id, &id).await;
            assert!(matches!(result, Err(DocumentError::TimestampUnavailable(_))), "{mode:?}: {result:?}");
        }
        let pending = world.ssa.document(signer.id, &id).await.unwrap();
        assert_eq!((pending.state, pending.signed), (DocumentState::Pending, None), "{mode:?}");
        assert!(matches!(
            world.ssa.deliver(signer.id, &id).await,
            Err(DocumentError::WrongState { state: DocumentState::Pending })
        ));
        // The approval is long over when the authority comes back.
        world.clock.advance(3000);
        world.set_tsas(TsaMode::Working, TsaMode::Working);
        let view = world.ssa.finish_document(signer.id, &id).await.unwrap();
        assert_eq!(view.state, DocumentState::Signed, "{mode:?}");
        assert_eq!(world.log_entries().await - before, 2, "{mode:?}: signed once");
    }
}

#[tokio::test]
async fn the_second_authority_is_used_when_the_first_fails() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    world.set_tsas(TsaMode::Down, TsaMode::Working);
    let id = world.approved_document(&signer).await;
    let view = world.ssa.finish_document(signer.id, &id).await.unwrap();
    assert_eq!(view.signed.unwrap().timestamp_authority, "Rakkan Demo TSA 2 (DEMO, NOT VALID)");
}

#[tokio::test]
async fn two_documents_swapped_between_prepare_and_embed_are_refused() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let (first, second) = (world.approved_document(&signer).await, world.approved_document(&signer).await);
    let mut other = contract();
    other.extend_from_slice(b"\n% another document\n");
    let spool = world.store.spool();
    spool.write(first.as_str(), store::Revision::Original, other).await.unwrap();
    let result = world.ssa.finish_document(signer.id, &first).await;
    assert!(matches!(result, Err(DocumentError::SelfCheckFailed { .. })), "{result:?}");
    assert_ne!(world.ssa.document(signer.id, &first).await.unwrap().state, DocumentState::Signed);
    assert!(matches!(world.ssa.deliver(signer.id, &first).await, Err(DocumentError::WrongState { .. })));
    world.ssa.finish_document(signer.id, &second).await.unwrap();
}

#[tokio::test]
async fn a_document_of_the_same_length_but_other_bytes_is_refused_too() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.approved_document(&signer).await;
    let mut other = contract();
    let at = other.windows(4).position(|window| window == b"obj\n" || window == b"obj\r").unwrap();
    other[at + 3] = b' ';
    assert_ne!(other, contract());
    world.store.spool().write(id.as_str(), store::Revision::Original, other).await.unwrap();
    let result = world.ssa.finish_document(signer.id, &id).await;
    assert!(matches!(result, Err(DocumentError::SelfCheckFailed { .. })), "{result:?}");
}

#[tokio::test]
async fn a_document_is_its_owners_only() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    let id = world.approved_document(&signer).await;
    let ssa = &world.ssa;
    assert!(matches!(ssa.document(other.id, &id).await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.document_file(other.id, &id).await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.prepare_document(other.id, &id, prepare_order(&other)).await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.open_document_activation(other.id, &id, "x").await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.finish_document(other.id, &id).await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.save_page_report(other.id, &id, "{}").await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.document_receipt(other.id, &id).await, Err(DocumentError::NotFound)));
    assert!(matches!(ssa.forget(other.id, &id).await, Err(DocumentError::NotFound)));
    assert!(ssa.documents(other.id).await.unwrap().is_empty());
    ssa.finish_document(signer.id, &id).await.unwrap();
    assert!(matches!(ssa.deliver(other.id, &id).await, Err(DocumentError::NotFound)));
}

#[tokio::test]
async fn a_document_is_prepared_with_an_own_credential_only() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    let id = world.ssa.upload(signer.id, upload(&world, &contract()).await).await.unwrap().id;
    let foreign = world.ssa.prepare_document(signer.id, &id, prepare_order(&other)).await;
    assert!(matches!(foreign, Err(DocumentError::UnknownCredential)), "{foreign:?}");
}

#[tokio::test]
async fn preparing_anew_voids_the_earlier_question() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.prepared(&signer).await;
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let order = PrepareOrder { reason: Some("承認".into()), ..prepare_order(&signer) };
    world.ssa.prepare_document(signer.id, &id, order).await.unwrap();
    let result = world.ssa.request_activation(&ticket, session(1)).await;
    assert!(matches!(result, Err(ssa::ActivationError::AlreadyAnswered)), "{result:?}");
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::NotApproved)));
}

#[tokio::test]
async fn an_approval_of_an_earlier_preparation_finishes_nothing() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.approved_document(&signer).await;
    let before = world.log_entries().await;
    let order = PrepareOrder { reason: Some("other".into()), ..prepare_order(&signer) };
    world.ssa.prepare_document(signer.id, &id, order).await.unwrap();
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::NotApproved)));
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::NotApproved)));
    assert_eq!(world.log_entries().await, before, "no key was used");
    world.approve(&signer, &ticket).await;
    world.ssa.finish_document(signer.id, &id).await.unwrap();
}

#[tokio::test]
async fn a_declined_or_expired_approval_can_be_asked_for_again() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.prepared(&signer).await;
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::NotApproved)));
    world.ssa.decline(&ticket, session(1)).await.unwrap();
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::ApprovalOver)));
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    world.approve(&signer, &ticket).await;
    world.clock.advance(3600);
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::ApprovalOver)));
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    world.approve(&signer, &ticket).await;
    world.ssa.finish_document(signer.id, &id).await.unwrap();
}

#[tokio::test]
async fn a_restart_of_the_module_between_approval_and_signing_costs_a_new_approval_only() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.approved_document(&signer).await;
    world.stop_module();
    let _ = world.ssa.sam_status().await;
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::Unavailable(_))));
    world.start_module();
    assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::ApprovalOver)));
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    world.approve(&signer, &ticket).await;
    world.ssa.finish_document(signer.id, &id).await.unwrap();
}

#[tokio::test]
async fn the_signing_page_gets_the_bytes_of_its_own_ticket_only() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.prepared(&signer).await;
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    let view = world.ssa.activation(&ticket, session(1)).await.unwrap();
    assert_eq!(view.document, Some(id));
    assert_eq!(bytes_of(&world.ssa.document_for_ticket(&ticket, session(1)).await.unwrap()), contract());
    let other = world.ssa.document_for_ticket(&ticket, session(2)).await;
    assert!(matches!(other, Err(DocumentError::NotFound)));
    let without = world.ticket(&signer, &[[1; 32]]).await;
    assert!(matches!(world.ssa.document_for_ticket(&without, session(1)).await, Err(DocumentError::NotFound)));
}

#[tokio::test]
async fn files_that_cannot_be_signed_are_refused_with_cause_and_remedy_and_not_kept() {
    let world = World::with(|config| config.document_limit = 2 * 1024 * 1024).await;
    let signer = world.signer("A").await;
    let whole = contract();
    let truncated = whole[..whole.len() / 2].to_vec();
    let nested = [b"%PDF-1.7\n1 0 obj ".to_vec(), b"[".repeat(5000), b"]".repeat(5000), b" endobj".to_vec()].concat();
    for (name, bytes) in
        [("empty", Vec::new()), ("text", b"this is no PDF".to_vec()), ("truncated", truncated), ("nested", nested)]
    {
        match world.ssa.upload(signer.id, upload(&world, &bytes).await).await {
            Err(DocumentError::InvalidDocument { problem, .. }) => assert!(problem.len() > 20, "{name}: {problem}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let large = world.ssa.receive_whole(Door::SignedIn, &vec![b' '; 2 * 1024 * 1024 + 1]).await.err();
    assert!(matches!(large, Some(IncomingError::TooLarge { limit: 2_097_152 })), "{large:?}");
    assert_eq!(world.spool_files(), 0);
    assert!(world.ssa.documents(signer.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_kept_document_stays_and_a_forgotten_one_goes_at_once() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.ssa.upload(signer.id, upload(&world, &contract()).await).await.unwrap().id;
    let order = PrepareOrder { keep: true, ..prepare_order(&signer) };
    world.ssa.prepare_document(signer.id, &id, order).await.unwrap();
    let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
    world.approve(&signer, &ticket).await;
    world.ssa.finish_document(signer.id, &id).await.unwrap();
    let first = world.ssa.deliver(signer.id, &id).await.unwrap();
    world.clock.advance(24 * 3600);
    world.ssa.sweep().await.unwrap();
    assert_eq!(bytes_of(&world.ssa.deliver(signer.id, &id).await.unwrap().file), bytes_of(&first.file));
    world.ssa.forget(signer.id, &id).await.unwrap();
    assert_eq!(world.spool_files(), 0);
    assert!(world.ssa.documents(signer.id).await.unwrap().is_empty());
    assert!(matches!(world.ssa.document_file(signer.id, &id).await, Err(DocumentError::Forgotten)));
}

#[tokio::test]
async fn a_document_nobody_finishes_expires() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.prepared(&signer).await;
    world.ssa.save_page_report(signer.id, &id, r#"{"pages":2}"#).await.unwrap();
    assert_eq!(world.ssa.document(signer.id, &id).await.unwrap().page_report.as_deref(), Some(r#"{"pages":2}"#));
    world.clock.advance(24 * 3600);
    assert_eq!(world.ssa.sweep().await.unwrap().documents, 1);
    let gone = world.ssa.document(signer.id, &id).await.unwrap();
    assert_eq!((gone.state, gone.file_name.as_str(), gone.page_report), (DocumentState::Forgotten, "", None));
}

#[tokio::test]
async fn a_signed_document_can_be_signed_by_a_second_person() {
    let world = World::new().await;
    let (first, second) = (world.signer("A").await, world.signer("B").await);
    let id = world.approved_document(&first).await;
    world.ssa.finish_document(first.id, &id).await.unwrap();
    let once = bytes_of(&world.ssa.deliver(first.id, &id).await.unwrap().file);
    let again = world.ssa.upload(second.id, upload(&world, &once).await).await.unwrap().id;
    world.ssa.prepare_document(second.id, &again, prepare_order(&second)).await.unwrap();
    let ticket = world.ssa.open_document_activation(second.id, &again, "http://localhost:8080/").await.unwrap();
    world.approve(&second, &ticket).await;
    world.ssa.finish_document(second.id, &again).await.unwrap();
    let twice = bytes_of(&world.ssa.deliver(second.id, &again).await.unwrap().file);
    let checks = verify_signatures(&twice, &AwsLc).unwrap();
    assert_eq!(checks.len(), 2);
    assert!(checks.iter().all(|check| check.is_intact()));
}

/// The process stopped somewhere between approval and delivery: what the next call finds, and what it must not do.
mod stopped {
    use super::*;
    use crate::world::Signer;
    use ssa::DocumentId;
    use store::SignedHash;

    /// Longer than a claim is believed.
    const LONG: u64 = 181;

    async fn claimed(world: &World, signer: &Signer) -> (DocumentId, store::Document) {
        let id = world.approved_document(signer).await;
        let now = i64::try_from(crate::world::START).unwrap();
        assert!(world.store.documents().claim(id.as_str(), now, 180).await.unwrap());
        let document = world.store.documents().lookup(id.as_str()).await.unwrap().unwrap();
        (id, document)
    }

    async fn sign(world: &World, document: &store::Document) -> SignedHash {
        let ticket = world.store.tickets().lookup(document.ticket_id.as_deref().unwrap()).await.unwrap().unwrap();
        let hash = document.dtbsr.clone().unwrap();
        let signer = world.store.signers().record(&document.signer_id).await.unwrap().unwrap();
        let credential = world.store.credentials().lookup(&ticket.credential_id).await.unwrap().unwrap();
        let request = sam::protocol::message::Sign {
            grant: ticket.grant_reference.unwrap().try_into().unwrap(),
            record: signer.record,
            sealed_key: credential.sealed_key,
            hashes: vec![hash.clone()],
        };
        let signed = world.client.sign(request).await.unwrap().remove(0);
        SignedHash {
            hash,
            signature_sha256: ades::crypto::DigestAlgorithm::Sha256.digest(&signed.signature),
            signature_value: signed.signature,
            receipt: signed.receipt,
        }
    }

    async fn take(world: &World, document: &store::Document) {
        let hash = document.dtbsr.clone().unwrap();
        let now = i64::try_from(crate::world::START).unwrap();
        let taken = world.store.tickets().take(document.ticket_id.as_deref().unwrap(), &[hash], now).await.unwrap();
        assert_eq!(taken, store::TakeOutcome::Taken);
    }

    #[tokio::test]
    async fn right_after_the_claim() {
        let world = World::new().await;
        let signer = world.signer("A").await;
        let (id, _) = claimed(&world, &signer).await;
        assert!(matches!(world.ssa.finish_document(signer.id, &id).await, Err(DocumentError::Busy)));
        world.clock.advance(LONG);
        assert_eq!(world.ssa.finish_document(signer.id, &id).await.unwrap().state, DocumentState::Signed);
    }

    #[tokio::test]
    async fn after_the_hash_was_taken_costs_a_new_approval() {
        let world = World::new().await;
        let signer = world.signer("A").await;
        let (id, document) = claimed(&world, &signer).await;
        take(&world, &document).await;
        sign(&world, &document).await;
        let before = world.log_entries().await;
        world.clock.advance(LONG);
        let result = world.ssa.finish_document(signer.id, &id).await;
        assert!(matches!(result, Err(DocumentError::ApprovalOver)), "{result:?}");
        assert_eq!(world.log_entries().await, before, "the hash is not signed again");
        assert_eq!(world.ssa.document(signer.id, &id).await.unwrap().state, DocumentState::Prepared);
        let ticket = world.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/").await.unwrap();
        world.approve(&signer, &ticket).await;
        world.ssa.finish_document(signer.id, &id).await.unwrap();
    }

    #[tokio::test]
    async fn after_the_value_was_kept_with_the_ticket_uses_that_value() {
        let world = World::new().await;
        let signer = world.signer("A").await;
        let (id, document) = claimed(&world, &signer).await;
        take(&world, &document).await;
        let signed = sign(&world, &document).await;
        let ticket = world.store.tickets().lookup(document.ticket_id.as_deref().unwrap()).await.unwrap().unwrap();
        assert!(world.store.tickets().record_signatures(&ticket, std::slice::from_ref(&signed), 1).await.unwrap());
        let before = world.log_entries().await;
        world.clock.advance(LONG);
        world.ssa.finish_document(signer.id, &id).await.unwrap();
        let file = bytes_of(&world.ssa.deliver(signer.id, &id).await.unwrap().file);
        let checks = verify_signatures(&file, &AwsLc).unwrap();
        assert_eq!(checks[0].signature_value, signed.signature_value);
        assert_eq!(world.log_entries().await, before, "signed once");
    }

    #[tokio::test]
    async fn after_the_file_was_written_gives_the_same_file() {
        let world = World::new().await;
        let signer = world.signer("A").await;
        let id = world.approved_document(&signer).await;
        world.set_tsas(TsaMode::Down, TsaMode::Down);
        world.ssa.finish_document(signer.id, &id).await.unwrap_err();
        world.set_tsas(TsaMode::Working, TsaMode::Working);
        world.ssa.finish_document(signer.id, &id).await.unwrap();
        let first = world.store.spool().read(id.as_str(), store::Revision::Signed).await.unwrap();
        // A file that was cut off by a full disk does not survive the next attempt either.
        let fresh = world.approved_document(&signer).await;
        world.store.spool().write(fresh.as_str(), store::Revision::Signed, first[..100].to_vec()).await.unwrap();
        world.ssa.finish_document(signer.id, &fresh).await.unwrap();
        let file = bytes_of(&world.ssa.deliver(signer.id, &fresh).await.unwrap().file);
        assert!(verify_signatures(&file, &AwsLc).unwrap()[0].is_intact());
    }
}

#[tokio::test]
async fn a_browser_that_goes_away_in_the_middle_leaves_a_finished_document() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.approved_document(&signer).await;
    let (ssa, signer_id, document) = (world.ssa.clone(), signer.id, id.clone());
    let call = tokio::spawn(async move { ssa.finish_document(signer_id, &document).await });
    tokio::task::yield_now().await;
    call.abort();
    let mut tries = 0..20_000;
    let view = loop {
        assert!(tries.next().is_some(), "the abandoned call never let go of the document");
        match world.ssa.finish_document(signer.id, &id).await {
            Ok(view) => break view,
            Err(DocumentError::Busy) => tokio::task::yield_now().await,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(view.state, DocumentState::Signed);
}

#[tokio::test]
async fn a_pending_document_outlives_the_time_of_an_unsigned_one() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let id = world.approved_document(&signer).await;
    world.set_tsas(TsaMode::Down, TsaMode::Down);
    world.ssa.finish_document(signer.id, &id).await.unwrap_err();
    world.clock.advance(6 * 24 * 3600);
    assert_eq!(world.ssa.sweep().await.unwrap().documents, 0);
    world.set_tsas(TsaMode::Working, TsaMode::Working);
    assert_eq!(world.ssa.finish_document(signer.id, &id).await.unwrap().state, DocumentState::Signed);
}
