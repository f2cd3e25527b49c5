//! Digest algorithms for signatures. TS 119 312 5.1: no SHA-1, no SHA-224. FIPS 180-4, FIPS 202.

use sha2::Digest as _;

use crate::Oid;
use crate::asn1;

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
}

impl DigestAlgorithm {
    /// Every algorithm of the enum.
    pub const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha384, Self::Sha512, Self::Sha3_256, Self::Sha3_384, Self::Sha3_512];

    /// Object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Self::Sha256 => Oid::new_unwrap("2.16.840.1.101.3.4.2.1"),
            Self::Sha384 => Oid::new_unwrap("2.16.840.1.101.3.4.2.2"),
            Self::Sha512 => Oid::new_unwrap("2.16.840.1.101.3.4.2.3"),
            Self::Sha3_256 => Oid::new_unwrap("2.16.840.1.101.3.4.2.8"),
            Self::Sha3_384 => Oid::new_unwrap("2.16.840.1.101.3.4.2.9"),
            Self::Sha3_512 => Oid::new_unwrap("2.16.840.1.101.3.4.2.10"),
        }
    }

    /// The algorithm with this object identifier, if it is one that is allowed.
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid() == *oid)
    }

    /// Length of a digest in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// Digest of `message`.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(message);
        hasher.finish()
    }

    /// A hasher to feed piece by piece.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Sha256 => State::Sha256(sha2::Sha256::new()),
            Self::Sha384 => State::Sha384(sha2::Sha384::new()),
            Self::Sha512 => State::Sha512(sha2::Sha512::new()),
            Self::Sha3_256 => State::Sha3_256(sha3::Sha3_256::new()),
            Self::Sha3_384 => State::Sha3_384(sha3::Sha3_384::new()),
            Self::Sha3_512 => State::Sha3_512(sha3::Sha3_512::new()),
        })
    }

    /// DER `AlgorithmIdentifier`; RFC 5754 2: parameters are absent (and so they are for SHA-3).
    pub(crate) fn identifier(self) -> Vec<u8> {
        asn1::sequence(&[&asn1::oid(&self.oid())])
    }
}

impl std::fmt::Display for DigestAlgorithm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
        })
    }
}

/// A digest being computed.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Sha3_256(sha3::Sha3_256),
    Sha3_384(sha3::Sha3_384),
    Sha3_512(sha3::Sha3_512),
}

impl Hasher {
    /// Adds the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(piece),
            State::Sha384(state) => state.update(piece),
            State::Sha512(state) => state.update(piece),
            State::Sha3_256(state) => state.update(piece),
            State::Sha3_384(state) => state.update(piece),
            State::Sha3_512(state) => state.update(piece),
        }
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Sha256(state) => state.finalize().to_vec(),
            State::Sha384(state) => state.finalize().to_vec(),
            State::Sha512(state) => state.finalize().to_vec(),
            State::Sha3_256(state) => state.finalize().to_vec(),
            State::Sha3_384(state) => state.finalize().to_vec(),
            State::Sha3_512(state) => state.finalize().to_vec(),
        }
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hasher(..)")
    }
}
