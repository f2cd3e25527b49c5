//! What proves later that certificates were good when they were used: certificates, revocation lists, OCSP answers. RFC 5280; RFC 6960.
//!
//! [`Crl`] and [`OcspResponse`] read what others made and keep their bytes as they came: signatures and hashes are over those bytes,
//! and what goes into a document is those bytes. Reading is lenient about encodings that DER does not have; it decides nothing about
//! trust. [`Evidence`] is a collection of them without repetition, in the order in which they were added.
//!
//! [`plan`](plan()) finds in such a collection what proves that the certificates of a signature were good, checks it, and says what is
//! missing and where it may be had. It fetches nothing: that is the work of a crate with a network.

mod bundle;
mod crl;
mod document;
mod error;
mod format;
mod identifier;
mod known;
mod ocsp;
mod path;
mod plan;
mod policy;
mod request;
mod revocation;
mod subject;

pub use bundle::certificates_of_bundle;
pub use crl::{Crl, CrlScope, Revocation};
pub use document::{SignatureSubjects, evidence_of_pdf, subjects_of_pdf};
pub use error::{EvidenceError, Missing, Rejection, RejectionReason, RevocationKind};
pub use format::FormatError;
pub use ocsp::{CertificateStatus, OcspResponse, ResponderId, SingleStatus};
pub use path::path_to_anchor;
pub use plan::{Basis, Plan, SubjectEvidence, Supported, plan};
pub use policy::{EvidencePolicy, Freshness};
pub use request::{OcspNonce, OcspQuestion};
pub use subject::{Role, Subject};

use crate::x509::Certificate;

/// Certificates, revocation lists and OCSP answers: each once, in the order in which they were added.
///
/// ```
/// use ades::evidence::Evidence;
///
/// let mut evidence = Evidence::new();
/// assert!(evidence.is_empty());
/// # let certificate = ades::x509::Certificate::from_der(include_bytes!("../../../../fuzz/data/ca.der")).unwrap();
/// assert!(evidence.add_certificate(certificate.clone()));
/// assert!(!evidence.add_certificate(certificate), "it is there already");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsp: Vec<OcspResponse>,
}

impl Evidence {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Certificates and nothing else.
    #[must_use]
    pub fn of_certificates(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut evidence = Self::new();
        for certificate in certificates {
            evidence.add_certificate(certificate);
        }
        evidence
    }

    /// Adds a certificate; says whether it was new.
    pub fn add_certificate(&mut self, certificate: Certificate) -> bool {
        add(&mut self.certificates, certificate)
    }

    /// Adds a revocation list; says whether it was new.
    pub fn add_crl(&mut self, crl: Crl) -> bool {
        add(&mut self.crls, crl)
    }

    /// Adds an OCSP answer; says whether it was new.
    pub fn add_ocsp(&mut self, ocsp: OcspResponse) -> bool {
        add(&mut self.ocsp, ocsp)
    }

    /// Adds everything of `other`; says whether anything was new.
    pub fn extend(&mut self, other: &Self) -> bool {
        let mut new = false;
        for certificate in &other.certificates {
            new |= self.add_certificate(certificate.clone());
        }
        for crl in &other.crls {
            new |= self.add_crl(crl.clone());
        }
        for ocsp in &other.ocsp {
            new |= self.add_ocsp(ocsp.clone());
        }
        new
    }

    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The revocation lists.
    #[must_use]
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// The OCSP answers.
    #[must_use]
    pub fn ocsp(&self) -> &[OcspResponse] {
        &self.ocsp
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.crls.is_empty() && self.ocsp.is_empty()
    }
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) -> bool {
    if all.contains(&one) {
        return false;
    }
    all.push(one);
    true
}
