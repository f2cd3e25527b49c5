//! /csc/v2/credentials/info

use base64ct::{Base64, Encoding};
use serde_json::json;

use crate::harness::{Client, World};

const INFO: &str = "credentials/info";

#[tokio::test(flavor = "multi_thread")]
async fn it_describes_key_certificate_and_approval() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let id = person.credential_id.as_str();
    let answer = token.call(&world, INFO, &json!({ "credentialID": id })).await;
    insta::assert_snapshot!("info", answer.snapshot(&[(id, "[credential]")]));
    let body = json!({ "credentialID": id, "certificates": "chain", "certInfo": true, "authInfo": true });
    let answer = token.call(&world, INFO, &body).await;
    let text = |member: &str| answer.json()["cert"][member].as_str().unwrap().to_owned();
    let (serial, subject) = (text("serialNumber"), text("subjectDN"));
    insta::assert_snapshot!("info_with_chain", answer.snapshot(&[(&serial, "[serial]"), (&subject, "[subject]")]));
    let none = token.call(&world, INFO, &json!({ "credentialID": id, "certificates": "none" })).await.json();
    assert!(none["cert"].get("certificates").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_begins_with_the_signer_and_each_certificate_is_issued_by_the_next() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let body = json!({ "credentialID": person.credential_id.as_str(), "certificates": "chain", "certInfo": true });
    let info = token.call(&world, INFO, &body).await.json();
    let chain: Vec<_> = info["cert"]["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| Base64::decode_vec(text.as_str().unwrap()).unwrap())
        .map(|der| ades::x509::Certificate::from_der(&der).unwrap())
        .collect();
    assert!(chain.len() >= 2);
    assert_eq!(chain[0].subject().to_string(), info["cert"]["subjectDN"].as_str().unwrap());
    assert!(chain[0].subject().to_string().contains("Hanako"));
    for pair in chain.windows(2) {
        pair[0].verify_issued_by(&pair[1], &ades::crypto::AwsLc).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_token_describes_its_own_credential() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").sign_token(&world, &person, &[world.fresh_hash()]).await;
    let answer = token.call(&world, INFO, &json!({ "credentialID": person.credential_id.as_str() })).await;
    assert_eq!(answer.json()["SCAL"], "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_credential_is_answered_like_a_foreign_one() {
    let world = World::start().await;
    let (person, other) = (world.person("Hanako").await, world.person("Taro").await);
    let token = Client::new("a").service_token(&world, &person).await;
    let ask = async |id: &str| {
        let mut answer = token.call(&world, INFO, &json!({ "credentialID": id })).await;
        answer.headers.remove("x-request-id");
        answer.snapshot(&[])
    };
    let foreign = ask(other.credential_id.as_str()).await;
    insta::assert_snapshot!("foreign", foreign);
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "x", "", "../../etc", &"A".repeat(1000)] {
        assert_eq!(ask(id).await, foreign, "{id}");
    }
    let answer = token.call(&world, INFO, &json!({})).await;
    assert_eq!(answer.error().2, "Missing (or invalid type) string parameter credentialID");
}
