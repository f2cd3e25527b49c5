//! Reads what is about to be delivered as a stranger would, before it is. ISO 32000-2 12.8.1.
//!
//! Nothing of what made the update is used: the signature is looked up in the bytes, and read and verified by [`super::verify`].

use super::placement::Placement;
use super::signed_field::signed_fields;
use super::verify::{Digest, SignatureCheck, SignatureProblem, verify_field};
use super::{EmbedError, SignatureKind};
use crate::crypto::CryptoProvider;
use crate::pdf::document::Document;
use crate::pdf::{Appended, Limits, PdfError, Source};

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
    let pdf = Document::open(&signed, &Limits::default()).map_err(unreadable)?;
    let id = placement.signature_id().ok_or(EmbedError::DamagedState)?;
    let field = signed_fields(&pdf).map_err(unreadable)?.into_iter().find(|field| field.id == Some(id));
    let field = field.ok_or(EmbedError::DamagedState)?;
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
