//! Adds to a CMS of whoever made it, without touching a byte of what is in it: only the lengths around it are written anew. RFC 5652 5.
//!
//! Nothing that lies outside a signer info is signed, and inside it the unsigned attributes are not; so earlier signatures hold.

use super::view::{SignedData, SignerInfo};
use super::{ID_SIGNED_DATA, OTHER_REVOCATION_OCSP};
use crate::asn1::{self, INTEGER, Malformed, SET, Tlv, context};

/// What is added. Members that are there already (the same bytes) are not added again.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    /// DER of certificates.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Each a `RevocationInfoChoice`.
    pub(crate) revocation: Vec<Vec<u8>>,
    /// Each an `AlgorithmIdentifier`.
    pub(crate) digest_algorithms: Vec<Vec<u8>>,
    /// Each a `SignerInfo`.
    pub(crate) signers: Vec<Vec<u8>>,
    /// Unsigned attributes, each for the signer of this number.
    pub(crate) unsigned: Vec<(usize, Vec<u8>)>,
}

/// `RevocationInfoChoice` around a successful OCSP response. RFC 5940 2.2.
pub(crate) fn ocsp_choice(response: &[u8]) -> Vec<u8> {
    asn1::tlv(context(1), &[&asn1::oid(&OTHER_REVOCATION_OCSP), response])
}

/// The `ContentInfo` with the additions.
pub(crate) fn splice(cms: &SignedData<'_>, additions: &Additions) -> Result<Vec<u8>, Malformed> {
    let signers = cms.signers.iter().enumerate().map(|(number, signer)| {
        let added =
            additions.unsigned.iter().filter(|(of, _)| *of == number).map(|(_, attribute)| attribute.as_slice());
        with_unsigned(signer, added.collect())
    });
    let mut signers = signers.collect::<Result<Vec<_>, _>>()?;
    signers.extend(additions.signers.iter().cloned());

    let digest_algorithms: Vec<&[u8]> = cms.digest_algorithms.iter().map(|algorithm| algorithm.raw).collect();
    let certificates: Vec<&[u8]> = cms.certificate_choices.iter().map(|choice| choice.raw).collect();
    let revocation: Vec<&[u8]> = cms.revocation_choices.iter().map(|choice| choice.raw).collect();
    let mut parts = vec![
        version(cms, additions)?,
        merged(SET, &digest_algorithms, &additions.digest_algorithms),
        cms.encapsulated.raw.to_vec(),
    ];
    for (number, there, added) in [(0, &certificates, &additions.certificates), (1, &revocation, &additions.revocation)]
    {
        if !there.is_empty() || !added.is_empty() {
            parts.push(merged(context(number), there, added));
        }
    }
    let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
    parts.push(asn1::tlv(SET, &signers));

    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let length = parts.iter().map(|part| part.len()).sum();
    let inner = asn1::head(asn1::SEQUENCE, length);
    let wrapper = asn1::head(context(0), inner.len() + length);
    let oid = asn1::oid(&ID_SIGNED_DATA);
    let outer = asn1::head(asn1::SEQUENCE, oid.len() + wrapper.len() + inner.len() + length);
    let spliced = [&[outer.as_slice(), &oid, &wrapper, &inner], parts.as_slice()].concat().concat();
    require_kept(cms, &SignedData::read_alone(&spliced)?)?;
    Ok(spliced)
}

/// Reads what was written as a stranger would: whatever a signature or time-stamp may cover must be there as it was.
fn require_kept(before: &SignedData<'_>, after: &SignedData<'_>) -> Result<(), Malformed> {
    let kept =
        |there: &[Tlv<'_>], now: &[Tlv<'_>]| there.iter().all(|one| now.iter().any(|other| other.raw == one.raw));
    let mut all = before.encapsulated.raw == after.encapsulated.raw
        && kept(&before.certificate_choices, &after.certificate_choices)
        && kept(&before.revocation_choices, &after.revocation_choices);
    for (signer, now) in before.signers.iter().zip(&after.signers) {
        all &= signer.signed_part == now.signed_part && kept(&signer.unsigned_members()?, &now.unsigned_members()?);
    }
    if all && before.signers.len() <= after.signers.len() { Ok(()) } else { Err(Malformed("what was added to it")) }
}

/// A signer info (of the first level or a counter-signature) with further unsigned attributes.
pub(crate) fn with_unsigned(signer: &SignerInfo<'_>, added: Vec<&[u8]>) -> Result<Vec<u8>, Malformed> {
    if added.is_empty() {
        return Ok(signer.raw.to_vec());
    }
    let there = signer.unsigned_members()?;
    let there: Vec<&[u8]> = there.iter().map(|member| member.raw).collect();
    let added: Vec<Vec<u8>> = added.into_iter().map(<[u8]>::to_vec).collect();
    Ok(asn1::sequence(&[signer.signed_part, &merged(context(1), &there, &added)]))
}

/// The set with what is not in it yet: in DER order if it is in that order, otherwise at its end.
fn merged(tag: u8, there: &[&[u8]], added: &[Vec<u8>]) -> Vec<u8> {
    let mut members = there.to_vec();
    for new in added {
        if !members.contains(&new.as_slice()) {
            members.push(new);
        }
    }
    if there.is_sorted() {
        members.sort_unstable();
    }
    asn1::tlv(tag, &members)
}

/// RFC 5652 5.1: revocation data other than lists asks for version 5, signers of version 3 for version 3.
fn version(cms: &SignedData<'_>, additions: &Additions) -> Result<Vec<u8>, Malformed> {
    let other = |choice: &[u8]| choice.first() == Some(&context(1));
    if additions.revocation.iter().any(|choice| other(choice)) && cms.version.unsigned("the CMS version")? < 5 {
        return Ok(asn1::tlv(INTEGER, &[&[5]]));
    }
    Ok(cms.version.raw.to_vec())
}
