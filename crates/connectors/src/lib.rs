//! Clients of the services around a signing service, and the only place that speaks HTTP to the outside.
//!
//! - [`http`]: the guard that every request goes through (which addresses, how long, how much).
//! - [`ca`]: certificates from certification authorities (EST, RFC 7030).
//! - [`tsa`]: time-stamps with fail-over (RFC 3161).
//! - [`evidence`]: what proves that certificates were good: issuers, OCSP answers, revocation lists (RFC 5280, RFC 6960).
//! - [`csc`]: a client of the CSC API version 2, for the demo, benchmarks and tests.
//!
//! What comes back is untrusted until it has been checked here: a client returns a certificate, token or status only if it
//! answers the request and verifies under what the configuration pins.
#![forbid(unsafe_code)]

pub mod ca;
pub mod csc;
pub mod evidence;
pub mod http;
pub mod tsa;
