//! What a signature is to be like.

use super::FieldLock;
use super::appearance::Appearance;
use crate::attributes::SignedAttributes;
use crate::crypto::SignatureAlgorithm;
use crate::level::AdesLevel;
use crate::pdf::{Certification, Limits, OpenOptions, PageChoice, Password};
use crate::x509::Certificate;

/// Room for a time-stamp token with its certificates. Tokens seen in practice have 1.5 to 8 kB.
pub(super) const DEFAULT_TIMESTAMP_ROOM: usize = 12 * 1024;

/// Which signature field is signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FieldChoice {
    /// A new invisible field, under the first free name `Signature1`, `Signature2`, ...
    #[default]
    New,
    /// A new invisible field under this name, which must be free and have no dot.
    NewNamed(String),
    /// An empty signature field that is in the document, by its full name.
    Existing(String),
}

/// Everything that decides what a signature looks like, but the document and the key.
#[derive(Debug, Clone)]
pub struct SignatureParameters {
    pub(super) certificate: Certificate,
    pub(super) chain: Vec<Certificate>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) level: AdesLevel,
    pub(super) claimed_time: u64,
    pub(super) field: FieldChoice,
    pub(super) page: PageChoice,
    pub(super) certification: Option<Certification>,
    pub(super) field_lock: Option<FieldLock>,
    pub(super) appearance: Option<Appearance>,
    pub(super) reason: Option<String>,
    pub(super) location: Option<String>,
    pub(super) signer_name: Option<String>,
    pub(super) contact: Option<String>,
    pub(super) attributes: SignedAttributes,
    pub(super) timestamp_room: usize,
    pub(super) options: OpenOptions,
}

impl SignatureParameters {
    /// Parameters with nothing optional.
    ///
    /// `claimed_time` (Unix seconds) goes into the PDF's entry M: what the signer's side says, proven by nothing.
    pub fn new(certificate: Certificate, algorithm: SignatureAlgorithm, level: AdesLevel, claimed_time: u64) -> Self {
        Self {
            certificate,
            chain: Vec::new(),
            algorithm,
            level,
            claimed_time,
            field: FieldChoice::default(),
            page: PageChoice::Number(1),
            certification: None,
            field_lock: None,
            appearance: None,
            reason: None,
            location: None,
            signer_name: None,
            contact: None,
            attributes: SignedAttributes::new(),
            timestamp_room: DEFAULT_TIMESTAMP_ROOM,
            options: OpenOptions::default(),
        }
    }

    /// Adds the issuing certificates, from the signer's issuer upwards; the root may be left out.
    #[must_use]
    pub fn with_chain(mut self, chain: Vec<Certificate>) -> Self {
        self.chain = chain;
        self
    }

    /// Chooses the signature field.
    #[must_use]
    pub fn in_field(mut self, field: FieldChoice) -> Self {
        self.field = field;
        self
    }

    /// Chooses the page of a new field; without this it is the first one.
    #[must_use]
    pub fn on_page(mut self, page: PageChoice) -> Self {
        self.page = page;
        self
    }

    /// Certifies the document: what is said here may be changed later, and nothing else. Only its first signature can do that.
    #[must_use]
    pub fn certifying(mut self, allowing: Certification) -> Self {
        self.certification = Some(allowing);
        self
    }

    /// Locks form fields with the signature.
    #[must_use]
    pub fn locking(mut self, lock: FieldLock) -> Self {
        self.field_lock = Some(lock);
        self
    }

    /// Makes the signature visible; without this it is invisible.
    #[must_use]
    pub fn with_appearance(mut self, appearance: Appearance) -> Self {
        self.appearance = Some(appearance);
        self
    }

    /// Why the document is signed.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Where the document is signed.
    #[must_use]
    pub fn with_location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Who signs, as shown by programs that do not read the certificate.
    #[must_use]
    pub fn with_signer_name(mut self, name: impl Into<String>) -> Self {
        self.signer_name = Some(name.into());
        self
    }

    /// How to reach the signer.
    #[must_use]
    pub fn with_contact(mut self, contact: impl Into<String>) -> Self {
        self.contact = Some(contact.into());
        self
    }

    /// What the signer states beside the signature. A location or a type of content is refused: EN 319 142-1 6.3 has them in the PDF.
    #[must_use]
    pub fn with_attributes(mut self, attributes: SignedAttributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Bytes reserved for the time-stamp token at level T and above.
    #[must_use]
    pub fn with_timestamp_room(mut self, bytes: usize) -> Self {
        self.timestamp_room = bytes;
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
