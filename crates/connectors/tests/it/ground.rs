//! What the tests stand on: authorities at a fixed time, clients that may reach loopback, certificates of a signer.

use ades::x509::Certificate;
use connectors::http::{HttpClient, HttpPolicy};
use std::sync::Arc;
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities, SecondCa};
use test_support::clock::FixedClock;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::pki::request::sign_request;
use test_support::random::SystemRandomness;

pub const NOW: u64 = 1_800_000_000;

pub async fn authorities(second_ca: SecondCa) -> DevelopmentAuthorities {
    let clock = Arc::new(FixedClock::at(NOW));
    DevelopmentAuthorities::start(AuthoritySettings { second_ca, clock, ..AuthoritySettings::default() }).await.unwrap()
}

pub fn http() -> HttpClient {
    HttpClient::new(HttpPolicy::with_loopback()).unwrap()
}

pub fn certificate(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// A request over a new key of a signer.
pub fn request() -> Vec<u8> {
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    sign_request(&distinguished_name("組織", "山田 花子").unwrap(), &key).unwrap()
}

/// A certificate of the first CA, and that CA's own.
pub fn signer(authorities: &DevelopmentAuthorities) -> (Certificate, Certificate) {
    let der = authorities.ca1().issue(&request(), NOW, &SystemRandomness).unwrap();
    (certificate(&der), certificate(authorities.ca1().certificate()))
}
