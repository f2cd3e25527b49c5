//! Registration and login through the endpoints that a browser uses.

use axum::http::StatusCode;
use serde_json::{Value, json};
use test_support::authenticator::SoftwareAuthenticator;
use test_support::authenticator::software::User;

use super::{assertion_json, base64url, from_base64url, problem};
use crate::harness::{Browser, PORTAL, RP_ID, World};

async fn started(world: &World, browser: &Browser, name: &str) -> Value {
    let form = json!({ "display_name": name, "organisation": "青葉データ株式会社", "ca_id": "ca1" });
    let answer = browser.post_json(world, "/api/register/start", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

async fn made(passkey: &SoftwareAuthenticator, options: &Value, origin: &str) -> Value {
    let handle = from_base64url(options["user"]["id"].as_str().unwrap());
    let challenge = from_base64url(options["challenge"].as_str().unwrap());
    let user = User { handle: &handle, name: options["user"]["name"].as_str().unwrap() };
    let made = passkey.register(&challenge, RP_ID, origin, user).await.unwrap();
    json!({
        "id": base64url(&made.credential_id), "rawId": base64url(&made.credential_id), "type": "public-key",
        "response": {
            "clientDataJSON": base64url(&made.client_data_json),
            "attestationObject": base64url(&made.attestation_object),
            "authenticatorData": base64url(&made.authenticator_data),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_gets_a_certificate_a_session_and_logs_in_again() {
    let world = World::start().await;
    let (browser, passkey) = (Browser::new(), SoftwareAuthenticator::new());
    let start = started(&world, &browser, "山田 花子").await;
    assert_eq!(start["options"]["authenticatorSelection"]["userVerification"], "required");
    let credential = made(&passkey, &start["options"], PORTAL).await;
    let finish = json!({ "registration_id": start["registration_id"], "credential": credential });
    let answer = browser.post_json(&world, "/api/register/finish", &finish).await;
    assert_eq!(answer.json()["next"], "/documents", "{}", answer.text());
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite"), "{cookie}");
    let page = browser.get(&world, "/certificates").await.text();
    assert!(
        page.contains("山田 花子") && page.contains("青葉データ株式会社") && page.contains("Ready to use"),
        "{page}"
    );

    browser.submit(&world, "/logout", "").await;
    assert!(browser.get(&world, "/certificates").await.location().starts_with("/login?next=%2Fcertificates"));
    let login = browser.post_json(&world, "/api/login/start", &json!({})).await.json();
    let challenge = from_base64url(login["options"]["challenge"].as_str().unwrap());
    let answer = passkey.assert(&challenge, RP_ID, PORTAL, &[]).await.unwrap();
    let answer = ssa::AssertionResponse {
        credential_id: answer.credential_id,
        user_handle: answer.user_handle,
        client_data_json: answer.client_data_json,
        authenticator_data: answer.authenticator_data,
        signature: answer.signature,
    };
    let finish =
        json!({ "login_id": login["login_id"], "credential": assertion_json(&answer), "next": "/certificates" });
    let answer = browser.post_json(&world, "/api/login/finish", &finish).await;
    assert_eq!(answer.json()["next"], "/certificates", "{}", answer.text());
    assert_eq!(browser.get(&world, "/certificates").await.status, StatusCode::OK);
    let again = browser.post_json(&world, "/api/login/finish", &finish).await;
    assert_eq!((again.status, problem(&again)), (StatusCode::UNAUTHORIZED, "passkey-refused".into()), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_made_on_another_page_is_refused() {
    let world = World::start().await;
    let (browser, passkey) = (Browser::new(), SoftwareAuthenticator::new());
    let start = started(&world, &browser, "Hanako").await;
    let credential = made(&passkey, &start["options"], "http://localhost:8081").await;
    let finish = json!({ "registration_id": start["registration_id"], "credential": credential });
    let answer = browser.post_json(&world, "/api/register/finish", &finish).await;
    assert_eq!((answer.status, problem(&answer)), (StatusCode::UNAUTHORIZED, "passkey-refused".into()));
    assert!(browser.cookie("rakkan-session").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_or_used_is_told_in_words() {
    let world = World::start().await;
    let browser = Browser::new();
    let cases = [
        ("/api/register/start", json!({}), "malformed"),
        ("/api/register/start", json!({ "display_name": " ", "ca_id": "ca1" }), "registration-invalid"),
        ("/api/register/start", json!({ "display_name": "A", "ca_id": "other" }), "registration-invalid"),
        (
            "/api/register/start",
            json!({ "display_name": "A", "ca_id": "ca1", "key_algorithm": "dsa" }),
            "registration-invalid",
        ),
        ("/api/register/resume", json!({ "registration_id": "x" }), "registration-expired"),
        ("/api/register/resume", json!({ "registration_id": "A".repeat(32) }), "registration-expired"),
        ("/api/login/finish", json!({ "login_id": "x" }), "malformed"),
    ];
    for (path, body, kind) in cases {
        let answer = browser.post_json(&world, path, &body).await;
        assert_eq!(problem(&answer), kind, "{path} {body}");
        assert!(answer.status.is_client_error());
        assert!(!answer.json()["problem"]["text"].as_str().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_shown_as_text_and_never_as_markup() {
    let world = World::start().await;
    let person = world.person("<img src=x onerror=alert(1)>").await;
    for path in ["/", "/documents", "/certificates"] {
        let page = person.browser.get(&world, path).await.text();
        assert!(!page.contains("<img src=x"), "{path}");
        assert!(page.contains("&#60;img src=x"), "{path}");
    }
}
