//! Signatures in memory, on one thread, with a key that is parsed; each round of ours beside a round of the limit.

use std::time::Instant;

use ades::AdesLevel;
use ades::crypto::{AwsLc, CryptoProvider};
use ades::pades::{SignatureParameters, SignatureValue, prepare};
use anyhow::Context;
use aws_lc_rs::digest;

use super::median;
use crate::key::LocalKey;
use crate::moment::now;

/// Rounds, ours and the limit in turn; the middle one counts.
const ROUNDS: usize = 7;

/// Signatures per second: ours, and the limit.
pub fn pades(key: &LocalKey, document: &[u8], operations: usize) -> anyhow::Result<(f64, f64)> {
    let parameters = SignatureParameters::new(key.certificate.clone(), key.algorithm, AdesLevel::B, now());
    // What the limit signs is as long as what a signature signs.
    let message = prepare(&document, &parameters)?.dtbs().to_vec();
    let ours = || -> anyhow::Result<()> {
        let prepared = prepare(&document, &parameters)?;
        let value = SignatureValue::from(key.sign(prepared.dtbs())?);
        let mut output = Vec::with_capacity(usize::try_from(prepared.signed_len())?);
        prepared.embed(&document, &value, None, &AwsLc, &mut output)?;
        std::hint::black_box(&output);
        Ok(())
    };
    let limit = || -> anyhow::Result<()> {
        std::hint::black_box(digest::digest(&digest::SHA256, document));
        let value = key.sign(&message)?;
        AwsLc.verify(key.certificate.spki_der(), key.algorithm, &message, &value).context("the limit does not verify")
    };
    compare(operations, ours, limit)
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
