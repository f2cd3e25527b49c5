//! Revocation information that was verified before anybody relies on it: lists and OCSP answers.

pub mod crl;
pub mod ocsp;

use crate::http::HttpError;
use ades::crypto::VerifyError;

/// What is known about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationStatus {
    /// Not revoked, as of the list or answer.
    Good,
    /// Revoked.
    Revoked {
        /// Since when, Unix time.
        at: u64,
        /// The number of the reason (RFC 5280 5.3.1), if one is given.
        reason: Option<u8>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// How far the issuer's clock may be ahead of ours.
const CLOCK_TOLERANCE: u64 = 300;

/// Why there is no usable revocation information.
#[derive(Debug, thiserror::Error)]
pub enum RevocationError {
    /// The service was not reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The bytes are not what they should be.
    #[error("the revocation information cannot be read: {0}")]
    Malformed(&'static str),
    /// The responder gives no status.
    #[error("the OCSP responder gives no status (answer {0}); ask its operator, or use the revocation list")]
    NoStatus(u8),
    /// Made by somebody else than the issuer or its delegate.
    #[error("the revocation information does not come from the issuer of the certificate")]
    OtherIssuer,
    /// The signature does not verify.
    #[error("the signature of the revocation information does not verify")]
    Signature(#[source] VerifyError),
    /// Too old, or from the future.
    #[error(
        "the revocation information is not current (from {this_update} to {next_update:?}); compare the clocks, or ask again"
    )]
    NotCurrent {
        /// From when, Unix time.
        this_update: u64,
        /// Until when.
        next_update: Option<u64>,
    },
    /// A list that is about some certificates or reasons only, or that carries a critical extension which is not known here.
    #[error("the revocation list does not cover all certificates of its issuer ({0}); use OCSP for this authority")]
    LimitedScope(&'static str),
    /// An answer about another certificate.
    #[error("the OCSP answer is about another certificate")]
    OtherCertificate,
    /// An answer to another question.
    #[error("the OCSP answer does not answer this request (nonce differs)")]
    OtherNonce,
}

fn require_current(this_update: u64, next_update: Option<u64>, now: u64) -> Result<(), RevocationError> {
    let in_future = this_update > now + CLOCK_TOLERANCE;
    if in_future || next_update.is_some_and(|next| next < now) {
        return Err(RevocationError::NotCurrent { this_update, next_update });
    }
    Ok(())
}
