//! When there is no answer (too many requests, no time left, a bug, the browser gone) each caller reads it in its own form.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower::ServiceExt;
use web::RateLimit;
use web::portal::pages::{PageRenderer, Rendering, Survey};

use super::{uploaded, with_pages, with_settings};
use crate::harness::{Answer, PORTAL, SIGNING, World};

/// Asks as a browser or client at one address of the network would.
async fn ask(routes: &Router, method: &str, path: &str) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ORIGIN, if path == "/api/ticket" { SIGNING } else { PORTAL })
        .header(header::CONTENT_TYPE, "application/json")
        .header("rakkan-page-session", "A".repeat(43))
        .body(Body::from(format!(r#"{{"ticket":"{}"}}"#, "A".repeat(32))))
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 5))));
    Answer::of(routes, request).await
}

fn is_a_page(answer: &Answer, status: u16, title: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    let text = answer.text();
    assert!(text.starts_with("<!doctype html>") && text.contains(&format!("<h1 id=\"e-h\">{title}</h1>")), "{text}");
    assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
}

fn is_a_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let problem = answer.json()["problem"].clone();
    assert_eq!(problem["kind"], kind);
    assert!(problem["title"].is_string() && problem["text"].is_string(), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_told_to_each_caller_in_its_own_form() {
    let rate_limit = RateLimit { per_second: 1, burst: 1 };
    let world = with_settings(World::start_with(rate_limit).await, |_| ());
    ask(&world.portal, "GET", "/help").await;
    ask(&world.signing, "GET", "/en").await;
    let title = "Too many requests came from your network";
    for path in ["/help", "/check", "/oauth2/authorize"] {
        let answer = ask(&world.portal, "GET", path).await;
        is_a_page(&answer, 429, title);
        assert_eq!(answer.headers[header::RETRY_AFTER], "1", "{path}");
    }
    is_a_page(&ask(&world.portal, "GET", "/help?lang=ja").await, 429, "お使いの回線からの要求が多すぎます");
    is_a_page(&ask(&world.signing, "GET", "/en").await, 429, title);
    is_a_problem(&ask(&world.portal, "POST", "/api/login/start").await, 429, "too-many");
    is_a_problem(&ask(&world.signing, "POST", "/api/ticket").await, 429, "too-many");
    for path in ["/csc/v2/info", "/csc/v2/signatures/signHash", "/oauth2/token", "/revoke"] {
        let answer = ask(&world.portal, "POST", path).await;
        assert_eq!(answer.status.as_u16(), 429, "{path}");
        assert!(answer.json()["error"].is_string() && answer.json()["error_description"].is_string(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_out_of_time_is_told_to_each_caller_in_its_own_form() {
    // No time at all: whatever has to wait for the store is out of it.
    let world = with_settings(World::start().await, |settings| settings.time_limit = Duration::ZERO);
    is_a_problem(&ask(&world.signing, "POST", "/api/ticket").await, 503, "too-long");
    is_a_problem(&ask(&world.portal, "POST", "/api/login/start").await, 503, "too-long");
    let body = Request::post("/oauth2/revoke")
        .header(header::AUTHORIZATION, "Bearer x")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let answer = Answer::of(&world.portal, body).await;
    assert!(answer.json()["error"].is_string(), "{}", answer.text());
}

/// Draws nothing: meets a bug, or never ends and tells when it began and when it was ended.
struct Stuck {
    bug: bool,
    heard: UnboundedSender<&'static str>,
}

struct Told(UnboundedSender<&'static str>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send("ended");
    }
}

impl PageRenderer for Stuck {
    fn survey(&self, _: File) -> Rendering<'_, Survey> {
        Box::pin(std::future::pending())
    }

    fn draw(&self, _: File, _: u32, _: u32) -> Rendering<'_, Vec<u8>> {
        let told = Told(self.heard.clone());
        Box::pin(async move {
            assert!(!self.bug, "a bug, as the test wants it");
            told.0.send("began").unwrap();
            std::future::pending().await
        })
    }
}

fn stuck(world: World, bug: bool) -> (World, UnboundedReceiver<&'static str>) {
    let (heard, hears) = unbounded_channel();
    (with_pages(world, Arc::new(Stuck { bug, heard }), |_| ()), hears)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_is_a_page_with_a_reference() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    let (world, _hears) = stuck(world, true);
    let answer = person.browser.get(&world, &format!("{page}/pages/1.png")).await;
    is_a_page(&answer, 500, "Something went wrong in the server");
    let reference = answer.headers["x-request-id"].to_str().unwrap();
    assert!(answer.text().contains(reference), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_for_a_browser_that_has_gone_ends() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    let (world, mut hears) = stuck(world, false);
    let cookie = person.browser.cookie("rakkan-session").unwrap();
    let request = Request::get(format!("{page}/pages/1.png"))
        .header(header::COOKIE, format!("rakkan-session={cookie}"))
        .body(Body::empty())
        .unwrap();
    let routes = world.portal.clone();
    let asked = tokio::spawn(async move { routes.oneshot(request).await.map(|answer| answer.status()) });
    assert_eq!(hears.recv().await, Some("began"));
    asked.abort();
    let ended = tokio::time::timeout(Duration::from_secs(60), hears.recv()).await;
    assert_eq!(ended.expect("the drawing goes on for nobody"), Some("ended"));
}
