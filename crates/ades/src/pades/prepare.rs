//! First step: reads the document and makes everything of the signature but its value. EN 319 142-1 4 and 6.3.

use super::check::check_encrypted;
use super::field::{self, Place};
use super::placement::Identity;
use super::restrictions::{self, Granted};
use super::signed_field::signed_fields;
use super::{PrepareError, PreparedPdf, SignatureParameters, level_b, visible};
use crate::attributes::AttributeError;
use crate::crypto::policy::{self, PolicyError};
use crate::pdf::document::Document;
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Name, Object};
use crate::pdf::{PdfError, Source, page_tree, text};
use crate::x509::Certificate;

/// Prepares `document` for one signature. The document is read once in full and not kept.
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn prepare(document: &dyn Source, parameters: &SignatureParameters) -> Result<PreparedPdf, PrepareError> {
    require_suitable(parameters)?;
    let attributes = parameters.attributes.members()?;
    let mut entries = signature_entries(parameters)?;
    let pdf = Document::open(document, &parameters.options)?;
    let place = Place::find(&pdf, &parameters.field)?;
    restrictions::require_permission(&pdf, matches!(place, Place::New(_)))?;
    let signatures = signed_fields(&pdf)?;
    restrictions::require_allowed(&pdf, &signatures, place.name(), parameters.certification.is_some())?;

    let mut update = Update::new(&pdf)?;
    let signature_id = update.allocate();
    let granted = Granted { certification: parameters.certification, lock: parameters.field_lock.as_ref() };
    match place {
        Place::Existing(existing) => {
            let mut dictionary = existing.dictionary;
            dictionary.set("V", Object::Reference(signature_id));
            granted.apply(&pdf, &mut update, signature_id, &mut entries, &mut dictionary, &existing.name)?;
            update.put(existing.id, Object::Dictionary(dictionary));
            visible::in_field(&pdf, &mut update, (existing.id, &existing.name), parameters)?;
            field::add_to_form(&pdf, &mut update, None)?;
        }
        Place::New(name) => {
            page_tree::first_page(&pdf)?;
            let page = page_tree::page(&pdf, parameters.page)?.ok_or(PrepareError::NoSuchPage)?;
            let mut dictionary = field::new_field(&page, &name, signature_id);
            granted.apply(&pdf, &mut update, signature_id, &mut entries, &mut dictionary, &name)?;
            visible::on_page(&pdf, &mut update, &page, &mut dictionary, parameters)?;
            field::add_field(&pdf, &mut update, page, dictionary)?;
        }
    }

    let certificates: Vec<Certificate> =
        std::iter::once(&parameters.certificate).chain(&parameters.chain).cloned().collect();
    let room = level_b::room(&certificates, parameters, attributes.clone())?;
    let identity = Identity::read(document, parameters.algorithm.digest()).map_err(PdfError::Io)?;
    let written = update.write_signature(signature_id, &entries, room, &identity.sha256)?;
    let (placement, digest) = identity.place(document, written, room);
    check_encrypted(&pdf, &placement, &parameters.options)?;
    let signed_attributes = level_b::signed_attributes(&digest, &parameters.certificate, attributes);
    Ok(PreparedPdf {
        level: parameters.level,
        algorithm: parameters.algorithm,
        placement,
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
    // EN 319 142-1 6.3: such signatures would be no baseline signatures, at no level.
    if parameters.reason.is_some() && (!attributes.commitments().is_empty() || attributes.policy().is_some()) {
        let (what, instead) = ("a reason beside a commitment or a signature policy", "leave the reason out");
        return Err(AttributeError::NotInPades { what, instead }.into());
    }
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
