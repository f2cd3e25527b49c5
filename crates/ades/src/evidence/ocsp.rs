//! An OCSP answer as bytes, with what it says. RFC 6960 4.2.

use std::ops::Range;
use std::sync::Arc;

use super::crl::{Extension, minimal, range_in};
use super::{FormatError, OcspNonce, Revocation, identifier};
use crate::Oid;
use crate::asn1::{
    self, BIT_STRING, GENERALIZED_TIME, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, Tlv, context,
    context_primitive,
};
use crate::calendar::asn1_time;
use crate::crypto::{CryptoProvider, SignatureAlgorithm, VerifyError};
use crate::x509::{Certificate, DistinguishedName};

const ENUMERATED: u8 = 0x0a;
const WHAT: &str = "the OCSP answer";
const BASIC: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const NONCE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const ARCHIVE_CUTOFF: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.6");

/// The most certificates that are read out of one answer: a chain, and what some responders add.
const MOST_CERTIFICATES: usize = 32;

/// What a responder says about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Not revoked, as of the answer.
    Good,
    /// Revoked.
    Revoked(Revocation),
    /// The responder does not know the certificate.
    Unknown,
}

/// How the responder names itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// By its subject name.
    Name(DistinguishedName),
    /// By the SHA-1 of its public key.
    KeyHash(Vec<u8>),
}

impl ResponderId {
    /// Whether it names this certificate.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name.matches(certificate.subject()),
            Self::KeyHash(hash) => *hash == identifier::sha1(identifier::key_bits(certificate)),
        }
    }
}

/// The status of one certificate in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleStatus {
    hash_algorithm: Oid,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
    status: CertificateStatus,
    this_update: u64,
    next_update: Option<u64>,
    archive_cutoff: Option<u64>,
    unknown_critical_extension: bool,
}

/// A parsed OCSP answer that gives a status. Two are equal if their bytes are.
#[derive(Debug, Clone)]
pub struct OcspResponse {
    der: Arc<[u8]>,
    basic: Range<usize>,
    signed: Range<usize>,
    responder: ResponderId,
    produced_at: u64,
    statuses: Vec<SingleStatus>,
    nonce: Option<Vec<u8>>,
    unknown_critical_extension: bool,
    algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for OcspResponse {}

impl OcspResponse {
    /// Reads an `OCSPResponse`: what a responder sends and what a PDF holds. Its signature is not looked at.
    ///
    /// # Errors
    /// [`FormatError::NoStatus`] if the responder gave none; the other variants if the bytes are no such answer.
    pub fn from_der(der: &[u8]) -> Result<Self, FormatError> {
        let mut outer = Tlv::parse(der, SEQUENCE, WHAT)?.reader();
        let status = outer.expect(ENUMERATED, "the status of the OCSP answer")?;
        let code = status.value.iter().fold(0, |sum: u64, octet| (sum << 8) | u64::from(*octet));
        if code != 0 {
            return Err(FormatError::NoStatus { code });
        }
        let mut bytes = outer.expect(context(0), WHAT)?.reader();
        outer.finish(WHAT)?;
        let mut typed = bytes.expect(SEQUENCE, WHAT)?.reader();
        bytes.finish(WHAT)?;
        if typed.read(WHAT)?.oid(WHAT)? != BASIC {
            return Err(FormatError::UnknownResponseType);
        }
        let basic = typed.expect(OCTET_STRING, WHAT)?;
        typed.finish(WHAT)?;
        Self::read(der, basic.value)
    }

    /// Reads a `BasicOCSPResponse`, which is what CMS attributes hold. The envelope of an `OCSPResponse` is put around it; its own
    /// bytes stay as they are.
    ///
    /// # Errors
    /// If the bytes are no such answer.
    pub fn from_basic_der(basic: &[u8]) -> Result<Self, FormatError> {
        let typed = asn1::sequence(&[&asn1::oid(&BASIC), &asn1::octet_string(basic)]);
        Self::from_der(&asn1::sequence(&[&asn1::tlv(ENUMERATED, &[&[0]]), &asn1::tlv(context(0), &[&typed])]))
    }

    fn read(der: &[u8], basic: &[u8]) -> Result<Self, FormatError> {
        let mut fields = Tlv::parse(basic, SEQUENCE, WHAT)?.reader();
        let signed = fields.expect(SEQUENCE, WHAT)?;
        let algorithm = fields.expect(SEQUENCE, "the answer's signature algorithm")?;
        let signature = fields.expect(BIT_STRING, "the answer's signature value")?;
        let certificates = match fields.optional(context(0), "the answer's certificates")? {
            Some(wrapper) => certificates(wrapper.reader().expect(SEQUENCE, "the answer's certificates")?.reader())?,
            None => Vec::new(),
        };
        fields.finish(WHAT)?;

        let mut data = signed.reader();
        data.optional(context(0), "the version of the OCSP answer")?;
        let responder = responder_id(&data.read("the responder's name")?)?;
        let produced_at = asn1_time(&data.expect(GENERALIZED_TIME, "the time of the OCSP answer")?)?;
        let mut all = data.expect(SEQUENCE, "the statuses of the OCSP answer")?.reader();
        let mut statuses = Vec::new();
        while !all.is_empty() {
            statuses.push(SingleStatus::read(&all.expect(SEQUENCE, "a status of the OCSP answer")?)?);
        }
        let (mut nonce, mut unknown_critical_extension) = (None, false);
        if let Some(wrapper) = data.optional(context(1), "the extensions of the OCSP answer")? {
            let mut all = wrapper.reader().expect(SEQUENCE, "the extensions of the OCSP answer")?.reader();
            while !all.is_empty() {
                let extension = Extension::read(&mut all)?;
                if extension.oid == NONCE {
                    nonce = Some(extension.value.to_vec());
                } else {
                    unknown_critical_extension |= extension.critical;
                }
            }
        }
        data.finish(WHAT)?;
        Ok(Self {
            basic: range_in(der, basic),
            signed: range_in(der, signed.raw),
            responder,
            produced_at,
            statuses,
            nonce,
            unknown_critical_extension,
            algorithm: SignatureAlgorithm::from_identifier(&algorithm, None)?,
            signature: signature.value.split_first().map(|(_, rest)| rest.to_vec()).unwrap_or_default(),
            certificates,
            der: der.into(),
        })
    }

    /// The `OCSPResponse` as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The `BasicOCSPResponse` inside, as it came.
    #[must_use]
    pub fn basic_der(&self) -> &[u8] {
        self.der.get(self.basic.clone()).unwrap_or_default()
    }

    /// How the responder names itself.
    #[must_use]
    pub fn responder(&self) -> &ResponderId {
        &self.responder
    }

    /// When it was signed, Unix time.
    #[must_use]
    pub fn produced_at(&self) -> u64 {
        self.produced_at
    }

    /// The statuses in it, in its order.
    #[must_use]
    pub fn statuses(&self) -> &[SingleStatus] {
        &self.statuses
    }

    /// The status of `certificate`, which `issuer` issued, if it is in there.
    #[must_use]
    pub fn status_of(&self, certificate: &Certificate, issuer: &Certificate) -> Option<&SingleStatus> {
        self.statuses.iter().find(|status| status.is_about(certificate, issuer))
    }

    /// Content octets of the nonce extension (an encoded OCTET STRING; some responders leave out its head).
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether it may be the answer to a question with this nonce: its nonce is the same, or it has none, as answers made beforehand
    /// have none.
    #[must_use]
    pub fn fits_nonce(&self, asked: Option<&OcspNonce>) -> bool {
        match (asked, self.nonce()) {
            (Some(asked), Some(answered)) => answered == asn1::octet_string(asked) || answered == asked,
            _ => true,
        }
    }

    /// Whether it has a critical extension that is not known here, so that its meaning is not known either.
    #[must_use]
    pub fn has_unknown_critical_extension(&self) -> bool {
        self.unknown_critical_extension
    }

    /// How it is signed; `None` if by an algorithm unknown here.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.algorithm
    }

    /// The certificates that came along.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Checks the answer's signature under the key of `responder`. Names and purposes are not looked at.
    ///
    /// # Errors
    /// If the algorithm is unknown or the value does not verify.
    pub fn verify_signed_by(&self, responder: &Certificate, provider: &dyn CryptoProvider) -> Result<(), VerifyError> {
        let algorithm = self.algorithm.ok_or(VerifyError::UnsuitableKey)?;
        let signed = self.der.get(self.signed.clone()).unwrap_or_default();
        provider.verify(responder.spki_der(), algorithm, signed, &self.signature)
    }
}

impl SingleStatus {
    fn read(element: &Tlv<'_>) -> Result<Self, Malformed> {
        const WHAT: &str = "a status of the OCSP answer";
        let mut fields = element.reader();
        let mut id = fields.expect(SEQUENCE, WHAT)?.reader();
        let hash_algorithm = id.expect(SEQUENCE, WHAT)?.reader().read(WHAT)?.oid(WHAT)?;
        let issuer_name_hash = id.expect(OCTET_STRING, WHAT)?.value.to_vec();
        let issuer_key_hash = id.expect(OCTET_STRING, WHAT)?.value.to_vec();
        let serial = id.expect(INTEGER, WHAT)?.value.to_vec();
        id.finish(WHAT)?;
        let status = status(&fields.read(WHAT)?)?;
        let this_update = asn1_time(&fields.expect(GENERALIZED_TIME, WHAT)?)?;
        let next_update = match fields.optional(context(0), WHAT)? {
            Some(wrapper) => Some(asn1_time(&wrapper.reader().expect(GENERALIZED_TIME, WHAT)?)?),
            None => None,
        };
        let (mut archive_cutoff, mut unknown_critical_extension) = (None, false);
        if let Some(wrapper) = fields.optional(context(1), WHAT)? {
            let mut all = wrapper.reader().expect(SEQUENCE, WHAT)?.reader();
            while !all.is_empty() {
                let extension = Extension::read(&mut all)?;
                if extension.oid == ARCHIVE_CUTOFF {
                    archive_cutoff = Some(asn1_time(&Tlv::parse(extension.value, GENERALIZED_TIME, WHAT)?)?);
                } else {
                    unknown_critical_extension |= extension.critical;
                }
            }
        }
        fields.finish(WHAT)?;
        Ok(Self {
            hash_algorithm,
            issuer_name_hash,
            issuer_key_hash,
            serial,
            status,
            this_update,
            next_update,
            archive_cutoff,
            unknown_critical_extension,
        })
    }

    /// What the responder says.
    #[must_use]
    pub fn status(&self) -> CertificateStatus {
        self.status
    }

    /// From when this is known to be so, Unix time.
    #[must_use]
    pub fn this_update(&self) -> u64 {
        self.this_update
    }

    /// When there is newer information at the latest, if it says so.
    #[must_use]
    pub fn next_update(&self) -> Option<u64> {
        self.next_update
    }

    /// Certificates that expired after this time still have a status. RFC 6960 4.4.4.
    #[must_use]
    pub fn archive_cutoff(&self) -> Option<u64> {
        self.archive_cutoff
    }

    /// Whether it has a critical extension that is not known here.
    #[must_use]
    pub fn has_unknown_critical_extension(&self) -> bool {
        self.unknown_critical_extension
    }

    /// Content octets of the serial number that it is about.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether it is about `certificate`, which `issuer` issued. RFC 6960 4.1.1.
    #[must_use]
    pub fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let same = |bytes: &[u8], hash: &[u8]| {
            identifier::hash(&self.hash_algorithm, bytes).is_some_and(|computed| computed == hash)
        };
        minimal(&self.serial) == minimal(certificate.serial())
            && (same(certificate.issuer().der(), &self.issuer_name_hash)
                || same(issuer.subject().der(), &self.issuer_name_hash))
            && same(identifier::key_bits(issuer), &self.issuer_key_hash)
    }
}

/// Certificates that cannot be read are left out: the answer may be good without them.
fn certificates(mut all: Reader<'_>) -> Result<Vec<Certificate>, Malformed> {
    let mut found = Vec::new();
    while !all.is_empty() {
        let element = all.read("the answer's certificates")?;
        if let Ok(certificate) = Certificate::from_der(element.raw)
            && found.len() < MOST_CERTIFICATES
        {
            found.push(certificate);
        }
    }
    Ok(found)
}

fn responder_id(choice: &Tlv<'_>) -> Result<ResponderId, FormatError> {
    const WHAT: &str = "the responder's name";
    let mut inner = choice.reader();
    let id = if choice.tag == context(1) {
        ResponderId::Name(DistinguishedName::from_der(inner.expect(SEQUENCE, WHAT)?.raw)?)
    } else if choice.tag == context(2) {
        ResponderId::KeyHash(inner.expect(OCTET_STRING, WHAT)?.value.to_vec())
    } else {
        return Err(FormatError::Malformed { what: WHAT });
    };
    inner.finish(WHAT)?;
    Ok(id)
}

fn status(choice: &Tlv<'_>) -> Result<CertificateStatus, Malformed> {
    const WHAT: &str = "the status in the OCSP answer";
    if choice.tag == context_primitive(0) {
        return Ok(CertificateStatus::Good);
    }
    if choice.tag == context_primitive(2) {
        return Ok(CertificateStatus::Unknown);
    }
    if choice.tag != context(1) {
        return Err(Malformed(WHAT));
    }
    let mut fields = choice.reader();
    let at = asn1_time(&fields.expect(GENERALIZED_TIME, WHAT)?)?;
    let reason = match fields.optional(context(0), WHAT)? {
        Some(wrapper) => wrapper.reader().expect(ENUMERATED, WHAT)?.value.last().copied(),
        None => None,
    };
    fields.finish(WHAT)?;
    Ok(CertificateStatus::Revoked(Revocation { at, reason }))
}
