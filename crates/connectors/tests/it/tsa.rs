//! Time-stamps against the development TSAs in every mode, alone and in a list.

use crate::ground::{NOW, authorities, certificate, http};
use ades::crypto::DigestAlgorithm;
use ades::tsp::{Imprint, Nonce, TimestampToken, TspError};
use connectors::http::HttpError;
use connectors::tsa::{AllFailed, Issued, TsaClient, TsaError, TsaList, TsaSettings};
use std::time::Duration;
use test_support::authorities::{DevelopmentAuthorities, SecondCa};
use test_support::tsa::TsaMode;

const BRIEF: Duration = Duration::from_millis(60);
const AMPLE: Duration = Duration::from_secs(5);

fn imprint() -> Imprint {
    Imprint::of(DigestAlgorithm::Sha256, b"signature value")
}

fn nonce() -> Nonce {
    Nonce::from_bytes(&[0x80, 1, 2, 3, 4, 5, 6, 7])
}

fn client(authorities: &DevelopmentAuthorities, number: usize, deadline: Duration) -> TsaClient {
    let settings = TsaSettings {
        name: format!("tsa{number}"),
        url: authorities.addresses().tsas[number - 1].clone(),
        roots: vec![certificate(authorities.root().certificate())],
        deadline,
    };
    TsaClient::new(http(), settings)
}

async fn alone(mode: TsaMode) -> Result<TimestampToken, TsaError> {
    let authorities = authorities(SecondCa::Absent).await;
    authorities.tsa(1).set_mode(mode);
    let deadline = if matches!(mode, TsaMode::Slow | TsaMode::Stalled) { BRIEF } else { AMPLE };
    client(&authorities, 1, deadline).timestamp(&imprint(), Some(&nonce()), NOW).await
}

async fn listed(first: TsaMode, second: TsaMode) -> Result<Issued, AllFailed> {
    let authorities = authorities(SecondCa::Absent).await;
    authorities.tsa(1).set_mode(first);
    authorities.tsa(2).set_mode(second);
    let list = TsaList::new(vec![client(&authorities, 1, BRIEF), client(&authorities, 2, AMPLE)]);
    list.timestamp(&imprint(), Some(&nonce()), || NOW).await
}

#[tokio::test]
async fn a_good_token_is_over_the_imprint_with_the_nonce_and_the_time() {
    let token = alone(TsaMode::Working).await.unwrap();
    assert_eq!((token.info().time, &token.info().imprint), (NOW, &imprint()));
    assert_eq!(token.info().nonce, Some(nonce()));
    assert_eq!(token.certificates().len(), 2);
}

#[tokio::test]
async fn every_digest_algorithm_is_stamped() {
    let authorities = authorities(SecondCa::Absent).await;
    for algorithm in DigestAlgorithm::ALL {
        let imprint = Imprint::of(algorithm, b"x");
        let token = client(&authorities, 2, AMPLE).timestamp(&imprint, Some(&nonce()), NOW).await.unwrap();
        assert_eq!(token.info().imprint, imprint);
    }
}

#[tokio::test]
async fn a_token_without_a_nonce_is_taken_only_if_none_was_asked_for() {
    let authorities = authorities(SecondCa::Absent).await;
    let token = client(&authorities, 1, AMPLE).timestamp(&imprint(), None, NOW).await.unwrap();
    assert_eq!(token.info().nonce, None);
}

#[tokio::test]
async fn a_token_with_another_nonce_is_refused() {
    assert!(matches!(alone(TsaMode::WrongNonce).await, Err(TsaError::Token(TspError::WrongNonce))));
}

#[tokio::test]
async fn a_token_over_another_imprint_is_refused() {
    assert!(matches!(alone(TsaMode::WrongImprint).await, Err(TsaError::Token(TspError::WrongImprint))));
}

#[tokio::test]
async fn a_token_of_a_certificate_for_another_purpose_is_refused() {
    assert!(matches!(alone(TsaMode::WrongPurpose).await, Err(TsaError::Token(TspError::NotForTimestamping))));
}

#[tokio::test]
async fn a_token_whose_signature_does_not_verify_is_refused() {
    assert!(matches!(alone(TsaMode::WrongSignature).await, Err(TsaError::Token(TspError::BadSignature(_)))));
}

#[tokio::test]
async fn a_token_of_another_time_is_refused() {
    // The development certificates are valid from now on, so that a token from before is outside their validity.
    let error = alone(TsaMode::WrongTime).await.unwrap_err();
    assert!(matches!(error, TsaError::Token(TspError::OutsideValidity)), "{error}");
    let authorities = authorities(SecondCa::Absent).await;
    for now in [NOW - 301, NOW + 301] {
        let error = client(&authorities, 1, AMPLE).timestamp(&imprint(), Some(&nonce()), now).await.unwrap_err();
        assert!(matches!(error, TsaError::WrongTime { difference: 301 }), "{error}");
    }
    client(&authorities, 1, AMPLE).timestamp(&imprint(), Some(&nonce()), NOW + 300).await.unwrap();
}

#[tokio::test]
async fn a_token_under_another_root_is_refused() {
    let (mine, other) = (authorities(SecondCa::Absent).await, authorities(SecondCa::Absent).await);
    let settings = TsaSettings {
        name: "tsa".into(),
        url: mine.addresses().tsas[0].clone(),
        roots: vec![certificate(other.root().certificate())],
        deadline: AMPLE,
    };
    let error = TsaClient::new(http(), settings).timestamp(&imprint(), Some(&nonce()), NOW).await.unwrap_err();
    assert!(matches!(error, TsaError::Untrusted), "{error}");
}

#[tokio::test]
async fn a_rejection_keeps_the_words_of_the_authority() {
    let error = alone(TsaMode::Rejecting).await.unwrap_err();
    assert!(matches!(error, TsaError::Token(TspError::Refused { .. })));
    assert!(error.to_string().contains("told to reject every request"), "{error}");
}

#[tokio::test]
async fn each_way_of_not_answering_is_told_apart() {
    assert!(matches!(alone(TsaMode::Down).await, Err(TsaError::Http(HttpError::Exchange { .. }))));
    assert!(matches!(alone(TsaMode::Unavailable).await, Err(TsaError::Http(HttpError::Status { status: 503, .. }))));
    assert!(matches!(alone(TsaMode::Slow).await, Err(TsaError::Http(HttpError::Deadline { .. }))));
    assert!(matches!(alone(TsaMode::Stalled).await, Err(TsaError::Http(HttpError::Deadline { .. }))));
    assert!(matches!(alone(TsaMode::Huge).await, Err(TsaError::Http(HttpError::TooLarge { .. }))));
    assert!(matches!(alone(TsaMode::Garbage).await, Err(TsaError::Token(TspError::Malformed { .. }))));
}

/// Time stands still but for timers: with nothing else to do, the clock jumps to the next one.
#[tokio::test(start_paused = true)]
async fn an_authority_that_never_answers_is_left_exactly_at_its_deadline() {
    // Connections are made by the kernel, and nobody takes them.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for milliseconds in [100, 1_700, 5_000, 60_000] {
        let settings = TsaSettings {
            name: "silent".into(),
            url: format!("http://{}/tsa", silent.local_addr().unwrap()),
            roots: Vec::new(),
            deadline: Duration::from_millis(milliseconds),
        };
        let client = TsaClient::new(http(), settings);
        let start = tokio::time::Instant::now();
        let error = client.timestamp(&imprint(), Some(&nonce()), NOW).await.unwrap_err();
        let waited = start.elapsed().as_millis();
        let expected = u128::from(milliseconds);
        assert!(
            matches!(error, TsaError::Http(HttpError::Deadline { milliseconds, .. }) if milliseconds == expected),
            "{error}"
        );
        // Timers are whole milliseconds, counted up.
        assert!((expected..=expected + 1).contains(&waited), "waited {waited} ms instead of {expected}");
    }
}

#[tokio::test]
async fn an_address_that_is_no_time_stamp_authority_is_found_out() {
    let authorities = authorities(SecondCa::Absent).await;
    let settings = TsaSettings {
        name: "tsa".into(),
        url: authorities.addresses().ca1.ocsp.clone(),
        roots: vec![certificate(authorities.root().certificate())],
        deadline: AMPLE,
    };
    let error = TsaClient::new(http(), settings).timestamp(&imprint(), Some(&nonce()), NOW).await.unwrap_err();
    assert!(matches!(error, TsaError::MediaType), "{error}");
}

#[tokio::test]
async fn the_first_authority_is_used_while_it_works() {
    let issued = listed(TsaMode::Working, TsaMode::Working).await.unwrap();
    assert_eq!((issued.authority.as_str(), issued.failed.len()), ("tsa1", 0));
}

#[tokio::test]
async fn the_second_authority_steps_in_whatever_the_first_one_does() {
    for mode in [
        TsaMode::Down,
        TsaMode::Unavailable,
        TsaMode::Slow,
        TsaMode::Stalled,
        TsaMode::WrongNonce,
        TsaMode::WrongImprint,
        TsaMode::WrongTime,
        TsaMode::WrongSignature,
        TsaMode::WrongPurpose,
        TsaMode::Rejecting,
        TsaMode::Garbage,
        TsaMode::Huge,
    ] {
        let issued = listed(mode, TsaMode::Working).await.unwrap();
        assert_eq!(issued.authority, "tsa2", "{mode:?}");
        assert_eq!(issued.failed.len(), 1, "{mode:?}");
        assert_eq!(issued.failed[0].authority, "tsa1", "{mode:?}");
    }
}

#[tokio::test]
async fn when_all_fail_every_attempt_is_kept() {
    let failed = listed(TsaMode::Slow, TsaMode::WrongNonce).await.unwrap_err();
    assert!(matches!(failed.attempts[0].error, TsaError::Http(HttpError::Deadline { .. })));
    assert!(matches!(failed.attempts[1].error, TsaError::Token(TspError::WrongNonce)));
    let text = failed.to_string();
    assert!(text.contains("tsa1: no complete answer") && text.contains("tsa2: "), "{text}");
}

#[tokio::test]
async fn a_list_without_authorities_says_so() {
    let failed = TsaList::new(Vec::new()).timestamp(&imprint(), None, || NOW).await.unwrap_err();
    assert!(failed.to_string().contains("no time-stamp authority is configured"));
}
