//! What the tests of this crate share: a small test PKI, PDFs in every form, and judges that are not ours.
#![allow(dead_code, reason = "each test file uses another part")]

pub mod cms;
pub mod der;
pub mod judges;
pub mod pdf;
pub mod pki;
pub mod stamp;

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pades::{SignatureParameters, SignatureValue, prepare, timestamp_imprint};
use ades::tsp::TimestampToken;
use pki::{Authority, Signer, Tsa};

/// 2026-01-02 03:04:05 UTC, within the validity of all test certificates.
pub const NOW: u64 = 1_767_323_045;

/// Everything that is needed to sign in a test.
pub struct Bench {
    pub authority: Authority,
    pub signer: Signer,
    pub tsa: Tsa,
}

impl Bench {
    pub fn new() -> Self {
        let authority = Authority::new("Test Root, NOT VALID");
        let signer = Signer::p256(&authority, "署名 花子");
        let tsa = Tsa::new(&authority);
        Self { authority, signer, tsa }
    }

    pub fn rsa() -> Self {
        let authority = Authority::new("Test Root, NOT VALID");
        let signer = Signer::rsa(&authority, "RSA Signer");
        let tsa = Tsa::new(&authority);
        Self { authority, signer, tsa }
    }

    pub fn parameters(&self, level: AdesLevel) -> SignatureParameters {
        SignatureParameters::new(self.signer.certificate(), self.signer.algorithm(), level, NOW)
            .with_chain(vec![self.authority.certificate()])
    }

    /// Token over a signature value.
    pub fn token(&self, value: &SignatureValue) -> TimestampToken {
        let imprint = timestamp_imprint(value);
        TimestampToken::from_der(&self.tsa.token(imprint.digest(), None, NOW + 1)).unwrap()
    }

    /// Signs at level B-T with the default parameters.
    pub fn sign(&self, document: &[u8]) -> Vec<u8> {
        self.sign_with(document, &self.parameters(AdesLevel::T))
    }

    pub fn sign_with(&self, document: &[u8], parameters: &SignatureParameters) -> Vec<u8> {
        let prepared = prepare(&document, parameters).unwrap_or_else(|error| panic!("{error}"));
        let value = SignatureValue::from(self.signer.sign(prepared.dtbs()));
        let token = (prepared.level() == AdesLevel::T).then(|| self.token(&value));
        let mut signed = Vec::new();
        prepared.embed(&document, &value, token.as_ref(), &AwsLc, &mut signed).unwrap();
        signed
    }
}

/// Folder of an external corpus, or `None` with one loud line. Missing is an error where everything must be there.
pub fn corpus(path: &str) -> Option<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora").join(path);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!in_ci(), "the corpus {path} is missing beside the checkout");
    // Not eprintln!: the test runner would swallow the line of a test that passes.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED 1 test over a corpus: {path} is not beside the checkout\n"),
    );
    None
}

/// Whether this is a machine on which every judge and corpus must be there.
#[allow(clippy::disallowed_methods, reason = "tests may look at their surroundings")]
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}
