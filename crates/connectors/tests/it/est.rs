//! EST against the development CAs, honest and otherwise.

use crate::ground::{NOW, authorities, certificate, http, request};
use ades::x509::Certificate;
use connectors::ca::{CaError, EstClient, EstSettings};
use connectors::http::HttpError;
use test_support::authorities::{CaAddresses, DevelopmentAuthorities, SecondCa};
use test_support::ca::CaMode;

fn settings(ca: &CaAddresses, root: &[u8]) -> EstSettings {
    EstSettings {
        base_url: ca.est.clone(),
        user: "rakkan".into(),
        password: "demo-enrolment".into(),
        root: certificate(root),
    }
}

fn client(authorities: &DevelopmentAuthorities) -> EstClient {
    EstClient::new(http(), settings(&authorities.addresses().ca1, authorities.root().certificate()))
}

async fn refusal(mode: CaMode) -> CaError {
    let authorities = authorities(SecondCa::Absent).await;
    let issuer = certificate(authorities.ca1().certificate());
    authorities.set_ca_mode(1, mode);
    client(&authorities).enrol(&request(), &issuer, NOW).await.unwrap_err()
}

#[tokio::test]
async fn both_authorities_give_certificates_under_the_pinned_root() {
    let authorities = authorities(SecondCa::BeforeStart).await;
    let root = authorities.root().certificate();
    for ca in [&authorities.addresses().ca1, &authorities.addresses().ca2] {
        let client = EstClient::new(http(), settings(ca, root));
        let chain = client.authority_certificates(NOW).await.unwrap();
        assert_eq!(chain.last().map(Certificate::der), Some(root));
        assert_eq!(chain.len(), 2);
        let issued = client.enrol(&request(), &chain[0], NOW).await.unwrap();
        assert_eq!(issued.subject().common_name().as_deref(), Some("山田 花子"));
    }
}

#[tokio::test]
async fn an_authority_that_is_still_being_made_says_when_to_come_again() {
    // The RSA CA is absent, and a CA in the making answers as a busy one does.
    let error = refusal(CaMode::Busy).await;
    assert!(matches!(error, CaError::Busy { retry_after: Some(1) }), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn the_words_of_a_refusal_are_kept_on_one_line() {
    let error = refusal(CaMode::Refusing("the quota\nis used up".into())).await;
    let CaError::Refused { status: 400, reason } = &error else { panic!("{error}") };
    assert_eq!(reason, "the quota is used up");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_request_that_the_ca_must_refuse_is_refused_in_its_words() {
    let authorities = authorities(SecondCa::Absent).await;
    let issuer = certificate(authorities.ca1().certificate());
    let mut changed = request();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let error = client(&authorities).enrol(&changed, &issuer, NOW).await.unwrap_err();
    assert!(matches!(&error, CaError::Refused { reason, .. } if reason.contains("not signed by the key")), "{error}");
    let error = client(&authorities).enrol(b"no request", &issuer, NOW).await.unwrap_err();
    assert!(matches!(error, CaError::BadRequest), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_key_is_not_used() {
    assert!(matches!(refusal(CaMode::OtherKey).await, CaError::OtherKey));
}

#[tokio::test]
async fn a_certificate_that_only_claims_the_issuer_is_not_used() {
    assert!(matches!(refusal(CaMode::Forged).await, CaError::OtherIssuer));
}

#[tokio::test]
async fn a_certificate_of_another_issuer_than_expected_is_not_used() {
    let authorities = authorities(SecondCa::Absent).await;
    let other = certificate(authorities.tsa_ca().certificate());
    let error = client(&authorities).enrol(&request(), &other, NOW).await.unwrap_err();
    assert!(matches!(error, CaError::OtherIssuer));
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_now_is_not_used() {
    let authorities = authorities(SecondCa::Absent).await;
    let issuer = certificate(authorities.ca1().certificate());
    for now in [NOW - 1_000, NOW + 366 * 86_400] {
        let error = client(&authorities).enrol(&request(), &issuer, now).await.unwrap_err();
        assert!(matches!(error, CaError::NotValidNow), "{error}");
    }
}

#[tokio::test]
async fn each_way_of_not_answering_is_told_apart() {
    assert!(matches!(refusal(CaMode::Pending).await, CaError::Pending { retry_after: Some(600) }));
    assert!(matches!(refusal(CaMode::Garbage).await, CaError::BadAnswer(_)));
    let down = refusal(CaMode::Down).await;
    assert!(matches!(down, CaError::Http(HttpError::Exchange { .. })), "{down}");
    assert!(down.is_transient());
}

#[tokio::test]
async fn wrong_credentials_are_told_apart_and_not_repeated_in_the_error() {
    let authorities = authorities(SecondCa::Absent).await;
    let issuer = certificate(authorities.ca1().certificate());
    let mut settings = settings(&authorities.addresses().ca1, authorities.root().certificate());
    settings.password = "wrong-secret".into();
    let error = EstClient::new(http(), settings).enrol(&request(), &issuer, NOW).await.unwrap_err();
    assert!(matches!(error, CaError::NotAuthorized));
    assert!(!format!("{error} {error:?}").contains("wrong-secret"));
}

#[tokio::test]
async fn authority_certificates_that_do_not_lead_to_the_pinned_root_are_refused() {
    let (mine, other) = (authorities(SecondCa::Absent).await, authorities(SecondCa::Absent).await);
    let settings = settings(&mine.addresses().ca1, other.root().certificate());
    let error = EstClient::new(http(), settings).authority_certificates(NOW).await.unwrap_err();
    assert!(matches!(error, CaError::UntrustedAuthority), "{error}");
    let late = client(&mine).authority_certificates(NOW + 6 * 365 * 86_400).await.unwrap_err();
    assert!(matches!(late, CaError::UntrustedAuthority), "{late}");
}

#[tokio::test]
async fn an_address_without_a_ca_is_a_refusal_with_its_status() {
    let authorities = authorities(SecondCa::Absent).await;
    let settings = settings(&authorities.addresses().ca2, authorities.root().certificate());
    let error = EstClient::new(http(), settings).authority_certificates(NOW).await.unwrap_err();
    assert!(matches!(error, CaError::Refused { status: 404, .. }), "{error}");
}
