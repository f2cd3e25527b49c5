//! Wire types and error codes of the CSC API v2 (2.0.0.2) and of the OAuth 2 endpoints that go with it; nothing else.
//!
//! The folder is the URL: `csc/v2/signatures/signHash` is [`v2::signatures::sign_hash`]. Each request type is written by a
//! client with `serde` and read by a server with its `from_json` or `from_form`, which applies the reading rules that
//! clients in the field force (see [`json`]) and answers in the error texts of the specification (see [`error`]).
//!
//! Nothing here does I/O, and nothing here decides: a request that parses is well formed, not permitted.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

pub mod algorithm;
pub mod binary;
pub mod error;
pub mod form;
pub mod json;
pub mod oauth;
pub mod v2;

pub use binary::Binary;
pub use error::{CscError, ErrorCode};

/// Largest request body that is read, in bytes. The HTTP side stops reading there; the parsers refuse above it as well.
pub const MAX_BODY: usize = 1024 * 1024;
