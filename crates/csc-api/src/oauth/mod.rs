//! The OAuth 2 endpoints that go with the API. CSC API 2.0.0.2 8.4; RFC 6749, 7009, 7636, 8414, 9126, 9207, 9396.

pub mod authorization_details;
pub mod metadata;
pub mod pushed_authorize;
pub mod revoke;
pub mod token;
