//! Hashes of leaves and inner nodes. RFC 6962 2.1.
//!
//! A leaf and a node start with different bytes, so that no node can be passed off as a leaf.

use std::fmt;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// A SHA-256 hash of a leaf, an inner node or a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Hash::LENGTH]);

impl Hash {
    /// Bytes in a hash.
    pub const LENGTH: usize = 32;

    /// Takes bytes that already are a hash.
    pub const fn from_bytes(bytes: [u8; Hash::LENGTH]) -> Self {
        Hash(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Hash::LENGTH] {
        &self.0
    }

    /// Reads standard base64 with padding, as checkpoints and proofs have it (44 characters).
    ///
    /// # Errors
    /// [`InvalidHash`] unless the text is the one canonical encoding of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidHash> {
        let mut bytes = [0; Hash::LENGTH];
        match Base64::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == Hash::LENGTH => Ok(Hash(bytes)),
            _ => Err(InvalidHash),
        }
    }
}

/// Standard base64 with padding.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The text is not the base64 form of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash in base64: expected 44 characters, padded")]
pub struct InvalidHash;

/// The hash of an entry as a leaf of the tree.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
}

/// The hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of the tree without leaves: the hash of nothing.
pub fn empty_root() -> Hash {
    Hash(Sha256::new().finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_text_is_read_only_in_its_one_canonical_form() {
        let hash = leaf_hash(b"entry");
        let text = hash.to_string();
        assert_eq!(Hash::from_base64(&text), Ok(hash));
        assert_eq!(text.len(), 44);
        // The last character before the padding carries two unused bits; they have to be zero.
        let last = text.as_bytes()[42];
        for other in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
            if *other == last {
                continue;
            }
            let mut changed = text.clone().into_bytes();
            changed[42] = *other;
            assert_ne!(Hash::from_base64(&String::from_utf8(changed).unwrap()), Ok(hash));
        }
        for refused in
            [&text[..43], &text[..40], "", &format!("{text}AAAA"), &format!(" {text}"), &text.replace('=', "")]
        {
            assert_eq!(Hash::from_base64(refused), Err(InvalidHash), "{refused:?}");
        }
    }
}
