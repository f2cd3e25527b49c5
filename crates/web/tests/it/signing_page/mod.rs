//! The signing page: who may ask, and what a ticket is worth. Threats T-BR-2, T-BR-3; security notes 7.1 no. 15.

use axum::http::StatusCode;
use serde_json::json;

use crate::harness::client::ticket_of;
use crate::harness::{Browser, Client, PORTAL, World};
use crate::portal::{assertion_json, from_base64url, problem, ticket_for, uploaded, uploaded_undrawable};

const MINE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const THEIRS: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_restates_person_certificate_document_and_application() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    let facts = Browser::new().post_signing(&world, MINE, "/api/ticket?lang=ja", &body).await.json();
    assert_eq!((&facts["name"], &facts["authority"]), (&json!("山田 花子"), &json!("Demo CA")));
    assert_eq!(facts["items"][0]["label"], "契約書.pdf");
    let hash: String = crate::harness::sha256(&crate::harness::contract()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(facts["items"][0]["fingerprint"]["plain"], hash);
    assert_eq!((&facts["client"], &facts["client_host"]), (&json!("落款ポータル"), &json!("localhost:8080")));
    assert_eq!((&facts["hash_only"], &facts["document"]["pages"]), (&json!(false), &json!(2)));
    let warnings = &facts["document"]["warnings"];
    assert_eq!(
        warnings[0]["title"], "日本語のフォント「MS-Mincho」が文書に入っていません。",
        "what the review warned of gravely"
    );
    assert_eq!(warnings.as_array().unwrap().len(), 1, "{warnings}");
    assert!(facts["until"].as_str().unwrap().ends_with("まで有効"), "{facts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_by_an_application_warns_that_only_a_hash_is_known() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let request = client.sign_request(person.credential_id.as_str(), &[world.fresh_hash(), world.fresh_hash()]);
    let answer = Browser::new().get(&world, &client.pushed(&world, &request).await).await;
    let ticket = ticket_of(&answer);
    let body = json!({ "ticket": ticket.as_str() });
    let facts = Browser::new().post_signing(&world, MINE, "/api/ticket", &body).await.json();
    assert_eq!((&facts["hash_only"], &facts["document"]), (&json!(true), &json!(null)));
    assert_eq!((&facts["client"], &facts["client_host"]), (&json!("Client A"), &json!("localhost:9000")));
    assert_eq!(facts["items"].as_array().unwrap().len(), 2);
    let answer = Browser::new().post_signing(&world, MINE, "/api/document", &body).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "there is no document here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_alone_grants_nothing_and_a_ticket_belongs_to_the_first_page() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    // The browser sends its portal cookie to every port of the host.
    for session in ["", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!"] {
        let answer = person.browser.post_signing(&world, session, "/api/ticket", &body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{session:?}");
    }
    assert_eq!(Browser::new().post_signing(&world, MINE, "/api/ticket", &body).await.status, StatusCode::OK);
    let asked = Browser::new().post_signing(&world, MINE, "/api/request", &body).await.json();
    let challenge = from_base64url(asked["options"]["challenge"].as_str().unwrap());
    let answer = person.answer(&challenge, &[]).await.unwrap();
    // One body for all: what a request does not ask for it passes over.
    let body = json!({ "ticket": ticket, "page": 1, "credential": assertion_json(&answer) });
    for session in [THEIRS, ""] {
        for path in ["/api/ticket", "/api/document", "/api/page", "/api/request", "/api/approve", "/api/decline"] {
            let answer = person.browser.post_signing(&world, session, path, &body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    // The same body from the page that owns the ticket is taken: nothing but the session was wrong.
    for path in ["/api/ticket", "/api/page", "/api/approve"] {
        let answer = Browser::new().post_signing(&world, MINE, path, &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_the_portal_or_of_another_site_is_not_heard() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    for origin in [PORTAL, "http://evil.example", "null"] {
        for path in ["/api/ticket", "/api/request", "/api/approve", "/api/decline", "/api/document", "/api/page"] {
            let answer = person.browser.post_signing_from(&world, origin, MINE, path, &body).await;
            assert_eq!(
                (answer.status, problem(&answer)),
                (StatusCode::FORBIDDEN, "cross-origin".into()),
                "{origin} {path}"
            );
        }
    }
    let facts = Browser::new().post_signing(&world, MINE, "/api/ticket", &body).await.json();
    assert_eq!(facts["state"], "open", "nobody owned or declined it");
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_makes_no_request_and_an_approval_needs_one() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    let browser = Browser::new();
    browser.post_signing(&world, MINE, "/api/ticket", &body).await;
    let answer = person.answer(&[7; 32], &[]).await.unwrap();
    let approve = json!({ "ticket": ticket, "credential": assertion_json(&answer) });
    let refused = browser.post_signing(&world, MINE, "/api/approve", &approve).await;
    assert_eq!((refused.status, problem(&refused)), (StatusCode::BAD_REQUEST, "malformed".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_made_on_the_portal_is_refused() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    let browser = Browser::new();
    browser.post_signing(&world, MINE, "/api/ticket", &body).await;
    let asked = browser.post_signing(&world, MINE, "/api/request", &body).await.json();
    let code = asked["control_code"].as_str().unwrap();
    assert_eq!(code.chars().count(), 4, "{code}");
    let challenge = from_base64url(asked["options"]["challenge"].as_str().unwrap());
    let made = person.passkey.assert(&challenge, crate::harness::RP_ID, PORTAL, &[]).await.unwrap();
    let made = ssa::AssertionResponse {
        credential_id: made.credential_id,
        user_handle: made.user_handle,
        client_data_json: made.client_data_json,
        authenticator_data: made.authenticator_data,
        signature: made.signature,
    };
    let approve = json!({ "ticket": ticket, "credential": assertion_json(&made) });
    let refused = browser.post_signing(&world, MINE, "/api/approve", &approve).await;
    assert_eq!((refused.status, problem(&refused)), (StatusCode::FORBIDDEN, "approval-refused".into()));
    let answer = person.browser.post_json(&world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!(problem(&answer), "approval-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_drawn_is_a_problem_in_words() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded_undrawable(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let browser = Browser::new();
    let facts = browser.post_signing(&world, MINE, "/api/ticket", &json!({ "ticket": ticket })).await.json();
    assert_eq!(facts["document"]["pages"], 2, "both are offered: {facts}");
    let first = browser.post_signing(&world, MINE, "/api/page", &json!({ "ticket": ticket, "page": 1 })).await;
    assert_eq!((first.status, first.body.as_slice()), (StatusCode::OK, crate::harness::PIXEL));
    let second = browser.post_signing(&world, MINE, "/api/page", &json!({ "ticket": ticket, "page": 2 })).await;
    assert_eq!((second.status, problem(&second)), (StatusCode::UNPROCESSABLE_ENTITY, "too-heavy".into()));
    for (language, words) in [("en", "This page cannot be shown."), ("ja", "このページを表示できません。")]
    {
        let html = Browser::new().get_signing(&world, &format!("/{language}")).await.text();
        assert!(html.contains(words), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_not_known_are_not_passed_over_in_silence() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let id = page.strip_prefix("/documents/").unwrap().parse().unwrap();
    world.ssa.save_page_report(person.signer_id, &id, "not a survey").await.unwrap();
    let ticket = ticket_for(&world, &person, &page).await;
    let facts = Browser::new().post_signing(&world, MINE, "/api/ticket", &json!({ "ticket": ticket })).await.json();
    assert_eq!(facts["document"], json!({ "pages": 0, "warnings": [] }));
    for (language, words) in [("en", "The pages cannot be shown here."), ("ja", "文書のページをここに表示できません。")]
    {
        let html = Browser::new().get_signing(&world, &format!("/{language}")).await.text();
        assert!(html.contains(words), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_says_until_when_it_can_be_answered() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let body = json!({ "ticket": ticket_for(&world, &person, &page).await });
    let browser = Browser::new();
    let facts = browser.post_signing(&world, MINE, "/api/ticket?lang=en", &body).await.json();
    // The module's 300 seconds begin at the press of the button, not when the page was opened.
    world.clock.advance(120);
    let asked = browser.post_signing(&world, MINE, "/api/request?lang=en", &body).await.json();
    assert_eq!(asked["expires"]["machine"], "2027-01-15T17:07:00+09:00");
    let text = asked["expires"]["text"].as_str().unwrap();
    assert_eq!(text, "Confirm with your passkey by Fri 15 January 2027, 17:07:00 JST.");
    assert!(!facts["expires"].as_str().unwrap().contains("17:07:00"), "that is the ticket's: {facts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_ends_with_its_time() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    let browser = Browser::new();
    browser.post_signing(&world, MINE, "/api/ticket", &body).await;
    world.clock.advance(24 * 3600);
    let facts = browser.post_signing(&world, MINE, "/api/ticket", &body).await.json();
    assert_eq!(facts["state"], "expired");
    let answer = browser.post_signing(&world, MINE, "/api/request", &body).await;
    assert_eq!((answer.status, problem(&answer)), (StatusCode::NOT_FOUND, "request-gone".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_served_on_the_signing_origin() {
    let world = World::start().await;
    for path in [
        "/documents",
        "/register",
        "/csc/v2/info",
        "/oauth2/token",
        "/login",
        "/api/login/start",
        "/.well-known/webauthn",
    ] {
        assert_eq!(Browser::new().get_signing(&world, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
