//! The set as a whole: restart, the CA that comes later, occupied port, folder that cannot be written.

use crate::judge::{Bench, NOW, http};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities, SecondCa};
use test_support::ca::{CaPlan, CrlReason, DevelopmentCa};
use test_support::clock::FixedClock;
use test_support::error::AuthorityError;
use test_support::random::SystemRandomness;

fn settings(folder: &std::path::Path) -> AuthoritySettings {
    AuthoritySettings {
        folder: Some(folder.to_owned()),
        clock: Arc::new(FixedClock::at(NOW)),
        ..AuthoritySettings::default()
    }
}

#[tokio::test]
async fn keys_are_private_to_their_owner() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("authorities");
    let _running = DevelopmentAuthorities::start(settings(&home)).await.unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(home.clone()), 0o700);
    for file in ["root.key", "ca1.key", "tsa-ca.key", "tsa1.key", "tsa2.key"] {
        assert_eq!(mode(home.join(file)), 0o600, "{file}");
    }
}

#[test]
fn certificates_and_revocations_survive_a_restart_at_the_same_address() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |label| CaPlan { folder: Some(folder.path().to_owned()), ..CaPlan::in_memory(label, label) };
    let start = |now| {
        let root = DevelopmentCa::root(&plan("root"), now, &SystemRandomness).unwrap();
        let ca = DevelopmentCa::under(&root, &plan("ca1"), now, &SystemRandomness).unwrap();
        (root, ca)
    };
    let (root, ca) = start(NOW);
    let before = root.crl(NOW).unwrap();
    root.revoke(ca.certificate(), CrlReason::Superseded, NOW).unwrap();

    let (root_again, ca_again) = start(NOW + 1_000);
    assert_eq!(root_again.certificate(), root.certificate());
    assert_eq!(ca_again.certificate(), ca.certificate());
    assert!(root_again.crl(NOW).unwrap().len() > before.len() + 20, "the revocation is still on the list");

    let (_, renewed) = start(NOW + 5 * 365 * 86_400);
    assert_ne!(renewed.certificate(), ca.certificate(), "a certificate that is about to expire is renewed");
}

#[tokio::test]
async fn on_another_port_the_keys_stay_and_the_certificates_name_the_new_address() {
    let folder = tempfile::tempdir().unwrap();
    let first = DevelopmentAuthorities::start(settings(folder.path())).await.unwrap();
    let second = DevelopmentAuthorities::start(settings(folder.path())).await.unwrap();
    assert_eq!(first.root().certificate(), second.root().certificate());
    assert_eq!(first.ca1().name(), second.ca1().name());
    assert_ne!(first.ca1().certificate(), second.ca1().certificate());
    let base = second.addresses().base.as_bytes();
    assert!(second.ca1().certificate().windows(base.len()).any(|bytes| bytes == base));
}

#[tokio::test]
async fn the_rsa_authority_comes_later_and_says_so_until_then() {
    let bench =
        Bench::with(AuthoritySettings { second_ca: SecondCa::Background, ..AuthoritySettings::default() }).await;
    let url = format!("{}/cacerts", bench.authorities.addresses().ca2.est);
    // The key takes a while to make; either answer is right, and a 503 says when to come again.
    let early = http("GET", &url, &[], b"").await.unwrap();
    assert!(
        early.status == 200 || (early.status == 503 && early.headers.contains("retry-after: 1")),
        "{}",
        early.headers
    );
    let ca2 = bench.authorities.ca2().await.unwrap();
    assert_eq!(http("GET", &url, &[], b"").await.unwrap().status, 200);
    bench.write("ca2.der", ca2.certificate());
    let shown = bench.openssl(&["x509", "-inform", "DER", "-in", "ca2.der", "-noout", "-text"]);
    shown.accepts("Public-Key: (3072 bit)");
    shown.accepts("Rakkan Demo CA 2 RSA (DEMO, NOT VALID)");
}

#[tokio::test]
async fn an_absent_authority_is_not_found() {
    let bench = Bench::new().await;
    assert!(bench.authorities.ca2().await.is_none());
    let url = format!("{}/cacerts", bench.authorities.addresses().ca2.est);
    assert_eq!(http("GET", &url, &[], b"").await.unwrap().status, 404);
    let base = &bench.authorities.addresses().base;
    assert_eq!(http("GET", &format!("{base}/"), &[], b"").await.unwrap().status, 404);
    assert_eq!(http("GET", &format!("{base}/ca1/.well-known/est/fullcmc"), &[], b"").await.unwrap().status, 404);
}

#[tokio::test]
async fn an_occupied_port_is_an_error_that_names_it() {
    let occupied = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = occupied.local_addr().unwrap().port();
    let error = DevelopmentAuthorities::start(AuthoritySettings { port, ..Default::default() }).await.err().unwrap();
    assert!(matches!(error, AuthorityError::Port { .. }));
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let error = DevelopmentAuthorities::start(settings(&file.join("inside"))).await.err().unwrap();
    assert!(matches!(error, AuthorityError::Folder { action: "create", .. }));
    assert!(error.to_string().contains("inside"), "{error}");
}
