//! The form of a token, revocation or pushed request. RFC 6749 appendix B.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use csc_api::CscError;
use csc_api::form::Form;

use crate::csc::{Failure, RequestBody};

/// Longest form, in octets: a hundred hashes with labels in any script, and room to spare. What is pushed is stored.
const MAX_FORM: usize = 128 * 1024;

/// The parameters in the body. Those in the query are not read: they end up in logs.
#[derive(Debug, Clone)]
pub struct FormBody(pub Form);

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(CscError::malformed().into());
        }
        let RequestBody(body) = RequestBody::from_request(request, state).await?;
        if body.len() > MAX_FORM {
            return Err(CscError::too_large().into());
        }
        Ok(Self(Form::parse(&body)?))
    }
}
