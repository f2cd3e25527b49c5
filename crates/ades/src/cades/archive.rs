//! Archive time-stamps of version 3 with their index of hashes: level B-LTA, and its renewal. EN 319 122-1 5.5.2 and 5.5.3.
//!
//! The index lists a hash of every certificate, revocation data and unsigned attribute that is protected. What is added later (the next
//! archive time-stamp, its validation data) is not in it, so the earlier time-stamp holds.

use super::augment::{is_timestamped, require_unbroken};
use super::content::Digests;
use super::prepare::sha256;
use super::verify::{digests, verify_read};
use super::{AugmentError, SignerProblem, VerifyCmsError};
use crate::Oid;
use crate::asn1::{self, Malformed, OCTET_STRING, Reader, SEQUENCE};
use crate::cms::splice::{self, Additions};
use crate::cms::view::{SignedData, SignerInfo};
use crate::cms::{ARCHIVE_TIME_STAMP_V3, ATS_HASH_INDEX_V3, OLD_ARCHIVE_TIME_STAMPS, build};
use crate::crypto::{CryptoProvider, DigestAlgorithm, policy};
use crate::pdf::Source;
use crate::tsp::{Imprint, TimestampCheck, TimestampToken, TspError};
use crate::x509::Certificate;

/// What has to be time-stamped, and what is needed to put the token in.
#[derive(Debug, Clone)]
pub struct PreparedArchiveTimestamp {
    signer: usize,
    cms_sha256: [u8; 32],
    content_digest: Vec<u8>,
    /// DER `ATSHashIndexV3`.
    index: Vec<u8>,
    imprint: Imprint,
}

/// Prepares an archive time-stamp over everything that signer number `signer` (from 0) has: the first one, or a renewal.
///
/// `now` is only compared with the end of the digest algorithm. Preparing the same again gives the same imprint.
///
/// # Errors
/// If the signature does not verify, has no time-stamp or no revocation data.
pub fn prepare_archive_timestamp(
    cms: &[u8],
    content: Option<&dyn Source>,
    signer: usize,
    algorithm: DigestAlgorithm,
    now: u64,
    provider: &dyn CryptoProvider,
) -> Result<PreparedArchiveTimestamp, AugmentError> {
    policy::digest_accepted(algorithm, now).map_err(AugmentError::DigestNotAccepted)?;
    let signed_data = SignedData::read_alone(cms)?;
    let info = signed_data.signers.get(signer).ok_or(AugmentError::NoSuchSigner)?;
    let content_digests = digests(&signed_data, content, &[algorithm])?;
    let checks = verify_read(&signed_data, &content_digests, provider);
    let check = checks.get(signer).ok_or(AugmentError::NoSuchSigner)?;
    require_unbroken(check)?;
    if !is_timestamped(check) {
        return Err(AugmentError::NotTimestamped);
    }
    if !check.has_revocation_data {
        return Err(AugmentError::NoValidationData);
    }
    let index = index(&signed_data, info, algorithm)?;
    let content_digest = content_digests.by(algorithm).ok_or(VerifyCmsError::ContentMissing)?;
    let digest = imprint(&signed_data, info, content_digest, &index, algorithm);
    let imprint = Imprint::from_digest(algorithm, &digest).ok_or(Malformed("the digest"))?;
    let content_digest = content_digest.to_vec();
    Ok(PreparedArchiveTimestamp { signer, cms_sha256: sha256(cms), content_digest, index, imprint })
}

impl PreparedArchiveTimestamp {
    /// What to have time-stamped.
    pub fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// The CMS with the archive time-stamp. `cms` is the one that was prepared.
    ///
    /// # Errors
    /// If the CMS is another one, or the token is not a good one over the imprint.
    pub fn embed(
        &self,
        cms: &[u8],
        token: &TimestampToken,
        provider: &dyn CryptoProvider,
    ) -> Result<Vec<u8>, AugmentError> {
        if sha256(cms) != self.cms_sha256 {
            return Err(AugmentError::WrongCms);
        }
        if token.info().imprint != self.imprint {
            return Err(AugmentError::TimestampUnusable(TspError::WrongImprint));
        }
        // The index goes into the token as an unsigned attribute of its signer (5.5.2).
        let inner = SignedData::read_alone(token.der())?;
        inner.only_signer()?;
        let index = build::attribute(&ATS_HASH_INDEX_V3, &self.index);
        let with_index = splice::splice(&inner, &Additions { unsigned: vec![(0, index)], ..Additions::default() })?;
        let signed_data = SignedData::read_alone(cms)?;
        let attribute = build::attribute(&ARCHIVE_TIME_STAMP_V3, &with_index);
        let additions = Additions { unsigned: vec![(self.signer, attribute)], ..Additions::default() };
        let raised = splice::splice(&signed_data, &additions)?;
        self.require_good(&raised, &with_index, provider)?;
        Ok(raised)
    }

    /// Checks the archive time-stamp as it stands in the file.
    fn require_good(&self, cms: &[u8], token: &[u8], provider: &dyn CryptoProvider) -> Result<(), AugmentError> {
        let signed_data = SignedData::read_alone(cms)?;
        let signer = signed_data.signers.get(self.signer).ok_or(AugmentError::NoSuchSigner)?;
        let digests = Digests::known(self.imprint.algorithm(), &self.content_digest);
        let found = check_one(&signed_data, signer, token, &digests, &[], provider)
            .map_err(|_| Malformed("the archive time-stamp"))?;
        found.result.map(|_| ()).map_err(AugmentError::TimestampUnusable)
    }
}

/// DER `ATSHashIndexV3` over all that is there now.
fn index(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    algorithm: DigestAlgorithm,
) -> Result<Vec<u8>, Malformed> {
    let list = |hashes: Vec<Vec<u8>>| {
        let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| asn1::octet_string(hash)).collect();
        asn1::sequence(&hashes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    Ok(asn1::sequence(&[
        &algorithm.identifier(),
        &list(signed_data.certificate_choices.iter().map(|choice| algorithm.digest(choice.raw)).collect()),
        &list(signed_data.revocation_choices.iter().map(|choice| algorithm.digest(choice.raw)).collect()),
        &list(unsigned_hashes(signer, algorithm)?),
    ]))
}

/// The hash of each value of each unsigned attribute, together with the attribute's type.
fn unsigned_hashes(signer: &SignerInfo<'_>, algorithm: DigestAlgorithm) -> Result<Vec<Vec<u8>>, Malformed> {
    const WHAT: &str = "an unsigned attribute";
    let mut hashes = Vec::new();
    for member in signer.unsigned_members()? {
        let mut fields = member.reader();
        let oid = fields.read(WHAT)?;
        let mut values = fields.expect(asn1::SET, WHAT)?.reader();
        while !values.is_empty() {
            let mut hasher = algorithm.hasher();
            hasher.update(oid.raw);
            hasher.update(values.read(WHAT)?.raw);
            hashes.push(hasher.finish());
        }
    }
    Ok(hashes)
}

/// 5.5.3: the content type, the digest of the content, the signed part of the signer info, the index.
fn imprint(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content_digest: &[u8],
    index: &[u8],
    algorithm: DigestAlgorithm,
) -> Vec<u8> {
    let mut hasher = algorithm.hasher();
    for part in [&asn1::oid(&signed_data.content_type), content_digest, signer.signed_part, index] {
        hasher.update(part);
    }
    hasher.finish()
}

/// What was found out about the archive time-stamps of one signer.
pub(super) struct ArchiveTimestamps {
    pub(super) checks: Vec<TimestampCheck>,
    pub(super) has_old: bool,
}

/// Checks each archive time-stamp of version 3: the token, that its index names nothing that is not there, and the imprint.
pub(super) fn check(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    digests: &Digests,
    certificates: &[Certificate],
    provider: &dyn CryptoProvider,
) -> Result<ArchiveTimestamps, SignerProblem> {
    let mut checks = Vec::new();
    for value in signer.unsigned_values(&ARCHIVE_TIME_STAMP_V3)? {
        checks.push(check_one(signed_data, signer, value.raw, digests, certificates, provider)?);
    }
    let mut has_old = false;
    for old in OLD_ARCHIVE_TIME_STAMPS {
        has_old |= !signer.unsigned_values(&old)?.is_empty();
    }
    Ok(ArchiveTimestamps { checks, has_old })
}

fn check_one(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    token: &[u8],
    digests: &Digests,
    certificates: &[Certificate],
    provider: &dyn CryptoProvider,
) -> Result<TimestampCheck, SignerProblem> {
    let index = Index::of_token(token)?;
    let covered = index.is_covered(signed_data, signer)?;
    Ok(TimestampCheck::of(token, certificates, provider, |found| {
        let algorithm = found.algorithm();
        let expected = digests.by(algorithm).map(|content| imprint(signed_data, signer, content, index.raw, algorithm));
        covered && expected.as_deref() == Some(found.digest())
    })?)
}

/// `ATSHashIndexV3` as it stands in a token.
pub(super) struct Index<'a> {
    /// `None` if it is not one of ours.
    algorithm: Option<DigestAlgorithm>,
    certificates: Vec<&'a [u8]>,
    revocation: Vec<&'a [u8]>,
    unsigned: Vec<&'a [u8]>,
    raw: &'a [u8],
}

impl<'a> Index<'a> {
    /// The index in the token of an archive time-stamp, which must have exactly one.
    pub(super) fn of_token(token: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "the index of an archive time-stamp";
        let inner = SignedData::read_alone(token)?;
        let values = inner.only_signer()?.unsigned_values(&ATS_HASH_INDEX_V3)?;
        let [index] = values.as_slice() else {
            return Err(Malformed("an archive time-stamp (it has no index of hashes)"));
        };
        let mut fields = asn1::Tlv::parse(index.raw, SEQUENCE, WHAT)?.reader();
        let algorithm = fields.expect(SEQUENCE, WHAT)?.reader().read(WHAT)?.oid(WHAT)?;
        let mut list = || octet_strings(fields.expect(SEQUENCE, WHAT)?.reader());
        let (certificates, revocation, unsigned) = (list()?, list()?, list()?);
        fields.finish(WHAT)?;
        let algorithm = DigestAlgorithm::from_oid(&algorithm);
        Ok(Self { algorithm, certificates, revocation, unsigned, raw: index.raw })
    }

    /// Whether a value of an unsigned attribute is listed.
    pub(super) fn lists(&self, attribute: &Oid, value: &[u8]) -> bool {
        let hash = |algorithm: DigestAlgorithm| {
            let mut hasher = algorithm.hasher();
            hasher.update(&asn1::oid(attribute));
            hasher.update(value);
            hasher.finish()
        };
        self.algorithm.map(hash).is_some_and(|hash| self.unsigned.contains(&hash.as_slice()))
    }

    /// Whether everything that is listed is there.
    fn is_covered(&self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>) -> Result<bool, Malformed> {
        let Some(algorithm) = self.algorithm else {
            return Ok(false);
        };
        let hashes = |choices: &[asn1::Tlv<'_>]| choices.iter().map(|choice| algorithm.digest(choice.raw)).collect();
        let there: [Vec<Vec<u8>>; 3] = [
            hashes(&signed_data.certificate_choices),
            hashes(&signed_data.revocation_choices),
            unsigned_hashes(signer, algorithm)?,
        ];
        let listed = [&self.certificates, &self.revocation, &self.unsigned];
        Ok(listed
            .iter()
            .zip(&there)
            .all(|(listed, there)| listed.iter().all(|hash| there.iter().any(|one| one == hash))))
    }
}

fn octet_strings(mut reader: Reader<'_>) -> Result<Vec<&[u8]>, Malformed> {
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(reader.expect(OCTET_STRING, "the index of an archive time-stamp")?.value);
    }
    Ok(found)
}
