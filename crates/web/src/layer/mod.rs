//! What every request passes: an id, limits of rate, time and size, the security headers, and a net for panics.

mod headers;
mod limit;
mod request;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

pub use limit::RateLimiter;
pub use request::{RequestId, log_fault};

use crate::App;

/// Puts the layers around `routes`; the last one added is the first that a request meets.
pub fn around(routes: Router<App>, app: App) -> Router {
    let limiter = RateLimiter::new(app.settings().rate_limit);
    routes
        .layer(DefaultBodyLimit::max(csc_api::MAX_BODY))
        .layer(from_fn(request::with_time_limit))
        .layer(from_fn(request::with_panics_caught))
        .layer(from_fn_with_state(limiter, limit::limit_rate))
        .layer(from_fn(headers::add_security_headers))
        .layer(from_fn(request::with_id))
        .with_state(app)
}
