//! The log key: signs a checkpoint only if it extends the one signed last, also across restarts.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use sgm::{CheckpointToSign, KeyEncryption, LogSignError, Sgm, SoftwareToken, SystemRandom, create_key_file};
use std::{cell::RefCell, collections::BTreeMap};
use tempfile::TempDir;
use tlog::{Appender, Checkpoint, ConsistencyProof, TileNodes, TilePath, TileReader};

const ORIGIN: &str = "log.example/one";

/// A log in memory.
#[derive(Default)]
struct Log {
    appender: RefCell<Appender>,
    tiles: RefCell<BTreeMap<TilePath, Vec<u8>>>,
}

impl TileReader for Log {
    type Error = ();
    fn read_tile(&self, path: &TilePath) -> Result<Vec<u8>, ()> {
        self.tiles.borrow().get(path).cloned().ok_or(())
    }
}

impl Log {
    fn of(entries: &[&str]) -> Self {
        let log = Self::default();
        for entry in entries {
            log.appender.borrow_mut().append(entry.as_bytes()).unwrap();
            let files = log.appender.borrow_mut().take_files();
            log.tiles.borrow_mut().extend(files.into_iter().map(|file| (file.path, file.bytes)));
        }
        log
    }

    fn body(&self, origin: &str) -> String {
        let appender = self.appender.borrow();
        Checkpoint::new(origin, appender.size(), appender.root()).to_string()
    }

    fn proof_from(&self, size: u64) -> Vec<[u8; 32]> {
        let new_size = self.appender.borrow().size();
        let proof = ConsistencyProof::make(&mut TileNodes::new(new_size, self), size, new_size).unwrap();
        proof.hashes.iter().map(|hash| *hash.as_bytes()).collect()
    }

    fn sign(&self, token: &SoftwareToken, previous_size: u64) -> Result<[u8; 64], LogSignError> {
        sign(token, &self.body(ORIGIN), previous_size, &self.proof_from(previous_size))
    }
}

fn sign(token: &SoftwareToken, body: &str, previous_size: u64, proof: &[[u8; 32]]) -> Result<[u8; 64], LogSignError> {
    token.log_sign(&CheckpointToSign { body: body.as_bytes(), previous_size, consistency_proof: proof })
}

struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: tempfile::tempdir().unwrap() };
        create_key_file(&case.folder.path().join("kek"), &SystemRandom).unwrap();
        SoftwareToken::create(&case.folder.path().join("token"), &case.source(), &SystemRandom).unwrap();
        case
    }

    fn source(&self) -> KeyEncryption {
        KeyEncryption::KeyFile(self.folder.path().join("kek"))
    }

    fn open(&self) -> SoftwareToken {
        SoftwareToken::open(&self.folder.path().join("token"), &self.source()).unwrap()
    }
}

#[test]
fn a_growing_log_is_signed_and_the_signature_verifies() {
    let case = Case::new();
    let token = case.open();
    let key = UnparsedPublicKey::new(&ED25519, token.log_public_key());
    let mut size = 0;
    for entries in [&[][..], &["a"], &["a", "b", "c"], &["a", "b", "c"], &["a", "b", "c", "d", "e", "f", "g"]] {
        let log = Log::of(entries);
        let signature = log.sign(&token, size).unwrap();
        key.verify(log.body(ORIGIN).as_bytes(), &signature).unwrap();
        size = entries.len() as u64;
    }
}

#[test]
fn another_history_is_refused_also_after_a_restart() {
    let case = Case::new();
    Log::of(&["a", "b", "c"]).sign(&case.open(), 0).unwrap();
    for entries in [&["a", "x", "c"][..], &["a", "x", "c", "d"], &["x", "b", "c", "d", "e"]] {
        let refused = Log::of(entries).sign(&case.open(), 3);
        assert!(matches!(refused, Err(LogSignError::Inconsistent { signed_size: 3 })), "{entries:?}: {refused:?}");
    }
    assert!(Log::of(&["a", "b", "c", "d"]).sign(&case.open(), 3).is_ok());
}

#[test]
fn a_shorter_log_is_refused_whatever_it_claims_to_continue() {
    let case = Case::new();
    let token = case.open();
    Log::of(&["a", "b", "c"]).sign(&token, 0).unwrap();
    for (entries, previous_size) in [(&["a", "b"][..], 0), (&["a", "b"], 2), (&[], 0)] {
        let refused = Log::of(entries).sign(&token, previous_size);
        assert!(matches!(refused, Err(LogSignError::Inconsistent { signed_size: 3 })), "{refused:?}");
    }
}

#[test]
fn a_checkpoint_that_continues_from_elsewhere_is_told_where_the_last_one_was() {
    let case = Case::new();
    let token = case.open();
    Log::of(&["a", "b"]).sign(&token, 0).unwrap();
    let log = Log::of(&["a", "b", "c"]);
    for previous_size in [0, 1, 3] {
        assert!(matches!(log.sign(&token, previous_size), Err(LogSignError::Conflict { signed_size: 2 })));
    }
    assert!(log.sign(&token, 2).is_ok());
}

#[test]
fn a_wrong_proof_is_refused() {
    let case = Case::new();
    let token = case.open();
    Log::of(&["a", "b", "c"]).sign(&token, 0).unwrap();
    let log = Log::of(&["a", "b", "c", "d", "e"]);
    let good = log.proof_from(3);
    let mut changed = good.clone();
    changed[0][0] ^= 1;
    let longer = [good.clone(), vec![[0; 32]]].concat();
    for proof in [&changed[..], &longer, &good[1..], &[]] {
        let refused = sign(&token, &log.body(ORIGIN), 3, proof);
        assert!(matches!(refused, Err(LogSignError::Inconsistent { signed_size: 3 })), "{refused:?}");
    }
    assert!(sign(&token, &log.body(ORIGIN), 3, &good).is_ok());
}

#[test]
fn another_log_is_refused_once_the_first_was_signed() {
    let case = Case::new();
    let log = Log::of(&["a"]);
    log.sign(&case.open(), 0).unwrap();
    let refused = sign(&case.open(), &log.body("log.example/two"), 1, &[]);
    assert!(matches!(refused, Err(LogSignError::OtherOrigin)), "{refused:?}");
}

#[test]
fn what_is_not_a_checkpoint_is_not_signed() {
    let case = Case::new();
    let token = case.open();
    let good = Log::of(&[]).body(ORIGIN);
    for body in [
        String::new(),
        "hello\n".to_owned(),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}extension\n"),
        good.replace("\n0\n", "\n00\n"),
        good.replace("\n0\n", "\n-1\n"),
    ] {
        assert!(matches!(sign(&token, &body, 0, &[]), Err(LogSignError::Malformed)), "{body:?}");
    }
    assert!(sign(&token, &good, 0, &[]).is_ok());
}

#[test]
fn one_damaged_slot_of_the_anchor_leaves_the_other() {
    let case = Case::new();
    {
        let token = case.open();
        Log::of(&["a"]).sign(&token, 0).unwrap();
        Log::of(&["a", "b"]).sign(&token, 1).unwrap();
    }
    let path = case.folder.path().join("token/log-anchor");
    let good = std::fs::read(&path).unwrap();
    // The second checkpoint went into the second slot: without it the token remembers the first checkpoint.
    let mut torn = good.clone();
    torn[512..].fill(0);
    std::fs::write(&path, &torn).unwrap();
    assert!(matches!(Log::of(&["x", "y"]).sign(&case.open(), 1), Err(LogSignError::Inconsistent { signed_size: 1 })));
    assert!(Log::of(&["a", "b"]).sign(&case.open(), 1).is_ok());
}
