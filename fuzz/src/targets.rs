//! The targets, by crate.

pub mod ades;
pub mod csc_api;
pub mod sam;
pub mod tlog;
