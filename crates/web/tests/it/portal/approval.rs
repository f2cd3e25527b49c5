//! The page that stays open on the portal while the signer is on the signing page.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::documents::approved;
use super::{ticket_for, uploaded};
use crate::harness::{Browser, Person, World};

const PAGE_SESSION: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn progress(world: &World, person: &Person, page: &str) -> Value {
    person.browser.get(world, &format!("/api{page}/approval")).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_shows_the_control_code_of_the_newest_request() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    assert_eq!(progress(&world, &person, &page).await, json!({ "state": "over", "control_code": null }));
    let ticket = ticket_for(&world, &person, &page).await;
    assert_eq!(progress(&world, &person, &page).await, json!({ "state": "open", "control_code": null }));
    let html = person.browser.get(&world, &format!("{page}/approval")).await.text();
    assert!(html.contains(&format!("data-address=\"/api{page}/approval\"")) && html.contains("契約書.pdf"), "{html}");
    assert!(!html.contains(&ticket), "the ticket is the signing page's alone");

    let (signing, body) = (Browser::new(), json!({ "ticket": ticket }));
    signing.post_signing(&world, PAGE_SESSION, "/api/ticket", &body).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let asked = signing.post_signing(&world, PAGE_SESSION, "/api/request", &body).await.json();
        let code = asked["control_code"].clone();
        let expected = json!({ "state": "requested", "control_code": code });
        assert_eq!(progress(&world, &person, &page).await, expected);
        codes.push(code);
    }
    assert_ne!(codes[0], codes[1], "each request has its own");

    approved(&world, &person, &ticket).await;
    assert_eq!(progress(&world, &person, &page).await["state"], "approved");
    person.browser.submit(&world, &format!("{page}/finish"), "").await;
    assert_eq!(progress(&world, &person, &page).await["state"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_request_is_over_and_shows_no_code() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    let body = json!({ "ticket": ticket_for(&world, &person, &page).await });
    for path in ["/api/ticket", "/api/request", "/api/decline"] {
        Browser::new().post_signing(&world, PAGE_SESSION, path, &body).await;
    }
    assert_eq!(progress(&world, &person, &page).await, json!({ "state": "over", "control_code": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_learns_nothing_of_an_approval() {
    let world = World::start().await;
    let (hanako, taro) = (world.person("花子").await, world.person("太郎").await);
    let page = uploaded(&world, &hanako).await;
    ticket_for(&world, &hanako, &page).await;
    for path in [format!("{page}/approval"), format!("/api{page}/approval")] {
        assert_eq!(taro.browser.get(&world, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let stranger = Browser::new().get(&world, &format!("/api{page}/approval")).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}
