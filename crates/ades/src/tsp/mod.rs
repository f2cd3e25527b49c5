//! Time-stamp protocol: request, response and token. RFC 3161; RFC 5816.
//!
//! The exchange is the caller's: `TimestampRequest::to_der` goes out, what comes back goes into [`TimestampResponse::from_der`], and
//! [`TimestampResponse::into_token`] gives a token only if it answers the request and its signature verifies.

mod check;
mod request;
mod response;
mod token;

pub use check::TimestampCheck;
pub use request::{Imprint, Nonce, TimestampRequest};
pub use response::{FailureReason, ResponseStatus, TimestampResponse};
pub use token::{TimestampInfo, TimestampToken};

use crate::Oid;
use crate::asn1::Malformed;
use crate::crypto::VerifyError;

/// Why an answer of a time-stamping authority was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TspError {
    /// The bytes are not what they should be.
    #[error(
        "the time-stamp data is malformed at {what}; the authority's answer is broken, or it is not an RFC 3161 answer"
    )]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// The authority refused.
    #[error("the time-stamping authority refused the request ({status}); ask its operator, or use another authority")]
    Refused {
        /// What it said.
        status: ResponseStatus,
    },
    /// The token is over another digest.
    #[error("the time-stamp token is over other data than was asked for")]
    WrongImprint,
    /// The token carries another nonce, or none.
    #[error("the time-stamp token does not answer this request (nonce differs)")]
    WrongNonce,
    /// The token was made under another policy.
    #[error("the time-stamp token was made under policy {found}, not under the policy that was asked for")]
    WrongPolicy {
        /// Policy in the token.
        found: Oid,
    },
    /// The certificate that signed the token is not in it.
    #[error("the certificate of the time-stamping authority is missing in the token")]
    NoCertificate,
    /// RFC 3161 2.3: the certificate must be for time-stamping, only, and say so critically.
    #[error("the certificate in the time-stamp token is not one for time-stamping")]
    NotForTimestamping,
    /// The signed reference names another certificate.
    #[error("the time-stamp token does not name its signing certificate correctly")]
    WrongCertificateReference,
    /// RFC 3161 2.4.2: the digest in the signed attributes is not that of the content.
    #[error("the time-stamp token has been altered (digest differs)")]
    Altered,
    /// Digest or signature algorithm not known here, or too weak.
    #[error("the time-stamp token uses an algorithm that is not accepted")]
    UnsupportedAlgorithm,
    /// The signature is not good.
    #[error("the signature of the time-stamp token does not verify")]
    BadSignature(#[source] VerifyError),
    /// The token's time lies outside the validity of the certificate that made it.
    #[error("the time-stamp token was made outside the validity of its certificate")]
    OutsideValidity,
}

impl From<Malformed> for TspError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed { what }
    }
}
