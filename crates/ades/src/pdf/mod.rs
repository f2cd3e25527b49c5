//! PDF syntax, lazily: nothing is read before it is asked for, so memory does not grow with the file. ISO 32000-2 7.
//!
//! The reader is strict where a signature depends on it and never repairs: a file whose cross-reference table is broken is refused,
//! because what another program would make of it is that program's guess, and a signature must not rest on guesses.

mod error;
mod limits;
mod source;

pub use error::PdfError;
pub use limits::Limits;
#[cfg(not(target_arch = "wasm32"))]
pub use source::FileSource;
pub use source::Source;
