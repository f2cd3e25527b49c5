//! Errors of preparing and embedding, by whose fault they are.

use std::io;

use super::appearance::AppearanceError;
use crate::attributes::AttributeError;
use crate::crypto::VerifyError;
use crate::crypto::policy::PolicyError;
use crate::pdf::{CopyError, PdfError};
use crate::tsp::TspError;

/// Why a document could not be prepared for signing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The document cannot be read as PDF; the inner text says why and what to do.
    #[error(transparent)]
    InvalidDocument(#[from] PdfError),
    /// ISO 32000-2 12.8.2.2: an earlier certification allows no change, so a further signature would break it.
    #[error(
        "the document was certified with \"no changes allowed\"; a further signature would break that certification. Ask its author \
         for a copy without it"
    )]
    CertifiedNoChanges,
    /// The permissions of an encrypted document do not let its reader sign it.
    #[error(
        "the PDF's protection does not let it be signed by who opens it with this password; give its owner's password"
    )]
    NotPermitted,
    /// Our own check of what was made for an encrypted document failed.
    #[error(
        "the signature could not be read back from the encrypted document, so it was not prepared; report this document"
    )]
    NotReadBack,
    /// A signed field's lock allows no change.
    #[error(
        "the signature in \"{by}\" locked the document against every change; a further signature would break it. Ask for a copy \
         without it"
    )]
    LockedNoChanges {
        /// The field of that signature.
        by: String,
    },
    /// 12.8.2.4: an earlier signature locked the field, or with "all" every field that could be made.
    #[error("the signature in \"{by}\" locked the field \"{name}\"; choose a field that it does not lock")]
    FieldLocked {
        /// The field to be signed.
        name: String,
        /// The field of the signature that locked it.
        by: String,
    },
    /// The field brings its own lock.
    #[error("the signature field \"{name}\" says itself what it locks; leave out the lock")]
    FieldHasLock {
        /// The field to be signed.
        name: String,
    },
    /// 12.8.2.2.1: only the first signature can certify.
    #[error("the document has a signature already, so it cannot be certified any more; sign it without certifying it")]
    NotFirstSignature,
    /// No field of that name.
    #[error("the document has no form field named \"{name}\"; choose a field of the document or let a new one be made")]
    NoSuchField {
        /// The name that was asked for.
        name: String,
    },
    /// The field is of another type.
    #[error("the form field \"{name}\" is not a signature field; choose a signature field")]
    NotASignatureField {
        /// The name that was asked for.
        name: String,
    },
    /// The field has a signature already.
    #[error("the signature field \"{name}\" is already signed; choose an empty field or let a new one be made")]
    FieldAlreadySigned {
        /// The name that was asked for.
        name: String,
    },
    /// A new field cannot take a name that is in use, empty or has a dot.
    #[error("\"{name}\" cannot be the name of a new signature field; choose a name that is free and has no dot")]
    FieldNameUnusable {
        /// The name that was asked for.
        name: String,
    },
    /// A new field was to go on a page that is not there.
    #[error("the document does not have the page that the signature was to go on; choose a page of the document")]
    NoSuchPage,
    /// The certificate's key cannot make signatures of this algorithm.
    #[error("the signature algorithm does not fit the key in the certificate; choose one that does")]
    AlgorithmDoesNotFitKey,
    /// The algorithm, or the key's size or curve, is not accepted at the claimed time.
    #[error("the signature would use an algorithm that is not accepted")]
    AlgorithmNotAccepted(#[source] PolicyError),
    /// A stated attribute is wrong, or has no place in a PDF signature.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// The certificate's key usage forbids signing documents.
    #[error("the certificate is not meant for signing documents (key usage); choose another certificate")]
    CertificateNotForSigning,
    /// The claimed time cannot be written as a PDF date.
    #[error("the claimed signing time lies after the year 9999")]
    TimeOutOfRange,
    /// The visible signature cannot be made; the inner text says why and what to do.
    #[error(transparent)]
    Appearance(#[from] AppearanceError),
}

/// Why a signature value was not embedded. Nothing usable was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// Length or digest differ from the document that was prepared.
    #[error("this is not the document that was prepared for signing; give the same file, unchanged")]
    WrongDocument,
    /// The stored state does not fit together.
    #[error("the prepared state is damaged (its digest does not fit the document); prepare the document again")]
    DamagedState,
    /// The value is not a signature by the certificate's key over what was prepared.
    #[error(
        "the signature value does not verify under the certificate, so it was not embedded; sign the prepared digest again"
    )]
    SignatureDoesNotVerify(#[source] VerifyError),
    /// Level T was prepared but there is no token. There is no silent fall back to level B.
    #[error(
        "the signature was prepared with a time-stamp (level B-T), but none was given; get one from a time-stamping authority"
    )]
    TimestampMissing,
    /// Level B was prepared, without room for a token.
    #[error("the signature was prepared without a time-stamp (level B-B), but one was given; prepare it at level B-T")]
    TimestampUnexpected,
    /// The token is not good for this signature.
    #[error("the time-stamp token cannot be used for this signature; get another one")]
    TimestampUnusable(#[source] TspError),
    /// The signature is larger than the space reserved when preparing.
    #[error(
        "the space reserved for the signature is {missing} bytes too small; prepare the document again with more room"
    )]
    NoRoom {
        /// How many bytes are missing.
        missing: usize,
    },
    /// The document could not be read.
    #[error("the document could not be read")]
    Read(#[source] io::Error),
    /// The signed document could not be written. What was written so far must be thrown away.
    #[error("the signed document could not be written; throw away what was written and try again")]
    Write(#[source] io::Error),
}

/// Why validation data were not added to a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AugmentError {
    /// The document cannot be read as PDF; the inner text says why and what to do.
    #[error(transparent)]
    InvalidDocument(#[from] PdfError),
    /// No signature in a field of that name.
    #[error("the document has no signature in a field named \"{field}\"; name the field of a signature")]
    NoSuchSignature {
        /// The name that was asked for.
        field: String,
    },
    /// Something that is no DER was to be stored.
    #[error("a {what} among the validation data is not DER; fetch it again")]
    NotDer {
        /// What it should have been.
        what: &'static str,
    },
    /// Our own check of what was made failed.
    #[error(
        "the validation data could not be read back from the updated document, so it was not updated; report this document"
    )]
    NotReadBack,
    /// Another document than the one the update was made for.
    #[error("this is not the document that the update was made for; give the same file, unchanged")]
    WrongDocument,
    /// The document could not be read.
    #[error("the document could not be read")]
    Read(#[source] io::Error),
    /// The updated document could not be written. What was written so far must be thrown away.
    #[error("the updated document could not be written; throw away what was written and try again")]
    Write(#[source] io::Error),
}

impl From<CopyError> for AugmentError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Read(error) => Self::Read(error),
            CopyError::Write(error) => Self::Write(error),
        }
    }
}

impl From<CopyError> for EmbedError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Read(error) => Self::Read(error),
            CopyError::Write(error) => Self::Write(error),
        }
    }
}

/// Why stored bytes are not a prepared document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreparedFormatError {
    /// Another kind of data.
    #[error("these bytes are not a prepared PDF")]
    NotPrepared,
    /// Written by a newer program.
    #[error("the prepared PDF has format version {found}, but only version 1 is known; use a newer program")]
    UnknownVersion {
        /// Version in the data.
        found: u8,
    },
    /// Cut off, altered or inconsistent.
    #[error("the prepared PDF is damaged at {what}; prepare the document again")]
    Damaged {
        /// The part that could not be read.
        what: &'static str,
    },
}
