//! The page on which a person lets an application see a list of certificates (OAuth scope `service`). Nothing can be signed with it.

use askama::Template;
use axum::http::{HeaderValue, header};

use super::{Answer, Page, Visit, frame_policy};

/// What the account is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Registered name of the application.
    pub client_name: String,
    /// Where the browser goes afterwards: scheme, host, port.
    pub redirect_origin: String,
    /// Target of the form, which sends `decision=allow` or `decision=deny`.
    pub action: String,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    p: Page,
    question: &'a Question,
}

/// The page.
///
/// # Errors
/// A problem page, if this one cannot be written.
pub fn page(visit: &Visit, question: &Question) -> Answer {
    let mut response = visit.show(&ConsentPage { p: visit.page(""), question })?;
    // Browsers apply `form-action` to the redirect after the decision too, so the application's origin is in it.
    if let Ok(policy) = HeaderValue::from_str(&frame_policy(&format!("'self' {}", question.redirect_origin))) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
