//! The choice of a language.

use crate::harness::{Browser, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_changes_the_language_and_comes_back() {
    let world = World::start().await;
    let browser = Browser::new();
    assert!(browser.get(&world, "/help").await.text().contains("<html lang=\"en\">"), "the language of the settings");
    let page = browser.get(&world, "/help").await.text();
    assert!(page.contains("href=\"/language?to=ja&#38;back=%2Fhelp\""), "{page}");
    let answer = browser.get(&world, "/language?to=ja&back=%2Fhelp").await;
    assert_eq!(answer.location(), "/help");
    assert!(browser.get(&world, "/help").await.text().contains("<html lang=\"ja\">"));
    assert!(browser.get(&world, "/help?lang=en").await.text().contains("<html lang=\"en\">"), "the address goes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_leads_nowhere_else() {
    let world = World::start().await;
    for back in ["https://evil.example", "//evil.example", "/\\evil.example", "%2F%2Fevil.example"] {
        let answer = Browser::new().get(&world, &format!("/language?to=en&back={back}")).await;
        assert_eq!(answer.location(), "/documents", "{back}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_leads_to_pages_of_the_portal_only() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    assert_eq!(person.browser.get(&world, "/login?next=/certificates").await.location(), "/certificates");
    assert_eq!(person.browser.get(&world, "/login?next=//evil.example").await.location(), "/documents");
}
