//! Certificates: what is to be signed, and the signed form. RFC 5280 4.1.

use super::key::AuthorityKey;
use super::time::certificate_time;
use crate::error::AuthorityError;
use der::asn1::{Any, BitString, Int};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::time::Validity;

/// How far back a certificate is dated, so that a relying party whose clock is a little slow accepts it at once.
pub const BACKDATING: u64 = 60;

/// What a certificate says. Names and key are DER and are copied as they are.
pub struct CertificateContent<'a> {
    /// Serial number, big-endian, positive.
    pub serial: &'a [u8],
    /// DER of the issuer's Name.
    pub issuer: &'a [u8],
    /// DER of the subject's Name.
    pub subject: &'a [u8],
    /// DER of the subject's SubjectPublicKeyInfo.
    pub spki: &'a [u8],
    /// First and last second of validity, Unix time.
    pub validity: (u64, u64),
    /// The extensions in the order they are written.
    pub extensions: Vec<Extension>,
}

/// DER of a certificate over `content`, signed by `issuer`.
pub fn sign_certificate(content: CertificateContent<'_>, issuer: &AuthorityKey) -> Result<Vec<u8>, AuthorityError> {
    let algorithm = issuer.signature_algorithm();
    let tbs = TbsCertificate {
        version: Version::V3,
        serial_number: Int::new(content.serial)?,
        signature: algorithm.clone(),
        issuer: Any::from_der(content.issuer)?,
        validity: Validity::new(certificate_time(content.validity.0)?, certificate_time(content.validity.1)?),
        subject: Any::from_der(content.subject)?,
        subject_public_key_info: Any::from_der(content.spki)?,
        extensions: content.extensions,
    };
    let tbs = tbs.to_der()?;
    let signature = issuer.sign_bits(&tbs)?;
    Ok(Signed { tbs: Any::from_der(&tbs)?, algorithm, signature }.to_der()?)
}

/// The outer form that certificates and lists share.
#[derive(Sequence)]
pub(crate) struct Signed {
    pub(crate) tbs: Any,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitString,
}

// x509-cert keeps the fields of its own TbsCertificate to itself.
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: Int,
    signature: AlgorithmIdentifierOwned,
    issuer: Any,
    validity: Validity,
    subject: Any,
    subject_public_key_info: Any,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}
