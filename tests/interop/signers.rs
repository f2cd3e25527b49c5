//! Keys of every kind, and signatures by every algorithm that fits them.

use ades::crypto::{SignatureAlgorithm, SignatureScheme};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
    P521,
    Ed25519,
}

impl KeyKind {
    pub const ALL: [Self; 7] =
        [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::P256, Self::P384, Self::P521, Self::Ed25519];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA 2048",
            Self::Rsa3072 => "RSA 3072",
            Self::Rsa4096 => "RSA 4096",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// What `openssl genpkey` calls it.
    pub fn openssl(self) -> &'static [&'static str] {
        match self {
            Self::Rsa2048 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Self::Rsa3072 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
            Self::Rsa4096 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
            Self::P256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::P384 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Self::P521 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            Self::Ed25519 => &["-algorithm", "ED25519"],
        }
    }
}

pub enum Key {
    Ecdsa(EcdsaKeyPair, &'static digest::Algorithm),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub fn generate(kind: KeyKind) -> Self {
        let ecdsa = |algorithm: &'static EcdsaSigningAlgorithm, digest| {
            Self::Ecdsa(EcdsaKeyPair::generate(algorithm).unwrap(), digest)
        };
        let rsa = |size| Self::Rsa(RsaKeyPair::generate(size).unwrap());
        match kind {
            KeyKind::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(KeySize::Rsa4096),
            KeyKind::P256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, &digest::SHA256),
            KeyKind::P384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING, &digest::SHA384),
            KeyKind::P521 => ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING, &digest::SHA512),
            KeyKind::Ed25519 => Self::Ed25519(Ed25519KeyPair::generate().unwrap()),
        }
    }

    pub fn spki(&self) -> Vec<u8> {
        match self {
            Self::Ecdsa(key, _) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Rsa(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
        }
    }

    /// Signs by any algorithm that fits the key.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Self::Ecdsa(key, own) => {
                let number = as_number(&algorithm.digest().digest(message), own.output_len());
                let digest = digest::Digest::import_less_safe(&number, own).unwrap();
                key.sign_digest(&digest).unwrap().as_ref().to_vec()
            }
            Self::Rsa(key) => {
                let mut value = vec![0; key.public_modulus_len()];
                key.sign(rsa_encoding(algorithm), &SystemRandom::new(), message, &mut value).unwrap();
                value
            }
        }
    }
}

/// ECDSA signs a number: the digest, of which only the front counts when it is longer than the order of the curve (FIPS 186-5 6.4.1).
/// A key pair here takes only digests of one length; this makes the same number of that length.
fn as_number(digest: &[u8], length: usize) -> Vec<u8> {
    let mut number = vec![0; length.saturating_sub(digest.len())];
    number.extend_from_slice(&digest[..digest.len().min(length)]);
    number
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> &'static dyn RsaEncoding {
    match (algorithm.scheme(), algorithm.digest().output_len()) {
        (SignatureScheme::RsaPkcs1, 32) => &RSA_PKCS1_SHA256,
        (SignatureScheme::RsaPkcs1, 48) => &RSA_PKCS1_SHA384,
        (SignatureScheme::RsaPkcs1, 64) => &RSA_PKCS1_SHA512,
        (SignatureScheme::RsaPss, 32) => &RSA_PSS_SHA256,
        (SignatureScheme::RsaPss, 48) => &RSA_PSS_SHA384,
        (SignatureScheme::RsaPss, 64) => &RSA_PSS_SHA512,
        _ => panic!("{algorithm:?} is not for RSA"),
    }
}
