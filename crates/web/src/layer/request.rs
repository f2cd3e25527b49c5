//! One request: its id in answer and log, its time limit, and what a panic in it becomes.
//!
//! The log names the route and never the address or query: both can hold codes, tickets and other secrets.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::{BuildHasher, Hasher};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;

use super::caller::{Caller, refuse};
use crate::portal::Problem;

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

/// The time that a request has. A handler that receives a large file pauses it and looks after the pace itself.
#[derive(Debug, Clone)]
pub struct TimeLimit {
    span: Duration,
    until: Arc<watch::Sender<Option<Instant>>>,
}

impl TimeLimit {
    /// The limit counts no time until the guard is dropped; then it begins again.
    pub fn pause(&self) -> Paused<'_> {
        self.until.send_replace(None);
        Paused(self)
    }
}

/// While it lives, the limit counts no time.
#[derive(Debug)]
pub struct Paused<'a>(&'a TimeLimit);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.until.send_replace(Some(Instant::now() + self.0.span));
    }
}

pub(super) async fn with_time_limit(State(span): State<Duration>, mut request: Request, next: Next) -> Response {
    let caller = Caller::of(&request);
    let (until, mut limit) = watch::channel(Some(Instant::now() + span));
    let until = Arc::new(until);
    request.extensions_mut().insert(TimeLimit { span, until: until.clone() });
    let mut answer = pin!(next.run(request));
    loop {
        let deadline = *limit.borrow_and_update();
        let over = async {
            match deadline {
                // The timer counts in milliseconds and would give another one.
                Some(deadline) if deadline <= Instant::now() => {}
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            response = &mut answer => return response,
            // The sender lives as long as this function: there is always another change to wait for.
            _ = limit.changed() => {}
            () = over => break,
        }
    }
    drop(until);
    tracing::warn!("the request took longer than {} seconds", span.as_secs());
    refuse(caller, Problem::TooLong, None)
}

pub(super) async fn with_panics_caught(request: Request, next: Next) -> Response {
    let (caller, span) = (Caller::of(&request), tracing::Span::current());
    // A set and not a bare task: it ends its task when it is dropped, that is, when the client has gone. What must not be left half done
    // runs in a task of its own.
    let mut task = JoinSet::new();
    task.spawn(next.run(request).instrument(span));
    match task.join_next().await {
        Some(Ok(response)) => response,
        Some(Err(_)) | None => {
            // The panic hook has written where it was.
            tracing::error!("the request met a bug");
            refuse(caller, Problem::Internal, None)
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
