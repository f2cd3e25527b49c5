//! Hashes that name issuers, responders and certificates in revocation data. RFC 6960 4.1.1, 4.2.1.
//!
//! SHA-1 is among them: here it identifies and protects nothing, and it is the one that every responder knows (RFC 5019 2.1.1).

use sha1::Digest as _;

use crate::Oid;
use crate::asn1::{BIT_STRING, SEQUENCE, Tlv};
use crate::crypto::DigestAlgorithm;
use crate::x509::Certificate;

pub(crate) const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");

pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    sha1::Sha1::digest(bytes).to_vec()
}

/// The hash under `algorithm`, if it is one that is known.
pub(crate) fn hash(algorithm: &Oid, bytes: &[u8]) -> Option<Vec<u8>> {
    if *algorithm == SHA1 {
        return Some(sha1(bytes));
    }
    DigestAlgorithm::from_oid(algorithm).map(|digest| digest.digest(bytes))
}

/// The bits of the public key: what key hashes are over.
pub(crate) fn key_bits(certificate: &Certificate) -> &[u8] {
    let read = || {
        let mut fields = Tlv::parse(certificate.spki_der(), SEQUENCE, "the public key").ok()?.reader();
        fields.expect(SEQUENCE, "the public key").ok()?;
        let bits = fields.expect(BIT_STRING, "the public key").ok()?.value;
        bits.split_first().map(|(_, bits)| bits)
    };
    read().unwrap_or_default()
}
