//! Why a remote service gave no signature, and whose fault that is.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use connectors::csc::{CscClientError, RedirectError};
use connectors::http::HttpError;

use crate::exit;

/// A remote service gave no signature.
#[derive(Debug, thiserror::Error)]
pub enum CscError {
    /// Nobody reached, or refused.
    #[error("the signing service gave no answer that can be used")]
    Client(#[source] CscClientError),
    /// The browser came back with a refusal, or the approval was not ours.
    #[error("the approval was not given")]
    Redirect(#[source] RedirectError),
    /// Nobody approved in time.
    #[error("nobody approved within {0} minutes; start again, or wait longer with --wait")]
    NobodyApproved(u64),
    /// The address for the browser to come back to cannot be listened on.
    #[error(
        "{uri} cannot be listened on; free the port, or name another address with --csc-redirect that the service knows"
    )]
    Listen {
        /// The address.
        uri: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The address is not one on this machine.
    #[error("{0} is not an http address on this machine; give one like http://127.0.0.1:52077/rakkan")]
    RedirectUri(String),
    /// The secret cannot be read.
    #[error("the client's secret {} cannot be read", .0.display())]
    Secret(PathBuf, #[source] io::Error),
    /// The signer has nothing to sign with.
    #[error("{0}")]
    Credential(String),
    /// The answer has another number of signatures than hashes.
    #[error("the service gave {got} signatures for {wanted} hashes; nothing was used")]
    Count {
        /// Signatures.
        got: usize,
        /// Hashes.
        wanted: usize,
    },
    /// One error for every file of an approval.
    #[error(transparent)]
    Batch(Arc<CscError>),
    /// The operating system.
    #[error("the operating system failed")]
    System(#[source] io::Error),
}

impl From<CscClientError> for CscError {
    fn from(error: CscClientError) -> Self {
        Self::Client(error)
    }
}

impl CscError {
    /// The exit status.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Batch(error) => error.exit(),
            Self::Client(CscClientError::Http(HttpError::Url { .. } | HttpError::CredentialsInUrl { .. })) => {
                exit::USAGE
            }
            Self::Client(error) if error.refusal().is_some_and(|refusal| refusal.status < 500) => exit::REFUSED,
            Self::Client(_) => exit::UNAVAILABLE,
            Self::Redirect(_) | Self::NobodyApproved(_) => exit::REFUSED,
            Self::RedirectUri(_) => exit::USAGE,
            Self::Secret(_, source) if source.kind() == io::ErrorKind::NotFound => exit::MISSING,
            Self::Secret(..) => exit::INPUT,
            Self::Listen { .. } | Self::Credential(_) | Self::Count { .. } | Self::System(_) => exit::FAILED,
        }
    }
}
