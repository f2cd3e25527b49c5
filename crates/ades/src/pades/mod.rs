//! PAdES signatures in PDF: prepare, sign elsewhere, embed; and verify. EN 319 142-1; ISO 32000-2 12.8.
//!
//! ```text
//! prepare(document, parameters) -> PreparedPdf      (can be stored; holds no document)
//! PreparedPdf::dtbsr()          -> digest to be signed by the key
//! PreparedPdf::embed(document, value, token, ...)   (refuses another document or a value that does not verify)
//! ```

mod embed;
mod error;
mod identity;
mod level_b;
mod level_t;
mod parameters;
mod prepare;
mod prepared;
mod verify;

pub use error::{EmbedError, PrepareError, PreparedFormatError};
pub use level_t::timestamp_imprint;
pub use parameters::{FieldChoice, SignatureParameters};
pub use prepare::prepare;
pub use prepared::PreparedPdf;
pub use verify::{
    SignatureCheck, SignatureKind, SignatureProblem, TimestampCheck, VerifySignaturesError, verify_signatures,
};

pub use crate::crypto::{Dtbsr, SignatureValue};
pub use crate::level::AdesLevel;
pub use crate::pdf::byte_range::ByteRange;
