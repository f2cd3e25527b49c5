//! The signing log: what must be durable before it has an effect, and what anyone can check afterwards. Security design 3, 7.1 no. 10.
//!
//! [`SigningLog::commit`] takes [`Item`]s and returns when they are durable in the journal; log entries are then also in the Merkle tree,
//! and a checkpoint over them is signed and published (intents excepted, which are published with their results). The order is:
//!
//! 1. one frame with all items is appended to the journal and made durable (`fdatasync`), see [`journal`];
//! 2. the tiles of the tree are written;
//! 3. the signing module signs the checkpoint, which it does only if it extends the one before;
//! 4. the checkpoint replaces the one before;
//! 5. the callers are answered.
//!
//! A crash between any two steps loses nothing that was answered. [`SigningLog::open`] reads the journal, compares it with the published
//! checkpoint and refuses to go on if the journal is the older one; it aborts the intents that were left open.
//!
//! The folder:
//! ```text
//! lock                     held while the module runs
//! journal/NNNNNNNN.journal encrypted; openings never leave this folder but in receipts
//! log/checkpoint, log/tile/... public
//! ```

mod commitment;
pub mod disk;
mod event;
mod frame;
mod item;
mod journal;
mod publication;
mod recovery;
mod sequencer;
#[doc(hidden)]
pub mod stored_form;
mod writer;

pub use commitment::{LEAF_LENGTH, Opening};
pub use event::{AbortReason, Entry, EntryKind, Event, KeyLink, KeyUse, Stamp};
pub use item::Item;
pub use journal::JournalError;
pub use publication::PublicationError;
pub use recovery::{Fence, RecordVersion, Recovered};
pub use sequencer::Committed;

use crate::ids::Hash;
use disk::{Access, Disk};
use item::{Items, StoredItem};
use journal::{Journal, JournalParts, Position};
use publication::{LogFolder, Publication};
use recovery::ReplayError;
use sequencer::Origin;
use sgm::{LogSignError, SecureRandom, Sgm};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
};
use tlog::{
    Checkpoint, SignedCheckpoint, TlogProof, leaf_hash,
    note::{KeyName, VerifierKey},
};
use writer::{CommitRequest, Writer};

/// The signing log of this module. Safe to use from many threads; what they commit at the same time shares one write.
pub struct SigningLog {
    requests: Option<Sender<CommitRequest>>,
    writer: Option<JoinHandle<()>>,
    published: Arc<RwLock<Published>>,
    log: LogFolder,
    journal: JournalParts,
    key: VerifierKey,
    _lock: Box<dyn Send + Sync>,
}

/// What the log needs of the world.
#[derive(Clone)]
pub struct LogParts {
    /// Signs checkpoints and makes the journal's keys.
    pub sgm: Arc<dyn Sgm>,
    /// Where the files are.
    pub disk: Arc<dyn Disk>,
    /// Salts.
    pub rng: Arc<dyn SecureRandom>,
}

/// Which log this is, and which start of the module.
#[derive(Debug, Clone)]
pub struct LogIdentity {
    /// Name of the log in checkpoints, by custom a URL without scheme.
    pub origin: String,
    /// Tenant that the log is kept for; empty where there is one only.
    pub tenant: String,
    /// Random for each start.
    pub sam_boot: [u8; 16],
    /// SHA-256 of the program file.
    pub binary_sha256: Hash,
    /// SHA-256 of the configuration file.
    pub configuration_sha256: Hash,
}

/// What readers need; changed by the writer only.
#[derive(Default)]
struct Published {
    checkpoint: Option<Arc<SignedCheckpoint>>,
    positions: Vec<Position>,
}

/// Why the log was not opened. The module must not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the log open.
    #[error("{} is in use by another process: a log has one writer; stop the other one", .0.display())]
    InUse(PathBuf),
    /// Storage failed.
    #[error("{} cannot be read or written: see that it exists, is writable and has space", .0.display())]
    Storage(PathBuf, #[source] io::Error),
    /// The journal cannot be read or begun.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The log must not be continued.
    #[error("signing is stopped: {0}")]
    Fenced(Fence),
    /// The log could not be brought up to the journal.
    #[error("the log could not be published")]
    Publication(#[source] PublicationError),
    /// The start could not be logged.
    #[error("the start of the module could not be logged")]
    Start(#[source] CommitError),
    /// The origin cannot be the name of a log.
    #[error("the log origin {0:?} must not be empty and must have no spaces, plus signs or control characters")]
    Origin(String),
}

/// Why items were not committed. Nothing that depends on them may happen.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The items are not in the journal. A result among them counts as aborted; the log sees to that itself.
    #[error("the signing log cannot be written: see that its folder is writable and has space")]
    NotWritten(#[source] Arc<io::Error>),
    /// A result or an abort is for an intent that has ended already, or is about another use than its intent.
    #[error("there is no open intent for this result")]
    IntentNotOpen,
    /// The log has stopped, because it could not be told what is on the disk. The module must be started again.
    #[error("the signing log has stopped: start the module again")]
    Stopped,
    /// The items are in the journal, but the published log does not have them yet. The next commit publishes them.
    #[error("the signing log cannot be published: see that its folder is writable and has space")]
    NotPublished(#[source] Arc<PublicationError>),
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The published log has no such entry.
    #[error("the published log has no entry {0}")]
    NoSuchEntry(u64),
    /// The tiles cannot be read.
    #[error("the tiles of the log cannot be read or do not fit together")]
    Tiles,
    /// The journal cannot be read.
    #[error("the opening of the entry cannot be read")]
    Opening,
}

impl SigningLog {
    /// Opens the log in `folder`, or begins one there, and logs the start of the module. Nothing is changed unless journal, checkpoint
    /// and signing module tell the same history.
    ///
    /// # Errors
    /// [`OpenError::Fenced`] if they do not; the other variants if it cannot be told.
    pub fn open(
        folder: &Path,
        identity: LogIdentity,
        parts: LogParts,
        now: Stamp,
    ) -> Result<(Self, Recovered), OpenError> {
        let storage = |path: &Path| {
            let path = path.to_owned();
            move |error| OpenError::Storage(path, error)
        };
        let LogParts { sgm, disk, rng } = parts;
        let name = KeyName::new(&identity.origin).ok_or_else(|| OpenError::Origin(identity.origin.clone()))?;
        let key = VerifierKey::new(name, sgm.log_public_key());
        let log = LogFolder { path: folder.join("log"), disk: disk.clone() };
        let journal =
            JournalParts { folder: folder.join("journal"), disk: disk.clone(), sgm: sgm.clone(), rng: rng.clone() };
        // The folder itself is open to whoever serves the log; what must not be read is in a folder of its own.
        disk.create_folder(folder, Access::Public).map_err(storage(folder))?;
        disk.create_folder(&journal.folder, Access::Private).map_err(storage(&journal.folder))?;
        log.create().map_err(storage(&log.path))?;
        let lock = disk.lock(&folder.join("lock")).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => OpenError::InUse(folder.to_owned()),
            _ => OpenError::Storage(folder.join("lock"), error),
        })?;

        let origin = Origin { tenant: identity.tenant, sam_boot: identity.sam_boot };
        let (mut replay, history) = recovery::replay(&journal, &log, &key, origin)?;
        let mut publication = Publication::new(log.clone(), sgm, key.clone(), replay.published_size());
        publication.add(std::mem::take(&mut replay.differing_tiles));
        // Asks the signing module too, before anything is cut off: it may remember a longer log than the files do.
        publication.publish(&mut replay.sequencer.appender)?;

        let published = Published { checkpoint: None, positions: replay.positions };
        let published = Arc::new(RwLock::new(published));
        let mut writer = Writer {
            journal: Journal::begin(journal.clone(), history)?,
            sequencer: replay.sequencer,
            publication,
            rng,
            published: published.clone(),
            orphans: BTreeMap::new(),
        };
        let mut recovered = replay.recovered;
        recovered.aborted_intents = writer.sequencer.open_intents().keys().copied().collect();
        let aborts = writer
            .sequencer
            .open_intents()
            .clone()
            .into_iter()
            .map(|(intent, key_use)| Item::Entry(Entry::Abort { intent, key_use, reason: AbortReason::Restarted }));
        let LogIdentity { binary_sha256, configuration_sha256, .. } = identity;
        let start = Item::Entry(Entry::Start { binary_sha256, configuration_sha256 });
        let (answer, answers) = mpsc::channel();
        writer.commit(vec![CommitRequest { stamp: now, items: aborts.chain([start]).collect(), answer }]);
        answers.recv().unwrap_or(Err(CommitError::Stopped)).map_err(OpenError::Start)?;
        recovered.entries = writer.sequencer.appender.size();
        recovered.forget_ended(now.time);

        let (requests, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name("signing-log".to_owned());
        let writer = thread.spawn(move || writer.run(&receiver)).map_err(storage(folder))?;
        let log = Self { requests: Some(requests), writer: Some(writer), published, log, journal, key, _lock: lock };
        Ok((log, recovered))
    }

    /// Makes `items` durable, all or none, and publishes the entries among them; returns those entries, in order.
    ///
    /// Waits until it is done. `now` is written into the entries.
    ///
    /// # Errors
    /// [`CommitError`]; what depends on the items must not happen then.
    pub fn commit(&self, now: Stamp, items: Vec<Item>) -> Result<Vec<Committed>, CommitError> {
        let (answer, answers) = mpsc::channel();
        let request = CommitRequest { stamp: now, items, answer };
        let requests = self.requests.as_ref().ok_or(CommitError::Stopped)?;
        requests.send(request).map_err(|_| CommitError::Stopped)?;
        answers.recv().unwrap_or(Err(CommitError::Stopped))
    }

    /// The receipt of an entry that was just committed: its opening, the proof that it is in the log, the signed checkpoint.
    ///
    /// # Errors
    /// [`ProveError::NoSuchEntry`] for an intent that is not published yet.
    pub fn receipt(&self, entry: &Committed) -> Result<String, ProveError> {
        self.proof_of(entry.index, Some(&entry.opening))
    }

    /// The receipt of any published entry, with the opening from the journal.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn receipt_of(&self, index: u64) -> Result<String, ProveError> {
        self.proof_of(index, Some(&self.opening(index)?))
    }

    /// The proof that the published log has the entry at `index`, without showing what the entry is.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove(&self, index: u64) -> Result<String, ProveError> {
        self.proof_of(index, None)
    }

    /// The published checkpoint as a signed note.
    pub fn checkpoint(&self) -> Option<String> {
        self.published_checkpoint().map(|checkpoint| checkpoint.to_string())
    }

    /// The key under which checkpoints verify; its text is what verifiers are given.
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.key
    }

    /// What is behind the entry at `index`. Stays inside the module but for its owner's receipts.
    fn opening(&self, index: u64) -> Result<Opening, ProveError> {
        let place = usize::try_from(index).map_err(|_| ProveError::NoSuchEntry(index))?;
        let position = {
            let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
            published.positions.get(place).copied().ok_or(ProveError::NoSuchEntry(index))?
        };
        let payload = journal::read_frame(&self.journal, position).map_err(|_| ProveError::Opening)?;
        let items = Items::from_bytes(&payload).map_err(|_| ProveError::Opening)?;
        let openings = items.0.into_iter().filter_map(|item| match item {
            StoredItem::Entry(opening) => Some(opening),
            _ => None,
        });
        openings.into_iter().find(|opening| opening.event().index == index).ok_or(ProveError::Opening)
    }

    fn proof_of(&self, index: u64, opening: Option<&Opening>) -> Result<String, ProveError> {
        let checkpoint = self.published_checkpoint().ok_or(ProveError::NoSuchEntry(index))?;
        let Checkpoint { size, root, .. } = checkpoint.unverified();
        if index >= *size {
            return Err(ProveError::NoSuchEntry(index));
        }
        let proof = self.log.prove_inclusion(index, *size).map_err(|_| ProveError::Tiles)?;
        if let Some(opening) = opening {
            // Tiles are read from files: a damaged one must not become a receipt that does not hold.
            let leaf = leaf_hash(&opening.leaf());
            proof.verify(&leaf, root).map_err(|_| ProveError::Tiles)?;
        }
        let extra = opening.map(Opening::to_bytes);
        Ok(TlogProof::new(proof, checkpoint.as_ref().clone(), extra).to_string())
    }

    fn published_checkpoint(&self) -> Option<Arc<SignedCheckpoint>> {
        self.published.read().unwrap_or_else(PoisonError::into_inner).checkpoint.clone()
    }
}

/// Waits until everything that was handed in is written.
impl Drop for SigningLog {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(writer) = self.writer.take() {
            // It ends by itself, because nobody can send to it any more.
            let _ = writer.join();
        }
    }
}

impl From<ReplayError> for OpenError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Fence(fence) => Self::Fenced(fence),
            ReplayError::Journal(error) => Self::Journal(error),
        }
    }
}

impl From<PublicationError> for OpenError {
    fn from(error: PublicationError) -> Self {
        match error {
            PublicationError::Signing(
                LogSignError::Inconsistent { signed_size } | LogSignError::Conflict { signed_size },
            ) => Self::Fenced(Fence::SigningModuleKnowsMore(signed_size)),
            other => Self::Publication(other),
        }
    }
}
