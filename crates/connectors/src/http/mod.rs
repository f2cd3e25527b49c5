//! HTTP behind a guard against requests that an attacker steers (SSRF), slow answers and huge answers.
//!
//! Rules: `http` and `https` only; no user name in a URL; a name is resolved once, and the connection goes to the addresses that were
//! checked; private, loopback, link-local and other special addresses are refused unless the policy names them; redirects are never
//! followed; no proxy; an answer has a deadline and a largest size.
//!
//! ```no_run
//! use connectors::http::{HttpClient, HttpPolicy, HttpRequest};
//!
//! # async fn example() -> Result<(), connectors::http::HttpError> {
//! let client = HttpClient::new(HttpPolicy::default())?;
//! let answer = client.send(HttpRequest::get("https://ca.example.jp/crl")).await?;
//! println!("{} with {} bytes", answer.status, answer.body.len());
//! # Ok(())
//! # }
//! ```

pub mod address;
mod client;
mod error;
mod policy;
mod resolver;

pub use client::{HttpAnswer, HttpClient, HttpRequest};
pub use error::HttpError;
pub use policy::{HttpPolicy, Loopback};
pub use resolver::{Resolver, Resolving, SystemResolver};
