//! The state between preparing and embedding, and its stored form.

use super::PreparedFormatError;
use crate::crypto::{Dtbsr, SignatureAlgorithm};
use crate::level::AdesLevel;
use crate::stored::{Fields, length};
use crate::x509::Certificate;

/// Where the signature will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packaging {
    /// In a new CMS around the content.
    Enveloping,
    /// In a new CMS beside the content.
    Detached,
    /// Beside the signatures of an existing CMS.
    Parallel {
        /// SHA-256 of that CMS.
        cms_sha256: [u8; 32],
    },
    /// On a signature of an existing CMS.
    Counter {
        /// SHA-256 of that CMS.
        cms_sha256: [u8; 32],
        /// Number of the signer whose signature is signed, from 0.
        signer: u32,
    },
}

/// A signature made ready but for its value. It holds the digest of the content and never the content, so it is small and can be stored
/// while the signer decides.
///
/// Stored: see [`to_bytes`](Self::to_bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedCms {
    pub(super) level: AdesLevel,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) packaging: Packaging,
    /// 0 if only the digest was known.
    pub(super) content_len: u64,
    /// By the digest algorithm of the signature.
    pub(super) content_digest: Vec<u8>,
    /// DER `SET OF`, the bytes that are signed.
    pub(super) signed_attributes: Vec<u8>,
    /// The signing certificate first.
    pub(super) certificates: Vec<Certificate>,
}

const MAGIC: [u8; 4] = *b"RKPC";
const VERSION: u8 = 1;

impl PreparedCms {
    /// What the key must sign: the digest over the signed attributes (RFC 5652 5.4), or with Ed25519 these attributes themselves.
    pub fn dtbsr(&self) -> Dtbsr {
        Dtbsr::of(self.algorithm, &self.signed_attributes)
    }

    /// The signed attributes themselves (DER `SET OF`), for keys that want the message and not its digest.
    pub fn dtbs(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// Digest of what is signed, by the digest algorithm of the signature.
    pub fn content_digest(&self) -> &[u8] {
        &self.content_digest
    }

    /// Where the signature will stand.
    pub fn packaging(&self) -> Packaging {
        self.packaging
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

    /// The stored form.
    ///
    /// Version 1: `RKPC`, 1; level (0 B, 1 T, 2 LT, 3 LTA); algorithm (a number); packaging (0 enveloping, 1 detached, 2 parallel, 3
    /// counter) and with it, for 2 and 3, the SHA-256 of the existing CMS, for 3 then the number of the signer (4 bytes, big-endian);
    /// length of the content (8 bytes); then, each with its length in 4 bytes before it: digest of the content, signed attributes; number
    /// of certificates (1 byte) and each certificate, with its length.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.push(self.level.number());
        out.push(self.algorithm.number());
        match self.packaging {
            Packaging::Enveloping => out.push(0),
            Packaging::Detached => out.push(1),
            Packaging::Parallel { cms_sha256 } => {
                out.push(2);
                out.extend_from_slice(&cms_sha256);
            }
            Packaging::Counter { cms_sha256, signer } => {
                out.push(3);
                out.extend_from_slice(&cms_sha256);
                out.extend_from_slice(&signer.to_be_bytes());
            }
        }
        out.extend_from_slice(&self.content_len.to_be_bytes());
        for blob in [&self.content_digest, &self.signed_attributes] {
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
        let damaged = |what| PreparedFormatError::Damaged { what };
        let mut fields = Fields(bytes.strip_prefix(&MAGIC).ok_or(PreparedFormatError::NotPrepared)?);
        let [version] = fields.array().ok_or(damaged("the version"))?;
        if version != VERSION {
            return Err(PreparedFormatError::UnknownVersion { found: version });
        }
        let [level, algorithm, packaging] = fields.array().ok_or(damaged("the level"))?;
        let level = AdesLevel::from_number(level).ok_or(damaged("the level"))?;
        let algorithm = SignatureAlgorithm::from_number(algorithm).ok_or(damaged("the algorithm"))?;
        let what = "the packaging";
        let packaging = match packaging {
            0 => Packaging::Enveloping,
            1 => Packaging::Detached,
            2 => Packaging::Parallel { cms_sha256: fields.array().ok_or(damaged(what))? },
            3 => Packaging::Counter {
                cms_sha256: fields.array().ok_or(damaged(what))?,
                signer: u32::from_be_bytes(fields.array().ok_or(damaged(what))?),
            },
            _ => return Err(damaged(what)),
        };
        let content_len = u64::from_be_bytes(fields.array().ok_or(damaged("the content's length"))?);
        let content_digest = fields.blob().ok_or(damaged("the content's digest"))?;
        if content_digest.len() != algorithm.digest().output_len() {
            return Err(damaged("the content's digest"));
        }
        let signed_attributes = fields.blob().ok_or(damaged("the signed attributes"))?;
        let [count] = fields.array().ok_or(damaged("the certificates"))?;
        let mut certificates = Vec::new();
        for _ in 0..count {
            let der = fields.blob().ok_or(damaged("the certificates"))?;
            certificates.push(Certificate::from_der(&der).map_err(|_| damaged("the certificates"))?);
        }
        if certificates.is_empty() || !fields.0.is_empty() {
            return Err(damaged("the end"));
        }
        Ok(Self { level, algorithm, packaging, content_len, content_digest, signed_attributes, certificates })
    }
}
