//! A development certification authority: certificates for proven requests, CRLs, OCSP answers. RFC 5280, RFC 6960.
//!
//! ```
//! use test_support::ca::{CaPlan, DevelopmentCa};
//! use test_support::random::SystemRandomness;
//!
//! let now = 1_800_000_000;
//! let root = DevelopmentCa::root(&CaPlan::in_memory("root", "Root"), now, &SystemRandomness)?;
//! let issuing = DevelopmentCa::under(&root, &CaPlan::in_memory("ca1", "Issuing CA"), now, &SystemRandomness)?;
//! assert_eq!(issuing.chain().len(), 2);
//! # Ok::<(), test_support::error::AuthorityError>(())
//! ```

pub mod mode;
pub mod records;

use crate::error::AuthorityError;
use crate::pki::certificate::{BACKDATING, CertificateContent, sign_certificate};
use crate::pki::crl::{ListContent, sign_list};
use crate::pki::extension::{self, StatusLocations};
use crate::pki::key::{AuthorityKey, KeyKind, public_key_bits};
use crate::pki::name::distinguished_name;
use crate::pki::ocsp::{self, CertStatus, OcspRequest, Responder, ResponseStatus, SingleResponse};
use crate::pki::oid;
use crate::pki::request::{ProvenRequest, RequestRefused};
use crate::random::{Randomness, serial};
use der::asn1::Null;
use der::{Decode, Encode};
pub use mode::CaMode;
use records::{Records, Revocation};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use x509_cert::Certificate;
use x509_cert::ext::Extension;
pub use x509_cert::ext::pkix::CrlReason;

const DAY: u64 = 86_400;
const YEAR: u64 = 365 * DAY;
/// How long a signer's certificate is valid.
pub const SIGNER_LIFETIME: u64 = YEAR;
/// How long a list is good for.
pub const LIST_LIFETIME: u64 = 7 * DAY;
/// How long an OCSP answer is good for.
pub const ANSWER_LIFETIME: u64 = DAY;

/// What an authority is made from.
#[derive(Debug, Clone)]
pub struct CaPlan {
    /// Name of its files and of its place under the base URL.
    pub label: String,
    /// Its common name; " (DEMO, NOT VALID)" is added.
    pub common_name: String,
    /// Which key it signs with.
    pub kind: KeyKind,
    /// Where its lists and answers are found: `{base_url}/{label}/crl` and so on.
    pub base_url: String,
    /// Where key, certificate and records are kept; in memory only when `None`.
    pub folder: Option<PathBuf>,
}

impl CaPlan {
    /// A P-256 authority that keeps nothing; its URLs lead nowhere.
    #[must_use]
    pub fn in_memory(label: &str, common_name: &str) -> Self {
        Self {
            label: label.to_owned(),
            common_name: common_name.to_owned(),
            kind: KeyKind::P256,
            base_url: "http://authority.example".to_owned(),
            folder: None,
        }
    }

    fn locations(&self, with_ocsp: bool) -> StatusLocations {
        let place = format!("{}/{}", self.base_url, self.label);
        StatusLocations {
            crl: format!("{place}/crl"),
            ocsp: with_ocsp.then(|| format!("{place}/ocsp")),
            issuer_certificate: format!("{place}/issuer.cer"),
        }
    }

    fn file(&self, ending: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{}.{ending}", self.label)))
    }

    fn key(&self) -> Result<AuthorityKey, AuthorityError> {
        match self.file("key") {
            Some(path) => AuthorityKey::load_or_generate(&path, self.kind),
            None => AuthorityKey::generate(self.kind),
        }
    }
}

/// Why no certificate was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The request is at fault.
    #[error(transparent)]
    Refused(#[from] RequestRefused),
    /// The authority is at fault.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// A certification authority with its books. See the module for an example.
pub struct DevelopmentCa {
    name: Vec<u8>,
    key: AuthorityKey,
    certificate: Vec<u8>,
    issuers: Vec<Vec<u8>>,
    locations: StatusLocations,
    responder: OwnResponder,
    records: Mutex<Records>,
}

struct OwnResponder {
    key: AuthorityKey,
    certificate: Vec<u8>,
}

impl DevelopmentCa {
    /// A root: self-signed, answers about the authorities below it by CRL and OCSP.
    pub fn root(plan: &CaPlan, now: u64, random: &dyn Randomness) -> Result<Self, AuthorityError> {
        let (name, key) = (authority_name(&plan.common_name)?, plan.key()?);
        let certificate = stored_or(plan, &key, None, now, || {
            let mut extensions = extension::authority(2)?;
            extensions.extend(extension::key_identifiers(key.identifier(), None)?);
            let content = CertificateContent {
                serial: &serial::<16>(random),
                issuer: &name,
                subject: &name,
                spki: key.spki(),
                validity: (now.saturating_sub(BACKDATING), now + 10 * YEAR),
                extensions,
            };
            sign_certificate(content, &key)
        })?;
        Self::assemble(plan, (name, key), certificate, Vec::new(), (now, random))
    }

    /// An authority whose certificate `parent` issues.
    pub fn under(parent: &Self, plan: &CaPlan, now: u64, random: &dyn Randomness) -> Result<Self, AuthorityError> {
        let (name, key) = (authority_name(&plan.common_name)?, plan.key()?);
        let certificate = stored_or(plan, &key, Some(&parent.locations.crl), now, || {
            parent.certify(&name, key.spki(), extension::authority(0)?, 5 * YEAR, (now, random))
        })?;
        Self::assemble(plan, (name, key), certificate, parent.chain(), (now, random))
    }

    fn assemble(
        plan: &CaPlan,
        (name, key): (Vec<u8>, AuthorityKey),
        certificate: Vec<u8>,
        issuers: Vec<Vec<u8>>,
        (now, random): (u64, &dyn Randomness),
    ) -> Result<Self, AuthorityError> {
        let records = match plan.file("records") {
            Some(path) => Records::open(&path)?,
            None => Records::default(),
        };
        let responder = OwnResponder { key: AuthorityKey::generate(KeyKind::P256)?, certificate: Vec::new() };
        let locations = plan.locations(true);
        let records = Mutex::new(records);
        let mut ca = Self { name, key, certificate, issuers, locations, responder, records };
        let mut extensions = extension::single_purpose(oid::OCSP_SIGNING, false)?;
        extensions.push(extension::ocsp_no_check()?);
        let subject = authority_name(&format!("{} OCSP", plan.common_name))?;
        let content = ca.content(&subject, ca.responder.key.spki(), YEAR, now);
        extensions.extend(extension::key_identifiers(ca.responder.key.identifier(), Some(ca.key.identifier()))?);
        let serial = serial::<16>(random);
        ca.responder.certificate =
            sign_certificate(CertificateContent { serial: &serial, extensions, ..content }, &ca.key)?;
        Ok(ca)
    }

    /// Issues a signer's certificate for a PKCS#10 request, DER to DER.
    pub fn issue(&self, request: &[u8], now: u64, random: &dyn Randomness) -> Result<Vec<u8>, IssueError> {
        let request = ProvenRequest::from_der(request)?;
        let extensions = extension::signer().map_err(AuthorityError::from)?;
        Ok(self.certify(&request.subject, &request.spki, extensions, SIGNER_LIFETIME, (now, random))?)
    }

    /// Issues any certificate, without looking at a request; identifiers and status locations are added to `extensions`.
    pub fn certify(
        &self,
        subject: &[u8],
        spki: &[u8],
        mut extensions: Vec<Extension>,
        lifetime: u64,
        (now, random): (u64, &dyn Randomness),
    ) -> Result<Vec<u8>, AuthorityError> {
        let subject_identifier = crate::pki::key::key_identifier(spki)?;
        extensions.extend(extension::key_identifiers(subject_identifier, Some(self.key.identifier()))?);
        extensions.extend(extension::status_locations(&self.locations)?);
        let serial = serial::<16>(random);
        let content = self.content(subject, spki, lifetime, now);
        let not_after = content.validity.1;
        let certificate = sign_certificate(CertificateContent { serial: &serial, extensions, ..content }, &self.key)?;
        // In the books first: a certificate that is handed out is always known to the responder.
        self.books().issue(&serial, not_after)?;
        Ok(certificate)
    }

    fn content<'a>(&'a self, subject: &'a [u8], spki: &'a [u8], lifetime: u64, now: u64) -> CertificateContent<'a> {
        let validity = (now.saturating_sub(BACKDATING), now + lifetime);
        CertificateContent { serial: &[], issuer: &self.name, subject, spki, validity, extensions: Vec::new() }
    }

    /// Revokes a certificate that this authority issued; `false` if it did not.
    pub fn revoke(&self, certificate: &[u8], reason: CrlReason, now: u64) -> Result<bool, AuthorityError> {
        let certificate = Certificate::from_der(certificate)?;
        if certificate.tbs_certificate().issuer().to_der()? != self.name {
            return Ok(false);
        }
        let serial = certificate.tbs_certificate().serial_number().as_bytes().to_vec();
        self.books().revoke(Revocation { serial, at: now, reason })
    }

    /// DER of a complete list as of `now`.
    pub fn crl(&self, now: u64) -> Result<Vec<u8>, AuthorityError> {
        self.crl_with(Vec::new(), now)
    }

    /// DER of a list with further extensions, for example one that limits its scope.
    pub fn crl_with(&self, more_extensions: Vec<Extension>, now: u64) -> Result<Vec<u8>, AuthorityError> {
        let revoked = self.books().revoked();
        let content = ListContent {
            issuer: &self.name,
            this_update: now,
            next_update: now + LIST_LIFETIME,
            revoked: &revoked,
            more_extensions,
        };
        sign_list(content, &self.key)
    }

    /// Answers an OCSP request, DER to DER. Also what is wrong with a request is said in OCSP.
    pub fn ocsp(&self, request: &[u8], now: u64) -> Result<Vec<u8>, AuthorityError> {
        let Ok(request) = OcspRequest::from_der(request) else {
            return Ok(ocsp::refusal(ResponseStatus::MalformedRequest)?);
        };
        let request = request.tbs_request;
        let key_bits = public_key_bits(self.key.spki())?;
        let mut answers = Vec::new();
        for question in request.request_list {
            let status = if question.cert_id.is_issued_by(&self.name, &key_bits) {
                self.books().status(question.cert_id.serial_number.as_bytes())?
            } else {
                CertStatus::Unknown(Null)
            };
            answers.push(SingleResponse::new(question.cert_id, status, now, now + ANSWER_LIFETIME)?);
        }
        let extensions = request.request_extensions.unwrap_or_default();
        let nonce = extensions.into_iter().find(|extension| extension.extn_id == oid::OCSP_NONCE);
        let responder = Responder { key: &self.responder.key, certificate: &self.responder.certificate };
        ocsp::sign_response(&responder, answers, nonce, now)
    }

    /// DER of its own certificate.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its own certificate, its issuer's, and so on to the root.
    #[must_use]
    pub fn chain(&self) -> Vec<Vec<u8>> {
        std::iter::once(&self.certificate).chain(&self.issuers).cloned().collect()
    }

    /// DER of the root above it, or of itself.
    #[must_use]
    pub fn root_certificate(&self) -> &[u8] {
        self.issuers.last().unwrap_or(&self.certificate)
    }

    /// DER of its Name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Where its lists and answers are found.
    #[must_use]
    pub fn locations(&self) -> &StatusLocations {
        &self.locations
    }

    fn books(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn authority_name(common_name: &str) -> Result<Vec<u8>, AuthorityError> {
    Ok(distinguished_name("Rakkan Demo", &format!("{common_name} (DEMO, NOT VALID)"))?)
}

/// The stored certificate, if it is about this key, names the parent's present address and stays valid for a month; else a new one.
fn stored_or(
    plan: &CaPlan,
    key: &AuthorityKey,
    address: Option<&str>,
    now: u64,
    make: impl FnOnce() -> Result<Vec<u8>, AuthorityError>,
) -> Result<Vec<u8>, AuthorityError> {
    let Some(path) = plan.file("crt") else { return make() };
    if let Ok(stored) = std::fs::read(&path)
        && still_fits(&stored, key, address, now)
    {
        return Ok(stored);
    }
    let certificate = make()?;
    write(&path, &certificate)?;
    Ok(certificate)
}

fn still_fits(stored: &[u8], key: &AuthorityKey, address: Option<&str>, now: u64) -> bool {
    let Ok(certificate) = Certificate::from_der(stored) else {
        return false;
    };
    let tbs = certificate.tbs_certificate();
    let until = tbs.validity().not_after.to_unix_duration().as_secs();
    let same_key = tbs.subject_public_key_info().to_der().is_ok_and(|spki| spki == key.spki());
    let here = address.is_none_or(|url| stored.windows(url.len()).any(|bytes| bytes == url.as_bytes()));
    same_key && here && until > now + 30 * DAY
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    std::fs::write(path, bytes).map_err(|source| AuthorityError::Folder {
        action: "write",
        path: path.to_owned(),
        source,
    })
}
