//! /.well-known/oauth-authorization-server

use axum::body::Body;
use axum::http::Request;

use crate::harness::{Answer, World};

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_exists_and_nothing_weaker() {
    let world = World::start().await;
    let request = Request::get("/.well-known/oauth-authorization-server").body(Body::empty()).unwrap();
    let answer = Answer::of(&world.portal, request).await;
    insta::assert_snapshot!(answer.snapshot(&[]));
    for member in
        ["authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint", "revocation_endpoint"]
    {
        let address = answer.json()[member].as_str().unwrap().to_owned();
        let path = address.strip_prefix("http://localhost:8080").unwrap();
        let found = Answer::of(&world.portal, Request::post(path).body(Body::empty()).unwrap()).await.status;
        assert_ne!(found, 404, "{member}");
    }
}
