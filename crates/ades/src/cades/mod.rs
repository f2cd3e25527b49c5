//! CAdES signatures: enveloping and detached, parallel and counter-signatures, and raising the level of anybody's. EN 319 122-1.
//!
//! ```text
//! prepare(content, parameters)      -> PreparedCms     a new signature
//! add_signer(cms, content, ...)     -> PreparedCms     one more signature over the same content
//! countersign(cms, signer, ...)     -> PreparedCms     a signature over a signature
//! PreparedCms::dtbsr()              -> what the key signs
//! PreparedCms::embed(...)           -> the signature; refuses other content or a value that does not verify
//!
//! timestamp_imprint + add_timestamp -> B-T
//! add_validation_data               -> B-LT
//! prepare_archive_timestamp + embed -> B-LTA, and again to renew it
//! ```
//!
//! [`sign`] does it in one call with a key at hand. [`verify`] reads a signature as a stranger would.

mod archive;
mod augment;
mod content;
mod embed;
mod error;
mod parameters;
mod prepare;
mod prepared;
mod sign;
mod verify;

pub use archive::{PreparedArchiveTimestamp, prepare_archive_timestamp};
pub use augment::{add_timestamp, add_validation_data, timestamp_imprint};
pub use content::Content;
pub use error::{AugmentError, EmbedError, PrepareError, PreparedFormatError, SignError, VerifyCmsError};
pub use parameters::CadesParameters;
pub use prepare::{add_signer, countersign, prepare};
pub use prepared::{Packaging, PreparedCms};
pub use sign::sign;
pub use verify::{SignerCheck, SignerProblem, verify};
