//! Activation protocol between the web side and this module: framed dCBOR, version 1. EN 419 241-1 SRA_SAP.2.5.
//!
//! The peer is not trusted: everything has a length limit, and a reply is one of a closed list. Wire format.

pub mod frame;
pub mod message;

pub use frame::{Frame, FrameError, MAX_FRAME};
pub use message::{Reply, Request};
