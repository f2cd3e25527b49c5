//! What is appended to a document for one signature, with the hole for its value. ISO 32000-2 12.8.1.

use std::io::{self, Write};

use super::EmbedError;
use super::PreparedFormatError;
use super::prepared::{Fields, length};
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::pdf::incremental::Written;
use crate::pdf::object::ObjectId;
use crate::pdf::{Source, copy, for_each_piece, write_hexadecimal};

/// The update around the value of Contents, and the document it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placement {
    pub(super) document_len: u64,
    pub(super) document_sha256: [u8; 32],
    /// What is appended before the value of Contents.
    pub(super) head: Vec<u8>,
    /// Bytes of DER that Contents has room for.
    pub(super) room: usize,
    /// What is appended after that value.
    pub(super) tail: Vec<u8>,
}

/// A document read through once: who it is, and the beginning of what a signature covers.
pub(super) struct Identity {
    pub(super) sha256: [u8; 32],
    /// Hasher of the signature, fed with the document; what is appended to it follows.
    covered: Hasher,
}

impl Identity {
    /// Reads `document`; `algorithm` is that of the signature.
    pub(super) fn read(document: &dyn Source, algorithm: DigestAlgorithm) -> io::Result<Self> {
        let mut identity = DigestAlgorithm::Sha256.hasher();
        // Nearly always both are SHA-256, and then one computation serves for both.
        let mut other = (algorithm != DigestAlgorithm::Sha256).then(|| algorithm.hasher());
        for_each_piece(document, 0, document.len(), |piece| {
            identity.update(piece);
            if let Some(other) = &mut other {
                other.update(piece);
            }
            Ok::<_, io::Error>(())
        })?;
        let covered = other.unwrap_or_else(|| identity.clone());
        Ok(Self { sha256: identity.finish().try_into().unwrap_or_default(), covered })
    }

    /// Where the signature stands, and the digest of what it covers.
    pub(super) fn place(self, document: &dyn Source, written: Written, room: usize) -> (Placement, Vec<u8>) {
        let Self { sha256, mut covered } = self;
        covered.update(&written.head);
        covered.update(&written.tail);
        let Written { head, tail } = written;
        (Placement { document_len: document.len(), document_sha256: sha256, head, room, tail }, covered.finish())
    }
}

impl Placement {
    /// Length of the document with the update.
    pub(super) fn signed_len(&self) -> u64 {
        let update = self.head.len() + 2 * self.room + 2 + self.tail.len();
        self.document_len.saturating_add(u64::try_from(update).unwrap_or(u64::MAX))
    }

    /// Checks that this is the document that was prepared, and returns the digest of what the signature covers.
    pub(super) fn digest(&self, document: &dyn Source, algorithm: DigestAlgorithm) -> Result<Vec<u8>, EmbedError> {
        if document.len() != self.document_len {
            return Err(EmbedError::WrongDocument);
        }
        let Identity { sha256, mut covered } = Identity::read(document, algorithm).map_err(EmbedError::Read)?;
        if sha256 != self.document_sha256 {
            return Err(EmbedError::WrongDocument);
        }
        covered.update(&self.head);
        covered.update(&self.tail);
        Ok(covered.finish())
    }

    /// The whole update with `value` in Contents, filled up with zeros (12.8.3.3.1 allows that).
    pub(super) fn update(&self, value: &[u8]) -> Result<Vec<u8>, EmbedError> {
        let Some(padding) = self.room.checked_sub(value.len()) else {
            return Err(EmbedError::NoRoom { missing: value.len() - self.room });
        };
        let mut update = Vec::with_capacity(self.head.len() + 2 * self.room + 2 + self.tail.len());
        update.extend_from_slice(&self.head);
        update.push(b'<');
        write_hexadecimal(&mut update, value);
        update.resize(update.len() + 2 * padding, b'0');
        update.push(b'>');
        update.extend_from_slice(&self.tail);
        Ok(update)
    }

    /// Number of the signature's object: the last one that starts before the hole.
    pub(super) fn signature_id(&self) -> Option<ObjectId> {
        const BEFORE: &[u8] = b" obj\n<<\n/ByteRange [";
        let end = self.head.windows(BEFORE.len()).rposition(|window| window == BEFORE)?;
        let line = self.head.get(..end)?.rsplit(|byte| *byte == b'\n').next()?;
        let (number, generation) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        Some(ObjectId { number: number.parse().ok()?, generation: generation.parse().ok()? })
    }

    /// Copies the document, which must still be the one that was prepared, and writes the update behind it.
    pub(super) fn write(&self, document: &dyn Source, update: &[u8], output: &mut dyn Write) -> Result<(), EmbedError> {
        let mut copied = DigestAlgorithm::Sha256.hasher();
        copy(document, output, &mut |piece| copied.update(piece))?;
        if copied.finish() != self.document_sha256 {
            return Err(EmbedError::WrongDocument);
        }
        output.write_all(update).map_err(EmbedError::Write)?;
        output.flush().map_err(EmbedError::Write)
    }

    /// Stored form; see [`super::PreparedPdf::to_bytes`].
    pub(super) fn store(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.document_len.to_be_bytes());
        out.extend_from_slice(&self.document_sha256);
        out.extend_from_slice(&length(self.room));
        for blob in [&self.head, &self.tail] {
            out.extend_from_slice(&length(blob.len()));
            out.extend_from_slice(blob);
        }
    }

    pub(super) fn restore(fields: &mut Fields<'_>) -> Result<Self, PreparedFormatError> {
        Ok(Self {
            document_len: u64::from_be_bytes(fields.array("the document's length")?),
            document_sha256: fields.array("the document's digest")?,
            room: fields.length("the room")?,
            head: fields.blob("the update")?,
            tail: fields.blob("the update")?,
        })
    }
}
