//! Last step: makes the CMS around a signature value (and a time-stamp token). RFC 5652 5; EN 319 122-1 6.3.

use std::io::{self, Write};

use super::EmbedError;
use super::content::{Content, Digests};
use super::prepare::sha256;
use super::prepared::{Packaging, PreparedCms};
use crate::asn1::{SEQUENCE, Tlv};
use crate::cms::build::{self, Parts};
use crate::cms::splice::{self, Additions};
use crate::cms::view::{SignedData, SignerInfo};
use crate::cms::{COUNTER_SIGNATURE, ID_DATA};
use crate::crypto::{CryptoProvider, SignatureValue};
use crate::level::AdesLevel;
use crate::pdf::for_each_piece;
use crate::tsp::TimestampToken;

impl PreparedCms {
    /// Writes the signature to `output`: with the content inside if it was prepared so. The same inputs give the same bytes.
    ///
    /// Everything is checked before the first byte is written. Content that goes inside is read once to be recognised and once to be
    /// copied; memory does not grow with it.
    ///
    /// # Errors
    /// [`EmbedError`]. After [`EmbedError::Write`], or if the content changes between the two readings, what was written must be
    /// thrown away; after any other error nothing was written.
    pub fn embed(
        &self,
        content: Content<'_>,
        signature: &SignatureValue,
        timestamp: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
        output: &mut dyn Write,
    ) -> Result<(), EmbedError> {
        self.require_content(content)?;
        self.embed_checked(content, signature, timestamp, provider, output)
    }

    /// The same for content of which the caller knows that it is what was prepared.
    pub(super) fn embed_checked(
        &self,
        content: Content<'_>,
        signature: &SignatureValue,
        timestamp: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
        output: &mut dyn Write,
    ) -> Result<(), EmbedError> {
        self.require_token(signature, timestamp, provider)?;
        let parts = self.parts(signature, timestamp);
        let length = match content {
            Content::Enveloping(source) => Some(usize::try_from(source.len()).map_err(|_| EmbedError::WrongContent)?),
            Content::Detached(_) | Content::Digest(_) => None,
        };
        // What is delivered is read as a stranger would; content that goes inside adds nothing to that.
        let detached = build::shell(&parts, &ID_DATA, None).ok_or(EmbedError::DamagedState)?;
        let detached = [detached.before, detached.after].concat();
        let (read, _) = SignedData::read(&detached).map_err(|_| EmbedError::DamagedState)?;
        self.require_signer(read.only_signer().map_err(|_| EmbedError::DamagedState)?, provider)?;

        let Content::Enveloping(source) = content else {
            output.write_all(&detached).map_err(EmbedError::Write)?;
            return output.flush().map_err(EmbedError::Write);
        };
        let shell = build::shell(&parts, &ID_DATA, length).ok_or(EmbedError::DamagedState)?;
        output.write_all(&shell.before).map_err(EmbedError::Write)?;
        let mut hasher = self.algorithm.digest().hasher();
        for_each_piece(source, 0, source.len(), |piece| {
            hasher.update(piece);
            output.write_all(piece).map_err(Copy::Write)
        })?;
        if hasher.finish() != self.content_digest {
            return Err(EmbedError::WrongContent);
        }
        output.write_all(&shell.after).map_err(EmbedError::Write)?;
        output.flush().map_err(EmbedError::Write)
    }

    /// The existing CMS with the signature in it, for what [`add_signer`](super::add_signer) and
    /// [`countersign`](super::countersign) prepared. No byte of what was in it changes, but for the lengths around it.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub fn embed_into(
        &self,
        cms: &[u8],
        signature: &SignatureValue,
        timestamp: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
    ) -> Result<Vec<u8>, EmbedError> {
        let (Packaging::Parallel { cms_sha256 } | Packaging::Counter { cms_sha256, .. }) = self.packaging else {
            return Err(EmbedError::OtherPackaging);
        };
        if sha256(cms) != cms_sha256 {
            return Err(EmbedError::WrongCms);
        }
        self.require_token(signature, timestamp, provider)?;
        let damaged = |_| EmbedError::DamagedState;
        let (existing, _) = SignedData::read(cms).map_err(damaged)?;
        let info = build::signer_info(&self.parts(signature, timestamp)).ok_or(EmbedError::DamagedState)?;
        let read = Tlv::parse(&info, SEQUENCE, "the signer info").and_then(|info| SignerInfo::read(&info));
        self.require_signer(&read.map_err(damaged)?, provider)?;

        let certificates = self.certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
        let mut additions = Additions { certificates, ..Additions::default() };
        match self.packaging {
            Packaging::Counter { signer, .. } => {
                let signer = usize::try_from(signer).map_err(|_| EmbedError::DamagedState)?;
                additions.unsigned.push((signer, build::attribute(&COUNTER_SIGNATURE, &info)));
            }
            _ => {
                additions.digest_algorithms.push(self.algorithm.digest().identifier());
                additions.signers.push(info);
            }
        }
        splice::splice(&existing, &additions).map_err(damaged)
    }

    fn parts<'a>(&'a self, signature: &'a SignatureValue, timestamp: Option<&'a TimestampToken>) -> Parts<'a> {
        Parts {
            algorithm: self.algorithm,
            signed_attributes: &self.signed_attributes,
            signature: signature.as_bytes(),
            certificates: &self.certificates,
            timestamp: timestamp.map(TimestampToken::der),
        }
    }

    /// Compares the content with what was prepared.
    fn require_content(&self, content: Content<'_>) -> Result<(), EmbedError> {
        let algorithm = self.algorithm.digest();
        let (packaging, same) = match content {
            Content::Digest(digest) => (Packaging::Detached, digest == self.content_digest),
            Content::Enveloping(source) | Content::Detached(source) => {
                let digests = Digests::read(source, &[algorithm]).map_err(EmbedError::Read)?;
                let packaging = match content {
                    Content::Enveloping(_) => Packaging::Enveloping,
                    _ => Packaging::Detached,
                };
                (packaging, digests.by(algorithm) == Some(self.content_digest.as_slice()))
            }
        };
        if packaging != self.packaging {
            return Err(EmbedError::OtherPackaging);
        }
        if same { Ok(()) } else { Err(EmbedError::WrongContent) }
    }

    /// EN 319 122-1 6.3: a token exactly if the level has one, and a good one over this value.
    fn require_token(
        &self,
        signature: &SignatureValue,
        token: Option<&TimestampToken>,
        provider: &dyn CryptoProvider,
    ) -> Result<(), EmbedError> {
        match (self.level, token) {
            (AdesLevel::B, None) => Ok(()),
            (AdesLevel::B, Some(_)) => Err(EmbedError::TimestampUnexpected),
            (_, None) => Err(EmbedError::TimestampMissing),
            (_, Some(token)) => {
                token.require_imprint_of(signature.as_bytes()).map_err(EmbedError::TimestampUnusable)?;
                token.verify(&[], provider).map_err(EmbedError::TimestampUnusable)?;
                Ok(())
            }
        }
    }

    /// Checks the signer info as it will stand in the file.
    fn require_signer(&self, signer: &SignerInfo<'_>, provider: &dyn CryptoProvider) -> Result<(), EmbedError> {
        let certificate = self.certificates.first().ok_or(EmbedError::DamagedState)?;
        let content_type = match self.packaging {
            Packaging::Counter { .. } => signer.content_type() == Ok(None),
            _ => matches!(signer.content_type(), Ok(Some(_))),
        };
        let bound = signer.message_digest() == Ok(Some(self.content_digest.as_slice()))
            && signer.references(certificate) == Ok(Some(true))
            && content_type;
        if !bound || signer.algorithm != Some(self.algorithm) {
            return Err(EmbedError::DamagedState);
        }
        signer.verify_value(certificate, provider).map_err(EmbedError::SignatureDoesNotVerify)
    }
}

/// Why copying stopped.
enum Copy {
    Read(io::Error),
    Write(io::Error),
}

impl From<io::Error> for Copy {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<Copy> for EmbedError {
    fn from(failure: Copy) -> Self {
        match failure {
            Copy::Read(error) => Self::Read(error),
            Copy::Write(error) => Self::Write(error),
        }
    }
}
