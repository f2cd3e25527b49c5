//! Creates, augments and verifies AdES signatures (PAdES and CAdES, levels B-B to B-LTA): bytes in, bytes out.
//!
//! Nothing here reads a clock, a random number, a socket or a file of its own: time is an argument, documents come in through
//! [`pdf::Source`] and leave through `std::io::Write`, and public-key cryptography is a [`crypto::CryptoProvider`].
//!
//! To sign a PDF across a network: [`pades::prepare`] makes a [`pades::PreparedPdf`], which can be stored; its
//! [`dtbsr`](pades::PreparedPdf::dtbsr) goes to the signer; the value that comes back goes into
//! [`embed`](pades::PreparedPdf::embed). [`pades::verify_signatures`] then reads the file as a stranger would. Other content is signed
//! the same way by [`cades`].
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

mod asn1;
pub mod attributes;
pub mod cades;
mod calendar;
mod cms;
pub mod crypto;
pub mod evidence;
mod level;
pub mod pades;
pub mod pdf;
mod stored;
pub mod tsp;
pub mod x509;

pub use level::AdesLevel;

/// An ASN.1 object identifier; its `Display` is the dotted form.
pub use const_oid::ObjectIdentifier as Oid;
