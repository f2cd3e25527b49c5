//! The public leaf of an entry and the opening that shows what is behind it. Security design 3.4. Stored format, version 1.
//!
//! ```text
//! leaf    = 0x01 | kind (u8) | C (32)
//! C       = SHA-256("rakkan-leaf/1" | r (32) | event)
//! opening = r (32) | event (deterministic CBOR)
//! ```
//! Whoever sees the log sees kinds and times of growth only; without the random `r` the hash of a known form letter cannot be guessed.

use super::event::Event;
use crate::dcbor::{self, DecodeError};
use aws_lc_rs::digest::{Context, SHA256};

const VERSION: u8 = 1;
const DOMAIN: &[u8] = b"rakkan-leaf/1";

/// Length of a leaf.
pub const LEAF_LENGTH: usize = 34;

/// What opens the commitment in a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    salt: [u8; 32],
    event: Event,
    encoded: Vec<u8>,
}

impl Opening {
    /// Commits to `event`; `salt` must be random and used once.
    pub(super) fn new(salt: [u8; 32], event: Event) -> Self {
        let encoded = dcbor::to_bytes(&event);
        Self { salt, event, encoded }
    }

    /// Reads an opening as it stands in a receipt or in the journal.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are not a salt and one event in its only form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (salt, encoded) = bytes.split_first_chunk::<32>().ok_or(DecodeError::WrongValue)?;
        let event = dcbor::from_bytes(encoded)?;
        Ok(Self {
            salt: *salt,
            event,
            encoded: encoded.to_vec(),
        })
    }

    /// The bytes of the opening.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.salt.as_slice(), &self.encoded].concat()
    }

    /// What the leaf commits to.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The leaf that this opens.
    pub fn leaf(&self) -> [u8; LEAF_LENGTH] {
        let mut context = Context::new(&SHA256);
        context.update(DOMAIN);
        context.update(&self.salt);
        context.update(&self.encoded);
        let head = [VERSION, self.event.entry.kind().code()];
        let commitment = context.finish();
        let mut leaf = [0; LEAF_LENGTH];
        leaf.iter_mut()
            .zip(head.iter().chain(commitment.as_ref()))
            .for_each(|(to, from)| *to = *from);
        leaf
    }
}
