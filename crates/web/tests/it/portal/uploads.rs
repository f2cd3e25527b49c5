//! Uploads: received to disk in places that are counted, and each thing that can be the matter told in its own words.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ssa::Door;

use super::pdf;
use crate::harness::{Answer, Browser, PORTAL, World, contract};

async fn raw(world: &World, path: &str, content_type: &str, body: &str) -> Answer {
    let request = Request::post(path)
        .header(header::ORIGIN, PORTAL)
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body.to_owned()))
        .unwrap();
    Answer::of(&world.portal, request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_places_are_taken_a_page_says_when_to_come_again_and_signers_still_get_in() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let mut held = Vec::new();
    for _ in 0..world.ssa.config().files_at_once {
        held.push(world.ssa.receive(Door::Anyone).await.unwrap());
    }
    let answer = Browser::new().send_file(&world, "/check", "x.pdf", &contract()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
    assert!(answer.text().contains("Many files are being handled right now"), "{}", answer.text());
    let page = person.browser.send_file(&world, "/documents", "x.pdf", &contract()).await;
    assert!(page.location().starts_with("/documents/"));
    held.pop();
    for _ in 0..3 {
        let answer = Browser::new().send_file(&world, "/check", "x.pdf", &contract()).await;
        assert_eq!(answer.status, StatusCode::OK, "each check gives its place back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_upload_is_told_from_one_that_is_too_large() {
    let world = World::start().await;
    let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.pdf\"\r\n\r\n%PDF-1.7";
    for body in [head.to_owned(), "--edge\r\nno header".into(), String::new()] {
        let answer = raw(&world, "/check", "multipart/form-data; boundary=edge", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}");
        assert!(answer.text().contains("The file did not arrive whole"), "{body:?}: {}", answer.text());
    }
    for content_type in ["multipart/form-data", "text/plain"] {
        let answer = raw(&world, "/check", content_type, head).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{content_type}");
        assert!(answer.text().contains("What was sent cannot be read"), "{}", answer.text());
    }
    let none = raw(&world, "/check", "multipart/form-data; boundary=edge", "--edge--\r\n").await;
    assert!(none.text().contains("No file was chosen"), "{}", none.text());
    assert_eq!(world.spooled(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_cut_off_nested_and_damaged_files_are_each_refused_in_their_own_words() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>";
    let plain = "<< /Type /Catalog /Pages 2 0 R >>";
    let deep = format!("<< /Type /Catalog /Pages 2 0 R /X {}{} >>", "[".repeat(5_000), "]".repeat(5_000));
    let good = pdf(&[plain, pages, page], "");
    let encrypted = pdf(&[plain, pages, page, "<< /Filter /Standard /V 99 /R 99 >>"], "/Encrypt 4 0 R /ID [<00> <00>]");
    let cases = [
        ("encrypted", encrypted, "The PDF is protected by a password"),
        ("truncated", good[..good.len() / 2].to_vec(), "The PDF is cut off"),
        ("truncated contract", contract()[..contract().len() / 2].to_vec(), "The PDF is cut off"),
        ("nested", pdf(&[&deep, pages, page], ""), "This PDF is too complex"),
        ("damaged", pdf(&["<< /Type /Catalog >>", pages, page], ""), "The structure of this PDF is damaged"),
    ];
    for (name, file, title) in cases {
        let signing = person.browser.send_file(&world, "/documents", "x.pdf", &file).await;
        assert_eq!(signing.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", signing.text());
        assert!(signing.text().contains(title), "{name}: {}", signing.text());
        if name != "damaged" {
            let checked = Browser::new().send_file(&world, "/check", "x.pdf", &file).await;
            assert!(checked.text().contains(title), "{name}: {}", checked.text());
        }
    }
    assert_eq!((world.ssa.documents(person.signer_id).await.unwrap().len(), world.spooled()), (0, 0));
    let answer = person.browser.send_file(&world, "/documents", "x.pdf", &good).await;
    assert!(answer.location().starts_with("/documents/"), "the same file without a fault is taken");
}
