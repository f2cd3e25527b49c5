//! Certificates from certification authorities: one client for each protocol, one kind of error for all.

pub mod est;

use crate::http::HttpError;
pub use est::{EstClient, EstSettings};

/// Why there is no certificate, or none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The CA refused the request.
    #[error("the certification authority refused the request (status {status}): {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the CA said, shortened to one line.
        reason: String,
    },
    /// The CA does not know our user name and password.
    #[error(
        "the certification authority does not accept our credentials; check user name and password in the configuration"
    )]
    NotAuthorized,
    /// Somebody at the CA has to decide first.
    #[error("the certification authority has not decided yet; send the same request again later")]
    Pending {
        /// When to ask again, in seconds, if the CA said so.
        retry_after: Option<u64>,
    },
    /// The CA cannot work now.
    #[error("the certification authority cannot work now; send the same request again later")]
    Busy {
        /// When to ask again, in seconds, if the CA said so.
        retry_after: Option<u64>,
    },
    /// The CA was not reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer is not what the protocol says.
    #[error("the certification authority's answer cannot be used: {0}")]
    BadAnswer(&'static str),
    /// The certificate is for another key than ours.
    #[error("the certificate that came back is for another key than the requested one; it is not used")]
    OtherKey,
    /// The certificate is not signed by the issuer that was expected.
    #[error("the certificate that came back is not signed by the expected issuer; it is not used")]
    OtherIssuer,
    /// The certificate is not valid now.
    #[error("the certificate that came back is not valid at this time; compare the clocks of both sides")]
    NotValidNow,
    /// The CA's certificates do not lead to the pinned root.
    #[error("the certification authority's certificates do not lead to the configured root; check the configured root")]
    UntrustedAuthority,
    /// What we were asked to send is no certification request.
    #[error("the certification request cannot be read")]
    BadRequest,
}

impl CaError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Pending { .. } | Self::Busy { .. } => true,
            Self::Http(error) => error.is_transient(),
            Self::Refused { .. }
            | Self::NotAuthorized
            | Self::BadAnswer(_)
            | Self::OtherKey
            | Self::OtherIssuer
            | Self::NotValidNow
            | Self::UntrustedAuthority
            | Self::BadRequest => false,
        }
    }
}
