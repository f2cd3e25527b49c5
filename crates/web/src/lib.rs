//! HTTP: CSC API, OAuth 2, portal and signing page; translates only.
//!
//! The folder is the URL: `/csc/v2/signatures/signHash` is [`csc::v2::signatures::sign_hash`]. Every route stands in
//! [`router`]. What a request may do is decided in `ssa`, and what is signed in the signature activation module; here a
//! request becomes an order, and a result or an error becomes an answer. Each error enum is mapped without a `_` arm.

pub mod cookie;
pub mod csc;
pub mod health;
pub mod i18n;
pub mod layer;
pub mod oauth;
pub mod portal;
pub mod router;
pub mod server;
pub mod signing_page;
mod state;

pub use state::{App, Parts, RateLimit, Settings};
