//! How long signing a PDF takes, beside what no program can do without: SHA-256 over it, one signature, one verification.
//!
//! `cargo run --release -p ades --example sign_speed [FILE.pdf [OUT.pdf]]`
#![allow(clippy::disallowed_methods, reason = "time and files are what this is about")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use ades::AdesLevel;
use ades::crypto::{AwsLc, CryptoProvider, DigestAlgorithm, SignatureAlgorithm, Signer};
use ades::pades::{SignatureEvidence, ValidationDataOptions, add_validation_data, sign};
use ades::pdf::FileSource;
use support::Bench;
use support::pdf::{Layout, Pdf};

struct Key<'a>(&'a support::pki::Signer);

impl Signer for Key<'_> {
    type Error = std::io::Error;

    fn sign(&self, _: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Self::Error> {
        Ok(self.0.sign(message))
    }
}

fn median(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    times.sort();
    times[rounds / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, input, output] = arguments.as_slice() {
        return file_to_file(input, output);
    }
    let mut pdf = Pdf::plain();
    let filling = "0 0 m 595 842 l S ".repeat(5_500);
    pdf.set(5, &format!("<< /Length {} >>\nstream\n{filling}\nendstream", filling.len()));
    let document = match arguments.get(1) {
        Some(path) => std::fs::read(path).unwrap(),
        None => pdf.build(Layout::Classic),
    };
    println!("{} bytes", document.len());
    for (name, bench) in [("P-256", Bench::new()), ("RSA-2048", Bench::rsa())] {
        let parameters = bench.parameters(AdesLevel::B);
        let certificate = bench.signer.certificate();
        let algorithm = bench.signer.algorithm();
        let message = vec![7_u8; 200];
        let value = bench.signer.sign(&message);
        let hash = median(400, || drop(black_box(DigestAlgorithm::Sha256.digest(&document))));
        let make = median(400, || drop(black_box(bench.signer.sign(&message))));
        let check = median(400, || AwsLc.verify(certificate.spki_der(), algorithm, &message, &value).unwrap());
        let hash_lc = median(400, || {
            black_box(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &document));
        });
        let mut output = Vec::new();
        let all = median(400, || {
            output.clear();
            let stamp = &mut |_: &_| Err("not at level B".into());
            sign(&document, &parameters, &Key(&bench.signer), stamp, &AwsLc, &mut output).unwrap();
            black_box(&output);
        });
        let prepared = median(400, || {
            black_box(ades::pades::prepare(&document, &parameters).unwrap());
        });
        let limit = hash.min(hash_lc) + make + check;
        println!(
            "{name}: all {all:?} (prepare {prepared:?}); limit {limit:?} = SHA-256 {hash_lc:?} (in Rust {hash:?}) + sign {make:?} + verify \
             {check:?}; {:.0} % of the limit",
            100.0 * limit.as_secs_f64() / all.as_secs_f64()
        );
    }
    let bench = Bench::new();
    let t = bench.sign(&document);
    let evidence = SignatureEvidence {
        field: Some("Signature1".into()),
        certificates: vec![bench.authority.der().to_vec(), bench.tsa.certificate.clone()],
        crls: vec![support::der::seq(&[&support::der::octets(&[7; 20_000])])],
        ocsp: vec![support::der::seq(&[&support::der::octets(&[8; 1_500])])],
    };
    let raise = median(400, || {
        let update = add_validation_data(&t, std::slice::from_ref(&evidence), &ValidationDataOptions::default());
        black_box(update.unwrap());
    });
    println!("B-T to B-LT: {raise:?}");
}

fn file_to_file(input: &str, output: &str) {
    let bench = Bench::new();
    let started = Instant::now();
    let document = FileSource::new(std::fs::File::open(input).unwrap()).unwrap();
    let mut out = std::fs::File::create(output).unwrap();
    let stamp = &mut |_: &_| Err("not at level B".into());
    let parameters = bench.parameters(AdesLevel::B);
    sign(&document, &parameters, &Key(&bench.signer), stamp, &AwsLc, &mut out).unwrap();
    println!("{:?}", started.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}
