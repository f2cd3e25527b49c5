//! Documents and time-stamps of others, read where they lie: nothing may panic, and nothing may take long.
#![allow(clippy::disallowed_methods, reason = "corpora are files, and time is what is tested")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pades::{PrepareError, PreparedPdf, SignatureValue, prepare, verify_signatures};
use ades::pdf::{FileSource, PdfError};
use ades::tsp::{TimestampRequest, TimestampResponse, TspError};
use ades::x509::Certificate;
use common::{Bench, corpus};

/// Files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn kind(error: &PdfError) -> String {
    let debug = format!("{error:?}");
    debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

fn embedded(bench: &Bench, document: &FileSource, state: &PreparedPdf) -> Vec<u8> {
    let value = SignatureValue::from(bench.signer.sign(state.dtbs()));
    let token = bench.token(&value);
    let mut signed = Vec::new();
    state
        .embed(document, &value, Some(&token), &AwsLc, &mut signed)
        .unwrap();
    signed
}

#[test]
fn robustness_corpus_is_signed_or_refused_in_bounded_time() {
    let Some(folder) = corpus("pdf-robust/pdfjs") else {
        return;
    };
    let bench = Bench::new();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut slowest = (Duration::ZERO, PathBuf::new());
    let mut signed = 0;
    let all = files(&folder, "pdf");
    for path in &all {
        let started = Instant::now();
        let document = FileSource::new(std::fs::File::open(path).unwrap()).unwrap();
        let outcome = match prepare(&document, &bench.parameters(AdesLevel::T)) {
            Ok(state) => {
                let bytes = embedded(&bench, &document, &state);
                let checks = verify_signatures(&bytes, &AwsLc).unwrap();
                let own = checks
                    .iter()
                    .find(|check| check.covers_whole_file)
                    .expect("our signature covers the file");
                assert!(own.is_intact(), "{}: {:?}", path.display(), own.problem);
                signed += 1;
                "signed".to_owned()
            }
            Err(PrepareError::InvalidDocument(error)) => kind(&error),
            Err(other) => panic!("{}: {other}", path.display()),
        };
        if std::env::var_os("ADES_LIST_OUTCOMES").is_some() {
            println!("{outcome} {}", path.display());
        }
        *outcomes.entry(outcome).or_default() += 1;
        let took = started.elapsed();
        if took > slowest.0 {
            slowest = (took, path.clone());
        }
    }
    println!(
        "{} documents: {outcomes:?}; slowest {:?} {}",
        all.len(),
        slowest.0,
        slowest.1.display()
    );
    assert!(all.len() > 800);
    assert!(slowest.0 < Duration::from_secs(10), "{slowest:?}");
    assert!(
        signed * 10 > all.len() * 8,
        "at least eight of ten documents are good enough to be signed"
    );
}

#[test]
fn signatures_of_others_are_verified() {
    let Some(folder) = corpus("pki-lab") else { return };
    for (name, signatures) in [("out1.pdf", 1), ("out2.pdf", 1), ("out3.pdf", 1), ("out4.pdf", 2)] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let checks = verify_signatures(&bytes, &AwsLc).unwrap();
        assert_eq!(checks.len(), signatures, "{name}");
        for check in checks {
            assert!(check.is_intact(), "{name} {}: {:?}", check.field, check.problem);
        }
    }
}

#[test]
fn attacks_and_oddities_never_make_verification_panic() {
    for (folder, least) in [
        ("pdf-attacks", 20),
        ("pyhanko-gen", 100),
        ("dss", 50),
        ("dss-made", 10),
        ("siva-test", 10),
    ] {
        let Some(folder) = corpus(folder) else { continue };
        let all = files(&folder, "pdf");
        assert!(all.len() >= least, "{}: {}", folder.display(), all.len());
        for path in all {
            let started = Instant::now();
            let bytes = std::fs::read(&path).unwrap();
            let outcome = verify_signatures(&bytes, &AwsLc);
            if std::env::var_os("ADES_LIST_OUTCOMES").is_some() {
                match outcome {
                    Ok(checks) => {
                        let found: Vec<_> = checks
                            .iter()
                            .map(|check| (&check.field, check.covers_whole_file, &check.problem))
                            .collect();
                        println!("{} {found:?}", path.display());
                    }
                    Err(error) => println!("{} {error}", path.display()),
                }
            }
            assert!(started.elapsed() < Duration::from_secs(10), "{}", path.display());
        }
    }
}

#[test]
fn odd_certificates_are_read_or_refused() {
    let Some(folder) = corpus("zlint-certs") else { return };
    let (mut read, mut refused) = (0, 0);
    for path in files(&folder, "pem")
        .into_iter()
        .chain(files(&folder, "crt"))
        .chain(files(&folder, "der"))
    {
        let bytes = std::fs::read(path).unwrap();
        let Some(der) = from_pem(&bytes) else { continue };
        match Certificate::from_der(&der) {
            Ok(certificate) => {
                read += 1;
                let _ = (
                    certificate.subject().to_string(),
                    certificate.issuer().to_string(),
                    certificate.key_kind(),
                );
            }
            Err(_) => refused += 1,
        }
    }
    println!("{read} certificates read, {refused} refused");
    assert!(read > 1_000);
}

fn from_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    use der::Decode;
    let start = bytes
        .windows(27)
        .position(|window| window == b"-----BEGIN CERTIFICATE-----")?;
    let (_, der) = der::pem::decode_vec(&bytes[start..]).ok()?;
    // Only what is one element at least.
    der::AnyRef::from_der(&der).ok()?;
    Some(der)
}

fn chain(path: &Path) -> Vec<Certificate> {
    let text = std::fs::read_to_string(path).unwrap();
    text.split_inclusive("-----END CERTIFICATE-----")
        .filter_map(|block| from_pem(block.as_bytes()))
        .map(|der| Certificate::from_der(&der).unwrap())
        .collect()
}

#[test]
fn time_stamp_answers_of_others_are_judged_as_expected() {
    let Some(folder) = corpus("rfc3161-client/fixtures") else {
        return;
    };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let token = |name: &str| TimestampResponse::from_der(&read(name)).unwrap();
    let request = |name: &str| TimestampRequest::from_der(&read(name)).unwrap();

    // A good answer to its own request, and not to another one.
    let own = request("test_tsa/request.der");
    let good = token("test_tsa/response.tsr").into_token(&own, &AwsLc).unwrap();
    assert_eq!(good.info().imprint, *own.imprint());
    let other = token("test_tsa/other_response.tsr").into_token(&own, &AwsLc);
    assert!(
        matches!(other, Err(TspError::WrongImprint | TspError::WrongNonce)),
        "{other:?}"
    );

    // "hello" under three digests.
    for name in ["sha256", "sha384", "sha512"] {
        let response = token(&format!("sigstage/response-{name}.tsr"));
        let token = response.unchecked_token().unwrap();
        token.require_imprint_of(b"hello").unwrap();
        token.verify(&[], &AwsLc).unwrap();
        assert_eq!(token.require_imprint_of(b"hullo"), Err(TspError::WrongImprint));
    }
    let invalid = token("sigstage/response-invalid-signature.tsr");
    assert!(matches!(
        invalid.unchecked_token().unwrap().verify(&[], &AwsLc),
        Err(TspError::BadSignature(_))
    ));

    // Without a certificate inside it takes one from outside.
    let bare = token("sigstage/response-no-embedded-cert.tsr");
    let bare = bare.unchecked_token().unwrap();
    assert_eq!(bare.verify(&[], &AwsLc), Err(TspError::NoCertificate));
    let outside = chain(&folder.join("sigstage/ts_chain.pem"));
    assert!(bare.verify(&outside, &AwsLc).is_ok());
}
