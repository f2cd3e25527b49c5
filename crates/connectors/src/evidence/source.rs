//! Where evidence comes from: a port, and the guarded HTTP client behind it.

use crate::http::{HttpClient, HttpError, HttpRequest};
use std::future::Future;
use std::pin::Pin;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EvidenceRequest {
    /// A certificate or bundle (caIssuers), RFC 5280 4.2.2.1.
    Issuer {
        /// Where.
        url: String,
    },
    /// A revocation list, RFC 5280 4.2.1.13.
    Crl {
        /// Where.
        url: String,
    },
    /// An OCSP answer, RFC 6960 A.1 (POST).
    Ocsp {
        /// Where.
        url: String,
        /// DER of the OCSPRequest.
        request: Vec<u8>,
    },
}

impl EvidenceRequest {
    /// Where it is asked for.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Issuer { url } | Self::Crl { url } | Self::Ocsp { url, .. } => url,
        }
    }
}

/// What a source gives: the bytes, later.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, HttpError>> + Send + 'a>>;

/// Fetches evidence. What it gives need not be good: the collector checks it.
pub trait EvidenceSource: Send + Sync {
    /// Fetches one thing.
    fn fetch<'a>(&'a self, request: &'a EvidenceRequest) -> Fetching<'a>;
}

impl EvidenceSource for HttpClient {
    fn fetch<'a>(&'a self, request: &'a EvidenceRequest) -> Fetching<'a> {
        let sent = match request {
            EvidenceRequest::Issuer { url } | EvidenceRequest::Crl { url } => HttpRequest::get(url),
            EvidenceRequest::Ocsp { url, request } => {
                HttpRequest::post(url, "application/ocsp-request", request.as_slice())
                    .header("accept", "application/ocsp-response")
            }
        };
        Box::pin(async move { Ok(self.send_for_ok(sent).await?.body) })
    }
}
