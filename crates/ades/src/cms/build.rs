//! Builds the CMS of a CAdES signature for PDF. RFC 5652 5; EN 319 122-1 5.2; EN 319 142-1 6.3.

use super::{
    CONTENT_TYPE, ID_DATA, ID_SIGNED_DATA, MESSAGE_DIGEST, SIGNATURE_TIME_STAMP, SIGNING_CERTIFICATE_V2, SIGNING_TIME,
};
use crate::Oid;
use crate::asn1::{self, OCTET_STRING, SEQUENCE, SET, context};
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

/// `ContentInfo` with a detached `SignedData` over `id-data`; `None` without a signing certificate.
pub(crate) fn signed_data(parts: &Parts<'_>) -> Option<Vec<u8>> {
    let Shell { before, after } = shell(parts, &ID_DATA, None)?;
    Some([before, after].concat())
}

/// A `ContentInfo` without the content octets that stand between its two halves.
pub(crate) struct Shell {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// `ContentInfo` around content of this length, or without content; `None` without a signing certificate.
pub(crate) fn shell(parts: &Parts<'_>, content_type: &Oid, content: Option<usize>) -> Option<Shell> {
    let signer = signer_info(parts)?;
    // RFC 5652 5.1: 1 if everything is of the first form and the content is data.
    let version = asn1::unsigned(&[if *content_type == ID_DATA { 1 } else { 3 }]);
    let digests = asn1::tlv(SET, &[&parts.algorithm.digest().identifier()]);
    let content_type = asn1::oid(content_type);
    let certificates = parts.certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
    let after = [asn1::set_of(context(0), certificates), asn1::tlv(SET, &[&signer])].concat();

    // From the innermost header outwards, as each has the length of all that follows.
    let mut before = Vec::new();
    let mut length = 0;
    if let Some(content) = content {
        before = asn1::head(OCTET_STRING, content);
        length = before.len().checked_add(content)?;
        let wrapper = asn1::head(context(0), length);
        prepend(&mut before, &mut length, &[&wrapper]);
    }
    prepend(&mut before, &mut length, &[&content_type]);
    let encapsulated = asn1::head(SEQUENCE, length);
    prepend(&mut before, &mut length, &[&version, &digests, &encapsulated]);
    let mut all = length.checked_add(after.len())?;
    let signed_data = asn1::head(SEQUENCE, all);
    prepend(&mut before, &mut all, &[&signed_data]);
    let wrapper = asn1::head(context(0), all);
    prepend(&mut before, &mut all, &[&asn1::oid(&ID_SIGNED_DATA), &wrapper]);
    let outer = asn1::head(SEQUENCE, all);
    prepend(&mut before, &mut all, &[&outer]);
    Some(Shell { before, after })
}

fn prepend(bytes: &mut Vec<u8>, length: &mut usize, parts: &[&[u8]]) {
    let front = parts.concat();
    *length = length.saturating_add(front.len());
    bytes.splice(0..0, front);
}

/// `SignerInfo`; `None` without a signing certificate.
pub(crate) fn signer_info(parts: &Parts<'_>) -> Option<Vec<u8>> {
    let signing_certificate = parts.certificates.first()?;
    // RFC 5652 5.4: what was signed as a SET OF is carried under an implicit tag.
    let attributes = parts.signed_attributes.split_first().map(|(_, rest)| rest)?;
    let mut signer: Vec<Vec<u8>> = vec![
        asn1::unsigned(&[1]),
        signing_certificate.issuer_and_serial(),
        parts.algorithm.digest().identifier(),
        [&[context(0)], attributes].concat(),
        parts.algorithm.identifier(),
        asn1::octet_string(parts.signature),
    ];
    if let Some(token) = parts.timestamp {
        signer.push(asn1::set_of(context(1), vec![attribute(&SIGNATURE_TIME_STAMP, token)]));
    }
    let signer: Vec<&[u8]> = signer.iter().map(Vec::as_slice).collect();
    Some(asn1::sequence(&signer))
}

/// An attribute with several values, in DER order.
pub(crate) fn attribute_of(oid: &Oid, values: Vec<Vec<u8>>) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(oid), &asn1::set_of(SET, values)])
}

pub(crate) fn attribute(oid: &Oid, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(oid), &asn1::tlv(SET, &[value])])
}
