//! Why bytes are not the evidence they were taken for.

use crate::asn1::Malformed;
use crate::x509::CertificateError;

/// Bytes of others that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The encoding is wrong at the named part.
    #[error("{what} cannot be read; the service or file it came from is broken, or it is something else")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// The OCSP responder gave no status. RFC 6960 4.2.1.
    #[error("the OCSP responder gives no status (answer {code}); ask its operator, or use the revocation list")]
    NoStatus {
        /// OCSPResponseStatus: 1 malformed request, 2 internal error, 3 try later, 5 signature required, 6 unauthorized.
        code: u64,
    },
    /// An OCSP answer of another type than the basic one.
    #[error("the OCSP answer is of a type that is not known here; use the revocation list")]
    UnknownResponseType,
}

impl From<Malformed> for FormatError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed { what }
    }
}

impl From<CertificateError> for FormatError {
    fn from(error: CertificateError) -> Self {
        match error {
            CertificateError::Malformed { what } => Self::Malformed { what },
        }
    }
}
