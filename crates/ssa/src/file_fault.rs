//! What is the matter with a file, as far as a person has to do something else about it. The mapping from reader errors is total.

use ades::pades::{PrepareError, VerifySignaturesError};
use ades::pdf::PdfError;

/// What is the matter with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// It is no PDF.
    NotAPdf,
    /// Its end is missing.
    CutOff,
    /// It is protected by a password, or in a way that is not known here.
    Encrypted,
    /// Reading it would take more than a document may take: nested, grown or repeated beyond reason.
    TooComplex,
    /// Its structure is damaged, or of a kind that is not supported.
    Damaged,
    /// It is in order, and must not be signed (again) in this way.
    NotSignable,
}

impl From<&PdfError> for FileFault {
    fn from(error: &PdfError) -> Self {
        match error {
            PdfError::Empty | PdfError::NotPdf => Self::NotAPdf,
            PdfError::Truncated { .. } => Self::CutOff,
            PdfError::PasswordRequired | PdfError::WrongPassword | PdfError::UnsupportedEncryption { .. } => {
                Self::Encrypted
            }
            PdfError::TooDeep { .. } | PdfError::TooComplex { .. } | PdfError::InflatesTooMuch { .. } => {
                Self::TooComplex
            }
            _ => Self::Damaged,
        }
    }
}

impl From<&VerifySignaturesError> for FileFault {
    fn from(error: &VerifySignaturesError) -> Self {
        match error {
            VerifySignaturesError::InvalidDocument(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

impl From<&PrepareError> for FileFault {
    fn from(error: &PrepareError) -> Self {
        match error {
            PrepareError::InvalidDocument(error) => error.into(),
            _ => Self::NotSignable,
        }
    }
}
