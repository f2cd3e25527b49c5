//! The targets, by crate.

pub mod ades;
pub mod cades;
pub mod csc_api;
pub mod evidence;
pub mod sam;
pub mod tlog;
