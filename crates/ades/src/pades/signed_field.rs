//! The fields that hold signatures. ISO 32000-2 12.7.5.5.

use crate::pdf::document::Document;
use crate::pdf::form::for_each_field;
use crate::pdf::object::{Dictionary, ObjectId};
use crate::pdf::{PdfError, SIGNATURES};

/// A signature field with its signature.
#[derive(Debug)]
pub(super) struct SignedField {
    /// Full name of the field.
    pub(super) name: String,
    /// The field's own entries.
    pub(super) field: Dictionary,
    /// Number of the signature dictionary; `None` if it is no object of its own.
    pub(super) id: Option<ObjectId>,
    /// The signature dictionary.
    pub(super) dictionary: Dictionary,
}

/// All signatures, in the order of the fields.
pub(super) fn signed_fields(pdf: &Document<'_>) -> Result<Vec<SignedField>, PdfError> {
    let mut signed = Vec::new();
    for_each_field(pdf, |field| {
        if field.is_signature() && field.is_filled() {
            if signed.len() >= SIGNATURES {
                return Err(PdfError::TooComplex { detail: "too many signatures" });
            }
            signed.push(field);
        }
        Ok(true)
    })?;
    let mut found = Vec::new();
    for field in signed {
        let Some(value) = field.dictionary.lookup("V") else { continue };
        let id = value.as_reference();
        if let Some(dictionary) = pdf.resolve(value)?.into_dictionary() {
            found.push(SignedField { id, name: field.name, field: field.dictionary, dictionary });
        }
    }
    Ok(found)
}
