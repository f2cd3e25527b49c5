//! Why evidence could not be collected, with everything that was tried.

use crate::http::HttpError;
use ades::evidence::{EvidenceError, FormatError, Plan};
use std::fmt;

/// One address that was asked.
#[derive(Debug)]
pub struct Attempt {
    /// Where.
    pub url: String,
    /// Whether something readable came. What came may still have been put aside: [`ades::evidence::Missing`] says why.
    pub outcome: Result<(), AttemptError>,
}

/// Why an address gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// Another kind of address than http and https (LDAP, for the most part).
    #[error("only http and https are asked; it was skipped")]
    Scheme,
    /// It was not reached, or may not be.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What came is something else.
    #[error("what came cannot be used: {0}")]
    Unreadable(#[from] FormatError),
    /// An answer to another question.
    #[error("the OCSP answer does not answer this request (nonce differs)")]
    OtherNonce,
    /// As much was fetched as may be for one signature.
    #[error("the limit of what is fetched for one signature is reached; it was not asked")]
    Limit,
}

/// The evidence is not complete, or speaks against the signature.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// What the evidence says makes level LT impossible.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Not everything could be had.
    #[error("{}{}", Lacking(.plan), Tried(.attempts))]
    Incomplete {
        /// What could be had, and what is missing.
        plan: Box<Plan>,
        /// Every address that was asked, in order.
        attempts: Vec<Attempt>,
    },
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(()) => write!(formatter, "{}: answered", self.url),
            Err(error) => write!(formatter, "{}: {error}", self.url),
        }
    }
}

struct Lacking<'a>(&'a Plan);

impl fmt::Display for Lacking<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("evidence is missing")?;
        let mut separator = ": ";
        for missing in &self.0.missing {
            write!(formatter, "{separator}{missing}")?;
            separator = "; ";
        }
        Ok(())
    }
}

struct Tried<'a>(&'a [Attempt]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = ". Asked: ";
        for attempt in self.0 {
            write!(formatter, "{separator}{attempt}")?;
            separator = "; ";
        }
        Ok(())
    }
}
