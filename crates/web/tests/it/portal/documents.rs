//! A document from upload to download.

use axum::http::StatusCode;
use serde_json::json;
use test_support::tsa::TsaMode;

use super::{assertion_json, from_base64url, problem, ticket_for, uploaded, uploaded_undrawable, with_settings};
use crate::harness::{Browser, PIXEL, PORTAL, Person, World, contract};

/// The session that the signing page makes for itself.
const PAGE_SESSION: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Approves on the signing page, through the requests of its script; gives the address to go on at.
pub async fn approved(world: &World, person: &Person, ticket: &str) -> String {
    let browser = Browser::new();
    let facts = browser.post_signing(world, PAGE_SESSION, "/api/ticket", &json!({ "ticket": ticket })).await;
    assert_eq!(facts.json()["state"], "open", "{}", facts.text());
    let asked = browser.post_signing(world, PAGE_SESSION, "/api/request", &json!({ "ticket": ticket })).await.json();
    let challenge = from_base64url(asked["options"]["challenge"].as_str().unwrap());
    let allowed = asked["options"]["allowCredentials"].as_array().unwrap();
    let allowed: Vec<_> = allowed.iter().map(|one| from_base64url(one["id"].as_str().unwrap())).collect();
    let answer = person.answer(&challenge, &allowed).await.unwrap();
    let body = json!({ "ticket": ticket, "credential": assertion_json(&answer) });
    let answer = browser.post_signing(world, PAGE_SESSION, "/api/approve", &body).await;
    answer.json()["next"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_is_reviewed_approved_signed_and_downloaded_with_its_receipt() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let page = uploaded(&world, &person).await;

    let review = person.browser.get(&world, &page).await.text();
    let hash: String = crate::harness::sha256(&contract()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(review.contains(&format!("data-fingerprint=\"{hash}\"")), "{review}");
    assert!(review.contains("契約書.pdf") && review.contains("MS-Mincho"));
    assert!(review.contains("第1条 &#60;b&#62;秘密&#60;/b&#62;"), "the text of the document is no markup");
    assert!(review.contains("pages/2.png") && !review.contains("pages/3.png"));
    let picture = person.browser.get(&world, &format!("{page}/pages/1.png")).await;
    assert_eq!((picture.headers["content-type"].to_str().unwrap(), picture.body.as_slice()), ("image/png", PIXEL));
    let original = person.browser.get(&world, &format!("{page}/original.pdf")).await;
    assert_eq!(original.body, contract());
    assert!(original.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));

    let ticket = ticket_for(&world, &person, &page).await;
    let next = approved(&world, &person, &ticket).await;
    assert_eq!(next, format!("{PORTAL}{page}/finish"));
    assert!(person.browser.get(&world, &next).await.text().contains(&format!("data-address=\"/api{page}/finish\"")));
    assert_eq!(person.browser.get(&world, &page).await.location(), format!("{page}/finish"));
    let answer = person.browser.post_json(&world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!(answer.json()["next"], page, "{}", answer.text());

    let done = person.browser.get(&world, &page).await.text();
    assert!(done.contains("The document is signed") && done.contains("契約書-signed.pdf"), "{done}");
    assert!(done.contains("by a time-stamp of Rakkan Demo TSA 1"), "the name in its certificate: {done}");
    let signed = person.browser.get(&world, &format!("{page}/signed.pdf")).await;
    assert!(signed.body.starts_with(&contract()) && signed.body.len() > contract().len());
    let receipt = person.browser.get(&world, &format!("{page}/receipt.tlog-proof")).await;
    assert!(receipt.text().starts_with("c2sp.org/tlog-proof@v1\n"), "{}", receipt.text());
    let again = person.browser.post_json(&world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!(again.status, StatusCode::OK, "asking again does no harm");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivered_document_is_forgotten_after_the_grace_unless_it_is_kept() {
    let world = World::start().await;
    let person = world.person("山田 花子").await;
    let (gone, kept) = (uploaded(&world, &person).await, uploaded(&world, &person).await);
    let settings = format!("credential_id={}&keep=yes", person.credential_id);
    assert_eq!(person.browser.submit(&world, &format!("{kept}/settings"), &settings).await.location(), kept);
    for page in [&gone, &kept] {
        let ticket = ticket_for(&world, &person, page).await;
        approved(&world, &person, &ticket).await;
        assert_eq!(person.browser.submit(&world, &format!("{page}/finish"), "").await.location(), page);
        assert_eq!(person.browser.get(&world, &format!("{page}/signed.pdf")).await.status, StatusCode::OK);
    }
    world.clock.advance(world.ssa.config().delivery_grace + 1);
    world.ssa.sweep().await.unwrap();
    assert_eq!(person.browser.get(&world, &gone).await.status, StatusCode::NOT_FOUND);
    assert_eq!(person.browser.get(&world, &format!("{gone}/signed.pdf")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(person.browser.get(&world, &format!("{kept}/signed.pdf")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_document_is_answered_like_one_that_does_not_exist() {
    let world = World::start().await;
    let (hanako, taro) = (world.person("花子").await, world.person("太郎").await);
    let page = uploaded(&world, &hanako).await;
    let nowhere = format!("/documents/{}", "A".repeat(32));
    for path in ["", "/original.pdf", "/pages/1.png", "/signed.pdf", "/receipt.tlog-proof", "/finish"] {
        let foreign = taro.browser.get(&world, &format!("{page}{path}")).await;
        let unknown = taro.browser.get(&world, &format!("{nowhere}{path}")).await;
        assert_eq!((foreign.status, unknown.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{path}");
    }
    let settings = format!("credential_id={}", taro.credential_id);
    for (path, form) in [("/forget", ""), ("/settings", settings.as_str()), ("/finish", "")] {
        let foreign = taro.browser.submit(&world, &format!("{page}{path}"), form).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/activation", "/finish"] {
        let foreign = taro.browser.post_json(&world, &format!("/api{page}{path}"), &json!({})).await;
        assert_eq!((foreign.status, problem(&foreign)), (StatusCode::NOT_FOUND, "not-found".into()), "{path}");
    }
    assert_eq!(hanako.browser.get(&world, &page).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_certificate_cannot_be_chosen() {
    let world = World::start().await;
    let (hanako, taro) = (world.person("花子").await, world.person("太郎").await);
    let page = uploaded(&world, &hanako).await;
    let settings = format!("credential_id={}", taro.credential_id);
    let answer = hanako.browser.submit(&world, &format!("{page}/settings"), &settings).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(!answer.text().contains("太郎"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_login() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    let stranger = Browser::new();
    for path in ["/documents", "/certificates", &page, &format!("{page}/original.pdf"), &format!("{page}/pages/1.png")]
    {
        assert!(stranger.get(&world, path).await.location().starts_with("/login?next="), "{path}");
    }
    assert!(stranger.submit(&world, "/documents/sample", "").await.location().starts_with("/login?next="));
    let answer = stranger.post_json(&world, &format!("/api{page}/activation"), &json!({})).await;
    assert_eq!((answer.status, problem(&answer)), (StatusCode::UNAUTHORIZED, "sign-in-needed".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_get_a_page_with_cause_and_remedy_and_leave_nothing() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let cases: [(&[u8], u16, &str); 5] = [
        (b"", 400, "No file was chosen"),
        (b"hello", 422, "This cannot be read as a PDF"),
        (b"BOMB", 422, "This PDF could not be drawn"),
        (b"DOWN", 503, "The pages could not be drawn"),
        (b"%PDF-1.7 but nothing else", 422, "The PDF is cut off"),
    ];
    for (file, status, title) in cases {
        let answer = person.browser.send_file(&world, "/documents", "x.pdf", file).await;
        assert_eq!(answer.status.as_u16(), status, "{title}: {}", answer.text());
        assert!(answer.text().contains(title), "{title}");
    }
    let signer = person.signer_id;
    assert_eq!(world.ssa.documents(signer).await.unwrap().len(), 0);
    assert!(
        person
            .browser
            .send_file(&world, "/documents", "x.pdf", &contract())
            .await
            .location()
            .starts_with("/documents/")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_uploads_is_the_configured_one_and_nothing_above_it_is_kept() {
    let limit = 3 * 1024 * 1024;
    let world = with_settings(World::start().await, |settings| settings.max_upload = limit);
    let person = world.person("花子").await;
    for (path, words) in [("/documents?lang=en", "(up to 3 MiB)"), ("/check?lang=ja", "（3 MiB まで）")] {
        assert!(person.browser.get(&world, path).await.text().contains(words), "{path}");
    }
    let room = 64 * 1024;
    let large = [contract(), vec![b' '; usize::try_from(limit).unwrap() + room]].concat();
    for path in ["/documents", "/check"] {
        let answer = person.browser.send_file(&world, path, "x.pdf", &large).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(answer.text().contains("PDF files of up to 3 MiB can be handled."), "{}", answer.text());
    }
    assert_eq!((world.ssa.documents(person.signer_id).await.unwrap().len(), world.spooled()), (0, 0));
    uploaded(&world, &person).await;
    assert_eq!(world.spooled(), 1, "a smaller one is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_drawn_has_words_in_its_place_and_nobody_goes_on() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded_undrawable(&world, &person).await;
    let drawn = person.browser.get(&world, &format!("{page}/pages/1.png")).await;
    assert_eq!((drawn.status, drawn.body.as_slice()), (StatusCode::OK, PIXEL));
    let refused = person.browser.get(&world, &format!("{page}/pages/2.png")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "no picture, not an empty one");
    for (language, words, again) in
        [("en", "Page 2 cannot be shown.", "Try again"), ("ja", "2 ページ目を表示できません。", "もう一度試す")]
    {
        let review = person.browser.get(&world, &format!("{page}?lang={language}")).await.text();
        assert!(review.contains(words) && review.contains(again), "{review}");
        // The script shows a picture when it is there and opens the way when all are.
        assert!(!review.contains(" href=\"{page}/pages/"), "{review}");
        assert!(review.contains("id=\"proceed\" disabled"), "{review}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_trial_is_marked_also_where_the_installation_is_not() {
    let world = with_settings(World::start().await, |settings| settings.demo = false);
    let person = world.person("花子").await;
    let mark = "DEMO / 試用・無効";
    assert_eq!(person.browser.get(&world, "/help").await.text().matches(mark).count(), 0, "no strip");
    let page = uploaded(&world, &person).await;
    for path in ["/certificates", &page] {
        assert!(person.browser.get(&world, path).await.text().contains(mark), "{path}");
    }
    let ticket = ticket_for(&world, &person, &page).await;
    let body = json!({ "ticket": ticket });
    let facts = Browser::new().post_signing(&world, PAGE_SESSION, "/api/ticket", &body).await.json();
    assert_eq!(facts["demo"], true);
    approved(&world, &person, &ticket).await;
    person.browser.submit(&world, &format!("{page}/finish"), "").await;
    assert_eq!(person.browser.get(&world, &page).await.text().matches(mark).count(), 1, "the done page");
    let signed = person.browser.get(&world, &format!("{page}/signed.pdf")).await;
    let report = person.browser.send_file(&world, "/check", "x.pdf", &signed.body).await.text();
    assert_eq!(report.matches(mark).count(), 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_document_goes_back_to_its_review() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    let browser = Browser::new();
    browser.post_signing(&world, PAGE_SESSION, "/api/ticket", &json!({ "ticket": ticket })).await;
    let answer = browser.post_signing(&world, PAGE_SESSION, "/api/decline", &json!({ "ticket": ticket })).await;
    let next = answer.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(person.browser.get(&world, &next).await.location(), page);
    assert_eq!(person.browser.get(&world, &page).await.status, StatusCode::OK);
    let answer = person.browser.post_json(&world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!((answer.status, problem(&answer)), (StatusCode::CONFLICT, "approval-missing".into()));
    let ticket = ticket_for(&world, &person, &page).await;
    approved(&world, &person, &ticket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_time_stamp_nothing_is_handed_over_and_the_approval_is_kept() {
    let world = World::start().await;
    let person = world.person("花子").await;
    let page = uploaded(&world, &person).await;
    let ticket = ticket_for(&world, &person, &page).await;
    approved(&world, &person, &ticket).await;
    for number in [1, 2] {
        world.authorities.tsa(number).set_mode(TsaMode::Down);
    }
    let answer = person.browser.post_json(&world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!((answer.status, problem(&answer)), (StatusCode::SERVICE_UNAVAILABLE, "timestamp-down".into()));
    assert_eq!(person.browser.get(&world, &format!("{page}/signed.pdf")).await.status, StatusCode::CONFLICT);
    world.authorities.tsa(2).set_mode(TsaMode::Working);
    let answer = person.browser.post_json(&world, &format!("/api{page}/finish"), &json!({})).await;
    assert_eq!(answer.json()["next"], page, "{}", answer.text());
}
