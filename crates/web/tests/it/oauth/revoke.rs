//! /oauth2/revoke

use serde_json::json;

use crate::harness::client::{parameters, post_form, with};
use crate::harness::{Client, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_given_back_at_both_addresses_and_twice_is_no_error() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    for path in ["/oauth2/revoke", "/revoke"] {
        let token = client.service_token(&world, &person).await;
        let request = parameters(&[("token", &token.text), ("token_type_hint", "access_token")]);
        let answer = client.post(&world, path, &request).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (204, ""));
        assert_eq!(token.call(&world, "credentials/list", &json!({})).await.error().1, "expired_token");
        assert_eq!(client.post(&world, path, &request).await.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_get_the_sentences_of_the_specification() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let client = Client::new("a");
    let token = client.service_token(&world, &person).await;
    let good = || parameters(&[("token", &token.text)]);
    for (request, sentence) in [
        (vec![], "Missing parameter token"),
        (with(good(), "token_type_hint", "id_token"), "Invalid parameter token_type_hint"),
        (parameters(&[("token", "x")]), "Invalid string parameter token"),
        (parameters(&[("token", &"A".repeat(43))]), "Invalid string parameter token"),
    ] {
        let answer = client.post(&world, "/oauth2/revoke", &request).await;
        assert_eq!(answer.error(), (400, "invalid_request".into(), sentence.into()));
    }
    assert_eq!(post_form(&world, "/oauth2/revoke", &good()).await.status, 401);
    assert_eq!(token.call(&world, "credentials/list", &json!({})).await.status, 200);
}
