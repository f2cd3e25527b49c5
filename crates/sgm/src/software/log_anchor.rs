//! The checkpoint signed last, so that the log key never signs two histories. Security design 7.1 no. 10. Stored format, version 1.
//!
//! ```text
//! file: two slots of 512 bytes, written in turn
//! slot: "rakkan-anchor/1\n" | size (u64) | root (32) | SHA-256 of the origin (32), zeros before the first
//!       | tag (32) = HMAC-SHA-256(seal key, "rakkan-anchor/1" 0x00 everything before) | zeros
//! ```
//! The slot with the larger size counts. A slot is written before the signature is given out but not forced to the disk: after a
//! loss of power the anchor may be behind the log, never ahead of it, and a log that was set back while the machine ran is caught.

use super::{tag, tag_fits};
use crate::{CheckpointToSign, LogSignError, SecretFileError, TokenError, sealed_key::sha256};
use aws_lc_rs::hmac;
use rustix::fs::{Mode, OFlags};
use std::{fs::File, io, os::unix::fs::FileExt, path::Path};
use tlog::{Checkpoint, ConsistencyProof, Hash, empty_root};

const HEADER: &[u8; 16] = b"rakkan-anchor/1\n";
const DOMAIN: &[u8] = b"rakkan-anchor/1";
const SLOT: usize = 512;

/// The checkpoint signed last and the file that remembers it.
pub(super) struct LogAnchor {
    file: File,
    last: Signed,
    /// The slot that `last` stands in; the other one is written next.
    slot: u8,
}

/// A checkpoint as far as it matters for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signed {
    size: u64,
    root: Hash,
    origin_sha256: [u8; 32],
}

impl Signed {
    fn nothing() -> Self {
        Self { size: 0, root: empty_root(), origin_sha256: [0; 32] }
    }

    fn to_slot(self, key: &hmac::Key) -> [u8; SLOT] {
        let mut content = self.to_content();
        content.extend(tag(key, DOMAIN, &[&content]));
        let mut slot = [0; SLOT];
        slot.iter_mut().zip(content).for_each(|(to, from)| *to = from);
        slot
    }

    fn to_content(self) -> Vec<u8> {
        let mut content = HEADER.to_vec();
        content.extend(self.size.to_be_bytes());
        content.extend(self.root.as_bytes());
        content.extend(self.origin_sha256);
        content
    }

    fn from_slot(slot: &[u8], key: &hmac::Key) -> Option<Self> {
        let (content, rest) = slot.split_at_checked(88)?;
        let (tag, _) = rest.split_first_chunk::<32>()?;
        if tag_fits(key, DOMAIN, &[content], tag) { Self::from_content(content) } else { None }
    }

    /// Reads what the tag is over.
    fn from_content(content: &[u8]) -> Option<Self> {
        let (size, rest) = content.strip_prefix(HEADER)?.split_first_chunk::<8>()?;
        let (root, rest) = rest.split_first_chunk::<32>()?;
        Some(Self {
            size: u64::from_be_bytes(*size),
            root: Hash::from_bytes(*root),
            origin_sha256: rest.try_into().ok()?,
        })
    }
}

impl LogAnchor {
    /// Writes the anchor of a log that nothing was signed of yet.
    pub(super) fn create(path: &Path, key: &hmac::Key) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
        let slot = Signed::nothing().to_slot(key);
        file.write_all_at(&[slot, slot].concat(), 0)?;
        file.sync_all()
    }

    pub(super) fn open(path: &Path, key: &hmac::Key) -> Result<Self, TokenError> {
        // Checked like a secret: who can write here can set the log back.
        let content = super::secret_file::read(path)?;
        let (last, slot) = newest(&content, key).ok_or_else(|| TokenError::Malformed(path.to_owned()))?;
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|error| SecretFileError::Storage { path: path.to_owned(), source: error.into() })?;
        Ok(Self { file: File::from(file), last, slot })
    }

    /// What the anchor will be once `checkpoint` is signed, if it extends the checkpoint signed last.
    pub(super) fn extended_by(&self, checkpoint: &CheckpointToSign<'_>) -> Result<Signed, LogSignError> {
        let text = std::str::from_utf8(checkpoint.body).map_err(|_| LogSignError::Malformed)?;
        let parsed: Checkpoint = text.parse().map_err(|_| LogSignError::Malformed)?;
        if !parsed.extensions.is_empty() {
            return Err(LogSignError::Malformed);
        }
        let origin_sha256 = sha256(parsed.origin.as_bytes());
        let first = self.last.origin_sha256 == [0; 32];
        if !first && origin_sha256 != self.last.origin_sha256 {
            return Err(LogSignError::OtherOrigin);
        }
        let signed_size = self.last.size;
        if parsed.size < signed_size {
            return Err(LogSignError::Inconsistent { signed_size });
        }
        if checkpoint.previous_size != signed_size {
            return Err(LogSignError::Conflict { signed_size });
        }
        let proof = ConsistencyProof {
            old_size: signed_size,
            new_size: parsed.size,
            hashes: checkpoint.consistency_proof.iter().copied().map(Hash::from_bytes).collect(),
        };
        proof.verify(&self.last.root, &parsed.root).map_err(|_| LogSignError::Inconsistent { signed_size })?;
        Ok(Signed { size: parsed.size, root: parsed.root, origin_sha256 })
    }

    /// Remembers that `next` is signed. The signature is given out only after this.
    pub(super) fn advance(&mut self, next: Signed, key: &hmac::Key) -> io::Result<()> {
        if next == self.last {
            return Ok(());
        }
        let other = 1 - self.slot;
        let offset = if other == 0 { 0 } else { 512 };
        self.file.write_all_at(&next.to_slot(key), offset)?;
        self.slot = other;
        self.last = next;
        Ok(())
    }
}

/// The slot that counts in the content of an anchor file, and which it is.
fn newest(content: &[u8], key: &hmac::Key) -> Option<(Signed, u8)> {
    let slots = content.chunks_exact(SLOT).take(2).map(|slot| Signed::from_slot(slot, key));
    slots.zip(0_u8..).filter_map(|(signed, slot)| Some((signed?, slot))).max_by_key(|(signed, _)| signed.size)
}

/// Reads an anchor file under the seal key `key` and writes the slot that counts again, with its number. For fuzzing.
pub(super) fn anchor_again(content: &[u8], key: &[u8; 32]) -> Option<(Vec<u8>, u8)> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    newest(content, &key).map(|(signed, slot)| (signed.to_slot(&key).to_vec(), slot))
}

/// The same for what the tag of a slot is over, with no tag between the input and its reader.
pub(super) fn anchor_content_again(content: &[u8]) -> Option<Vec<u8>> {
    Signed::from_content(content).map(Signed::to_content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_has_golden_bytes() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let signed = Signed { size: 0x0102, root: Hash::from_bytes([0xaa; 32]), origin_sha256: [0xbb; 32] };
        let slot = signed.to_slot(&key);
        let content = [b"rakkan-anchor/1\n\0\0\0\0\0\0\x01\x02".to_vec(), vec![0xaa; 32], vec![0xbb; 32]].concat();
        assert_eq!(slot[..88], content);
        let tagged = [b"rakkan-anchor/1\0".to_vec(), content].concat();
        assert_eq!(slot[88..120], *hmac::sign(&key, &tagged).as_ref());
        assert_eq!(slot[120..], [0; 392]);
        assert_eq!(Signed::from_slot(&slot, &key), Some(signed));
    }

    #[test]
    fn an_edited_slot_is_not_believed() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let slot = Signed::nothing().to_slot(&key);
        for position in 0..120 {
            let mut edited = slot;
            edited[position] ^= 1;
            assert_eq!(Signed::from_slot(&edited, &key), None, "byte {position}");
        }
    }
}
