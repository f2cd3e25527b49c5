//! The portal: pages for signers and for anyone who checks a file. Works in Japanese and English; every page has a strict policy.
//!
//! | address | page |
//! |---|---|
//! | `/` | two doors: sign, check ([`home`]) |
//! | `/register`, `/login` | passkey and first certificate ([`register`], [`login`]) |
//! | `/documents`, `/documents/{id}` | choose, review, wait, result ([`documents`], [`review`], [`approval`], [`finish`], [`files`]) |
//! | `/certificates` | list and request ([`certificates`]) |
//! | `/check` | what can be computed about a signed file ([`check`]) |
//!
//! Handlers translate only. Signing itself happens on the signing page, on an origin of its own ([`crate::signing_page`]).

mod approval;
pub mod assets;
mod authority;
mod certificates;
mod check;
pub mod consent;
mod documents;
mod file_body;
mod files;
mod finish;
mod guard;
mod home;
mod icons;
mod login;
mod page;
pub mod pages;
mod problem;
mod register;
mod review;
mod upload;
mod views;
mod visit;
pub(crate) mod webauthn;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::App;

pub(crate) use authority::serial_tail;
pub(crate) use file_body::FileBody;
pub(crate) use files::PAGE_WIDTH;
pub(crate) use guard::{comes_from, frame_policy, headers};
pub(crate) use page::Page;
pub use problem::Problem;
pub(crate) use review::grave_warnings;
pub(crate) use views::{SigningPage, SigningProblemPage};
pub(crate) use visit::log_problem;
pub use visit::{Answer, Refused, Visit};

/// Room for the frame of an upload around the file itself.
const FORM_ROOM: u64 = 64 * 1024;

/// All routes of the portal.
pub fn router(app: App) -> Router<App> {
    let upload = usize::try_from(app.settings().max_upload.saturating_add(FORM_ROOM)).unwrap_or(usize::MAX);
    let uploads = Router::new()
        .route("/documents", get(documents::list).post(documents::upload))
        .route("/check", get(check::form).post(check::check))
        .layer(DefaultBodyLimit::max(upload));
    Router::new()
        .route("/", get(home::home))
        .route("/help", get(home::help))
        .route("/language", get(home::language))
        .route("/register", get(register::form))
        .route("/api/register/start", post(register::start))
        .route("/api/register/finish", post(register::finish))
        .route("/api/register/resume", post(register::resume))
        .route("/login", get(login::page))
        .route("/api/login/start", post(login::start))
        .route("/api/login/finish", post(login::finish))
        .route("/logout", post(login::logout))
        .route("/documents/sample", post(documents::sample))
        .route("/documents/{id}", get(review::page))
        .route("/documents/{id}/settings", post(documents::settings))
        .route("/documents/{id}/forget", post(documents::forget))
        .route("/documents/{id}/original.pdf", get(files::original))
        .route("/documents/{id}/pages/{page}", get(files::page))
        .route("/documents/{id}/signed.pdf", get(files::signed))
        .route("/documents/{id}/receipt.tlog-proof", get(files::receipt))
        .route("/documents/{id}/approval", get(approval::page))
        .route("/api/documents/{id}/approval", get(approval::state))
        .route("/documents/{id}/finish", get(finish::page).post(finish::finish))
        .route("/api/documents/{id}/activation", post(finish::activation))
        .route("/api/documents/{id}/finish", post(finish::finish_by_script))
        .route("/certificates", get(certificates::list).post(certificates::request))
        .route("/certificates/{id}/resume", post(certificates::resume))
        .merge(uploads)
        .layer(from_fn_with_state(app, guard::same_origin))
        .route("/assets/{version}/{name}", get(assets::serve))
        .layer(from_fn(guard::portal_headers))
}
