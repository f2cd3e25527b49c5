//! The registration authority's key: signs who a signer is, so that the module believes it. Security design 1.3.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use sam::enrolment::{RegistrationAssertion, registration_challenge};
use std::fmt;

/// The key with which registration assertions are signed. Its public half is pinned in the module's configuration.
pub struct OfficerKey {
    id: Vec<u8>,
    pair: EcdsaKeyPair,
}

/// Why a key cannot be an officer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficerKeyError {
    /// The id is empty or too long.
    #[error("an officer's key id must have 1 to 64 octets")]
    Id,
    /// Not a P-256 private key.
    #[error("an officer's key must be a P-256 private key in PKCS#8 (DER)")]
    PrivateKey,
}

/// An assertion with what follows from it.
pub(crate) struct Vouched {
    /// DER `Name` of the certificate to be.
    pub subject: Vec<u8>,
    /// COSE_Sign1.
    pub assertion: Vec<u8>,
    /// What the passkey must answer.
    pub challenge: [u8; 32],
    /// Until when, Unix seconds.
    pub expires_at: u64,
}

/// The signature could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the registration assertion could not be signed")]
pub(crate) struct NotSigned;

impl OfficerKey {
    /// The key with this id; `pkcs8` is a P-256 private key.
    ///
    /// # Errors
    /// If either cannot be used.
    pub fn from_pkcs8(id: &[u8], pkcs8: &[u8]) -> Result<Self, OfficerKeyError> {
        if id.is_empty() || id.len() > 64 {
            return Err(OfficerKeyError::Id);
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        Ok(Self { id: id.to_vec(), pair: pair.map_err(|_| OfficerKeyError::PrivateKey)? })
    }

    /// The id by which assertions name the key.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// The public half as an uncompressed point, for the module's configuration.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(crate) fn vouch(&self, content: &RegistrationAssertion, subject: Vec<u8>) -> Result<Vouched, NotSigned> {
        let signature = self.pair.sign(&SystemRandom::new(), &content.to_be_signed(&self.id)).map_err(|_| NotSigned)?;
        let signature = signature.as_ref().try_into().map_err(|_| NotSigned)?;
        let assertion = content.assemble(&self.id, signature);
        let challenge = registration_challenge(&assertion, content);
        Ok(Vouched { subject, assertion, challenge, expires_at: content.expires_at })
    }
}

impl fmt::Debug for OfficerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OfficerKey").field("id", &self.id.escape_ascii().to_string()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_private_key_is_not_shown_by_debug_and_bad_keys_are_refused() {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = OfficerKey::from_pkcs8(b"officer-1", pkcs8.as_ref()).unwrap();
        assert_eq!(format!("{key:?}"), r#"OfficerKey { id: "officer-1", .. }"#);
        assert_eq!(key.public_key().len(), 65);
        assert_eq!(OfficerKey::from_pkcs8(b"", pkcs8.as_ref()).unwrap_err(), OfficerKeyError::Id);
        assert_eq!(OfficerKey::from_pkcs8(b"x", b"no key").unwrap_err(), OfficerKeyError::PrivateKey);
    }
}
