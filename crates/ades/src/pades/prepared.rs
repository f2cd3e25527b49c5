//! The state between preparing and embedding, and its stored form.

use super::{AdesLevel, PreparedFormatError};
use crate::crypto::{Dtbsr, SignatureAlgorithm};
use crate::x509::Certificate;

/// A document made ready for one signature. It holds what is appended to the document and the digest of the document, never the
/// document itself, so it is small and can be stored while the signer decides.
///
/// Stored: see [`to_bytes`](Self::to_bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedPdf {
    pub(super) level: AdesLevel,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) document_len: u64,
    pub(super) document_sha256: [u8; 32],
    /// What is appended before the value of Contents.
    pub(super) head: Vec<u8>,
    /// Bytes of DER that Contents has room for.
    pub(super) room: usize,
    /// What is appended after that value.
    pub(super) tail: Vec<u8>,
    /// DER `SET OF`, the bytes that are signed.
    pub(super) signed_attributes: Vec<u8>,
    /// The signing certificate first.
    pub(super) certificates: Vec<Certificate>,
}

impl PreparedPdf {
    /// What the key must sign: the digest over the signed attributes (RFC 5652 5.4), or with Ed25519 these attributes themselves.
    pub fn dtbsr(&self) -> Dtbsr {
        Dtbsr::of(self.algorithm, &self.signed_attributes)
    }

    /// The signed attributes themselves (DER `SET OF`), for keys that want the message and not its digest.
    pub fn dtbs(&self) -> &[u8] {
        &self.signed_attributes
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

    /// The signing certificate, then the others that go into the signature.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Length of the document after signing.
    pub fn signed_len(&self) -> u64 {
        let update = self.head.len() + 2 * self.room + 2 + self.tail.len();
        self.document_len.saturating_add(u64::try_from(update).unwrap_or(u64::MAX))
    }

    /// The stored form.
    ///
    /// Version 1: `RKPD`, 1; level (0 B, 1 T, 2 LT, 3 LTA); algorithm (a number); length of the document (8 bytes, big-endian); its
    /// SHA-256; room (4 bytes); then, each with its length in 4 bytes before it: head, tail, signed attributes; number of
    /// certificates (1 byte) and each certificate, with its length.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.push(match self.level {
            AdesLevel::B => 0,
            AdesLevel::T => 1,
            AdesLevel::Lt => 2,
            AdesLevel::Lta => 3,
        });
        out.push(self.algorithm.number());
        out.extend_from_slice(&self.document_len.to_be_bytes());
        out.extend_from_slice(&self.document_sha256);
        out.extend_from_slice(&length(self.room));
        for blob in [&self.head, &self.tail, &self.signed_attributes] {
            out.extend_from_slice(&length(blob.len()));
            out.extend_from_slice(blob);
        }
        out.push(u8::try_from(self.certificates.len()).unwrap_or(u8::MAX));
        for certificate in &self.certificates {
            out.extend_from_slice(&length(certificate.der().len()));
            out.extend_from_slice(certificate.der());
        }
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// If the bytes are not exactly what [`to_bytes`](Self::to_bytes) of a known version makes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PreparedFormatError> {
        let mut fields = Fields(bytes.strip_prefix(&MAGIC).ok_or(PreparedFormatError::NotPrepared)?);
        let [version] = fields.array("the version")?;
        if version != VERSION {
            return Err(PreparedFormatError::UnknownVersion { found: version });
        }
        let level = match fields.array("the level")? {
            [0] => AdesLevel::B,
            [1] => AdesLevel::T,
            [2] => AdesLevel::Lt,
            [3] => AdesLevel::Lta,
            _ => return Err(PreparedFormatError::Damaged { what: "the level" }),
        };
        let [code] = fields.array("the algorithm")?;
        let algorithm =
            SignatureAlgorithm::from_number(code).ok_or(PreparedFormatError::Damaged { what: "the algorithm" })?;
        let document_len = u64::from_be_bytes(fields.array("the document's length")?);
        let document_sha256 = fields.array("the document's digest")?;
        let room = fields.length("the room")?;
        let head = fields.blob("the update")?;
        let tail = fields.blob("the update")?;
        let signed_attributes = fields.blob("the signed attributes")?;
        let [count] = fields.array("the certificates")?;
        let mut certificates = Vec::new();
        for _ in 0..count {
            let certificate = Certificate::from_der(&fields.blob("the certificates")?);
            certificates.push(certificate.map_err(|_| PreparedFormatError::Damaged { what: "the certificates" })?);
        }
        if certificates.is_empty() || !fields.0.is_empty() {
            return Err(PreparedFormatError::Damaged { what: "the end" });
        }
        Ok(Self { level, algorithm, document_len, document_sha256, head, room, tail, signed_attributes, certificates })
    }
}

const MAGIC: [u8; 4] = *b"RKPD";
const VERSION: u8 = 1;

fn length(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

/// Reads the stored form from its front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], PreparedFormatError> {
        let (front, rest) = self.0.split_first_chunk::<N>().ok_or(PreparedFormatError::Damaged { what })?;
        self.0 = rest;
        Ok(*front)
    }

    fn length(&mut self, what: &'static str) -> Result<usize, PreparedFormatError> {
        let length = u32::from_be_bytes(self.array(what)?);
        // Nothing in it is that large; a bound keeps sums of lengths far from overflow.
        match usize::try_from(length) {
            Ok(length) if length <= 1 << 28 => Ok(length),
            _ => Err(PreparedFormatError::Damaged { what }),
        }
    }

    fn blob(&mut self, what: &'static str) -> Result<Vec<u8>, PreparedFormatError> {
        let length = self.length(what)?;
        let (front, rest) = self.0.split_at_checked(length).ok_or(PreparedFormatError::Damaged { what })?;
        self.0 = rest;
        Ok(front.to_vec())
    }
}
