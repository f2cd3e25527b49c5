//! Randomness as an argument, so that tests can choose it and nothing else can.

/// A source of random bytes that an attacker cannot guess.
pub trait SecureRandom: Send + Sync {
    /// Fills `destination` completely, or fails.
    fn fill(&self, destination: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of random bytes has failed; nothing that needs randomness may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of random bytes has failed")]
pub struct RandomError;

/// The generator of the cryptographic library, fed by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl SecureRandom for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place where random bytes come from")]
    fn fill(&self, destination: &mut [u8]) -> Result<(), RandomError> {
        aws_lc_rs::rand::fill(destination).map_err(|_| RandomError)
    }
}

/// `N` random bytes.
pub(crate) fn array<const N: usize>(rng: &dyn SecureRandom) -> Result<[u8; N], RandomError> {
    let mut bytes = [0_u8; N];
    rng.fill(&mut bytes)?;
    Ok(bytes)
}
