//! `/login` and `/logout`. A login opens the portal; it grants no signing power.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;
use ssa::SessionSecret;

use super::views::SignInPage;
use super::visit::{local_path, see_other};
use super::webauthn::{AuthenticationJson, login_options};
use super::{Answer, Problem, Visit};
use crate::App;
use crate::cookie::SESSION;

/// Where to go after the login.
#[derive(Debug, Deserialize)]
pub struct Next {
    next: Option<String>,
}

/// GET `/login?next=/path`
pub async fn page(visit: Visit, Query(next): Query<Next>) -> Answer {
    let next = local_path(next.next.as_deref()).to_owned();
    if visit.account.is_some() {
        return Ok(see_other(&next));
    }
    visit.show(&SignInPage { p: visit.page("sign-in"), next })
}

/// POST `/api/login/start`: a challenge, good once.
pub async fn start(State(app): State<App>, visit: Visit) -> Answer {
    let options = app.ssa().start_login().await.map_err(|error| visit.fail(error))?;
    Ok(Json(json!({ "login_id": options.login_id.as_str(), "options": login_options(&options) })).into_response())
}

/// The passkey's answer.
#[derive(Debug, Deserialize)]
pub struct Finish {
    login_id: String,
    credential: AuthenticationJson,
    next: Option<String>,
}

/// POST `/api/login/finish`
pub async fn finish(State(app): State<App>, visit: Visit, body: Result<Json<Finish>, JsonRejection>) -> Answer {
    let Json(finish) = body.map_err(|_| visit.refuse_script(Problem::Malformed))?;
    let id = finish.login_id.parse().map_err(|_| visit.refuse_script(Problem::PasskeyRefused))?;
    let response = finish.credential.read().ok_or_else(|| visit.refuse_script(Problem::Malformed))?;
    let session = app.ssa().finish_login(&id, response).await.map_err(|error| visit.fail(error))?;
    let lifetime = session.expires_at.saturating_sub(app.ssa().now());
    let cookie = SESSION.set(&app.settings().portal_origin, session.secret.expose(), lifetime);
    let cookie = cookie.ok_or_else(|| visit.refuse_script(Problem::Internal))?;
    let next = local_path(finish.next.as_deref());
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "next": next }))).into_response())
}

/// POST `/logout`
pub async fn logout(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Answer {
    let origin = &app.settings().portal_origin;
    if let Some(secret) = SESSION.read(origin, &headers) {
        app.ssa().end_session(&SessionSecret::from_cookie(secret)).await.map_err(|error| visit.fail(error))?;
    }
    let mut response = see_other("/");
    if let Some(cookie) = SESSION.clear(origin) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
