//! The module at work: takes a request, decides, records, acts, answers. Security design 1.5, 3.5.
//!
//! Whatever changes what is allowed is durable before it has an effect: first [`SigningLog::commit`], then the memory, then the answer.
//! The state of one signer is changed by one thread at a time; signing shares it.

mod activation;
mod grants;
mod issuing;
mod present;
mod records;
mod signing;
mod state;
mod step;

pub use step::{Alert, NoObserver, Step, StepObserver};

use std::sync::Arc;

use sgm::{Deployment, KeyContext, KeyOrigin, SecureRandom, Sgm, SoleControl};

use crate::Refusal;
use crate::clock::{Clock, Reading};
use crate::config::{ConfigProblem, SamConfig, TokenKind};
use crate::enrolment::{OfficerKey, RegistrationRules};
use crate::ids::{CredentialId, Hash, SignerId};
use crate::protocol::message::{CheckpointNote, Failure, ModuleInfo, Receipt};
use crate::protocol::{Reply, Request};
use crate::sad::{BootKey, Rules};
use crate::signing_log::disk::Disk;
use crate::signing_log::{CommitError, Entry, Item, LogIdentity, LogParts, OpenError, ProveError, SigningLog, Stamp};
use grants::Grants;
use present::{Moment, Present};
use state::{SignerLocks, State};

/// What the module is made of.
pub struct Parts {
    /// Its configuration.
    pub config: SamConfig,
    /// Where keys are made and used.
    pub sgm: Arc<dyn Sgm>,
    /// Where the log is written.
    pub disk: Arc<dyn Disk>,
    /// Two clocks.
    pub clock: Box<dyn Clock>,
    /// Random bytes.
    pub rng: Arc<dyn SecureRandom>,
    /// Told of each step.
    pub observer: Arc<dyn StepObserver>,
    /// SHA-256 of the program file, for the log.
    pub binary_sha256: Hash,
    /// SHA-256 of the configuration file, for the log.
    pub configuration_sha256: Hash,
}

/// What the module found when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartReport {
    /// Entries in the log, with those of this start.
    pub entries: u64,
    /// Intents that the last run left open and that were aborted now.
    pub aborted_intents: Vec<u64>,
    /// Bytes of an unfinished write that were cut off.
    pub torn_bytes: u64,
    /// Tiles of the log that were missing or damaged and were written again.
    pub repaired_tiles: u64,
}

/// The module. Safe to use from many threads.
pub struct Service {
    sgm: Arc<dyn Sgm>,
    log: SigningLog,
    present: Present,
    rng: Arc<dyn SecureRandom>,
    observer: Arc<dyn StepObserver>,
    rules: Rules,
    registration_rules: RegistrationRules,
    officers: Vec<OfficerKey>,
    state: State,
    signers: SignerLocks,
    grants: Grants,
    about: About,
}

/// What never changes while the module runs.
struct About {
    log_origin: String,
    scal2: bool,
    software_token: bool,
}

/// Why a request is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// It must not be.
    Refused(Refusal),
    /// It cannot be.
    Failed(Failure),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why the module does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is not acceptable; every problem is told.
    #[error("the configuration of the signature activation module has {} problem(s)", .0.len())]
    Config(Vec<ConfigProblem>),
    /// The log cannot be opened.
    #[error("the signing log cannot be opened")]
    Log(#[from] OpenError),
    /// There are no random bytes.
    #[error("the source of random bytes failed")]
    Random,
}

impl Service {
    /// Checks the configuration, opens the log and makes the module ready to answer.
    ///
    /// # Errors
    /// If any of it fails; then nothing was started.
    pub fn start(parts: Parts) -> Result<(Self, StartReport), StartError> {
        let Parts { config, sgm, disk, clock, rng, observer, binary_sha256, configuration_sha256 } = parts;
        config.validate().map_err(StartError::Config)?;
        let mut sam_boot = [0; 16];
        rng.fill(&mut sam_boot).map_err(|_| StartError::Random)?;
        let boot = BootKey::generate(&sgm.log_public_key(), &*rng).map_err(|_| StartError::Random)?;
        let present = Present::new(clock, boot);
        let identity = LogIdentity {
            origin: config.log_origin.clone(),
            tenant: String::new(),
            sam_boot,
            binary_sha256,
            configuration_sha256,
        };
        let log_parts = LogParts { sgm: Arc::clone(&sgm), disk, rng: Arc::clone(&rng) };
        let (log, recovered) = SigningLog::open(&config.folder, identity, log_parts, stamp(present.glance()))?;
        let report = StartReport {
            entries: recovered.entries,
            aborted_intents: recovered.aborted_intents.clone(),
            torn_bytes: recovered.torn_bytes,
            repaired_tiles: recovered.repaired_tiles,
        };
        let service = Self {
            rules: Rules {
                rp_id: config.rp_id.clone(),
                signing_origin: config.signing_origin,
                unsynchronised_clock_allowed: config.deployment == Deployment::Development,
            },
            registration_rules: RegistrationRules { rp_id: config.rp_id, enrolment_origin: config.enrolment_origin },
            officers: config.officers,
            state: State::new(recovered),
            signers: SignerLocks::default(),
            grants: Grants::default(),
            about: About {
                log_origin: config.log_origin,
                scal2: config.sole_control == SoleControl::Scal2,
                software_token: matches!(config.token, TokenKind::Software),
            },
            present,
            sgm,
            log,
            rng,
            observer,
        };
        Ok((service, report))
    }

    /// Answers one request.
    pub fn handle(&self, request: Request) -> Reply {
        let answer = match request {
            Request::Hello => self.hello(),
            Request::StartEnrolment { signer_id } => self.start_enrolment(signer_id),
            Request::Enrol(request) => self.logged(None, self.enrol(request)),
            Request::AddKey(request) => {
                let credential_id = request.key.credential_id.clone();
                self.logged(Some(credential_id), self.add_key(request))
            }
            Request::LinkCertificate(request) => {
                let credential_id = request.credential_id.clone();
                self.logged(Some(credential_id), self.link_certificate(request))
            }
            Request::PrepareActivation(request) => {
                let credential_id = request.credential_id.clone();
                self.logged(Some(credential_id), self.prepare_activation(request))
            }
            Request::Approve(request) => self.approve(request),
            Request::Sign(request) => self.sign(request),
            Request::Proof { index } => self.proof(index),
            Request::Checkpoint => self.checkpoint(),
        };
        match answer {
            Ok(reply) => reply,
            Err(Stop::Refused(refusal)) => Reply::Refused(refusal),
            Err(Stop::Failed(failure)) => Reply::Failed(failure),
        }
    }

    fn hello(&self) -> Result<Reply, Stop> {
        let boot = self.present.boot().ok_or(Stop::Failed(Failure::Unavailable))?;
        Ok(Reply::Hello(ModuleInfo {
            instance: *boot.instance(),
            log_origin: self.about.log_origin.clone(),
            log_verifier_key: self.log.verifier_key().to_string(),
            rp_id: self.rules.rp_id.clone(),
            signing_origin: self.rules.signing_origin.clone(),
            enrolment_origin: self.registration_rules.enrolment_origin.clone(),
            scal2: self.about.scal2,
            software_token: self.about.software_token,
            clock_synchronised: self.present.glance().synchronised,
        }))
    }

    /// A proof that shows the place of an entry, not what it says: its content goes to its owner with the signature.
    fn proof(&self, index: u64) -> Result<Reply, Stop> {
        match self.log.prove(index) {
            Ok(receipt) => Ok(Reply::Proof(Receipt { receipt })),
            Err(ProveError::NoSuchEntry(_)) => Err(Refusal::UnknownEntry.into()),
            Err(_) => Err(Stop::Failed(Failure::Unavailable)),
        }
    }

    fn checkpoint(&self) -> Result<Reply, Stop> {
        let note = self.log.checkpoint().ok_or(Stop::Failed(Failure::Unavailable))?;
        Ok(Reply::Checkpoint(CheckpointNote { note }))
    }

    /// The time, and what is good at it. After a jump of the clock nothing that was issued before is.
    fn look_at_clock(&self) -> Result<Moment, Stop> {
        let looked = self.present.look(&self.grants, &self.sgm.log_public_key(), &*self.rng);
        looked.map_err(|_| Stop::Failed(Failure::Internal))
    }

    /// The time, if the installation may rely on it.
    fn time(&self) -> Result<Moment, Stop> {
        let moment = self.look_at_clock()?;
        if !moment.time.synchronised && !self.rules.unsynchronised_clock_allowed {
            return Err(Refusal::ClockUnreliable.into());
        }
        Ok(moment)
    }

    /// Makes items durable. That the log is not published yet is no failure here: no signature is released before it is, and then
    /// everything before it is published too.
    fn remember(&self, time: Reading, items: Vec<Item>) -> Result<(), Stop> {
        match self.log.commit(stamp(time), items) {
            Ok(_) | Err(CommitError::NotPublished(_)) => Ok(()),
            Err(_) => Err(Stop::Failed(Failure::Unavailable)),
        }
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes).map_err(|_| Stop::Failed(Failure::Internal))?;
        Ok(bytes)
    }

    /// Writes a refusal into the log. If that fails the answer is still the refusal: nothing was granted.
    fn logged(&self, credential_id: Option<CredentialId>, answer: Result<Reply, Stop>) -> Result<Reply, Stop> {
        if let Err(Stop::Refused(refusal)) = answer {
            let _ = self.remember(self.present.glance(), vec![refused(None, credential_id, refusal)]);
        }
        answer
    }
}

/// What a key of this signer is sealed with.
fn key_context(signer_id: &SignerId, credential_id: &CredentialId, authenticator_set_hash: Hash) -> KeyContext {
    KeyContext {
        credential_id: credential_id.as_str().to_owned(),
        tenant: String::new(),
        signer_id: *signer_id.as_bytes(),
        authenticator_set_hash,
        origin: KeyOrigin::Generated,
    }
}

fn stamp(time: Reading) -> Stamp {
    Stamp { time: time.now, clock_synchronised: time.synchronised }
}

fn refused(sar_id: Option<[u8; 16]>, credential_id: Option<CredentialId>, refusal: Refusal) -> Item {
    Item::Entry(Entry::Refused { sar_id, credential_id, refusal: refusal.code() })
}
