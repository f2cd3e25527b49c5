//! GET /csc/logo.png: the picture that `info` names, PNG of 256 x 256. CSC API 2.0.0.2 11.1.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Where the picture is, below the origin of the service.
pub const PATH: &str = "/csc/logo.png";

static LOGO: &[u8] = include_bytes!("logo.png");

/// The picture; pages of other sites may show it.
pub async fn get() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, LOGO).into_response()
}
