//! What the signing page restates, in the words and forms of one language. Sent as JSON; the script only fills it in.

use serde::Serialize;
use ssa::{ActivationView, TicketState};

use crate::i18n::{Fingerprint, Language};
use crate::portal::grave_warnings;
use crate::portal::pages::Survey;

/// The facts of a ticket.
#[derive(Debug, Serialize)]
pub struct Facts {
    state: &'static str,
    items: Vec<Item>,
    count: String,
    number: String,
    expires: String,
    hash_only: bool,
    name: String,
    organisation: Option<String>,
    serial: String,
    until: String,
    authority: String,
    demo: bool,
    purpose: Option<String>,
    client: String,
    client_host: String,
    document: Option<Document>,
}

#[derive(Debug, Serialize)]
struct Item {
    label: String,
    fingerprint: Print,
}

#[derive(Debug, Serialize)]
struct Print {
    head: String,
    middle: String,
    tail: String,
    plain: String,
}

#[derive(Debug, Serialize)]
struct Document {
    pages: usize,
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
struct Warning {
    title: String,
    text: String,
}

impl Facts {
    /// Puts `view` into words; `survey` is what is known about the pages. Without it none can be shown, and the page says so.
    pub fn new(view: ActivationView, survey: Option<&Survey>, language: Language) -> Self {
        let certificate = view.credential.certificate;
        let count = view.items.len();
        Self {
            state: match view.state {
                TicketState::Open | TicketState::Requested => "open",
                TicketState::Approved | TicketState::Used | TicketState::Refused => "finished",
                TicketState::Expired => "expired",
            },
            count: if count > 1 { language.text_with("signing-count", "n", count) } else { String::new() },
            number: language.text_with("signing-number-text", "n", count),
            expires: language.text_with("signing-expires", "time", language.moment(view.expires_at).text),
            hash_only: view.document.is_none(),
            name: certificate.as_ref().map(|certificate| certificate.common_name.clone()).unwrap_or_default(),
            organisation: certificate.as_ref().and_then(|certificate| certificate.organisation.clone()),
            serial: certificate.as_ref().map(|one| crate::portal::serial_tail(&one.serial_hex)).unwrap_or_default(),
            until: certificate
                .map(|certificate| language.text_with("valid-until", "date", language.date(certificate.not_after).text))
                .unwrap_or_default(),
            authority: view.credential.ca_name,
            demo: view.credential.demo,
            purpose: Some(view.purpose).filter(|_| view.document.is_none()).filter(|purpose| !purpose.is_empty()),
            client: if view.document.is_some() { language.text("signing-portal-name") } else { view.client.name },
            client_host: super::host(origin(&view.client.redirect_uri)).to_owned(),
            items: view
                .items
                .into_iter()
                .map(|item| Item { label: item.label, fingerprint: print(&item.document_sha256) })
                .collect(),
            document: view.document.map(|_| document(survey, language)),
        }
    }
}

/// What keeps the pictures from being the whole truth is said again where it is signed.
fn document(survey: Option<&Survey>, language: Language) -> Document {
    let warnings = survey.map(|survey| grave_warnings(language, survey)).unwrap_or_default();
    Document {
        pages: survey.map_or(0, |survey| survey.pages.len()),
        warnings: warnings.into_iter().map(|view| Warning { title: view.title, text: view.text }).collect(),
    }
}

fn print(hash: &[u8]) -> Print {
    let Fingerprint { head, middle, tail, plain } = Fingerprint::of(hash);
    Print { head, middle, tail, plain }
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> &str {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    &address[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_an_address_ends_before_its_path() {
        assert_eq!(origin("https://app.example.jp:8443/callback?x=1"), "https://app.example.jp:8443");
        assert_eq!(origin("http://localhost:1"), "http://localhost:1");
        assert_eq!(origin("urn:x"), "urn:x");
    }
}
