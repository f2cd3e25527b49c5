//! The requests of the signing page's script. Each names the ticket and proves the page's own session; a cookie proves nothing here.

use std::fs::File;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use ssa::{ActivationError, ActivationView, SessionBinding, TicketId};

use super::facts::Facts;
use crate::App;
use crate::i18n::{Language, WantedLanguage};
use crate::portal::pages::Survey;
use crate::portal::webauthn::{AuthenticationJson, approval_options};
use crate::portal::{FileBody, PAGE_WIDTH, Problem, comes_from, log_problem};

/// The page's session: made by the script, kept in one tab, sent in this header.
const SESSION_HEADER: &str = "rakkan-page-session";
/// Length of 32 bytes in base64url.
const SESSION_LENGTH: usize = 43;

/// Refuses requests that do not come from the signing page itself.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if comes_from(request.headers(), &app.settings().signing_origin) {
        return next.run(request).await;
    }
    refuse(Problem::CrossOrigin, app.settings().default_language)
}

/// A ticket in the hands of the page that opened it.
pub struct Asked<T> {
    ticket: TicketId,
    session: SessionBinding,
    language: Language,
    more: T,
}

#[derive(Deserialize)]
struct Body<T> {
    ticket: String,
    #[serde(flatten)]
    more: T,
}

/// Nothing more than the ticket.
#[derive(Deserialize)]
pub struct Nothing {}

impl<T: DeserializeOwned> FromRequest<App> for Asked<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let WantedLanguage(wanted) = {
            use axum::extract::FromRequestParts;
            WantedLanguage::from_request_parts(&mut parts, app).await.unwrap_or(WantedLanguage(None))
        };
        let language = wanted.unwrap_or(app.settings().default_language);
        let secret = parts.headers.get(SESSION_HEADER).and_then(|value| value.to_str().ok());
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        let secret = secret.filter(|secret| secret.len() == SESSION_LENGTH && secret.bytes().all(plain));
        let session = secret.map(SessionBinding::of).ok_or_else(|| refuse(Problem::RequestGone, language))?;
        let body: Result<Json<Body<T>>, JsonRejection> =
            Json::from_request(Request::from_parts(parts, body), app).await;
        let Json(body) = body.map_err(|_| refuse(Problem::Malformed, language))?;
        let ticket = body.ticket.parse().map_err(|_| refuse(Problem::RequestGone, language))?;
        Ok(Self { ticket, session, language, more: body.more })
    }
}

/// POST `/api/ticket`: what is to be signed. The first session that asks owns the ticket.
pub async fn ticket(State(app): State<App>, asked: Asked<Nothing>) -> Result<Response, Response> {
    let view = app.ssa().activation(&asked.ticket, asked.session).await.map_err(|error| fail(error, asked.language))?;
    let survey = survey(&app, &view).await;
    Ok(Json(Facts::new(view, survey.as_ref(), asked.language)).into_response())
}

/// What was found out about the pages when the document came; it belongs to these bytes, which never change.
async fn survey(app: &App, view: &ActivationView) -> Option<Survey> {
    let document = app.ssa().document(view.signer_id, view.document.as_ref()?).await;
    let report = document.map(|document| document.page_report.unwrap_or_default());
    let report =
        report.inspect_err(|error| tracing::warn!(error.text = %error, "a document to be signed is not there"));
    let survey = serde_json::from_str(&report.ok()?);
    survey
        .inspect_err(|error| tracing::warn!(error.text = %error, "the pages of a document to be signed are not known"))
        .ok()
}

/// POST `/api/document`: the document itself, so that the page can compute its fingerprint.
pub async fn document(State(app): State<App>, asked: Asked<Nothing>) -> Result<Response, Response> {
    let file = document_file(&app, &asked).await?;
    let body = FileBody::of(file).map_err(|_| refuse(Problem::Internal, asked.language))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"))], body).into_response())
}

async fn document_file<T>(app: &App, asked: &Asked<T>) -> Result<File, Response> {
    let file = app.ssa().document_for_ticket(&asked.ticket, asked.session).await;
    file.map_err(|error| refuse(log_problem(error), asked.language))
}

/// A page of the document.
#[derive(Deserialize)]
pub struct PageNumber {
    page: u32,
}

/// POST `/api/page`: a page as a picture.
pub async fn page(State(app): State<App>, asked: Asked<PageNumber>) -> Result<Response, Response> {
    let file = document_file(&app, &asked).await?;
    let picture = app.pages().draw(file, asked.more.page, PAGE_WIDTH).await;
    let picture = picture.map_err(|error| refuse(log_problem(error), asked.language))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/png"))], picture).into_response())
}

/// POST `/api/request`: the button was pressed; only now the module makes its request.
pub async fn request(State(app): State<App>, asked: Asked<Nothing>) -> Result<Response, Response> {
    let made = app.ssa().request_activation(&asked.ticket, asked.session).await;
    let made = made.map_err(|error| fail(error, asked.language))?;
    let expires = asked.language.moment(made.expires_at);
    let text = asked.language.text_with("signing-request-expires", "time", expires.text);
    let body = json!({
        "options": approval_options(&made),
        "control_code": made.control_code,
        "expires": { "machine": expires.machine, "text": text },
    });
    Ok(Json(body).into_response())
}

/// The passkey's answer.
#[derive(Deserialize)]
pub struct Approve {
    credential: AuthenticationJson,
}

/// POST `/api/approve`: relays the passkey's answer to the module, which alone decides.
pub async fn approve(State(app): State<App>, asked: Asked<Approve>) -> Result<Response, Response> {
    let response = asked.more.credential.read().ok_or_else(|| refuse(Problem::Malformed, asked.language))?;
    let approval = app.ssa().approve(&asked.ticket, asked.session, response).await;
    let approval = approval.map_err(|error| fail(error, asked.language))?;
    Ok(Json(json!({ "next": approval.return_to })).into_response())
}

/// POST `/api/decline`
pub async fn decline(State(app): State<App>, asked: Asked<Nothing>) -> Result<Response, Response> {
    let next = app.ssa().decline(&asked.ticket, asked.session).await.map_err(|error| fail(error, asked.language))?;
    Ok(Json(json!({ "next": next })).into_response())
}

fn fail(error: ActivationError, language: Language) -> Response {
    refuse(log_problem(error), language)
}

pub(super) fn refuse(problem: Problem, language: Language) -> Response {
    // Nothing is uploaded here, so that no problem names a size.
    let text = format!("{} {}", problem.cause(language, 0), problem.remedy(language));
    let body = json!({ "problem": { "title": language.text(problem.key()), "text": text, "kind": problem.key() } });
    let mut response = (problem.status(), Json(body)).into_response();
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
