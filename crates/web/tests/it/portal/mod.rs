//! The portal as a browser meets it.

mod approval;
mod certificates;
mod check;
mod documents;
mod headers;
mod language;
mod register;
mod uploads;
mod without_answer;

use serde_json::{Value, json};

use ssa::oauth::AuthorizationServer;
use web::portal::pages::PageRenderer;
use web::{App, Parts, Settings, router};

use crate::harness::{Answer, FixedPages, PORTAL, Person, UNDRAWABLE, World, contract};

/// The same service with other settings of its pages. It knows no clients.
pub fn with_settings(world: World, change: impl FnOnce(&mut Settings)) -> World {
    with_pages(world, std::sync::Arc::new(FixedPages), change)
}

/// The same with another drawing of pages.
pub fn with_pages(
    mut world: World,
    pages: std::sync::Arc<dyn PageRenderer>,
    change: impl FnOnce(&mut Settings),
) -> World {
    let mut settings = world.app.settings().clone();
    change(&mut settings);
    let oauth = AuthorizationServer::new(world.ssa.clone(), PORTAL.to_owned(), vec![]).unwrap();
    world.app = App::new(Parts { ssa: world.ssa.clone(), oauth, pages, settings });
    world.portal = router::portal(world.app.clone());
    world.signing = router::signing(world.app.clone());
    world
}

/// Uploads a contract whose second page cannot be drawn; gives the path of its page.
pub async fn uploaded_undrawable(world: &World, person: &Person) -> String {
    let file = [contract().as_slice(), UNDRAWABLE].concat();
    person.browser.send_file(world, "/documents", "契約書.pdf", &file).await.location().to_owned()
}

/// Uploads the sample contract; gives the path of its page.
pub async fn uploaded(world: &World, person: &Person) -> String {
    let answer = person.browser.send_file(world, "/documents", "契約書.pdf", &contract()).await;
    answer.location().to_owned()
}

/// A PDF of these objects, numbered from 1; the first is the catalogue. `trailer` stands in the trailer, too.
pub fn pdf(objects: &[&str], trailer: &str) -> Vec<u8> {
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file += &format!("{table}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

/// Opens the request to sign for the document at `page`; gives the ticket.
pub async fn ticket_for(world: &World, person: &Person, page: &str) -> String {
    let answer = person.browser.post_json(world, &format!("/api{page}/activation"), &json!({})).await;
    let next = answer.json()["next"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned();
    next.split_once('#').expect("the ticket is in the fragment").1.to_owned()
}

/// A WebAuthn answer as JSON, as a browser's `toJSON()` gives it.
pub fn assertion_json(answer: &ssa::AssertionResponse) -> Value {
    json!({
        "id": base64url(&answer.credential_id),
        "rawId": base64url(&answer.credential_id),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(&answer.client_data_json),
            "authenticatorData": base64url(&answer.authenticator_data),
            "signature": base64url(&answer.signature),
            "userHandle": answer.user_handle.as_deref().map(base64url),
        },
    })
}

pub fn base64url(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::encode_string(bytes)
}

pub fn from_base64url(text: &str) -> Vec<u8> {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// The title of the problem in a JSON answer.
pub fn problem(answer: &Answer) -> String {
    answer.json()["problem"]["kind"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}
