//! The signature field: found, or made, and entered into page and form. ISO 32000-2 12.7.3, 12.7.5.5.

use std::collections::HashSet;

use super::{FieldChoice, PrepareError};
use crate::pdf::document::Document;
use crate::pdf::form::{Field, for_each_field};
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Name, Object, ObjectId};
use crate::pdf::page_tree::Page;
use crate::pdf::{PdfError, text};

/// Where the signature goes.
pub(super) enum Place {
    Existing(Field),
    New(String),
}

impl Place {
    pub(super) fn find(pdf: &Document<'_>, choice: &FieldChoice) -> Result<Self, PrepareError> {
        match choice {
            FieldChoice::New => Ok(Self::New(free_name(pdf)?)),
            FieldChoice::NewNamed(name) => {
                let mut usable = !name.is_empty() && !name.contains('.');
                for_each_field(pdf, |field| {
                    usable &= top_name(&field.name) != name;
                    Ok(usable)
                })?;
                if usable {
                    Ok(Self::New(name.clone()))
                } else {
                    Err(PrepareError::FieldNameUnusable { name: name.clone() })
                }
            }
            FieldChoice::Existing(name) => {
                let mut found = None;
                for_each_field(pdf, |field| {
                    if field.name == *name {
                        found = Some(field);
                    }
                    Ok(found.is_none())
                })?;
                let name = name.clone();
                match found {
                    None => Err(PrepareError::NoSuchField { name }),
                    Some(field) if !field.is_signature() => Err(PrepareError::NotASignatureField { name }),
                    Some(field) if field.is_filled() => Err(PrepareError::FieldAlreadySigned { name }),
                    Some(field) => Ok(Self::Existing(field)),
                }
            }
        }
    }
}

impl Place {
    /// Full name of the field.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Existing(field) => &field.name,
            Self::New(name) => name,
        }
    }
}

fn top_name(full: &str) -> &str {
    full.split_once('.').map_or(full, |(top, _)| top)
}

/// `Signature1` or the next that no field has.
pub(super) fn free_name(pdf: &Document<'_>) -> Result<String, PdfError> {
    let mut used = HashSet::new();
    for_each_field(pdf, |field| {
        let number = top_name(&field.name).strip_prefix("Signature").and_then(|digits| digits.parse::<u32>().ok());
        used.extend(number);
        Ok(true)
    })?;
    let number = (1..).find(|number| !used.contains(number)).unwrap_or(1);
    Ok(format!("Signature{number}"))
}

/// A new invisible field, which is also its own annotation on the page; it is not in the form yet.
pub(super) fn new_field(page: &Page, name: &str, signature: ObjectId) -> Dictionary {
    const PRINT_AND_LOCKED: i64 = 132;
    let mut field = Dictionary::default();
    field.set("Type", Object::Name(Name::from("Annot")));
    field.set("Subtype", Object::Name(Name::from("Widget")));
    field.set("FT", Object::Name(Name::from("Sig")));
    field.set("T", Object::String(text::encode(name)));
    field.set("F", Object::Integer(PRINT_AND_LOCKED));
    field.set("Rect", Object::Array(vec![Object::Integer(0); 4]));
    field.set("P", Object::Reference(page.id));
    field.set("V", Object::Reference(signature));
    field
}

/// Puts a new field into the update: the field itself, its place on the page, and its entry in the form.
pub(super) fn add_field(
    pdf: &Document<'_>,
    update: &mut Update<'_, '_>,
    page: Page,
    field: Dictionary,
) -> Result<ObjectId, PdfError> {
    let field_id = update.allocate();
    update.put(field_id, Object::Dictionary(field));
    let mut dictionary = page.dictionary;
    if update.append_to_array(&mut dictionary, "Annots", field_id)? {
        update.put(page.id, Object::Dictionary(dictionary));
    }
    add_to_form(pdf, update, Some(field_id))?;
    Ok(field_id)
}

/// Enters the field into the form and marks the document as signed.
pub(super) fn add_to_form(
    pdf: &Document<'_>,
    update: &mut Update<'_, '_>,
    new_field: Option<ObjectId>,
) -> Result<(), PdfError> {
    const NO_DICTIONARY: PdfError = PdfError::Structure { detail: "its form is no dictionary" };
    let (catalog_id, mut catalog) = update.catalog()?;
    let (form_id, mut form) = match catalog.lookup("AcroForm") {
        Some(Object::Reference(id)) => match update.object(*id)? {
            Object::Dictionary(form) => (Some(*id), form),
            Object::Null => (None, Dictionary::default()),
            _ => return Err(NO_DICTIONARY),
        },
        Some(Object::Dictionary(form)) => (None, form.clone()),
        None => (None, Dictionary::default()),
        Some(_) => return Err(NO_DICTIONARY),
    };
    let mut changed = match new_field {
        Some(field) => update.append_to_array(&mut form, "Fields", field)?,
        None => false,
    };
    // SignaturesExist and AppendOnly, table 225.
    let flags = pdf.value(&form, "SigFlags")?.and_then(|flags| flags.as_integer()).unwrap_or(0);
    if flags & 3 != 3 {
        form.set("SigFlags", Object::Integer(flags | 3));
        changed = true;
    }
    if !changed {
        return Ok(());
    }
    match (form_id, catalog.lookup("AcroForm")) {
        (Some(id), _) => update.put(id, Object::Dictionary(form)),
        (None, Some(Object::Dictionary(_))) => {
            catalog.set("AcroForm", Object::Dictionary(form));
            update.put(catalog_id, Object::Dictionary(catalog));
        }
        (None, _) => {
            let id = update.allocate();
            update.put(id, Object::Dictionary(form));
            catalog.set("AcroForm", Object::Reference(id));
            update.put(catalog_id, Object::Dictionary(catalog));
        }
    }
    Ok(())
}
