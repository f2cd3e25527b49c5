//! /oauth2/authorize: the browser of the signer, from the client and back to it. RFC 6749 3.1; CSC API 2.0.0.2 8.4.2.
//!
//! Only a pushed request is read (RFC 9126); every other parameter than `client_id` and `request_uri` is ignored. A cookie
//! ties the request to this browser: whoever makes another person approve gets nothing back.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use csc_api::CscError;
use csc_api::form::Form;
use ssa::oauth::{
    AuthorizationError, AuthorizationId, BrowserSecret, Completed, Decision, NextStep, OpenError, Opened,
};
use url::Url;

use super::approved_address;
use super::form::FormBody;
use crate::csc::Failure;
use crate::i18n::Language;
use crate::layer::log_fault;
use crate::portal::consent::Question;
use crate::portal::{self, Problem, Visit};
use crate::{App, cookie, signing_page};

/// Seconds that the browser keeps the cookie; longer than a signer may take to decide.
const COOKIE_LIFETIME: u64 = 3600;

/// GET /oauth2/authorize: opens a pushed request and leads on to the question or to the approval.
pub async fn get(State(app): State<App>, visit: Visit, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let Ok(mut query) = Form::parse(query.unwrap_or_default().as_bytes()) else {
        return visit.refuse(Problem::Malformed).into_response();
    };
    let (Some(client_id), Some(request_uri)) = (query.take("client_id"), query.take("request_uri")) else {
        return visit.refuse(Problem::Malformed).into_response();
    };
    let browser = match browser(&app, &headers) {
        Some(browser) => browser,
        None => match app.oauth().new_browser() {
            Ok(browser) => browser,
            Err(fault) => return Failure::from(fault).into_response(),
        },
    };
    let settings = app.settings();
    let portal = &settings.portal_origin;
    let opened = app.oauth().open(&client_id, &request_uri, &browser, |id| approved_address(portal, id)).await;
    let mut response = match opened {
        Ok(Opened { next, language }) => {
            let language = language.as_deref().and_then(preferred).unwrap_or(visit.language);
            see_other(&match next {
                NextStep::Consent(id) => format!("/oauth2/authorize/{id}?lang={}", language.tag()),
                NextStep::Approve(ticket) => signing_page::address(&settings.signing_origin, &ticket, language),
            })
        }
        Err(OpenError::UnknownRequest) => return visit.refuse(Problem::RequestGone).into_response(),
        Err(OpenError::Failed(back, cause)) => {
            log_fault("an authorization could not begin", &*cause);
            return see_other(back.expose());
        }
        Err(OpenError::Fault(fault)) => return Failure::from(fault).into_response(),
    };
    if let Some(cookie) = cookie::AUTHORIZE.set(portal, browser.expose(), COOKIE_LIFETIME) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// GET /oauth2/authorize/{id}: asks the logged-in account; who is not logged in does that first.
pub async fn consent(State(app): State<App>, visit: Visit, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let (Some(browser), Ok(id)) = (browser(&app, &headers), id.parse::<AuthorizationId>()) else {
        return visit.refuse(Problem::RequestGone).into_response();
    };
    let consent = match app.oauth().consent(&id, &browser).await {
        Ok(consent) => consent,
        Err(error) => return answer_error(&visit, error),
    };
    if let Err(refused) = visit.account() {
        return refused.into_response();
    }
    let question = Question {
        client_name: consent.client_name,
        redirect_origin: origin_of(&consent.redirect_uri),
        action: format!("/oauth2/authorize/{id}"),
    };
    portal::consent::page(&visit, &question).into_response()
}

/// POST /oauth2/authorize/{id}: the account's answer. Three things must fit: login, browser, and the page it came from.
pub async fn decide(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<String>,
    form: Result<FormBody, Failure>,
) -> Response {
    if !portal::comes_from(&headers, &app.settings().portal_origin) {
        return visit.refuse(Problem::CrossOrigin).into_response();
    }
    let (Some(browser), Ok(id)) = (browser(&app, &headers), id.parse::<AuthorizationId>()) else {
        return visit.refuse(Problem::RequestGone).into_response();
    };
    let account = match visit.account() {
        Ok(account) => account,
        Err(refused) => return refused.into_response(),
    };
    let answer = match form {
        Ok(FormBody(mut form)) => form.take("decision"),
        Err(_) => return visit.refuse(Problem::Malformed).into_response(),
    };
    let decision = match answer.as_deref() {
        Some("allow") => Decision::Allow,
        // Anything else than the one word is no permission.
        Some(_) | None => Decision::Deny,
    };
    match app.oauth().decide(&id, &browser, account.signer_id, decision).await {
        Ok(back) => see_other(back.expose()),
        Err(error) => answer_error(&visit, error),
    }
}

/// GET /oauth2/authorize/{id}/approved: the browser comes back from the signing page, approved or not.
pub async fn approved(State(app): State<App>, visit: Visit, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let (Some(browser), Ok(id)) = (browser(&app, &headers), id.parse::<AuthorizationId>()) else {
        return visit.refuse(Problem::RequestGone).into_response();
    };
    match app.oauth().complete(&id, &browser).await {
        Ok(Completed::Redirect(back)) => see_other(back.expose()),
        Ok(Completed::NotYet(ticket)) => {
            see_other(&signing_page::address(&app.settings().signing_origin, &ticket, visit.language))
        }
        Err(error) => answer_error(&visit, error),
    }
}

fn answer_error(visit: &Visit, error: AuthorizationError) -> Response {
    match error {
        AuthorizationError::Unknown => visit.refuse(Problem::RequestGone).into_response(),
        AuthorizationError::Fault(fault) => Failure::from(fault).into_response(),
    }
}

fn browser(app: &App, headers: &HeaderMap) -> Option<BrowserSecret> {
    cookie::AUTHORIZE.read(&app.settings().portal_origin, headers).and_then(BrowserSecret::presented)
}

/// The first language of a list of RFC 5646 tags that the pages have.
fn preferred(tags: &str) -> Option<Language> {
    let main = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    tags.split_ascii_whitespace().find_map(|tag| Language::from_tag(&main(tag)))
}

/// Scheme, host and port of a registered redirect URI.
fn origin_of(redirect_uri: &str) -> String {
    Url::parse(redirect_uri).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// 303: the next request is a GET, whatever this one was (RFC 9700 4.12).
fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Failure::from(CscError::server_error()).into_response(),
    }
}
