//! Signatures in memory, on one thread, with a key that is parsed; each round of ours beside a round of the limit.

use std::time::Instant;

use ades::AdesLevel;
use ades::cades::{self, CadesParameters, Content};
use ades::crypto::{AwsLc, CryptoProvider, SignatureAlgorithm, Signer};
use ades::pades::{self, SignatureParameters, prepare};
use anyhow::Context;
use aws_lc_rs::digest;

use super::median;
use crate::key::{KeyError, LocalKey};
use crate::moment::now;

/// Rounds, ours and the limit in turn; the middle one counts.
const ROUNDS: usize = 7;

/// Signatures per second: ours, and the limit.
pub fn pades(key: &LocalKey, document: &[u8], operations: usize) -> anyhow::Result<(f64, f64)> {
    let parameters = SignatureParameters::new(key.certificate.clone(), key.algorithm, AdesLevel::B, now());
    // What the limit signs is as long as what a signature signs.
    let message = prepare(&document, &parameters)?.dtbs().to_vec();
    let ours = || -> anyhow::Result<()> {
        let mut output = Vec::with_capacity(document.len() + 16 * 1024);
        pades::sign(&document, &parameters, &Held(key), &mut |_| Err("not at level B".into()), &AwsLc, &mut output)?;
        std::hint::black_box(&output);
        Ok(())
    };
    compare(operations, ours, || limit(key, document, &message))
}

/// CAdES signatures of detached content per second: ours, and the limit.
pub fn cades(key: &LocalKey, content: &[u8], operations: usize) -> anyhow::Result<(f64, f64)> {
    let parameters = CadesParameters::new(key.certificate.clone(), key.algorithm, AdesLevel::B, now());
    let message = cades::prepare(Content::Detached(&content), &parameters, &AwsLc)?.dtbs().to_vec();
    let ours = || -> anyhow::Result<()> {
        let mut output = Vec::with_capacity(8 * 1024);
        cades::sign(Content::Detached(&content), &parameters, &Held(key), &AwsLc, &mut output)?;
        std::hint::black_box(&output);
        Ok(())
    };
    compare(operations, ours, || limit(key, content, &message))
}

/// What no program can leave out.
fn limit(key: &LocalKey, content: &[u8], message: &[u8]) -> anyhow::Result<()> {
    std::hint::black_box(digest::digest(&digest::SHA256, content));
    let value = key.sign(message)?;
    AwsLc.verify(key.certificate.spki_der(), key.algorithm, message, &value).context("the limit does not verify")
}

/// A key at hand.
struct Held<'a>(&'a LocalKey);

impl Signer for Held<'_> {
    type Error = KeyError;

    fn sign(&self, _: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0.sign(message)
    }
}

/// Rates of two works, measured in turn.
fn compare(
    operations: usize,
    ours: impl Fn() -> anyhow::Result<()>,
    limit: impl Fn() -> anyhow::Result<()>,
) -> anyhow::Result<(f64, f64)> {
    let rate = |work: &dyn Fn() -> anyhow::Result<()>| -> anyhow::Result<f64> {
        let started = Instant::now();
        for _ in 0..operations {
            work()?;
        }
        Ok(operations as f64 / started.elapsed().as_secs_f64())
    };
    // Warm.
    rate(&ours)?;
    rate(&limit)?;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        first.push(rate(&ours)?);
        second.push(rate(&limit)?);
    }
    Ok((median(first), median(second)))
}
