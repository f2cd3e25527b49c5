//! A private key that signs, whatever file it came from.

use std::path::Path;

use ades::crypto::{DigestAlgorithm, SignatureAlgorithm};
use ades::x509::PublicKeyKind;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};

use super::error::KeyError;

/// How RSA values are padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Padding {
    /// RSASSA-PKCS1-v1_5, which every viewer knows
    #[default]
    Pkcs1,
    /// RSASSA-PSS, which TS 119 312 recommends
    Pss,
}

/// Digest of a signature, by its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Digest {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

/// A private key. No Debug.
pub enum PrivateKey {
    /// RSA.
    Rsa(RsaKeyPair),
    /// ECDSA: the key as it was decoded, because the library binds a pair to one digest.
    Ecdsa(PublicKeyKind, EcdsaKeyPair),
    /// Ed25519.
    Ed25519(Ed25519KeyPair),
}

/// The digest that a curve is used with. TS 119 312 7.3.
const CURVES: [(PublicKeyKind, &EcdsaSigningAlgorithm); 3] = [
    (PublicKeyKind::P256, &signature::ECDSA_P256_SHA256_ASN1_SIGNING),
    (PublicKeyKind::P384, &signature::ECDSA_P384_SHA384_ASN1_SIGNING),
    (PublicKeyKind::P521, &signature::ECDSA_P521_SHA512_ASN1_SIGNING),
];

impl PrivateKey {
    /// From DER of PKCS#8, PKCS#1 `RSAPrivateKey` or SEC 1 `ECPrivateKey`; `None` if it is none of them or of a kind that is not known.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return Some(Self::Rsa(pair));
        }
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Some(Self::Ed25519(pair));
        }
        CURVES.into_iter().find_map(|(kind, algorithm)| {
            let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).ok()?;
            Some(Self::Ecdsa(kind, pair))
        })
    }

    /// DER of the public half as a SubjectPublicKeyInfo.
    pub fn spki(&self) -> Option<Vec<u8>> {
        let der = match self {
            Self::Rsa(pair) => AsDer::<PublicKeyX509Der>::as_der(pair.public_key()),
            Self::Ecdsa(_, pair) => AsDer::<PublicKeyX509Der>::as_der(pair.public_key()),
            Self::Ed25519(pair) => AsDer::<PublicKeyX509Der>::as_der(pair.public_key()),
        };
        der.ok().map(|der| der.as_ref().to_vec())
    }

    /// Its kind; of an RSA key without its length, which the certificate says.
    pub fn kind(&self) -> PublicKeyKind {
        match self {
            Self::Ecdsa(kind, _) => *kind,
            Self::Ed25519(_) => PublicKeyKind::Ed25519,
            Self::Rsa(pair) => PublicKeyKind::Rsa { bits: pair.public_modulus_len() as u32 * 8 },
        }
    }

    /// Signs `message` with an algorithm that [`algorithm_for`] gave; `None` if the library fails.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Ed25519(pair) => Some(pair.try_sign(message).ok()?.as_ref().to_vec()),
            Self::Ecdsa(_, pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(algorithm)?, &random, message, &mut value).ok()?;
                Some(value)
            }
        }
    }
}

/// Why there is no algorithm for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// A key of this kind goes with one digest only, and not with the one that was asked for.
    Digest(&'static str),
    /// Such a key cannot be used at all.
    Key,
}

impl Unfit {
    /// The error about the key in `path`.
    pub fn into_error(self, path: &Path, digest: Option<Digest>) -> KeyError {
        match self {
            Self::Digest(key) => KeyError::Digest { key, digest: digest.map_or("that digest", Digest::name) },
            Self::Key => KeyError::UnsuitableKey(path.to_owned()),
        }
    }
}

/// The algorithm that is used with a key of this kind.
///
/// # Errors
/// [`Unfit`].
pub fn algorithm_for(
    kind: PublicKeyKind,
    digest: Option<Digest>,
    padding: Padding,
) -> Result<SignatureAlgorithm, Unfit> {
    use SignatureAlgorithm as A;
    let fixed = |kind, fits: Digest, algorithm| match digest {
        Some(other) if other != fits => Err(Unfit::Digest(kind)),
        _ => Ok(algorithm),
    };
    match (kind, digest.unwrap_or(Digest::Sha256), padding) {
        (PublicKeyKind::P256, ..) => fixed("P-256", Digest::Sha256, A::EcdsaSha256),
        (PublicKeyKind::P384, ..) => fixed("P-384", Digest::Sha384, A::EcdsaSha384),
        (PublicKeyKind::P521, ..) => fixed("P-521", Digest::Sha512, A::EcdsaSha512),
        (PublicKeyKind::Ed25519, ..) => fixed("Ed25519", Digest::Sha512, A::Ed25519),
        (PublicKeyKind::Rsa { bits: ..2048 }, ..) => Err(Unfit::Key),
        (PublicKeyKind::Rsa { .. }, Digest::Sha256, Padding::Pkcs1) => Ok(A::RsaPkcs1Sha256),
        (PublicKeyKind::Rsa { .. }, Digest::Sha384, Padding::Pkcs1) => Ok(A::RsaPkcs1Sha384),
        (PublicKeyKind::Rsa { .. }, Digest::Sha512, Padding::Pkcs1) => Ok(A::RsaPkcs1Sha512),
        (PublicKeyKind::Rsa { .. }, Digest::Sha256, Padding::Pss) => Ok(A::RsaPssSha256),
        (PublicKeyKind::Rsa { .. }, Digest::Sha384, Padding::Pss) => Ok(A::RsaPssSha384),
        (PublicKeyKind::Rsa { .. }, Digest::Sha512, Padding::Pss) => Ok(A::RsaPssSha512),
        _ => Err(Unfit::Key),
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    use SignatureAlgorithm as A;
    Some(match algorithm {
        A::RsaPkcs1Sha256 => &signature::RSA_PKCS1_SHA256,
        A::RsaPkcs1Sha384 => &signature::RSA_PKCS1_SHA384,
        A::RsaPkcs1Sha512 => &signature::RSA_PKCS1_SHA512,
        A::RsaPssSha256 => &signature::RSA_PSS_SHA256,
        A::RsaPssSha384 => &signature::RSA_PSS_SHA384,
        A::RsaPssSha512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

impl Digest {
    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// The usual name of a digest algorithm.
pub fn digest_name(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Sha256 => "SHA-256",
        DigestAlgorithm::Sha384 => "SHA-384",
        DigestAlgorithm::Sha512 => "SHA-512",
        _ => "another digest",
    }
}
