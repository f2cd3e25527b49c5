//! One request of a person: language, account, and how to say that something is not possible.

use askama::Template;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use ssa::{Account, SessionError, SessionSecret};

use super::Page;
use super::guard::{PORTAL_PERMISSIONS, headers};
use super::problem::Problem;
use super::views::ProblemPage;
use crate::App;
use crate::cookie::SESSION;
use crate::i18n::{Language, WantedLanguage};
use crate::layer::{RequestId, log_fault};

/// The answer of a handler: a response, or one that says what is not possible.
pub type Answer = Result<Response, Refused>;

/// A finished response that says what is not possible.
#[derive(Debug)]
pub struct Refused(Box<Response>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Response> for Refused {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

/// Who asks, in which language, for which page.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Language of the answer.
    pub language: Language,
    /// Who is signed in; `None` also when that could not be found out.
    pub account: Option<Account>,
    /// Whether the account could not be looked up at all.
    pub account_unknown: bool,
    /// Path and query of the request.
    pub path: String,
    /// Whether a script asks, which wants JSON.
    pub by_script: bool,
    demo: bool,
    max_upload: u64,
    reference: Option<String>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        if let Some(visit) = parts.extensions.get::<Self>() {
            return Ok(visit.clone());
        }
        let WantedLanguage(wanted) = WantedLanguage::from_request_parts(parts, app).await?;
        let settings = app.settings();
        let (account, account_unknown) = match SESSION.read(&settings.portal_origin, &parts.headers) {
            None => (None, false),
            Some(secret) => match app.ssa().session(&SessionSecret::from_cookie(secret)).await {
                Ok(account) => (Some(account), false),
                Err(SessionError::NotLoggedIn) => (None, false),
                Err(error) => {
                    log_fault("the account of a visit could not be looked up", &error);
                    (None, true)
                }
            },
        };
        let visit = Self {
            language: wanted.unwrap_or(settings.default_language),
            account,
            account_unknown,
            path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            by_script: parts.uri.path().starts_with("/api/"),
            demo: settings.demo,
            max_upload: settings.max_upload,
            reference: parts.extensions.get::<RequestId>().map(|id| id.as_str().to_owned()),
        };
        parts.extensions.insert(visit.clone());
        Ok(visit)
    }
}

impl Visit {
    /// A visit whose account is not asked for: an answer that must cost nothing, or that comes when nothing else works.
    pub(crate) fn of_nobody(app: &App, language: Language, path: String, reference: Option<String>) -> Self {
        let settings = app.settings();
        Self {
            language,
            account: None,
            account_unknown: false,
            by_script: path.starts_with("/api/"),
            path,
            demo: settings.demo,
            max_upload: settings.max_upload,
            reference,
        }
    }

    /// The frame for a page at a place in the menu.
    pub fn page(&self, here: &'static str) -> Page {
        Page {
            language: self.language,
            account: self.account.as_ref().map(|account| account.display_name.clone()),
            demo: self.demo,
            here,
            // After a POST the address cannot be loaded again in another language.
            path: self.path.clone(),
            max_upload: self.max_upload,
        }
    }

    /// A page as a response.
    ///
    /// # Errors
    /// A problem page if the template fails, which would be a bug.
    pub fn show(&self, page: &impl Template) -> Answer {
        let text = page.render().map_err(|error| {
            log_fault("a page could not be written", &error);
            Refused::from(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        })?;
        let mut response = Html(text).into_response();
        headers(&mut response, PORTAL_PERMISSIONS);
        Ok(response)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// The way to the login page, which then leads back; for scripts a problem.
    pub fn account(&self) -> Result<&Account, Refused> {
        match &self.account {
            Some(account) => Ok(account),
            None if self.account_unknown => Err(self.refuse_as_asked(Problem::Internal)),
            None if self.by_script => Err(self.refuse_script(Problem::SignInNeeded)),
            None => {
                let next: String = url::form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
                Err(see_other(&format!("/login?next={next}")).into())
            }
        }
    }

    /// A page that says what is not possible.
    pub fn refuse(&self, problem: Problem) -> Refused {
        let (next, next_label) = problem.next();
        let page = ProblemPage {
            title: self.language.text(problem.key()),
            cause: problem.cause(self.language, self.max_upload),
            remedy: problem.remedy(self.language),
            next: next.to_owned(),
            next_label: self.language.text(next_label),
            reference: self.reference.clone().filter(|_| problem.status().is_server_error()),
            p: self.page(""),
        };
        let mut response = self.show(&page).unwrap_or_else(IntoResponse::into_response);
        *response.status_mut() = problem.status();
        if let Some(seconds) = problem.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.into()
    }

    /// The same for a script.
    pub fn refuse_script(&self, problem: Problem) -> Refused {
        let text = format!("{} {}", problem.cause(self.language, self.max_upload), problem.remedy(self.language));
        let body = json!({ "problem": {
            "title": self.language.text(problem.key()),
            "text": text,
            "kind": problem.key(),
            "resume": problem == Problem::AuthorityDown,
            "reference": self.reference,
        } });
        let mut response = (problem.status(), Json(body)).into_response();
        if let Some(seconds) = problem.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.into()
    }

    /// In the form that the caller reads.
    pub fn refuse_as_asked(&self, problem: Problem) -> Refused {
        if self.by_script { self.refuse_script(problem) } else { self.refuse(problem) }
    }

    /// Logs what only the operator may read, and refuses in the form that the caller reads.
    pub fn fail(&self, error: impl std::error::Error + Into<Problem> + 'static) -> Refused {
        Refused::from(self.refuse_as_asked(log_problem(error)).into_response())
    }
}

/// The problem that an error is; faults of ours go to the log, once, here.
pub(crate) fn log_problem(error: impl std::error::Error + Into<Problem> + 'static) -> Problem {
    let chain: String = std::iter::successors(std::error::Error::source(&error), |source| source.source())
        .fold(error.to_string(), |chain, source| format!("{chain}: {source}"));
    let problem: Problem = error.into();
    if problem.status().is_server_error() {
        tracing::error!(error.chain = chain, "a page could not do what was asked");
    }
    problem
}

/// A redirect that ends a POST.
pub(crate) fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A path of this origin, or the start page: an address that leads elsewhere is not followed.
pub(crate) fn local_path(wanted: Option<&str>) -> &str {
    match wanted {
        Some(path) if path.starts_with('/') && !path.starts_with("//") && is_plain(path) => path,
        _ => "/documents",
    }
}

/// Browsers read a backslash as a slash, and drop tabs and line ends.
fn is_plain(path: &str) -> bool {
    path.len() <= 1024 && path.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_origin_are_followed() {
        assert_eq!(local_path(Some("/documents/x?y=1")), "/documents/x?y=1");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "",
            "/あ",
        ] {
            assert_eq!(local_path(Some(elsewhere)), "/documents", "{elsewhere:?}");
        }
        assert_eq!(local_path(None), "/documents");
    }
}
