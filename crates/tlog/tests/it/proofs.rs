//! Inclusion and consistency proofs against the definition, and every small change to one.

use proptest::prelude::*;
use tlog::{
    ConsistencyProof, Hash, InclusionProof, MakeError, ProofError, TileError, TileNodes, empty_root, leaf_hash,
};

use crate::definition;
use crate::files::{entry, leaves, log};

/// Proof hashes in which each one was replaced, removed or doubled, or two neighbours were swapped.
fn spoilt(hashes: &[Hash]) -> Vec<Vec<Hash>> {
    let other = leaf_hash(b"other");
    let mut all = vec![[hashes, &[other]].concat(), [&[other], hashes].concat()];
    for at in 0..hashes.len() {
        let with = |change: &dyn Fn(&mut Vec<Hash>)| {
            let mut changed = hashes.to_vec();
            change(&mut changed);
            changed
        };
        let mut flipped = *hashes[at].as_bytes();
        flipped[at % 32] ^= 0x10;
        all.push(with(&|hashes| hashes[at] = Hash::from_bytes(flipped)));
        all.push(with(&|hashes| {
            hashes.remove(at);
        }));
        all.push(with(&|hashes| hashes.insert(at, hashes[at])));
        if at > 0 {
            all.push(with(&|hashes| hashes.swap(at - 1, at)));
        }
    }
    all
}

#[test]
fn every_inclusion_proof_of_every_small_tree_is_the_defined_one_and_holds() {
    let (_, files) = log(70, &(0..70).collect::<Vec<_>>());
    for size in 1..=70_u64 {
        let leaves = leaves(size);
        let root = definition::root(&leaves);
        for index in 0..size {
            let at = usize::try_from(index).unwrap();
            let proof = InclusionProof::make(&mut TileNodes::new(size, &files), index, size).unwrap();
            assert_eq!(proof.hashes, definition::path(at, &leaves), "{index} in {size}");
            assert_eq!(proof.verify(&leaves[at], &root), Ok(()), "{index} in {size}");
            for other in (0..size).filter(|other| *other != index) {
                let moved = InclusionProof { index: other, ..proof.clone() };
                assert!(moved.verify(&leaves[at], &root).is_err(), "{index} claimed as {other} in {size}");
            }
        }
    }
}

#[test]
fn every_consistency_proof_of_every_small_tree_is_the_defined_one_and_holds() {
    let (_, files) = log(70, &(0..70).collect::<Vec<_>>());
    for new_size in 0..=70_u64 {
        let leaves = leaves(new_size);
        let new_root = definition::root(&leaves);
        for old_size in 0..=new_size {
            let old = usize::try_from(old_size).unwrap();
            let old_root = definition::root(&leaves[..old]);
            let proof = ConsistencyProof::make(&mut TileNodes::new(new_size, &files), old_size, new_size).unwrap();
            assert_eq!(proof.hashes, definition::consistency(old, &leaves), "{old_size} in {new_size}");
            assert_eq!(proof.verify(&old_root, &new_root), Ok(()), "{old_size} in {new_size}");
            assert!(proof.verify(&leaf_hash(b"x"), &new_root).is_err());
            if old_size > 0 {
                assert!(proof.verify(&old_root, &leaf_hash(b"x")).is_err());
            }
        }
    }
}

#[test]
fn positions_outside_the_tree_are_refused() {
    let (log, files) = log(10, &[]);
    let mut nodes = TileNodes::new(10, &files);
    assert_eq!(InclusionProof::make(&mut nodes, 10, 10), Err(MakeError::OutOfRange));
    assert_eq!(InclusionProof::make(&mut nodes, 0, 0), Err(MakeError::OutOfRange));
    assert_eq!(ConsistencyProof::make(&mut nodes, 11, 10), Err(MakeError::OutOfRange));
    let beyond = InclusionProof::make(&mut nodes, 0, 20);
    assert!(matches!(beyond, Err(MakeError::Read(TileError::NoSuchNode(_)))));
    let proof = InclusionProof { index: 10, size: 10, hashes: Vec::new() };
    assert_eq!(proof.verify(&leaf_hash(b""), &log.root()), Err(ProofError::OutOfRange));
    let proof = InclusionProof { index: 0, size: 0, hashes: Vec::new() };
    assert_eq!(proof.verify(&leaf_hash(b""), &empty_root()), Err(ProofError::OutOfRange));
    let proof = ConsistencyProof { old_size: 11, new_size: 10, hashes: Vec::new() };
    assert_eq!(proof.verify(&log.root(), &log.root()), Err(ProofError::OutOfRange));
}

#[test]
fn a_missing_or_short_tile_is_named_in_the_error() {
    let (_, mut files) = log(300, &[]);
    files.0.get_mut("tile/0/000").unwrap().truncate(8191);
    let error = InclusionProof::make(&mut TileNodes::new(300, &files), 3, 300).unwrap_err();
    let MakeError::Read(error) = error else { panic!("{error:?}") };
    assert_eq!(
        error.to_string(),
        "tile/0/000 does not hold as many hashes as a tree of this size has there; restore the file"
    );
    files.0.remove("tile/0/000");
    let error = InclusionProof::make(&mut TileNodes::new(300, &files), 3, 300).unwrap_err();
    assert!(matches!(error, MakeError::Read(TileError::Read(..))), "{error:?}");
}

#[test]
fn hostile_sizes_neither_panic_nor_verify() {
    let hash = leaf_hash(b"x");
    for size in [1 << 62, 1 << 63, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size / 2, size - 1] {
            for length in [0, 1, 63, 64, 65, 200] {
                let hashes = vec![hash; length];
                assert!(InclusionProof { index, size, hashes: hashes.clone() }.verify(&hash, &hash).is_err());
                assert!(ConsistencyProof { old_size: index, new_size: size, hashes }.verify(&hash, &hash).is_err());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proofs_from_tiles_are_the_defined_ones(size in 1_u64..3000, at: prop::sample::Index, old: prop::sample::Index) {
        let (log, files) = log(size, &[]);
        let leaves = leaves(size);
        let index = at.index(leaves.len());
        let proof = InclusionProof::make(&mut TileNodes::new(size, &files), index as u64, size).unwrap();
        prop_assert_eq!(&proof.hashes, &definition::path(index, &leaves));
        prop_assert_eq!(proof.verify(&leaf_hash(&entry(index as u64)), &log.root()), Ok(()));

        let old = old.index(leaves.len()) + 1;
        let consistency = ConsistencyProof::make(&mut TileNodes::new(size, &files), old as u64, size).unwrap();
        prop_assert_eq!(&consistency.hashes, &definition::consistency(old, &leaves));
        prop_assert_eq!(consistency.verify(&definition::root(&leaves[..old]), &log.root()), Ok(()));
    }

    #[test]
    fn no_spoilt_proof_holds(size in 2_u64..600, at: prop::sample::Index, old: prop::sample::Index) {
        let (log, files) = log(size, &[]);
        let (leaves, root) = (leaves(size), log.root());
        let index = at.index(leaves.len());
        let proof = InclusionProof::make(&mut TileNodes::new(size, &files), index as u64, size).unwrap();
        for hashes in spoilt(&proof.hashes) {
            let spoilt = InclusionProof { hashes, ..proof.clone() };
            prop_assert!(spoilt.verify(&leaves[index], &root).is_err());
        }
        prop_assert_eq!(proof.verify(&leaf_hash(b"another entry"), &root), Err(ProofError::RootMismatch));

        let old = old.index(leaves.len()) + 1;
        let old_root = definition::root(&leaves[..old]);
        let proof = ConsistencyProof::make(&mut TileNodes::new(size, &files), old as u64, size).unwrap();
        for hashes in spoilt(&proof.hashes) {
            let spoilt = ConsistencyProof { hashes, ..proof.clone() };
            prop_assert!(spoilt.verify(&old_root, &root).is_err());
        }
    }

    #[test]
    fn a_log_that_changed_an_old_entry_cannot_prove_consistency(size in 2_u64..600, old: prop::sample::Index, changed: prop::sample::Index) {
        let honest = leaves(size);
        let old = old.index(honest.len()) + 1;
        let mut rewritten = honest.clone();
        rewritten[changed.index(old)] = leaf_hash(b"rewritten");
        let (old_root, new_root) = (definition::root(&honest[..old]), definition::root(&rewritten));
        for leaves in [&honest, &rewritten] {
            let proof = ConsistencyProof { old_size: old as u64, new_size: size, hashes: definition::consistency(old, leaves) };
            prop_assert!(proof.verify(&old_root, &new_root).is_err());
        }
    }
}
