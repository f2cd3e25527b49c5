//! The use cases against the real module, real (development) authorities over HTTP, and passkeys in software.

mod activation;
mod check;
mod documents;
mod login;
mod registration;
mod signing;
mod timestamps;
mod world;
