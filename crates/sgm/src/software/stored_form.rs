//! Readers of the token's files without the token, for fuzzing: each reads, and writes again what it has understood.

use super::{log_anchor, token_file::TokenFile};

/// A token file. Its tag is not checked: that is done when its keys are unwrapped.
#[must_use]
pub fn token_file_again(bytes: &[u8]) -> Option<Vec<u8>> {
    TokenFile::parse(bytes).map(|file| file.to_bytes())
}

/// The slot that counts in an anchor file that was written under the seal key `key`, and its number.
#[must_use]
pub fn anchor_again(bytes: &[u8], key: &[u8; 32]) -> Option<(Vec<u8>, u8)> {
    log_anchor::anchor_again(bytes, key)
}

/// What the tag of one slot is over, without the tag.
#[must_use]
pub fn anchor_content_again(bytes: &[u8]) -> Option<Vec<u8>> {
    log_anchor::anchor_content_again(bytes)
}
