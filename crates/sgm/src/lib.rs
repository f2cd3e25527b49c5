//! Signature value generation module: makes, keeps and uses signing keys; the software token.
//!
//! The module does six things and nothing else, see [`Sgm`]: it makes a signing key, signs one hash under a [`Grant`], seals bytes, checks
//! such a seal when the bytes come back, signs log checkpoints, and tells the public half of the log key. It decides nothing about people: who may
//! sign what is decided by the signature activation module, which hands in a grant for each use.
//!
//! A signing key leaves the module only wrapped ([`SealedKey`]), tied to its [`KeyContext`]; it is unwrapped for one signature and
//! wiped after it. Every signature value is verified under the key's own public key before it is given out.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

mod algorithm;
mod claim;
mod context;
mod der;
mod error;
mod grant;
mod random;
mod request;
mod sealed_key;
mod software;

pub use algorithm::{KeyAlgorithm, SignatureAlgorithm};
pub use claim::{ClaimError, Deployment, SoleControl};
pub use context::{KeyContext, KeyOrigin};
pub use error::{GenerateKeyError, LogSignError, SealError, SignError, TokenError};
pub use grant::{Grant, SignatureValue};
pub use random::{RandomError, SecureRandom, SystemRandom};
pub use sealed_key::{SealedKey, SealedKeyError};
#[doc(hidden)]
pub use software::stored_form;
pub use software::{KeyEncryption, Passphrase, PassphraseHashing, SecretFileError, SoftwareToken, create_key_file};

/// What a signature value generation module does. Six operations: five work with a secret key, the last tells a public one.
///
/// Duties of an implementation: safe to call from many threads at once; no operation is retried inside; nothing secret in errors;
/// a signature value that does not verify is never returned.
pub trait Sgm: Send + Sync {
    /// Makes a key pair for `context` and gives it back sealed, with a certification request for `subject` (a DER `Name`).
    ///
    /// The signature of the request is the pairwise consistency test of the new key. It is the only signature that needs no grant.
    fn generate_key(
        &self,
        context: &KeyContext,
        algorithm: KeyAlgorithm,
        subject: &[u8],
    ) -> Result<GeneratedKey, GenerateKeyError>;

    /// Signs the one hash in `grant` with `key`, which must have been made for `context`. `now` is the caller's time.
    fn sign(&self, grant: Grant, key: &SealedKey, context: &KeyContext, now: u64) -> Result<SignatureValue, SignError>;

    /// A tag over `bytes` that only this module can make.
    fn seal(&self, domain: SealDomain, bytes: &[u8]) -> Result<[u8; 32], SealError>;

    /// Whether `tag` was made by [`Sgm::seal`] over the same domain and bytes; compared in constant time.
    fn verify_seal(&self, domain: SealDomain, bytes: &[u8], tag: &[u8; 32]) -> Result<(), SealError>;

    /// Signs a checkpoint of the signing log with the log key, if it extends the checkpoint signed last.
    fn log_sign(&self, checkpoint: &CheckpointToSign<'_>) -> Result<[u8; 64], LogSignError>;

    /// The public half of the log key (Ed25519).
    fn log_public_key(&self) -> [u8; 32];
}

/// A new signing key, as its owner stores it.
pub struct GeneratedKey {
    /// The private key, wrapped and tied to its context.
    pub sealed: SealedKey,
    /// `SubjectPublicKeyInfo`, DER.
    pub spki_der: Vec<u8>,
    /// PKCS#10 `CertificationRequest`, DER, signed by the new key.
    pub certification_request_der: Vec<u8>,
}

/// What a seal is for. A tag of one domain is never valid in another, and none of them is the domain of key blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealDomain {
    /// A signer record (security design 1.3).
    SignerRecord,
    /// The key of one segment of the SAM's journal: the tag over the segment's salt is the key.
    JournalSegment,
}

impl SealDomain {
    fn label(self) -> &'static [u8] {
        match self {
            Self::SignerRecord => b"rakkan-signer/1",
            Self::JournalSegment => b"rakkan-journal/1",
        }
    }
}

/// A checkpoint for [`Sgm::log_sign`], with the proof that it extends the one signed last. C2SP tlog-witness has the same shape.
pub struct CheckpointToSign<'a> {
    /// Body of the checkpoint: origin, size and root, each ended by a newline. C2SP tlog-checkpoint.
    pub body: &'a [u8],
    /// Size of the tree in the checkpoint that was signed last; 0 before the first.
    pub previous_size: u64,
    /// Consistency proof from that tree to this one (RFC 6962 2.1.2).
    pub consistency_proof: &'a [[u8; 32]],
}
