//! Why an exchange did not take place, and whose fault it is.

use super::resolver::AddressDenied;
use std::error::Error;

/// An exchange did not take place, or was broken off.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Not a URL that this client speaks to.
    #[error("{url:?} is not an http or https URL with a host; correct the configured address")]
    Url {
        /// As given.
        url: String,
    },
    /// The URL carries a user name or password.
    #[error("the URL of {host} carries a user name or password; set credentials in the configuration instead")]
    CredentialsInUrl {
        /// The host.
        host: String,
    },
    /// The policy does not name the host.
    #[error("{host} is not among the hosts that may be asked here; add it to the allow-list if it should be")]
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// The host leads to an address that may not be reached.
    #[error(
        "{host} leads to an address that may not be reached (internal, loopback or special); if it is yours, allow it by name"
    )]
    AddressDenied {
        /// The host.
        host: String,
    },
    /// The name has no address.
    #[error("the name {host} cannot be resolved; check the configured address and the name service")]
    Unresolved {
        /// The host.
        host: String,
    },
    /// No connection.
    #[error("no connection to {host}; check that the service runs and can be reached")]
    Connect {
        /// The host.
        host: String,
        /// What the library said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// No complete answer in time.
    #[error("no complete answer from {host} within {milliseconds} ms")]
    Deadline {
        /// The host.
        host: String,
        /// The deadline.
        milliseconds: u128,
    },
    /// More than the policy takes.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The largest answer taken.
        limit: usize,
    },
    /// The exchange broke off or is not HTTP.
    #[error("the exchange with {host} broke off")]
    Exchange {
        /// The host.
        host: String,
        /// What the library said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A redirect, which is never followed.
    #[error("{host} answers with a redirect ({status}), which is not followed; configure the final address")]
    Redirected {
        /// The host.
        host: String,
        /// 3xx.
        status: u16,
    },
    /// Another status than 200.
    #[error("{host} answers with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// The TLS library could not be set up.
    #[error("TLS cannot be set up; install the certificates of the system's trust store (package ca-certificates)")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
}

impl HttpError {
    /// Sorts what the library reports; the resolver's verdict is found in the chain.
    pub(super) fn from_library(host: &str, error: reqwest::Error) -> Self {
        let host = host.to_owned();
        if error.is_connect() {
            if let Some(denied) = find::<AddressDenied>(&error) {
                return match denied {
                    AddressDenied::Forbidden => Self::AddressDenied { host },
                    AddressDenied::Unresolved => Self::Unresolved { host },
                };
            }
            return Self::Connect { host, source: Box::new(error.without_url()) };
        }
        Self::Exchange { host, source: Box::new(error.without_url()) }
    }

    /// Whether asking again later may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unresolved { .. } | Self::Connect { .. } | Self::Deadline { .. } | Self::Exchange { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            Self::Url { .. }
            | Self::CredentialsInUrl { .. }
            | Self::HostNotAllowed { .. }
            | Self::AddressDenied { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::Tls(_) => false,
        }
    }
}

fn find<T: Error + Copy + 'static>(error: &(dyn Error + 'static)) -> Option<T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(*found);
        }
        current = error.source();
    }
    None
}
