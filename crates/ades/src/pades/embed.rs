//! Last step: puts a signature value (and a time-stamp token) into the prepared place. ISO 32000-2 12.8.1.

use std::io::{self, Write};

use super::identity::Identity;
use super::{EmbedError, PreparedPdf, SignatureValue, level_b, level_t};
use crate::cms::view;
use crate::crypto::{CryptoProvider, DigestAlgorithm, Hasher};
use crate::pdf::{Source, for_each_piece, write_hexadecimal};
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
        self.require_document(document)?;
        let certificate = self.certificates.first().ok_or(EmbedError::DamagedState)?;
        provider
            .verify(certificate.spki_der(), self.algorithm, &self.signed_attributes, signature.as_bytes())
            .map_err(EmbedError::SignatureDoesNotVerify)?;
        level_t::require_token(self.level, signature, timestamp, provider)?;
        let cms = level_b::cms(
            self.algorithm,
            &self.signed_attributes,
            &self.certificates,
            signature.as_bytes(),
            timestamp.map(TimestampToken::der),
        )
        .ok_or(EmbedError::DamagedState)?;
        let contents = self.contents(&cms)?;

        let mut copied = DigestAlgorithm::Sha256.hasher();
        copy(document, &mut copied, output)?;
        if copied.finish() != self.document_sha256 {
            return Err(EmbedError::WrongDocument);
        }
        for piece in [&self.head, &contents, &self.tail] {
            output.write_all(piece).map_err(EmbedError::Write)?;
        }
        output.flush().map_err(EmbedError::Write)
    }

    /// Reads the document through and compares it, and its digest, with what was prepared.
    fn require_document(&self, document: &dyn Source) -> Result<(), EmbedError> {
        if document.len() != self.document_len {
            return Err(EmbedError::WrongDocument);
        }
        let Identity { sha256, mut covered } =
            Identity::read(document, self.algorithm.digest()).map_err(EmbedError::Read)?;
        if sha256 != self.document_sha256 {
            return Err(EmbedError::WrongDocument);
        }
        covered.update(&self.head);
        covered.update(&self.tail);
        let certificate = self.certificates.first().ok_or(EmbedError::DamagedState)?;
        match view::bindings_hold(&self.signed_attributes, &covered.finish(), certificate) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(EmbedError::DamagedState),
        }
    }

    /// Contents with its brackets, filled up with zeros (12.8.3.3.1 allows that).
    fn contents(&self, cms: &[u8]) -> Result<Vec<u8>, EmbedError> {
        let padding = self.room.checked_sub(cms.len());
        let Some(padding) = padding else {
            return Err(EmbedError::NoRoom { missing: cms.len() - self.room });
        };
        let mut contents = Vec::with_capacity(2 * self.room + 2);
        contents.push(b'<');
        write_hexadecimal(&mut contents, cms);
        contents.resize(contents.len() + 2 * padding, b'0');
        contents.push(b'>');
        Ok(contents)
    }
}

/// Copies the document and hashes what is copied.
fn copy(document: &dyn Source, hasher: &mut Hasher, output: &mut dyn Write) -> Result<(), EmbedError> {
    enum Failure {
        Read(io::Error),
        Write(io::Error),
    }
    impl From<io::Error> for Failure {
        fn from(error: io::Error) -> Self {
            Self::Read(error)
        }
    }
    for_each_piece(document, 0, document.len(), |piece| {
        hasher.update(piece);
        output.write_all(piece).map_err(Failure::Write)
    })
    .map_err(|failure| match failure {
        Failure::Read(error) => EmbedError::Read(error),
        Failure::Write(error) => EmbedError::Write(error),
    })
}
