//! PAdES signatures in PDF: prepare, sign elsewhere, embed; and verify. EN 319 142-1; ISO 32000-2 12.8.
//!
//! ```text
//! prepare(document, parameters) -> PreparedPdf      (can be stored; holds no document)
//! PreparedPdf::dtbsr()          -> digest to be signed by the key
//! PreparedPdf::embed(document, value, token, ...)   (refuses another document or a value that does not verify)
//!
//! sign(document, parameters, signer, ...)           all of it in one call, with a key at hand
//!
//! add_validation_data(document, evidence, ...)      B-T to B-LT
//! prepare_document_timestamp(document, ...)         B-LT to B-LTA, its renewal, and time-stamps alone
//! inspect(document, ...)                            revisions, signatures and their levels, validation data
//! ```

pub mod appearance;
mod check;
mod document_timestamp;
mod dss;
mod embed;
mod error;
mod field;
mod inspect;
mod level_b;
mod level_t;
mod parameters;
mod placement;
mod prepare;
mod prepared;
mod restrictions;
mod sign;
mod signed_field;
mod verify;
mod visible;

pub use document_timestamp::{DocumentTimestampParameters, PreparedDocumentTimestamp, prepare_document_timestamp};
pub use dss::{
    DocumentUpdate, SignatureEvidence, SignatureValidationData, ValidationData, ValidationDataOptions,
    add_validation_data,
};
pub use error::{AugmentError, EmbedError, PrepareError, PreparedFormatError};
pub use inspect::{InspectedSignature, Inspection, Revision, inspect};
pub use level_t::timestamp_imprint;
pub use parameters::{FieldChoice, SignatureParameters};
pub use prepare::prepare;
pub use prepared::PreparedPdf;
pub use restrictions::FieldLock;
pub use sign::{SignError, Stamp, sign};
pub use verify::{
    SignatureCheck, SignatureKind, SignatureProblem, VerifySignaturesError, verify_signatures, verify_signatures_with,
};

pub use crate::crypto::{Dtbsr, SignatureValue};
pub use crate::level::AdesLevel;
pub use crate::pdf::byte_range::ByteRange;
pub use crate::pdf::{Certification, OpenOptions, PageChoice, Password};
pub use crate::tsp::TimestampCheck;
