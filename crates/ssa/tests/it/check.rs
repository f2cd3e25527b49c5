//! Check of files: what can be computed now, and nothing more.

use crate::world::{World, bytes_of, contract};
use ssa::{CheckError, CheckReport, Door, FileFault, IncomingError, ReceiptCheck};
use test_support::ca::CaMode;

async fn signed(world: &World) -> Vec<u8> {
    let signer = world.signer("山田 太郎").await;
    let id = world.approved_document(&signer).await;
    world.ssa.finish_document(signer.id, &id).await.unwrap();
    bytes_of(&world.ssa.deliver(signer.id, &id).await.unwrap().file)
}

async fn check(world: &World, bytes: &[u8]) -> Result<CheckReport, CheckError> {
    world.ssa.check(world.ssa.receive_whole(Door::Anyone, bytes).await.unwrap()).await
}

#[tokio::test]
async fn our_own_file_is_intact_in_our_log_and_by_our_authority() {
    let world = World::new().await;
    let report = check(&world, &signed(&world).await).await.unwrap();
    assert_eq!(report.signatures.len(), 1);
    let signature = &report.signatures[0];
    assert!(signature.digest_ok && signature.signature_ok && signature.covers_whole_file);
    assert_eq!(signature.problem, None);
    assert_eq!(signature.common_name.as_deref(), Some("山田 太郎"));
    assert_eq!(signature.issued_by.as_ref().unwrap().ca_id, "ca-1");
    assert!(signature.timestamp.as_ref().unwrap().ok);
    match &signature.receipt {
        ReceiptCheck::InLog { index, tree_size, time, .. } => {
            assert!(index < tree_size);
            assert_eq!(*time, crate::world::START);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_changed_byte_and_an_appended_line_are_told_apart() {
    let world = World::new().await;
    let good = signed(&world).await;
    let mut changed = good.clone();
    let at = contract().len() / 2;
    changed[at] ^= 1;
    match check(&world, &changed).await {
        Ok(report) => assert!(!report.signatures[0].digest_ok),
        Err(CheckError::InvalidDocument { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
    let mut appended = good;
    appended.extend_from_slice(b"% appended\n");
    match check(&world, &appended).await {
        Ok(report) => {
            assert!(report.signatures[0].digest_ok);
            assert!(!report.signatures[0].covers_whole_file);
        }
        Err(CheckError::InvalidDocument { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_without_signatures_has_an_empty_report_and_no_pdf_is_an_error() {
    let world = World::new().await;
    assert!(check(&world, &contract()).await.unwrap().signatures.is_empty());
    assert!(matches!(
        check(&world, b"no pdf").await,
        Err(CheckError::InvalidDocument { fault: FileFault::NotAPdf, .. })
    ));
}

#[tokio::test]
async fn a_signature_of_another_service_is_not_ours() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let report = check(&ours, &signed(&theirs).await).await.unwrap();
    let signature = &report.signatures[0];
    assert!(signature.signature_ok);
    assert_eq!(signature.issued_by, None);
    assert_eq!(signature.receipt, ReceiptCheck::Unknown);
}

#[tokio::test]
async fn a_receipt_of_another_log_in_our_database_is_broken() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let file = signed(&theirs).await;
    let value = ades::pades::verify_signatures(&file, &ades::crypto::AwsLc).unwrap().remove(0).signature_value;
    let value_sha256: [u8; 32] = ades::crypto::DigestAlgorithm::Sha256.digest(&value).try_into().unwrap();
    let receipt = theirs.ssa.receipt(&value_sha256).await.unwrap().unwrap();
    // What somebody who can write our database could do.
    let signer = ours.signer("B").await;
    let ticket = ours.approved(&signer, &[[1; 32]]).await;
    let tickets = ours.store.tickets();
    tickets.take(ticket.as_str(), &[vec![1; 32]], 1).await.unwrap();
    let forged = store::SignedHash {
        hash: vec![1; 32],
        signature_value: value,
        signature_sha256: value_sha256.to_vec(),
        receipt,
    };
    let stored = tickets.lookup(ticket.as_str()).await.unwrap().unwrap();
    assert!(tickets.record_signatures(&stored, &[forged], 1).await.unwrap());
    let report = check(&ours, &file).await.unwrap();
    assert_eq!(report.signatures[0].receipt, ReceiptCheck::Broken);
}

#[tokio::test]
async fn without_module_and_authority_the_report_says_less_never_more() {
    let world = World::new().await;
    let file = signed(&world).await;
    world.stop_module();
    world.authorities.set_ca_mode(1, CaMode::Down);
    let _ = world.ssa.sam_status().await;
    let report = check(&world, &file).await.unwrap();
    assert_eq!(report.signatures[0].receipt, ReceiptCheck::NotChecked);
    assert!(report.signatures[0].signature_ok);
}

#[tokio::test]
async fn only_so_many_files_are_received_at_once_and_strangers_keep_no_signer_out() {
    let world = World::new().await;
    let mut held = Vec::new();
    for _ in 0..world.ssa.config().files_at_once {
        held.push(world.ssa.receive_whole(Door::Anyone, b"x").await.unwrap());
    }
    assert!(matches!(world.ssa.receive(Door::Anyone).await.err(), Some(IncomingError::Busy)));
    let mut open = Vec::new();
    for _ in 0..world.ssa.config().files_at_once {
        open.push(world.ssa.receive(Door::SignedIn).await.unwrap());
    }
    assert!(matches!(world.ssa.receive(Door::SignedIn).await.err(), Some(IncomingError::Busy)));
    assert_eq!(world.spool_files(), 0, "none of them has a name");
    held.pop();
    let file = world.ssa.receive_whole(Door::Anyone, &contract()).await.unwrap();
    assert!(world.ssa.check(file).await.unwrap().signatures.is_empty());
    assert!(world.ssa.receive(Door::Anyone).await.is_ok(), "after the check the place is free again");
}

#[tokio::test]
async fn what_is_received_is_on_disk_whole_and_never_more_than_the_limit() {
    let world = World::new().await;
    let limit = usize::try_from(world.ssa.config().document_limit).unwrap();
    let piece = vec![b'x'; 64 * 1024];
    let mut incoming = world.ssa.receive(Door::Anyone).await.unwrap();
    let mut written = 0;
    while written + piece.len() <= limit {
        incoming.write(&piece).await.unwrap();
        written += piece.len();
    }
    assert!(matches!(incoming.write(&vec![b'y'; limit - written + 1]).await, Err(IncomingError::TooLarge { .. })));
    let file = incoming.finish().await.unwrap();
    let kept = bytes_of(&file.handle().unwrap());
    assert_eq!(kept.len() as u64, file.size());
    assert!(kept.starts_with(&piece) && !kept.contains(&b'y'));
}
