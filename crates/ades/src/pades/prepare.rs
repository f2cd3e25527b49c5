//! First step: reads the document and makes everything of the signature but its value. EN 319 142-1 4 and 6.3.

use std::collections::HashSet;

use super::identity::Identity;
use super::{FieldChoice, PrepareError, PreparedPdf, SignatureParameters, level_b};
use crate::crypto::policy::{self, PolicyError};
use crate::pdf::document::Document;
use crate::pdf::form::{Field, for_each_field};
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Name, Object, ObjectId};
use crate::pdf::{Certification, PdfError, Source, facts, page_tree, text};
use crate::x509::Certificate;

/// Prepares `document` for one signature. The document is read once in full and not kept.
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn prepare(document: &dyn Source, parameters: &SignatureParameters) -> Result<PreparedPdf, PrepareError> {
    require_suitable(parameters)?;
    let attributes = parameters.attributes.members()?;
    let entries = signature_entries(parameters)?;
    let pdf = Document::open(document, &parameters.limits)?;
    if facts::certification(&pdf)? == Some(Certification::NoChanges) {
        return Err(PrepareError::CertifiedNoChanges);
    }

    let mut update = Update::new(&pdf)?;
    let signature_id = update.allocate();
    match find_field(&pdf, &parameters.field)? {
        Place::Existing(field) => {
            let mut dictionary = field.dictionary;
            dictionary.set("V", Object::Reference(signature_id));
            update.put(field.id, Object::Dictionary(dictionary));
            add_to_form(&pdf, &mut update, None)?;
        }
        Place::New(name) => {
            let field_id = add_field(&pdf, &mut update, &name, signature_id)?;
            add_to_form(&pdf, &mut update, Some(field_id))?;
        }
    }

    let certificates: Vec<Certificate> =
        std::iter::once(&parameters.certificate).chain(&parameters.chain).cloned().collect();
    let room = level_b::room(&certificates, parameters, attributes.clone())?;
    let Identity { sha256, mut covered } =
        Identity::read(document, parameters.algorithm.digest()).map_err(PdfError::Io)?;
    let written = update.write(signature_id, &entries, room, &sha256)?;
    covered.update(&written.head);
    covered.update(&written.tail);
    let signed_attributes = level_b::signed_attributes(&covered.finish(), &parameters.certificate, attributes);

    Ok(PreparedPdf {
        level: parameters.level,
        algorithm: parameters.algorithm,
        document_len: document.len(),
        document_sha256: sha256,
        head: written.head,
        room,
        tail: written.tail,
        signed_attributes,
        certificates,
    })
}

fn require_suitable(parameters: &SignatureParameters) -> Result<(), PrepareError> {
    let SignatureParameters { certificate, algorithm, claimed_time, attributes, .. } = parameters;
    match policy::accepted(*algorithm, certificate.key_kind(), *claimed_time) {
        Ok(()) => {}
        Err(PolicyError::DoesNotFitKey) => return Err(PrepareError::AlgorithmDoesNotFitKey),
        Err(error) => return Err(PrepareError::AlgorithmNotAccepted(error)),
    }
    if !certificate.may_sign_documents() {
        return Err(PrepareError::CertificateNotForSigning);
    }
    attributes.require_allowed_in_pades()?;
    Ok(())
}

/// The signature dictionary without ByteRange and Contents. ISO 32000-2 table 255; EN 319 142-1 6.3.
fn signature_entries(parameters: &SignatureParameters) -> Result<Dictionary, PrepareError> {
    let mut entries = Dictionary::default();
    entries.set("Type", Object::Name(Name::from("Sig")));
    entries.set("Filter", Object::Name(Name::from("Adobe.PPKLite")));
    entries.set("SubFilter", Object::Name(Name::from("ETSI.CAdES.detached")));
    let time = text::date(parameters.claimed_time).ok_or(PrepareError::TimeOutOfRange)?;
    entries.set("M", Object::String(time.into_bytes()));
    for (key, value) in [
        ("Name", &parameters.signer_name),
        ("Reason", &parameters.reason),
        ("Location", &parameters.location),
        ("ContactInfo", &parameters.contact),
    ] {
        if let Some(value) = value {
            entries.set(key, Object::String(text::encode(value)));
        }
    }
    Ok(entries)
}

enum Place {
    Existing(Field),
    New(String),
}

fn find_field(pdf: &Document<'_>, choice: &FieldChoice) -> Result<Place, PrepareError> {
    match choice {
        FieldChoice::New => free_name(pdf).map(Place::New),
        FieldChoice::NewNamed(name) => {
            let mut usable = !name.is_empty() && !name.contains('.');
            for_each_field(pdf, |field| {
                usable &= top_name(&field.name) != name;
                Ok(usable)
            })?;
            if usable {
                Ok(Place::New(name.clone()))
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
                Some(field) => Ok(Place::Existing(field)),
            }
        }
    }
}

fn top_name(full: &str) -> &str {
    full.split_once('.').map_or(full, |(top, _)| top)
}

/// `Signature1` or the next that no field has.
fn free_name(pdf: &Document<'_>) -> Result<String, PrepareError> {
    let mut used = HashSet::new();
    for_each_field(pdf, |field| {
        let number = top_name(&field.name).strip_prefix("Signature").and_then(|digits| digits.parse::<u32>().ok());
        used.extend(number);
        Ok(true)
    })?;
    let number = (1..).find(|number| !used.contains(number)).unwrap_or(1);
    Ok(format!("Signature{number}"))
}

/// A new invisible field, which is also its own annotation on the first page. ISO 32000-2 12.7.5.5.
fn add_field(
    pdf: &Document<'_>,
    update: &mut Update<'_, '_>,
    name: &str,
    signature: ObjectId,
) -> Result<ObjectId, PrepareError> {
    const PRINT_AND_LOCKED: i64 = 132;
    let (page_id, mut page) = page_tree::first_page(pdf)?;
    let field_id = update.allocate();
    let mut field = Dictionary::default();
    field.set("Type", Object::Name(Name::from("Annot")));
    field.set("Subtype", Object::Name(Name::from("Widget")));
    field.set("FT", Object::Name(Name::from("Sig")));
    field.set("T", Object::String(text::encode(name)));
    field.set("F", Object::Integer(PRINT_AND_LOCKED));
    field.set("Rect", Object::Array(vec![Object::Integer(0); 4]));
    field.set("P", Object::Reference(page_id));
    field.set("V", Object::Reference(signature));
    update.put(field_id, Object::Dictionary(field));
    if update.append_to_array(&mut page, "Annots", field_id)? {
        update.put(page_id, Object::Dictionary(page));
    }
    Ok(field_id)
}

/// Enters the field into the form and marks the document as signed. ISO 32000-2 12.7.3.
fn add_to_form(
    pdf: &Document<'_>,
    update: &mut Update<'_, '_>,
    new_field: Option<ObjectId>,
) -> Result<(), PrepareError> {
    let (catalog_id, mut catalog) = pdf.catalog()?;
    let (form_id, mut form) = match catalog.lookup("AcroForm") {
        Some(Object::Reference(id)) => match update.object(*id)? {
            Object::Dictionary(form) => (Some(*id), form),
            Object::Null => (None, Dictionary::default()),
            _ => {
                return Err(PdfError::Structure { detail: "its form is no dictionary" }.into());
            }
        },
        Some(Object::Dictionary(form)) => (None, form.clone()),
        None => (None, Dictionary::default()),
        Some(_) => {
            return Err(PdfError::Structure { detail: "its form is no dictionary" }.into());
        }
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
