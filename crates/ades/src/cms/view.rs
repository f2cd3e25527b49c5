//! Reads a CMS `SignedData` in place: every part stays the bytes that were signed or hashed. RFC 5652 5.

use std::borrow::Cow;

use super::{
    CONTENT_TYPE, ID_SIGNED_DATA, MESSAGE_DIGEST, SIGNATURE_TIME_STAMP, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
};
use crate::Oid;
use crate::asn1::{INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, SET, Tlv, context, context_primitive, tlv};
use crate::calendar::asn1_time;
use crate::crypto::{CryptoProvider, DigestAlgorithm, SignatureAlgorithm, VerifyError};
use crate::x509::Certificate;

/// A `SignedData` inside its `ContentInfo`.
#[derive(Debug)]
pub(crate) struct SignedData<'a> {
    pub(crate) version: Tlv<'a>,
    /// Each AlgorithmIdentifier.
    pub(crate) digest_algorithms: Vec<Tlv<'a>>,
    /// EncapsulatedContentInfo.
    pub(crate) encapsulated: Tlv<'a>,
    /// Each CertificateChoices, whatever it is.
    pub(crate) certificate_choices: Vec<Tlv<'a>>,
    /// Each RevocationInfoChoice.
    pub(crate) revocation_choices: Vec<Tlv<'a>>,
    pub(crate) content_type: Oid,
    /// Encapsulated content; `None` if detached.
    pub(crate) content: Option<Cow<'a, [u8]>>,
    /// DER of each certificate, in the order of encoding.
    pub(crate) certificates: Vec<&'a [u8]>,
    pub(crate) signers: Vec<SignerInfo<'a>>,
}

/// One signer.
#[derive(Debug)]
pub(crate) struct SignerInfo<'a> {
    /// The whole element.
    pub(crate) raw: &'a [u8],
    /// The elements up to and with the signature value, as they stand.
    pub(crate) signed_part: &'a [u8],
    identifier: Tlv<'a>,
    /// `None` if the digest algorithm is not one of ours.
    pub(crate) digest: Option<DigestAlgorithm>,
    /// `None` if the signature algorithm is not one of ours.
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    signed_attributes: Option<Tlv<'a>>,
    unsigned_attributes: Option<Tlv<'a>>,
    pub(crate) signature: &'a [u8],
}

/// Whether signed attributes, as the `SET OF` that is signed, name this digest and this certificate. For those who hold attributes
/// that they did not make just now.
pub(crate) fn bindings_hold(
    signed_attributes: &[u8],
    message_digest: &[u8],
    certificate: &Certificate,
) -> Result<bool, Malformed> {
    let attributes = Tlv::parse(signed_attributes, SET, "the signed attributes")?;
    let digest = only_value(Some(&attributes), &MESSAGE_DIGEST)?;
    let reference = only_value(Some(&attributes), &SIGNING_CERTIFICATE_V2)?;
    let names_it = reference.map(|value| is_reference_to(&value, certificate)).transpose()?;
    Ok(digest.is_some_and(|value| value.tag == OCTET_STRING && value.value == message_digest) && names_it == Some(true))
}

impl<'a> SignedData<'a> {
    /// Reads the first element of `bytes`; returns what follows it beside.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        const WHAT: &str = "the CMS envelope";
        let mut outer = Reader::new(bytes);
        let mut info = outer.expect(SEQUENCE, WHAT)?.reader();
        if info.read(WHAT)?.oid(WHAT)? != ID_SIGNED_DATA {
            return Err(Malformed("the CMS content type (it is not SignedData)"));
        }
        let wrapper = info.expect(context(0), WHAT)?;
        info.finish(WHAT)?;
        let mut inner = wrapper.reader();
        let mut fields = inner.expect(SEQUENCE, WHAT)?.reader();
        inner.finish(WHAT)?;

        let version = fields.expect(INTEGER, "the CMS version")?;
        let digest_algorithms = fields.expect(SET, "the digest algorithms")?;
        let digest_algorithms = members(Some(digest_algorithms), "the digest algorithms")?;
        let encapsulated = fields.expect(SEQUENCE, "the encapsulated content")?;
        let mut content_info = encapsulated.reader();
        let content_type = content_info.read("the content type")?.oid("the content type")?;
        let content = match content_info.optional(context(0), "the encapsulated content")? {
            Some(wrapper) => Some(octets(&wrapper.reader().read("the encapsulated content")?)?),
            None => None,
        };
        let certificate_choices = members(fields.optional(context(0), "the certificates")?, "the certificates")?;
        // Other choices (attribute certificates) are no use here.
        let certificates = certificate_choices.iter().filter(|choice| choice.tag == SEQUENCE).map(|choice| choice.raw);
        let certificates = certificates.collect();
        let revocation_choices = members(fields.optional(context(1), "the revocation lists")?, "the revocation lists")?;
        let mut infos = fields.expect(SET, "the signer infos")?.reader();
        fields.finish("the signer infos")?;
        let mut signers = Vec::new();
        while !infos.is_empty() {
            signers.push(SignerInfo::read(&infos.expect(SEQUENCE, "a signer info")?)?);
        }
        let read = Self {
            version,
            digest_algorithms,
            encapsulated,
            certificate_choices,
            revocation_choices,
            content_type,
            content,
            certificates,
            signers,
        };
        Ok((read, outer.rest()))
    }

    /// Reads a CMS that is alone. Zeros may follow: that is how it comes out of a PDF.
    pub(crate) fn read_alone(bytes: &'a [u8]) -> Result<Self, Malformed> {
        match Self::read(bytes)? {
            (read, rest) if rest.iter().all(|byte| *byte == 0) => Ok(read),
            _ => Err(Malformed("the end (bytes follow the CMS)")),
        }
    }

    /// The only signer; both PDF signatures and time-stamp tokens have exactly one (EN 319 142-1 4.1 d; RFC 3161 2.4.2).
    pub(crate) fn only_signer(&self) -> Result<&SignerInfo<'a>, Malformed> {
        match self.signers.as_slice() {
            [signer] => Ok(signer),
            _ => Err(Malformed("the signer infos (there must be exactly one)")),
        }
    }

    /// The certificate that the signer info names, among those inside and `others`.
    pub(crate) fn signing_certificate(&self, signer: &SignerInfo<'_>, others: &[Certificate]) -> Option<Certificate> {
        let inside = self.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
        let all: Vec<Certificate> = inside.chain(others.iter().cloned()).collect();
        signer.signing_certificate_among(&all).cloned()
    }
}

impl<'a> SignerInfo<'a> {
    pub(crate) fn read(element: &Tlv<'a>) -> Result<Self, Malformed> {
        const WHAT: &str = "a signer info";
        let mut fields = element.reader();
        fields.expect(INTEGER, WHAT)?;
        let identifier = fields.read(WHAT)?;
        let digest = fields.expect(SEQUENCE, WHAT)?.reader().read(WHAT)?.oid(WHAT)?;
        let digest = DigestAlgorithm::from_oid(&digest);
        let signed_attributes = fields.optional(context(0), WHAT)?;
        let algorithm = SignatureAlgorithm::from_identifier(&fields.expect(SEQUENCE, WHAT)?, digest)?;
        let signature = fields.expect(OCTET_STRING, WHAT)?.value;
        let unsigned_part = fields.rest();
        let signed_part = element.value.strip_suffix(unsigned_part).unwrap_or_default();
        let unsigned_attributes = fields.optional(context(1), WHAT)?;
        fields.finish(WHAT)?;
        Ok(Self {
            raw: element.raw,
            signed_part,
            identifier,
            digest,
            algorithm,
            signed_attributes,
            unsigned_attributes,
            signature,
        })
    }

    /// The certificate that this signer info means: of several with the same issuer and serial number the one that it references.
    pub(crate) fn signing_certificate_among<'c>(&self, certificates: &'c [Certificate]) -> Option<&'c Certificate> {
        let named = || certificates.iter().filter(|certificate| self.names(certificate));
        named().find(|certificate| self.references(certificate) == Ok(Some(true))).or_else(|| named().next())
    }

    /// Whether the signer identifier means this certificate. A subject key identifier is not evaluated: the reference in the
    /// signed attributes decides in any case.
    fn names(&self, certificate: &Certificate) -> bool {
        if self.identifier.tag == SEQUENCE {
            return self.identifier.raw == certificate.issuer_and_serial();
        }
        self.identifier.tag == context_primitive(0) && self.references(certificate) == Ok(Some(true))
    }

    /// Value of the signed attribute, which must stand at most once and have one value (RFC 5652 5.3).
    fn signed_attribute(&self, oid: &Oid) -> Result<Option<Tlv<'a>>, Malformed> {
        only_value(self.signed_attributes.as_ref(), oid)
    }

    /// Digest that the signer claims for the content.
    pub(crate) fn message_digest(&self) -> Result<Option<&'a [u8]>, Malformed> {
        match self.signed_attribute(&MESSAGE_DIGEST)? {
            Some(value) if value.tag == OCTET_STRING => Ok(Some(value.value)),
            Some(_) => Err(Malformed("the message digest")),
            None => Ok(None),
        }
    }

    /// Content type that the signer claims.
    pub(crate) fn content_type(&self) -> Result<Option<Oid>, Malformed> {
        self.signed_attribute(&CONTENT_TYPE)?.map(|value| value.oid("the content type")).transpose()
    }

    /// Time-stamp tokens over the signature value; there may be several (EN 319 122-1 5.3).
    pub(crate) fn signature_timestamps(&self) -> Result<Vec<&'a [u8]>, Malformed> {
        let values = values(self.unsigned_attributes.as_ref(), &SIGNATURE_TIME_STAMP)?;
        Ok(values.into_iter().map(|value| value.raw).collect())
    }

    /// All values of an unsigned attribute.
    pub(crate) fn unsigned_values(&self, oid: &Oid) -> Result<Vec<Tlv<'a>>, Malformed> {
        values(self.unsigned_attributes.as_ref(), oid)
    }

    /// Each unsigned attribute.
    pub(crate) fn unsigned_members(&self) -> Result<Vec<Tlv<'a>>, Malformed> {
        members(self.unsigned_attributes, "the unsigned attributes")
    }

    /// All values of a signed attribute, which need not be just one.
    pub(crate) fn signed_values(&self, oid: &Oid) -> Result<Vec<Tlv<'a>>, Malformed> {
        values(self.signed_attributes.as_ref(), oid)
    }

    /// Types of the signed attributes, in their order.
    pub(crate) fn signed_types(&self) -> Result<Vec<Oid>, Malformed> {
        const WHAT: &str = "a signed attribute";
        let attributes = members(self.signed_attributes, WHAT)?;
        attributes.iter().map(|attribute| attribute.reader().read(WHAT)?.oid(WHAT)).collect()
    }

    /// Time that the signer claims.
    pub(crate) fn signing_time(&self) -> Result<Option<u64>, Malformed> {
        self.signed_attribute(&SIGNING_TIME)?.map(|value| asn1_time(&value)).transpose()
    }

    /// Whether there are signed attributes.
    pub(crate) fn has_signed_attributes(&self) -> bool {
        self.signed_attributes.is_some()
    }

    /// Whether the signed reference to the signing certificate means this one; `None` without such a reference.
    ///
    /// RFC 5035 3: the first identifier of the list is the signing certificate. The old form (RFC 2634) hashes with SHA-1, which is
    /// not computed here, so it counts as no reference.
    pub(crate) fn references(&self, certificate: &Certificate) -> Result<Option<bool>, Malformed> {
        self.signed_attribute(&SIGNING_CERTIFICATE_V2)?.map(|value| is_reference_to(&value, certificate)).transpose()
    }

    /// Whether there is a reference of the old form.
    pub(crate) fn has_old_reference(&self) -> bool {
        self.signed_attribute(&SIGNING_CERTIFICATE).is_ok_and(|value| value.is_some())
    }

    /// Verifies the signature value over the signed attributes. Without them there is nothing that names the certificate, so such a
    /// signature is refused.
    pub(crate) fn verify_value(
        &self,
        certificate: &Certificate,
        provider: &dyn CryptoProvider,
    ) -> Result<(), VerifyError> {
        let algorithm = self.algorithm.ok_or(VerifyError::UnsuitableKey)?;
        let attributes = self.signed_attributes.ok_or(VerifyError::Mismatch)?;
        // RFC 5652 5.4: the implicit tag is replaced by that of SET OF for the computation.
        let signed = match attributes.raw {
            [_, 0x80, ..] => tlv(SET, &[attributes.value]),
            [_, rest @ ..] => [&[SET], rest].concat(),
            [] => return Err(VerifyError::Mismatch),
        };
        provider.verify(certificate.spki_der(), algorithm, &signed, self.signature)
    }
}

/// RFC 5035 3: whether the first identifier of a SigningCertificateV2 means this certificate.
fn is_reference_to(value: &Tlv<'_>, certificate: &Certificate) -> Result<bool, Malformed> {
    const WHAT: &str = "the signing certificate reference";
    let mut identifiers = value.reader().expect(SEQUENCE, WHAT)?.reader();
    let mut identifier = identifiers.expect(SEQUENCE, WHAT)?.reader();
    let algorithm = match identifier.optional(SEQUENCE, WHAT)? {
        Some(algorithm) => algorithm.reader().read(WHAT)?.oid(WHAT)?,
        None => DigestAlgorithm::Sha256.oid(),
    };
    let hash = identifier.expect(OCTET_STRING, WHAT)?.value;
    let Some(algorithm) = DigestAlgorithm::from_oid(&algorithm) else {
        return Ok(false);
    };
    Ok(algorithm.digest(certificate.der()) == hash)
}

/// Octets of a string that may be in pieces (X.690 8.7.3).
fn octets<'a>(element: &Tlv<'a>) -> Result<Cow<'a, [u8]>, Malformed> {
    const WHAT: &str = "the encapsulated content";
    const IN_PIECES: u8 = OCTET_STRING | 0x20;
    match element.tag {
        OCTET_STRING => Ok(Cow::Borrowed(element.value)),
        IN_PIECES => {
            let mut pieces = element.reader();
            let mut joined = Vec::new();
            while !pieces.is_empty() {
                joined.extend_from_slice(pieces.expect(OCTET_STRING, WHAT)?.value);
            }
            Ok(Cow::Owned(joined))
        }
        _ => Err(Malformed(WHAT)),
    }
}

/// The members of a set that may be absent.
fn members<'a>(set: Option<Tlv<'a>>, what: &'static str) -> Result<Vec<Tlv<'a>>, Malformed> {
    let mut found = Vec::new();
    let Some(set) = set else { return Ok(found) };
    let mut reader = set.reader();
    while !reader.is_empty() {
        found.push(reader.read(what)?);
    }
    Ok(found)
}

/// The one value of the one attribute of this type.
fn only_value<'a>(attributes: Option<&Tlv<'a>>, oid: &Oid) -> Result<Option<Tlv<'a>>, Malformed> {
    match values(attributes, oid)?.as_slice() {
        [] => Ok(None),
        [value] => Ok(Some(*value)),
        _ => Err(Malformed("a CMS attribute (it stands twice)")),
    }
}

/// All values of all attributes of this type.
fn values<'a>(attributes: Option<&Tlv<'a>>, oid: &Oid) -> Result<Vec<Tlv<'a>>, Malformed> {
    const WHAT: &str = "a CMS attribute";
    let mut found = Vec::new();
    let Some(attributes) = attributes else { return Ok(found) };
    let mut members = attributes.reader();
    while !members.is_empty() {
        let mut attribute = members.expect(SEQUENCE, WHAT)?.reader();
        if attribute.read(WHAT)?.oid(WHAT)? != *oid {
            continue;
        }
        let mut values = attribute.expect(SET, WHAT)?.reader();
        while !values.is_empty() {
            found.push(values.read(WHAT)?);
        }
    }
    Ok(found)
}
