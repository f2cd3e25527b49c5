//! Notes against the vectors of the reference implementation (golang.org/x/mod/sumdb/note), and every way to spoil one.

use super::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use proptest::prelude::*;

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_PRIVATE: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn peters_pair() -> Ed25519KeyPair {
    let typed = Base64::decode_vec(PETER_PRIVATE).unwrap();
    Ed25519KeyPair::from_seed_unchecked(&typed[1..]).unwrap()
}

fn note(lines: &[&str]) -> String {
    format!("{TEXT}\n{}", lines.concat())
}

#[test]
fn a_verifier_key_reads_back_and_its_id_is_recomputed() {
    let pair = peters_pair();
    let made = VerifierKey::new(KeyName::new("PeterNeumann").unwrap(), pair.public_key().as_ref().try_into().unwrap());
    assert_eq!(made.to_string(), PETER);
    assert_eq!(key(PETER), made);
    assert_eq!(made.id().to_string(), "c74f20a3");
}

#[test]
fn any_part_and_any_changed_byte_of_a_verifier_key_is_refused() {
    for start in 0..PETER.len() {
        for end in start + 1..=PETER.len() {
            if (start, end) != (0, PETER.len()) {
                assert!(PETER[start..end].parse::<VerifierKey>().is_err(), "{}", &PETER[start..end]);
            }
        }
    }
    for at in 0..PETER.len() {
        let mut bytes = PETER.as_bytes().to_vec();
        bytes[at] += 1;
        assert!(String::from_utf8(bytes).unwrap().parse::<VerifierKey>().is_err(), "byte {at}");
    }
    let refused = [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ];
    for text in refused {
        assert!(text.parse::<VerifierKey>().is_err(), "{text}");
    }
}

#[test]
fn signing_gives_the_reference_implementations_bytes() {
    let pair = peters_pair();
    let sign = |message: &[u8]| <[u8; 64]>::try_from(pair.sign(message).as_ref());
    let signed = SignedNote::sign(TEXT.to_owned(), &key(PETER), sign).unwrap();
    assert_eq!(signed.to_string(), note(&[PETER_LINE]));
}

#[test]
fn a_text_that_no_note_can_have_is_not_signed() {
    for text in ["", "no newline", "tab\there\n", "return\r\n", "nul\0\n"] {
        let result = SignedNote::sign(text.to_owned(), &key(PETER), |_| -> Result<[u8; 64], ()> {
            panic!("must not be signed")
        });
        assert_eq!(result, Err(SignError::Note(InvalidNote::Text)), "{text:?}");
    }
}

#[test]
fn a_signers_failure_is_passed_on() {
    let result = SignedNote::sign(TEXT.to_owned(), &key(PETER), |_| Err("token gone"));
    assert_eq!(result, Err(SignError::Signer("token gone")));
}

#[test]
fn a_note_with_a_known_and_an_unknown_signature_verifies() {
    let signed = SignedNote::parse(note(&[PETER_LINE, ENOCH_LINE]).as_bytes()).unwrap();
    assert_eq!(signed.verify(&[&key(PETER)]), Ok(TEXT));
    assert_eq!(signed.verify(&[&key(ENOCH)]), Ok(TEXT));
    assert_eq!(signed.verify(&[&key(PETER), &key(ENOCH)]), Ok(TEXT));
    assert_eq!(signed.verify(&[]), Err(NoteVerificationError::NoKnownKey));
    assert_eq!(signed.signatures().len(), 2);
}

#[test]
fn one_wrong_signature_of_a_known_key_spoils_the_note() {
    let forged = PETER_LINE.replace("SffcvIAQ", "SffcvIAR");
    let signed = SignedNote::parse(note(&[&forged, ENOCH_LINE]).as_bytes()).unwrap();
    let peter = KeyName::new("PeterNeumann").unwrap();
    assert_eq!(signed.verify(&[&key(PETER), &key(ENOCH)]), Err(NoteVerificationError::BadSignature(peter)));
    assert_eq!(signed.verify(&[&key(ENOCH)]), Ok(TEXT));
}

#[test]
fn a_signature_with_the_right_name_or_id_only_is_ignored() {
    let other_name = PETER_LINE.replace("PeterNeumann", "CarmenSandiego");
    let other_id = PETER_LINE.replace("x08g", "xxxx");
    for line in [other_name, other_id] {
        let signed = SignedNote::parse(note(&[&line]).as_bytes()).unwrap();
        assert_eq!(signed.verify(&[&key(PETER)]), Err(NoteVerificationError::NoKnownKey));
    }
}

#[test]
fn blank_lines_belong_to_the_text_up_to_the_last_one() {
    let pair = peters_pair();
    let text = "one\n\ntwo\n".to_owned();
    let signed = SignedNote::sign(text.clone(), &key(PETER), |m| <[u8; 64]>::try_from(pair.sign(m).as_ref())).unwrap();
    let read = SignedNote::parse(signed.to_string().as_bytes()).unwrap();
    assert_eq!(read.verify(&[&key(PETER)]), Ok(text.as_str()));
}

#[test]
fn malformed_notes_are_refused() {
    let cut = |line: &str| line[..line.len() - 1].to_owned();
    let refused: Vec<Vec<u8>> = vec![
        TEXT.into(),
        format!("{TEXT}\n").into(),
        format!("{TEXT}\n\n").into(),
        cut(&note(&[PETER_LINE])).into(),
        format!("\u{1}{}", note(&[PETER_LINE])).into(),
        [&b"\xff"[..], note(&[PETER_LINE]).as_bytes()].concat(),
        note(&[PETER_LINE, "Unexpected line.\n"]).into(),
        note(&["— Bad Name x08go/ZJ\n"]).into(),
        note(&["— Bad+Name x08go/ZJ\n"]).into(),
        note(&["— Bad\u{a0}Name x08go/ZJ\n"]).into(),
        note(&["— NoSignature x08gow==\n"]).into(),
        note(&["-- PeterNeumann x08go/ZJ\n"]).into(),
        note(&["— PeterNeumann x08go/ZJ \n"]).into(),
        note(&["— PeterNeumann x08go_ZJ\n"]).into(),
        note(&[PETER_LINE]).replace('\n', "\r\n").into(),
        note(&vec![PETER_LINE; MAX_SIGNATURES + 1]).into(),
        format!("{}\n{}", "x".repeat(MAX_LENGTH), note(&[PETER_LINE])).into(),
    ];
    for bytes in refused {
        assert!(SignedNote::parse(&bytes).is_err(), "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)]));
    }
    assert!(SignedNote::parse(note(&[PETER_LINE; MAX_SIGNATURES]).as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn a_changed_byte_never_verifies(at in 0..TEXT.len() + 1 + PETER_LINE.len(), to: u8) {
        let mut bytes = note(&[PETER_LINE]).into_bytes();
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        if let Ok(signed) = SignedNote::parse(&bytes) {
            prop_assert!(signed.verify(&[&key(PETER)]).is_err());
        }
    }

    #[test]
    fn whatever_is_read_writes_back_to_the_same_bytes(bytes in "[a-z\n]{0,12}\n\n(— [a-z]{0,3} [A-D]{4,12}=?\n){0,3}") {
        if let Ok(signed) = SignedNote::parse(bytes.as_bytes()) {
            prop_assert_eq!(signed.to_string(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
        let _ = SignedNote::parse(&bytes);
    }
}
