//! Several authorities in order: the next one is asked when one fails, and what each one did is kept.

use super::client::{TsaClient, TsaError};
use ades::tsp::{Imprint, Nonce, TimestampToken};
use std::fmt;

/// Authorities in the order in which they are asked.
#[derive(Clone)]
pub struct TsaList {
    authorities: Vec<TsaClient>,
}

/// A token, who gave it, and who did not.
#[derive(Debug)]
pub struct Issued {
    /// The verified token.
    pub token: TimestampToken,
    /// The name of the authority.
    pub authority: String,
    /// Those that were asked before and failed.
    pub failed: Vec<Attempt>,
}

/// One authority that gave no token.
#[derive(Debug)]
pub struct Attempt {
    /// The name of the authority.
    pub authority: String,
    /// What went wrong.
    pub error: TsaError,
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.authority, self.error)
    }
}

/// No authority gave a token.
#[derive(Debug)]
pub struct AllFailed {
    /// One for each authority, in the order in which they were asked.
    pub attempts: Vec<Attempt>,
}

impl fmt::Display for AllFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts.is_empty() {
            return formatter.write_str("no time-stamp authority is configured; name at least one");
        }
        formatter.write_str("no time-stamp authority gave a usable token")?;
        self.attempts.iter().try_for_each(|attempt| write!(formatter, "; {attempt}"))
    }
}

impl std::error::Error for AllFailed {}

impl TsaList {
    /// A list; the first authority is the preferred one.
    #[must_use]
    pub fn new(authorities: Vec<TsaClient>) -> Self {
        Self { authorities }
    }

    /// Gets a token over `imprint` from the first authority that gives a good one.
    ///
    /// `now` is asked for each attempt anew, because an attempt may have taken its whole deadline.
    pub async fn timestamp(
        &self,
        imprint: &Imprint,
        nonce: Option<&Nonce>,
        now: impl Fn() -> u64,
    ) -> Result<Issued, AllFailed> {
        let mut failed = Vec::new();
        for client in &self.authorities {
            let authority = client.name().to_owned();
            match client.timestamp(imprint, nonce, now()).await {
                Ok(token) => {
                    return Ok(Issued { token, authority, failed });
                }
                Err(error) => {
                    tracing::warn!(tsa.name = %authority, error = %error, "a time-stamp authority gave no usable token");
                    failed.push(Attempt { authority, error });
                }
            }
        }
        Err(AllFailed { attempts: failed })
    }
}
