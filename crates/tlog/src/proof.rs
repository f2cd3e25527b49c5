//! Proofs over the tree: that an entry is in it, that a later tree extends an earlier one. RFC 6962 2.1.1, 2.1.2.

pub mod consistency;
pub mod inclusion;

/// A proof does not hold. The fault is in what was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The positions cannot be: the leaf is outside the tree, or the older tree is larger than the newer one.
    #[error("the proof is about a position that the tree does not have")]
    OutOfRange,
    /// A proof for these positions has another number of hashes.
    #[error("the proof has the wrong number of hashes for its position and tree size")]
    WrongLength,
    /// The hashes lead to another root.
    #[error("the proof leads to another root than the expected one")]
    RootMismatch,
}

/// A proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MakeError<E> {
    /// The caller asked for a leaf or a size that the tree does not have.
    #[error("no such position: a proof was asked for a leaf or size beyond the tree")]
    OutOfRange,
    /// The tree's hashes could not be read.
    #[error("the hashes of the tree could not be read")]
    Read(#[source] E),
}
