//! What a signer may state beside the signature itself: commitment, roles, policy, place. EN 319 122-1 5.2.
//!
//! The same attributes serve CAdES and PAdES; which of them a format allows is decided there.

mod encode;

use crate::Oid;
use crate::crypto::DigestAlgorithm;
use crate::tsp::TimestampToken;

/// Signed attributes beside the mandatory ones. Nothing is stated by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignedAttributes {
    commitments: Vec<Commitment>,
    claimed_roles: Vec<String>,
    certified_roles: Vec<Vec<u8>>,
    policy: Option<SignaturePolicy>,
    location: Option<SignerLocation>,
    content_timestamps: Vec<TimestampToken>,
    content_hint: Option<ContentHint>,
    mime_type: Option<String>,
}

/// What the signer commits to by signing. EN 319 122-1 5.2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Commitment {
    /// Has created, approved and sent the content.
    ProofOfOrigin,
    /// Has received the content.
    ProofOfReceipt,
    /// (A delivery service) has delivered the content.
    ProofOfDelivery,
    /// Has sent the content, without having created it.
    ProofOfSender,
    /// Approves the content.
    ProofOfApproval,
    /// Has created the content, without approving or sending it.
    ProofOfCreation,
    /// Another commitment, by its identifier.
    Other(Oid),
}

/// The policy under which the signature is made. EN 319 122-1 5.2.9.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignaturePolicy {
    /// A document that is named and whose digest is signed.
    Explicit(ExplicitPolicy),
    /// The policy follows from the content or its surroundings. The standard keeps this form for old signatures only: new ones are
    /// better without it, as baseline validators do not know what to do with it.
    Implied,
}

/// A signature policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplicitPolicy {
    oid: Oid,
    digest_algorithm: DigestAlgorithm,
    digest: Vec<u8>,
    uri: Option<String>,
    notice: Option<String>,
    specification: Option<PolicySpecification>,
}

/// How the policy document is written, so that programs can read it. EN 319 122-1 5.2.9.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySpecification {
    /// A specification with an identifier.
    Oid(Oid),
    /// A specification with an address.
    Uri(String),
}

impl ExplicitPolicy {
    /// The policy `oid`, whose document has this digest.
    pub fn new(oid: Oid, digest_algorithm: DigestAlgorithm, digest: impl Into<Vec<u8>>) -> Self {
        Self { oid, digest_algorithm, digest: digest.into(), uri: None, notice: None, specification: None }
    }

    /// Where the policy document can be had.
    #[must_use]
    pub fn with_uri(mut self, uri: impl Into<String>) -> Self {
        self.uri = Some(uri.into());
        self
    }

    /// Text that is to be shown to whoever looks at the signature (at most 200 characters).
    #[must_use]
    pub fn with_notice(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(text.into());
        self
    }

    /// How the policy document is written.
    #[must_use]
    pub fn with_specification(mut self, specification: PolicySpecification) -> Self {
        self.specification = Some(specification);
        self
    }
}

/// Where the signer was, by own account. EN 319 122-1 5.2.5. At least one part must be there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignerLocation {
    /// Country, as a name or code.
    pub country: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// Lines of a postal address, at most six.
    pub postal_address: Vec<String>,
}

/// What the content is. EN 319 122-1 5.2.4.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentHint {
    /// Content type; `id-data` if nothing better is known.
    pub content_type: Oid,
    /// Description for people.
    pub description: Option<String>,
}

/// Why attributes cannot be signed as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// A part that must say something is empty.
    #[error("{0} is empty; give it a value or leave the attribute out")]
    Empty(&'static str),
    /// A part is longer than the format allows.
    #[error("{what} is too long; the format allows {most}")]
    TooLong {
        /// What it is about.
        what: &'static str,
        /// The most that is allowed.
        most: usize,
    },
    /// The format has only ASCII there.
    #[error("{0} has characters other than ASCII; write it as a URI")]
    NotAscii(&'static str),
    /// The digest of the policy has another length than its algorithm makes.
    #[error("the digest of the signature policy does not fit its algorithm; compute it again from the policy document")]
    PolicyDigest,
    /// A certified role that is no attribute certificate.
    #[error("a certified role is not a DER attribute certificate; ask its issuer for one")]
    NotAttributeCertificate,
    /// Something that PAdES says in the PDF, or not at all.
    #[error("{what} is not allowed in a PAdES signature; {instead}")]
    NotInPades {
        /// The attribute.
        what: &'static str,
        /// What to do.
        instead: &'static str,
    },
}

impl SignedAttributes {
    /// No attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a commitment.
    #[must_use]
    pub fn with_commitment(mut self, commitment: Commitment) -> Self {
        self.commitments.push(commitment);
        self
    }

    /// Adds a role that the signer claims.
    #[must_use]
    pub fn with_claimed_role(mut self, role: impl Into<String>) -> Self {
        self.claimed_roles.push(role.into());
        self
    }

    /// Adds a role that somebody certified: a DER attribute certificate (RFC 5755).
    #[must_use]
    pub fn with_certified_role(mut self, attribute_certificate: impl Into<Vec<u8>>) -> Self {
        self.certified_roles.push(attribute_certificate.into());
        self
    }

    /// Signs under a policy.
    #[must_use]
    pub fn with_policy(mut self, policy: SignaturePolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// States where the signer is.
    #[must_use]
    pub fn with_location(mut self, location: SignerLocation) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds a time-stamp over the content, which proves that the signature was made after it.
    #[must_use]
    pub fn with_content_timestamp(mut self, token: TimestampToken) -> Self {
        self.content_timestamps.push(token);
        self
    }

    /// Says what the content is.
    #[must_use]
    pub fn with_content_hint(mut self, hint: ContentHint) -> Self {
        self.content_hint = Some(hint);
        self
    }

    /// Says which media type the content has.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Commitments.
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// Policy.
    pub fn policy(&self) -> Option<&SignaturePolicy> {
        self.policy.as_ref()
    }

    /// Location.
    pub fn location(&self) -> Option<&SignerLocation> {
        self.location.as_ref()
    }

    /// Time-stamps over the content.
    pub fn content_timestamps(&self) -> &[TimestampToken] {
        &self.content_timestamps
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses what EN 319 142-1 6.3 leaves to the PDF: the location stands in the entry Location, and the type of the content is PDF.
    pub(crate) fn require_allowed_in_pades(&self) -> Result<(), AttributeError> {
        let not_allowed = |what, instead| Err(AttributeError::NotInPades { what, instead });
        if self.location.is_some() {
            return not_allowed("a signer location", "give the location of the PDF signature instead");
        }
        if self.content_hint.is_some() || self.mime_type.is_some() {
            return not_allowed("a hint about the type of the content", "leave it out, a PDF says what it is");
        }
        if !self.content_timestamps.is_empty() {
            // What it would cover exists only when the signature is prepared, and then it is too late to sign it.
            return not_allowed("a time-stamp over the content", "time-stamp the document before it is signed");
        }
        Ok(())
    }
}
