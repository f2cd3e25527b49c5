//! A client of the CSC API version 2 with OAuth 2 as its text asks: pushed requests, PKCE, rich authorization details.
//!
//! The steps of one signature: [`CscClient::discover`], [`CscClient::push`], the signer's approval at
//! [`CscClient::authorization_url`], [`RedirectAnswer::read`], [`CscClient::token`], [`CscClient::sign_hash`].

pub mod browser;
mod client;
mod pkce;
mod redirect;

pub use browser::{Browser, Page};
pub use client::{ClientIdentity, CscClient, CscClientError};
pub use pkce::Pkce;
pub use redirect::{RedirectAnswer, RedirectError};
