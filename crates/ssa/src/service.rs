//! The server signing application as one value: what it is made of, and what all use cases share.

use crate::authority::CertificateAuthority;
use crate::fault::Source;
use crate::ids::SignerId;
use crate::incoming::Doors;
use crate::officer::OfficerKey;
use crate::ports::{Clock, RandomUnavailable, SecureRandom};
use crate::sam_client::{ActivationClient, SamError};
use connectors::tsa::TsaList;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use store::Store;
use tokio::sync::Semaphore;

/// Files of strangers that are computed over at the same time; the others wait. One processor is left for signing.
const CHECKS_AT_ONCE: usize = 2;

/// Rules of this installation.
#[derive(Debug, Clone)]
pub struct Config {
    /// The only origin from which a login is accepted, for example `https://portal.example.jp`.
    pub portal_origin: String,
    /// The portal's name on the signing page.
    pub portal_name: String,
    /// How signers are identified before registration; stands in every registration assertion.
    pub proofing_level: String,
    /// Largest document, in octets.
    pub document_limit: u64,
    /// Files that are received and looked at at the same time, for those who are signed in and for all others.
    pub files_at_once: usize,
    /// Seconds that an uploaded document is kept at most.
    pub document_lifetime: u64,
    /// Seconds that a signed document waits for its time-stamp and its download.
    pub signed_lifetime: u64,
    /// Seconds that a delivered document stays for a repeated download.
    pub delivery_grace: u64,
    /// Seconds that a document is kept after delivery if its owner asked for it.
    pub kept_lifetime: u64,
    /// Seconds that a portal session lasts.
    pub session_lifetime: u64,
    /// Seconds that a registration or a login may take.
    pub ceremony_lifetime: u64,
}

impl Config {
    /// The usual limits for a portal at `portal_origin`.
    pub fn new(portal_origin: impl Into<String>) -> Self {
        Self {
            portal_origin: portal_origin.into(),
            portal_name: "Rakkan".to_owned(),
            proofing_level: "demo".to_owned(),
            document_limit: 100 * 1024 * 1024,
            files_at_once: 16,
            document_lifetime: 24 * 3600,
            signed_lifetime: 7 * 24 * 3600,
            delivery_grace: 600,
            kept_lifetime: 30 * 24 * 3600,
            session_lifetime: 8 * 3600,
            ceremony_lifetime: 600,
        }
    }
}

/// What an [`Ssa`] is made of.
pub struct Parts {
    /// Where records and documents are kept.
    pub store: Store,
    /// The signature activation module.
    pub sam: ActivationClient,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random octets.
    pub random: Arc<dyn SecureRandom>,
    /// The registration authority's key, whose public half the module has pinned.
    pub officer: OfficerKey,
    /// Certification authorities that signers can choose.
    pub authorities: Vec<CertificateAuthority>,
    /// Time-stamp authorities.
    pub timestamps: TsaList,
    /// Rules.
    pub config: Config,
}

/// The use cases. Clones share everything.
#[derive(Clone)]
pub struct Ssa {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    doors: Doors,
    checks: Arc<Semaphore>,
    record_locks: Mutex<HashMap<SignerId, Weak<tokio::sync::Mutex<()>>>>,
}

/// What the signature activation module says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamStatus {
    /// RP ID of all passkeys.
    pub rp_id: String,
    /// The only origin on which approvals are made.
    pub signing_origin: String,
    /// The only origin on which passkeys are registered.
    pub enrolment_origin: String,
    /// Whether the rules for SCAL2 hold.
    pub scal2: bool,
    /// Whether keys are in the software token.
    pub software_token: bool,
    /// Whether the module's clock is synchronised.
    pub clock_synchronised: bool,
    /// Name of the signing log.
    pub log_origin: String,
    /// Its key as text (C2SP signed-note).
    pub log_verifier_key: String,
}

/// The module did not say what it is.
#[derive(Debug, thiserror::Error)]
#[error(
    "the signature activation module gave no status; check that `rakkan sam` runs and that both sides name the same socket"
)]
pub struct StatusError(#[source] Source);

impl Ssa {
    /// Puts the parts together. Nothing is contacted yet.
    pub fn new(parts: Parts) -> Self {
        let doors = Doors::new(parts.config.files_at_once);
        let checks = Arc::new(Semaphore::new(CHECKS_AT_ONCE));
        Self { inner: Arc::new(Inner { parts, doors, checks, record_locks: Mutex::new(HashMap::new()) }) }
    }

    /// Asks the signature activation module what it is.
    ///
    /// # Errors
    /// [`StatusError`] if it does not answer.
    pub async fn sam_status(&self) -> Result<SamStatus, StatusError> {
        self.module_status().await.map_err(|error| StatusError(error.into()))
    }

    pub(crate) async fn module_status(&self) -> Result<SamStatus, SamError> {
        let info = self.sam().hello().await?;
        Ok(SamStatus {
            rp_id: info.rp_id,
            signing_origin: info.signing_origin,
            enrolment_origin: info.enrolment_origin,
            scal2: info.scal2,
            software_token: info.software_token,
            clock_synchronised: info.clock_synchronised,
            log_origin: info.log_origin,
            log_verifier_key: info.log_verifier_key,
        })
    }

    pub(crate) fn doors(&self) -> &Doors {
        &self.inner.doors
    }

    /// Places for checks of strangers' files, which take processor time.
    pub(crate) fn checks(&self) -> &Arc<Semaphore> {
        &self.inner.checks
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    pub(crate) fn sam(&self) -> &ActivationClient {
        &self.inner.parts.sam
    }

    pub(crate) fn officer(&self) -> &OfficerKey {
        &self.inner.parts.officer
    }

    pub(crate) fn authorities(&self) -> &[CertificateAuthority] {
        &self.inner.parts.authorities
    }

    pub(crate) fn timestamps(&self) -> &TsaList {
        &self.inner.parts.timestamps
    }

    /// Rules of this installation.
    pub fn config(&self) -> &Config {
        &self.inner.parts.config
    }

    /// The time as the service sees it, Unix seconds.
    pub fn now(&self) -> u64 {
        self.inner.parts.clock.now()
    }

    /// The time in the form of stored records.
    pub(crate) fn stored_now(&self) -> i64 {
        stored_time(self.now())
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], RandomUnavailable> {
        let mut octets = [0; N];
        self.inner.parts.random.fill(&mut octets)?;
        Ok(octets)
    }

    /// Whoever changes a signer's sealed record holds this lock: the module knows one newest record, so changes go one after the other.
    pub(crate) fn record_lock(&self, signer_id: SignerId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.inner.record_locks.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        locks.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = locks.get(&signer_id).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        locks.insert(signer_id, Arc::downgrade(&lock));
        lock
    }
}

/// Times beyond what a record can hold mean "never" and are kept as the largest there is.
pub(crate) fn stored_time(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Times before 1970 are never stored.
pub(crate) fn domain_time(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}
