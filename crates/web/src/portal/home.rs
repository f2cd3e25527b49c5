//! `/`, `/help` and the language switch.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::views::{HelpPage, HomePage, LogKeyView};
use super::visit::{local_path, see_other};
use super::{Answer, Visit};
use crate::App;
use crate::i18n::{LANGUAGE_COOKIE, Language};

/// GET `/`
pub async fn home(State(app): State<App>, visit: Visit) -> Answer {
    let signing_available = app.ssa().sam_status().await.is_ok();
    visit.show(&HomePage { p: visit.page("home"), signing_available })
}

/// GET `/help`
pub async fn help(State(app): State<App>, visit: Visit) -> Answer {
    let log = app.ssa().sam_status().await.ok();
    let log = log.map(|status| LogKeyView { origin: status.log_origin, key: status.log_verifier_key });
    visit.show(&HelpPage { p: visit.page("help"), log })
}

/// The choice of a language.
#[derive(Debug, Deserialize)]
pub struct Choice {
    to: String,
    back: Option<String>,
}

/// GET `/language?to=en&back=/path`: keeps the language in a cookie and goes back.
pub async fn language(Query(choice): Query<Choice>) -> Answer {
    let language = Language::from_tag(&choice.to).unwrap_or_default();
    let back = match choice.back.as_deref() {
        Some("/") | None => "/",
        back => local_path(back),
    };
    let mut response = see_other(back);
    let cookie = format!("{LANGUAGE_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", language.tag());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response.into_response())
}
