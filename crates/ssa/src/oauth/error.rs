//! What can go wrong in the authorization server, per operation, and whose fault it is.

use super::redirect::RedirectUrl;
use crate::fault::{Inconsistent, Source, convert_faults};
use crate::ports::RandomUnavailable;

/// A fault that is not the caller's.
#[derive(Debug, thiserror::Error)]
pub enum ServiceFault {
    /// The store or the signature activation module does not answer now.
    #[error("the service is not available now; try again")]
    Unavailable(#[source] Source),
    /// A fault of this program or of what it stored.
    #[error("an internal fault; the log has the cause")]
    Internal(#[source] Source),
}

convert_faults!(ServiceFault);

macro_rules! from_faults {
    ($($family:ty),*) => {$(
        impl From<store::StoreError> for $family {
            fn from(error: store::StoreError) -> Self {
                Self::Fault(error.into())
            }
        }

        impl From<RandomUnavailable> for $family {
            fn from(error: RandomUnavailable) -> Self {
                Self::Fault(error.into())
            }
        }

        impl From<Inconsistent> for $family {
            fn from(error: Inconsistent) -> Self {
                Self::Fault(error.into())
            }
        }
    )*};
}
from_faults!(PushError, OpenError, AuthorizationError, ExchangeError, RevokeError, AccessTokenError, ApprovalError);

/// The client is unknown, or the secret is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("client authentication failed; check client_id and secret against the registration")]
pub struct ClientAuthenticationError;

/// Why a pushed request was refused. Nothing is kept of it.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The redirect URI is not one of the client's, letter by letter.
    #[error("the redirect URI is not registered for this client; register it letter by letter")]
    UnknownRedirectUri,
    /// No such credential, or none that can sign.
    #[error("the credential does not exist or cannot sign")]
    UnknownCredential,
    /// The credential's certificate is not valid now.
    #[error("the certificate of the credential is not valid now; the signer needs a new one")]
    CertificateNotValid,
    /// The number of signatures is not the number of hashes.
    #[error("numSignatures must be the number of hashes")]
    SignatureCount,
    /// More hashes than one approval may cover.
    #[error("more hashes than one approval may cover (at most {MAX})", MAX = super::MULTISIGN)]
    TooManyHashes,
    /// One hash twice.
    #[error("a hash is given twice; each hash is signed once")]
    RepeatedHash,
    /// A digest algorithm that the credential does not sign.
    #[error("the digest algorithm is not one that this credential signs")]
    HashAlgorithm,
    /// A hash that is not as long as its algorithm says.
    #[error("a hash is not as long as its algorithm says")]
    HashLength,
    /// A label that is too long or could mislead the reader.
    #[error("a label is longer than {MAX} octets or holds control characters", MAX = super::LABEL_LIMIT)]
    Label,
    /// A description that could mislead the reader.
    #[error("the description holds control characters")]
    Description,
    /// Not the client's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}

/// Why a browser was not led on.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No such request for this client: used, expired or invented. The browser must not be sent anywhere (RFC 6749 4.1.2.1).
    #[error("the request is unknown, used or expired; start again from the application that sent you")]
    UnknownRequest,
    /// The request is good and cannot be fulfilled; the client hears of it.
    #[error("the request cannot be fulfilled now; the application is told")]
    Failed(RedirectUrl, #[source] Source),
    /// Not the browser's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}

/// Why an opened request could not be looked at or decided.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// No such request in this browser: decided, expired, or opened elsewhere.
    #[error("the request is over, or it was opened in another browser; start again from the application that sent you")]
    Unknown,
    /// Not the browser's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}

/// Why a code did not become a token. The code is spent in every case but [`ExchangeError::InvalidCode`].
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Unknown, used, expired, of another client, or the verifier does not fit: told apart in the log only.
    #[error("the code is not good; ask the signer again")]
    InvalidCode,
    /// Not the redirect URI of the request.
    #[error("the redirect URI is not the one of the authorization request")]
    RedirectMismatch,
    /// Not the details that were approved.
    #[error("the authorization details are not those that were approved")]
    DetailsMismatch,
    /// Not the client's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}

/// Why a token was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// Not a token of this client.
    #[error("not a token of this client")]
    UnknownToken,
    /// Not the client's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AccessTokenError {
    /// Not one of ours.
    #[error("not a token of this service")]
    Unknown,
    /// Expired or revoked.
    #[error("the token has expired or was revoked")]
    Expired,
    /// Not the caller's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}

/// Why no approval stands behind a request to sign.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// A service token alone signs nothing.
    #[error("signing needs a token of scope credential")]
    Missing,
    /// Not a credential token, or one of another client or signer.
    #[error("the signature activation data is not a token of scope credential of the same client and signer")]
    Invalid,
    /// A token of another credential.
    #[error("the token was given for another credential")]
    OtherCredential,
    /// The token behind it expired or was revoked.
    #[error("the approval has expired or was revoked; ask the signer again")]
    Expired,
    /// Not the caller's fault.
    #[error(transparent)]
    Fault(ServiceFault),
}
