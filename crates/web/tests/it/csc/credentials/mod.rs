//! /csc/v2/credentials.

mod info;
mod list;
