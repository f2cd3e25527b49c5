//! Receipts: they show what was logged to whoever has the log's key, and nothing after any change.

mod log_support;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use log_support::*;
use sam::{
    receipt::{ReceiptError, verify},
    signing_log::{Entry, Opening, SigningLog, disk::Disk},
};
use tlog::{
    Appender, Checkpoint, Hash, InclusionProof, SignedCheckpoint, TileNodes, TlogProof,
    note::{KeyName, VerifierKey},
};

struct Case {
    log: SigningLog,
    receipt: String,
    _token: Token,
}

impl Case {
    fn new() -> Self {
        let token = Token::new();
        let (log, _) = open(&token, &MemoryDisk::default(), 1).unwrap();
        log.commit(NOW, (0..9).map(|version| record(1, version)).collect()).unwrap();
        let used = key_use(1, 10, 0);
        let intent = log.commit(NOW, vec![intent(&used)]).unwrap();
        let entries = log.commit(NOW, vec![result(intent[0].index, &used)]).unwrap();
        let receipt = log.receipt(&entries[0]).unwrap();
        Self { log, receipt, _token: token }
    }

    fn edited(&self, edit: impl FnOnce(&mut TlogProof)) -> Result<(), ReceiptError> {
        let mut proof = TlogProof::parse(self.receipt.as_bytes()).unwrap();
        edit(&mut proof);
        verify(&proof.to_string(), self.log.verifier_key()).map(drop)
    }
}

#[test]
fn a_receipt_shows_the_use_of_the_key() {
    let case = Case::new();
    let verified = verify(&case.receipt, case.log.verifier_key()).unwrap();
    assert_eq!((verified.index(), verified.tree_size(), verified.origin()), (11, 12, ORIGIN));
    assert_eq!(verified.event().stamp, NOW);
    let expected = Entry::Result { intent: 10, key_use: key_use(1, 10, 0), signature_sha256: [0x51; 32] };
    assert_eq!(verified.event().entry, expected);
}

#[test]
fn a_receipt_is_made_again_from_the_journal() {
    let case = Case::new();
    assert_eq!(case.log.receipt_of(11).unwrap(), case.receipt);
}

#[test]
fn a_receipt_of_a_log_of_a_million_entries_has_at_most_2_kb() {
    let case = Case::new();
    let mut proof = TlogProof::parse(case.receipt.as_bytes()).unwrap();
    proof.index = 1_048_575;
    proof.hashes = vec![Hash::from_bytes([0xff; 32]); 20];
    // The event's numbers and the checkpoint's size grow by some digits; a DTBS/R can have 64 bytes.
    let length = proof.to_string().len() + 8 + 6 + 44;
    assert!(length <= 2048, "{length} bytes");
}

#[test]
fn another_key_or_another_origin_is_refused() {
    let case = Case::new();
    let name = |name| KeyName::new(name).unwrap();
    let public_key = *case.log.verifier_key().public_key();
    for key in [
        VerifierKey::new(name(ORIGIN), [7; 32]),
        VerifierKey::new(name("log.example/two"), public_key),
        VerifierKey::new(name(ORIGIN), *Case::new().log.verifier_key().public_key()),
    ] {
        assert_eq!(verify(&case.receipt, &key), Err(ReceiptError::OtherLog));
    }
}

#[test]
fn an_edited_event_is_refused_bit_by_bit() {
    let case = Case::new();
    let length = TlogProof::parse(case.receipt.as_bytes()).unwrap().extra.unwrap().len();
    for position in 0..length {
        let refused = case.edited(|proof| proof.extra.as_mut().unwrap()[position] ^= 1);
        assert!(
            matches!(refused, Err(ReceiptError::Malformed | ReceiptError::NotInLog)),
            "byte {position}: {refused:?}"
        );
    }
}

#[test]
fn an_edited_proof_is_refused() {
    let case = Case::new();
    let hashes = TlogProof::parse(case.receipt.as_bytes()).unwrap().hashes.len();
    for position in 0..hashes {
        let refused = case.edited(|proof| proof.hashes[position] = Hash::from_bytes([1; 32]));
        assert_eq!(refused, Err(ReceiptError::NotInLog));
        let refused = case.edited(|proof| {
            proof.hashes.remove(position);
        });
        assert_eq!(refused, Err(ReceiptError::NotInLog));
    }
    assert_eq!(case.edited(|proof| proof.hashes.push(Hash::from_bytes([1; 32]))), Err(ReceiptError::NotInLog));
    assert_eq!(case.edited(|proof| proof.index = 9), Err(ReceiptError::NotInLog));
    assert_eq!(case.edited(|proof| proof.index = 12), Err(ReceiptError::NotInLog));
    assert_eq!(case.edited(|proof| proof.extra = None), Err(ReceiptError::NoOpening));
    assert_eq!(case.edited(|_| ()), Ok(()));
}

#[test]
fn an_opening_of_another_entry_is_refused() {
    let case = Case::new();
    let other = case.log.receipt_of(3).unwrap();
    let other = TlogProof::parse(other.as_bytes()).unwrap().extra;
    assert!(Opening::from_bytes(other.as_deref().unwrap()).is_ok());
    assert_eq!(case.edited(|proof| proof.extra = other), Err(ReceiptError::NotInLog));
}

#[test]
fn an_event_at_another_place_than_it_says_is_refused() {
    // A log that breaks its own rules: the same event, which says that it is the twelfth entry, at every place.
    let case = Case::new();
    let honest = TlogProof::parse(case.receipt.as_bytes()).unwrap();
    let leaf = Opening::from_bytes(honest.extra.as_deref().unwrap()).unwrap().leaf();
    let pair = Ed25519KeyPair::generate().unwrap();
    let key = VerifierKey::new(KeyName::new(ORIGIN).unwrap(), pair.public_key().as_ref().try_into().unwrap());
    let disk = MemoryDisk::default();
    let mut appender = Appender::new();
    for _ in 0..12 {
        appender.append(&leaf).unwrap();
    }
    for tile in appender.take_files() {
        let path = std::path::Path::new(FOLDER).join("log").join(tile.path.to_string());
        disk.replace(&path, &tile.bytes).unwrap();
    }
    let checkpoint = Checkpoint::new(ORIGIN, appender.size(), appender.root());
    let sign = |body: &[u8]| <[u8; 64]>::try_from(pair.sign(body).as_ref());
    let checkpoint = SignedCheckpoint::sign(checkpoint, &key, sign).unwrap();
    let tiles = PublicLog(disk);
    for index in 0..12 {
        let proof = InclusionProof::make(&mut TileNodes::new(12, &tiles), index, 12).unwrap();
        let receipt = TlogProof::new(proof, checkpoint.clone(), honest.extra.clone()).to_string();
        let expected = if index == 11 { Ok(11) } else { Err(ReceiptError::NotInLog) };
        assert_eq!(verify(&receipt, &key).map(|verified| verified.index()), expected);
    }
}

#[test]
fn an_edited_checkpoint_is_refused() {
    let case = Case::new();
    for (from, to) in
        [(format!("{ORIGIN}\n12\n"), format!("{ORIGIN}\n13\n")), (format!("\n\n{ORIGIN}"), "\n\nother".to_owned())]
    {
        assert!(case.receipt.contains(&from));
        let edited = case.receipt.replace(&from, &to);
        assert_eq!(verify(&edited, case.log.verifier_key()), Err(ReceiptError::OtherLog), "{edited}");
    }
}

#[test]
fn what_is_not_a_receipt_is_refused() {
    let case = Case::new();
    let long = "x".repeat(20_000);
    for text in ["", "hello", &case.receipt[1..], case.receipt.trim_end(), &format!("{} ", case.receipt), &long] {
        assert_eq!(verify(text, case.log.verifier_key()), Err(ReceiptError::Malformed), "{text:?}");
    }
}
