//! /oauth2/authorize and what lies below it

use crate::harness::client::{ticket_of, with, without};
use crate::harness::{Browser, Client, PORTAL, SIGNING, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_sign_leads_to_the_signing_page_and_back_with_a_code() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let request = client.sign_request(person.credential_id.as_str(), &[world.fresh_hash()]);
    let browser = Browser::new();
    let answer = browser.get(&world, &client.pushed(&world, &request).await).await;
    assert!(answer.location().starts_with(SIGNING));
    let approval = person.approve(&world, &ticket_of(&answer)).await;
    assert!(approval.return_to.starts_with(PORTAL));
    let back = browser.get(&world, &approval.return_to).await;
    assert!(back.location().starts_with(&format!("{}?code=", client.redirect_uri)));
    assert_eq!(back.location_parameter("state").as_deref(), Some("the state"));
    assert_eq!(back.location_parameter("iss").as_deref(), Some(PORTAL));
    assert_eq!(back.location_parameter("error"), None);
    assert_eq!(browser.get(&world, &approval.return_to).await.status, 404, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_service_asks_the_logged_in_account() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let address = client.pushed(&world, &client.service_request()).await;
    let question = person.browser.get(&world, &address).await.location().to_owned();
    let page = person.browser.get(&world, &question).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Client A") && page.text().contains("Hanako"), "{}", page.text());
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' http://localhost:9000"), "{policy}");
    let back = person.browser.submit(&world, &question, "decision=allow").await;
    assert!(back.location_parameter("code").is_some());
    assert_eq!(back.location_parameter("iss").as_deref(), Some(PORTAL));
    assert_eq!(person.browser.submit(&world, &question, "decision=allow").await.status, 404, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_logged_in_is_asked_to_log_in_first() {
    let world = World::start().await;
    let client = Client::new("a");
    let browser = Browser::new();
    let question =
        browser.get(&world, &client.pushed(&world, &client.service_request()).await).await.location().to_owned();
    let answer = browser.get(&world, &question).await;
    assert_eq!(answer.location_parameter("next").as_deref(), Some(question.as_str()), "and then comes back");
    assert!(answer.location().starts_with("/login?"));
    let answer = browser.submit(&world, &question, "decision=allow").await;
    assert!(answer.location().starts_with("/login?"), "no code without a login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_question_and_anything_but_allow_tell_the_client_so() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    for form in ["decision=deny", "decision=ALLOW", "", "decision="] {
        let address = client.pushed(&world, &client.service_request()).await;
        let question = person.browser.get(&world, &address).await.location().to_owned();
        let back = person.browser.submit(&world, &question, form).await;
        assert_eq!(back.location_parameter("error").as_deref(), Some("access_denied"), "{form}");
        assert_eq!(back.location_parameter("state").as_deref(), Some("the state"));
        assert_eq!(back.location_parameter("code"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_approval_tells_the_client_so() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let request = client.sign_request(person.credential_id.as_str(), &[world.fresh_hash()]);
    let answer = person.browser.get(&world, &client.pushed(&world, &request).await).await;
    let ticket = ticket_of(&answer);
    world.ssa.activation(&ticket, person.binding()).await.unwrap();
    let return_to = world.ssa.decline(&ticket, person.binding()).await.unwrap();
    let back = person.browser.get(&world, &return_to).await;
    assert_eq!(back.location_parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(back.location_parameter("iss").as_deref(), Some(PORTAL));
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_back_without_a_decision_leads_to_the_signing_page_again() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let request = client.sign_request(person.credential_id.as_str(), &[world.fresh_hash()]);
    let answer = person.browser.get(&world, &client.pushed(&world, &request).await).await;
    let ticket = ticket_of(&answer);
    let return_to = world.ssa.activation(&ticket, person.binding()).await.unwrap().return_to;
    let again = person.browser.get(&world, &return_to).await;
    assert_eq!(ticket_of(&again), ticket);
    person.approve(&world, &ticket).await;
    assert!(person.browser.get(&world, &return_to).await.location_parameter("code").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_is_used_once_and_within_ninety_seconds() {
    let world = World::start().await;
    let client = Client::new("a");
    let address = client.pushed(&world, &client.service_request()).await;
    let browser = Browser::new();
    assert_eq!(browser.get(&world, &address).await.status, 303);
    assert_eq!(browser.get(&world, &address).await.status, 404, "used");
    let address = client.pushed(&world, &client.service_request()).await;
    world.clock.advance(90);
    assert_eq!(browser.get(&world, &address).await.status, 404, "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_not_pushed_is_refused_without_a_redirect() {
    let world = World::start().await;
    let client = Client::new("a");
    let plain: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .extend_pairs(client.service_request())
        .finish();
    let pushed = client.pushed(&world, &client.service_request()).await;
    let without_client = format!("/oauth2/authorize?{}", pushed.split_once('&').unwrap().1);
    let invented = client.authorize_path(&format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43)));
    for (address, status) in [
        (format!("/oauth2/authorize?{plain}"), 400),
        ("/oauth2/authorize".into(), 400),
        (format!("{pushed}&client_id=client-a"), 400),
        (without_client, 400),
        (invented, 404),
        (client.authorize_path("https://evil.example/request.jwt"), 404),
        (pushed.replace("client-a", "client-z"), 404),
    ] {
        let answer = Browser::new().get(&world, &address).await;
        assert_eq!(answer.status, status, "{address}");
        assert!(!answer.headers.contains_key("location"), "{address}");
    }
    let refused = Browser::new().get(&world, "/oauth2/authorize").await;
    assert!(refused.headers["content-type"].to_str().unwrap().starts_with("text/html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_beside_the_reference_change_nothing() {
    let world = World::start().await;
    let client = Client::new("a");
    let person = world.person("Hanako").await;
    let address = client.pushed(&world, &client.service_request()).await;
    let address = format!("{address}&redirect_uri=https%3A%2F%2Fevil.example&state=other&scope=credential");
    let question = person.browser.get(&world, &address).await.location().to_owned();
    let back = person.browser.submit(&world, &question, "decision=allow").await;
    assert!(back.location().starts_with(&client.redirect_uri));
    assert_eq!(back.location_parameter("state").as_deref(), Some("the state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_goes_back_through_the_browser_that_opened_the_request_only() {
    let world = World::start().await;
    let (victim, client, attacker) = (world.person("Hanako").await, Client::new("a"), Browser::new());
    // The victim's browser has a cookie of its own, from another request.
    client.service_code(&world, &victim).await;
    assert!(victim.browser.cookie("rakkan-authorize").is_some());
    // The attacker opens a request and makes the victim approve it.
    let request = client.sign_request(victim.credential_id.as_str(), &[world.fresh_hash()]);
    let answer = attacker.get(&world, &client.pushed(&world, &request).await).await;
    let approval = victim.approve(&world, &ticket_of(&answer)).await;
    assert_eq!(victim.browser.get(&world, &approval.return_to).await.status, 404);
    // The attacker opens a question and lets the victim's login answer it.
    let address = client.pushed(&world, &client.service_request()).await;
    let question = attacker.get(&world, &address).await.location().to_owned();
    assert_eq!(victim.browser.get(&world, &question).await.status, 404);
    assert_eq!(victim.browser.submit(&world, &question, "decision=allow").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_decides_nothing() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let address = client.pushed(&world, &client.service_request()).await;
    let question = person.browser.get(&world, &address).await.location().to_owned();
    for origin in ["https://evil.example", SIGNING, "null", "http://localhost:8080.evil.example"] {
        let answer = person.browser.submit_from(&world, origin, &question, "decision=allow").await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    let back = person.browser.submit(&world, &question, "decision=allow").await;
    assert!(back.location_parameter("code").is_some(), "the question is still open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_sign_is_not_granted_by_a_click() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let request = client.sign_request(person.credential_id.as_str(), &[world.fresh_hash()]);
    let answer = person.browser.get(&world, &client.pushed(&world, &request).await).await;
    let return_to = world.ssa.activation(&ticket_of(&answer), person.binding()).await.unwrap().return_to;
    let question = return_to.strip_suffix("/approved").unwrap().strip_prefix(PORTAL).unwrap();
    assert_eq!(person.browser.get(&world, question).await.status, 404);
    assert_eq!(person.browser.submit(&world, question, "decision=allow").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_after_ten_minutes_comes_too_late() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let address = client.pushed(&world, &client.service_request()).await;
    let question = person.browser.get(&world, &address).await.location().to_owned();
    world.clock.advance(600);
    assert_eq!(person.browser.submit(&world, &question, "decision=allow").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_state_is_answered_without_state() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let request = with(without(client.service_request(), "state"), "lang", "ja");
    let question = person.browser.get(&world, &client.pushed(&world, &request).await).await.location().to_owned();
    let back = person.browser.submit(&world, &question, "decision=allow").await;
    assert_eq!(back.location_parameter("state"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_language_that_the_client_asks_for() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    for (tags, language) in [("ja", "ja"), ("fr-FR ja-JP en", "ja"), ("en", "en"), ("fr", "en")] {
        let request = with(client.service_request(), "lang", tags);
        let question = person.browser.get(&world, &client.pushed(&world, &request).await).await.location().to_owned();
        let page = person.browser.get(&world, &question).await.text();
        assert!(page.contains(&format!(r#"<html lang="{language}">"#)), "{tags}");
        let request = with(client.sign_request(person.credential_id.as_str(), &[world.fresh_hash()]), "lang", tags);
        let answer = person.browser.get(&world, &client.pushed(&world, &request).await).await;
        assert!(answer.location().starts_with(&format!("{SIGNING}/{language}#")), "{tags}");
    }
}
