//! RFC 6962 2.1 as it is written there: recursive, slow, obviously right. What the crate does is measured against it.

use tlog::{Hash, empty_root, node_hash};

fn split(length: usize) -> usize {
    (1..).map(|exponent| 1 << exponent).find(|power| *power >= length).unwrap() / 2
}

/// MTH over leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split(more.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH(m, D[n]).
pub fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut hashes, sibling) =
        if index < left.len() { (path(index, left), right) } else { (path(index - left.len(), right), left) };
    hashes.push(root(sibling));
    hashes
}

/// PROOF(m, D[n]).
pub fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    fn subproof(old: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if complete { Vec::new() } else { vec![root(leaves)] };
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        let (mut hashes, sibling) = if old <= left.len() {
            (subproof(old, left, complete), right)
        } else {
            (subproof(old - left.len(), right, false), left)
        };
        hashes.push(root(sibling));
        hashes
    }
    if old == 0 { Vec::new() } else { subproof(old, leaves, true) }
}
