//! The algorithms the crate knows, and the port through which it verifies signatures. ETSI TS 119 312.

mod algorithm;
#[cfg(feature = "aws-lc")]
mod aws_lc;
mod digest;
pub mod policy;
mod signer;
mod value;

pub use algorithm::{SignatureAlgorithm, SignatureScheme};
#[cfg(feature = "aws-lc")]
pub use aws_lc::AwsLc;
pub use digest::{DigestAlgorithm, Hasher};
pub use signer::Signer;
pub use value::{Dtbsr, SignatureValue};

/// Verifies signature values. It keeps no state and may be called from many threads at once.
///
/// Hashing of documents is not part of it: that is done in plain Rust, so a document is hashed the same way everywhere.
pub trait CryptoProvider: Send + Sync {
    /// Says whether `signature` is a signature over `message` by the key in `spki_der` (a DER `SubjectPublicKeyInfo`).
    ///
    /// ECDSA values are DER `Ecdsa-Sig-Value`, RSA values are as long as the modulus, Ed25519 values have 64 bytes.
    ///
    /// # Errors
    /// The reason why it is not.
    fn verify(
        &self,
        spki_der: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError>;
}

/// Why a signature value was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The value was not made by this key over this message.
    #[error("the signature value does not verify under the public key")]
    Mismatch,
    /// The key is not of the kind the algorithm needs, or of a curve or size that is not allowed.
    #[error("the public key does not fit the signature algorithm")]
    UnsuitableKey,
}
