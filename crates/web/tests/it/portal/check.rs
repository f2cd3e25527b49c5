//! The check page says what is computed, and no more.

use serde_json::json;

use super::{ticket_for, uploaded};
use crate::harness::{Browser, Person, World, contract};

async fn signed(world: &World, person: &Person) -> Vec<u8> {
    let page = uploaded(world, person).await;
    let ticket = ticket_for(world, person, &page).await;
    person.approve(world, &ticket.parse().unwrap()).await;
    let answer = person.browser.post_json(world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!(answer.json()["next"], page, "{}", answer.text());
    person.browser.get(world, &format!("{page}/signed.pdf")).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_signed_here_is_unchanged_known_stamped_and_in_the_log() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let file = signed(&world, &person).await;
    let page = Browser::new().send_file(&world, "/check", "signed.pdf", &file).await.text();
    for needed in [
        "No change after signing was found",
        "This is not a full validation",
        "山田 花子",
        "Known here",
        "Fits",
        "Entered",
    ] {
        assert!(page.contains(needed), "{needed}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_file_an_extended_one_and_an_unsigned_one_are_told_apart() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let file = signed(&world, &person).await;
    let mut altered = file.clone();
    altered[200] ^= 1;
    let page = Browser::new().send_file(&world, "/check", "altered.pdf", &altered).await.text();
    assert!(!page.contains("No change after signing was found"), "{page}");
    let extended = [file, b"\n% added\n".to_vec()].concat();
    let page = Browser::new().send_file(&world, "/check", "extended.pdf", &extended).await.text();
    assert!(!page.contains("verdict valid"), "{page}");
    let page = Browser::new().send_file(&world, "/check", "unsigned.pdf", &contract()).await.text();
    assert!(page.contains("There is no signature"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_pdf_gets_a_page_with_cause_and_remedy() {
    let world = World::start().await;
    let answer = Browser::new().send_file(&world, "/check", "<x>.pdf", b"hello").await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.text().contains("This cannot be read as a PDF"), "{}", answer.text());
    assert!(!answer.text().contains("<x>"));
}
