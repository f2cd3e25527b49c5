//! One request: its id in answer and log, its time limit, and what a panic in it becomes.
//!
//! The log names the route and never the address or query: both can hold codes, tickets and other secrets.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use csc_api::CscError;
use tracing::Instrument;

use crate::csc::Failure;

/// Longest time for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(60);

static START: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
static COUNT: AtomicU64 = AtomicU64::new(0);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names a request in answer and log. Unique, not secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    fn next() -> Self {
        Self(format!("{:08x}-{:x}", *START >> 32, COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The text, as it stands in the header `x-request-id`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(super) async fn with_id(mut request: Request, next: Next) -> Response {
    let id = RequestId::next();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span =
        tracing::info_span!("request", request.id = id.as_str(), http.method = %request.method(), http.route = route);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    tracing::debug!(parent: &span, http.status = response.status().as_u16(), "answered");
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

pub(super) async fn with_time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIME_LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("the request took longer than {} seconds", TIME_LIMIT.as_secs());
            Failure::from(CscError::temporarily_unavailable()).into_response()
        }
    }
}

pub(super) async fn with_panics_caught(request: Request, next: Next) -> Response {
    let span = tracing::Span::current();
    match tokio::spawn(next.run(request).instrument(span)).await {
        Ok(response) => response,
        Err(_) => {
            // The panic hook has written where it was.
            tracing::error!("the request met a bug");
            Failure::from(CscError::server_error()).into_response()
        }
    }
}

/// Writes a fault with its whole chain to the log, once, here; the caller of the service sees the request id only.
pub fn log_fault(what: &'static str, fault: &(dyn Error + 'static)) {
    let mut chain = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error.chain = chain, "{what}");
}
