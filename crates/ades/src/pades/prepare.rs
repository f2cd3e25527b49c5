//! First step: reads the document and makes everything of the signature but its value.

use super::{PrepareError, PreparedPdf, SignatureParameters};
use crate::pdf::{PdfError, Source};

/// Prepares `document` for one signature. The document is read once in full and not kept.
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn prepare(_document: &dyn Source, _parameters: &SignatureParameters) -> Result<PreparedPdf, PrepareError> {
    Err(PdfError::NotPdf.into())
}
