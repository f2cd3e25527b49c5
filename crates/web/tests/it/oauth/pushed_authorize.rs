//! /oauth2/pushed_authorize

use axum::body::Body;
use axum::http::{Request, header};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::harness::client::{details, parameters, post_form, with, without};
use crate::harness::{Answer, Client, World};

const PATH: &str = "/oauth2/pushed_authorize";

#[tokio::test(flavor = "multi_thread")]
async fn a_good_request_gets_a_reference_for_ninety_seconds() {
    let world = World::start().await;
    let client = Client::new("a");
    let answer = client.post(&world, PATH, &client.service_request()).await;
    let reference = answer.json()["request_uri"].as_str().unwrap().to_owned();
    assert!(reference.starts_with("urn:ietf:params:oauth:request_uri:"));
    insta::assert_snapshot!("pushed", answer.snapshot(&[(&reference, "[reference]")]));
    let again = client.post(&world, PATH, &client.service_request()).await;
    assert_ne!(again.json()["request_uri"].as_str().unwrap(), reference);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_authenticate_in_the_header_or_in_the_body_and_not_in_both() {
    let world = World::start().await;
    let client = Client::new("a");
    let in_body = with(with(client.service_request(), "client_id", &client.id), "client_secret", &client.secret);
    assert_eq!(post_form(&world, PATH, &in_body).await.status, 201);
    assert_eq!(client.post(&world, PATH, &with(client.service_request(), "client_id", &client.id)).await.status, 201);
    assert_eq!(client.post(&world, PATH, &in_body).await.status, 400, "two ways at once");
    let other = with(client.service_request(), "client_id", "client-b");
    assert_eq!(client.post(&world, PATH, &other).await.error().2, "Invalid parameter client_id");
    let answer = post_form(&world, PATH, &client.service_request()).await;
    assert_eq!(answer.error(), (401, "invalid_request".into(), "Client authorization required".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_client_is_answered_like_a_wrong_secret() {
    let world = World::start().await;
    let client = Client::new("a");
    let wrong = Client { secret: Client::new("b").secret, ..client.clone() };
    let unknown = Client { id: "client-z".into(), ..client.clone() };
    let empty = Client { secret: String::new(), ..client.clone() };
    let answers = [
        wrong.post(&world, PATH, &client.service_request()).await,
        unknown.post(&world, PATH, &client.service_request()).await,
        empty.post(&world, PATH, &client.service_request()).await,
    ];
    insta::assert_snapshot!("wrong_secret", answers[0].snapshot(&[]));
    for answer in &answers[1..] {
        assert_eq!(answer.snapshot(&[]), answers[0].snapshot(&[]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_query_is_not_read() {
    let world = World::start().await;
    let client = Client::new("a");
    let path = format!("{PATH}?client_id={}&client_secret={}", client.id, client.secret);
    assert_eq!(post_form(&world, &path, &client.service_request()).await.error().0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_forms_are_read() {
    let world = World::start().await;
    let client = Client::new("a");
    for kind in ["application/json", "text/plain", "multipart/form-data"] {
        let request = Request::post(PATH)
            .header(header::CONTENT_TYPE, kind)
            .header(header::AUTHORIZATION, client.basic())
            .body(Body::from("response_type=code"))
            .unwrap();
        assert_eq!(Answer::of(&world.portal, request).await.status, 400, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_would_fill_the_store_is_refused() {
    let world = World::start().await;
    let client = Client::new("a");
    let large = with(client.service_request(), "lang", &"x".repeat(128 * 1024));
    assert_eq!(client.post(&world, PATH, &large).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_hashes_with_long_labels_fit() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let id = person.credential_id.as_str();
    let hashes: Vec<_> = (0..100).map(|_| world.fresh_hash()).collect();
    let mut detail = details(id, &hashes);
    for digest in detail["documentDigests"].as_array_mut().unwrap() {
        digest["label"] = "契".repeat(66).into();
    }
    let request = with(client.sign_request(id, &hashes), "authorization_details", &json!([detail]).to_string());
    assert_eq!(client.post(&world, PATH, &request).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_weakens_the_request_is_refused() {
    let world = World::start().await;
    let client = Client::new("a");
    let good = || client.service_request();
    let cases = [
        (without(good(), "response_type"), "Missing parameter response_type"),
        (with(good(), "response_type", "token"), "The authorization server supports the response type code only."),
        (without(good(), "code_challenge"), "Missing parameter code_challenge"),
        (with(good(), "code_challenge", "short"), "Invalid parameter code_challenge"),
        (without(good(), "code_challenge_method"), "Invalid parameter code_challenge_method"),
        (with(good(), "code_challenge_method", "plain"), "Invalid parameter code_challenge_method"),
        (without(good(), "redirect_uri"), "Missing parameter redirect_uri"),
        (with(good(), "redirect_uri", "https://evil.example/"), "Invalid parameter redirect_uri"),
        (with(good(), "redirect_uri", &format!("{}/", client.redirect_uri)), "Invalid parameter redirect_uri"),
        (with(good(), "redirect_uri", &format!("{}?x=1", client.redirect_uri)), "Invalid parameter redirect_uri"),
        (with(good(), "redirect_uri", &client.redirect_uri.replace("9000", "9001")), "Invalid parameter redirect_uri"),
        (with(good(), "redirect_uri", &client.redirect_uri.to_uppercase()), "Invalid parameter redirect_uri"),
        (with(good(), "redirect_uri", &Client::new("b").redirect_uri), "Invalid parameter redirect_uri"),
        (with(good(), "scope", "admin"), "The requested scope is invalid, unknown, or malformed."),
        (with(good(), "request_uri", "urn:x"), "Invalid parameter request_uri"),
        (with(good(), "description", "a\u{202e}b"), "Invalid parameter description"),
    ];
    for (request, sentence) in cases {
        let answer = client.post(&world, PATH, &request).await;
        assert_eq!((answer.error().0, answer.error().2.as_str()), (400, sentence), "{request:?}");
    }
    let mut twice = good();
    twice.extend(parameters(&[("scope", "service")]));
    assert_eq!(client.post(&world, PATH, &twice).await.status, 400, "a parameter twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn details_that_no_signer_could_approve_are_refused() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let id = person.credential_id.as_str();
    let (one, two) = (world.fresh_hash(), world.fresh_hash());
    let push = async |details: Value| {
        let request = with(client.sign_request(id, &[one]), "authorization_details", &json!([details]).to_string());
        client.post(&world, PATH, &request).await
    };
    assert_eq!(push(details(id, &[one, two])).await.status, 201);
    let edit = |member: &str, value: Value| {
        let mut details = details(id, &[one, two]);
        details[member] = value;
        details
    };
    let digest = |hash: &str, label: &str| json!([{ "hash": hash, "label": label }]);
    let good = Base64::encode_string(&one);
    let many: Vec<_> = (0..101).map(|_| json!({ "hash": Base64::encode_string(&world.fresh_hash()) })).collect();
    let cases = [
        (edit("credentialID", "AAAAAAAAAAAAAAAAAAAAAA".into()), "authorization_details has an invalid credentialID"),
        (edit("credentialID", "x".into()), "authorization_details has an invalid credentialID"),
        (edit("numSignatures", 1.into()), "Invalid value for parameter numSignatures"),
        (edit("numSignatures", 3.into()), "Invalid value for parameter numSignatures"),
        (edit("hashAlgorithmOID", "2.16.840.1.101.3.4.2.3".into()), "Invalid parameter hashAlgorithmOID"),
        (edit("documentDigests", digest("AAAA", "x")), "Invalid digest value length"),
        (edit("documentDigests", digest(&good, "a\nb")), "authorization_details has an invalid label"),
        (edit("documentDigests", digest(&good, &"x".repeat(201))), "authorization_details has an invalid label"),
        (
            edit("documentDigests", json!([{ "hash": good }, { "hash": good }])),
            "authorization_details names a hash twice",
        ),
        (edit("documentDigests", many.into()), "Numbers of signatures is too high"),
        (edit("documentDigests", json!([])), "authorization_details has an invalid documentDigests"),
        (edit("type", "payment".into()), "type is not an authorization type of this service"),
    ];
    for (details, sentence) in cases {
        let answer = push(details.clone()).await;
        assert_eq!((answer.error().0, answer.error().2.as_str()), (400, sentence), "{details}");
    }
    let contradicting = with(client.sign_request(id, &[one]), "scope", "service");
    assert_eq!(client.post(&world, PATH, &contradicting).await.error().1, "invalid_scope");
    let agreeing = with(client.sign_request(id, &[one]), "scope", "credential");
    assert_eq!(client.post(&world, PATH, &agreeing).await.status, 201);
    let lacking = with(without(client.sign_request(id, &[one]), "authorization_details"), "scope", "credential");
    assert_eq!(client.post(&world, PATH, &lacking).await.error().1, "invalid_authorization_details");
}
