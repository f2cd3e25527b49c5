//! Readers of the journal without a journal, for fuzzing: each reads, and writes again what it has understood.

use super::frame::{FrameHeader, FrameKey};
use super::item::Items;

/// A frame that was opened under a key of the caller's.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenedFrame {
    /// Its number.
    pub number: u64,
    /// Its bytes, with the header.
    pub length: usize,
    /// What was sealed.
    pub payload: Vec<u8>,
}

/// Opens the frame at the start of `bytes`.
#[must_use]
pub fn open_frame(bytes: &[u8], key: &[u8; 32]) -> Option<OpenedFrame> {
    let mut bytes = bytes.to_vec();
    let key = FrameKey::new(key)?;
    let frame = key.open(&mut bytes)?;
    Some(OpenedFrame { number: frame.number, length: frame.length, payload: frame.payload.to_vec() })
}

/// Number and whole length of the frame whose header stands at the start of `bytes`, if that is plausible.
#[must_use]
pub fn frame_header(bytes: &[u8]) -> Option<(u64, usize)> {
    let header = FrameHeader::read(bytes)?;
    Some((header.number, header.frame_length()?))
}

/// The items in the payload of a frame.
#[must_use]
pub fn items_again(payload: &[u8]) -> Option<Vec<u8>> {
    Items::from_bytes(payload).ok().map(|items| items.to_bytes())
}
