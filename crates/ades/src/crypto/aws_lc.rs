//! Signature verification by AWS-LC: the server's provider.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::{CryptoProvider, SignatureAlgorithm, VerifyError};
use crate::x509::PublicKeyKind;

/// Verifies with `aws-lc-rs`.
#[derive(Debug, Clone, Copy, Default)]
pub struct AwsLc;

impl CryptoProvider for AwsLc {
    fn verify(
        &self,
        spki_der: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        value: &[u8],
    ) -> Result<(), VerifyError> {
        let kind = PublicKeyKind::of_spki(spki_der).map_err(|_| VerifyError::UnsuitableKey)?;
        let verifier = verifier(kind, algorithm).ok_or(VerifyError::UnsuitableKey)?;
        let key = UnparsedPublicKey::new(verifier, spki_der);
        let verified = match beside(algorithm) {
            None => key.verify(message, value),
            Some(same_length) => Digest::import_less_safe(&algorithm.digest().digest(message), same_length)
                .and_then(|digest| key.verify_digest(&digest, value)),
        };
        verified.map_err(|_| VerifyError::Mismatch)
    }
}

/// AWS-LC does not combine each curve with SHA-3. An ECDSA value does not say which digest it is over, so the digest is made here and
/// handed over under the name of one of the same length, which is the one of the verifier.
fn beside(algorithm: SignatureAlgorithm) -> Option<&'static digest::Algorithm> {
    match algorithm {
        SignatureAlgorithm::EcdsaSha3_256 => Some(&digest::SHA256),
        SignatureAlgorithm::EcdsaSha3_384 => Some(&digest::SHA384),
        SignatureAlgorithm::EcdsaSha3_512 => Some(&digest::SHA512),
        _ => None,
    }
}

/// TS 119 312 6.2.2.3 and 6.2.2.1: only NIST curves of at least 256 bits, RSA of at least 2048 bits.
fn verifier(kind: PublicKeyKind, algorithm: SignatureAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    use SignatureAlgorithm as A;
    Some(match (kind, algorithm) {
        (PublicKeyKind::P256, A::EcdsaSha256 | A::EcdsaSha3_256) => &signature::ECDSA_P256_SHA256_ASN1,
        (PublicKeyKind::P256, A::EcdsaSha384 | A::EcdsaSha3_384) => &signature::ECDSA_P256_SHA384_ASN1,
        (PublicKeyKind::P256, A::EcdsaSha512 | A::EcdsaSha3_512) => &signature::ECDSA_P256_SHA512_ASN1,
        (PublicKeyKind::P384, A::EcdsaSha256 | A::EcdsaSha3_256) => &signature::ECDSA_P384_SHA256_ASN1,
        (PublicKeyKind::P384, A::EcdsaSha384 | A::EcdsaSha3_384) => &signature::ECDSA_P384_SHA384_ASN1,
        (PublicKeyKind::P384, A::EcdsaSha512 | A::EcdsaSha3_512) => &signature::ECDSA_P384_SHA512_ASN1,
        (PublicKeyKind::P521, A::EcdsaSha256 | A::EcdsaSha3_256) => &signature::ECDSA_P521_SHA256_ASN1,
        (PublicKeyKind::P521, A::EcdsaSha384 | A::EcdsaSha3_384) => &signature::ECDSA_P521_SHA384_ASN1,
        (PublicKeyKind::P521, A::EcdsaSha512 | A::EcdsaSha3_512) => &signature::ECDSA_P521_SHA512_ASN1,
        (PublicKeyKind::Rsa { bits: 2048.. }, A::RsaPkcs1Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (PublicKeyKind::Rsa { bits: 2048.. }, A::RsaPkcs1Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (PublicKeyKind::Rsa { bits: 2048.. }, A::RsaPkcs1Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (PublicKeyKind::Rsa { bits: 2048.. }, A::RsaPssSha256) => &signature::RSA_PSS_2048_8192_SHA256,
        (PublicKeyKind::Rsa { bits: 2048.. }, A::RsaPssSha384) => &signature::RSA_PSS_2048_8192_SHA384,
        (PublicKeyKind::Rsa { bits: 2048.. }, A::RsaPssSha512) => &signature::RSA_PSS_2048_8192_SHA512,
        (PublicKeyKind::Ed25519, A::Ed25519) => &signature::ED25519,
        _ => return None,
    })
}
