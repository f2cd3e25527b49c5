//! The answer to the client through the browser: a redirect with `code` or `error`, `state` and `iss`. RFC 6749 4.1.2, RFC 9207.

use store::Authorization;
use url::form_urlencoded::Serializer;

use super::secret::Code;

/// Where the browser goes next, with the answer in its query. It may hold a code: not for logs.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUrl(String);

impl RedirectUrl {
    pub(super) fn with_code(request: &Authorization, issuer: &str, code: &Code) -> Self {
        Self::answer(request, issuer, &[("code", code.expose())])
    }

    pub(super) fn with_error(request: &Authorization, issuer: &str, error: RedirectError) -> Self {
        let (code, description) = error.texts();
        Self::answer(request, issuer, &[("error", code), ("error_description", description)])
    }

    /// Appends to the registered text and never re-writes it: a normalised URI is another URI.
    fn answer(request: &Authorization, issuer: &str, parameters: &[(&str, &str)]) -> Self {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(parameters);
        if let Some(state) = &request.client_state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", issuer);
        let separator = if request.redirect_uri.contains('?') { '&' } else { '?' };
        Self(format!("{}{separator}{}", request.redirect_uri, query.finish()))
    }

    /// For the `Location` header, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for RedirectUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RedirectUrl(..)")
    }
}

/// Errors that reach the client through the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RedirectError {
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
}

impl RedirectError {
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::AccessDenied => ("access_denied", "The signer did not approve the request."),
            Self::ServerError => ("server_error", "The request met a fault of the service."),
            Self::TemporarilyUnavailable => {
                ("temporarily_unavailable", "The service cannot ask the signer now; try again later.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::AuthorizationState;

    fn request(redirect_uri: &str, state: Option<&str>) -> Authorization {
        Authorization {
            authorization_id: "id".into(),
            client_id: "client".into(),
            redirect_uri: redirect_uri.into(),
            code_challenge: String::new(),
            client_state: state.map(Into::into),
            sign_order: None,
            description: None,
            language: None,
            state: AuthorizationState::Opened,
            browser_hash: None,
            ticket_id: None,
            signer_id: None,
            created_at: 0,
            expires_at: 0,
        }
    }

    #[test]
    fn state_comes_back_unchanged_and_the_issuer_is_named() {
        let answer = RedirectUrl::with_error(
            &request("http://localhost/cb", Some("a&b=c #")),
            "http://as",
            RedirectError::AccessDenied,
        );
        let query = answer.expose().strip_prefix("http://localhost/cb?").unwrap();
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(pairs[0], ("error".into(), "access_denied".into()));
        assert_eq!(pairs[2], ("state".into(), "a&b=c #".into()));
        assert_eq!(pairs[3], ("iss".into(), "http://as".into()));
    }

    #[test]
    fn the_query_of_a_registered_uri_is_kept() {
        let code = Code::from_random([0; 32]);
        let answer = RedirectUrl::with_code(&request("http://localhost/cb?tenant=1", None), "http://as", &code);
        assert_eq!(answer.expose(), format!("http://localhost/cb?tenant=1&code={}&iss=http%3A%2F%2Fas", code.expose()));
        assert!(!format!("{answer:?}").contains(code.expose()));
    }
}
