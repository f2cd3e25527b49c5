//! A wrapped signing key as its owner stores it. Stored format, version 1.
//!
//! ```text
//! version 1 (u8) | key algorithm (u8) | epoch (u32) | length (u16) SubjectPublicKeyInfo | length (u16) wrapped PKCS#8 | tag (32)
//! ```
//! Numbers are big-endian. The wrapping is AES-256-KWP (RFC 5649) under the wrapping key of the epoch. The tag is
//! `HMAC-SHA-256(K_seal, "rakkan-key/1" 0x00 context SHA-256(wrapped))`, see [`crate::KeyContext`].

use crate::KeyAlgorithm;
use aws_lc_rs::digest;
use std::fmt;

const VERSION: u8 = 1;
/// An RSA-4096 key needs about 3 KB.
const MAX_LENGTH: usize = 8 * 1024;

/// A signing key, wrapped and tied to its context. Its bytes may lie anywhere; only the module that made it can use it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    bytes: Vec<u8>,
    parts: Parts,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) epoch: u32,
    pub(crate) spki_der: Vec<u8>,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) tag: [u8; 32],
}

/// The bytes are not a sealed key of a known version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a sealed key of a known version")]
pub struct SealedKeyError;

impl SealedKey {
    /// Reads a stored key. The seal is not checked here, see [`crate::Sgm::sign`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealedKeyError> {
        let parts = Parts::parse(bytes).ok_or(SealedKeyError)?;
        Ok(Self { bytes: bytes.to_vec(), parts })
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes, as a [`crate::Grant`] names the key.
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.bytes)
    }

    /// The kind of key.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.parts.algorithm
    }

    /// SHA-256 of the `SubjectPublicKeyInfo` that is stored with the key.
    pub fn spki_sha256(&self) -> [u8; 32] {
        sha256(&self.parts.spki_der)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn from_parts(parts: Parts) -> Option<Self> {
        let mut bytes = Vec::with_capacity(74 + parts.spki_der.len() + parts.wrapped.len());
        bytes.extend([VERSION, parts.algorithm.code()]);
        bytes.extend(parts.epoch.to_be_bytes());
        for field in [&parts.spki_der, &parts.wrapped] {
            bytes.extend(u16::try_from(field.len()).ok()?.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes.extend(parts.tag);
        (bytes.len() <= MAX_LENGTH).then_some(Self { bytes, parts })
    }
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedKey").field("algorithm", &self.parts.algorithm).finish_non_exhaustive()
    }
}

impl Parts {
    fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_LENGTH {
            return None;
        }
        let (&[VERSION, algorithm], rest) = bytes.split_first_chunk::<2>()? else {
            return None;
        };
        let algorithm = KeyAlgorithm::from_code(algorithm)?;
        let (epoch, rest) = rest.split_first_chunk::<4>()?;
        let (spki_der, rest) = field(rest)?;
        let (wrapped, rest) = field(rest)?;
        let tag = <[u8; 32]>::try_from(rest).ok()?;
        Some(Self {
            algorithm,
            epoch: u32::from_be_bytes(*epoch),
            spki_der: spki_der.to_vec(),
            wrapped: wrapped.to_vec(),
            tag,
        })
    }
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    (!value.is_empty()).then_some((value, rest))
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0_u8; 32];
    for (to, from) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> SealedKey {
        SealedKey::from_parts(Parts {
            algorithm: KeyAlgorithm::Rsa3072,
            epoch: 7,
            spki_der: vec![0x30, 0x01],
            wrapped: vec![0xaa; 3],
            tag: [0x55; 32],
        })
        .unwrap()
    }

    #[test]
    fn stored_form_has_golden_bytes() {
        let mut golden = vec![1, 3, 0, 0, 0, 7, 0, 2, 0x30, 0x01, 0, 3, 0xaa, 0xaa, 0xaa];
        golden.extend([0x55; 32]);
        assert_eq!(sample().as_bytes(), golden);
        assert_eq!(SealedKey::from_bytes(&golden).unwrap(), sample());
    }

    #[test]
    fn cut_or_lengthened_bytes_are_refused() {
        let bytes = sample().as_bytes().to_vec();
        for length in 0..bytes.len() {
            assert_eq!(SealedKey::from_bytes(&bytes[..length]), Err(SealedKeyError), "{length} bytes");
        }
        assert_eq!(SealedKey::from_bytes(&[bytes, vec![0]].concat()), Err(SealedKeyError));
    }

    #[test]
    fn an_unknown_version_or_algorithm_is_refused() {
        for position in [0, 1] {
            let mut bytes = sample().as_bytes().to_vec();
            bytes[position] = 99;
            assert_eq!(SealedKey::from_bytes(&bytes), Err(SealedKeyError));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_back_unchanged(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(key) = SealedKey::from_bytes(&bytes) {
                let written = SealedKey::from_parts(key.parts().clone()).unwrap();
                prop_assert_eq!(written.as_bytes(), &bytes[..]);
            }
        }
    }
}
