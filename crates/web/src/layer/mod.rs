//! What every request passes: an id, limits of rate, time and size, the security headers, and a net for panics.

mod caller;
mod client_address;
mod headers;
mod limit;
mod request;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

pub use caller::Side;
pub use limit::RateLimiter;
pub use request::{RequestId, TimeLimit, log_fault};

use crate::App;
use client_address::TrustedProxies;

/// Puts the layers around `routes`; the last one added is the first that a request meets.
pub fn around(routes: Router<App>, app: App, side: Side) -> Router {
    let limit = limit::Limit {
        limiter: RateLimiter::new(app.settings().rate_limit),
        proxies: TrustedProxies::new(app.settings().trusted_proxies.clone()),
    };
    routes
        .layer(DefaultBodyLimit::max(csc_api::MAX_BODY))
        .layer(from_fn_with_state(app.settings().time_limit, request::with_time_limit))
        .layer(from_fn(request::with_panics_caught))
        .layer(from_fn_with_state(limit, limit::limit_rate))
        .layer(from_fn(headers::add_security_headers))
        .layer(from_fn_with_state((app.clone(), side), caller::note_caller))
        .layer(from_fn(request::with_id))
        .with_state(app)
}
