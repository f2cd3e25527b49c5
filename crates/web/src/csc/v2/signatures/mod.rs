//! The methods below `/csc/v2/signatures`. CSC API 2.0.0.2 11.10 and 11.13.

pub mod sign_hash;
pub mod timestamp;
