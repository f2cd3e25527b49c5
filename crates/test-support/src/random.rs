//! Where serial numbers come from: the system's generator, or a test's fixed stream.
//!
//! Keys and signatures always use the generator inside aws-lc-rs; only what must be chosen here is drawn from a [`Randomness`].

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes.
pub trait Randomness: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The generator of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom::new().fill(bytes).expect("the system's random generator works");
    }
}

/// A stream that is the same in every run: SHA-256 over seed and counter. For tests only.
#[derive(Debug)]
pub struct FixedRandomness {
    seed: u64,
    counter: AtomicU64,
}

impl FixedRandomness {
    /// The stream that belongs to `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0) }
    }
}

impl Randomness for FixedRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.counter.fetch_add(1, Ordering::SeqCst);
            let hash = digest(&SHA256, &[self.seed.to_be_bytes(), block.to_be_bytes()].concat());
            chunk.copy_from_slice(&hash.as_ref()[..chunk.len()]);
        }
    }
}

/// A positive serial number of `N` bytes: top bit clear, first byte not zero (RFC 5280 4.1.2.2).
pub(crate) fn serial<const N: usize>(random: &dyn Randomness) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_and_another_seed_another() {
        let draw = |seed| {
            let mut bytes = [0; 40];
            FixedRandomness::seeded(seed).fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn a_serial_number_is_positive_and_of_full_length() {
        for seed in 0..200 {
            let serial: [u8; 16] = serial(&FixedRandomness::seeded(seed));
            assert!((0x40..0x80).contains(&serial[0]));
        }
    }
}
