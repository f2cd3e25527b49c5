//! The OAuth 2 endpoints. CSC API 2.0.0.2 8.4; RFC 6749, 7009, 8414, 9126, 9207.

pub mod authorize;
mod client;
pub mod form;
pub mod metadata;
pub mod pushed_authorize;
pub mod revoke;
pub mod token;

/// Where the browser comes back to from the approval page.
fn approved_address(portal_origin: &str, id: &ssa::oauth::AuthorizationId) -> String {
    format!("{portal_origin}/oauth2/authorize/{id}/approved")
}
