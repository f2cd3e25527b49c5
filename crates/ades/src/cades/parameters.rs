//! What a CAdES signature is to be like.

use crate::attributes::SignedAttributes;
use crate::crypto::SignatureAlgorithm;
use crate::level::AdesLevel;
use crate::x509::Certificate;

/// Everything that decides what a signature looks like, but the content and the key.
#[derive(Debug, Clone)]
pub struct CadesParameters {
    pub(super) certificate: Certificate,
    pub(super) chain: Vec<Certificate>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) level: AdesLevel,
    pub(super) claimed_time: u64,
    pub(super) attributes: SignedAttributes,
}

impl CadesParameters {
    /// Parameters with nothing optional.
    ///
    /// `claimed_time` (Unix seconds) goes into the attribute signing-time: what the signer's side says, proven by nothing. Levels above
    /// B-T are reached afterwards, by [`add_validation_data`](super::add_validation_data) and
    /// [`prepare_archive_timestamp`](super::prepare_archive_timestamp); when signing they are the same as B-T.
    pub fn new(certificate: Certificate, algorithm: SignatureAlgorithm, level: AdesLevel, claimed_time: u64) -> Self {
        Self { certificate, chain: Vec::new(), algorithm, level, claimed_time, attributes: SignedAttributes::new() }
    }

    /// Adds the issuing certificates, from the signer's issuer upwards; the root may be left out.
    #[must_use]
    pub fn with_chain(mut self, chain: Vec<Certificate>) -> Self {
        self.chain = chain;
        self
    }

    /// What the signer states beside the signature.
    #[must_use]
    pub fn with_attributes(mut self, attributes: SignedAttributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// The signing certificate first.
    pub(super) fn certificates(&self) -> Vec<Certificate> {
        std::iter::once(&self.certificate).chain(&self.chain).cloned().collect()
    }
}
