//! The permission to sign one hash once, as the signature activation module gives it. Security design 1.5, check 12.

use crate::SignatureAlgorithm;

/// Permission to make one signature. It is consumed by [`crate::Sgm::sign`] and cannot be copied.
///
/// ```compile_fail
/// fn used_twice(grant: &sgm::Grant) -> (sgm::Grant, sgm::Grant) {
///     (grant.clone(), grant.clone())
/// }
/// ```
pub struct Grant {
    /// The credential whose key is to be used.
    pub credential_id: String,
    /// SHA-256 of the sealed key's bytes.
    pub sealed_key_sha256: [u8; 32],
    /// SHA-256 of the `SubjectPublicKeyInfo` under which the signature will be verified.
    pub spki_sha256: [u8; 32],
    /// How to sign.
    pub algorithm: SignatureAlgorithm,
    /// Data to be signed, representation: the hash that is signed as it is.
    pub dtbsr: Vec<u8>,
    /// The signature activation request that allowed this.
    pub sar_id: [u8; 16],
    /// Position of the hash in that request.
    pub index: u32,
    /// From this Unix time on the grant is worth nothing.
    pub expires_at: u64,
}

/// The bytes of a signature, verified under the signer's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureValue(Vec<u8>);

impl SignatureValue {
    pub(crate) fn verified(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, without copying.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
