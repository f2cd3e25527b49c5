//! Encrypted documents, made by another program: signed, extended and read with the right password, refused with a wrong one.
#![allow(clippy::disallowed_methods, reason = "judges read files")]

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::{
    Certification, DocumentTimestampParameters, FieldLock, PrepareError, PreparedPdf, SignatureEvidence,
    SignatureParameters, SignatureValue, ValidationDataOptions, VerifySignaturesError, add_validation_data, inspect,
    prepare, prepare_document_timestamp, verify_signatures, verify_signatures_with,
};
use ades::pdf::{OpenOptions, Password, PdfError};
use ades::tsp::TimestampToken;
use support::pdf::{Layout, Pdf};
use support::{Bench, NOW, judges};

/// How qpdf shall encrypt: key length and further options.
const SCHEMES: [(&str, &str, &[&str]); 8] = [
    ("RC4-40", "40", &[]),
    ("RC4-128", "128", &["--use-aes=n"]),
    ("RC4-128 by crypt filter", "128", &["--use-aes=n", "--force-V4"]),
    ("AES-128", "128", &["--use-aes=y"]),
    ("AES-128, metadata clear", "128", &["--use-aes=y", "--cleartext-metadata"]),
    ("AES-256 R5", "256", &["--force-R5"]),
    ("AES-256 R6", "256", &[]),
    ("AES-256 R6, metadata clear", "256", &["--cleartext-metadata"]),
];

fn encrypted(
    scheme: (&str, &str, &[&str]),
    user: &str,
    owner: &str,
    further: &[&str],
    packed: bool,
) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (plain, out) = (folder.path().join("plain.pdf"), folder.path().join("encrypted.pdf"));
    std::fs::write(&plain, Pdf::plain().build(Layout::Classic)).unwrap();
    let mut arguments = vec![if packed { "--object-streams=generate" } else { "--object-streams=disable" }];
    arguments.extend(["--allow-weak-crypto", "--static-id", "--encrypt", user, owner, scheme.1]);
    arguments.extend(scheme.2);
    arguments.extend(further);
    arguments.extend(["--", plain.to_str().unwrap(), out.to_str().unwrap()]);
    judges::qpdf_with(&arguments)?;
    Some(std::fs::read(out).unwrap())
}

fn options(password: &str) -> OpenOptions {
    OpenOptions { password: Some(Password::new(password)), ..OpenOptions::default() }
}

fn signed(bench: &Bench, document: &[u8], parameters: &SignatureParameters) -> Vec<u8> {
    let prepared = prepare(&document, parameters).unwrap_or_else(|error| panic!("{error}"));
    // The state is stored without the password.
    let prepared = PreparedPdf::from_bytes(&prepared.to_bytes()).unwrap();
    let value = SignatureValue::from(bench.signer.sign(prepared.dtbs()));
    let token = bench.token(&value);
    let mut output = Vec::new();
    prepared.embed(&document, &value, Some(&token), &AwsLc, &mut output).unwrap_or_else(|error| panic!("{error}"));
    assert!(output.starts_with(document));
    output
}

fn raised(bench: &Bench, document: &[u8], password: &str) -> Vec<u8> {
    let evidence = SignatureEvidence {
        field: Some("Signature1".into()),
        crls: vec![support::der::seq(&[&support::der::octets(b"a list of revoked certificates")])],
        ..SignatureEvidence::default()
    };
    let options = ValidationDataOptions::default().with_password(Password::new(password));
    let update = add_validation_data(&document, std::slice::from_ref(&evidence), &options)
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(!update.as_bytes().windows(16).any(|window| window == b"a list of revoke"), "the store is encrypted");
    let lt = [document, update.as_bytes()].concat();
    let again = add_validation_data(&lt, &[evidence], &options).unwrap();
    assert!(again.as_bytes().is_empty(), "what is stored encrypted is recognised");
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256).with_password(Password::new(password));
    let prepared = prepare_document_timestamp(&lt, &parameters).unwrap();
    let token = bench.tsa.token(prepared.imprint().unwrap().digest(), None, NOW + 9);
    let mut lta = Vec::new();
    prepared.embed(&lt, &TimestampToken::from_der(&token).unwrap(), &AwsLc, &mut lta).unwrap();
    lta
}

/// Another program decrypts the file without complaint, and we find the same in what it wrote.
fn judge(document: &[u8], password: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (path, plain) = (folder.path().join("signed.pdf"), folder.path().join("plain.pdf"));
    std::fs::write(&path, document).unwrap();
    let password = format!("--password={password}");
    judges::qpdf_with(&[&password, "--check", path.to_str().unwrap()]).unwrap();
    judges::qpdf_with(&[&password, "--decrypt", path.to_str().unwrap(), plain.to_str().unwrap()]).unwrap();
    let read = inspect(&std::fs::read(&plain).unwrap(), OpenOptions::default(), &AwsLc).unwrap();
    assert!(!read.facts.is_encrypted);
    let reasons: Vec<_> = read.signatures.iter().map(|one| one.check.reason.as_deref()).collect();
    assert!(reasons.contains(&Some("契約 (contract)")), "{reasons:?}");
    assert!(read.validation_data.unwrap().crls[0].ends_with(b"a list of revoked certificates"));
}

#[test]
fn every_encryption_is_signed_and_raised_to_every_level_with_either_password() {
    let bench = Bench::new();
    let parameters = bench.parameters(AdesLevel::T).with_reason("契約 (contract)").with_location("Tokyo");
    for scheme in SCHEMES {
        for packed in [false, true] {
            let Some(document) = encrypted(scheme, "pässword", "the owner's", &[], packed) else { return };
            for password in ["pässword", "the owner's"] {
                let parameters = parameters.clone().with_password(Password::new(password));
                let t = signed(&bench, &document, &parameters);
                assert!(!t[document.len()..].windows(5).any(|window| window == b"Tokyo"), "strings are encrypted");
                let lta = raised(&bench, &t, password);
                let found = inspect(&lta, options(password), &AwsLc).unwrap();
                assert!(found.facts.is_encrypted);
                assert_eq!(found.signatures[0].level, Some(AdesLevel::Lta), "{} {password}", scheme.0);
                assert_eq!(found.signatures[0].check.reason.as_deref(), Some("契約 (contract)"));
                assert_eq!(found.signatures[0].check.claimed_time, Some(NOW));
                assert!(found.signatures.iter().all(|one| one.check.is_intact()));
                judge(&lta, password);
            }
        }
    }
}

#[test]
fn a_wrong_password_and_a_missing_one_are_told_apart() {
    let bench = Bench::new();
    for scheme in SCHEMES {
        let Some(document) = encrypted(scheme, "user", "owner", &[], false) else { return };
        let parameters = bench.parameters(AdesLevel::B);
        let missing = prepare(&document, &parameters);
        assert!(matches!(missing, Err(PrepareError::InvalidDocument(PdfError::PasswordRequired))), "{}", scheme.0);
        for wrong in ["", "User", "user ", "契約", "owne"] {
            let outcome = prepare(&document, &parameters.clone().with_password(Password::new(wrong)));
            assert!(
                matches!(outcome, Err(PrepareError::InvalidDocument(PdfError::WrongPassword))),
                "{} {wrong:?}",
                scheme.0
            );
        }
        let unread = verify_signatures(&document, &AwsLc);
        assert!(matches!(unread, Err(VerifySignaturesError::InvalidDocument(PdfError::PasswordRequired))));
        assert!(verify_signatures_with(&document, &options("user"), &AwsLc).unwrap().is_empty());
    }
}

#[test]
fn documents_that_open_without_a_password_are_signed_without_one() {
    let bench = Bench::new();
    for scheme in SCHEMES {
        let Some(document) = encrypted(scheme, "", "owner", &[], true) else { return };
        let output = signed(&bench, &document, &bench.parameters(AdesLevel::T));
        let checks = verify_signatures(&output, &AwsLc).unwrap();
        assert!(checks[0].is_intact() && checks[0].covers_whole_file, "{}", scheme.0);
        assert_eq!(checks[0].field, "Signature1");
    }
}

#[test]
fn permissions_hold_for_the_reader_and_not_for_the_owner() {
    let bench = Bench::new();
    let forbidden: [&[&str]; 3] =
        [&["--annotate=n"], &["--modify=none", "--annotate=n"], &["--modify=none", "--form=n"]];
    for scheme in &SCHEMES[1..] {
        for options in &forbidden[..if scheme.1 == "40" { 1 } else { 2 }] {
            let options: Vec<&str> =
                if options.contains(&"--modify=none") { vec!["--modify=none"] } else { options.to_vec() };
            let Some(document) = encrypted(*scheme, "", "owner", &options, false) else { return };
            let parameters = bench.parameters(AdesLevel::B);
            let outcome = prepare(&document, &parameters);
            assert!(matches!(outcome, Err(PrepareError::NotPermitted)), "{} {options:?}", scheme.0);
            assert!(prepare(&document, &parameters.with_password(Password::new("owner"))).is_ok());
            let stamp = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
            assert!(matches!(prepare_document_timestamp(&document, &stamp), Err(PrepareError::NotPermitted)));
        }
    }
}

#[test]
fn certification_and_locks_are_read_in_encrypted_documents() {
    let bench = Bench::new();
    for scheme in SCHEMES {
        let Some(document) = encrypted(scheme, "user", "owner", &[], true) else { return };
        let parameters = bench
            .parameters(AdesLevel::T)
            .with_password(Password::new("owner"))
            .certifying(Certification::FormFilling)
            .locking(FieldLock::Include(vec!["Signature2".into()]));
        let once = signed(&bench, &document, &parameters);
        let found = inspect(&once, options("user"), &AwsLc).unwrap();
        assert_eq!(found.facts.certification, Some(Certification::FormFilling));
        let again = prepare(&once, &bench.parameters(AdesLevel::T).with_password(Password::new("owner")));
        assert!(matches!(again, Err(PrepareError::FieldLocked { .. })), "{}", scheme.0);
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let bench = Bench::new();
    for scheme in SCHEMES {
        let Some(document) = encrypted(scheme, "user", "owner", &[], false) else { return };
        let parameters = bench.parameters(AdesLevel::B).with_reason("x").with_password(Password::new("user"));
        assert_eq!(prepare(&document, &parameters).unwrap(), prepare(&document, &parameters).unwrap());
    }
}

#[test]
fn a_password_is_never_shown() {
    let password = Password::new("secret");
    assert_eq!(format!("{password:?}"), "Password(..)");
    assert!(!format!("{:?}", OpenOptions { password: Some(password), ..OpenOptions::default() }).contains("secret"));
}
