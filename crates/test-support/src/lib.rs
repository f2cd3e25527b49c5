//! Development authorities and a software authenticator: what `rakkan demo` and the tests use in place of outside services.
//!
//! - [`ca::DevelopmentCa`]: issues certificates for PKCS#10 requests, signs CRLs and OCSP answers (RFC 5280, RFC 6960).
//! - [`tsa::DevelopmentTsa`]: issues RFC 3161 time-stamps, or fails in the way a test asks for.
//! - [`authorities::DevelopmentAuthorities`]: the whole set on one loopback port, over HTTP, as outside authorities would be.
//! - [`authenticator`]: WebAuthn registrations and assertions, honest ([`authenticator::SoftwareAuthenticator`]) and
//!   forged at will ([`authenticator::RawAuthenticator`]).
//!
//! Nothing here is for production: every name that these authorities sign with says "DEMO, NOT VALID".
#![forbid(unsafe_code)]

pub mod authenticator;
pub mod authorities;
pub mod ca;
pub mod clock;
pub mod error;
pub mod http;
pub mod pki;
pub mod random;
pub mod tsa;
