//! /csc/v2/info

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::harness::{Answer, PORTAL, SoleControl, Variation, World};

async fn get(world: &World, path: &str) -> Answer {
    Answer::of(&world.portal, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(world: &World, body: &str) -> Answer {
    Answer::of(&world.portal, Request::post("/csc/v2/info").body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_the_service_is_without_authentication() {
    let world = World::start().await;
    let answer = get(&world, "/csc/v2/info").await;
    insta::assert_snapshot!(answer.snapshot(&[]));
    for body in ["", "{}", r#"{"lang":null,"unknown":[1]}"#] {
        assert_eq!(post(&world, body).await.json(), answer.json(), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logo_it_names_is_a_png_of_the_permitted_size() {
    let world = World::start().await;
    let logo = get(&world, "/csc/v2/info").await.json()["logo"].as_str().unwrap().to_owned();
    let answer = get(&world, logo.strip_prefix(PORTAL).unwrap()).await;
    assert_eq!(answer.headers["content-type"], "image/png");
    assert_eq!(&answer.body[..8], b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(answer.body[at..at + 4].try_into().unwrap());
    assert!(side(16) <= 256 && side(20) <= 256);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_texts_come_in_the_language_asked_for() {
    let world = World::start().await;
    let japanese = get(&world, "/csc/v2/info?lang=ja-JP").await.json();
    assert_eq!(japanese["lang"], "ja");
    assert!(japanese["description"].as_str().unwrap().contains("デモ用・無効"));
    assert_eq!(post(&world, r#"{"lang":"ja"}"#).await.json(), japanese);
    assert_eq!(get(&world, "/csc/v2/info?lang=fr").await.json()["lang"], "en");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_it_says_that_keys_are_held_by_a_software_token() {
    let world = World::start_as(Variation { demo: false, ..Variation::default() }).await;
    let said = async |path: &str| get(&world, path).await.json()["description"].as_str().unwrap().to_owned();
    assert!(said("/csc/v2/info").await.contains("Keys are held by a software token."));
    assert!(said("/csc/v2/info?lang=ja").await.contains("ソフトウェアトークン"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_nothing_of_scal2_when_the_module_does_not_claim_it() {
    let claims = async |sole_control| {
        let world = World::start_as(Variation { sole_control, ..Variation::default() }).await;
        get(&world, "/csc/v2/info").await.text().contains("SCAL")
    };
    assert!(claims(SoleControl::Scal2).await);
    assert!(!claims(SoleControl::Scal1).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_while_the_module_does_not_and_claims_nothing_in_its_name() {
    let world = World::start_as(Variation { module_runs: false, ..Variation::default() }).await;
    let answer = get(&world, "/csc/v2/info").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(!answer.text().contains("SCAL"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_it_names_exists_and_no_other() {
    let world = World::start().await;
    let info = get(&world, "/csc/v2/info").await.json();
    for method in info["methods"].as_array().unwrap() {
        let method = method.as_str().unwrap();
        let path = if method.starts_with("oauth2/") { format!("/{method}") } else { format!("/csc/v2/{method}") };
        let get = get(&world, &path).await.status;
        let post = Answer::of(&world.portal, Request::post(&path).body(Body::empty()).unwrap()).await.status;
        let exists = |status| ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&status);
        assert!(exists(get) || exists(post), "{method}: GET {get}, POST {post}");
    }
    for absent in ["signatures/signDoc", "credentials/authorize", "credentials/extendTransaction", "auth/login"] {
        assert!(!info["methods"].to_string().contains(absent));
        let request = Request::post(format!("/csc/v2/{absent}")).body(Body::from("{}")).unwrap();
        assert_eq!(Answer::of(&world.portal, request).await.status, StatusCode::NOT_FOUND, "{absent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_object_is_refused() {
    let world = World::start().await;
    for body in ["[]", "{", r#"{"lang":1}"#, r#"{"lang":"en","lang":"ja"}"#] {
        assert_eq!(post(&world, body).await.status, StatusCode::BAD_REQUEST, "{body}");
    }
}
