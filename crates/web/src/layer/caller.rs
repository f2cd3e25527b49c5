//! Who hears that a request was not answered (too many, too late, a bug): a person reads a page, a script of ours a problem, a CSC client the
//! JSON of the specification.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use csc_api::CscError;

use super::RequestId;
use crate::App;
use crate::csc::Failure;
use crate::i18n::{Language, WantedLanguage};
use crate::portal::{Problem, Visit};
use crate::signing_page;

/// Which of the two addresses is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Portal, OAuth and CSC.
    Portal,
    /// The signing page.
    Signing,
}

/// Stands in every request, so that each layer can answer in the caller's form.
#[derive(Clone)]
pub(super) struct Caller(Arc<Inner>);

struct Inner {
    app: App,
    side: Side,
    language: Language,
    path: String,
    reference: Option<String>,
}

pub(super) async fn note_caller(State((app, side)): State<(App, Side)>, request: Request, next: Next) -> Response {
    use axum::extract::FromRequestParts;
    let (mut parts, body) = request.into_parts();
    let WantedLanguage(wanted) =
        WantedLanguage::from_request_parts(&mut parts, &app).await.unwrap_or(WantedLanguage(None));
    let caller = Caller(Arc::new(Inner {
        language: wanted.unwrap_or(app.settings().default_language),
        path: parts.uri.path().to_owned(),
        reference: parts.extensions.get::<RequestId>().map(|id| id.as_str().to_owned()),
        side,
        app,
    }));
    parts.extensions.insert(caller);
    next.run(Request::from_parts(parts, body)).await
}

impl Caller {
    pub(super) fn of(request: &Request) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// Whether the answer is read by a CSC or OAuth client. The authorization endpoint is opened by a person's browser.
    fn is_api(&self) -> bool {
        let path = &*self.0.path;
        let below =
            |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.0.side == Side::Portal
            && (below("/csc") || (below("/oauth2") && !below("/oauth2/authorize")) || path == "/revoke")
    }
}

/// The answer to `caller` instead of the one that was asked for; `wait` are the seconds after which to try again, where they are known.
pub(super) fn refuse(caller: Option<Caller>, problem: Problem, wait: Option<u64>) -> Response {
    let mut response = match caller {
        Some(caller) if !caller.is_api() => caller.page(problem),
        _ => Failure::from(match problem {
            Problem::TooMany => CscError::too_many_requests(),
            Problem::TooLong => CscError::temporarily_unavailable(),
            _ => CscError::server_error(),
        })
        .into_response(),
    };
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

impl Caller {
    fn page(&self, problem: Problem) -> Response {
        let Inner { app, side, language, path, reference } = &*self.0;
        match side {
            Side::Portal => Visit::of_nobody(app, *language, path.clone(), reference.clone())
                .refuse_as_asked(problem)
                .into_response(),
            Side::Signing => signing_page::refuse(app, *language, path, reference.clone(), problem),
        }
    }
}
