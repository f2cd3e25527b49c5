//! A certificate as bytes with the fields that signing and checking need. RFC 5280 4.1.

use std::sync::Arc;

use super::extensions::Extensions;
use super::{DistinguishedName, PublicKeyKind};
use crate::Oid;
use crate::asn1::{self, BIT_STRING, INTEGER, Malformed, SEQUENCE, Tlv, context, context_primitive};
use crate::calendar::asn1_time;
use crate::crypto::{CryptoProvider, DigestAlgorithm, SignatureAlgorithm, VerifyError};

/// A parsed certificate. Two are equal if their bytes are. Clones share them.
#[derive(Debug, Clone)]
pub struct Certificate {
    fields: Arc<Fields>,
}

#[derive(Debug)]
struct Fields {
    der: Vec<u8>,
    tbs: Vec<u8>,
    serial_element: Vec<u8>,
    serial: Vec<u8>,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    not_before: u64,
    not_after: u64,
    spki: Vec<u8>,
    key_kind: PublicKeyKind,
    signature_algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
    extensions: Extensions,
}

/// Why bytes are not a certificate (or a name, or a public key).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The encoding is wrong at the named part.
    #[error("not a DER certificate: {what} cannot be read; export the certificate again as DER or PEM")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
}

impl From<Malformed> for CertificateError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed { what }
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.fields.der == other.fields.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Reads a DER certificate. Its signature is not looked at.
    ///
    /// # Errors
    /// If the bytes are no certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let mut outer = Tlv::parse(der, SEQUENCE, "the certificate")?.reader();
        let tbs = outer.expect(SEQUENCE, "the certificate body")?;
        let signature_algorithm = outer.expect(SEQUENCE, "the signature algorithm")?;
        let signature = outer.expect(BIT_STRING, "the signature value")?;
        outer.finish("the certificate")?;

        let mut fields = tbs.reader();
        fields.optional(context(0), "the version")?;
        let serial = fields.expect(INTEGER, "the serial number")?;
        let inner_algorithm = fields.expect(SEQUENCE, "the signature algorithm")?;
        // RFC 5280 4.1.1.2: both must be the same, or the signed one could be read as another.
        if inner_algorithm.raw != signature_algorithm.raw {
            return Err(CertificateError::Malformed { what: "the signature algorithm" });
        }
        let issuer = DistinguishedName::from_der(fields.expect(SEQUENCE, "the issuer")?.raw)?;
        let mut validity = fields.expect(SEQUENCE, "the validity")?.reader();
        let not_before = asn1_time(&validity.read("the validity")?)?;
        let not_after = asn1_time(&validity.read("the validity")?)?;
        validity.finish("the validity")?;
        let subject = DistinguishedName::from_der(fields.expect(SEQUENCE, "the subject")?.raw)?;
        let spki = fields.expect(SEQUENCE, "the public key")?;
        fields.optional(context_primitive(1), "the issuer unique identifier")?;
        fields.optional(context_primitive(2), "the subject unique identifier")?;
        let extensions = match fields.optional(context(3), "the extensions")? {
            Some(wrapper) => Extensions::read(wrapper.reader().expect(SEQUENCE, "the extensions")?.reader())?,
            None => Extensions::default(),
        };
        fields.finish("the certificate body")?;

        let fields = Fields {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            serial_element: serial.raw.to_vec(),
            serial: serial.value.to_vec(),
            issuer,
            subject,
            not_before,
            not_after,
            spki: spki.raw.to_vec(),
            key_kind: PublicKeyKind::of_spki(spki.raw)?,
            signature_algorithm: SignatureAlgorithm::from_identifier(&signature_algorithm, None)?,
            signature: signature.value.split_first().map(|(_, rest)| rest.to_vec()).unwrap_or_default(),
            extensions,
        };
        Ok(Self { fields: Arc::new(fields) })
    }

    /// The DER encoding, as it was given.
    pub fn der(&self) -> &[u8] {
        &self.fields.der
    }

    /// SHA-256 over the DER encoding (the "fingerprint").
    pub fn sha256(&self) -> Vec<u8> {
        DigestAlgorithm::Sha256.digest(&self.fields.der)
    }

    /// Subject name.
    pub fn subject(&self) -> &DistinguishedName {
        &self.fields.subject
    }

    /// Issuer name.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.fields.issuer
    }

    /// Content octets of the serial number (two's complement, big-endian).
    pub fn serial(&self) -> &[u8] {
        &self.fields.serial
    }

    /// Serial number in hexadecimal without leading zero octets.
    pub fn serial_hex(&self) -> String {
        let digits = match self.fields.serial.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        digits.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// First second of validity (Unix seconds).
    pub fn not_before(&self) -> u64 {
        self.fields.not_before
    }

    /// Last second of validity (Unix seconds).
    pub fn not_after(&self) -> u64 {
        self.fields.not_after
    }

    /// DER `SubjectPublicKeyInfo`.
    pub fn spki_der(&self) -> &[u8] {
        &self.fields.spki
    }

    /// Kind and size of the public key.
    pub fn key_kind(&self) -> PublicKeyKind {
        self.fields.key_kind
    }

    /// How the certificate itself is signed; `None` if by an algorithm unknown here.
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.fields.signature_algorithm
    }

    /// Whether the basic constraints mark a certification authority.
    pub fn is_ca(&self) -> bool {
        self.fields.extensions.is_ca
    }

    /// How many authorities may stand between this one and the last certificate, not counting self-issued ones; `None` if unlimited.
    pub fn path_length(&self) -> Option<u8> {
        self.fields.extensions.path_length
    }

    /// Whether its issuer says that an OCSP responder with this certificate need not be checked while it is valid (RFC 6960
    /// 4.2.2.2.1).
    pub fn is_ocsp_no_check(&self) -> bool {
        self.fields.extensions.ocsp_no_check
    }

    /// Whether its issuer gives no revocation information about it: because it says so (noRevAvail, RFC 9608) or because it ends before
    /// a revocation could be published (EN 319 412-1 5.2). Means nothing for an authority.
    pub fn is_short_term(&self) -> bool {
        self.fields.extensions.short_term && !self.fields.extensions.is_ca
    }

    /// Whether issuer and subject are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.fields.issuer == self.fields.subject
    }

    /// Extended key usages; `None` if the extension is absent (any purpose).
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.fields.extensions.extended_key_usage.as_deref()
    }

    /// Whether the extended key usage extension is marked critical.
    pub fn extended_key_usage_is_critical(&self) -> bool {
        self.fields.extensions.extended_key_usage_is_critical
    }

    /// Whether the key usage extension allows `digitalSignature` or `nonRepudiation`; true if the extension is absent.
    pub fn may_sign_documents(&self) -> bool {
        self.fields
            .extensions
            .key_usage
            .as_ref()
            .is_none_or(|usage| usage.digital_signature() || usage.non_repudiation())
    }

    /// Whether the key usage extension allows `keyCertSign`; true if the extension is absent.
    pub fn may_sign_certificates(&self) -> bool {
        self.fields.extensions.key_usage.as_ref().is_none_or(|usage| usage.key_cert_sign())
    }

    /// Whether the key usage extension allows `cRLSign`; true if the extension is absent.
    pub fn may_sign_revocation_lists(&self) -> bool {
        self.fields.extensions.key_usage.as_ref().is_none_or(|usage| usage.crl_sign())
    }

    /// Addresses of OCSP responders (authority information access).
    pub fn ocsp_urls(&self) -> &[String] {
        &self.fields.extensions.ocsp_urls
    }

    /// Addresses where the issuer's certificate can be had (authority information access).
    pub fn ca_issuers_urls(&self) -> &[String] {
        &self.fields.extensions.ca_issuers_urls
    }

    /// Addresses of revocation lists.
    pub fn crl_urls(&self) -> &[String] {
        &self.fields.extensions.crl_urls
    }

    /// Full names of its CRL distribution points, comparable with those of a list.
    pub(crate) fn crl_points(&self) -> &[Vec<u8>] {
        &self.fields.extensions.crl_points
    }

    /// Checks the certificate's signature under `issuer`'s key, and that the issuer's name fits. Not a path validation.
    ///
    /// # Errors
    /// If the names differ, the algorithm is unknown or the value does not verify.
    pub fn verify_issued_by(&self, issuer: &Self, provider: &dyn CryptoProvider) -> Result<(), VerifyError> {
        if !self.fields.issuer.matches(&issuer.fields.subject) {
            return Err(VerifyError::Mismatch);
        }
        let algorithm = self.fields.signature_algorithm.ok_or(VerifyError::UnsuitableKey)?;
        provider.verify(&issuer.fields.spki, algorithm, &self.fields.tbs, &self.fields.signature)
    }

    /// DER `IssuerAndSerialNumber` (RFC 5652 10.2.4), of the certificate's own bytes.
    pub(crate) fn issuer_and_serial(&self) -> Vec<u8> {
        asn1::sequence(&[self.fields.issuer.der(), &self.fields.serial_element])
    }

    /// DER `IssuerSerial` (RFC 5035 5): the issuer as the only directory name.
    pub(crate) fn issuer_serial(&self) -> Vec<u8> {
        let names = asn1::sequence(&[&asn1::tlv(context(4), &[self.fields.issuer.der()])]);
        asn1::sequence(&[&names, &self.fields.serial_element])
    }
}
