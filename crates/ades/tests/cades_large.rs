//! A large file is signed detached and verified in memory that does not grow with it. Alone in its program, because the whole program is
//! measured.
#![allow(clippy::disallowed_methods, reason = "the test measures itself")]

mod support;

use std::io;

use ades::AdesLevel;
use ades::cades::{self, Content, prepare};
use ades::crypto::AwsLc;
use ades::pdf::Source;
use support::Bench;
use support::cms::{finish, parameters, to_lt, to_lta};

/// Zeros that are nowhere.
struct Zeros(u64);

impl Source for Zeros {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.0 - offset).unwrap().min(buffer.len());
        buffer[..count].fill(0);
        Ok(count)
    }
}

/// Counts what is written and keeps nothing.
struct Counter(u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Most memory this program ever had, in kilobytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_file_of_200_megabytes_is_signed_and_raised_in_flat_memory() {
    // Larger by hand: ADES_LARGE_MEGABYTES=2048.
    let megabytes = std::env::var("ADES_LARGE_MEGABYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_u64);
    let bench = Bench::new();
    let file = Zeros(megabytes * 1024 * 1024);
    let before = peak();
    let prepared = prepare(Content::Detached(&file), &parameters(&bench, &bench.signer, AdesLevel::T), &AwsLc).unwrap();
    let (value, token) = finish(&bench, &bench.signer, &prepared);
    let mut signature = Vec::new();
    prepared.embed(Content::Detached(&file), &value, token.as_ref(), &AwsLc, &mut signature).unwrap();
    let raised = to_lta(&bench, &to_lt(&bench, &signature, Some(&file)), Some(&file), 0, support::NOW + 60);
    assert!(cades::verify(&raised, Some(&file), &AwsLc).unwrap()[0].is_intact());

    let prepared =
        prepare(Content::Enveloping(&file), &parameters(&bench, &bench.signer, AdesLevel::B), &AwsLc).unwrap();
    let (value, _) = finish(&bench, &bench.signer, &prepared);
    let mut counter = Counter(0);
    prepared.embed(Content::Enveloping(&file), &value, None, &AwsLc, &mut counter).unwrap();
    assert!(counter.0 > file.0 && counter.0 < file.0 + 10_000);
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("{megabytes} MB: peak memory grew by {} kB", after - before);
        assert!(after - before < 4 * 1024, "peak memory grew by {} kB", after - before);
    }
}
