//! The targets, by crate.

pub mod csc_api;
pub mod tlog;
