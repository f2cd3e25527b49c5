//! /csc/v2/signatures/timestamp

use ades::tsp::TimestampToken;
use base64ct::{Base64, Encoding};
use serde_json::json;
use test_support::tsa::TsaMode;

use crate::harness::{Client, World};

const TIMESTAMP: &str = "signatures/timestamp";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_over_the_hash_and_repeats_the_nonce() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let hash = world.fresh_hash();
    let body = json!({ "hash": Base64::encode_string(&hash), "hashAlgo": SHA256, "nonce": "0123456789abcdef" });
    let answer = token.call(&world, TIMESTAMP, &body).await;
    insta::assert_snapshot!("timestamp", answer.snapshot(&[]));
    let der = Base64::decode_vec(answer.json()["timestamp"].as_str().unwrap()).unwrap();
    let info = TimestampToken::from_der(&der).unwrap().info().clone();
    assert_eq!(info.imprint.digest(), hash);
    assert_eq!(info.nonce.unwrap(), ades::tsp::Nonce::from_bytes(&[1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_first_authority_fails_the_second_answers_and_when_both_fail_nobody_does() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").sign_token(&world, &person, &[world.fresh_hash()]).await;
    let body = json!({ "hash": Base64::encode_string(&world.fresh_hash()), "hashAlgo": SHA256 });
    world.authorities.tsa(1).set_mode(TsaMode::Down);
    assert_eq!(token.call(&world, TIMESTAMP, &body).await.status, 200);
    world.authorities.tsa(2).set_mode(TsaMode::Down);
    let answer = token.call(&world, TIMESTAMP, &body).await;
    assert_eq!(answer.error().0, 503);
    assert_eq!(answer.error().1, "temporarily_unavailable");
    assert_eq!(answer.headers["retry-after"], "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_get_the_sentences_of_the_specification() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let hash = Base64::encode_string(&world.fresh_hash());
    for (body, sentence) in [
        (json!({}), "Missing (or invalid type) string parameter hash"),
        (json!({ "hash": hash }), "Invalid parameter hashAlgo"),
        (json!({ "hash": hash, "hashAlgo": "1.3.14.3.2.26" }), "Invalid parameter hashAlgo"),
        (json!({ "hash": "AAAA", "hashAlgo": SHA256 }), "Invalid digest value length"),
        (json!({ "hash": hash, "hashAlgo": SHA256, "nonce": "z" }), "Invalid parameter nonce"),
    ] {
        let answer = token.call(&world, TIMESTAMP, &body).await;
        assert_eq!(answer.error(), (400, "invalid_request".into(), sentence.into()), "{body}");
    }
}
