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
        Ok(Self { salt: *salt, event, encoded: encoded.to_vec() })
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
        leaf.iter_mut().zip(head.iter().chain(commitment.as_ref())).for_each(|(to, from)| *to = *from);
        leaf
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{Entry, Stamp};
    use super::*;

    fn opening() -> Opening {
        let entry = Entry::Refused { sar_id: None, credential_id: None, refusal: 15 };
        let stamp = Stamp { time: 1_800_000_000, clock_synchronised: true };
        let event = Event { stamp, sam_boot: [0xb0; 16], index: 7, tenant: String::new(), key_link: None, entry };
        Opening::new([0x77; 32], event)
    }

    #[test]
    fn leaf_and_opening_have_golden_bytes() {
        let event = dcbor::to_bytes(opening().event());
        assert_eq!(opening().to_bytes(), [vec![0x77; 32], event.clone()].concat());
        let committed = [b"rakkan-leaf/1".as_slice(), &[0x77; 32], &event].concat();
        let commitment = aws_lc_rs::digest::digest(&SHA256, &committed);
        assert_eq!(opening().leaf().to_vec(), [&[0x01, 14], commitment.as_ref()].concat());
    }

    #[test]
    fn an_opening_reads_back_and_opens_the_same_leaf() {
        let read = Opening::from_bytes(&opening().to_bytes()).unwrap();
        assert_eq!(read, opening());
        assert_eq!(read.leaf(), opening().leaf());
    }

    #[test]
    fn an_opening_that_is_cut_or_longer_is_refused() {
        let bytes = opening().to_bytes();
        for length in 0..bytes.len() {
            assert!(Opening::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(Opening::from_bytes(&[bytes, vec![0]].concat()).is_err());
    }
}
