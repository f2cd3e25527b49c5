//! PDF syntax, lazily: nothing is read before it is asked for, so memory does not grow with the file. ISO 32000-2 7.
//!
//! The reader is strict where a signature depends on it and never repairs: a file whose cross-reference table is broken is refused,
//! because what another program would make of it is that program's guess, and a signature must not rest on guesses.

pub(crate) mod byte_range;
mod cursor;
pub(crate) mod document;
mod encryption;
mod error;
pub(crate) mod facts;
mod filter;
pub(crate) mod form;
pub(crate) mod incremental;
mod limits;
pub(crate) mod object;
pub(crate) mod page_tree;
mod parser;
mod source;
pub(crate) mod text;
mod writer;
mod xref;

pub use encryption::Password;
pub use error::PdfError;
pub use facts::{Certification, DocumentFacts, inspect};
pub(crate) use limits::{HASHED_AT_LEAST, HASHED_TIMES, SIGNATURES};
pub use limits::{Limits, OpenOptions};
pub use page_tree::PageChoice;
#[cfg(not(target_arch = "wasm32"))]
pub use source::FileSource;
pub use source::Source;
pub(crate) use source::{Appended, CopyError, Prefix, copy, for_each_piece};
pub(crate) use writer::write_hexadecimal;
