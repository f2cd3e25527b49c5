//! First step: reads the content and makes everything of the signature but its value. EN 319 122-1 5.2 and 6.3.

use super::content::{Content, Digests};
use super::prepared::{Packaging, PreparedCms};
use super::{CadesParameters, PrepareError};
use crate::cms::build::{self, Signed};
use crate::cms::view::SignedData;
use crate::cms::{ID_DATA, OLD_ARCHIVE_TIME_STAMPS};
use crate::crypto::policy::{self, PolicyError};
use crate::crypto::{CryptoProvider, DigestAlgorithm};
use crate::pdf::Source;

/// Prepares a new signature. The content is read once and not kept.
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn prepare(
    content: Content<'_>,
    parameters: &CadesParameters,
    provider: &dyn CryptoProvider,
) -> Result<PreparedCms, PrepareError> {
    require_suitable(parameters)?;
    let digests = digests(content, parameters)?;
    let (packaging, content_len) = match content {
        Content::Enveloping(source) => {
            // A length of more than four octets is read by few.
            if source.len() > u64::from(u32::MAX) - (1 << 20) {
                return Err(PrepareError::TooLargeToEnvelop);
            }
            (Packaging::Enveloping, source.len())
        }
        Content::Detached(source) => (Packaging::Detached, source.len()),
        Content::Digest(_) => (Packaging::Detached, 0),
    };
    prepared(packaging, content_len, &digests, Some(&ID_DATA), parameters, provider)
}

/// Prepares one more signature over the content of `cms`, beside those that are in it. `content` is needed if it is detached.
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn add_signer(
    cms: &[u8],
    content: Option<&dyn Source>,
    parameters: &CadesParameters,
    provider: &dyn CryptoProvider,
) -> Result<PreparedCms, PrepareError> {
    require_suitable(parameters)?;
    let existing = read(cms)?;
    let algorithms = algorithms(parameters);
    let (digests, length) = match (&existing.content, content) {
        (Some(inside), None) => (Digests::of(inside, &algorithms), Source::len(&&**inside)),
        (Some(_), Some(_)) => return Err(PrepareError::ContentIsInside),
        (None, None) => return Err(PrepareError::ContentMissing),
        (None, Some(source)) => (Digests::read(source, &algorithms).map_err(PrepareError::Read)?, source.len()),
    };
    // Over what others have signed: a file that is not theirs would make a signature that belongs to nothing.
    for signer in &existing.signers {
        let same = match (signer.digest.and_then(|algorithm| digests.by(algorithm)), signer.message_digest()?) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        if !same {
            return Err(PrepareError::OtherContent);
        }
    }
    let packaging = Packaging::Parallel { cms_sha256: sha256(cms) };
    prepared(packaging, length, &digests, Some(&existing.content_type), parameters, provider)
}

/// Prepares a signature over the signature value of signer number `signer` (from 0) in `cms`. EN 319 122-1 5.2.7.
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn countersign(
    cms: &[u8],
    signer: usize,
    parameters: &CadesParameters,
    provider: &dyn CryptoProvider,
) -> Result<PreparedCms, PrepareError> {
    require_suitable(parameters)?;
    let existing = read(cms)?;
    let value = existing.signers.get(signer).ok_or(PrepareError::NoSuchSigner)?.signature;
    let digests = Digests::of(value, &algorithms(parameters));
    let number = u32::try_from(signer).map_err(|_| PrepareError::NoSuchSigner)?;
    let packaging = Packaging::Counter { cms_sha256: sha256(cms), signer: number };
    prepared(packaging, Source::len(&value), &digests, None, parameters, provider)
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    DigestAlgorithm::Sha256.digest(bytes).try_into().unwrap_or_default()
}

/// Reads a CMS that certificates are to be added to.
fn read(cms: &[u8]) -> Result<SignedData<'_>, PrepareError> {
    let existing = SignedData::read_alone(cms)?;
    for signer in &existing.signers {
        for old in OLD_ARCHIVE_TIME_STAMPS {
            if !signer.unsigned_values(&old)?.is_empty() {
                return Err(PrepareError::OldArchiveTimestamp);
            }
        }
    }
    Ok(existing)
}

fn require_suitable(parameters: &CadesParameters) -> Result<(), PrepareError> {
    let CadesParameters { certificate, algorithm, claimed_time, .. } = parameters;
    match policy::accepted(*algorithm, certificate.key_kind(), *claimed_time) {
        Ok(()) => {}
        Err(PolicyError::DoesNotFitKey) => return Err(PrepareError::AlgorithmDoesNotFitKey),
        Err(error) => return Err(PrepareError::AlgorithmNotAccepted(error)),
    }
    if !certificate.may_sign_documents() {
        return Err(PrepareError::CertificateNotForSigning);
    }
    if *claimed_time < certificate.not_before() {
        return Err(PrepareError::CertificateNotYetValid);
    }
    if *claimed_time > certificate.not_after() {
        return Err(PrepareError::CertificateExpired);
    }
    Ok(())
}

/// The digests that the signature and its content time-stamps need.
fn algorithms(parameters: &CadesParameters) -> Vec<DigestAlgorithm> {
    let stamps = parameters.attributes.content_timestamps().iter().map(|token| token.info().imprint.algorithm());
    std::iter::once(parameters.algorithm.digest()).chain(stamps).collect()
}

fn digests(content: Content<'_>, parameters: &CadesParameters) -> Result<Digests, PrepareError> {
    match content {
        Content::Enveloping(source) | Content::Detached(source) => {
            Digests::read(source, &algorithms(parameters)).map_err(PrepareError::Read)
        }
        Content::Digest(digest) => {
            let algorithm = parameters.algorithm.digest();
            if digest.len() != algorithm.output_len() {
                return Err(PrepareError::DigestLength { expected: algorithm.output_len() });
            }
            Ok(Digests::known(algorithm, digest))
        }
    }
}

fn prepared(
    packaging: Packaging,
    content_len: u64,
    digests: &Digests,
    content_type: Option<&crate::Oid>,
    parameters: &CadesParameters,
    provider: &dyn CryptoProvider,
) -> Result<PreparedCms, PrepareError> {
    let attributes = &parameters.attributes;
    for token in attributes.content_timestamps() {
        let imprint = &token.info().imprint;
        if digests.by(imprint.algorithm()) != Some(imprint.digest()) {
            return Err(PrepareError::ContentTimestampOverOtherContent);
        }
        token.verify(&[], provider).map_err(PrepareError::ContentTimestamp)?;
    }
    let message_digest = digests.by(parameters.algorithm.digest()).unwrap_or_default();
    let signed_attributes = build::signed_attributes(Signed {
        content_type,
        message_digest,
        certificate: &parameters.certificate,
        signing_time: Some(parameters.claimed_time),
        others: attributes.members()?,
    });
    Ok(PreparedCms {
        level: parameters.level,
        algorithm: parameters.algorithm,
        packaging,
        content_len,
        content_digest: message_digest.to_vec(),
        signed_attributes,
        certificates: parameters.certificates(),
    })
}
