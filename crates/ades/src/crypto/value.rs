//! What goes to a signing key and what comes back. EN 319 102-1 4.2 (DTBSR); RFC 5652 5.4; RFC 8419 3.1.

use super::{DigestAlgorithm, SignatureAlgorithm};

/// Data to be signed, representation: what goes to the key.
///
/// With RSA and ECDSA this is a digest. Ed25519 has no form over a digest that CMS would allow, so there it is the message itself,
/// some hundred bytes: a key that takes only digests cannot make such a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dtbsr {
    algorithm: Option<DigestAlgorithm>,
    bytes: Vec<u8>,
}

impl Dtbsr {
    /// What a key signs under `algorithm` when the data to be signed is `message`.
    pub fn of(algorithm: SignatureAlgorithm, message: &[u8]) -> Self {
        match algorithm {
            SignatureAlgorithm::Ed25519 => Self { algorithm: None, bytes: message.to_vec() },
            _ => Self { algorithm: Some(algorithm.digest()), bytes: algorithm.digest().digest(message) },
        }
    }

    /// Algorithm of the digest; `None` if [`as_bytes`](Self::as_bytes) is the message itself.
    pub fn algorithm(&self) -> Option<DigestAlgorithm> {
        self.algorithm
    }

    /// The digest, or the message.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Raw output of the signing key: DER `Ecdsa-Sig-Value`, an RSA value, or the 64 bytes of Ed25519.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureValue(Vec<u8>);

impl SignatureValue {
    /// The bytes of the value.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for SignatureValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}
