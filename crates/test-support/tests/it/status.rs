//! Revocation as OpenSSL sees it: lists and OCSP answers. RFC 5280, RFC 6960.

use crate::judge::{Bench, NOW, http, name};
use base64ct::{Base64, Encoding};
use std::path::PathBuf;
use test_support::ca::CrlReason;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::pki::request::sign_request;
use test_support::random::SystemRandomness;

const AT: &str = "1800000001";

struct Signer {
    der: Vec<u8>,
    pem: PathBuf,
}

impl Bench {
    fn signer(&self, file: &str) -> Signer {
        let key = AuthorityKey::generate(KeyKind::P256).unwrap();
        let request = sign_request(&distinguished_name("O", file).unwrap(), &key).unwrap();
        let der = self.authorities.ca1().issue(&request, NOW, &SystemRandomness).unwrap();
        self.write_pem("root.pem", "CERTIFICATE", &[self.authorities.root().certificate()]);
        self.write_pem("ca1.pem", "CERTIFICATE", &[self.authorities.ca1().certificate()]);
        Signer { pem: self.write_pem(file, "CERTIFICATE", &[&der]), der }
    }

    async fn fetch_lists(&self) {
        let addresses = self.authorities.addresses();
        let mut lists = Vec::new();
        for url in [&addresses.root.crl, &addresses.ca1.crl] {
            lists.push(http("GET", url, &[], b"").await.unwrap().body);
        }
        self.write("ca1.crl", &lists[1]);
        self.write_pem("lists.pem", "X509 CRL", &lists.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }

    fn verify(&self, signer: &Signer) -> crate::judge::Verdict {
        self.openssl(&[
            "verify",
            "-attime",
            AT,
            "-x509_strict",
            "-crl_check_all",
            "-CRLfile",
            "lists.pem",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "ca1.pem",
            name(&signer.pem),
        ])
    }

    // `openssl ocsp` compares with the machine's time whatever -attime says; the period makes room for the fixed clock.
    fn ask(&self, signer: &Signer, more: &[&str]) -> crate::judge::Verdict {
        let url = &self.authorities.addresses().ca1.ocsp;
        let arguments = [
            "ocsp",
            "-issuer",
            "ca1.pem",
            "-cert",
            name(&signer.pem),
            "-CAfile",
            "root.pem",
            "-attime",
            AT,
            "-validity_period",
            "999999999",
            "-url",
            url,
        ];
        self.openssl(&[&arguments[..], more].concat())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn openssl_accepts_the_lists_and_sees_a_revocation() {
    let bench = Bench::new().await;
    let (kept, revoked) = (bench.signer("kept.pem"), bench.signer("revoked.pem"));
    bench.fetch_lists().await;
    bench.verify(&kept).accepts("OK");
    bench.verify(&revoked).accepts("OK");
    assert!(bench.authorities.ca1().revoke(&revoked.der, CrlReason::KeyCompromise, NOW).unwrap());
    bench.fetch_lists().await;
    bench.verify(&kept).accepts("OK");
    bench.verify(&revoked).refuses("certificate revoked");
    bench
        .openssl(&["crl", "-inform", "DER", "-in", "ca1.crl", "-CAfile", "ca1.pem", "-noout", "-text"])
        .accepts("Key Compromise");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn openssl_accepts_the_ocsp_answers_and_their_nonce() {
    let bench = Bench::new().await;
    let (kept, revoked) = (bench.signer("kept.pem"), bench.signer("revoked.pem"));
    bench.authorities.ca1().revoke(&revoked.der, CrlReason::Superseded, NOW).unwrap();
    for hash in ["-sha1", "-sha256"] {
        let url = &bench.authorities.addresses().ca1.ocsp;
        let verdict = bench.openssl(&[
            "ocsp",
            hash,
            "-issuer",
            "ca1.pem",
            "-cert",
            "kept.pem",
            "-CAfile",
            "root.pem",
            "-attime",
            AT,
            "-validity_period",
            "999999999",
            "-url",
            url,
        ]);
        verdict.accepts("kept.pem: good");
        verdict.accepts("Response verify OK");
        assert!(!verdict.text().contains("no nonce"), "{}", verdict.text());
    }
    bench.ask(&kept, &["-resp_text"]).accepts("OCSP No Check");
    let verdict = bench.ask(&revoked, &[]);
    verdict.accepts("revoked.pem: revoked");
    verdict.accepts("Reason: superseded");
    bench.ask(&kept, &["-serial", "0x1234"]).accepts("0x1234: unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_ocsp_request_in_a_get_gets_the_same_answer() {
    let bench = Bench::new().await;
    let signer = bench.signer("kept.pem");
    let encoded = |request: &[u8]| Base64::encode_string(request).replace('+', "%2B").replace('=', "%3D");
    bench
        .openssl(&["ocsp", "-issuer", "ca1.pem", "-cert", name(&signer.pem), "-no_nonce", "-reqout", "q.der"])
        .accepts("");
    let request = std::fs::read(bench.path("q.der")).unwrap();
    let url = format!("{}/{}", bench.authorities.addresses().ca1.ocsp, encoded(&request));
    let answer = http("GET", &url, &[], b"").await.unwrap();
    assert!(answer.headers.contains("application/ocsp-response"), "{}", answer.headers);
    bench.write("a.der", &answer.body);
    bench
        .openssl(&[
            "ocsp",
            "-respin",
            "a.der",
            "-issuer",
            "ca1.pem",
            "-cert",
            "kept.pem",
            "-CAfile",
            "root.pem",
            "-attime",
            AT,
            "-validity_period",
            "999999999",
            "-no_nonce",
        ])
        .accepts("kept.pem: good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_malformed_ocsp_request_is_answered_as_malformed() {
    let bench = Bench::new().await;
    let url = &bench.authorities.addresses().ca1.ocsp;
    let answer = http("POST", url, &["Content-Type: application/ocsp-request"], b"garbage").await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &[0x30, 3, 0x0a, 1, 1][..]));
    assert_eq!(http("GET", &format!("{url}/@@@"), &[], b"").await.unwrap().status, 400);
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_not_revoked_here() {
    let bench = Bench::new().await;
    let signer = bench.signer("s.pem");
    assert!(!bench.authorities.root().revoke(&signer.der, CrlReason::Unspecified, NOW).unwrap());
    assert!(
        bench.authorities.root().revoke(bench.authorities.ca1().certificate(), CrlReason::CaCompromise, NOW).unwrap()
    );
    bench.fetch_lists().await;
    bench.verify(&signer).refuses("certificate revoked");
}
