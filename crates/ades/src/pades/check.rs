//! Reads what is about to be delivered as a stranger would, before it is. ISO 32000-2 12.8.1.
//!
//! Nothing of what made the update is used: the signature is looked up in the bytes, and read and verified by [`super::verify`].

use super::placement::Placement;
use super::signed_field::{SignedField, signed_fields};
use super::verify::{Digest, SignatureCheck, SignatureProblem, verify_field};
use super::{EmbedError, PrepareError, SignatureKind};
use crate::crypto::CryptoProvider;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, ObjectId};
use crate::pdf::{Appended, Limits, OpenOptions, PdfError, Source};

/// Checks that `document` with `update` behind it holds the prepared signature, intact and over the whole file.
///
/// `digest` gives the digest of the covered bytes, if they need not be read for that alone.
pub(super) fn check_update(
    document: &dyn Source,
    placement: &Placement,
    update: &[u8],
    provider: &dyn CryptoProvider,
    digest: Option<&mut Digest<'_>>,
) -> Result<(), EmbedError> {
    let signed = Appended { source: document, update };
    let id = placement.signature_id().ok_or(EmbedError::DamagedState)?;
    let pdf = match Document::open(&signed, &OpenOptions::default()) {
        // Without the password only the signature itself can be read; its place in the form was checked when it was prepared.
        Err(PdfError::PasswordRequired) => Document::open_sealed(&signed, &Limits::default()),
        opened => opened,
    };
    let pdf = pdf.map_err(unreadable)?;
    let field = match pdf.encryption().is_none() && pdf.cross_reference.trailer.lookup("Encrypt").is_some() {
        true => sealed_field(&pdf, id),
        false => field_of(&pdf, id),
    };
    let field = field.map_err(unreadable)?.ok_or(EmbedError::DamagedState)?;
    let check = match digest {
        Some(digest) => verify_field(&pdf, &field, provider, digest),
        None => verify_field(&pdf, &field, provider, &mut |byte_range, algorithm| {
            let mut hasher = algorithm.hasher();
            byte_range.hash(&signed, &mut hasher)?;
            Ok(hasher.finish())
        }),
    };
    accept(check.map_err(unreadable)?)
}

/// Checks, while the password is known, that the signature of an encrypted document can be found in it.
pub(super) fn check_encrypted(
    document: &Document<'_>,
    placement: &Placement,
    options: &OpenOptions,
) -> Result<(), PrepareError> {
    if document.encryption().is_none() {
        return Ok(());
    }
    let Ok(update) = placement.update(&[]) else { return Err(PrepareError::NotReadBack) };
    let signed = Appended { source: document.source(), update: &update };
    let pdf = Document::open(&signed, options)?;
    let id = placement.signature_id().ok_or(PrepareError::NotReadBack)?;
    field_of(&pdf, id)?.map(|_| ()).ok_or(PrepareError::NotReadBack)
}

/// The field whose value is this signature.
fn field_of(pdf: &Document<'_>, id: ObjectId) -> Result<Option<SignedField>, PdfError> {
    Ok(signed_fields(pdf)?.into_iter().find(|field| field.id == Some(id)))
}

/// The signature without its field.
fn sealed_field(pdf: &Document<'_>, id: ObjectId) -> Result<Option<SignedField>, PdfError> {
    let dictionary = pdf.object(id)?.into_dictionary();
    Ok(dictionary.map(|dictionary| SignedField {
        name: String::new(),
        field: Dictionary::default(),
        id: Some(id),
        dictionary,
    }))
}

fn unreadable(error: PdfError) -> EmbedError {
    match error {
        PdfError::Io(error) => EmbedError::Read(error),
        _ => EmbedError::DamagedState,
    }
}

fn accept(check: SignatureCheck) -> Result<(), EmbedError> {
    match check.problem {
        None if check.is_intact() && check.covers_whole_file => Ok(()),
        Some(SignatureProblem::SignatureMismatch(error)) => Err(EmbedError::SignatureDoesNotVerify(error)),
        Some(SignatureProblem::Timestamp(error)) => Err(EmbedError::TimestampUnusable(error)),
        Some(SignatureProblem::DigestMismatch) if check.kind == SignatureKind::DocumentTimestamp => {
            Err(EmbedError::TimestampUnusable(crate::tsp::TspError::WrongImprint))
        }
        Some(SignatureProblem::DigestMismatch) => Err(EmbedError::WrongDocument),
        None | Some(_) => Err(EmbedError::DamagedState),
    }
}
