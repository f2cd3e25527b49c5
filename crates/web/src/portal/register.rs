//! `/register`: name, authority, passkey; then key and certificate. The browser's part is `assets/register.js`.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;
use ssa::{Registered, RegistrationForm, RegistrationId};

use super::views::RegisterPage;
use super::webauthn::{RegistrationJson, creation_options};
use super::{Answer, Problem, Refused, Visit, authority};
use crate::App;
use crate::cookie::SESSION;

/// GET `/register`
pub async fn form(State(app): State<App>, visit: Visit) -> Answer {
    let authorities = authority::choices(app.ssa().certificate_authorities(), visit.language);
    visit.show(&RegisterPage { p: visit.page("register"), authorities })
}

/// What the form holds.
#[derive(Debug, Deserialize)]
pub struct Start {
    display_name: String,
    romanised_name: Option<String>,
    organisation: Option<String>,
    ca_id: String,
    key_algorithm: Option<String>,
}

/// POST `/api/register/start`: options for making the passkey.
pub async fn start(State(app): State<App>, visit: Visit, body: Result<Json<Start>, JsonRejection>) -> Answer {
    let Json(start) = body.map_err(|_| visit.refuse_script(Problem::Malformed))?;
    let key_algorithm = match start.key_algorithm.as_deref() {
        None => None,
        Some(name) => {
            Some(authority::from_name(name).ok_or_else(|| visit.refuse_script(Problem::RegistrationInvalid))?)
        }
    };
    let form = RegistrationForm {
        display_name: start.display_name,
        romanised_name: start.romanised_name,
        organisation: start.organisation,
        email: None,
        country: None,
        ca_id: start.ca_id,
        key_algorithm,
    };
    let options = app.ssa().start_registration(form).await.map_err(|error| visit.fail(error))?;
    let body = json!({ "registration_id": options.registration_id.as_str(), "options": creation_options(&options) });
    Ok(Json(body).into_response())
}

/// The passkey that was made.
#[derive(Debug, Deserialize)]
pub struct Finish {
    registration_id: String,
    credential: RegistrationJson,
}

/// POST `/api/register/finish`: key, certificate, login.
pub async fn finish(State(app): State<App>, visit: Visit, body: Result<Json<Finish>, JsonRejection>) -> Answer {
    let Json(finish) = body.map_err(|_| visit.refuse_script(Problem::Malformed))?;
    let id = registration_id(&visit, &finish.registration_id)?;
    let response = finish.credential.read().ok_or_else(|| visit.refuse_script(Problem::Malformed))?;
    let registered = app.ssa().finish_registration(&id, response).await.map_err(|error| visit.fail(error))?;
    logged_in(&app, &visit, &registered)
}

/// A registration whose authority did not answer.
#[derive(Debug, Deserialize)]
pub struct Resume {
    registration_id: String,
}

/// POST `/api/register/resume`: asks the authority again, with the same key and request.
pub async fn resume(State(app): State<App>, visit: Visit, body: Result<Json<Resume>, JsonRejection>) -> Answer {
    let Json(resume) = body.map_err(|_| visit.refuse_script(Problem::Malformed))?;
    let id = registration_id(&visit, &resume.registration_id)?;
    let registered = app.ssa().resume_registration(&id).await.map_err(|error| visit.fail(error))?;
    logged_in(&app, &visit, &registered)
}

fn registration_id(visit: &Visit, text: &str) -> Result<RegistrationId, Refused> {
    text.parse().map_err(|_| visit.refuse_script(Problem::RegistrationExpired))
}

fn logged_in(app: &App, visit: &Visit, registered: &Registered) -> Answer {
    let session = &registered.session;
    let lifetime = session.expires_at.saturating_sub(app.ssa().now());
    let cookie = SESSION.set(&app.settings().portal_origin, session.secret.expose(), lifetime);
    let cookie = cookie.ok_or_else(|| visit.refuse_script(Problem::Internal))?;
    let body = json!({ "next": "/documents", "signer_id": registered.signer_id.to_string(),
        "credential_id": registered.credential_id.as_str() });
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}
