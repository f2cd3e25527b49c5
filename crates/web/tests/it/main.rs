//! The service as its users meet it. The folders follow the addresses.

mod csc;
mod harness;
mod logs;
mod oauth;
mod portal;
mod server;
mod signing_page;
