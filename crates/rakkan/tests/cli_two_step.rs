//! `rakkan prepare`, `rakkan finish` and `rakkan inspect`: a key that is elsewhere, and what is in the file then.

mod support;

use std::process::Command;

use base64ct::Encoding as _;
use support::keys::{contract, keys};
use support::signing::{Desk, Done};
use support::text_of;

/// Prepares the contract for the key of a kind and signs the digest with openssl.
fn prepared(desk: &Desk, kind: &str, more: &[&str]) -> serde_json::Value {
    let mut command =
        desk.command(&["prepare", "contract.pdf", "--hash-out", "hash.bin", "--data-out", "data.bin", "--json"]);
    command.arg("--cert").arg(keys().path(&format!("{kind}.crt"))).args(more);
    let report = Done::from(command.output().unwrap()).good().json();
    let digest = report["digest"].as_str().unwrap().to_lowercase().replace('-', "");
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-sign", "-in", "hash.bin", "-out", "value.bin", "-pkeyopt", &format!("digest:{digest}")]);
    openssl.arg("-inkey").arg(keys().path(&format!("{kind}.key"))).current_dir(desk.path(""));
    text_of(&mut openssl);
    report
}

fn finish(desk: &Desk, more: &[&str]) -> Done {
    desk.run(&[&["finish", "contract.pdf.prepared", "value.bin", "--document", "contract.pdf"], more].concat())
}

#[test]
fn a_key_elsewhere_signs_the_digest_and_pdfsig_accepts_the_file() {
    for kind in ["rsa2048", "p256", "p384", "p521"] {
        let desk = Desk::new();
        let report = prepared(&desk, kind, &["--reason", "from afar"]);
        assert_eq!(report["version"], 1);
        let data = std::fs::read(desk.path("data.bin")).unwrap();
        let digest = report["digest"].as_str().unwrap().to_lowercase().replace('-', "");
        let by_openssl = text_of(
            Command::new("openssl").args(["dgst", &format!("-{digest}"), "-r", "data.bin"]).current_dir(desk.path("")),
        );
        assert_eq!(by_openssl.split(' ').next(), report["hash"].as_str());
        assert!(data.len() < 1000);
        finish(&desk, &["--out", "signed.pdf"]).good();
        let text = text_of(Command::new("pdfsig").arg("-nocert").arg(desk.path("signed.pdf")));
        assert!(text.contains("Signature is Valid") && text.contains("Total document signed"), "{text}");
    }
}

#[test]
fn a_key_elsewhere_signs_any_file_with_cades() {
    let desk = Desk::new();
    prepared(&desk, "p256", &["--format", "cades"]);
    finish(&desk, &[]).good();
    let mut openssl = Command::new("openssl");
    openssl.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null", "-in"]);
    openssl.args(["contract.pdf.p7s", "-content", "contract.pdf", "-CAfile"]).arg(keys().path("root.pem"));
    assert!(openssl.current_dir(desk.path("")).output().unwrap().status.success());
}

#[test]
fn finishing_twice_gives_the_same_bytes_and_base64_is_taken_too() {
    let desk = Desk::new();
    prepared(&desk, "p256", &[]);
    finish(&desk, &["--out", "one.pdf"]).good();
    let value = std::fs::read(desk.path("value.bin")).unwrap();
    desk.put("value.bin", base64ct::Base64::encode_string(&value).as_bytes());
    finish(&desk, &["--out", "two.pdf"]).good();
    assert_eq!(std::fs::read(desk.path("one.pdf")).unwrap(), std::fs::read(desk.path("two.pdf")).unwrap());
}

#[test]
fn another_document_or_value_or_state_is_refused() {
    let desk = Desk::new();
    prepared(&desk, "p256", &[]);
    let mut other = std::fs::read(contract()).unwrap();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    desk.put("other.pdf", &other);
    let arguments = ["finish", "contract.pdf.prepared", "value.bin", "--document", "other.pdf", "--out", "x.pdf"];
    desk.run(&arguments).failed(1, &["not the document that was prepared"]);
    let value = std::fs::read(desk.path("value.bin")).unwrap();
    let mut wrong = value.clone();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    desk.put("value.bin", &wrong);
    finish(&desk, &["--out", "x.pdf"]).failed(1, &["does not verify"]);
    desk.put("value.bin", &value);
    finish(&desk, &["--out", "x.pdf", "--tsa", "http://127.0.0.1:9"]).failed(64, &["without a time-stamp"]);
    desk.put("contract.pdf.prepared", b"RKPD\x09");
    finish(&desk, &["--out", "x.pdf"]).failed(65, &["not a prepared document", "version 9"]);
    desk.put("contract.pdf.prepared", b"nonsense");
    finish(&desk, &["--out", "x.pdf"]).failed(65, &["not a prepared document"]);
    assert!(!desk.path("x.pdf").exists());
}

#[test]
fn the_prepared_state_is_small_and_is_not_overwritten() {
    let desk = Desk::new();
    prepared(&desk, "p256", &[]);
    let state = std::fs::metadata(desk.path("contract.pdf.prepared")).unwrap().len();
    assert!(state < 20_000, "{state} bytes");
    let mut command = desk.command(&["prepare", "contract.pdf", "--cert"]);
    Done::from(command.arg(keys().path("p256.crt")).output().unwrap())
        .failed(73, &["contract.pdf.prepared", "--force"]);
}

#[test]
fn inspect_shows_signatures_and_what_they_cover() {
    let desk = Desk::new();
    desk.sign_with("p256", &["contract.pdf", "--field", "First", "--reason", "one\u{1b}[2Jtwo", "--out", "one.pdf"])
        .good();
    desk.sign_with("rsa2048", &["one.pdf", "--out", "two.pdf"]).good();
    let text = desk.run(&["inspect", "two.pdf"]).good().out;
    for words in [
        "signature First",
        "signature Signature1",
        "山田 花子",
        "were appended later",
        "the whole file",
        "revision 1",
        "level B-B",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains('\u{1b}'), "a document steers the terminal");
    let report = desk.run(&["inspect", "two.pdf", "--json"]).good().json();
    assert_eq!((&report["version"], &report["intact"]), (&1.into(), &true.into()));
    let signatures = report["content"]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2);
    assert_eq!(signatures.iter().filter(|one| one["covers_whole_file"] == true).count(), 1);
}

#[test]
fn inspect_tells_what_is_broken_or_absent() {
    let desk = Desk::new();
    assert!(desk.run(&["inspect", "contract.pdf"]).good().out.contains("no signatures"));
    desk.sign_with("p256", &["contract.pdf", "--out", "one.pdf"]).good();
    let mut bytes = std::fs::read(desk.path("one.pdf")).unwrap();
    let at = bytes.windows(4).position(|word| word == b"/Typ").unwrap();
    bytes[at + 1] ^= 0x20;
    desk.put("broken.pdf", &bytes);
    let done = desk.run(&["inspect", "broken.pdf"]);
    assert_eq!(done.status, Some(1), "{done:?}");
    assert!(done.out.contains("NO"), "{done:?}");
    desk.run(&["inspect", "none.pdf"]).failed(66, &["none.pdf"]);
    desk.put("text.pdf", b"hello");
    desk.run(&["inspect", "text.pdf"]).failed(65, &["not a PDF"]);
}
