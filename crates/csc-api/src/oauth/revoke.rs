//! `/oauth2/revoke`: a client gives a token back. CSC API 2.0.0.2 8.4.5; RFC 7009.

use crate::{CscError, form::Form};

/// The request, without the client's authentication.
///
/// Its `Debug` does not show the token.
#[derive(Clone, PartialEq, Eq)]
pub struct RevokeRequest {
    /// The token to end.
    pub token: String,
}

impl std::fmt::Debug for RevokeRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RevokeRequest").finish_non_exhaustive()
    }
}

impl RevokeRequest {
    /// Reads the form. The hint is checked and not used: there is one kind of token.
    ///
    /// # Errors
    /// In the words of the specification.
    pub fn from_form(form: &mut Form) -> Result<Self, CscError> {
        let token = form.require("token")?;
        match form.take("token_type_hint").as_deref() {
            None | Some("access_token" | "refresh_token") => Ok(Self { token }),
            Some(_) => Err(CscError::invalid_parameter("token_type_hint")),
        }
    }
}
