//! The clients against development authorities and badly behaved servers, all on loopback.

mod browser;
mod csc;
mod est;
mod evidence;
mod ground;
mod guard;
mod tsa;
