//! Time-stamps from RFC 3161 authorities, one after the other until one gives a good token.

mod client;
mod failover;

pub use client::{TsaClient, TsaError, TsaSettings};
pub use failover::{AllFailed, Attempt, Issued, TsaList};
