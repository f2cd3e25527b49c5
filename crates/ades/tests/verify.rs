//! Verification tells what is wrong with a signature, and is not fooled.

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, CryptoProvider, SignatureAlgorithm, VerifyError};
use ades::pades::{SignatureCheck, SignatureKind, SignatureProblem, verify_signatures};
use ades::tsp::TspError;
use proptest::prelude::*;
use support::Bench;
use support::pdf::{Layout, Pdf};

fn signed(level: AdesLevel) -> Vec<u8> {
    let bench = Bench::new();
    bench.sign_with(&Pdf::plain().build(Layout::Classic), &bench.parameters(level))
}

fn only(document: &[u8]) -> SignatureCheck {
    let mut checks = verify_signatures(&document, &AwsLc).unwrap();
    assert_eq!(checks.len(), 1);
    checks.remove(0)
}

fn find(document: &[u8], text: &str) -> usize {
    document.windows(text.len()).position(|window| window == text.as_bytes()).expect("text in the document")
}

fn flipped(document: &[u8], at: usize) -> Vec<u8> {
    let mut altered = document.to_vec();
    altered[at] ^= 1;
    altered
}

/// The document with other numbers in ByteRange, in the same width.
fn with_byte_range(document: &[u8], numbers: &str) -> Vec<u8> {
    let start = find(document, "/ByteRange [") + 12;
    let end = start + document[start..].iter().position(|byte| *byte == b']').unwrap();
    let padded = format!("{numbers:width$}", width = end - start);
    [&document[..start], padded.as_bytes(), &document[end..]].concat()
}

#[test]
fn an_altered_document_is_noticed_wherever_it_was_altered() {
    let document = signed(AdesLevel::T);
    let range = only(&document).byte_range.unwrap();
    let behind = range.second_start as usize;
    let time = behind + find(&document[behind..], "(D:2026") + 6;
    for at in [10, find(&document, "Contract") + 1, time] {
        let check = only(&flipped(&document, at));
        assert!(!check.digest_ok && !check.is_intact());
        assert_eq!(check.problem, Some(SignatureProblem::DigestMismatch));
        assert!(check.signature_ok, "the value is still that of the signer");
    }
}

#[test]
fn no_altered_hexadecimal_digit_of_the_signature_passes() {
    let document = signed(AdesLevel::B);
    let check = only(&document);
    let start = check.byte_range.unwrap().first_len as usize + 1;
    // Verification does not rest on the certificate of the issuer, nor on versions and the list of digest algorithms.
    let root = Bench::new().authority.der().len();
    let mut unnoticed = 0;
    for at in (start..start + 2 * check.cms.len()).step_by(2) {
        let mut altered = document.clone();
        altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
        unnoticed += usize::from(only(&altered).is_intact());
    }
    assert!(unnoticed <= root + 40, "{unnoticed} of {} bytes", check.cms.len());
}

#[test]
fn what_was_appended_later_is_seen() {
    let document = signed(AdesLevel::T);
    assert!(only(&document).covers_whole_file);
    let check = only(&[document, b"\n% more\n".to_vec()].concat());
    assert!(check.is_intact() && !check.covers_whole_file);
}

#[test]
fn a_byte_range_with_another_gap_is_refused() {
    let document = signed(AdesLevel::B);
    let range = only(&document).byte_range.unwrap();
    let (first, second, length, all) = (range.first_len, range.second_start, range.second_len, document.len() as u64);
    for numbers in [
        format!("0 {} {second} {length}", first - 1),
        format!("0 {} {second} {length}", first + 1),
        format!("0 {first} {} {}", second + 1, length - 1),
        format!("0 {first} {second} {}", length + 1),
        format!("1 {} {second} {length}", first - 1),
        format!("0 {first} {first} {}", all - first),
        format!("0 {all} {second} 0"),
        format!("0 {first} {second}"),
        format!("0 {first} {second} -1"),
        format!("0 {first} {second} 9223372036854775807"),
        String::new(),
    ] {
        let check = only(&with_byte_range(&document, &numbers));
        assert!(matches!(check.problem, Some(SignatureProblem::ByteRange(_))), "{numbers}: {:?}", check.problem);
        assert!(!check.digest_ok && !check.signature_ok);
    }
    // Shorter than the file is allowed, but then it does not cover it and the digest is another one.
    let check = only(&with_byte_range(&document, &format!("0 {first} {second} {}", length - 1)));
    assert!(!check.covers_whole_file);
    assert_eq!(check.problem, Some(SignatureProblem::DigestMismatch));
}

#[test]
fn white_space_in_the_signature_value_is_refused() {
    let document = signed(AdesLevel::B);
    let start = only(&document).byte_range.unwrap().first_len as usize;
    let mut altered = document;
    altered.splice(start + 1..start + 3, *b" \n");
    assert!(matches!(only(&altered).problem, Some(SignatureProblem::ByteRange(_))));
}

#[test]
fn bytes_hidden_in_the_padding_are_refused() {
    let document = signed(AdesLevel::T);
    let end = only(&document).byte_range.unwrap().second_start as usize;
    let check = only(&flipped(&document, end - 2));
    assert!(matches!(check.problem, Some(SignatureProblem::Malformed(_))), "{:?}", check.problem);
}

#[test]
fn other_kinds_of_signature_are_named() {
    let document = signed(AdesLevel::B);
    let at = find(&document, "ETSI.CAdES.detached");
    let mut altered = document.clone();
    altered.splice(at..at + 19, *b"adbe.x509.rsa_sha1 ");
    let check = only(&altered);
    assert_eq!(check.kind, SignatureKind::Unsupported("adbe.x509.rsa_sha1".to_owned()));
    assert_eq!(check.problem, Some(SignatureProblem::UnsupportedKind));
    let mut altered = document;
    altered.splice(at..at + 19, *b"adbe.pkcs7.detached");
    assert_eq!(only(&altered).kind, SignatureKind::Pkcs7Detached);
}

#[test]
fn a_time_stamp_over_another_value_is_noticed() {
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    let first = bench.sign(&original);
    let second = bench.sign(&original);
    let (first_check, second_check) = (only(&first), only(&second));
    // The token of the second signature in place of that of the first; both have the same length or are skipped.
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let own = hexadecimal(first_check.timestamp.as_ref().unwrap().token.der());
    let mut other = second_check.timestamp.unwrap().token.der().to_vec();
    for _ in 0..1_000 {
        if other.len() * 2 == own.len() {
            break;
        }
        other = only(&bench.sign(&original)).timestamp.unwrap().token.der().to_vec();
    }
    let at = find(&first, &own);
    let mut altered = first;
    altered.splice(at..at + own.len(), hexadecimal(&other).into_bytes());
    let check = only(&altered);
    assert!(check.digest_ok && check.signature_ok && !check.is_intact());
    assert_eq!(check.problem, Some(SignatureProblem::Timestamp(TspError::WrongImprint)));
}

#[test]
fn a_provider_that_says_no_is_heard() {
    struct No;
    impl CryptoProvider for No {
        fn verify(&self, _: &[u8], _: SignatureAlgorithm, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
            Err(VerifyError::Mismatch)
        }
    }
    let checks = verify_signatures(&signed(AdesLevel::T), &No).unwrap();
    assert_eq!(checks[0].problem, Some(SignatureProblem::SignatureMismatch(VerifyError::Mismatch)));
    assert!(checks[0].timestamp.as_ref().unwrap().result.is_err());
}

#[test]
fn the_certificate_is_readable() {
    let bench = Bench::new();
    let check = only(&bench.sign(&Pdf::plain().build(Layout::Classic)));
    let certificate = check.signing_certificate.unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=署名 花子,C=JP");
    assert_eq!(certificate.issuer().common_name().as_deref(), Some("Test Root, NOT VALID"));
    assert_eq!(certificate.issuer().to_string(), "CN=Test Root\\, NOT VALID,C=JP");
    assert_eq!(certificate.serial_hex(), "fedcba9876543210");
    assert_eq!(certificate.crl_urls(), ["http://ca.test/crl"]);
    assert_eq!(certificate.ocsp_urls(), ["http://ca.test/ocsp"]);
    assert_eq!(certificate.ca_issuers_urls(), ["http://ca.test/ca.cer"]);
    assert_eq!((certificate.not_before(), certificate.not_after()), (1_704_067_200, 2_461_449_600));
    let root = bench.authority.certificate();
    assert!(root.is_ca() && root.is_self_issued() && root.may_sign_certificates());
    assert_eq!(certificate.verify_issued_by(&root, &AwsLc), Ok(()));
    assert_eq!(root.verify_issued_by(&certificate, &AwsLc), Err(VerifyError::Mismatch));
    let impostor = Bench::new().authority.certificate();
    assert_eq!(certificate.verify_issued_by(&impostor, &AwsLc), Err(VerifyError::Mismatch));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn documents_with_changed_bytes_never_panic_and_never_stay_intact(changes in proptest::collection::vec((0_usize..100_000, any::<u8>()), 1..6)) {
        static SIGNED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let document = SIGNED.get_or_init(|| signed(AdesLevel::B));
        let range = only(document).byte_range.unwrap();
        let mut altered = document.clone();
        for (at, byte) in changes {
            let at = at % altered.len();
            altered[at] = byte;
        }
        let covered = |bytes: &[u8]| [&bytes[..range.first_len as usize], &bytes[range.second_start as usize..]].concat();
        if covered(&altered) != covered(document) {
            for check in verify_signatures(&altered, &AwsLc).unwrap_or_default() {
                prop_assert!(!check.is_intact());
            }
        }
    }
}
