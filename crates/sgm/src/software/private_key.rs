//! A signing key in the open: it lives for one signature, inside one function of the token.

use crate::{KeyAlgorithm, SignatureAlgorithm};
use aws_lc_rs::{
    digest::Digest,
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
    signature::{self, EcdsaKeyPair, KeyPair, ParsedPublicKey},
};
use zeroize::Zeroizing;

pub(super) enum PrivateKey {
    Ecdsa(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl PrivateKey {
    /// A new key from the library's own generator, which is the only one that it makes keys with.
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Option<Self> {
        match algorithm.rsa_size() {
            Some(size) => rsa::KeyPair::generate(size).ok().map(Self::Rsa),
            None => EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_ASN1_SIGNING).ok().map(Self::Ecdsa),
        }
    }

    pub(super) fn from_pkcs8(algorithm: KeyAlgorithm, pkcs8: &[u8]) -> Option<Self> {
        match algorithm.rsa_size() {
            Some(size) => {
                let key = rsa::KeyPair::from_pkcs8(pkcs8).ok()?;
                (key.public_modulus_len() == size.len()).then_some(Self::Rsa(key))
            }
            None => EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).ok().map(Self::Ecdsa),
        }
    }

    pub(super) fn to_pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Ecdsa(key) => key.to_pkcs8v1().ok().map(|document| Zeroizing::new(document.as_ref().to_vec())),
            Self::Rsa(key) => {
                let document: Pkcs8V1Der<'_> = key.as_der().ok()?;
                Some(Zeroizing::new(document.as_ref().to_vec()))
            }
        }
    }

    /// `SubjectPublicKeyInfo`, DER.
    pub(super) fn spki_der(&self) -> Option<Vec<u8>> {
        match self {
            Self::Ecdsa(key) => key.public_key().as_der().ok().map(|der| der.as_ref().to_vec()),
            Self::Rsa(key) => key.public_key().as_der().ok().map(|der| der.as_ref().to_vec()),
        }
    }

    /// Signs a hash as it is; nothing is hashed here.
    pub(super) fn sign_digest(&self, digest: &Digest) -> Option<Vec<u8>> {
        match self {
            Self::Ecdsa(key) => key.sign_digest(digest).ok().map(|signature| signature.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut value = vec![0_u8; key.public_modulus_len()];
                key.sign_digest(&signature::RSA_PKCS1_SHA256, digest, &mut value).ok()?;
                Some(value)
            }
        }
    }
}

/// Whether `value` is a signature over `digest` under this public key.
pub(super) fn verifies(algorithm: SignatureAlgorithm, spki_der: &[u8], digest: &Digest, value: &[u8]) -> bool {
    ParsedPublicKey::new(algorithm.verification(), spki_der)
        .is_ok_and(|key| key.verify_digest_sig(digest, value).is_ok())
}
