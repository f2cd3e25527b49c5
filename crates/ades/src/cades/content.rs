//! What is signed, and its digests by as many algorithms as are needed, in one reading.

use std::io;

use crate::crypto::DigestAlgorithm;
use crate::pdf::{Source, for_each_piece};

/// Content of a signature.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// Goes into the signature.
    Enveloping(&'a dyn Source),
    /// Stays beside the signature.
    Detached(&'a dyn Source),
    /// Stays beside the signature and is elsewhere: only its digest is known, by the digest algorithm of the signature.
    Digest(&'a [u8]),
}

/// Digests of one content.
#[derive(Debug, Clone, Default)]
pub(super) struct Digests(Vec<(DigestAlgorithm, Vec<u8>)>);

impl Digests {
    /// Reads the content once for all of these algorithms.
    pub(super) fn read(source: &dyn Source, algorithms: &[DigestAlgorithm]) -> io::Result<Self> {
        let mut hashers = Vec::new();
        for algorithm in algorithms {
            if !hashers.iter().any(|(known, _)| known == algorithm) {
                hashers.push((*algorithm, algorithm.hasher()));
            }
        }
        for_each_piece(source, 0, source.len(), |piece| {
            for (_, hasher) in &mut hashers {
                hasher.update(piece);
            }
            Ok::<_, io::Error>(())
        })?;
        Ok(Self(hashers.into_iter().map(|(algorithm, hasher)| (algorithm, hasher.finish())).collect()))
    }

    /// Digests of bytes.
    pub(super) fn of(bytes: &[u8], algorithms: &[DigestAlgorithm]) -> Self {
        let mut digests = Self::default();
        for algorithm in algorithms {
            if digests.by(*algorithm).is_none() {
                digests.0.push((*algorithm, algorithm.digest(bytes)));
            }
        }
        digests
    }

    /// One digest that somebody else computed.
    pub(super) fn known(algorithm: DigestAlgorithm, digest: &[u8]) -> Self {
        Self(vec![(algorithm, digest.to_vec())])
    }

    /// The digest by this algorithm, if it was asked for.
    pub(super) fn by(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| *known == algorithm).map(|(_, digest)| digest.as_slice())
    }
}
