//! What every page carries and every change must prove: security headers, and an `Origin` that is ours. Threats T-BR-2, T-BR-3.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Problem, Visit};
use crate::App;

/// The policy of all pages: nothing inline, nothing from elsewhere, never in a frame.
pub(crate) fn frame_policy(form_action: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
         form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Puts the security headers on an answer; what is set already is kept.
pub(crate) fn headers(answer: &mut Response, permissions: &'static str) {
    let policy =
        HeaderValue::from_str(&frame_policy("'self'")).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(permissions)),
    ];
    for (name, value) in fixed {
        answer.headers_mut().entry(name).or_insert(value);
    }
}

/// The portal may make and use passkeys; nothing else of the device.
pub(super) const PORTAL_PERMISSIONS: &str = "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), microphone=(), geolocation=(), payment=()";

pub(super) async fn portal_headers(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    headers(&mut answer, PORTAL_PERMISSIONS);
    answer
}

/// Refuses changes that do not come from a page of the portal.
pub(super) async fn same_origin(State(app): State<App>, visit: Visit, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if safe || comes_from(request.headers(), &app.settings().portal_origin) {
        return next.run(request).await;
    }
    if visit.by_script { visit.refuse_script(Problem::CrossOrigin) } else { visit.refuse(Problem::CrossOrigin) }
        .into_response()
}

/// Browsers send `Origin` with every POST; where a privacy setting hides it, `Sec-Fetch-Site` still tells.
pub(crate) fn comes_from(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get(header::ORIGIN) {
        Some(value) if value != "null" => value == origin,
        _ => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        comes_from(&headers.collect(), "http://localhost:8080")
    }

    #[test]
    fn only_our_own_origin_may_change_something() {
        assert!(from(&[("origin", "http://localhost:8080")]));
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(from(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(!from(&[]));
        assert!(!from(&[("origin", "http://localhost:8081")]), "another port is another origin");
        assert!(!from(&[("origin", "http://localhost:8080.example.jp")]));
        assert!(!from(&[("origin", "https://localhost:8080")]));
        assert!(!from(&[("origin", "null")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn the_policy_allows_nothing_inline_and_nothing_from_elsewhere() {
        let policy = frame_policy("'self'");
        for needed in
            ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]
        {
            assert!(policy.contains(needed), "{needed}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'));
    }
}
