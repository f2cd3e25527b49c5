//! What can be told about a document before it is signed.

use super::document::Document;
use super::form::for_each_field;
use super::object::{Dictionary, Object};
use super::{OpenOptions, PdfError, Source, page_tree};

/// What the author of a certified document allows. ISO 32000-2 table 257 (P).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certification {
    /// No change at all.
    NoChanges,
    /// Filling in forms and signing.
    FormFilling,
    /// As before, and annotations.
    Annotations,
}

impl Certification {
    /// The value of P.
    pub(crate) fn permission(self) -> i64 {
        match self {
            Self::NoChanges => 1,
            Self::FormFilling => 2,
            Self::Annotations => 3,
        }
    }
}

/// What a document is like, as far as signing is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentFacts {
    /// Number of pages, as the document states it.
    pub page_count: u64,
    /// Full names of the signature fields that are signed.
    pub signed_fields: Vec<String>,
    /// Full names of the signature fields that are empty.
    pub empty_fields: Vec<String>,
    /// Set if the document is certified.
    pub certification: Option<Certification>,
    /// Whether its form is one of XFA, which programs that know XFA show instead of the pages that are signed.
    pub has_xfa: bool,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
}

/// Opens a document and tells what it is like. It fails where preparing a signature would fail for the document's sake.
///
/// # Errors
/// If the document cannot be worked with.
pub fn inspect(source: &dyn Source, options: impl Into<OpenOptions>) -> Result<DocumentFacts, PdfError> {
    of(&Document::open(source, &options.into())?)
}

/// What an open document is like.
pub(crate) fn of(document: &Document<'_>) -> Result<DocumentFacts, PdfError> {
    page_tree::first_page(document)?;
    let mut facts = DocumentFacts {
        page_count: page_tree::page_count(document)?,
        signed_fields: Vec::new(),
        empty_fields: Vec::new(),
        certification: certification(document)?,
        has_xfa: has_xfa(document)?,
        is_encrypted: document.encryption().is_some(),
    };
    for_each_field(document, |field| {
        if field.is_signature() {
            let list = if field.is_filled() { &mut facts.signed_fields } else { &mut facts.empty_fields };
            list.push(field.name);
        }
        Ok(true)
    })?;
    Ok(facts)
}

/// ISO 32000-2 12.7.3, table 224: XFA is deprecated, but met.
fn has_xfa(document: &Document<'_>) -> Result<bool, PdfError> {
    let (_, catalog) = document.catalog()?;
    Ok(document.dictionary(&catalog, "AcroForm")?.is_some_and(|form| form.lookup("XFA").is_some()))
}

/// The certification of a document. ISO 32000-2 12.8.2.2 and 12.8.6.
pub(crate) fn certification(document: &Document<'_>) -> Result<Option<Certification>, PdfError> {
    let (_, catalog) = document.catalog()?;
    let Some(permissions) = document.dictionary(&catalog, "Perms")? else {
        return Ok(None);
    };
    let Some(signature) = document.dictionary(&permissions, "DocMDP")? else {
        return Ok(None);
    };
    let references = document.array(&signature, "Reference")?.unwrap_or_default();
    for reference in references.iter().take(16) {
        let Some(reference) = document.resolve(reference)?.into_dictionary() else {
            continue;
        };
        if reference.has_name("TransformMethod", "DocMDP") {
            let parameters = document.dictionary(&reference, "TransformParams")?.unwrap_or_default();
            return permission(document, &parameters).map(Some);
        }
    }
    // Certified, but without telling how: the default of P.
    Ok(Some(Certification::FormFilling))
}

fn permission(document: &Document<'_>, parameters: &Dictionary) -> Result<Certification, PdfError> {
    Ok(match document.value(parameters, "P")? {
        Some(Object::Integer(1)) => Certification::NoChanges,
        Some(Object::Integer(3)) => Certification::Annotations,
        _ => Certification::FormFilling,
    })
}
