//! The certificates of a person.

use axum::http::StatusCode;

use crate::harness::World;

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_can_be_had_under_the_same_name() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    assert_eq!(person.browser.submit(&world, "/certificates", "ca_id=ca1").await.location(), "/certificates");
    let page = person.browser.get(&world, "/certificates").await.text();
    assert_eq!(page.matches("Ready to use").count(), 2, "{page}");
    assert_eq!(page.matches("<article").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_and_another_persons_request_are_refused() {
    let world = World::start().await;
    let (hanako, taro) = (world.person("花子").await, world.person("太郎").await);
    let answer = hanako.browser.submit(&world, "/certificates", "ca_id=other").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let path = format!("/certificates/{}/resume", taro.credential_id);
    let foreign = hanako.browser.submit(&world, &path, "").await;
    let unknown = hanako.browser.submit(&world, "/certificates/AAAAAAAAAAAAAAAAAAAAAA/resume", "").await;
    assert_eq!(foreign.status, unknown.status);
    assert_eq!(foreign.status, StatusCode::GONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_shown_as_such_and_cannot_sign() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    world.clock.advance(20 * 365 * 24 * 3600);
    assert!(person.log_in(&world).await);
    assert!(person.browser.get(&world, "/certificates").await.text().contains("Expired"));
    let answer = person.browser.submit(&world, "/documents/sample", "").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text().contains("There is no certificate to use"));
}
