//! The check page says what is computed, and no more.

use serde_json::json;

use super::{pdf, ticket_for};
use crate::harness::{Browser, Person, World, contract};

async fn signed(world: &World, person: &Person) -> Vec<u8> {
    signed_file(world, person, &contract()).await
}

async fn signed_file(world: &World, person: &Person, file: &[u8]) -> Vec<u8> {
    let answer = person.browser.send_file(world, "/documents", "x.pdf", file).await;
    let page = answer.location().to_owned();
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

/// `file` with another content for object `number`, appended as PDF programs append changes.
fn changed(file: &[u8], number: u32, object: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let last = |key: &str| -> u64 {
        let after = text.rsplit_once(key).unwrap().1.trim_start();
        after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    let at = file.len();
    let update = format!("{number} 0 obj\n{object}\nendobj\n");
    let end = format!(
        "xref\n{number} 1\n{at:010} 00000 n \ntrailer\n<< /Size {} /Root 1 0 R /Prev {} >>\nstartxref\n{}\n%%EOF\n",
        last("/Size "),
        last("startxref\n"),
        at + update.len()
    );
    [file, update.as_bytes(), end.as_bytes()].concat()
}

fn page_saying(words: &str) -> String {
    let content = format!("BT /F1 24 Tf 30 100 Td ({words}) Tj ET");
    format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_between_two_signatures_is_in_the_headline_though_the_last_one_covers_the_whole_file() {
    let world = World::start().await;
    let (victim, mallory) = (world.person("山田 花子").await, world.person("Mallory").await);
    let content = page_saying("Price: 100");
    let document = pdf(
        &[
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R >>",
            &content,
        ],
        "",
    );
    let once = signed_file(&world, &victim, &document).await;
    let page = Browser::new().send_file(&world, "/check", "once.pdf", &once).await.text();
    assert!(page.contains("verdict valid"), "{page}");

    let twice = signed_file(&world, &mallory, &changed(&once, 4, &page_saying("Price: 100000"))).await;
    for (address, headline) in [
        ("/check?lang=en", "Valid, but the document was extended after the signature of 山田 花子"),
        ("/check?lang=ja", "山田 花子 の署名の後に文書へ追加があります"),
    ] {
        let page = Browser::new().send_file(&world, address, "twice.pdf", &twice).await.text();
        assert!(page.contains(headline), "{page}");
        assert!(page.contains("verdict unknown") && !page.contains("verdict valid"), "{page}");
        assert!(!page.contains("No change after signing was found"), "{page}");
    }
}
