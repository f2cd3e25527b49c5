//! /csc/v2/credentials/list

use serde_json::json;

use crate::harness::{Client, START, World};

const LIST: &str = "credentials/list";

#[tokio::test(flavor = "multi_thread")]
async fn it_names_the_credentials_of_the_signer() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let id = person.credential_id.as_str();
    let answer = token.call(&world, LIST, &json!({})).await;
    insta::assert_snapshot!("list", answer.snapshot(&[(id, "[credential]")]));
    let body = json!({ "credentialInfo": "true", "certificates": "chain", "certInfo": true, "onlyValid": true,
                       "maxResults": 20 });
    let answer = token.call(&world, LIST, &body).await;
    let text = |member: &str| answer.json()["credentialInfos"][0]["cert"][member].as_str().unwrap().to_owned();
    let (serial, subject) = (text("serialNumber"), text("subjectDN"));
    let replacements = [(id, "[credential]"), (&serial, "[serial]"), (&subject, "[subject]")];
    insta::assert_snapshot!("list_with_infos", answer.snapshot(&replacements));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_to_be_told_whose_credentials() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let answer = token.call(&world, LIST, &json!({ "userID": person.signer_id.to_string() })).await;
    assert_eq!(answer.error(), (400, "invalid_request".into(), "userID parameter MUST be null".into()));
    let answer = token.call(&world, LIST, &json!({ "credentialInfo": true, "certificates": "all" })).await;
    assert_eq!(answer.error().2, "Invalid parameter certificates");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_signing_does_not_list() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").sign_token(&world, &person, &[world.fresh_hash()]).await;
    let answer = token.call(&world, LIST, &json!({})).await;
    assert_eq!(answer.error().1, "unauthorized_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_left_out_of_the_valid_ones_and_said_to_be_expired() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    world.clock.set(START + 20 * 365 * 86_400);
    let login = person.log_in(&world).await;
    assert!(login, "the session had expired too");
    let token = Client::new("a").service_token(&world, &person).await;
    let valid = token.call(&world, LIST, &json!({ "onlyValid": true })).await.json();
    assert_eq!(valid, json!({ "credentialIDs": [], "onlyValid": true }));
    let all = token.call(&world, LIST, &json!({ "credentialInfo": true })).await.json();
    assert_eq!(all["credentialInfos"][0]["cert"]["status"], "expired");
}
