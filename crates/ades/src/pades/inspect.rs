//! What a PDF holds: its revisions, its signatures with the level of each, its validation data. EN 319 142-1 6; ISO 32000-2 12.8.4.

use super::dss::{self, ValidationData, vri_key};
use super::restrictions::lock_of;
use super::signed_field::signed_fields;
use super::verify::verify_fields;
use super::{AdesLevel, FieldLock, SignatureCheck, SignatureKind, VerifySignaturesError};
use crate::crypto::CryptoProvider;
use crate::pdf::document::Document;
use crate::pdf::object::Object;
use crate::pdf::{Certification, DocumentFacts, OpenOptions, PdfError, Prefix, Source, facts};

/// What was found in a document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// The document as such.
    pub facts: DocumentFacts,
    /// States of the document, the oldest first: each update of it made another one.
    pub revisions: Vec<Revision>,
    /// Signatures and document time-stamps, in the order in which they were made.
    pub signatures: Vec<InspectedSignature>,
    /// The document security store, if there is one.
    pub validation_data: Option<ValidationData>,
}

/// One state of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Position of its cross-reference section.
    pub cross_reference: u64,
    /// Length of the document in this state.
    pub len: u64,
}

/// One signature and what it has reached.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectedSignature {
    /// The signature itself, verified.
    pub check: SignatureCheck,
    /// Level; `None` for a document time-stamp, and for what is not intact or no CAdES signature.
    ///
    /// B-LT means that validation data are there, not that they suffice: that is for validation to say.
    pub level: Option<AdesLevel>,
    /// Its key in the VRI dictionary of the security store.
    pub vri_key: Option<String>,
    /// What it lets be changed, if it certifies the document.
    pub certification: Option<Certification>,
    /// Which form fields it locks.
    pub field_lock: Option<FieldLock>,
    /// Index of the revision that it closes.
    pub revision: Option<usize>,
}

/// Opens a document and tells what is in it.
///
/// # Errors
/// If the document cannot be read; a bad signature is a finding, not an error.
pub fn inspect(
    document: &dyn Source,
    options: impl Into<OpenOptions>,
    provider: &dyn CryptoProvider,
) -> Result<Inspection, VerifySignaturesError> {
    let options = options.into();
    let pdf = Document::open(document, &options)?;
    let revisions = revisions(&pdf)?;
    let fields = signed_fields(&pdf)?;
    let checks = verify_fields(&pdf, &fields, provider)?;
    let mut signatures = Vec::new();
    for (field, check) in fields.iter().zip(checks) {
        let key = match field.id {
            // Without a place of its own it is no good signature, and the check says so.
            Some(id) => vri_key(&pdf, id).unwrap_or(None),
            None => None,
        };
        let end = check.byte_range.map(|range| range.end());
        let revision = revisions.iter().position(|revision| Some(revision.len) == end);
        let (_, catalog) = pdf.catalog()?;
        let permissions = pdf.dictionary(&catalog, "Perms")?.unwrap_or_default();
        let certifies = field.id.is_some() && permissions.lookup("DocMDP").and_then(Object::as_reference) == field.id;
        signatures.push(InspectedSignature {
            check,
            level: None,
            vri_key: key,
            certification: if certifies { facts::certification(&pdf)? } else { None },
            field_lock: lock_of(&pdf, &field.dictionary)?,
            revision,
        });
    }
    signatures.sort_by_key(|signature| signature.check.byte_range.map_or(u64::MAX, |range| range.end()));
    let validation_data = dss::read(&pdf)?;
    let stamps = timestamped_states(document, &options, &signatures)?;
    for signature in &mut signatures {
        signature.level = level(signature, validation_data.as_ref(), &stamps);
    }
    Ok(Inspection { facts: facts::of(&pdf)?, revisions, signatures, validation_data })
}

/// What an intact document time-stamp covers.
struct TimestampedState {
    len: u64,
    validation_data: Option<ValidationData>,
}

/// The states of the document that intact document time-stamps cover.
fn timestamped_states(
    document: &dyn Source,
    options: &OpenOptions,
    signatures: &[InspectedSignature],
) -> Result<Vec<TimestampedState>, PdfError> {
    let mut states = Vec::new();
    for signature in signatures {
        let check = &signature.check;
        if let (SignatureKind::DocumentTimestamp, true, Some(range)) =
            (&check.kind, check.is_intact(), check.byte_range)
        {
            let state = Prefix { source: document, len: range.end() };
            let validation_data = dss::read(&Document::open(&state, options)?)?;
            states.push(TimestampedState { len: range.end(), validation_data });
        }
    }
    Ok(states)
}

fn level(
    signature: &InspectedSignature,
    validation_data: Option<&ValidationData>,
    stamps: &[TimestampedState],
) -> Option<AdesLevel> {
    let check = &signature.check;
    if check.kind != SignatureKind::Cades || !check.is_intact() {
        return None;
    }
    let end = check.byte_range?.end();
    let mut covering = stamps.iter().filter(|stamp| stamp.len > end);
    let key = signature.vri_key.as_deref().unwrap_or_default();
    let has_data = |data: &Option<ValidationData>| data.as_ref().is_some_and(|data| data.has_revocation_for(key));
    let stamped = check.timestamp.is_some() || covering.clone().next().is_some();
    Some(match (stamped, validation_data.is_some_and(|data| data.has_revocation_for(key))) {
        (false, _) => AdesLevel::B,
        (true, false) => AdesLevel::T,
        (true, true) if covering.any(|stamp| has_data(&stamp.validation_data)) => AdesLevel::Lta,
        (true, true) => AdesLevel::Lt,
    })
}

/// The states of a document, by its cross-reference sections.
fn revisions(pdf: &Document<'_>) -> Result<Vec<Revision>, PdfError> {
    let mut revisions: Vec<Revision> = Vec::new();
    for (start, end) in pdf.cross_reference.updates() {
        let len = end_of_revision(pdf.source(), end)?;
        // The two sections of a linearised file make one state (annex F); the first one stands at its front.
        match revisions.last_mut() {
            Some(last) if last.cross_reference > start => {
                *last = Revision { cross_reference: start, len: last.len.max(len) };
            }
            _ => revisions.push(Revision { cross_reference: start, len }),
        }
    }
    Ok(revisions)
}

/// Behind the mark of the end that follows a cross-reference section, with its end of line.
fn end_of_revision(source: &dyn Source, section_end: u64) -> Result<u64, PdfError> {
    const MARK: &[u8] = b"%%EOF";
    let mut buffer = [0_u8; 1_024];
    let read = source.read_at(section_end, &mut buffer)?;
    let bytes = buffer.get(..read).unwrap_or_default();
    let Some(place) = bytes.windows(MARK.len()).position(|window| window == MARK) else {
        return Ok(section_end);
    };
    let after = bytes.get(place + MARK.len()..).unwrap_or_default();
    let line_end = match after {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    Ok(section_end.saturating_add(u64::try_from(place + MARK.len() + line_end).unwrap_or(0)))
}
