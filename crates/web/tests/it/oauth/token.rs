//! /oauth2/token

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;

use crate::harness::client::{details, post_form, with, without};
use crate::harness::{Client, Person, World};

const PATH: &str = "/oauth2/token";

struct Case {
    world: World,
    person: Person,
    client: Client,
}

impl Case {
    async fn new() -> Self {
        let world = World::start().await;
        let person = world.person("Hanako").await;
        Self { world, person, client: Client::new("a") }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_code_becomes_a_token_for_an_hour() {
    let case = Case::new().await;
    let code = case.client.service_code(&case.world, &case.person).await;
    let answer = case.client.exchange(&case.world, &code).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    insta::assert_snapshot!("service", answer.snapshot(&[(&token, "[token]")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_code_becomes_a_token_with_what_was_approved_in_the_clients_spelling() {
    let case = Case::new().await;
    let id = case.person.credential_id.as_str();
    let mut detail = details(id, &[[0xfb; 32]]);
    detail["type"] = "https://cloudsignatureconsortium.org/2025/credential".into();
    detail["documentDigests"][0]["hash"] = Base64UrlUnpadded::encode_string(&[0xfb; 32]).into();
    detail["documentDigests"][0]["hashType"] = "DTBSR".into();
    detail["numSignatures"] = 1.into();
    let request =
        with(case.client.sign_request(id, &[[0xfb; 32]]), "authorization_details", &json!([detail]).to_string());
    let code = case.client.approved_code(&case.world, &case.person, &request).await;
    let answer = case.client.exchange(&case.world, &code).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    insta::assert_snapshot!("credential", answer.snapshot(&[(&token, "[token]"), (id, "[credential]")]));
    assert!(answer.json()["expires_in"].as_u64().unwrap() <= 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_used_twice_takes_its_token_with_it() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let code = case.client.sign_code(&case.world, &case.person, &[hash]).await;
    let token = case.client.exchange(&case.world, &code).await.json()["access_token"].as_str().unwrap().to_owned();
    let answer = case.client.exchange(&case.world, &code).await;
    insta::assert_snapshot!("used_code", answer.snapshot(&[]));
    let token = crate::harness::Token { text: token, hashes: vec![hash] };
    let error = token.sign(&case.world, case.person.credential_id.as_str(), &[hash]).await.error();
    assert_eq!((error.0, error.1.as_str()), (401, "expired_token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_sixty_seconds() {
    let case = Case::new().await;
    let code = case.client.service_code(&case.world, &case.person).await;
    case.world.clock.advance(59);
    assert_eq!(case.client.exchange(&case.world, &code).await.status, 200);
    let code = case.client.service_code(&case.world, &case.person).await;
    case.world.clock.advance(60);
    assert_eq!(case.client.exchange(&case.world, &code).await.error().1, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_beside_the_code_spends_it() {
    let case = Case::new().await;
    let wrong_details = json!([details(case.person.credential_id.as_str(), &[[9; 32]])]).to_string();
    let callback = case.client.redirect_uri.clone();
    let cases = [
        ("code_verifier", "A".repeat(43), "invalid_grant"),
        ("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(), "invalid_grant"),
        ("code_verifier", "short".into(), "invalid_grant"),
        ("redirect_uri", format!("{callback}/"), "invalid_grant"),
        ("redirect_uri", Client::new("b").redirect_uri, "invalid_grant"),
        ("authorization_details", wrong_details, "invalid_authorization_details"),
    ];
    for (name, value, error) in cases {
        let hash = case.world.fresh_hash();
        let code = case.client.sign_code(&case.world, &case.person, &[hash]).await;
        let request = with(case.client.exchange_request(&code), name, &value);
        assert_eq!(case.client.post(&case.world, PATH, &request).await.error().1, error, "{name} {value}");
        assert_eq!(case.client.exchange(&case.world, &code).await.error().1, "invalid_grant", "spent: {name} {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_approved_details_may_be_repeated() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let id = case.person.credential_id.as_str();
    let code = case.client.sign_code(&case.world, &case.person, &[hash]).await;
    let same = json!([details(id, &[hash])]).to_string();
    let request = with(case.client.exchange_request(&code), "authorization_details", &same);
    assert_eq!(case.client.post(&case.world, PATH, &request).await.status, 200);
    let code = case.client.service_code(&case.world, &case.person).await;
    let request = with(case.client.exchange_request(&code), "authorization_details", &same);
    let error = case.client.post(&case.world, PATH, &request).await.error().1;
    assert_eq!(error, "invalid_authorization_details", "a service code does not become a signing token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_lacks_something_does_not_spend_the_code() {
    let case = Case::new().await;
    let code = case.client.service_code(&case.world, &case.person).await;
    let good = || case.client.exchange_request(&code);
    for (request, sentence) in [
        (without(good(), "grant_type"), "Missing parameter grant_type"),
        (with(good(), "grant_type", "password"), "Invalid parameter grant_type"),
        (with(good(), "grant_type", "client_credentials"), "Invalid parameter grant_type"),
        (without(good(), "code"), "Missing parameter code"),
        (without(good(), "redirect_uri"), "Missing parameter redirect_uri"),
        (without(good(), "code_verifier"), "Missing parameter code_verifier"),
        (with(good(), "code", "x"), "Authorization code is invalid or expired"),
    ] {
        let answer = case.client.post(&case.world, PATH, &request).await;
        assert_eq!((answer.error().0, answer.error().2.as_str()), (400, sentence));
    }
    assert_eq!(post_form(&case.world, PATH, &good()).await.error().0, 401, "no client authentication");
    let wrong = Client { secret: "wrong".into(), ..case.client.clone() };
    assert_eq!(wrong.exchange(&case.world, &code).await.error().0, 401);
    assert_eq!(case.client.exchange(&case.world, &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_code_dies_with_its_approval() {
    let case = Case::new().await;
    let code = case.client.sign_code(&case.world, &case.person, &[case.world.fresh_hash()]).await;
    case.world.clock.advance(59);
    let answer = case.client.exchange(&case.world, &code).await;
    assert!(answer.json()["expires_in"].as_u64().unwrap() <= 300, "{}", answer.text());
}
