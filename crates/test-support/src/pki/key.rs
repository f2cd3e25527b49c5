//! Keys of the authorities: P-256 or RSA-3072, kept as PKCS#8 (file mode 0600) or in memory only.

use super::oid;
use crate::error::AuthorityError;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use der::Decode;
use der::asn1::{Any, BitString};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Which kind of key an authority signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256 with SHA-256; made in under a millisecond.
    P256,
    /// RSA with a modulus of 3072 bits, PKCS#1 v1.5 with SHA-256; made in about a second.
    Rsa3072,
}

enum Pair {
    P256(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// A signing key of an authority with its public half in DER.
pub struct AuthorityKey {
    pair: Pair,
    spki: Vec<u8>,
    identifier: [u8; 20],
}

impl AuthorityKey {
    /// A new key, in memory only.
    pub fn generate(kind: KeyKind) -> Result<Self, AuthorityError> {
        let failed = AuthorityError::Cryptography("make a key");
        let pair = match kind {
            KeyKind::P256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(|pair| Pair::P256(Box::new(pair)))
            }
            KeyKind::Rsa3072 => RsaKeyPair::generate(KeySize::Rsa3072).map(|pair| Pair::Rsa(Box::new(pair))),
        };
        Self::from_pair(pair.map_err(|_| failed)?)
    }

    /// The key in `path`, made and written there (mode 0600) when the file is missing.
    pub fn load_or_generate(path: &Path, kind: KeyKind) -> Result<Self, AuthorityError> {
        let folder = |action, source| AuthorityError::Folder { action, path: path.to_owned(), source };
        match fs::read(path) {
            Ok(pkcs8) => {
                Self::from_pkcs8(&pkcs8, kind).ok_or_else(|| AuthorityError::StoredKey { path: path.to_owned() })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = Self::generate(kind)?;
                let pkcs8 = key.to_pkcs8()?;
                OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
                    .and_then(|mut file| file.write_all(&pkcs8).and_then(|()| file.sync_all()))
                    .map_err(|source| folder("write", source))?;
                Ok(key)
            }
            Err(source) => Err(folder("read", source)),
        }
    }

    fn from_pkcs8(pkcs8: &[u8], kind: KeyKind) -> Option<Self> {
        let pair = match kind {
            KeyKind::P256 => {
                Pair::P256(Box::new(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).ok()?))
            }
            KeyKind::Rsa3072 => Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(pkcs8).ok()?)),
        };
        Self::from_pair(pair).ok()
    }

    fn to_pkcs8(&self) -> Result<Vec<u8>, AuthorityError> {
        let failed = |_| AuthorityError::Cryptography("export a key");
        Ok(match &self.pair {
            Pair::P256(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(pair) => AsDer::<Pkcs8V1Der>::as_der(pair.as_ref()).map_err(failed)?.as_ref().to_vec(),
        })
    }

    fn from_pair(pair: Pair) -> Result<Self, AuthorityError> {
        let failed = |_| AuthorityError::Cryptography("export a public key");
        let spki = match &pair {
            Pair::P256(pair) => AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(pair) => AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).map_err(failed)?.as_ref().to_vec(),
        };
        let identifier = key_identifier(&spki)?;
        Ok(Self { pair, spki, identifier })
    }

    /// Signs `message` (hashed with SHA-256). ECDSA values are DER, as X.509 and CMS want them.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, AuthorityError> {
        let failed = |_| AuthorityError::Cryptography("sign");
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut value).map_err(failed)?;
                Ok(value)
            }
        }
    }

    /// Signs `message` as X.509 wants it: in a bit string.
    pub(crate) fn sign_bits(&self, message: &[u8]) -> Result<BitString, AuthorityError> {
        Ok(BitString::from_bytes(&self.sign(message)?)?)
    }

    /// The algorithm identifier of [`Self::sign`].
    #[must_use]
    pub fn signature_algorithm(&self) -> AlgorithmIdentifierOwned {
        match self.pair {
            // RFC 5758 3.2: no parameters.
            Pair::P256(_) => AlgorithmIdentifierOwned { oid: oid::ECDSA_WITH_SHA256, parameters: None },
            // RFC 4055 5: NULL parameters.
            Pair::Rsa(_) => AlgorithmIdentifierOwned { oid: oid::SHA256_WITH_RSA, parameters: Some(Any::null()) },
        }
    }

    /// DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key identifier, RFC 5280 4.2.1.2 method 1.
    #[must_use]
    pub fn identifier(&self) -> [u8; 20] {
        self.identifier
    }
}

/// SHA-1 over the bits of the public key: RFC 5280 4.2.1.2 method 1, and the issuerKeyHash of OCSP with SHA-1.
pub fn key_identifier(spki: &[u8]) -> Result<[u8; 20], der::Error> {
    let bits = public_key_bits(spki)?;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &bits);
    let mut identifier = [0; 20];
    identifier.copy_from_slice(hash.as_ref());
    Ok(identifier)
}

/// The bits of the public key inside a SubjectPublicKeyInfo.
pub fn public_key_bits(spki: &[u8]) -> Result<Vec<u8>, der::Error> {
    Ok(SubjectPublicKeyInfoOwned::from_der(spki)?.subject_public_key.raw_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_kept_for_the_owner_only_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        let first = AuthorityKey::load_or_generate(&path, KeyKind::P256).unwrap();
        let again = AuthorityKey::load_or_generate(&path, KeyKind::P256).unwrap();
        assert_eq!(first.spki(), again.spki());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_key_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        fs::write(&path, b"not a key").unwrap();
        let error = AuthorityKey::load_or_generate(&path, KeyKind::P256).err().unwrap();
        assert!(error.to_string().contains("root.key"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"not a key", "the file is left alone");
    }
}
