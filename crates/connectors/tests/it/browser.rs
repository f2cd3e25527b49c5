//! The demo signer's browser: cookies, origins, redirects.

use crate::ground::http;
use connectors::csc::Browser;
use std::sync::{Arc, Mutex};
use test_support::http::{LoopbackServer, Outcome, Received, StatusCode, header};

/// A server that sets a cookie at /set, removes it at /unset, redirects at /go, and notes what it was sent.
async fn server() -> (LoopbackServer, Arc<Mutex<Vec<Received>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let server = LoopbackServer::start(move |request: Received| {
        let path = request.uri().path().to_owned();
        noted.lock().unwrap().push(request);
        async move {
            let page = Outcome::text(StatusCode::OK, "page");
            match path.as_str() {
                "/set" => page.with(header::SET_COOKIE, "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax"),
                "/unset" => page.with(header::SET_COOKIE, "__Host-session=; Path=/; Secure; Max-Age=0"),
                "/go" => Outcome::text(StatusCode::SEE_OTHER, "").with(header::LOCATION, "/there?x=1"),
                _ => page,
            }
        }
    });
    (server.await.unwrap(), seen)
}

fn sent(seen: &Mutex<Vec<Received>>, name: &str) -> Option<String> {
    let requests = seen.lock().unwrap();
    requests.last().unwrap().headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_cookie_is_sent_back_until_it_is_taken_away() {
    let (server, seen) = server().await;
    let browser = Browser::new(http());
    browser.open(&format!("{}/set", server.url())).await.unwrap();
    assert_eq!(sent(&seen, "cookie"), None);
    browser.fetch(&format!("{}/page", server.url())).await.unwrap();
    assert_eq!(sent(&seen, "cookie").as_deref(), Some("__Host-session=abc"));
    browser.open(&format!("{}/unset", server.url())).await.unwrap();
    browser.open(&format!("{}/page", server.url())).await.unwrap();
    assert_eq!(sent(&seen, "cookie"), None);
}

#[tokio::test]
async fn a_cookie_stays_with_its_host() {
    let (server, seen) = server().await;
    let browser = Browser::new(http());
    browser.open(&format!("{}/set", server.url())).await.unwrap();
    let by_name = format!("http://localhost:{}", server.address().port());
    browser.open(&format!("{by_name}/page")).await.unwrap();
    assert_eq!(sent(&seen, "cookie"), None);
}

#[tokio::test]
async fn a_post_names_its_origin_and_a_redirect_is_shown_and_not_followed() {
    let (server, seen) = server().await;
    let browser = Browser::new(http());
    let page = browser.post_json(&format!("{}/go", server.url()), &serde_json::json!({"a": 1})).await.unwrap();
    assert_eq!(sent(&seen, "origin"), Some(server.url()));
    assert_eq!(sent(&seen, "content-type").as_deref(), Some("application/json"));
    assert_eq!(seen.lock().unwrap().last().unwrap().body().as_ref(), br#"{"a":1}"#);
    assert_eq!((page.status, page.location), (303, Some(format!("{}/there?x=1", server.url()))));
    assert_eq!(seen.lock().unwrap().len(), 1);
    browser.post_form(&format!("{}/form", server.url()), &[("名", "値 &")]).await.unwrap();
    assert_eq!(seen.lock().unwrap().last().unwrap().body().as_ref(), "%E5%90%8D=%E5%80%A4+%26".as_bytes());
}
