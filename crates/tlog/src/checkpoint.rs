//! What a log says about itself at one moment: origin, size, root; signed. C2SP tlog-checkpoint.
//!
//! Sent and stored as text.

use std::fmt;
use std::str::FromStr;

use crate::decimal;
use crate::hash::Hash;
use crate::note::{InvalidNote, NoteVerificationError, NoteVerifier, SignError, SignedNote, VerifierKey};

/// The head of the tree at a size. A log never signs two that cannot both be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: by custom a URL without scheme.
    pub origin: String,
    /// Entries in the log.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Further lines; this project writes none, and keeps those of others.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Checkpoint { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
        let size = decimal(lines.next()?)?;
        let root = Hash::from_base64(lines.next()?).ok()?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let control = |text: &str| text.bytes().any(|byte| byte < 0x20);
        if control(&origin) || extensions.iter().any(|line| line.is_empty() || control(line)) {
            return None;
        }
        Some(Checkpoint { origin, size, root, extensions })
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text that is signed, without signatures.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        Checkpoint::parse(text).ok_or(CheckpointError::Malformed)
    }
}

/// A checkpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it is not one.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] InvalidNote),
    /// The text is not that of a checkpoint.
    #[error("not a checkpoint: expected lines with origin, size and root hash")]
    Malformed,
    /// The log's signature is missing or wrong.
    #[error("the checkpoint is not signed by the expected log key")]
    Unsigned(#[source] NoteVerificationError),
    /// Signed, but about another log.
    #[error("the checkpoint is of the log {found:?}, not {expected:?}")]
    OtherLog {
        /// The log that was asked about.
        expected: String,
        /// The log that the checkpoint is about.
        found: String,
    },
}

/// A checkpoint with its signatures, none of which need to be good: see [`Self::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Signs a checkpoint; `sign` gets the bytes to be signed and returns the Ed25519 signature.
    ///
    /// The caller's duty: never sign a checkpoint that is inconsistent with an earlier one.
    ///
    /// # Errors
    /// [`SignError::Note`] if origin or an extension cannot stand in a checkpoint; [`SignError::Signer`] from `sign`.
    pub fn sign<E>(
        checkpoint: Checkpoint,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Self, SignError<E>> {
        let text = checkpoint.to_string();
        if Checkpoint::parse(&text).as_ref() != Some(&checkpoint) {
            return Err(SignError::Note(InvalidNote::Text));
        }
        Ok(SignedCheckpoint { note: SignedNote::sign(text, key, sign)?, checkpoint })
    }

    /// Reads a checkpoint. Signatures are not verified.
    ///
    /// # Errors
    /// [`CheckpointError::Note`], [`CheckpointError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(bytes).map_err(CheckpointError::Note)?;
        let checkpoint = note.unverified_text().parse()?;
        Ok(SignedCheckpoint { note, checkpoint })
    }

    /// The checkpoint, if the log with this key signed it and it is about that log (its origin is the key's name).
    ///
    /// # Errors
    /// [`CheckpointError::Unsigned`], [`CheckpointError::OtherLog`].
    pub fn verify(&self, log: &dyn NoteVerifier) -> Result<&Checkpoint, CheckpointError> {
        self.note.verify(&[log]).map_err(CheckpointError::Unsigned)?;
        let expected = log.key().name().as_str();
        if self.checkpoint.origin != expected {
            return Err(CheckpointError::OtherLog {
                expected: expected.to_owned(),
                found: self.checkpoint.origin.clone(),
            });
        }
        Ok(&self.checkpoint)
    }

    /// What it says, not to be trusted before [`Self::verify`].
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note that carries it.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }
}

/// The file `checkpoint` of a log.
impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
