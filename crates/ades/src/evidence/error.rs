//! Why there is no evidence, or none that can be used, and what is still missing.

use std::fmt;

use super::Role;
use crate::calendar::Civil;
use crate::tsp::TspError;
use crate::x509::Certificate;

/// Why level LT cannot be reached with these certificates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The signature has no time-stamp.
    #[error("the signature has no time-stamp; add one (level T) before its validation data")]
    NotTimestamped,
    /// A time-stamp is over something else, or does not verify.
    #[error("a time-stamp of the signature cannot be used")]
    Token(#[source] TspError),
    /// The certificate may not be used for what it was used for.
    #[error("the certificate of {subject} is not for {role}; use one whose key usage allows it")]
    UnfitKeyUsage {
        /// Whose certificate.
        subject: String,
        /// What it was used for.
        role: Role,
    },
    /// A certificate was issued by one that may not issue certificates, or not so many below it.
    #[error(
        "the certificate of {subject} is issued by {issuer}, whose certificate does not allow that; the authority must be asked"
    )]
    UnfitIssuer {
        /// Whose certificate.
        subject: String,
        /// Who issued it.
        issuer: String,
    },
    /// A certificate was used before its validity.
    #[error(
        "the certificate of {subject} is valid from {}, which is after its use at {}; check the clock of the signer or authority",
        Utc(*.from), Utc(*.at)
    )]
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// First second of its validity, Unix time.
        from: u64,
        /// When it was used.
        at: u64,
    },
    /// A certificate had expired at its use, or before the use was proven.
    #[error(
        "the certificate of {subject} expired on {}, and nothing proves its use before {}; an earlier time-stamp is needed",
        Utc(*.until), Utc(*.at)
    )]
    Expired {
        /// Whose certificate.
        subject: String,
        /// Last second of its validity, Unix time.
        until: u64,
        /// When it was used, or proven to have been used.
        at: u64,
    },
    /// A certificate was revoked before its use was proven.
    #[error(
        "the certificate of {subject} is revoked since {}, and nothing proves its use before {}; the signature cannot be preserved",
        Utc(*.at), Utc(*.proven_at)
    )]
    Revoked {
        /// Whose certificate.
        subject: String,
        /// Since when, Unix time.
        at: u64,
        /// The number of the reason (RFC 5280 5.3.1), if one is given.
        reason: Option<u8>,
        /// The earliest time at which the use is proven.
        proven_at: u64,
    },
    /// The status of a certificate rests on itself, or on too long a row of others.
    #[error(
        "the status of the certificate of {subject} rests on itself in a circle; use the revocation list of its authority"
    )]
    Circular {
        /// Whose certificate.
        subject: String,
    },
    /// The chain ends at a root that is not trusted.
    #[error(
        "the certificate of {subject} leads to the root {root}, which is not among the trusted ones; add it if it should be"
    )]
    NotAnchored {
        /// Whose certificate.
        subject: String,
        /// The root.
        root: String,
    },
    /// Something is missing that may still be had.
    #[error("evidence is missing{}", List(.missing))]
    Incomplete {
        /// What.
        missing: Vec<Missing>,
    },
    /// More signatures would have to be checked than is reasonable.
    #[error(
        "the certificates and revocation data are too many or too entangled to be checked; pass only those of this signature"
    )]
    TooEntangled,
}

/// What is missing, and where it may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The certificate of an issuer.
    Issuer {
        /// Of this certificate.
        of: Certificate,
        /// Where it may be had (caIssuers).
        urls: Vec<String>,
    },
    /// Revocation data.
    Revocation {
        /// About this certificate.
        certificate: Certificate,
        /// Who issued it.
        issuer: Certificate,
        /// Where OCSP may be asked.
        ocsp_urls: Vec<String>,
        /// Where lists may be had.
        crl_urls: Vec<String>,
        /// Data from before this time is too old, Unix time.
        not_before: u64,
        /// What is at hand about the certificate, and why it was not used.
        rejected: Vec<Rejection>,
    },
}

impl Missing {
    /// Whether no address is known where it may be had.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        match self {
            Self::Issuer { urls, .. } => urls.is_empty(),
            Self::Revocation { ocsp_urls, crl_urls, .. } => ocsp_urls.is_empty() && crl_urls.is_empty(),
        }
    }
}

/// A list or an OCSP answer that is at hand and was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// Which kind.
    pub kind: RevocationKind,
    /// Why.
    pub reason: RejectionReason,
}

/// The two kinds of revocation data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationKind {
    /// A revocation list.
    Crl,
    /// An OCSP answer.
    Ocsp,
}

/// Why a list or an OCSP answer was not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RejectionReason {
    /// Signed by nobody who may say so.
    #[error("it is not signed by the issuer of the certificate or by somebody whom the issuer authorised")]
    WrongSigner,
    /// The signature does not verify, or its algorithm is not accepted.
    #[error("its signature does not verify or is made with an algorithm that is not accepted")]
    BadSignature,
    /// From the future.
    #[error("it is from the future ({}); compare the clocks", Utc(*.this_update))]
    FromTheFuture {
        /// From when it is, Unix time.
        this_update: u64,
    },
    /// Too old to know of a revocation before the use.
    #[error("it is from {} and too old; data from {} or later is needed, ask again then", Utc(*.this_update), Utc(*.needed))]
    TooOld {
        /// From when it is, Unix time.
        this_update: u64,
        /// From when it should be.
        needed: u64,
    },
    /// The responder does not know the certificate.
    #[error("the responder does not know the certificate")]
    Unknown,
    /// A list for other certificates or reasons, or one whose meaning is not known here.
    #[error("it does not cover the certificate ({0})")]
    Scope(&'static str),
    /// Made after the certificate expired, by somebody who may have forgotten it by then.
    #[error("it was made after the certificate had expired and need not know it any more")]
    AfterExpiry,
    /// The responder vouches for itself.
    #[error("the status of the responder's certificate rests on its own word")]
    SelfAsserted,
    /// The one who signed it has no evidence of its own.
    #[error("its signer's certificate cannot be used: {0}")]
    Signer(Box<EvidenceError>),
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Signer => "signing documents",
            Self::TimestampAuthority => "time-stamping",
            Self::OcspResponder => "signing OCSP answers",
            Self::CrlIssuer => "signing revocation lists",
        })
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            RevocationKind::Crl => "a revocation list",
            RevocationKind::Ocsp => "an OCSP answer",
        };
        write!(formatter, "{kind} was not used: {}", self.reason)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer { of, urls } => {
                write!(formatter, "the certificate of {}, which issued that of {}", of.issuer(), of.subject())?;
                if urls.is_empty() {
                    formatter.write_str(" (it names no address where it can be had; pass it along)")?;
                }
                Ok(())
            }
            Self::Revocation { certificate, ocsp_urls, crl_urls, rejected, .. } => {
                write!(formatter, "revocation data about the certificate of {}", certificate.subject())?;
                if ocsp_urls.is_empty() && crl_urls.is_empty() {
                    formatter.write_str(" (it names no address where it can be had; pass it along)")?;
                }
                rejected.iter().try_for_each(|rejection| write!(formatter, "; {rejection}"))
            }
        }
    }
}

struct List<'a>(&'a [Missing]);

impl fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = ": ";
        for missing in self.0 {
            write!(formatter, "{separator}{missing}")?;
            separator = "; ";
        }
        Ok(())
    }
}

/// Unix time as people read it.
struct Utc(u64);

impl fmt::Display for Utc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = Civil::from_unix(self.0);
        write!(formatter, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}
