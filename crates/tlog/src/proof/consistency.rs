//! That a later tree extends an earlier one: nothing removed, nothing changed. RFC 6962 2.1.2; RFC 9162 2.1.4.2.

use crate::hash::{Hash, empty_root, node_hash};
use crate::proof::{MakeError, ProofError};
use crate::tree::{NodeReader, range_hash, split_height};

/// That the first `old_size` leaves of the tree of `new_size` leaves are those of the older tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Leaves in the older tree.
    pub old_size: u64,
    /// Leaves in the newer tree.
    pub new_size: u64,
    /// Empty if the sizes are equal, or if the older tree is empty.
    pub hashes: Vec<Hash>,
}

impl ConsistencyProof {
    /// Makes the proof from the hashes of the newer tree.
    ///
    /// # Errors
    /// [`MakeError::OutOfRange`] if `old_size` is above `new_size`; [`MakeError::Read`] if a hash cannot be read.
    pub fn make<N: NodeReader>(nodes: &mut N, old_size: u64, new_size: u64) -> Result<Self, MakeError<N::Error>> {
        if old_size > new_size {
            return Err(MakeError::OutOfRange);
        }
        let mut hashes = Vec::new();
        let (mut start, mut end) = (0_u64, if old_size == 0 { 0 } else { new_size });
        // From the root downwards, until what is left is exactly the right end of the older tree.
        while old_size != end {
            let Some(height) = split_height(end.saturating_sub(start)) else {
                break;
            };
            let middle = start.saturating_add(1 << height);
            if old_size <= middle {
                hashes.push(range_hash(nodes, middle, end).map_err(MakeError::Read)?);
                end = middle;
            } else {
                hashes.push(range_hash(nodes, start, middle).map_err(MakeError::Read)?);
                start = middle;
            }
        }
        // If nothing was cut off at the left, this subtree is the older tree itself, which the verifier knows.
        if start > 0 {
            hashes.push(range_hash(nodes, start, end).map_err(MakeError::Read)?);
        }
        hashes.reverse();
        Ok(ConsistencyProof { old_size, new_size, hashes })
    }

    /// Checks that the tree with `new_root` extends the one with `old_root`.
    ///
    /// # Errors
    /// [`ProofError`]; if both roots were signed by the log, then the log has broken its word.
    pub fn verify(&self, old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
        if self.old_size > self.new_size {
            return Err(ProofError::OutOfRange);
        }
        if self.old_size == 0 || self.old_size == self.new_size {
            let expected = if self.old_size == 0 { empty_root() } else { *new_root };
            return match (self.hashes.is_empty(), *old_root == expected) {
                (true, true) => Ok(()),
                (true, false) => Err(ProofError::RootMismatch),
                (false, _) => Err(ProofError::WrongLength),
            };
        }
        // Both sizes are above 0 here.
        let (mut old_last, mut new_last) = (self.old_size.saturating_sub(1), self.new_size.saturating_sub(1));
        let mut rest = self.hashes.iter();
        // A complete older tree is a node of the newer one; its hash is not repeated in the proof.
        let first = if self.old_size.is_power_of_two() { Some(old_root) } else { rest.next() };
        let Some(first) = first else {
            return Err(ProofError::WrongLength);
        };
        let complete = old_last.trailing_ones().min(63);
        old_last >>= complete;
        new_last >>= complete;
        let (mut old_hash, mut new_hash) = (*first, *first);
        for hash in rest {
            if new_last == 0 {
                return Err(ProofError::WrongLength);
            }
            if old_last & 1 == 1 || old_last == new_last {
                old_hash = node_hash(hash, &old_hash);
                new_hash = node_hash(hash, &new_hash);
                let skipped = old_last.trailing_zeros().min(63);
                old_last >>= skipped;
                new_last >>= skipped;
            } else {
                new_hash = node_hash(&new_hash, hash);
            }
            old_last >>= 1;
            new_last >>= 1;
        }
        match (new_last, old_hash == *old_root && new_hash == *new_root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::RootMismatch),
            _ => Err(ProofError::WrongLength),
        }
    }
}
