//! Receipts: what a signer holds to show, without this service, that the use of a key was logged. C2SP tlog-proof; security design 3.4.
//!
//! A receipt is a text of about 2 KB: the opening of the entry (in the line `extra`), the inclusion proof, and the signed checkpoint.
//! The log makes it ([`crate::signing_log::SigningLog::receipt`]); [`verify`] needs nothing but the log's public key.

use crate::signing_log::{Event, Opening};
use tlog::{CheckpointError, TlogProof, TlogProofError, note::VerifierKey};

/// No receipt is longer: an opening of 1 KB and a tree of 2^64 entries fit.
const MAX_LENGTH: usize = 16 * 1024;

/// What a receipt shows. Made by [`verify`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    event: Event,
    tree_size: u64,
    origin: String,
}

/// Why a receipt shows nothing. The fault is in the receipt, or it is of another log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Not a receipt.
    #[error("this is not a receipt: it has not the form of a .tlog-proof file, or was cut or edited")]
    Malformed,
    /// A proof of inclusion that does not say of what.
    #[error("the receipt does not say what was logged: it has no opening")]
    NoOpening,
    /// The checkpoint is not signed by the expected key, or it is about another log.
    #[error("the receipt is not signed by the log that it was checked against")]
    OtherLog,
    /// The event is not in the log as the receipt tells it.
    #[error("the log does not contain the event as the receipt tells it: event or proof were changed")]
    NotInLog,
}

/// Checks a receipt against the key of a log.
///
/// # Errors
/// [`ReceiptError`]; nothing in the receipt is to be believed then.
pub fn verify(text: &str, log: &VerifierKey) -> Result<VerifiedReceipt, ReceiptError> {
    if text.len() > MAX_LENGTH {
        return Err(ReceiptError::Malformed);
    }
    let proof = TlogProof::parse(text.as_bytes()).map_err(|_| ReceiptError::Malformed)?;
    let opening = proof.extra.as_deref().ok_or(ReceiptError::NoOpening)?;
    let opening = Opening::from_bytes(opening).map_err(|_| ReceiptError::Malformed)?;
    let checkpoint = proof.verify(&opening.leaf(), log).map_err(|error| match error {
        TlogProofError::Checkpoint(CheckpointError::Unsigned(_) | CheckpointError::OtherLog { .. }) => {
            ReceiptError::OtherLog
        }
        TlogProofError::Inclusion(_) => ReceiptError::NotInLog,
        _ => ReceiptError::Malformed,
    })?;
    // The event says its own place, so that one event cannot be shown at two.
    if opening.event().index != proof.index {
        return Err(ReceiptError::NotInLog);
    }
    Ok(VerifiedReceipt {
        event: opening.event().clone(),
        tree_size: checkpoint.size,
        origin: checkpoint.origin.clone(),
    })
}

impl VerifiedReceipt {
    /// What was logged.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Index of the entry in the log.
    pub fn index(&self) -> u64 {
        self.event.index
    }

    /// Entries in the log when the receipt was made.
    pub fn tree_size(&self) -> u64 {
        self.tree_size
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}
