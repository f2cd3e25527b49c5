//! What holds for every endpoint: the header with the token, limits, headers of answers.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use std::net::SocketAddr;
use web::RateLimit;

use crate::harness::client::call_with;
use crate::harness::{Answer, Client, World};

const METHODS: [&str; 4] = ["credentials/list", "credentials/info", "signatures/signHash", "signatures/timestamp"];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_malformed_authorization_header_is_a_bad_request() {
    let world = World::start().await;
    for method in METHODS {
        for header in ["Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "token", "Bearer ä", "Bearer a,b"] {
            let answer = call_with(&world, header, method, "{}").await;
            let expected = (400, "invalid_request".into(), "Malformed authorization header.".into());
            assert_eq!(answer.error(), expected, "{method} {header}");
        }
        let request = Request::post(format!("/csc/v2/{method}")).body(Body::from("{}")).unwrap();
        assert_eq!(Answer::of(&world.portal, request).await.status, StatusCode::BAD_REQUEST);
        let twice = Request::post(format!("/csc/v2/{method}"))
            .header("authorization", "Bearer a")
            .header("authorization", "Bearer b")
            .body(Body::from("{}"))
            .unwrap();
        assert_eq!(Answer::of(&world.portal, twice).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_ours_is_unauthorized() {
    let world = World::start().await;
    for method in METHODS {
        for token in ["x", &"A".repeat(43), &"A".repeat(4000)] {
            let answer = call_with(&world, &format!("Bearer {token}"), method, "{}").await;
            assert_eq!(answer.error().0, 401, "{method}");
            assert_eq!(answer.error().1, "invalid_token");
            assert_eq!(answer.headers["www-authenticate"], r#"Bearer error="invalid_token""#);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_unauthorized_on_every_endpoint() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    world.clock.advance(3600);
    for method in METHODS {
        let answer = call_with(&world, &format!("Bearer {}", token.text), method, "{}").await;
        let text = "The access or refresh token is expired or has been revoked.";
        assert_eq!(answer.error(), (401, "expired_token".into(), text.into()), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_or_a_request_reference_is_no_token() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let code = client.service_code(&world, &person).await;
    let pushed = client.pushed(&world, &client.service_request()).await;
    let reference = pushed.rsplit("%3A").next().unwrap();
    for text in [code.as_str(), reference] {
        let answer = call_with(&world, &format!("Bearer {text}"), "credentials/list", "{}").await;
        assert_eq!(answer.error().1, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_one_mebibyte_is_refused() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let token = Client::new("a").service_token(&world, &person).await;
    let body = format!(r#"{{"clientData":"{}"}}"#, "x".repeat(1024 * 1024));
    let answer = call_with(&world, &format!("Bearer {}", token.text), "credentials/list", &body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.error().1, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_security_headers_and_an_id_of_its_own() {
    let world = World::start().await;
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/csc/v2/info", "/csc/v2/absent", "/oauth2/token", "/oauth2/authorize", "/", "/absent"] {
        let answer = Answer::of(&world.portal, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        ids.insert(answer.headers["x-request-id"].to_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_of_one_address_wait() {
    let world = World::start_with(RateLimit { per_second: 1, burst: 3 }).await;
    let peer = |last: u8| SocketAddr::from(([192, 0, 2, last], 4711));
    let ask = async |peer: SocketAddr| {
        let request = Request::get("/csc/v2/info").extension(ConnectInfo(peer)).body(Body::empty()).unwrap();
        Answer::of(&world.portal, request).await
    };
    for _ in 0..3 {
        assert_eq!(ask(peer(1)).await.status, StatusCode::OK);
    }
    let refused = ask(peer(1)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(ask(peer(2)).await.status, StatusCode::OK);
}
