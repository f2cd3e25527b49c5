//! The state between preparing and embedding, and its stored form.

use super::placement::Placement;
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
    pub(super) placement: Placement,
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
        &self.placement.document_sha256
    }

    /// Length of the document before signing.
    pub fn document_len(&self) -> u64 {
        self.placement.document_len
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
        self.placement.signed_len()
    }

    /// The stored form.
    ///
    /// Version 1: `RKPD`, 1; level (0 B, 1 T, 2 LT, 3 LTA); algorithm (a number); length of the document (8 bytes, big-endian); its
    /// SHA-256; room (4 bytes); then, each with its length in 4 bytes before it: head, tail, signed attributes; number of
    /// certificates (1 byte) and each certificate, with its length.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.push(self.level.number());
        out.push(self.algorithm.number());
        self.placement.store(&mut out);
        out.extend_from_slice(&length(self.signed_attributes.len()));
        out.extend_from_slice(&self.signed_attributes);
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
        let placement = Placement::restore(&mut fields)?;
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
        Ok(Self { level, algorithm, placement, signed_attributes, certificates })
    }
}

const MAGIC: [u8; 4] = *b"RKPD";
const VERSION: u8 = 1;

pub(super) fn length(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

/// Reads the stored form from its front.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], PreparedFormatError> {
        let (front, rest) = self.0.split_first_chunk::<N>().ok_or(PreparedFormatError::Damaged { what })?;
        self.0 = rest;
        Ok(*front)
    }

    pub(super) fn length(&mut self, what: &'static str) -> Result<usize, PreparedFormatError> {
        let length = u32::from_be_bytes(self.array(what)?);
        // Nothing in it is that large; a bound keeps sums of lengths far from overflow.
        match usize::try_from(length) {
            Ok(length) if length <= 1 << 28 => Ok(length),
            _ => Err(PreparedFormatError::Damaged { what }),
        }
    }

    pub(super) fn blob(&mut self, what: &'static str) -> Result<Vec<u8>, PreparedFormatError> {
        let length = self.length(what)?;
        let (front, rest) = self.0.split_at_checked(length).ok_or(PreparedFormatError::Damaged { what })?;
        self.0 = rest;
        Ok(front.to_vec())
    }
}
