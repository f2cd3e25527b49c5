//! Time-stamp requests and answers: what is accepted, and what is not.

mod support;

use ades::Oid;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::tsp::{FailureReason, Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken, TspError};
use proptest::prelude::*;
use support::der::{int, octets, oid, seq, set, tlv, utf8};
use support::pki::{Purpose, Tsa, sha256};
use support::{Bench, NOW};

fn request() -> TimestampRequest {
    TimestampRequest::new(
        Imprint::of(DigestAlgorithm::Sha256, b"data"),
        Nonce::from_bytes(&[0xff, 1, 2, 3, 4, 5, 6, 7]),
    )
}

const NONCE: u64 = 0xff01_0203_0405_0607;

fn judged(response: &[u8]) -> Result<TimestampToken, TspError> {
    TimestampResponse::from_der(response)?.into_token(&request(), &AwsLc)
}

#[test]
fn a_request_has_the_bytes_of_the_standard() {
    let expected = seq(&[
        &int(1),
        &seq(&[&seq(&[&oid("2.16.840.1.101.3.4.2.1"), &[5, 0]]), &octets(&sha256(b"data"))]),
        &int(NONCE),
        &[1, 1, 0xff],
    ]);
    assert_eq!(request().to_der(), expected);
    assert_eq!(TimestampRequest::from_der(&expected), Ok(request()));
}

#[test]
fn requests_with_and_without_options_are_read_back() {
    let policy = Oid::new_unwrap("1.2.392.200075.1");
    for request in [
        request(),
        request().without_nonce(),
        request().with_policy(policy),
        request().without_nonce().with_policy(policy),
    ] {
        assert_eq!(TimestampRequest::from_der(&request.to_der()), Ok(request));
    }
}

#[test]
fn requests_that_are_not_understood_are_refused() {
    let imprint = seq(&[&seq(&[&oid("2.16.840.1.101.3.4.2.1")]), &octets(&sha256(b"data"))]);
    let sha1 = seq(&[&seq(&[&oid("1.3.14.3.2.26")]), &octets(&[0; 20])]);
    let short = seq(&[&seq(&[&oid("2.16.840.1.101.3.4.2.1")]), &octets(&[0; 31])]);
    assert!(TimestampRequest::from_der(&seq(&[&int(1), &imprint])).is_ok());
    assert_eq!(TimestampRequest::from_der(&seq(&[&int(1), &sha1])), Err(TspError::UnsupportedAlgorithm));
    for bad in [
        seq(&[&int(2), &imprint]),
        seq(&[&int(1), &short]),
        seq(&[&int(1)]),
        seq(&[&int(1), &imprint, &tlv(0xa0, &[])]),
        vec![],
    ] {
        assert!(matches!(TimestampRequest::from_der(&bad), Err(TspError::Malformed { .. })));
    }
}

#[test]
fn a_good_answer_gives_its_token() {
    let bench = Bench::new();
    let token = judged(&bench.tsa.response(&sha256(b"data"), Some(NONCE), NOW)).unwrap();
    assert_eq!(token.info().time, NOW);
    assert_eq!(token.info().nonce.as_ref().map(Nonce::as_bytes), Some(&[0xff, 1, 2, 3, 4, 5, 6, 7][..]));
    assert_eq!(token.certificates().len(), 1);
    assert!(token.require_imprint_of(b"data").is_ok());
    let again = TimestampResponse::granted(&token);
    assert_eq!(judged(&again), Ok(token));
}

#[test]
fn an_answer_with_another_nonce_or_none_is_refused() {
    let bench = Bench::new();
    for nonce in [Some(1), None] {
        assert_eq!(judged(&bench.tsa.response(&sha256(b"data"), nonce, NOW)), Err(TspError::WrongNonce));
    }
}

#[test]
fn an_answer_over_other_data_is_refused() {
    let bench = Bench::new();
    assert_eq!(judged(&bench.tsa.response(&sha256(b"other"), Some(NONCE), NOW)), Err(TspError::WrongImprint));
}

#[test]
fn an_answer_under_another_policy_is_refused() {
    let bench = Bench::new();
    let response = TimestampResponse::from_der(&bench.tsa.response(&sha256(b"data"), Some(NONCE), NOW)).unwrap();
    let asked = request().with_policy(Oid::new_unwrap("1.2.3"));
    assert!(matches!(response.into_token(&asked, &AwsLc), Err(TspError::WrongPolicy { .. })));
}

#[test]
fn a_certificate_that_is_not_for_time_stamping_is_refused() {
    let bench = Bench::new();
    for purpose in [Purpose::Signing, Purpose::LaxTimeStamping, Purpose::Authority] {
        let tsa = Tsa::with_purpose(&bench.authority, &purpose);
        assert_eq!(judged(&tsa.response(&sha256(b"data"), Some(NONCE), NOW)), Err(TspError::NotForTimestamping));
    }
}

#[test]
fn a_token_without_its_certificate_is_refused() {
    let mut bench = Bench::new();
    bench.tsa.omit_certificate = true;
    assert_eq!(judged(&bench.tsa.response(&sha256(b"data"), Some(NONCE), NOW)), Err(TspError::NoCertificate));
}

#[test]
fn a_token_made_outside_the_validity_of_its_certificate_is_refused() {
    let bench = Bench::new();
    for time in ["20230101000000Z", "20490101000000Z"] {
        let token = bench.tsa.token_over(&bench.tsa.info(&sha256(b"data"), Some(NONCE), time));
        assert_eq!(judged(&seq(&[&seq(&[&int(0)]), &token])), Err(TspError::OutsideValidity), "{time}");
    }
}

#[test]
fn an_altered_token_is_refused() {
    let bench = Bench::new();
    let response = bench.tsa.response(&sha256(b"data"), Some(NONCE), NOW);
    let at = response.windows(4).position(|window| window == b"2026").unwrap();
    let mut altered = response.clone();
    altered[at + 3] = b'7';
    assert_eq!(judged(&altered), Err(TspError::Altered));
    let mut altered = response;
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(matches!(judged(&altered), Err(TspError::BadSignature(_))));
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let bits = tlv(3, &[0, 0x80]);
    let status = seq(&[&int(2), &seq(&[&utf8("no\u{7} such\nalgorithm")]), &bits]);
    let error = judged(&seq(&[&status])).unwrap_err();
    let TspError::Refused { status } = &error else { panic!("{error}") };
    assert_eq!((status.code(), status.reason()), (2, Some(FailureReason::BadAlgorithm)));
    assert_eq!(status.text(), Some("no suchalgorithm"));
    assert!(error.to_string().contains("BadAlgorithm"));
}

#[test]
fn a_grant_without_a_token_is_refused() {
    assert!(matches!(judged(&seq(&[&seq(&[&int(0)])])), Err(TspError::Malformed { .. })));
}

#[test]
fn bytes_that_are_no_answer_are_refused() {
    for bytes in [&b""[..], b"<html>busy</html>", &[0x30, 0x80, 0, 0], &[0x30, 3, 2, 1, 0]] {
        assert!(matches!(judged(bytes), Err(TspError::Malformed { .. })));
    }
    let other = seq(&[&oid("1.2.840.113549.1.7.1"), &tlv(0xa0, &octets(b"x"))]);
    assert!(matches!(TimestampToken::from_der(&other), Err(TspError::Malformed { .. })));
    let two_signers = set(&[&seq(&[]), &seq(&[])]);
    assert!(TimestampToken::from_der(&two_signers).is_err());
}

#[test]
fn a_nonce_is_compared_as_a_number() {
    assert_eq!(Nonce::from_bytes(&[0, 0, 5]), Nonce::from_bytes(&[5]));
    assert_ne!(Nonce::from_bytes(&[5, 0]), Nonce::from_bytes(&[5]));
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = TimestampResponse::from_der(&bytes);
        let _ = TimestampRequest::from_der(&bytes);
        let _ = TimestampToken::from_der(&bytes);
    }

    #[test]
    fn answers_with_changed_bytes_never_panic_and_never_give_another_time(changes in proptest::collection::vec((0_usize..10_000, any::<u8>()), 1..4)) {
        static GOOD: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let good = GOOD.get_or_init(|| Bench::new().tsa.response(&sha256(b"data"), Some(NONCE), NOW));
        let mut altered = good.clone();
        for (at, byte) in changes {
            let at = at % altered.len();
            altered[at] = byte;
        }
        if let Ok(token) = judged(&altered) {
            prop_assert_eq!(token.info().time, NOW);
            prop_assert!(token.require_imprint_of(b"data").is_ok());
        }
    }

    #[test]
    fn any_request_is_read_back(digest in any::<[u8; 32]>(), nonce in any::<[u8; 12]>()) {
        let imprint = Imprint::from_digest(DigestAlgorithm::Sha256, &digest).unwrap();
        let request = TimestampRequest::new(imprint, Nonce::from_bytes(&nonce));
        prop_assert_eq!(TimestampRequest::from_der(&request.to_der()), Ok(request));
    }
}
