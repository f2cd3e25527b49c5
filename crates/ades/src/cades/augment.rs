//! Raises the level of signatures, whoever made them: a time-stamp (B-T), validation data (B-LT). EN 319 122-1 5.3, 5.4 and 6.3.

use super::verify::{digests, verify_read};
use super::{AugmentError, SignerCheck, SignerProblem};
use crate::asn1::Malformed;
use crate::cms::splice::{self, Additions};
use crate::cms::view::SignedData;
use crate::cms::{SIGNATURE_TIME_STAMP, build};
use crate::crypto::{CryptoProvider, DigestAlgorithm, VerifyError};
use crate::evidence::Evidence;
use crate::pdf::Source;
use crate::tsp::{Imprint, TimestampToken, TspError};

/// What to have time-stamped for level B-T of signer number `signer` (from 0): the octets of its signature value.
///
/// # Errors
/// If the CMS cannot be read or has no such signer.
pub fn timestamp_imprint(cms: &[u8], signer: usize, algorithm: DigestAlgorithm) -> Result<Imprint, AugmentError> {
    let signed_data = SignedData::read_alone(cms)?;
    let signer = signed_data.signers.get(signer).ok_or(AugmentError::NoSuchSigner)?;
    Ok(Imprint::of(algorithm, signer.signature))
}

/// Adds a time-stamp over the signature value of signer number `signer`. Detached content need not be at hand.
///
/// # Errors
/// If the signature value is known not to verify, or the token is not a good one over it.
pub fn add_timestamp(
    cms: &[u8],
    signer: usize,
    token: &TimestampToken,
    provider: &dyn CryptoProvider,
) -> Result<Vec<u8>, AugmentError> {
    let signed_data = SignedData::read_alone(cms)?;
    let info = signed_data.signers.get(signer).ok_or(AugmentError::NoSuchSigner)?;
    if let Some(certificate) = signed_data.signing_certificate(info, &[])
        && info.verify_value(&certificate, provider) == Err(VerifyError::Mismatch)
    {
        return Err(AugmentError::Broken);
    }
    token.require_imprint_of(info.signature).map_err(AugmentError::TimestampUnusable)?;
    token.verify(&[], provider).map_err(AugmentError::TimestampUnusable)?;
    let unsigned = vec![(signer, build::attribute(&SIGNATURE_TIME_STAMP, token.der()))];
    Ok(splice::splice(&signed_data, &Additions { unsigned, ..Additions::default() })?)
}

/// Adds certificates and revocation data, for all signers at once. Each goes in as it is, and once.
///
/// Whether they are the right ones and complete is decided by whoever collected them (`evidence::plan`).
///
/// # Errors
/// If a signature does not verify or has no time-stamp, if there is nothing to add, or if it would break an older archive time-stamp.
pub fn add_validation_data(
    cms: &[u8],
    content: Option<&dyn Source>,
    evidence: &Evidence,
    provider: &dyn CryptoProvider,
) -> Result<Vec<u8>, AugmentError> {
    let signed_data = SignedData::read_alone(cms)?;
    let checks = verify_read(&signed_data, &digests(&signed_data, content, &[])?, provider);
    for check in &checks {
        require_unbroken(check)?;
        if !is_timestamped(check) {
            return Err(AugmentError::NotTimestamped);
        }
    }
    let lists = evidence.crls().iter().map(|crl| crl.der().to_vec());
    let answers = evidence.ocsp().iter().map(|answer| splice::ocsp_choice(answer.der()));
    let additions = Additions {
        certificates: evidence.certificates().iter().map(|certificate| certificate.der().to_vec()).collect(),
        revocation: lists.chain(answers).collect(),
        ..Additions::default()
    };
    if evidence.is_empty() && signed_data.revocation_choices.is_empty() {
        return Err(AugmentError::NothingToAdd);
    }
    let spliced = splice::splice(&signed_data, &additions)?;
    if checks.iter().any(|check| check.has_old_archive_timestamps) && is_more(&signed_data, &spliced)? {
        return Err(AugmentError::OldArchiveTimestamp);
    }
    Ok(spliced)
}

/// Whether certificates or revocation data were added.
fn is_more(before: &SignedData<'_>, after: &[u8]) -> Result<bool, Malformed> {
    let (after, _) = SignedData::read(after)?;
    Ok(after.certificate_choices.len() > before.certificate_choices.len()
        || after.revocation_choices.len() > before.revocation_choices.len())
}

/// Whether there is a time-stamp that is good, or one of whose algorithms nothing is known here: when it was made it was good enough.
pub(super) fn is_timestamped(check: &SignerCheck) -> bool {
    check.has_unknown_timestamps || check.timestamps.iter().any(|timestamp| timestamp.result.is_ok())
}

/// Refuses a signature of which it is known that it is broken. What merely cannot be judged here (an algorithm that is no longer
/// accepted, a form of time-stamp) is what long-term signatures are for.
pub(super) fn require_unbroken(check: &SignerCheck) -> Result<(), AugmentError> {
    match &check.problem {
        None | Some(SignerProblem::UnsupportedAlgorithm) => Ok(()),
        Some(SignerProblem::SignatureMismatch(VerifyError::UnsuitableKey)) => Ok(()),
        Some(SignerProblem::Timestamp(TspError::UnsupportedAlgorithm)) => Ok(()),
        Some(_) => Err(AugmentError::Broken),
    }
}
