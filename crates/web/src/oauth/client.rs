//! How a client authenticates: HTTP Basic or `client_id` and `client_secret` in the body, never both. RFC 6749 2.3.1.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use csc_api::form::Form;
use csc_api::{Binary, CscError};
use ssa::oauth::AuthenticatedClient;

use crate::App;

/// Authenticates the client of a request and takes its parameters out of `form`.
///
/// # Errors
/// 400 for two ways at once, 401 for none or a wrong secret.
pub(super) fn authenticate(app: &App, headers: &HeaderMap, form: &mut Form) -> Result<AuthenticatedClient, CscError> {
    let named = form.take("client_id");
    let in_body = form.take("client_secret");
    let mut authorization = headers.get_all(AUTHORIZATION).iter();
    let (client_id, secret) = match (authorization.next(), in_body) {
        (Some(_), Some(_)) => return Err(CscError::malformed()),
        (Some(header), None) => {
            let (id, secret) = header.to_str().ok().and_then(basic).ok_or_else(CscError::invalid_client)?;
            if authorization.next().is_some() || named.is_some_and(|named| named != id) {
                return Err(CscError::invalid_parameter("client_id"));
            }
            (id, secret)
        }
        (None, Some(secret)) => (named.ok_or_else(|| CscError::missing_parameter("client_id"))?, secret),
        (None, None) => return Err(CscError::client_authentication_missing()),
    };
    app.oauth().authenticate(&client_id, &secret).map_err(|_| CscError::invalid_client())
}

/// Both halves are form-encoded before they are joined.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(Binary::decode(encoded).ok()?.0).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let mut halves = Form::parse(format!("id={id}&secret={secret}").as_bytes()).ok()?;
    Some((halves.take("id")?, halves.take("secret")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(pair: &str) -> String {
        format!("Basic {}", Binary(pair.as_bytes().to_vec()).encode())
    }

    #[test]
    fn both_halves_are_form_decoded() {
        assert_eq!(basic(&header("a%3Ab:s+e%26")), Some(("a:b".into(), "s e&".into())));
    }

    #[test]
    fn a_half_cannot_smuggle_a_second_parameter() {
        assert_eq!(basic(&header("a&secret=known:x")), None);
        assert_eq!(basic(&header("a:x&id=b")), None);
    }

    #[test]
    fn other_schemes_and_broken_pairs_are_refused() {
        for text in ["Bearer abc", "Basic", "Basic !", &header("no colon"), &header(":secret"), &header("id:")] {
            assert_eq!(basic(text), None, "{text}");
        }
    }
}
