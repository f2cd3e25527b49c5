//! What can go wrong, one enum for each operation.

use crate::{RandomError, SealedKeyError, SecretFileError};
use std::{io, path::PathBuf};

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateKeyError {
    /// The caller's subject is not one DER `Name`.
    #[error("the subject of the certification request is not a DER-encoded Name")]
    InvalidSubject,
    /// The new key failed its pairwise consistency test.
    #[error("the new key pair failed its consistency test and was thrown away")]
    PairwiseTest,
    /// The cryptographic library failed.
    #[error("the signing module could not make a key")]
    Internal,
}

/// Why no signature was made. After any of these, nothing that was computed has left the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The grant's time is over.
    #[error("the grant has expired")]
    GrantExpired,
    /// The grant names another credential, sealed key, public key or algorithm than the key that came with it.
    #[error("the grant is for another key")]
    OtherKey,
    /// The sealed key was not made for this context, or was altered.
    #[error("the sealed key does not belong to this credential, or was altered")]
    ContextMismatch,
    /// The hash has not the length that the algorithm needs.
    #[error("the hash has the wrong length for the signature algorithm")]
    DigestLength,
    /// The key could not be unwrapped although its seal is good.
    #[error("the sealed key cannot be opened")]
    Unwrap,
    /// The signature does not verify under the public key that the key was sealed with.
    #[error("the signature did not verify under the sealed public key and was thrown away")]
    SelfCheck,
    /// The cryptographic library failed.
    #[error("the signing module could not sign")]
    Internal,
}

/// Why a seal was not made or not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The tag is not one of this module over these bytes.
    #[error("the seal does not fit: the sealed bytes were altered or come from another module")]
    Mismatch,
    /// The module cannot be reached.
    #[error("the signing module is not available")]
    Unavailable,
}

/// Why a checkpoint was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogSignError {
    /// The body is not a checkpoint body, or it is not in its one canonical form.
    #[error("the checkpoint is malformed")]
    Malformed,
    /// The checkpoint is of another log than those signed before.
    #[error("the checkpoint is of another log than the one this module signs for")]
    OtherOrigin,
    /// The proof starts from another tree than the one signed last.
    #[error("the checkpoint does not continue from the one signed last, which has {signed_size} entries")]
    Conflict {
        /// Entries in the checkpoint that was signed last.
        signed_size: u64,
    },
    /// The checkpoint contradicts the one signed last: another history of the same log.
    #[error(
        "the checkpoint contradicts the one signed last, at {signed_size} entries: the log was changed or set back"
    )]
    Inconsistent {
        /// Entries in the checkpoint that was signed last.
        signed_size: u64,
    },
    /// The record of the checkpoint signed last could not be kept.
    #[error("the record of the checkpoint signed last cannot be written: see that the token's folder is writable")]
    Anchor(#[source] io::Error),
    /// The cryptographic library failed.
    #[error("the signing module could not sign the checkpoint")]
    Internal,
}

/// Why a token could not be created or opened. Read by the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// A file with a secret is missing or can be read by others.
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    /// There is a token already.
    #[error("there is a token in {} already: choose another folder, or open it instead of creating one", .0.display())]
    Exists(PathBuf),
    /// Reading or writing failed.
    #[error("the token file {} cannot be read or written", .path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not a token file that this version knows.
    #[error("{} is damaged or not a token file of a known version: restore it from a backup", .0.display())]
    Malformed(PathBuf),
    /// The token was protected in the other way.
    #[error("the token {} is protected by {}: configure that instead", .path.display(), .protected_by)]
    OtherProtection {
        /// The token file.
        path: PathBuf,
        /// The way it is protected, in words.
        protected_by: &'static str,
    },
    /// The key-encryption key does not open the token.
    #[error("the passphrase or key file does not open the token {}", .0.display())]
    WrongKey(PathBuf),
    /// The parameters of the passphrase hash are out of bounds.
    #[error(
        "the passphrase hashing parameters are out of bounds: memory 8 MiB to 1 GiB, 1 to 16 passes, 1 to 16 lanes"
    )]
    HashingParameters,
    /// The passphrase is too short to protect anything.
    #[error("the passphrase is shorter than 12 bytes: choose a longer one")]
    ShortPassphrase,
    /// A random value could not be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cryptographic library failed.
    #[error("the cryptographic library refused to work")]
    Internal,
}

impl From<SealedKeyError> for SignError {
    fn from(_: SealedKeyError) -> Self {
        Self::ContextMismatch
    }
}
