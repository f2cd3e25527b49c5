//! The state between preparing and embedding, and its stored form.

use super::{AdesLevel, PreparedFormatError};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::x509::Certificate;

/// A document made ready for one signature. It holds what is appended to the document and the digest of the document, never the
/// document itself, so it is small and can be stored while the signer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedPdf {
    pub(super) level: AdesLevel,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) document_len: u64,
    pub(super) document_sha256: [u8; 32],
    /// What is appended before the hexadecimal digits of Contents.
    pub(super) head: Vec<u8>,
    /// Bytes of DER that Contents has room for.
    pub(super) room: usize,
    /// What is appended after those digits.
    pub(super) tail: Vec<u8>,
    /// DER `SET OF`, the bytes that are signed.
    pub(super) signed_attributes: Vec<u8>,
    /// The signing certificate first.
    pub(super) certificates: Vec<Certificate>,
}

/// Data to be signed, representation: the digest that goes to the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dtbsr {
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

impl Dtbsr {
    /// Digest algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Digest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.digest
    }
}

/// Raw output of the signing key: DER `Ecdsa-Sig-Value`, or an RSA value.
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

impl PreparedPdf {
    /// What the key must sign: the digest over the signed attributes (RFC 5652 5.4).
    pub fn dtbsr(&self) -> Dtbsr {
        let algorithm = self.algorithm.digest();
        Dtbsr {
            algorithm,
            digest: algorithm.digest(&self.signed_attributes),
        }
    }

    /// SHA-256 of the document before signing, to tell the signer (and the log) which document it is.
    pub fn document_digest(&self) -> &[u8; 32] {
        &self.document_sha256
    }

    /// Length of the document before signing.
    pub fn document_len(&self) -> u64 {
        self.document_len
    }

    /// Level the signature will have.
    pub fn level(&self) -> AdesLevel {
        self.level
    }

    /// Algorithm the key must use.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Length of the document after signing.
    pub fn signed_len(&self) -> u64 {
        let update = self.head.len() + 2 * self.room + self.tail.len();
        self.document_len
            .saturating_add(u64::try_from(update).unwrap_or(u64::MAX))
    }

    /// The stored form (version 1).
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// If the bytes are not exactly what [`to_bytes`](Self::to_bytes) of a known version makes.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, PreparedFormatError> {
        Err(PreparedFormatError::NotPrepared)
    }
}
