//! Signature activation module: verifies signature activation data, authorises the SGM, writes the signing log. EN 419 241-1 SRA_SAP, SRA_SKM.
//!
//! The web side talks to it through [`protocol`] and is not trusted. Whether a key may be used is decided in [`sad::verify`] alone.

// `sandbox` is the one exception; see there.
#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

pub mod clock;
pub mod config;
mod crypto;
pub mod dcbor;
pub mod enrolment;
pub mod ids;
pub mod protocol;
pub mod receipt;
pub mod record;
pub mod refusal;
pub mod sad;
mod sandbox;
pub mod server;
pub mod service;
pub mod signing_log;
pub mod webauthn;

pub use refusal::Refusal;
