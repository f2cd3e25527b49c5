//! Builds the CMS of a CAdES signature for PDF. RFC 5652 5; EN 319 122-1 5.2; EN 319 142-1 6.3.

use super::{
    CONTENT_TYPE, ID_DATA, ID_SIGNED_DATA, MESSAGE_DIGEST, SIGNATURE_TIME_STAMP, SIGNING_CERTIFICATE_V2, SIGNING_TIME,
};
use crate::Oid;
use crate::asn1::{self, SET, context};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::x509::Certificate;

/// What the signed attributes of a signer say.
pub(crate) struct Signed<'a> {
    /// Type of the content; `None` in a counter-signature, which must not have it (RFC 5652 11.4).
    pub(crate) content_type: Option<&'a Oid>,
    pub(crate) message_digest: &'a [u8],
    pub(crate) certificate: &'a Certificate,
    /// CAdES only: in PAdES it is the PDF's entry M (EN 319 142-1 6.3).
    pub(crate) signing_time: Option<u64>,
    /// DER of the attributes that the signer chose.
    pub(crate) others: Vec<Vec<u8>>,
}

/// The signed attributes, as the DER `SET OF` whose bytes are signed.
pub(crate) fn signed_attributes(signed: Signed<'_>) -> Vec<u8> {
    let mut members = signed.others;
    if let Some(content_type) = signed.content_type {
        members.push(attribute(&CONTENT_TYPE, &asn1::oid(content_type)));
    }
    members.push(attribute(&MESSAGE_DIGEST, &asn1::octet_string(signed.message_digest)));
    members.push(attribute(&SIGNING_CERTIFICATE_V2, &signing_certificate_v2(signed.certificate)));
    if let Some(time) = signed.signing_time {
        members.push(attribute(&SIGNING_TIME, &asn1::time(time)));
    }
    asn1::set_of(SET, members)
}

/// RFC 5035 3: the hash algorithm is SHA-256, which is the default and therefore left out.
fn signing_certificate_v2(certificate: &Certificate) -> Vec<u8> {
    let hash = asn1::octet_string(&DigestAlgorithm::Sha256.digest(certificate.der()));
    let identifier = asn1::sequence(&[&hash, &certificate.issuer_serial()]);
    asn1::sequence(&[&asn1::sequence(&[&identifier])])
}

/// Everything the CMS is made of.
pub(crate) struct Parts<'a> {
    pub(crate) algorithm: SignatureAlgorithm,
    /// DER `SET OF` as returned by [`signed_attributes`].
    pub(crate) signed_attributes: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// The signing certificate first.
    pub(crate) certificates: &'a [Certificate],
    /// DER time-stamp token over the signature value.
    pub(crate) timestamp: Option<&'a [u8]>,
}

/// `ContentInfo` with a detached `SignedData`; `None` without a signing certificate.
pub(crate) fn signed_data(parts: &Parts<'_>) -> Option<Vec<u8>> {
    let signing_certificate = parts.certificates.first()?;
    let version = asn1::unsigned(&[1]);
    let digest = parts.algorithm.digest().identifier();
    // RFC 5652 5.4: what was signed as a SET OF is carried under an implicit tag.
    let attributes = parts.signed_attributes.split_first().map(|(_, rest)| rest)?;
    let mut signer: Vec<Vec<u8>> = vec![
        version.clone(),
        signing_certificate.issuer_and_serial(),
        digest.clone(),
        [&[context(0)], attributes].concat(),
        parts.algorithm.identifier(),
        asn1::octet_string(parts.signature),
    ];
    if let Some(token) = parts.timestamp {
        signer.push(asn1::set_of(context(1), vec![attribute(&SIGNATURE_TIME_STAMP, token)]));
    }
    let signer: Vec<&[u8]> = signer.iter().map(Vec::as_slice).collect();
    let certificates = parts.certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
    let signed_data = asn1::sequence(&[
        &version,
        &asn1::tlv(SET, &[&digest]),
        &asn1::sequence(&[&asn1::oid(&ID_DATA)]),
        &asn1::set_of(context(0), certificates),
        &asn1::tlv(SET, &[&asn1::sequence(&signer)]),
    ]);
    Some(asn1::sequence(&[&asn1::oid(&ID_SIGNED_DATA), &asn1::tlv(context(0), &[&signed_data])]))
}

/// An attribute with several values, in DER order.
pub(crate) fn attribute_of(oid: &Oid, values: Vec<Vec<u8>>) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(oid), &asn1::set_of(SET, values)])
}

pub(crate) fn attribute(oid: &Oid, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(oid), &asn1::tlv(SET, &[value])])
}
