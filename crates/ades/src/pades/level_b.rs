//! PAdES B-B: the CMS of the signature and the room it needs. EN 319 142-1 6.3.

use super::{AdesLevel, PrepareError, SignatureParameters};
use crate::cms::ID_DATA;
use crate::cms::build::{self, Parts, Signed};
use crate::crypto::SignatureAlgorithm;
use crate::x509::Certificate;

/// The bytes that are signed.
///
/// EN 319 142-1 6.3: no signing-time, that is the PDF's entry M.
pub(super) fn signed_attributes(message_digest: &[u8], certificate: &Certificate, others: Vec<Vec<u8>>) -> Vec<u8> {
    build::signed_attributes(Signed {
        content_type: Some(&ID_DATA),
        message_digest,
        certificate,
        signing_time: None,
        others,
    })
}

/// DER of the whole signature.
pub(super) fn cms(
    algorithm: SignatureAlgorithm,
    signed_attributes: &[u8],
    certificates: &[Certificate],
    signature: &[u8],
    timestamp: Option<&[u8]>,
) -> Option<Vec<u8>> {
    build::signed_data(&Parts { algorithm, signed_attributes, signature, certificates, timestamp })
}

/// Bytes that Contents must hold: the same CMS with the longest value the key can make, and a token of the size allowed for.
pub(super) fn room(
    certificates: &[Certificate],
    parameters: &SignatureParameters,
    others: Vec<Vec<u8>>,
) -> Result<usize, PrepareError> {
    let algorithm = parameters.algorithm;
    let digest = vec![0_u8; algorithm.digest().output_len()];
    let attributes = signed_attributes(&digest, &parameters.certificate, others);
    let longest = parameters.certificate.key_kind().max_signature_len().ok_or(PrepareError::AlgorithmDoesNotFitKey)?;
    let token = match parameters.level {
        AdesLevel::B => None,
        AdesLevel::T | AdesLevel::Lt | AdesLevel::Lta => Some(vec![0_u8; parameters.timestamp_room]),
    };
    let largest = cms(algorithm, &attributes, certificates, &vec![0_u8; longest], token.as_deref());
    Ok(largest.map_or(0, |cms| cms.len()))
}
