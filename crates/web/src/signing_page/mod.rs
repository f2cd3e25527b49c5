//! The signing origin: one page that restates what is to be signed, and the few requests its script makes. Security notes 1.4, 7.1 no. 15, 17.
//!
//! The page is the same for everyone and every request; it could be served by a file server. The ticket is in the fragment of its
//! address, so no server sees it in a request line. Cookies play no part: the script makes a session of its own, and the first session
//! that opens a ticket owns it. The activation request is made when the button is pressed.

mod api;
mod facts;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use ssa::TicketId;

use crate::App;
use crate::i18n::{Language, WantedLanguage};
use crate::portal::{Page, Problem, SigningPage, SigningProblemPage, assets, headers};

/// Passkeys may be used on this page, not made; nothing else of the device.
const PERMISSIONS: &str = "publickey-credentials-get=(self), publickey-credentials-create=(), camera=(), microphone=(), geolocation=(), payment=()";

/// The address at which a person is asked to sign.
pub fn address(signing_origin: &str, ticket: &TicketId, language: Language) -> String {
    format!("{signing_origin}/{}#{ticket}", language.tag())
}

/// All routes of the signing origin.
pub fn router(app: App) -> Router<App> {
    let api = Router::new()
        .route("/api/ticket", post(api::ticket))
        .route("/api/document", post(api::document))
        .route("/api/page", post(api::page))
        .route("/api/request", post(api::request))
        .route("/api/approve", post(api::approve))
        .route("/api/decline", post(api::decline))
        .layer(from_fn_with_state(app, api::same_origin));
    Router::new()
        .route("/", get(any_language))
        .route("/ja", get(japanese))
        .route("/en", get(english))
        .merge(api)
        .route("/assets/{version}/{name}", get(assets::serve))
        .fallback(missing)
        .layer(from_fn(signing_headers))
}

/// GET `/`: the page in the language of the browser.
async fn any_language(State(app): State<App>, WantedLanguage(wanted): WantedLanguage) -> Response {
    page(&app, wanted.unwrap_or(app.settings().default_language))
}

/// GET `/ja`
async fn japanese(State(app): State<App>) -> Response {
    page(&app, Language::Ja)
}

/// GET `/en`
async fn english(State(app): State<App>) -> Response {
    page(&app, Language::En)
}

fn frame(app: &App, language: Language) -> Page {
    let settings = app.settings();
    Page {
        language,
        account: None,
        demo: settings.demo,
        here: "",
        path: String::new(),
        max_upload: settings.max_upload,
    }
}

fn page(app: &App, language: Language) -> Response {
    let settings = app.settings();
    let page = SigningPage {
        p: frame(app, language),
        host: host(&settings.signing_origin).to_owned(),
        portal: settings.portal_origin.clone(),
    };
    match askama::Template::render(&page) {
        Ok(text) => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], text).into_response()
        }
        Err(_) => Problem::Internal.status().into_response(),
    }
}

/// What the caller reads instead of an answer: the script a problem, a person a page.
pub(crate) fn refuse(
    app: &App,
    language: Language,
    path: &str,
    reference: Option<String>,
    problem: Problem,
) -> Response {
    if path.starts_with("/api/") {
        return api::refuse(problem, language);
    }
    let settings = app.settings();
    let page = SigningProblemPage {
        title: language.text(problem.key()),
        cause: problem.cause(language, settings.max_upload),
        remedy: problem.remedy(language),
        reference: reference.filter(|_| problem.status().is_server_error()),
        p: frame(app, language),
    };
    let mut response = match askama::Template::render(&page) {
        Ok(text) => (problem.status(), Html(text)).into_response(),
        Err(_) => problem.status().into_response(),
    };
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    headers(&mut response, PERMISSIONS);
    response
}

/// Host and port of an origin.
fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

async fn missing(uri: Uri) -> Response {
    tracing::debug!(path.length = uri.path().len(), "nothing is served at this address of the signing origin");
    Problem::NotFound.status().into_response()
}

async fn signing_headers(request: axum::extract::Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    headers(&mut answer, PERMISSIONS);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticket_is_in_the_part_of_the_address_that_no_server_sees() {
        let ticket: TicketId = "A".repeat(32).parse().unwrap();
        let address = address("https://sign.example.jp", &ticket, Language::En);
        assert_eq!(address, format!("https://sign.example.jp/en#{}", "A".repeat(32)));
    }

    #[test]
    fn the_host_of_an_origin_has_its_port() {
        assert_eq!(host("http://localhost:8443"), "localhost:8443");
    }
}
