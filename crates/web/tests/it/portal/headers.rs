//! What every page carries.

use axum::http::StatusCode;

use super::uploaded;
use crate::harness::{Answer, Browser, World};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

fn is_protected(name: &str, answer: &Answer) {
    let header = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
    assert_eq!(header("content-security-policy"), POLICY, "{name}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{name}");
    assert_eq!(header("x-frame-options"), "DENY", "{name}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{name}");
    assert!(header("permissions-policy").contains("publickey-credentials-get=(self)"), "{name}");
}

fn is_a_page(name: &str, answer: &Answer) {
    is_protected(name, answer);
    assert_eq!(answer.headers["cache-control"], "no-store", "{name}");
    let text = answer.text();
    assert!(text.starts_with("<!doctype html>\n<html lang=\""), "{name}");
    assert_eq!(text.matches("<h1").count(), 1, "{name}");
    for needed in ["class=\"skip\"", "<main id=\"main\"", "<header", "<footer", "DEMO / 試用・無効"] {
        assert!(text.contains(needed), "{name} lacks {needed}");
    }
    for forbidden in ["<style", " style=", " onclick", "javascript:", "<script>", "http://cdn", "https://"] {
        assert!(!text.contains(forbidden), "{name} has {forbidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_the_policy_the_landmarks_and_nothing_inline() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let document = uploaded(&world, &person).await;
    let stranger = Browser::new();
    for path in ["/", "/register", "/login", "/check", "/help"] {
        is_a_page(path, &stranger.get(&world, path).await);
    }
    for path in ["/", "/documents", "/certificates", "/check", "/help", &document] {
        is_a_page(path, &person.browser.get(&world, path).await);
    }
    let missing = person.browser.get(&world, &format!("/documents/{}", "A".repeat(32))).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    is_a_page("a missing document", &missing);
    let refused = stranger.submit_from(&world, "http://evil.example", "/logout", "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    is_a_page("a refused request", &refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signing_page_may_use_passkeys_and_not_make_them() {
    let world = World::start().await;
    for path in ["/", "/ja", "/en"] {
        let answer = Browser::new().get_signing(&world, path).await;
        is_protected(path, &answer);
        assert!(answer.headers["permissions-policy"].to_str().unwrap().contains("publickey-credentials-create=()"));
        assert_eq!(answer.text().matches("btn-sign").count(), 1, "one red button");
        assert!(answer.text().contains("type=\"button\" id=\"sign\""), "no form, so Enter submits nothing");
        assert!(!answer.text().contains("<form"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signing_page_is_the_same_for_everyone() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let known = person.browser.get_signing(&world, "/ja").await;
    let unknown = Browser::new().get_signing(&world, "/ja").await;
    assert_eq!(known.text(), unknown.text());
    assert!(!known.text().contains("山田"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_has_no_red_button() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let document = uploaded(&world, &person).await;
    for path in ["/", "/documents", "/certificates", "/check", "/help", &document] {
        assert!(!person.browser.get(&world, path).await.text().contains("btn-sign"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn style_sheets_and_scripts_are_what_the_pages_say() {
    let world = World::start().await;
    let page = Browser::new().get_signing(&world, "/ja").await.text();
    let mut seen = 0;
    for part in page.split("/assets/").skip(1) {
        let (address, rest) = part.split_once('"').unwrap();
        let answer = Browser::new().get_signing(&world, &format!("/assets/{address}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
        if let Some(integrity) = rest.strip_prefix(" integrity=\"sha256-") {
            use base64ct::{Base64, Encoding};
            let hash = Base64::encode_string(&crate::harness::sha256(&answer.body));
            assert!(integrity.starts_with(&format!("{hash}\"")), "{address}");
            seen += 1;
        }
    }
    assert_eq!(seen, 3, "two style sheets and one script");
    let old = Browser::new().get_signing(&world, "/assets/0000/rakkan.css").await;
    assert_eq!(old.headers["cache-control"], "no-store");
    assert_eq!(Browser::new().get_signing(&world, "/assets/0000/other.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_an_origin_that_is_ours() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let document = uploaded(&world, &person).await;
    for origin in ["http://evil.example", "http://localhost:8081", "null"] {
        for path in ["/logout", "/documents/sample", "/certificates", &format!("{document}/forget")] {
            let answer = person.browser.submit_from(&world, origin, path, "ca_id=ca1").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin} {path}");
        }
        let path = format!("/api{document}/activation");
        let answer = person.browser.post_json_from(&world, origin, &path, &serde_json::json!({})).await;
        assert_eq!((answer.status, super::problem(&answer)), (StatusCode::FORBIDDEN, "cross-origin".into()));
    }
    assert_eq!(person.browser.get(&world, &document).await.status, StatusCode::OK, "nothing was deleted");
}
