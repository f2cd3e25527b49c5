//! Time-stamps as OpenSSL sees them, and each way of failing. RFC 3161.

use crate::judge::{Answer, Bench, http};
use test_support::tsa::TsaMode;

const QUERY: &str = "Content-Type: application/timestamp-query";
const AT: &str = "1800000001";

async fn stamp(bench: &Bench, number: usize, more: &[&str]) -> Answer {
    bench.write("data.txt", "契約書".as_bytes());
    bench.write_pem("root.pem", "CERTIFICATE", &[bench.authorities.root().certificate()]);
    let chain = bench.authorities.tsa(number).chain();
    bench.write_pem("chain.pem", "CERTIFICATE", &[&chain[0], &chain[1]]);
    bench.openssl(&[&["ts", "-query", "-data", "data.txt", "-out", "q.tsq"], more].concat()).accepts("");
    let query = std::fs::read(bench.path("q.tsq")).unwrap();
    let url = &bench.authorities.addresses().tsas[number - 1];
    let answer = http("POST", url, &[QUERY], &query).await.unwrap();
    bench.write("a.tsr", &answer.body);
    answer
}

fn verify(bench: &Bench, more: &[&str]) -> crate::judge::Verdict {
    let arguments = ["ts", "-verify", "-attime", AT, "-queryfile", "q.tsq", "-in", "a.tsr", "-CAfile", "root.pem"];
    bench.openssl(&[&arguments[..], more].concat())
}

#[tokio::test]
async fn openssl_verifies_the_tokens_of_both_authorities() {
    let bench = Bench::new().await;
    for number in [1, 2] {
        for hash in ["-sha256", "-sha384", "-sha512"] {
            let answer = stamp(&bench, number, &[hash, "-cert"]).await;
            assert!(answer.headers.contains("application/timestamp-reply"), "{}", answer.headers);
            verify(&bench, &[]).accepts("Verification: OK");
        }
        let shown = bench.openssl(&["ts", "-reply", "-in", "a.tsr", "-text"]);
        shown.accepts(&format!("Rakkan Demo TSA {number} (DEMO, NOT VALID)"));
        shown.accepts("Accuracy: 0x01 seconds");
        shown.accepts("Jan 15 08:00:00 2027 GMT");
    }
}

#[tokio::test]
async fn a_token_carries_certificates_only_when_they_are_asked_for() {
    let bench = Bench::new().await;
    stamp(&bench, 1, &["-sha256"]).await;
    verify(&bench, &[]).refuses("certificate");
    verify(&bench, &["-untrusted", "chain.pem"]).accepts("Verification: OK");
}

#[tokio::test]
async fn what_a_broken_authority_sends_is_refused_by_openssl_too() {
    let bench = Bench::new().await;
    for (mode, words) in [
        (TsaMode::WrongNonce, "nonce mismatch"),
        (TsaMode::WrongImprint, "message imprint mismatch"),
        (TsaMode::WrongSignature, "signature failure"),
        (TsaMode::WrongPurpose, "unsuitable certificate purpose"),
        (TsaMode::Rejecting, "told to reject every request"),
    ] {
        bench.authorities.tsa(1).set_mode(mode);
        stamp(&bench, 1, &["-sha256", "-cert"]).await;
        verify(&bench, &[]).refuses(words);
    }
    bench.authorities.tsa(1).set_mode(TsaMode::Working);
    stamp(&bench, 1, &["-sha256", "-cert"]).await;
    verify(&bench, &[]).accepts("Verification: OK");
}

#[tokio::test]
async fn requests_that_cannot_be_served_are_rejected_with_a_reason() {
    let bench = Bench::new().await;
    for (more, words) in [
        (&["-sha1"][..], "unrecognized or unsupported algorithm identifier"),
        (&["-sha256", "-tspolicy", "1.2.3"], "the requested TSA policy is not supported"),
    ] {
        stamp(&bench, 1, more).await;
        bench.openssl(&["ts", "-reply", "-in", "a.tsr", "-text"]).accepts(words);
    }
    let url = &bench.authorities.addresses().tsas[0];
    let answer = http("POST", url, &[QUERY], b"garbage").await.unwrap();
    bench.write("a.tsr", &answer.body);
    bench.openssl(&["ts", "-reply", "-in", "a.tsr", "-text"]).accepts("the data submitted has the wrong format");
    assert_eq!(http("POST", url, &[], b"").await.unwrap().status, 415);
    assert_eq!(http("GET", url, &[QUERY], b"").await.unwrap().status, 405);
}

#[tokio::test]
async fn a_slow_authority_answers_when_it_is_let_go() {
    let bench = Bench::new().await;
    bench.authorities.tsa(1).set_mode(TsaMode::Slow);
    let url = bench.authorities.addresses().tsas[0].clone();
    let waiting = tokio::spawn(async move { http("POST", &url, &[QUERY], b"garbage").await.unwrap() });
    // Another request has gone through in the meantime: the first one is really waiting.
    stamp(&bench, 2, &["-sha256", "-cert"]).await;
    assert!(!waiting.is_finished());
    bench.authorities.tsa(1).set_mode(TsaMode::Working);
    assert_eq!(waiting.await.unwrap().status, 200);
}

#[tokio::test]
async fn down_garbage_huge_and_unavailable_are_what_they_say() {
    let bench = Bench::new().await;
    let url = &bench.authorities.addresses().tsas[1];
    let tsa = bench.authorities.tsa(2);
    tsa.set_mode(TsaMode::Down);
    assert!(http("POST", url, &[QUERY], b"").await.is_none());
    tsa.set_mode(TsaMode::Unavailable);
    assert_eq!(http("POST", url, &[QUERY], b"").await.unwrap().status, 503);
    tsa.set_mode(TsaMode::Garbage);
    assert_eq!(http("POST", url, &[QUERY], b"").await.unwrap().text(), "this is no TimeStampResp");
    tsa.set_mode(TsaMode::Huge);
    assert!(http("POST", url, &[QUERY], b"").await.unwrap().body.len() > 12 * 1024 * 1024);
}
