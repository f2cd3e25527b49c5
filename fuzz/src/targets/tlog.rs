//! Texts and files of a log, as a stranger may send them. C2SP signed-note, tlog-checkpoint, tlog-proof, tlog-tiles.

use tlog::note::{SignedNote, VerifierKey};
use tlog::{
    Checkpoint, ConsistencyProof, Hash, InclusionProof, SignedCheckpoint, TileKind, TilePath, TlogProof,
    entries_of_bundle,
};

use crate::Target;

const KEY: &str = "log.example/rakkan+fcad9013+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const WORDS: &[&str] =
    &["\n", "\n\n", "— ", "+", "=", "extra ", "index ", "c2sp.org/tlog-proof@v1\n", "log.example/rakkan", "\u{a0}"];

pub const TARGETS: &[Target] = &[
    Target { name: "tlog_note", feed: note, words: WORDS },
    Target { name: "tlog_checkpoint", feed: checkpoint, words: WORDS },
    Target { name: "tlog_proof", feed: proof, words: WORDS },
    Target { name: "tlog_verifier_key", feed: verifier_key, words: WORDS },
    Target { name: "tlog_tile_path", feed: tile_path, words: &["tile/", "entries", "x", "/", ".p/", "000", "255"] },
    Target { name: "tlog_entry_bundle", feed: entry_bundle, words: &["\0\0", "\0\u{1}"] },
    Target { name: "tlog_merkle_proof", feed: merkle_proof, words: &[] },
];

fn key() -> VerifierKey {
    KEY.parse().expect("the key is well-formed")
}

fn note(input: &[u8]) -> bool {
    let Ok(note) = SignedNote::parse(input) else {
        return false;
    };
    assert_eq!(note.to_string().as_bytes(), input, "a note has one spelling");
    let _ = note.verify(&[&key()]);
    true
}

fn checkpoint(input: &[u8]) -> bool {
    let body = std::str::from_utf8(input).ok().and_then(|text| text.parse::<Checkpoint>().ok());
    if let Some(checkpoint) = &body {
        assert_eq!(checkpoint.to_string().as_bytes(), input, "a checkpoint body has one spelling");
    }
    let Ok(signed) = SignedCheckpoint::parse(input) else {
        return body.is_some();
    };
    assert_eq!(signed.to_string().as_bytes(), input, "a checkpoint has one spelling");
    let _ = signed.verify(&key());
    true
}

fn proof(input: &[u8]) -> bool {
    let Ok(proof) = TlogProof::parse(input) else {
        return false;
    };
    assert_eq!(proof.to_string().as_bytes(), input, "a proof has one spelling");
    assert!(proof.verify(b"never in any log", &key()).is_err(), "the entry is in no log of this key");
    true
}

fn verifier_key(input: &[u8]) -> bool {
    let Some(key) = std::str::from_utf8(input).ok().and_then(|text| text.parse::<VerifierKey>().ok()) else {
        return false;
    };
    assert_eq!(key.to_string().as_bytes(), input, "a verifier key has one spelling");
    true
}

fn tile_path(input: &[u8]) -> bool {
    let Some(path) = std::str::from_utf8(input).ok().and_then(|text| text.parse::<TilePath>().ok()) else {
        return false;
    };
    assert_eq!(path.to_string().as_bytes(), input, "a resource has one path");
    true
}

fn entry_bundle(input: &[u8]) -> bool {
    let mut taken = false;
    for size in [1, 2, 256] {
        let path = TilePath::in_tree(TileKind::Entries, 0, size).expect("the tree has a first bundle");
        if let Ok(entries) = entries_of_bundle(&path, input) {
            assert_eq!(entries.len(), usize::from(path.width()));
            assert!(entries.iter().map(|entry| entry.len() + 2).sum::<usize>() <= input.len());
            taken = true;
        }
    }
    taken
}

/// Two sizes, a leaf or old root, a root, then hashes: no such proof may hold for roots that are not made from it.
fn merkle_proof(input: &[u8]) -> bool {
    let Some((sizes, rest)) = input.split_first_chunk::<16>() else {
        return false;
    };
    let (first, second) = sizes.split_at(8);
    let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("8 bytes"));
    let (chunks, _) = rest.as_chunks::<32>();
    let hashes: Vec<Hash> = chunks.iter().copied().map(Hash::from_bytes).collect();
    let (leaf, root) = (tlog::leaf_hash(b"leaf"), tlog::leaf_hash(b"root"));
    let inclusion = InclusionProof { index: number(first), size: number(second), hashes: hashes.clone() };
    assert!(inclusion.verify(&leaf, &root).is_err());
    let consistency = ConsistencyProof { old_size: number(first), new_size: number(second), hashes };
    assert!(consistency.verify(&leaf, &root).is_err());
    true
}
