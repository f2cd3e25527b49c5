//! The methods below `/csc/v2/credentials`. CSC API 2.0.0.2 11.4 and 11.5.

pub mod info;
pub mod list;
