//! Signing in one call gives what the steps give, and nothing that was not checked.

mod support;

use std::io::{self, Write};

use ades::AdesLevel;
use ades::crypto::{AwsLc, SignatureAlgorithm, Signer};
use ades::pades::{EmbedError, PrepareError, SignError, sign, timestamp_imprint, verify_signatures};
use ades::tsp::TimestampToken;
use support::pdf::{LAYOUTS, Layout, Pdf};
use support::{Bench, NOW, pki};

struct Key<'a>(&'a pki::Signer);

impl Signer for Key<'_> {
    type Error = io::Error;

    fn sign(&self, _: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, io::Error> {
        Ok(self.0.sign(message))
    }
}

struct BrokenKey;

impl Signer for BrokenKey {
    type Error = io::Error;

    fn sign(&self, _: SignatureAlgorithm, _: &[u8]) -> Result<Vec<u8>, io::Error> {
        Err(io::Error::other("the token was pulled out"))
    }
}

/// A medium with room for so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = bytes.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn no_stamp(_: &ades::tsp::Imprint) -> Result<TimestampToken, Box<dyn std::error::Error + Send + Sync>> {
    Err("no authority answers".into())
}

#[test]
fn one_call_gives_the_bytes_of_the_steps() {
    // RSA PKCS#1 v1.5 gives the same value each time.
    let bench = Bench::rsa();
    let parameters = bench.parameters(AdesLevel::B);
    for layout in LAYOUTS {
        let document = Pdf::plain().build(layout);
        let mut output = Vec::new();
        sign(&document, &parameters, &Key(&bench.signer), &mut no_stamp, &AwsLc, &mut output).unwrap();
        assert_eq!(output, bench.sign_with(&document, &parameters), "{layout:?}");
    }
}

#[test]
fn one_call_gets_a_time_stamp_where_the_level_has_one() {
    let bench = Bench::new();
    let document = Pdf::plain().build(Layout::Classic);
    let mut output = Vec::new();
    let mut asked = Vec::new();
    let mut stamp = |imprint: &ades::tsp::Imprint| {
        asked.push(imprint.clone());
        Ok(TimestampToken::from_der(&bench.tsa.token(imprint.digest(), None, NOW)).unwrap())
    };
    let parameters = bench.parameters(AdesLevel::T);
    sign(&document, &parameters, &Key(&bench.signer), &mut stamp, &AwsLc, &mut output).unwrap();
    let checks = verify_signatures(&output, &AwsLc).unwrap();
    assert!(checks[0].is_intact());
    assert_eq!(checks[0].timestamp.as_ref().unwrap().info.time, NOW);
    assert_eq!(asked, [timestamp_imprint(&checks[0].signature_value.clone().into())]);
}

#[test]
fn every_failure_says_where_it_was() {
    let bench = Bench::new();
    let document = Pdf::plain().build(Layout::Classic);
    let (b, t) = (bench.parameters(AdesLevel::B), bench.parameters(AdesLevel::T));
    let key = Key(&bench.signer);
    let mut out = Vec::new();

    let error = sign(&document, &b, &BrokenKey, &mut no_stamp, &AwsLc, &mut out).unwrap_err();
    assert!(matches!(error, SignError::Signer(_)), "{error}");
    let error = sign(&document, &t, &key, &mut no_stamp, &AwsLc, &mut out).unwrap_err();
    assert!(matches!(error, SignError::Timestamp(_)), "{error}");
    let error = sign(&b"no pdf".as_slice(), &b, &key, &mut no_stamp, &AwsLc, &mut out).unwrap_err();
    assert!(matches!(error, SignError::Prepare(PrepareError::InvalidDocument(_))), "{error}");
    assert!(out.is_empty(), "nothing is written before there is a signature");

    let other = Bench::new();
    let error = sign(&document, &b, &Key(&other.signer), &mut no_stamp, &AwsLc, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, SignError::Embed(EmbedError::SignatureDoesNotVerify(_))), "{error}");
    for room in [0, 10, document.len() - 1, document.len(), document.len() + 500] {
        let error = sign(&document, &b, &key, &mut no_stamp, &AwsLc, &mut Full(room)).unwrap_err();
        assert!(matches!(error, SignError::Embed(EmbedError::Write(_))), "{room}: {error}");
    }
}
