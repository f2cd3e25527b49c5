//! Why a PDF cannot be worked with: each text names the cause and the remedy.

use std::io;

/// What is wrong with a document. All but [`PdfError::Io`] are the document's fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// No bytes at all.
    #[error("the file is empty; choose the PDF again")]
    Empty,
    /// No PDF header at the start.
    #[error("this is not a PDF file (it does not start with %PDF-); choose a PDF, or export the document as PDF")]
    NotPdf,
    /// The end of the file is missing.
    #[error("the PDF is cut off: {detail}; transfer or download it again in full")]
    Truncated {
        /// What was looked for.
        detail: &'static str,
    },
    /// Encrypted, and the empty password does not open it.
    #[error("the PDF is encrypted; give its password, or remove its password protection")]
    PasswordRequired,
    /// The password that was given does not open it.
    #[error("the password does not open the PDF; give the password for opening it, or its owner's")]
    WrongPassword,
    /// Encrypted in a way that is not known here.
    #[error("the PDF is encrypted in a way that is not supported ({detail}); remove its protection and try again")]
    UnsupportedEncryption {
        /// What is not supported.
        detail: &'static str,
    },
    /// The table of objects does not lead to the objects.
    #[error(
        "the PDF's cross-reference table is damaged near byte {offset} ({detail}); open it in a PDF program, save it anew and try \
         again"
    )]
    BrokenXref {
        /// Where.
        offset: u64,
        /// What is wrong.
        detail: &'static str,
    },
    /// Sections of the table of objects refer to each other in a circle.
    #[error(
        "the PDF's cross-reference sections form a loop at byte {offset}; save it anew in a PDF program and try again"
    )]
    XrefLoop {
        /// Where.
        offset: u64,
    },
    /// Bytes that are no PDF syntax.
    #[error("the PDF has a syntax error near byte {offset}: {detail}; save it anew in a PDF program and try again")]
    Syntax {
        /// Where; inside an object stream counted from its start.
        offset: u64,
        /// What was expected.
        detail: &'static str,
    },
    /// Arrays or dictionaries nested too deeply.
    #[error(
        "the PDF nests arrays or dictionaries deeper than {limit} levels near byte {offset}; save it anew in a PDF program"
    )]
    TooDeep {
        /// Where.
        offset: u64,
        /// The limit.
        limit: usize,
    },
    /// One object, or the number of things to walk through, is too large.
    #[error(
        "the PDF is too complex to be handled safely ({detail}); save it anew in a PDF program or print it to a new PDF"
    )]
    TooComplex {
        /// What was too large.
        detail: &'static str,
    },
    /// Compressed data that grows beyond reason.
    #[error("compressed data in the PDF grows beyond what is allowed ({limit} bytes); save it anew in a PDF program")]
    InflatesTooMuch {
        /// The limit that was reached.
        limit: u64,
    },
    /// A compression or other filter that is not supported where it stands.
    #[error(
        "the PDF keeps its structure in a form that is not supported ({detail}); save it anew in a PDF program and try again"
    )]
    UnsupportedFilter {
        /// Which.
        detail: &'static str,
    },
    /// Larger than the caller allows.
    #[error("the PDF has {len} bytes, but at most {limit} are allowed; split it or make it smaller")]
    TooLarge {
        /// Size of the document.
        len: u64,
        /// Size allowed.
        limit: u64,
    },
    /// The parts of the document do not fit together.
    #[error("the PDF's structure is damaged: {detail}; open it in a PDF program, save it anew and try again")]
    Structure {
        /// What is missing or wrong.
        detail: &'static str,
    },
    /// The document could not be read from its medium.
    #[error("the document could not be read")]
    Io(#[from] io::Error),
}
