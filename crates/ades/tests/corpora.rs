//! Documents and time-stamps of others, read where they lie: nothing may panic, and nothing may take long.
#![allow(clippy::disallowed_methods, reason = "corpora are files, and time is what is tested")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::appearance::{Appearance, Area, Corner, TextBlock};
use ades::pades::{
    DocumentTimestampParameters, Inspection, OpenOptions, PrepareError, PreparedPdf, SignatureCheck, SignatureEvidence,
    SignatureProblem, SignatureValue, ValidationDataOptions, VerifySignaturesError, add_validation_data, inspect,
    prepare, prepare_document_timestamp, verify_signatures,
};
use ades::pdf::{FileSource, PdfError};
use ades::tsp::{TimestampRequest, TimestampResponse, TimestampToken, TspError};
use ades::x509::Certificate;
use support::{Bench, corpus};

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
    state.embed(document, &value, Some(&token), &AwsLc, &mut signed).unwrap();
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
                let own = checks.iter().find(|check| check.covers_whole_file).expect("our signature covers the file");
                assert!(own.is_intact(), "{}: {:?}", path.display(), own.problem);
                signed += 1;
                "signed".to_owned()
            }
            Err(PrepareError::InvalidDocument(error)) => kind(&error),
            Err(PrepareError::NotPermitted) => "NotPermitted".to_owned(),
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
    println!("{} documents: {outcomes:?}; slowest {:?} {}", all.len(), slowest.0, slowest.1.display());
    assert!(all.len() > 800);
    assert!(slowest.0 < Duration::from_secs(10), "{slowest:?}");
    assert!(signed * 10 > all.len() * 8, "at least eight of ten documents are good enough to be signed");
}

/// What can be told of a signature without looking at what follows it.
fn unchanging(check: &SignatureCheck) -> String {
    format!(
        "{} {:?} {:?} {} {} {:?}",
        check.field, check.kind, check.byte_range, check.digest_ok, check.signature_ok, check.problem
    )
}

/// Validation data and a document time-stamp behind what others signed. With ADES_KEEP_RAISED=FOLDER the files are kept, for other judges.
#[test]
fn documents_that_others_signed_are_raised_and_their_signatures_stay_as_they_were() {
    let bench = Bench::new();
    let keep = std::env::var_os("ADES_KEEP_RAISED").map(PathBuf::from);
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut raised = 0;
    for folder in ["dss", "dss-made", "siva-test", "pyhanko-gen"] {
        let Some(root) = corpus(folder) else { return };
        for path in files(&root, "pdf") {
            let original = std::fs::read(&path).unwrap();
            let before = match inspect(&original, OpenOptions::default(), &AwsLc) {
                Ok(before) if !before.signatures.is_empty() => before,
                Ok(_) => continue,
                Err(VerifySignaturesError::InvalidDocument(error)) => {
                    *outcomes.entry(kind(&error)).or_default() += 1;
                    continue;
                }
                Err(error) => panic!("{}: {error}", path.display()),
            };
            let evidence: Vec<SignatureEvidence> = before
                .signatures
                .iter()
                .filter(|one| one.vri_key.is_some())
                .map(|one| SignatureEvidence {
                    field: Some(one.check.field.clone()),
                    certificates: one.check.certificates.clone(),
                    ..SignatureEvidence::default()
                })
                .collect();
            let update = match add_validation_data(&original, &evidence, &ValidationDataOptions::default()) {
                Ok(update) => update,
                Err(error) => panic!("{}: {error}", path.display()),
            };
            let lt = [original.as_slice(), update.as_bytes()].concat();
            let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
            let prepared = match prepare_document_timestamp(&lt, &parameters) {
                Ok(prepared) => prepared,
                Err(PrepareError::NotPermitted) => {
                    *outcomes.entry("NotPermitted".to_owned()).or_default() += 1;
                    continue;
                }
                Err(error) => panic!("{}: {error}", path.display()),
            };
            let token = bench.tsa.token(prepared.imprint().unwrap().digest(), None, support::NOW);
            let mut lta = Vec::new();
            let token = TimestampToken::from_der(&token).unwrap();
            prepared.embed(&lt, &token, &AwsLc, &mut lta).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let after = inspect(&lta, OpenOptions::default(), &AwsLc).unwrap();
            assert_eq!(after.signatures.len(), before.signatures.len() + 1, "{}", path.display());
            let mut checks: Vec<_> = after.signatures.iter().map(|one| unchanging(&one.check)).collect();
            // What was intact stays so; what was not, because the end of the file is missing, may fail otherwise.
            let intact =
                |inspection: &Inspection| inspection.signatures.iter().filter(|one| one.check.is_intact()).count();
            assert_eq!(intact(&after), intact(&before) + 1, "{}", path.display());
            for one in before.signatures.iter().filter(|one| one.check.is_intact()) {
                let known = unchanging(&one.check);
                let place = checks.iter().position(|check| *check == known);
                assert!(place.is_some(), "{}: {known} is not among {checks:?}", path.display());
                checks.remove(place.unwrap());
            }
            let own = after.signatures.iter().find(|one| one.check.covers_whole_file).unwrap();
            assert!(own.check.is_intact(), "{}", path.display());
            for one in &after.signatures {
                assert!(one.level != Some(AdesLevel::B), "{}: a time-stamp covers it now", path.display());
            }
            raised += 1;
            *outcomes.entry("raised".to_owned()).or_default() += 1;
            if let Some(keep) = &keep {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('/', "_");
                std::fs::write(keep.join(format!("{folder}_{name}")), &lta).unwrap();
                std::fs::write(keep.join(format!("{folder}_{name}.original")), &original).unwrap();
            }
        }
    }
    println!("{outcomes:?}");
    if let Some(keep) = &keep {
        std::fs::write(keep.join("root.der"), bench.authority.der()).unwrap();
    }
    assert!(raised >= 40, "{outcomes:?}");
}

#[test]
fn what_can_be_signed_at_all_can_be_signed_visibly() {
    let bench = Bench::new();
    let (mut seen, mut refused) = (0, BTreeMap::<String, usize>::new());
    for folder in ["pdf-robust/pdfjs", "dss"] {
        let Some(folder) = corpus(folder) else { return };
        for path in files(&folder, "pdf") {
            let document = FileSource::new(std::fs::File::open(&path).unwrap()).unwrap();
            let plain = bench.parameters(AdesLevel::T);
            if prepare(&document, &plain).is_err() {
                continue;
            }
            let area = Area { corner: Corner::TopRight, x: 2.0, y: 2.0, width: 25.0, height: 10.0 };
            let look = Appearance::at(area)
                .with_text(TextBlock::new("署名", support::stamp::font()))
                .with_image(support::stamp::quarters());
            match prepare(&document, &plain.with_appearance(look)) {
                Ok(state) => {
                    let bytes = embedded(&bench, &document, &state);
                    let checks = verify_signatures(&bytes, &AwsLc).unwrap();
                    let own = checks.iter().find(|check| check.covers_whole_file).expect("it covers the file");
                    assert!(own.is_intact(), "{}: {:?}", path.display(), own.problem);
                    seen += 1;
                }
                Err(PrepareError::Appearance(error)) => *refused.entry(error.to_string()).or_default() += 1,
                Err(other) => panic!("{}: {other}", path.display()),
            }
        }
    }
    println!("{seen} signed visibly; refused: {refused:#?}");
    assert!(seen > 700 && refused.values().sum::<usize>() * 20 < seen, "{seen} {refused:#?}");
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
    for (folder, least) in [("pdf-attacks", 20), ("pyhanko-gen", 100), ("dss", 50), ("dss-made", 10), ("siva-test", 10)]
    {
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

/// Cases of a corpus with their expectations.
fn expectations(folder: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read(folder.join("expectations.json")).unwrap();
    let all: serde_json::Value = serde_json::from_slice(&text).unwrap();
    all["cases"].as_array().unwrap().clone()
}

#[test]
fn attacks_never_look_like_an_intact_signature_over_the_whole_file() {
    let Some(folder) = corpus("pdf-attacks") else { return };
    let (mut attacks, mut controls) = (0, 0);
    for case in expectations(&folder) {
        let path = case["path"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(path)).unwrap();
        let checks = verify_signatures(&bytes, &AwsLc).unwrap_or_default();
        if case["expected"]["must_not_pass"] == true {
            attacks += 1;
            let passes = !checks.is_empty() && checks.iter().all(|check| check.is_intact() && check.covers_whole_file);
            assert!(!passes, "{path} passes");
        } else if case["expected"]["signature_count"] == 0 {
            assert!(checks.is_empty(), "{path} has no signature");
            controls += 1;
        }
    }
    assert!(attacks >= 15 && controls >= 5, "{attacks} attacks, {controls} controls");
}

#[test]
fn another_programs_verdicts_on_integrity_are_ours() {
    let Some(folder) = corpus("pyhanko-gen") else { return };
    let (mut good, mut bad, mut undecided) = (0, 0, 0);
    for case in expectations(&folder) {
        let (Some(intact), Some(valid)) = (case["intact"].as_bool(), case["valid"].as_bool()) else {
            continue;
        };
        let (path, field) = (case["path"].as_str().unwrap(), case["field"].as_str().unwrap());
        let bytes = std::fs::read(folder.join(path)).unwrap();
        // Encrypted, or with a damaged cross-reference table that is not repaired here.
        let Ok(checks) = verify_signatures(&bytes, &AwsLc) else {
            undecided += 1;
            continue;
        };
        let Some(check) = checks.iter().find(|check| check.field == field) else {
            assert!(!(intact && valid), "{path} {field} is not found");
            undecided += 1;
            continue;
        };
        // A gap that is larger than the value is no integrity for us, whatever the digest says.
        if !(intact && valid) || case["coverage"] == "UNCLEAR" {
            assert!(!check.is_intact(), "{path} {field} must not be intact");
            bad += 1;
        } else if matches!(
            check.problem,
            // SHA-1; no signed attributes; an ETSI signature without the signed reference, which is no format of ETSI.
            Some(
                SignatureProblem::UnsupportedAlgorithm
                    | SignatureProblem::UnsupportedKind
                    | SignatureProblem::CertificateReference
            )
        ) {
            undecided += 1;
        } else {
            assert!(check.is_intact(), "{path} {field}: {:?}", check.problem);
            let whole = case["coverage"] == "ENTIRE_FILE";
            assert!(check.covers_whole_file || !whole, "{path} {field} covers the file");
            good += 1;
        }
    }
    println!("{good} intact, {bad} not, {undecided} undecided");
    assert!(good > 120 && undecided < 20, "{good} intact, {bad} not, {undecided} undecided");
}

#[test]
fn odd_certificates_are_read_or_refused() {
    let Some(folder) = corpus("zlint-certs") else { return };
    let (mut read, mut refused) = (0, 0);
    for path in files(&folder, "pem").into_iter().chain(files(&folder, "crt")).chain(files(&folder, "der")) {
        let bytes = std::fs::read(path).unwrap();
        let Some(der) = from_pem(&bytes) else { continue };
        match Certificate::from_der(&der) {
            Ok(certificate) => {
                read += 1;
                let _ = (certificate.subject().to_string(), certificate.issuer().to_string(), certificate.key_kind());
            }
            Err(_) => refused += 1,
        }
    }
    println!("{read} certificates read, {refused} refused");
    assert!(read > 1_000);
}

fn from_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    use der::Decode;
    let start = bytes.windows(27).position(|window| window == b"-----BEGIN CERTIFICATE-----")?;
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
    assert!(matches!(other, Err(TspError::WrongImprint | TspError::WrongNonce)), "{other:?}");

    // "hello" under three digests.
    for name in ["sha256", "sha384", "sha512"] {
        let response = token(&format!("sigstage/response-{name}.tsr"));
        let token = response.unchecked_token().unwrap();
        token.require_imprint_of(b"hello").unwrap();
        token.verify(&[], &AwsLc).unwrap();
        assert_eq!(token.require_imprint_of(b"hullo"), Err(TspError::WrongImprint));
    }
    let invalid = token("sigstage/response-invalid-signature.tsr");
    assert!(matches!(invalid.unchecked_token().unwrap().verify(&[], &AwsLc), Err(TspError::BadSignature(_))));

    // Without a certificate inside it takes one from outside.
    let bare = token("sigstage/response-no-embedded-cert.tsr");
    let bare = bare.unchecked_token().unwrap();
    assert_eq!(bare.verify(&[], &AwsLc), Err(TspError::NoCertificate));
    let outside = chain(&folder.join("sigstage/ts_chain.pem"));
    assert!(bare.verify(&outside, &AwsLc).is_ok());
}
