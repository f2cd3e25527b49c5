//! Verifies the signatures in a PDF as a stranger would: cryptographic yes or no, nothing about trust. ISO 32000-2 12.8.1.

use super::ByteRange;
use super::signed_field::{SignedField, signed_fields};
use crate::Oid;
use crate::asn1::Malformed;
use crate::cms::ID_DATA;
use crate::cms::view::SignedData;
use crate::crypto::{CryptoProvider, DigestAlgorithm, VerifyError};
use crate::pdf::byte_range::locate_contents;
use crate::pdf::document::Document;
use crate::pdf::object::Object;
use crate::pdf::{HASHED_AT_LEAST, HASHED_TIMES, OpenOptions, PdfError, Source, text};
use crate::tsp::{Imprint, TimestampCheck, TimestampToken, TspError};
use crate::x509::Certificate;

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
    /// Time-stamp over the signature value (of several, the first that verifies), or the document time-stamp itself.
    pub timestamp: Option<TimestampCheck>,
}

impl SignatureCheck {
    /// Whether digest and signature (and the time-stamp, if there is one) verify. Says nothing about who signed or when.
    pub fn is_intact(&self) -> bool {
        self.problem.is_none() && self.digest_ok && self.signature_ok
    }
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
    document: &dyn Source,
    provider: &dyn CryptoProvider,
) -> Result<Vec<SignatureCheck>, VerifySignaturesError> {
    verify_signatures_with(document, &OpenOptions::default(), provider)
}

/// As [`verify_signatures`], for documents that need a password or other bounds.
///
/// # Errors
/// If the document cannot be read; a bad signature is a result, not an error.
pub fn verify_signatures_with(
    document: &dyn Source,
    options: &OpenOptions,
    provider: &dyn CryptoProvider,
) -> Result<Vec<SignatureCheck>, VerifySignaturesError> {
    let pdf = Document::open(document, options)?;
    Ok(verify_fields(&pdf, &signed_fields(&pdf)?, provider)?)
}

/// Verifies the signatures in these fields.
pub(super) fn verify_fields(
    pdf: &Document<'_>,
    fields: &[SignedField],
    provider: &dyn CryptoProvider,
) -> Result<Vec<SignatureCheck>, PdfError> {
    let mut checks = Vec::new();
    let most = pdf.source().len().saturating_mul(HASHED_TIMES).max(HASHED_AT_LEAST);
    let mut hashed = 0_u64;
    for field in fields {
        let digest: &mut Digest<'_> = &mut |byte_range, algorithm| {
            hashed = hashed.saturating_add(byte_range.end());
            if hashed > most {
                return Err(PdfError::TooComplex { detail: "too many signatures over too many bytes" });
            }
            let mut hasher = algorithm.hasher();
            byte_range.hash(pdf.source(), &mut hasher)?;
            Ok(hasher.finish())
        };
        checks.push(verify_field(pdf, field, provider, digest)?);
    }
    Ok(checks)
}

/// Gives the digest of the bytes that a signature covers.
pub(super) type Digest<'a> = dyn FnMut(ByteRange, DigestAlgorithm) -> Result<Vec<u8>, PdfError> + 'a;

/// Verifies one signature, with the digest of what it covers from `digest`.
pub(super) fn verify_field(
    pdf: &Document<'_>,
    field: &SignedField,
    provider: &dyn CryptoProvider,
    digest: &mut Digest<'_>,
) -> Result<SignatureCheck, PdfError> {
    let mut check = SignatureCheck::started(pdf, field)?;
    match verify_one(pdf, field, &mut check, provider, digest) {
        Ok(()) => {}
        Err(Stop::Problem(problem)) => check.problem = Some(problem),
        Err(Stop::Document(error)) => return Err(error),
    }
    Ok(check)
}

/// Why verification of one signature ended early.
enum Stop {
    Problem(SignatureProblem),
    Document(PdfError),
}

impl From<SignatureProblem> for Stop {
    fn from(problem: SignatureProblem) -> Self {
        Self::Problem(problem)
    }
}

impl From<PdfError> for Stop {
    fn from(error: PdfError) -> Self {
        Self::Document(error)
    }
}

impl From<Malformed> for Stop {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Problem(SignatureProblem::Malformed(what))
    }
}

impl SignatureCheck {
    /// What the dictionary says, before anything is checked.
    fn started(pdf: &Document<'_>, field: &SignedField) -> Result<Self, PdfError> {
        let dictionary = &field.dictionary;
        let text = |key| -> Result<Option<String>, PdfError> {
            Ok(pdf.value(dictionary, key)?.as_ref().and_then(Object::as_string).map(text::decode))
        };
        let kind = match pdf.value(dictionary, "SubFilter")? {
            Some(Object::Name(name)) => match name.0.as_slice() {
                b"ETSI.CAdES.detached" => SignatureKind::Cades,
                b"adbe.pkcs7.detached" => SignatureKind::Pkcs7Detached,
                b"ETSI.RFC3161" => SignatureKind::DocumentTimestamp,
                other => SignatureKind::Unsupported(String::from_utf8_lossy(other).into_owned()),
            },
            _ => SignatureKind::Unsupported(String::new()),
        };
        let time = pdf.value(dictionary, "M")?;
        Ok(Self {
            field: field.name.clone(),
            kind,
            byte_range: None,
            covers_whole_file: false,
            digest_ok: false,
            signature_ok: false,
            problem: None,
            signing_certificate: None,
            certificates: Vec::new(),
            signature_value: Vec::new(),
            cms: Vec::new(),
            claimed_time: time.as_ref().and_then(Object::as_string).and_then(text::parse_date),
            reason: text("Reason")?,
            location: text("Location")?,
            signer_name: text("Name")?,
            timestamp: None,
        })
    }
}

fn verify_one(
    pdf: &Document<'_>,
    field: &SignedField,
    check: &mut SignatureCheck,
    provider: &dyn CryptoProvider,
    digest: &mut Digest<'_>,
) -> Result<(), Stop> {
    if matches!(check.kind, SignatureKind::Unsupported(_)) {
        // What it covers can be told even so.
        check.byte_range = covered(pdf, field).ok().map(|(byte_range, _)| byte_range);
        check.covers_whole_file = check.byte_range.is_some_and(|range| range.end() == pdf.source().len());
        return Err(SignatureProblem::UnsupportedKind.into());
    }
    let (byte_range, contents) = covered(pdf, field)?;
    check.byte_range = Some(byte_range);
    check.covers_whole_file = byte_range.end() == pdf.source().len();
    match check.kind {
        SignatureKind::DocumentTimestamp => {
            document_timestamp(&contents, check, provider, &mut |algorithm| digest(byte_range, algorithm))
        }
        SignatureKind::Cades | SignatureKind::Pkcs7Detached => {
            cms(&contents, check, provider, &mut |algorithm| digest(byte_range, algorithm))
        }
        SignatureKind::Unsupported(_) => Ok(()),
    }
}

/// The byte range, which must leave out exactly the value of Contents, and that value.
///
/// ISO 32000-2 12.8.1: a range with another gap would leave bytes unsigned that a reader interprets (T-PA-3).
fn covered(pdf: &Document<'_>, field: &SignedField) -> Result<(ByteRange, Vec<u8>), Stop> {
    let wrong = |reason| Stop::Problem(SignatureProblem::ByteRange(reason));
    let items = pdf.array(&field.dictionary, "ByteRange")?.ok_or(wrong("it is missing"))?;
    let byte_range = ByteRange::from_array(&items, pdf.source().len()).map_err(wrong)?;
    let id = field.id.ok_or(wrong("the signature is no object of its own"))?;
    let contents = match locate_contents(pdf, id) {
        Ok(contents) => contents,
        Err(PdfError::Syntax { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let contents = contents.ok_or(wrong("the signature value is not where it can be left out"))?;
    if byte_range.first_len != contents.start || byte_range.second_start != contents.end {
        return Err(wrong("it does not leave out exactly the signature value"));
    }
    Ok((byte_range, contents.bytes))
}

/// The digest of the covered bytes.
type Covered<'a> = dyn FnMut(DigestAlgorithm) -> Result<Vec<u8>, PdfError> + 'a;

fn cms(
    contents: &[u8],
    check: &mut SignatureCheck,
    provider: &dyn CryptoProvider,
    covered: &mut Covered<'_>,
) -> Result<(), Stop> {
    let (signed_data, padding) = SignedData::read(contents)?;
    require_padding(padding)?;
    check.cms = contents.strip_suffix(padding).unwrap_or(contents).to_vec();
    check.certificates = signed_data.certificates.iter().map(|der| der.to_vec()).collect();
    let signer = signed_data.only_signer()?;
    check.signature_value = signer.signature.to_vec();
    let certificate = signed_data.signing_certificate(signer, &[]);
    check.signing_certificate = certificate.clone();

    let (Some(digest), Some(_)) = (signer.digest, signer.algorithm) else {
        return Err(SignatureProblem::UnsupportedAlgorithm.into());
    };
    if !signer.has_signed_attributes() {
        return Err(SignatureProblem::UnsupportedKind.into());
    }
    let claimed = signer.message_digest()?.ok_or(Malformed("the message digest"))?;
    check.digest_ok = covered(digest)? == claimed;

    let certificate = certificate.ok_or(SignatureProblem::NoCertificate)?;
    let value = signer.verify_value(&certificate, provider);
    let reference = match signer.references(&certificate)? {
        Some(matches) => matches,
        // EN 319 122-1 5.2.2: a CAdES signature must have it; the old form is not evaluated.
        None => check.kind == SignatureKind::Pkcs7Detached || signer.has_old_reference(),
    };
    let content_type = signer.content_type()?;
    check.signature_ok = value.is_ok() && reference && content_type == Some(ID_DATA);
    for token in signer.signature_timestamps()? {
        let found =
            timestamp(token, provider, |imprint| imprint.algorithm().digest(signer.signature) == imprint.digest())?;
        // Of several, one that verifies is enough; they are independent of each other.
        if check.timestamp.as_ref().is_none_or(|earlier| earlier.result.is_err() && found.result.is_ok()) {
            check.timestamp = Some(found);
        }
    }

    if !check.digest_ok {
        return Err(SignatureProblem::DigestMismatch.into());
    }
    value.map_err(SignatureProblem::SignatureMismatch)?;
    if !reference {
        return Err(SignatureProblem::CertificateReference.into());
    }
    if content_type != Some(ID_DATA) {
        return Err(SignatureProblem::ContentType(content_type).into());
    }
    require_timestamp(check)
}

fn document_timestamp(
    contents: &[u8],
    check: &mut SignatureCheck,
    provider: &dyn CryptoProvider,
    covered: &mut Covered<'_>,
) -> Result<(), Stop> {
    let (signed_data, padding) = SignedData::read(contents)?;
    require_padding(padding)?;
    check.cms = contents.strip_suffix(padding).unwrap_or(contents).to_vec();
    check.certificates = signed_data.certificates.iter().map(|der| der.to_vec()).collect();
    let signer = signed_data.only_signer()?;
    check.signature_value = signer.signature.to_vec();
    check.signing_certificate = signed_data.signing_certificate(signer, &[]);
    let token = TimestampToken::from_der(&check.cms).map_err(SignatureProblem::Timestamp)?;
    let covered = covered(token.info().imprint.algorithm())?;
    let outcome = timestamp(token.der(), provider, |imprint| imprint.digest() == covered)?;
    check.digest_ok = outcome.info.imprint.digest() == covered;
    check.signature_ok = matches!(outcome.result, Ok(_) | Err(TspError::WrongImprint));
    check.timestamp = Some(outcome);
    if !check.digest_ok {
        return Err(SignatureProblem::DigestMismatch.into());
    }
    require_timestamp(check)
}

/// Contents is filled up with zeros; other bytes there would be unsigned data.
fn require_padding(padding: &[u8]) -> Result<(), Malformed> {
    if padding.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(Malformed("the padding of the signature value")) }
}

fn timestamp(
    token: &[u8],
    provider: &dyn CryptoProvider,
    fits: impl FnOnce(&Imprint) -> bool,
) -> Result<TimestampCheck, SignatureProblem> {
    TimestampCheck::of(token, &[], provider, fits).map_err(SignatureProblem::Timestamp)
}

fn require_timestamp(check: &SignatureCheck) -> Result<(), Stop> {
    match check.timestamp.as_ref().map(|timestamp| &timestamp.result) {
        Some(Err(error)) => Err(SignatureProblem::Timestamp(error.clone()).into()),
        Some(Ok(_)) | None => Ok(()),
    }
}
