//! /csc/v2/credentials/info

use base64ct::{Base64, Encoding};
use serde_json::json;

use crate::harness::{Client, SoleControl, Variation, World};

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

#[tokio::test(flavor = "multi_thread")]
async fn scal_is_1_and_nothing_says_2_when_the_module_does_not_claim_more() {
    let variation = Variation { sole_control: SoleControl::Scal1, ..Variation::default() };
    let world = World::start_as(variation).await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let body = json!({ "credentialID": person.credential_id.as_str(), "certificates": "none" });
    assert_eq!(token.call(&world, INFO, &body).await.json()["SCAL"], "1");
    let body = json!({ "credentialInfo": true, "certificates": "none" });
    let list = token.call(&world, "credentials/list", &body).await.json();
    assert_eq!(list["credentialInfos"][0]["SCAL"], "1", "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_expired_certificate_the_key_is_disabled_and_no_approval_can_be_asked_for() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let id = person.credential_id.as_str();
    let view = world.ssa.credential(person.signer_id, &person.credential_id).await.unwrap();
    let not_after = view.certificate.unwrap().not_after;
    let told = async || {
        assert!(person.log_in(&world).await, "sessions end earlier than certificates");
        let token = client.service_token(&world, &person).await;
        let info = token.call(&world, INFO, &json!({ "credentialID": id })).await.json();
        (info["key"]["status"].clone(), info["cert"]["status"].clone())
    };
    let push = async || {
        let request = client.sign_request(id, &[world.fresh_hash()]);
        client.post(&world, "/oauth2/pushed_authorize", &request).await
    };

    world.clock.set(not_after - 10);
    let hash = world.fresh_hash();
    assert_eq!(told().await, (json!("enabled"), json!("valid")));
    let approved = client.sign_token(&world, &person, &[hash]).await;
    world.clock.set(not_after);
    assert_eq!(told().await, (json!("enabled"), json!("valid")), "the last second counts");
    let pushed = push().await;
    assert_eq!(pushed.status, 201, "{}", pushed.text());
    let address = client.authorize_path(pushed.json()["request_uri"].as_str().unwrap());

    world.clock.set(not_after + 1);
    assert_eq!(told().await, (json!("disabled"), json!("expired")));
    let disabled = "The credential identified by credentialID is disabled";
    assert_eq!(push().await.error(), (400, "invalid_request".into(), disabled.into()));
    let back = person.browser.get(&world, &address).await;
    assert_eq!(back.location_parameter("error").as_deref(), Some("access_denied"), "a request from before");
    let error = approved.sign(&world, id, &[hash]).await.error();
    assert_eq!((error.0, error.1.as_str()), (401, "expired_token"), "an approval from before");
}
