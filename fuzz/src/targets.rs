//! The targets, by crate.

pub mod ades;
pub mod connectors;
pub mod csc_api;
pub mod sam;
pub mod tlog;
