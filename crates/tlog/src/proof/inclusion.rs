//! That an entry is in the tree. RFC 6962 2.1.1; verification after RFC 9162 2.1.3.2.

use crate::hash::{Hash, node_hash};
use crate::proof::{MakeError, ProofError};
use crate::tree::{NodeReader, range_hash, split_height};

/// That the leaf at `index` is in the tree of `size` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The leaf, counted from 0.
    pub index: u64,
    /// Leaves in the tree.
    pub size: u64,
    /// From the leaf's sibling up to the root's child.
    pub hashes: Vec<Hash>,
}

impl InclusionProof {
    /// Makes the proof from the hashes of the tree.
    ///
    /// What `nodes` returns is not checked here: verify the proof against the checkpoint before handing it out.
    ///
    /// # Errors
    /// [`MakeError::OutOfRange`] if `index` is not below `size`; [`MakeError::Read`] if a hash cannot be read.
    pub fn make<N: NodeReader>(nodes: &mut N, index: u64, size: u64) -> Result<Self, MakeError<N::Error>> {
        if index >= size {
            return Err(MakeError::OutOfRange);
        }
        let mut hashes = Vec::new();
        let (mut start, mut end) = (0_u64, size);
        // From the root downwards: note the half that the leaf is not in, go on in the other.
        while let Some(height) = split_height(end.saturating_sub(start)) {
            let middle = start.saturating_add(1 << height);
            let sibling = if index < middle { (middle, end) } else { (start, middle) };
            hashes.push(range_hash(nodes, sibling.0, sibling.1).map_err(MakeError::Read)?);
            (start, end) = if index < middle { (start, middle) } else { (middle, end) };
        }
        hashes.reverse();
        Ok(InclusionProof { index, size, hashes })
    }

    /// Checks that `leaf` (see [`leaf_hash`](crate::leaf_hash)) is where the proof says, in the tree with this `root`.
    ///
    /// # Errors
    /// [`ProofError`]; nothing is known about the entry then.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        let Some(mut last) = self.size.checked_sub(1).filter(|last| self.index <= *last) else {
            return Err(ProofError::OutOfRange);
        };
        let mut index = self.index;
        let mut hash = *leaf;
        for sibling in &self.hashes {
            if last == 0 {
                return Err(ProofError::WrongLength);
            }
            if index & 1 == 1 || index == last {
                hash = node_hash(sibling, &hash);
                // A right edge without sibling passes upwards unchanged until it becomes a right child.
                let skipped = index.trailing_zeros().min(63);
                index >>= skipped;
                last >>= skipped;
            } else {
                hash = node_hash(&hash, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        match (last, hash == *root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::RootMismatch),
            _ => Err(ProofError::WrongLength),
        }
    }
}
