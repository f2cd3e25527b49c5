//! A small HTTP/1.1 server on loopback, on hyper: for the authorities, and for tests that need a server with bad manners.

pub mod body;
pub mod server;

pub use body::Body;
pub use hyper::{StatusCode, header};
pub use server::{LoopbackServer, Outcome, Received};

/// An answer with its body.
pub type Answer = hyper::Response<Body>;
