//! Kinds of signing keys and the signature algorithms they are used with.

use aws_lc_rs::{digest, rsa, signature};

/// Kind and size of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// NIST P-256, for ECDSA.
    EcdsaP256,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
}

impl KeyAlgorithm {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::EcdsaP256, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// The number that stands for this kind in stored and sent formats.
    pub const fn code(self) -> u8 {
        match self {
            Self::EcdsaP256 => 1,
            Self::Rsa2048 => 2,
            Self::Rsa3072 => 3,
            Self::Rsa4096 => 4,
        }
    }

    /// The kind with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }

    /// The signature algorithm that keys of this kind are used with.
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::EcdsaP256 => SignatureAlgorithm::EcdsaSha256,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    /// Size of an RSA key in the terms of the cryptographic library; `None` for other kinds.
    pub(crate) const fn rsa_size(self) -> Option<rsa::KeySize> {
        match self {
            Self::EcdsaP256 => None,
            Self::Rsa2048 => Some(rsa::KeySize::Rsa2048),
            Self::Rsa3072 => Some(rsa::KeySize::Rsa3072),
            Self::Rsa4096 => Some(rsa::KeySize::Rsa4096),
        }
    }
}

/// How a hash is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA with SHA-256; the value is a DER `Ecdsa-Sig-Value`.
    EcdsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
}

impl SignatureAlgorithm {
    /// The object identifier, dotted.
    pub const fn oid(self) -> &'static str {
        match self {
            Self::EcdsaSha256 => "1.2.840.10045.4.3.2",
            Self::RsaPkcs1Sha256 => "1.2.840.113549.1.1.11",
        }
    }

    /// The algorithm with this object identifier.
    pub fn from_oid(oid: &str) -> Option<Self> {
        [Self::EcdsaSha256, Self::RsaPkcs1Sha256].into_iter().find(|algorithm| algorithm.oid() == oid)
    }

    pub(crate) const fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::EcdsaSha256 | Self::RsaPkcs1Sha256 => &digest::SHA256,
        }
    }

    pub(crate) fn verification(self) -> &'static dyn signature::VerificationAlgorithm {
        match self {
            Self::EcdsaSha256 => &signature::ECDSA_P256_SHA256_ASN1,
            Self::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        }
    }
}
