//! The question to an OCSP responder. RFC 6960 4.1; nonce: RFC 9654.

use super::identifier;
use crate::Oid;
use crate::asn1::{self, context};
use crate::x509::Certificate;

const NONCE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// A random number that ties an answer to its question.
pub type OcspNonce = [u8; 16];

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct OcspQuestion<'a> {
    /// About which certificate.
    pub certificate: &'a Certificate,
    /// Who issued it.
    pub issuer: &'a Certificate,
    /// Random; `None` only where the responder refuses nonces.
    pub nonce: Option<OcspNonce>,
}

impl OcspQuestion<'_> {
    /// DER of the `OCSPRequest`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = asn1::sequence(&[&asn1::oid(&identifier::SHA1), &asn1::null()]);
        let id = asn1::sequence(&[
            &algorithm,
            &asn1::octet_string(&identifier::sha1(self.certificate.issuer().der())),
            &asn1::octet_string(&identifier::sha1(identifier::key_bits(self.issuer))),
            &asn1::tlv(asn1::INTEGER, &[self.certificate.serial()]),
        ]);
        let requests = asn1::sequence(&[&asn1::sequence(&[&id])]);
        let extensions = self.nonce.map_or_else(Vec::new, |nonce| {
            let value = asn1::octet_string(&asn1::octet_string(&nonce));
            let extension = asn1::sequence(&[&asn1::oid(&NONCE), &value]);
            asn1::tlv(context(2), &[&asn1::sequence(&[&extension])])
        });
        asn1::sequence(&[&asn1::sequence(&[&requests, &extensions])])
    }
}
