//! Last step: puts a signature value (and a time-stamp token) into the prepared place. ISO 32000-2 12.8.1.

use std::io::Write;

use super::check::check_update;
use super::{EmbedError, PreparedPdf, SignatureValue, level_b, level_t};
use crate::cms::view;
use crate::crypto::{CryptoProvider, VerifyError};
use crate::pdf::Source;
use crate::tsp::TimestampToken;

impl PreparedPdf {
    /// Writes the signed document to `output`. The same inputs give the same bytes.
    ///
    /// Everything is checked before the first byte is written: the document is read once to be recognised and once to be copied.
    ///
    /// # Errors
    /// [`EmbedError`]. After [`EmbedError::Write`], or if the document changes between the two readings, what was written must be
    /// thrown away; after any other error nothing was written.
    pub fn embed(
        &self,
        document: &dyn Source,
        signature: &SignatureValue,
        timestamp: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
        output: &mut dyn Write,
    ) -> Result<(), EmbedError> {
        let update = self.update(document, signature, timestamp, provider)?;
        self.placement.write(document, &update, output)
    }

    /// The bytes that, appended to `document`, make it the signed document: for signing a file in place.
    ///
    /// Who appends them must see to it that a file in which only a part of them arrives is not kept.
    ///
    /// # Errors
    /// As [`embed`](Self::embed); nothing is written here.
    pub fn update(
        &self,
        document: &dyn Source,
        signature: &SignatureValue,
        timestamp: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
    ) -> Result<Vec<u8>, EmbedError> {
        if document.len() != self.placement.document_len {
            return Err(EmbedError::WrongDocument);
        }
        let update = self.filled(signature, timestamp, provider)?;
        match check_update(document, &self.placement, &update, provider, None) {
            Ok(()) => Ok(update),
            // Another document, or damage to the state, shows as a failure of some check: say which of the two it was.
            Err(problem) => Err(self.blame(document, problem)),
        }
    }

    /// The update with the signature in it, not checked yet.
    pub(super) fn filled(
        &self,
        signature: &SignatureValue,
        timestamp: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
    ) -> Result<Vec<u8>, EmbedError> {
        let longest = self.certificates.first().and_then(|certificate| certificate.key_kind().max_signature_len());
        if longest.is_some_and(|longest| signature.as_bytes().len() > longest) {
            return Err(EmbedError::SignatureDoesNotVerify(VerifyError::Mismatch));
        }
        level_t::require_token(self.level, signature, timestamp, provider)?;
        let cms = level_b::cms(
            self.algorithm,
            &self.signed_attributes,
            &self.certificates,
            signature.as_bytes(),
            timestamp.map(TimestampToken::der),
        )
        .ok_or(EmbedError::DamagedState)?;
        self.placement.update(&cms)
    }

    fn blame(&self, document: &dyn Source, problem: EmbedError) -> EmbedError {
        let Some(certificate) = self.certificates.first() else { return EmbedError::DamagedState };
        match self.placement.digest(document, self.algorithm.digest()) {
            Err(error) => error,
            Ok(digest) if view::bindings_hold(&self.signed_attributes, &digest, certificate) != Ok(true) => {
                EmbedError::DamagedState
            }
            Ok(_) => problem,
        }
    }
}
