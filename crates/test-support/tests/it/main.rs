//! The development authorities over HTTP, with the OpenSSL command line as judge of what they emit.

mod authorities;
mod enrolment;
mod judge;
mod status;
mod timestamps;
