//! A small HTTP/1.1 server on loopback, on hyper: for the authorities, and for tests that need a server with bad manners.

pub mod body;
pub mod server;

pub use body::Body;
pub use server::{LoopbackServer, Outcome, Received};
