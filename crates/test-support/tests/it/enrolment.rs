//! EST as a client sees it. RFC 7030 4.1, 4.2.

use crate::judge::{Answer, Bench, http};
use base64ct::{Base64, Encoding};
use test_support::authorities::{AuthoritySettings, SecondCa};
use test_support::ca::CaMode;

const PKCS10: &str = "Content-Type: application/pkcs10";

fn password(text: &str) -> String {
    format!("Authorization: Basic {}", Base64::encode_string(text.as_bytes()))
}

async fn enrol(url: &str, der: &[u8]) -> Answer {
    let body = Base64::encode_string(der);
    http("POST", url, &[PKCS10, &password("rakkan:demo-enrolment")], body.as_bytes()).await.unwrap()
}

fn request(bench: &Bench, key: &[&str], subject: &str) -> Vec<u8> {
    let arguments = ["req", "-new", "-nodes", "-keyout", "k.pem", "-outform", "DER", "-out", "r.der", "-utf8", "-subj"];
    bench.openssl(&[&arguments[..], &[subject, "-newkey"], key].concat()).accepts("");
    std::fs::read(bench.path("r.der")).unwrap()
}

fn first_certificate(bench: &Bench, answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.headers.contains("content-type: application/pkcs7-mime"), "{}", answer.headers);
    let der = Base64::decode_vec(&answer.text().split_whitespace().collect::<String>()).unwrap();
    bench.write("answer.p7", &der);
    bench.openssl(&["pkcs7", "-inform", "DER", "-in", "answer.p7", "-print_certs", "-out", "answer.pem"]).accepts("");
    std::fs::read_to_string(bench.path("answer.pem")).unwrap()
}

const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

#[tokio::test]
async fn a_request_made_by_openssl_gets_a_certificate_that_openssl_trusts() {
    let settings = AuthoritySettings { second_ca: SecondCa::BeforeStart, ..AuthoritySettings::default() };
    let bench = Bench::with(settings).await;
    bench.write_pem("root.pem", "CERTIFICATE", &[bench.authorities.root().certificate()]);
    let addresses = bench.authorities.addresses().clone();
    for (ca, key) in [(&addresses.ca1, P256), (&addresses.ca2, &["rsa:2048"])] {
        let answer = enrol(&format!("{}/simpleenroll", ca.est), &request(&bench, key, "/O=組織/CN=山田 花子")).await;
        first_certificate(&bench, &answer);
        std::fs::rename(bench.path("answer.pem"), bench.path("signer.pem")).unwrap();
        let cacerts = http("GET", &format!("{}/cacerts", ca.est), &[], b"").await.unwrap();
        let names = first_certificate(&bench, &cacerts);
        assert!(names.contains("Rakkan Demo Root (DEMO, NOT VALID)"), "{names}");
        bench
            .openssl(&[
                "verify",
                "-attime",
                "1800000001",
                "-x509_strict",
                "-CAfile",
                "root.pem",
                "-untrusted",
                "answer.pem",
                "signer.pem",
            ])
            .accepts("signer.pem: OK");
        let shown = bench.openssl(&["x509", "-in", "signer.pem", "-noout", "-text", "-nameopt", "utf8"]);
        for words in
            ["山田 花子", "Digital Signature, Non Repudiation", "/crl", "/ocsp", "CA Issuers - URI:http://127.0.0.1"]
        {
            shown.accepts(words);
        }
    }
}

#[tokio::test]
async fn weak_and_foreign_keys_are_refused_with_the_reason() {
    let bench = Bench::new().await;
    let url = format!("{}/simpleenroll", bench.authorities.addresses().ca1.est);
    let p384: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    for (key, words) in
        [(&["rsa:1024"][..], "1024 bits is too weak"), (p384, "curve 1.3.132.0.34"), (&["ed25519"], "1.3.101.112")]
    {
        let answer = enrol(&url, &request(&bench, key, "/CN=a")).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_changed_request_or_no_request_is_refused() {
    let bench = Bench::new().await;
    let url = format!("{}/simpleenroll", bench.authorities.addresses().ca1.est);
    let mut changed = request(&bench, P256, "/CN=a");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let answer = enrol(&url, &changed).await;
    assert_eq!((answer.status, answer.text().contains("not signed by the key")), (400, true), "{}", answer.text());
    assert_eq!(enrol(&url, b"hello").await.status, 400);
    let no_base64 = http("POST", &url, &[PKCS10, &password("rakkan:demo-enrolment")], b"%%%").await.unwrap();
    assert_eq!(no_base64.status, 400);
}

#[tokio::test]
async fn enrolment_needs_the_right_password_method_and_media_type() {
    let bench = Bench::new().await;
    let url = format!("{}/simpleenroll", bench.authorities.addresses().ca1.est);
    let good = password("rakkan:demo-enrolment");
    for headers in [&[PKCS10][..], &[PKCS10, &password("rakkan:wrong")], &[PKCS10, "Authorization: Bearer x"]] {
        let answer = http("POST", &url, headers, b"").await.unwrap();
        assert_eq!(answer.status, 401);
        assert!(answer.headers.contains("www-authenticate: basic"));
    }
    assert_eq!(http("POST", &url, &[&good, "Content-Type: text/plain"], b"").await.unwrap().status, 415);
    assert_eq!(http("GET", &url, &[&good], b"").await.unwrap().status, 405);
}

#[tokio::test]
async fn each_failure_mode_fails_in_its_own_way_and_can_be_taken_back() {
    let bench = Bench::new().await;
    let url = format!("{}/simpleenroll", bench.authorities.addresses().ca1.est);
    let der = request(&bench, P256, "/CN=a");
    bench.authorities.set_ca_mode(1, CaMode::Refusing("the quota is used up".into()));
    let answer = enrol(&url, &der).await;
    assert_eq!((answer.status, answer.text().trim()), (400, "the quota is used up"));
    bench.authorities.set_ca_mode(1, CaMode::Busy);
    assert!(enrol(&url, &der).await.headers.contains("retry-after: 1"));
    bench.authorities.set_ca_mode(1, CaMode::Pending);
    assert_eq!(enrol(&url, &der).await.status, 202);
    bench.authorities.set_ca_mode(1, CaMode::Down);
    let body = Base64::encode_string(&der);
    assert!(http("POST", &url, &[PKCS10, &password("rakkan:demo-enrolment")], body.as_bytes()).await.is_none());
    bench.authorities.set_ca_mode(1, CaMode::Working);
    assert_eq!(enrol(&url, &der).await.status, 200);
}
