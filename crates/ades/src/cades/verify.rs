//! Verifies CMS signatures as a stranger would: cryptographic yes or no, nothing about trust. RFC 5652 5.6; EN 319 122-1 5.

use super::VerifyCmsError;
use super::archive::{self, ArchiveTimestamps};
use super::content::Digests;
use crate::Oid;
use crate::asn1::{Malformed, SEQUENCE};
use crate::cms::view::{SignedData, SignerInfo};
use crate::cms::{CONTENT_TIME_STAMP, COUNTER_SIGNATURE, REVOCATION_VALUES};
use crate::crypto::{CryptoProvider, DigestAlgorithm, SignatureAlgorithm, VerifyError};
use crate::level::AdesLevel;
use crate::pdf::Source;
use crate::tsp::{TimestampCheck, TimestampToken, TspError};
use crate::x509::Certificate;

/// Signatures on signatures on signatures that are followed.
const MAX_DEPTH: usize = 4;

/// Result for one signer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignerCheck {
    /// Whether the digest of the content is the one that was signed.
    pub digest_ok: bool,
    /// Whether the signature value verifies under the signing certificate, and the signed reference means that certificate.
    pub signature_ok: bool,
    /// The first thing that is wrong; `None` if digest, signature and (where present) time-stamps verify.
    pub problem: Option<SignerProblem>,
    /// Signature algorithm, if it is one that is accepted.
    pub algorithm: Option<SignatureAlgorithm>,
    /// The certificate whose key made the signature.
    pub signing_certificate: Option<Certificate>,
    /// The raw signature value.
    pub signature_value: Vec<u8>,
    /// Types of the signed attributes, in their order.
    pub signed_attributes: Vec<Oid>,
    /// Time that the signer claims.
    pub claimed_time: Option<u64>,
    /// Time-stamps over the content, made before signing.
    pub content_timestamps: Vec<TimestampCheck>,
    /// Time-stamps over the signature value.
    pub timestamps: Vec<TimestampCheck>,
    /// Whether there are time-stamps over the signature value by algorithms that are not accepted here, so that nothing is known about
    /// them.
    pub has_unknown_timestamps: bool,
    /// Archive time-stamps of version 3, in the order in which they stand.
    pub archive_timestamps: Vec<TimestampCheck>,
    /// Whether there are archive time-stamps of older forms, which are not verified.
    pub has_old_archive_timestamps: bool,
    /// Whether revocation data is in the signature.
    pub has_revocation_data: bool,
    /// Signatures over this signature.
    pub countersignatures: Vec<SignerCheck>,
}

impl SignerCheck {
    /// Whether digest and signature (and each time-stamp) verify. Says nothing about who signed or when.
    pub fn is_intact(&self) -> bool {
        self.problem.is_none() && self.digest_ok && self.signature_ok
    }

    /// The level by what is there; whether the validation data is the right one is for validation to say. `None` below B-B.
    pub fn level(&self) -> Option<AdesLevel> {
        let good = |checks: &[TimestampCheck]| checks.iter().any(|check| check.result.is_ok());
        if !self.signature_ok {
            return None;
        }
        // Time-stamps that cannot be judged count for nothing here.
        Some(if !good(&self.timestamps) {
            AdesLevel::B
        } else if !self.has_revocation_data {
            AdesLevel::T
        } else if good(&self.archive_timestamps) {
            AdesLevel::Lta
        } else {
            AdesLevel::Lt
        })
    }
}

/// Why a signature does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerProblem {
    /// A part cannot be read.
    #[error("the signature cannot be read at {0}")]
    Malformed(&'static str),
    /// Digest or signature algorithm not accepted.
    #[error("the signature uses an algorithm that is not accepted")]
    UnsupportedAlgorithm,
    /// Without signed attributes there is nothing that names the certificate: no CAdES.
    #[error("the signature has no signed attributes")]
    NoSignedAttributes,
    /// The signing certificate is not in the signature.
    #[error("the signing certificate is missing")]
    NoCertificate,
    /// The content was altered.
    #[error("the content was altered after signing")]
    DigestMismatch,
    /// The value is wrong.
    #[error("the signature value does not verify")]
    SignatureMismatch(#[source] VerifyError),
    /// EN 319 122-1 5.2.2: the signed reference means another certificate, or is missing.
    #[error("the signature does not name its certificate correctly")]
    CertificateReference,
    /// The signed content type is not that of the content, or stands in a counter-signature.
    #[error("the signed content type is wrong")]
    ContentType,
    /// A time-stamp in it is not good.
    #[error("a time-stamp of the signature does not verify")]
    Timestamp(#[source] TspError),
    /// A signature on this signature is not good.
    #[error("a counter-signature does not verify")]
    Countersignature(#[source] Box<SignerProblem>),
}

impl From<Malformed> for SignerProblem {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what)
    }
}

impl From<TspError> for SignerProblem {
    fn from(error: TspError) -> Self {
        Self::Timestamp(error)
    }
}

/// Verifies each signer of `cms`. Detached content comes in `content`; it is read once, and memory does not grow with it.
///
/// # Errors
/// If the CMS cannot be read, or content is missing or superfluous; a bad signature is a result, not an error.
pub fn verify(
    cms: &[u8],
    content: Option<&dyn Source>,
    provider: &dyn CryptoProvider,
) -> Result<Vec<SignerCheck>, VerifyCmsError> {
    let signed_data = SignedData::read_alone(cms)?;
    let digests = digests(&signed_data, content, &[])?;
    Ok(verify_read(&signed_data, &digests, provider))
}

pub(super) fn verify_read(
    signed_data: &SignedData<'_>,
    digests: &Digests,
    provider: &dyn CryptoProvider,
) -> Vec<SignerCheck> {
    let certificates: Vec<Certificate> =
        signed_data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let context = Context { signed_data, certificates: &certificates, provider };
    signed_data.signers.iter().map(|signer| context.check(signer, Some(signed_data.content_type), digests, 0)).collect()
}

/// Digests of the content by every algorithm that some signer or time-stamp names, and by `more`.
pub(super) fn digests(
    signed_data: &SignedData<'_>,
    content: Option<&dyn Source>,
    more: &[DigestAlgorithm],
) -> Result<Digests, VerifyCmsError> {
    let algorithms = [needed(signed_data)?.as_slice(), more].concat();
    match (&signed_data.content, content) {
        (Some(inside), None) => Ok(Digests::of(inside, &algorithms)),
        (None, Some(source)) => Digests::read(source, &algorithms).map_err(VerifyCmsError::Read),
        (Some(_), Some(_)) => Err(VerifyCmsError::ContentIsInside),
        (None, None) => Err(VerifyCmsError::ContentMissing),
    }
}

fn needed(signed_data: &SignedData<'_>) -> Result<Vec<DigestAlgorithm>, Malformed> {
    let mut algorithms = Vec::new();
    for signer in &signed_data.signers {
        algorithms.extend(signer.digest);
        let mut tokens = signer.signed_values(&CONTENT_TIME_STAMP)?;
        tokens.extend(signer.unsigned_values(&crate::cms::ARCHIVE_TIME_STAMP_V3)?);
        let imprint = |token: &[u8]| TimestampToken::from_der(token).ok().map(|token| token.info().imprint.algorithm());
        algorithms.extend(tokens.iter().filter_map(|token| imprint(token.raw)));
    }
    Ok(algorithms)
}

/// What all signers of one CMS share.
struct Context<'a> {
    signed_data: &'a SignedData<'a>,
    certificates: &'a [Certificate],
    provider: &'a dyn CryptoProvider,
}

impl Context<'_> {
    /// `content_type` is `None` for a counter-signature.
    fn check(
        &self,
        signer: &SignerInfo<'_>,
        content_type: Option<Oid>,
        digests: &Digests,
        depth: usize,
    ) -> SignerCheck {
        let mut check = SignerCheck {
            digest_ok: false,
            signature_ok: false,
            problem: None,
            algorithm: signer.algorithm,
            signing_certificate: signer.signing_certificate_among(self.certificates).cloned(),
            signature_value: signer.signature.to_vec(),
            signed_attributes: Vec::new(),
            claimed_time: None,
            content_timestamps: Vec::new(),
            timestamps: Vec::new(),
            has_unknown_timestamps: false,
            archive_timestamps: Vec::new(),
            has_old_archive_timestamps: false,
            has_revocation_data: !self.signed_data.revocation_choices.is_empty(),
            countersignatures: Vec::new(),
        };
        let signature = self.signature(signer, content_type, digests, &mut check);
        let unsigned = self.unsigned(signer, digests, &mut check, depth);
        check.problem = signature.err().or(unsigned.err());
        check
    }

    fn signature(
        &self,
        signer: &SignerInfo<'_>,
        content_type: Option<Oid>,
        digests: &Digests,
        check: &mut SignerCheck,
    ) -> Result<(), SignerProblem> {
        if !signer.has_signed_attributes() {
            return Err(SignerProblem::NoSignedAttributes);
        }
        check.signed_attributes = signer.signed_types()?;
        check.claimed_time = signer.signing_time()?;
        let digest = signer.digest.and_then(|algorithm| digests.by(algorithm));
        let (Some(digest), Some(_)) = (digest, signer.algorithm) else {
            return Err(SignerProblem::UnsupportedAlgorithm);
        };
        check.digest_ok = signer.message_digest()? == Some(digest);
        for token in signer.signed_values(&CONTENT_TIME_STAMP)? {
            check.content_timestamps.push(TimestampCheck::of(
                token.raw,
                self.certificates,
                self.provider,
                |imprint| digests.by(imprint.algorithm()) == Some(imprint.digest()),
            )?);
        }
        let certificate = check.signing_certificate.clone().ok_or(SignerProblem::NoCertificate)?;
        let value = signer.verify_value(&certificate, self.provider);
        // The old form of the reference hashes with SHA-1, which is not computed here.
        let reference = signer.references(&certificate)?.unwrap_or(signer.has_old_reference());
        let right_type = signer.content_type()? == content_type;
        check.signature_ok = value.is_ok() && reference && right_type;
        if !check.digest_ok {
            return Err(SignerProblem::DigestMismatch);
        }
        value.map_err(SignerProblem::SignatureMismatch)?;
        if !reference {
            return Err(SignerProblem::CertificateReference);
        }
        if !right_type {
            return Err(SignerProblem::ContentType);
        }
        all_good(&check.content_timestamps)
    }

    fn unsigned(
        &self,
        signer: &SignerInfo<'_>,
        digests: &Digests,
        check: &mut SignerCheck,
        depth: usize,
    ) -> Result<(), SignerProblem> {
        check.has_revocation_data |= !signer.unsigned_values(&REVOCATION_VALUES)?.is_empty();
        for token in signer.signature_timestamps()? {
            let found = TimestampCheck::of(token, self.certificates, self.provider, |imprint| {
                imprint.algorithm().digest(signer.signature) == imprint.digest()
            });
            match found {
                Ok(found) => {
                    check.has_unknown_timestamps |= is_unknown(&found.result);
                    check.timestamps.push(found);
                }
                Err(TspError::UnsupportedAlgorithm) => check.has_unknown_timestamps = true,
                Err(error) => return Err(error.into()),
            }
        }
        let ArchiveTimestamps { checks, has_old } =
            archive::check(self.signed_data, signer, digests, self.certificates, self.provider)?;
        check.archive_timestamps = checks;
        check.has_old_archive_timestamps = has_old;
        for value in signer.unsigned_values(&COUNTER_SIGNATURE)? {
            if value.tag != SEQUENCE || depth >= MAX_DEPTH {
                return Err(SignerProblem::Malformed("a counter-signature"));
            }
            let counter = SignerInfo::read(&value)?;
            let over = Digests::of(signer.signature, &counter.digest.into_iter().collect::<Vec<_>>());
            check.countersignatures.push(self.check(&counter, None, &over, depth + 1));
        }
        all_good(&check.timestamps)?;
        if check.has_unknown_timestamps {
            return Err(SignerProblem::Timestamp(TspError::UnsupportedAlgorithm));
        }
        all_good(&check.archive_timestamps)?;
        match check.countersignatures.iter().find_map(|counter| counter.problem.clone()) {
            Some(problem) => Err(SignerProblem::Countersignature(Box::new(problem))),
            None => Ok(()),
        }
    }
}

/// Whether nothing can be said about a token because of its algorithms.
fn is_unknown(result: &Result<Certificate, TspError>) -> bool {
    matches!(result, Err(TspError::UnsupportedAlgorithm | TspError::BadSignature(VerifyError::UnsuitableKey)))
}

/// Each time-stamp must be good: one that is not says that something was changed.
fn all_good(checks: &[TimestampCheck]) -> Result<(), SignerProblem> {
    let mut bad =
        checks.iter().filter(|check| !is_unknown(&check.result)).filter_map(|check| check.result.as_ref().err());
    match bad.next() {
        Some(error) => Err(SignerProblem::Timestamp(error.clone())),
        None if checks.iter().any(|check| check.result.is_err()) => {
            Err(SignerProblem::Timestamp(TspError::UnsupportedAlgorithm))
        }
        None => Ok(()),
    }
}
