//! Certification request of a new key: proof of possession and pairwise consistency test in one. RFC 2986.

use crate::{SignatureAlgorithm, der};

/// `CertificationRequestInfo` for this subject and public key, with no attributes. RFC 2986 4.1.
pub(crate) fn certification_request_info(subject: &[u8], spki_der: &[u8]) -> Vec<u8> {
    const VERSION_1: [u8; 3] = [0x02, 0x01, 0x00];
    const NO_ATTRIBUTES: [u8; 2] = [0xa0, 0x00];
    der::element(der::SEQUENCE, &[&VERSION_1, subject, spki_der, &NO_ATTRIBUTES])
}

/// The signed `CertificationRequest`. RFC 2986 4.2.
pub(crate) fn certification_request(info: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    der::element(der::SEQUENCE, &[info, algorithm_identifier(algorithm), &der::bit_string(signature)])
}

fn algorithm_identifier(algorithm: SignatureAlgorithm) -> &'static [u8] {
    match algorithm {
        // RFC 5758 3.2: no parameters.
        SignatureAlgorithm::EcdsaSha256 => &[0x30, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
        // RFC 4055 5: parameters are NULL.
        SignatureAlgorithm::RsaPkcs1Sha256 => {
            &[0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 0x05, 0x00]
        }
    }
}
