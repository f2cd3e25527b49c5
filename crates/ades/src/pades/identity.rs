//! Reads a document through once: who it is, and the beginning of what a signature covers.

use std::io;

use crate::crypto::{DigestAlgorithm, Hasher};
use crate::pdf::{Source, for_each_piece};

/// What one reading of a document gives.
pub(super) struct Identity {
    /// SHA-256 of the document.
    pub(super) sha256: [u8; 32],
    /// Hasher of the signature, fed with the document; what is appended to it follows.
    pub(super) covered: Hasher,
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
}
