//! The floor: the same library signs the same digest with a key in memory, and nothing else happens.

use anyhow::bail;
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use sgm::KeyAlgorithm;

/// A key pair in memory and the digest to sign.
pub struct Key {
    pair: Pair,
    digest: Digest,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    /// A new key.
    pub fn generate(algorithm: KeyAlgorithm) -> anyhow::Result<Self> {
        let pair = match algorithm {
            KeyAlgorithm::EcdsaP256 => Pair::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?),
            KeyAlgorithm::Rsa2048 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?),
            _ => bail!("not measured"),
        };
        Ok(Self { pair, digest: digest::digest(&digest::SHA256, b"raw") })
    }

    /// One signature.
    pub fn sign(&self) -> anyhow::Result<()> {
        match &self.pair {
            Pair::Ecdsa(pair) => drop(std::hint::black_box(pair.sign_digest(&self.digest)?)),
            Pair::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, &self.digest, &mut value)?;
                std::hint::black_box(value);
            }
        }
        Ok(())
    }
}
