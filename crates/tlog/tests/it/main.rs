//! The log as its users see it: trees, proofs and files against the definitions of RFC 6962.

mod append;
mod definition;
mod files;
mod proofs;
mod texts;
