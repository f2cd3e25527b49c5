//! The real log folder becomes unwritable while the module runs: no signature leaves. Root may write anywhere, so file modes prove nothing
//! here; a limit on the size of files and a file in a folder's place stop root too.
#![allow(clippy::disallowed_methods)] // The test starts itself again with a signal ignored.

mod harness;

use std::process::Command;
use std::sync::Arc;

use harness::World;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sam::ids::Hash;
use sam::protocol::message::Failure;
use sam::protocol::{Reply, Request};
use sam::signing_log::disk::FileSystem;

const HASHES: [Hash; 3] = [[1; 32], [2; 32], [3; 32]];

fn on_disk(folder: &std::path::Path) -> World {
    let mut world = World::new();
    world.config.folder = folder.join("sam");
    world.disk = Arc::new(FileSystem);
    world
}

#[test]
#[ignore = "run by no_signature_leaves_when_the_log_folder_becomes_unwritable"]
fn with_no_room_for_files() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_disk(folder.path());
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &HASHES);
    assert_eq!(module.signed(&signer, &grant, &HASHES[..1]).len(), 1);
    let prepared = module.prepared(&signer, &HASHES);
    let before = getrlimit(Resource::Fsize);
    // Every write to a file fails from here on, as on a full or read-only file system.
    setrlimit(Resource::Fsize, Rlimit { current: Some(0), ..before }).unwrap();
    let signed = module.sign(&signer, &grant, &HASHES[1..2]);
    let approval = module.approval(&signer, &prepared, |plan| plan);
    let approved = module.ask(Request::Approve(approval));
    setrlimit(Resource::Fsize, before).unwrap();
    assert_eq!(signed, Reply::Failed(Failure::Unavailable));
    assert_eq!(approved, Reply::Failed(Failure::Unavailable));
    // With room again the module goes on, and its log has one history.
    let signed = module.signed(&signer, &grant, &HASHES[2..]);
    assert!(module.verify_receipt(&signed[0].receipt).index() > 0);
}

#[test]
fn no_signature_leaves_when_the_log_folder_becomes_unwritable() {
    // Without the signal ignored, the limit would end the process.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "with_no_room_for_files", "--ignored", "--test-threads=1", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
fn no_signature_leaves_when_the_published_log_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_disk(folder.path());
    let module = world.start();
    let signer = module.signer();
    let grant = module.grant(&signer, &HASHES);
    assert_eq!(module.signed(&signer, &grant, &HASHES[..1]).len(), 1);
    std::fs::rename(world.config.folder.join("log"), folder.path().join("taken-away")).unwrap();
    std::fs::write(world.config.folder.join("log"), b"not a folder").unwrap();
    assert_eq!(module.sign(&signer, &grant, &HASHES[1..2]), Reply::Failed(Failure::Unavailable));
}
