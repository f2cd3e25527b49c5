//! A document time-stamp: alone, or as the last step of level B-LTA and of its renewal. ISO 32000-2 12.8.5; EN 319 142-1 5.4.3.

use std::io::Write;

use super::check::{check_encrypted, check_update};
use super::placement::{Identity, Placement};
use super::prepared::{Fields, length};
use super::{EmbedError, PrepareError, PreparedFormatError, field, restrictions};
use crate::crypto::{CryptoProvider, DigestAlgorithm};
use crate::pdf::document::Document;
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Name, Object};
use crate::pdf::{Limits, OpenOptions, Password, PdfError, Source, page_tree};
use crate::tsp::{Imprint, TimestampToken};

/// What a document time-stamp is to be like.
#[derive(Debug, Clone)]
pub struct DocumentTimestampParameters {
    digest: DigestAlgorithm,
    room: usize,
    options: OpenOptions,
}

impl DocumentTimestampParameters {
    /// Parameters with room for a token of usual size.
    pub fn new(digest: DigestAlgorithm) -> Self {
        Self { digest, room: super::parameters::DEFAULT_TIMESTAMP_ROOM, options: OpenOptions::default() }
    }

    /// Bytes reserved for the token.
    #[must_use]
    pub fn with_room(mut self, bytes: usize) -> Self {
        self.room = bytes;
        self
    }

    /// Bounds for reading the document.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// The password of an encrypted document: the one for opening it, or its owner's.
    #[must_use]
    pub fn with_password(mut self, password: Password) -> Self {
        self.options.password = Some(password);
        self
    }
}

/// A document made ready for a document time-stamp. Like [`super::PreparedPdf`] it never holds the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedDocumentTimestamp {
    digest: DigestAlgorithm,
    placement: Placement,
    covered: Vec<u8>,
}

/// Prepares `document` for a time-stamp over all of it. Neither a certification nor a lock forbids that (ISO 32000-2 12.8.2.2.2).
///
/// # Errors
/// [`PrepareError`]; nothing has happened then.
pub fn prepare_document_timestamp(
    document: &dyn Source,
    parameters: &DocumentTimestampParameters,
) -> Result<PreparedDocumentTimestamp, PrepareError> {
    let pdf = Document::open(document, &parameters.options)?;
    restrictions::require_permission(&pdf, true)?;
    let mut update = Update::new(&pdf)?;
    let id = update.allocate();
    let page = page_tree::first_page(&pdf)?;
    let new_field = field::new_field(&page, &field::free_name(&pdf)?, id);
    field::add_field(&pdf, &mut update, page, new_field)?;

    let mut entries = Dictionary::default();
    for (key, value) in [("Type", "DocTimeStamp"), ("Filter", "Adobe.PPKLite"), ("SubFilter", "ETSI.RFC3161")] {
        entries.set(key, Object::Name(Name::from(value)));
    }
    entries.set("V", Object::Integer(0));
    let identity = Identity::read(document, parameters.digest).map_err(PdfError::Io)?;
    let written = update.write_signature(id, &entries, parameters.room, &identity.sha256)?;
    let (placement, covered) = identity.place(document, written, parameters.room);
    check_encrypted(&pdf, &placement, &parameters.options)?;
    Ok(PreparedDocumentTimestamp { digest: parameters.digest, placement, covered })
}

impl PreparedDocumentTimestamp {
    /// What to have time-stamped.
    pub fn imprint(&self) -> Option<Imprint> {
        Imprint::from_digest(self.digest, &self.covered)
    }

    /// SHA-256 of the document before it is time-stamped.
    pub fn document_digest(&self) -> &[u8; 32] {
        &self.placement.document_sha256
    }

    /// Length of the document with its time-stamp.
    pub fn stamped_len(&self) -> u64 {
        self.placement.signed_len()
    }

    /// Writes the document with its time-stamp to `output`. The same inputs give the same bytes.
    ///
    /// # Errors
    /// [`EmbedError`]. After [`EmbedError::Write`], or if the document changes meanwhile, what was written must be thrown away; after
    /// any other error nothing was written.
    pub fn embed(
        &self,
        document: &dyn Source,
        token: &TimestampToken,
        provider: &dyn CryptoProvider,
        output: &mut dyn Write,
    ) -> Result<(), EmbedError> {
        let update = self.update(document, token, provider)?;
        self.placement.write(document, &update, output)
    }

    /// The bytes that, appended to `document`, make it the time-stamped document.
    ///
    /// # Errors
    /// As [`embed`](Self::embed); nothing is written here.
    pub fn update(
        &self,
        document: &dyn Source,
        token: &TimestampToken,
        provider: &dyn CryptoProvider,
    ) -> Result<Vec<u8>, EmbedError> {
        if document.len() != self.placement.document_len {
            return Err(EmbedError::WrongDocument);
        }
        if Some(&token.info().imprint) != self.imprint().as_ref() {
            return Err(EmbedError::TimestampUnusable(crate::tsp::TspError::WrongImprint));
        }
        let update = self.placement.update(token.der())?;
        match check_update(document, &self.placement, &update, provider, None) {
            Ok(()) => Ok(update),
            Err(problem) => Err(match self.placement.digest(document, self.digest) {
                Err(error) => error,
                Ok(digest) if digest != self.covered => EmbedError::DamagedState,
                Ok(_) => problem,
            }),
        }
    }

    /// The stored form.
    ///
    /// Version 1: `RKDT`, 1; digest algorithm (a number); length of the document (8 bytes, big-endian); its
    /// SHA-256; room (4 bytes); then, each with its length in 4 bytes before it: head, tail, digest to be time-stamped.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.push(DIGESTS.iter().find(|(digest, _)| *digest == self.digest).map_or(0, |(_, code)| *code));
        self.placement.store(&mut out);
        out.extend_from_slice(&length(self.covered.len()));
        out.extend_from_slice(&self.covered);
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// If the bytes are not exactly what [`to_bytes`](Self::to_bytes) of a known version makes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PreparedFormatError> {
        let mut fields = Fields(bytes.strip_prefix(&MAGIC).ok_or(PreparedFormatError::NotPrepared)?);
        let [version] = fields.array("the version")?;
        if version != VERSION {
            return Err(PreparedFormatError::UnknownVersion { found: version });
        }
        let [code] = fields.array("the algorithm")?;
        let digest = DIGESTS.iter().find(|(_, known)| *known == code).map(|(digest, _)| *digest);
        let digest = digest.ok_or(PreparedFormatError::Damaged { what: "the algorithm" })?;
        let placement = Placement::restore(&mut fields)?;
        let covered = fields.blob("the digest")?;
        if covered.len() != digest.output_len() || !fields.0.is_empty() {
            return Err(PreparedFormatError::Damaged { what: "the end" });
        }
        Ok(Self { digest, placement, covered })
    }
}

const MAGIC: [u8; 4] = *b"RKDT";
const VERSION: u8 = 1;

/// Numbers of the digest algorithms in the stored form. Never change one.
const DIGESTS: [(DigestAlgorithm, u8); 6] = [
    (DigestAlgorithm::Sha256, 1),
    (DigestAlgorithm::Sha384, 2),
    (DigestAlgorithm::Sha512, 3),
    (DigestAlgorithm::Sha3_256, 4),
    (DigestAlgorithm::Sha3_384, 5),
    (DigestAlgorithm::Sha3_512, 6),
];
