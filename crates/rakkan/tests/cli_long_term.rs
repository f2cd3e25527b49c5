//! Levels B-LT and B-LTA from the command line: made, raised, renewed; and what is refused.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::signing::{Desk, Done};
use support::{Demo, shared, text_of};
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities};
use test_support::ca::CrlReason;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::pki::request::sign_request;
use test_support::random::SystemRandomness;
use tokio::runtime::Runtime;

/// Authorities with CRL and OCSP on this machine, a signer below them, a desk.
struct Ground {
    _runtime: Runtime,
    authorities: DevelopmentAuthorities,
    desk: Desk,
}

/// What every command needs to reach this machine's authorities.
const EVIDENCE: [&str; 4] = ["--trust", "root.pem", "--allow-host", "127.0.0.1"];

impl Ground {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let authorities = runtime.block_on(DevelopmentAuthorities::start(AuthoritySettings::default())).unwrap();
        let desk = Desk::new();
        let pem = |label, der: &[u8]| der::pem::encode_string(label, der::pem::LineEnding::LF, der).unwrap();
        desk.put("root.pem", pem("CERTIFICATE", authorities.root().certificate()).as_bytes());
        let file = desk.path("signer.der");
        let key = AuthorityKey::load_or_generate(&file, KeyKind::P256).unwrap();
        desk.put("signer.key", pem("PRIVATE KEY", &std::fs::read(&file).unwrap()).as_bytes());
        std::fs::remove_file(&file).unwrap();
        let subject = distinguished_name("青葉データ株式会社", "山田 花子").unwrap();
        let request = sign_request(&subject, &key).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let certificate = authorities.ca1().issue(&request, now, &SystemRandomness).unwrap();
        desk.put("signer.crt", pem("CERTIFICATE", &certificate).as_bytes());
        Self { _runtime: runtime, authorities, desk }
    }

    fn tsa(&self) -> &str {
        &self.authorities.addresses().tsas[0]
    }

    fn sign(&self, arguments: &[&str]) -> Done {
        let key = ["sign", "contract.pdf", "--key", "signer.key", "--cert", "signer.crt"];
        self.desk.run(&[&key[..], arguments].concat())
    }

    fn extend(&self, file: &str, level: &str, out: &str) -> Done {
        let arguments = ["extend", file, "--to", level, "--tsa", self.tsa(), "--out", out];
        self.desk.run(&[&arguments[..], &EVIDENCE].concat())
    }

    fn level(&self, file: &str) -> String {
        let report = self.desk.run(&["inspect", file, "--json"]).good().json();
        report["content"]["signatures"][0]["level"].as_str().unwrap_or("none").to_owned()
    }

    /// EU DSS, without any further evidence: format and indication of the first signature.
    fn dss(&self, file: &Path, content: Option<PathBuf>) -> Option<(String, String)> {
        let oracle = shared("tools/dss-oracle/dss-oracle", 1)?;
        let mut command = Command::new(oracle);
        command.arg("validate").arg(file).arg("--trust").arg(self.desk.path("root.pem"));
        if let Some(content) = content {
            command.arg("--detached").arg(content);
        }
        let answer: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
        let signature = &answer["signatures"][0];
        let text = |name: &str| signature[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        Some((text("format"), text("indication")))
    }
}

fn passed(format: &str) -> (String, String) {
    (format.to_owned(), "TOTAL_PASSED".to_owned())
}

#[test]
fn lt_and_lta_are_made_in_one_command_and_eu_dss_passes_them() {
    let ground = Ground::new();
    for (level, name, format) in [("b-lt", "B-LT", "PAdES-BASELINE-LT"), ("b-lta", "B-LTA", "PAdES-BASELINE-LTA")] {
        let out = format!("{level}.pdf");
        let report = ground
            .sign(&[&["--level", level, "--tsa", ground.tsa(), "--out", &out, "--json"][..], &EVIDENCE].concat())
            .good()
            .json();
        let added = &report["files"][0]["added"];
        assert_eq!(added["anchored"], true, "{report}");
        assert!(added["certificates"].as_u64() > Some(2) && added["ocsp"].as_u64() > Some(0), "{report}");
        assert_eq!(ground.level(&out), name);
        if let Some(verdict) = ground.dss(&ground.desk.path(&out), None) {
            assert_eq!(verdict, passed(format));
        }
    }
}

#[test]
fn a_signature_is_raised_step_by_step_and_renewed_and_its_bytes_stay() {
    let ground = Ground::new();
    ground.sign(&["--out", "b.pdf"]).good();
    let mut before = std::fs::read(ground.desk.path("b.pdf")).unwrap();
    for (from, to, out, name) in [
        ("b.pdf", "b-t", "t.pdf", "B-T"),
        ("t.pdf", "b-lt", "lt.pdf", "B-LT"),
        ("lt.pdf", "b-lta", "lta.pdf", "B-LTA"),
        ("lta.pdf", "b-lta", "renewed.pdf", "B-LTA"),
    ] {
        ground.extend(from, to, out).good();
        assert_eq!(ground.level(out), name, "{out}");
        let after = std::fs::read(ground.desk.path(out)).unwrap();
        assert!(after.starts_with(&before), "{out}");
        before = after;
    }
    if let Some(verdict) = ground.dss(&ground.desk.path("renewed.pdf"), None) {
        assert_eq!(verdict.1, "TOTAL_PASSED");
    }
}

#[test]
fn cades_reaches_lta_and_eu_dss_passes_it() {
    let ground = Ground::new();
    for (packaging, out) in [("detached", "c.p7s"), ("enveloping", "c.p7m")] {
        let options = ["--format", "cades", "--packaging", packaging, "--level", "b-lta", "--tsa", ground.tsa()];
        ground.sign(&[&options[..], &["--out", out], &EVIDENCE].concat()).good();
        let content = (packaging == "detached").then(|| ground.desk.path("contract.pdf"));
        if let Some(verdict) = ground.dss(&ground.desk.path(out), content) {
            assert_eq!(verdict, passed("CAdES-BASELINE-LTA"));
        }
    }
}

#[test]
fn evidence_that_cannot_be_had_ends_with_every_address_and_no_file() {
    let ground = Ground::new();
    // Addresses of this machine are not asked unless allowed.
    let options = ["--level", "b-lt", "--tsa", ground.tsa(), "--trust", "root.pem"];
    ground.sign(&options).failed(69, &["evidence is missing", "may not be reached", "127.0.0.1"]);
    ground.sign(&["--level", "b-lt"]).failed(64, &["--tsa"]);
    let before = ground.desk.names();
    ground.extend("contract.pdf", "b-lt", "x.pdf").failed(1, &["no signature"]);
    ground.sign(&["--out", "b.pdf"]).good();
    let mut bytes = std::fs::read(ground.desk.path("b.pdf")).unwrap();
    let at = bytes.windows(4).position(|word| word == b"/Typ").unwrap();
    bytes[at + 1] ^= 0x20;
    ground.desk.put("broken.pdf", &bytes);
    ground.extend("broken.pdf", "b-lta", "x.pdf").failed(1, &["broken"]);
    assert!(!ground.desk.path("x.pdf").exists() && before.iter().all(|name| !name.contains("signed")));
}

#[test]
fn a_revoked_signer_is_refused_at_lt() {
    let ground = Ground::new();
    let pem = std::fs::read(ground.desk.path("signer.crt")).unwrap();
    let (_, certificate) = der::pem::decode_vec(&pem).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(ground.authorities.ca1().revoke(&certificate, CrlReason::KeyCompromise, now - 60).unwrap());
    let options = ["--level", "b-lt", "--tsa", ground.tsa()];
    let done = ground.sign(&[&options[..], &EVIDENCE].concat());
    done.failed(1, &["revoked"]);
    assert!(!ground.desk.path("contract-signed.pdf").exists());
}

#[test]
fn encrypted_documents_are_signed_with_their_password_and_raised() {
    let ground = Ground::new();
    let mut qpdf = Command::new("qpdf");
    qpdf.args(["--encrypt", "open", "owner", "256", "--", "contract.pdf", "locked.pdf"]);
    text_of(qpdf.current_dir(ground.desk.path("")));
    ground.desk.put("pw", b"owner\n");
    ground.desk.put("wrong", b"raten\n");
    let key = ["--key", "signer.key", "--cert", "signer.crt"];
    let sign = |more: &[&str]| ground.desk.run(&[&["sign", "locked.pdf", "--out", "s.pdf"], &key[..], more].concat());
    sign(&[]).failed(77, &["encrypted", "password"]);
    sign(&["--document-password-file", "wrong"]).failed(77, &["password does not open"]);
    let options = ["--document-password-file", "pw", "--level", "b-lta", "--tsa", ground.tsa()];
    sign(&[&options[..], &EVIDENCE].concat()).good();
    let arguments = ["inspect", "s.pdf", "--document-password-file", "pw", "--json"];
    let report = ground.desk.run(&arguments).good().json();
    assert_eq!(report["content"]["signatures"][0]["level"], "B-LTA", "{report}");
    let text = text_of(Command::new("pdfsig").args(["-nocert", "-upw", "open"]).arg(ground.desk.path("s.pdf")));
    assert!(text.contains("Signature is Valid"), "{text}");
}

#[test]
fn the_demo_makes_every_level() {
    for (level, name) in [("b-b", "B"), ("b-lt", "LT"), ("b-lta", "LTA")] {
        let demo = Demo::run(&["--level", level]);
        assert_eq!(demo.report["level"], format!("PAdES-BASELINE-{name}"), "{}", demo.report);
        assert_eq!(demo.report["self_check"], true, "{}", demo.report);
    }
}
