//! A proof in a file of its own: entry index, inclusion proof, signed checkpoint. C2SP tlog-proof.
//!
//! Sent and stored as text (`.tlog-proof`); checked with nothing but the log's public key.

use std::fmt;

use base64ct::{Base64, Encoding};

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::decimal;
use crate::hash::{Hash, leaf_hash};
use crate::note::NoteVerifier;
use crate::proof::ProofError;
use crate::proof::inclusion::InclusionProof;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// No tree needs more: sizes have 64 bits.
const MAX_HASHES: usize = 64;
const MAX_LENGTH: usize = 2_000_000;

/// A self-contained proof that an entry is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// What the application added; not authenticated by the proof. Here: the opening of the entry.
    pub extra: Option<Vec<u8>>,
    /// The entry, counted from 0.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub hashes: Vec<Hash>,
    /// The checkpoint whose root the hashes lead to.
    pub checkpoint: SignedCheckpoint,
}

/// A proof file cannot be used or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Not a proof file. Line counted from 1.
    #[error("not a proof: line {0} is not what the format has there")]
    Malformed(usize),
    /// Longer than any proof of this kind.
    #[error("not a proof: longer than 2,000,000 bytes")]
    TooLong,
    /// The checkpoint in it cannot be used.
    #[error("the checkpoint in the proof cannot be used")]
    Checkpoint(#[source] CheckpointError),
    /// The entry is not shown to be in the log.
    #[error("the proof does not show that the entry is in the log")]
    Inclusion(#[source] ProofError),
}

impl TlogProof {
    /// Packs an inclusion proof with the checkpoint that it was made for.
    ///
    /// Empty `extra` is the same as none. Whether proof and checkpoint fit together shows [`Self::verify`].
    pub fn new(proof: InclusionProof, checkpoint: SignedCheckpoint, extra: Option<Vec<u8>>) -> Self {
        let extra = extra.filter(|extra| !extra.is_empty());
        TlogProof { extra, index: proof.index, hashes: proof.hashes, checkpoint }
    }

    /// Reads a proof file. Nothing is verified.
    ///
    /// # Errors
    /// [`TlogProofError::Malformed`], [`TlogProofError::TooLong`] or [`TlogProofError::Checkpoint`] unless the bytes
    /// are exactly what `Display` writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > MAX_LENGTH {
            return Err(TlogProofError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| TlogProofError::Malformed(1))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(TlogProofError::Malformed(1))?;
        let mut lines = (1_usize..).zip(head.split('\n')).peekable();
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(TlogProofError::Malformed(1));
        }
        let extra = match lines.next_if(|(_, line)| line.starts_with("extra ")) {
            Some((number, line)) => Some(extra_of_line(line).ok_or(TlogProofError::Malformed(number))?),
            None => None,
        };
        let (number, line) = lines.next().ok_or(TlogProofError::Malformed(2))?;
        let index = line.strip_prefix("index ").and_then(decimal).ok_or(TlogProofError::Malformed(number))?;
        let mut hashes = Vec::new();
        for (number, line) in lines {
            if hashes.len() == MAX_HASHES {
                return Err(TlogProofError::Malformed(number));
            }
            hashes.push(Hash::from_base64(line).map_err(|_| TlogProofError::Malformed(number))?);
        }
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes()).map_err(TlogProofError::Checkpoint)?;
        Ok(TlogProof { extra, index, hashes, checkpoint })
    }

    /// Checks that `entry` is in the log with this key, at [`Self::index`]; returns the checkpoint that says so.
    ///
    /// # Errors
    /// [`TlogProofError::Checkpoint`] if the log has not signed; [`TlogProofError::Inclusion`] if the entry is not there.
    pub fn verify(&self, entry: &[u8], log: &dyn NoteVerifier) -> Result<&Checkpoint, TlogProofError> {
        let checkpoint = self.checkpoint.verify(log).map_err(TlogProofError::Checkpoint)?;
        let proof = InclusionProof { index: self.index, size: checkpoint.size, hashes: self.hashes.clone() };
        proof.verify(&leaf_hash(entry), &checkpoint.root).map_err(TlogProofError::Inclusion)?;
        Ok(checkpoint)
    }
}

fn extra_of_line(line: &str) -> Option<Vec<u8>> {
    let extra = Base64::decode_vec(line.strip_prefix("extra ")?).ok()?;
    // Without data there is no such line.
    (!extra.is_empty()).then_some(extra)
}

/// The content of a `.tlog-proof` file.
impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", Base64::encode_string(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
