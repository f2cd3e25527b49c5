//! /csc/v2/signatures.

mod sign_hash;
mod timestamp;
