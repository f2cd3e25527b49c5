//! Request bodies of the CSC API and of the OAuth endpoints. What is accepted writes back to something that reads the same.

use std::fmt::Debug;

use csc_api::CscError;
use csc_api::form::Form;
use csc_api::oauth::authorization_details::AuthorizationDetail;
use csc_api::oauth::pushed_authorize::PushedAuthorizationRequest;
use csc_api::oauth::revoke::RevokeRequest;
use csc_api::oauth::token::TokenRequest;
use csc_api::v2::credentials::info::CredentialInfoRequest;
use csc_api::v2::credentials::list::CredentialListRequest;
use csc_api::v2::info::InfoRequest;
use csc_api::v2::signatures::sign_hash::SignHashRequest;
use csc_api::v2::signatures::timestamp::TimestampRequest;

use crate::Target;

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "\"true\"",
    "\\u0000",
    "\\ud800",
    "1e999",
    "-0",
    "\"credentialID\":",
    "\"hashes\":",
    "\"SAD\":",
    "\"signAlgo\":",
    "\"hashAlgorithmOID\":",
    "\"documentDigests\":",
    "\"numSignatures\":",
    "\"type\":",
];
const FORM: &[&str] =
    &["&", "=", "%00", "%ff", "%", "+", "grant_type=", "code=", "authorization_details=", "client_id=", "scope="];

pub const TARGETS: &[Target] = &[
    Target { name: "csc_json", feed: json, words: JSON },
    Target { name: "csc_authorization_details", feed: authorization_details, words: JSON },
    Target { name: "csc_form", feed: form, words: FORM },
];

/// Reads, writes, reads again.
fn settles<T: PartialEq + Debug>(
    input: &[u8],
    read: impl Fn(&[u8]) -> Result<T, CscError>,
    write: impl Fn(&T) -> Vec<u8>,
) -> bool {
    let Ok(request) = read(input) else { return false };
    let written = write(&request);
    let again = read(&written).unwrap_or_else(|error| panic!("written {}: {error:?}", written.escape_ascii()));
    assert_eq!(again, request);
    true
}

fn json(input: &[u8]) -> bool {
    // Every one gets the input: a bitwise "or" does not stop at the first that takes it.
    settles(input, SignHashRequest::from_json, |request| serde_json::to_vec(request).expect("serialises"))
        | settles(input, TimestampRequest::from_json, |request| serde_json::to_vec(request).expect("serialises"))
        | settles(input, CredentialInfoRequest::from_json, |request| serde_json::to_vec(request).expect("serialises"))
        | settles(input, CredentialListRequest::from_json, |request| serde_json::to_vec(request).expect("serialises"))
        | settles(input, InfoRequest::from_json, |request| serde_json::to_vec(request).expect("serialises"))
}

fn authorization_details(input: &[u8]) -> bool {
    let read = |input: &[u8]| match std::str::from_utf8(input) {
        Ok(text) => AuthorizationDetail::from_json(text),
        Err(_) => Err(CscError::malformed()),
    };
    settles(input, read, |detail| serde_json::to_vec(&[detail]).expect("serialises"))
}

fn form(input: &[u8]) -> bool {
    let Ok(form) = Form::parse(input) else { return false };
    TokenRequest::from_form(&mut form.clone()).is_ok()
        | PushedAuthorizationRequest::from_form(&mut form.clone()).is_ok()
        | RevokeRequest::from_form(&mut form.clone()).is_ok()
}
