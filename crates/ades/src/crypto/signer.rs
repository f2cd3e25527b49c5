//! The port to a key that is at hand, for those who sign in one call.

use super::SignatureAlgorithm;

/// A key that signs.
pub trait Signer {
    /// What goes wrong when signing.
    type Error: std::error::Error + 'static;

    /// The signature value over `message` (not over its digest): DER `Ecdsa-Sig-Value`, an RSA value, or the 64 bytes of Ed25519.
    ///
    /// # Errors
    /// If the key cannot sign, or not by this algorithm.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Self::Error>;
}
