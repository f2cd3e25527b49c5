//! Why a key cannot be used for signing, and whose fault that is.

use std::io;
use std::path::PathBuf;

use super::password::PasswordError;
use crate::exit;

/// A key or its certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that holds no key.
    #[error(
        "{} holds no private key in a form that is known: PEM (PKCS#8, PKCS#1, SEC 1) or PKCS#12 (.p12, .pfx)", .0.display()
    )]
    NoKey(PathBuf),
    /// A file that holds no certificate.
    #[error("{} holds no certificate (PEM or DER)", .0.display())]
    NoCertificate(PathBuf),
    /// A PEM key without a certificate.
    #[error("{} holds no certificate for its key; name one with --cert FILE", .0.display())]
    CertificateMissing(PathBuf),
    /// More than one key.
    #[error("{} holds {count} private keys; give a file with one", .path.display())]
    SeveralKeys {
        /// The file.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// Bytes that are not what they should be.
    #[error("{} is damaged at {what}; export the key again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The part.
        what: &'static str,
    },
    /// An encryption or integrity scheme that is not known.
    #[error("{} is protected by a scheme that is not supported ({scheme}); export it with AES-256", .path.display())]
    Protection {
        /// The file.
        path: PathBuf,
        /// Which.
        scheme: String,
    },
    /// The password is wrong.
    #[error("the password does not open {}; check it and try again", .0.display())]
    WrongPassword(PathBuf),
    /// No password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A key of a kind that cannot sign documents.
    #[error("the key in {} cannot be used: RSA of 2048 to 8192 bits, P-256, P-384, P-521 and Ed25519 are known", .0.display())]
    UnsuitableKey(PathBuf),
    /// The certificate is of another key.
    #[error("none of the certificates belongs to the key in {}; give the certificate that was issued for this key", .0.display())]
    Mismatch(PathBuf),
    /// The certificate has expired.
    #[error("the certificate of {subject} expired on {date}; sign with a valid one")]
    Expired {
        /// Whose.
        subject: String,
        /// When.
        date: String,
    },
    /// The certificate is not valid yet.
    #[error("the certificate of {subject} is not valid before {date}; check this machine's clock, or wait")]
    NotYetValid {
        /// Whose.
        subject: String,
        /// When.
        date: String,
    },
    /// A digest that the key cannot be used with.
    #[error("a {key} key does not sign with {digest} here; leave --digest out")]
    Digest {
        /// The kind of key.
        key: &'static str,
        /// The digest.
        digest: &'static str,
    },
    /// The cryptographic library failed.
    #[error("the key could not sign; it may be damaged")]
    Signing,
}

impl KeyError {
    /// The exit status.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Read { source, .. } | Self::Password(PasswordError::File(_, source))
                if source.kind() == io::ErrorKind::NotFound =>
            {
                exit::MISSING
            }
            Self::Read { .. }
            | Self::NoKey(_)
            | Self::NoCertificate(_)
            | Self::SeveralKeys { .. }
            | Self::Damaged { .. }
            | Self::Protection { .. } => exit::INPUT,
            Self::CertificateMissing(_) | Self::Digest { .. } => exit::USAGE,
            Self::WrongPassword(_) | Self::Password(_) => exit::REFUSED,
            Self::UnsuitableKey(_)
            | Self::Mismatch(_)
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::Signing => exit::FAILED,
        }
    }
}
