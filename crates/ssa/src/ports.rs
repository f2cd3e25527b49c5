//! What the use cases take from outside instead of reaching for it: the time and random octets.

use aws_lc_rs::rand::SecureRandom as _;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Unix seconds, UTC.
    fn now(&self) -> u64;
}

/// A source of octets that nobody can predict.
pub trait SecureRandom: Send + Sync {
    /// Fills `octets`.
    ///
    /// # Errors
    /// [`RandomUnavailable`] if the source gives nothing; the caller must then stop.
    fn fill(&self, octets: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The operating system gave no random octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random octets")]
pub struct RandomUnavailable;

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        // A clock before 1970 is treated as 1970: everything that has a validity is then refused as not yet valid.
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, octets: &mut [u8]) -> Result<(), RandomUnavailable> {
        aws_lc_rs::rand::SystemRandom::new().fill(octets).map_err(|_| RandomUnavailable)
    }
}
