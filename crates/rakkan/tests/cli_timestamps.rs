//! `rakkan sign --tsa`: level B-T with authorities that work, fail, lie or are silent.

mod support;

use std::process::Command;

use serde_json::Value;
use support::keys::keys;
use support::signing::{Desk, Done};
use support::{judge, text_of};
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities};
use test_support::tsa::TsaMode;
use tokio::runtime::Runtime;

/// Two authorities on this machine.
struct Ground {
    runtime: Runtime,
    authorities: DevelopmentAuthorities,
    desk: Desk,
}

impl Ground {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let authorities = runtime.block_on(DevelopmentAuthorities::start(AuthoritySettings::default())).unwrap();
        let desk = Desk::new();
        let root = authorities.root().certificate();
        let pem = der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, root).unwrap();
        desk.put("tsa-root.pem", pem.as_bytes());
        Self { runtime, authorities, desk }
    }

    fn tsa(&self, number: usize) -> &str {
        &self.authorities.addresses().tsas[number]
    }

    fn sign(&self, arguments: &[&str]) -> Done {
        self.desk.sign_with("p256", &[&["contract.pdf"], arguments].concat())
    }

    fn nothing_was_made(&self) {
        assert_eq!(self.desk.names(), ["contract.pdf", "tsa-root.pem"]);
    }
}

#[test]
fn a_time_stamp_is_in_the_file_and_judges_accept_it() {
    let ground = Ground::new();
    let report = ground.sign(&["--tsa", ground.tsa(0), "--tsa-root", "tsa-root.pem", "--json"]).good().json();
    let file = &report["files"][0];
    assert_eq!(file["level"], "B-T");
    assert!(file["timestamp"]["authority"].as_str().unwrap().contains("TSA"), "{file}");
    assert_eq!(file["timestamp"]["url"], ground.tsa(0));
    let signed = ground.desk.path("contract-signed.pdf");
    let mut command = judge("pyhanko_judge.py");
    command.arg(&signed).arg(keys().path("root.pem")).arg(ground.desk.path("tsa-root.pem"));
    let answer: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
    for yes in ["intact", "valid", "trusted", "timestamp_intact", "timestamp_valid", "timestamp_trusted"] {
        assert_eq!(answer[0][yes], true, "{yes}: {answer}");
    }
    assert!(text_of(Command::new("pdfsig").arg("-nocert").arg(&signed)).contains("Signature is Valid"));
}

#[test]
fn a_document_time_stamp_stands_alone_and_inspect_shows_it() {
    let ground = Ground::new();
    ground.desk.run(&["timestamp", "contract.pdf"]).failed(64, &["--tsa"]);
    let done = ground.desk.run(&["timestamp", "contract.pdf", "--tsa", ground.tsa(0), "--json"]).good().json();
    assert_eq!(done["files"][0]["output"], "contract-timestamped.pdf");
    let text = text_of(Command::new("pdfsig").arg("-nocert").arg(ground.desk.path("contract-timestamped.pdf")));
    assert!(text.contains("Rakkan Demo TSA 1") && text.contains("Total document signed"), "{text}");
    let report = ground.desk.run(&["inspect", "contract-timestamped.pdf", "--json"]).good().json();
    assert_eq!(report["content"]["signatures"][0]["kind"], "document time-stamp (ETSI.RFC3161)");
    assert_eq!(report["content"]["revisions"].as_array().unwrap().len(), 2);
}

#[test]
fn cades_carries_a_time_stamp_and_inspect_shows_it() {
    let ground = Ground::new();
    ground.sign(&["--format", "cades", "--tsa", ground.tsa(0)]).good();
    let arguments = ["inspect", "contract.pdf.p7s", "--content", "contract.pdf", "--json"];
    let report = ground.desk.run(&arguments).good().json();
    let signature = &report["content"]["signatures"][0];
    assert_eq!(signature["level"], "B-T");
    assert_eq!(signature["timestamps"][0]["intact"], true);
}

#[test]
fn without_a_root_any_sound_token_is_taken() {
    let ground = Ground::new();
    let done = ground.sign(&["--tsa", ground.tsa(0)]).good();
    assert!(done.out.contains("PAdES B-T") && done.out.contains("time-stamp"), "{done:?}");
}

#[test]
fn the_next_authority_is_asked_and_the_failed_one_is_told() {
    let ground = Ground::new();
    ground.authorities.tsa(1).set_mode(TsaMode::Unavailable);
    let options = ["--tsa", ground.tsa(0), "--tsa", ground.tsa(1), "--json"];
    let report = ground.sign(&options).good().json();
    let stamp = &report["files"][0]["timestamp"];
    assert_eq!(stamp["url"], ground.tsa(1));
    assert!(stamp["failed"][0].as_str().unwrap().contains("503"), "{stamp}");
}

#[test]
fn every_wrong_answer_of_an_authority_ends_with_its_reason_and_no_file() {
    let ground = Ground::new();
    for (mode, words) in [
        (TsaMode::Down, &[][..]),
        (TsaMode::Unavailable, &["503"]),
        (TsaMode::Slow, &["1000 ms"]),
        (TsaMode::Stalled, &["1000 ms"]),
        (TsaMode::WrongNonce, &["nonce"]),
        (TsaMode::WrongImprint, &[]),
        (TsaMode::WrongTime, &["outside the validity"]),
        (TsaMode::WrongSignature, &[]),
        (TsaMode::WrongPurpose, &[]),
        (TsaMode::Rejecting, &["refused"]),
        (TsaMode::Garbage, &[]),
        (TsaMode::Huge, &["larger"]),
    ] {
        ground.authorities.tsa(1).set_mode(mode);
        let done = ground.sign(&["--tsa", ground.tsa(0), "--tsa-timeout", "1"]);
        assert_eq!(done.status, Some(69), "{mode:?}: {done:?}");
        done.failed(69, words).failed(69, &["no time-stamp authority gave a usable token"]);
        ground.nothing_was_made();
    }
}

#[test]
fn an_authority_under_another_root_is_refused_where_a_root_is_named() {
    let ground = Ground::new();
    let other = keys().path("root.pem");
    ground.sign(&["--tsa", ground.tsa(0), "--tsa-root", other.to_str().unwrap()]).failed(69, &["root"]);
    ground.sign(&["--tsa", ground.tsa(0), "--tsa-root", "no.pem"]).failed(66, &["no.pem"]);
    ground.nothing_was_made();
}

#[test]
fn eu_dss_says_pades_baseline_b_and_t_total_passed() {
    let Some(oracle) = support::shared("tools/dss-oracle/dss-oracle", 2) else { return };
    let ground = Ground::new();
    ground.sign(&["--tsa", ground.tsa(0), "--out", "t.pdf"]).good();
    ground.sign(&["--out", "b.pdf"]).good();
    keys().openssl("ca -gencrl -config crl.cnf -cert root.pem -keyfile root.key -out root.crl", &[]);
    for (file, format) in [("b.pdf", "PAdES-BASELINE-B"), ("t.pdf", "PAdES-BASELINE-T")] {
        let mut command = Command::new(&oracle);
        command.arg("validate").arg(ground.desk.path(file)).arg("--trust").arg(keys().path("root.pem"));
        command.arg("--trust").arg(ground.desk.path("tsa-root.pem")).arg("--crl").arg(keys().path("root.crl"));
        // The chain and the revocation data of the time-stamp.
        for (option, der, name) in ground.tsa_evidence() {
            command.arg(option).arg(ground.desk.put(&name, &der));
        }
        let answer: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
        let signature = &answer["signatures"][0];
        assert_eq!(signature["format"], format, "{answer}");
        assert_eq!(signature["indication"], "TOTAL_PASSED", "{answer}");
    }
}

impl Ground {
    /// What the time-stamp's path needs: certificate of its CA, and revocation lists.
    fn tsa_evidence(&self) -> Vec<(&'static str, Vec<u8>, String)> {
        let addresses = self.authorities.addresses();
        let fetch = |url: &str| {
            let policy = connectors::http::HttpPolicy::with_loopback();
            let http = connectors::http::HttpClient::new(policy).unwrap();
            let request = connectors::http::HttpRequest::get(url);
            self.runtime.block_on(http.send_for_ok(request)).unwrap().body
        };
        vec![
            ("--intermediate", fetch(&addresses.tsa_ca.issuer_certificate), "tsa-ca.cer".into()),
            ("--crl", fetch(&addresses.tsa_ca.crl), "tsa-ca.crl".into()),
            ("--crl", fetch(&addresses.root.crl), "root-of-tsa.crl".into()),
        ]
    }
}
