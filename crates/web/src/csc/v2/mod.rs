//! The methods below `/csc/v2`. CSC API 2.0.0.2 11.

pub mod credentials;
pub mod info;
pub mod signatures;
