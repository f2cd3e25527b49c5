//! What the journal says at start: burns, counters, newest records, open intents, and the tree, which must be the published one.
//! Security design 3.5.

use super::{
    commitment::Opening,
    event::Entry,
    item::{Items, StoredItem},
    journal::{self, History, JournalError, JournalParts, Position},
    publication::LogFolder,
    sequencer::{Origin, Sequencer},
};
use crate::ids::{Hash, SignerId};
use std::collections::{HashMap, HashSet};
use tlog::{SignedCheckpoint, TileFile, note::VerifierKey};

/// State that has to outlive the module's memory.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Spent requests and when they would have ended by themselves.
    pub burned_requests: HashMap<[u8; 16], u64>,
    /// Spent hashes: request and position.
    pub burned_hashes: HashSet<([u8; 16], u32)>,
    /// The last signature counter of each authenticator, by its WebAuthn credential id.
    pub sign_counts: HashMap<Vec<u8>, u32>,
    /// When the counter of an authenticator last failed to grow.
    pub counter_alerts: HashMap<Vec<u8>, u64>,
    /// The newest version of each signer's record. Any other is stale.
    pub records: HashMap<SignerId, RecordVersion>,
    /// Intents that the last run left open and that were aborted now.
    pub aborted_intents: Vec<u64>,
    /// Entries in the log, with those that this start has added.
    pub entries: u64,
    /// Bytes that were being written when the last run ended and that were cut off.
    pub torn_bytes: u64,
    /// Tiles that were missing or damaged and were written again.
    pub repaired_tiles: u64,
}

/// Which record of a signer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordVersion {
    /// Its version.
    pub version: u64,
    /// SHA-256 of the sealed record.
    pub sha256: Hash,
}

/// Why the module must not sign with this log. Everything that could be read is left as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fence {
    /// The journal ends before the checkpoint that was published.
    #[error(
        "the journal has {journal_entries} entries, but {checkpoint_entries} were published: the journal was set back or cut; \
         restore the newest one, never an older copy"
    )]
    JournalOlderThanCheckpoint {
        /// Entries in the journal.
        journal_entries: u64,
        /// Entries in the stored checkpoint.
        checkpoint_entries: u64,
    },
    /// The journal tells another history than the checkpoint that was published.
    #[error(
        "the journal contradicts the published checkpoint of {0} entries: restore journal and log of one installation"
    )]
    OtherHistory(u64),
    /// The stored checkpoint is not one of this log.
    #[error(
        "the stored checkpoint is damaged or signed by another key: see that origin, token and log folder belong together"
    )]
    Checkpoint,
    /// The signing module has signed a checkpoint that the journal does not lead to.
    #[error(
        "the signing module has signed {0} entries of another history: the journal was set back; restore the newest one"
    )]
    SigningModuleKnowsMore(u64),
    /// An entry in the journal does not fit where it stands.
    #[error("entry {0} in the journal is not the one that belongs there: restore the whole folder from one backup")]
    Entry(u64),
    /// A frame of the journal cannot be read although its seal is good.
    #[error("the journal was written by a version of this program that is not compatible: use that or a later one")]
    UnknownItem,
}

/// Why reading the journal stopped.
#[derive(Debug)]
pub(super) enum ReplayError {
    Fence(Fence),
    Journal(JournalError),
}

impl From<JournalError> for ReplayError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// What was read, not yet acted upon.
pub(super) struct Replay {
    pub(super) sequencer: Sequencer,
    pub(super) recovered: Recovered,
    pub(super) positions: Vec<Position>,
    pub(super) differing_tiles: Vec<TileFile>,
    checkpoint: Option<(u64, tlog::Hash)>,
    log: LogFolder,
}

/// Reads journal and checkpoint and compares them; changes nothing.
pub(super) fn replay(
    parts: &JournalParts,
    log: &LogFolder,
    key: &VerifierKey,
    origin: Origin,
) -> Result<(Replay, History), ReplayError> {
    let mut replay = Replay {
        sequencer: Sequencer::new(origin),
        recovered: Recovered::default(),
        positions: Vec::new(),
        differing_tiles: Vec::new(),
        checkpoint: stored_checkpoint(log, key)?,
        log: log.clone(),
    };
    let history =
        journal::read(parts, |position, payload| replay.visit(position, payload).map_err(ReplayError::Fence))?;
    replay.finish().map_err(ReplayError::Fence)?;
    replay.recovered.torn_bytes = history.torn_bytes();
    Ok((replay, history))
}

fn stored_checkpoint(log: &LogFolder, key: &VerifierKey) -> Result<Option<(u64, tlog::Hash)>, ReplayError> {
    let storage = |error| ReplayError::Journal(JournalError::Storage(log.path.clone(), error));
    let Some(bytes) = log.read_checkpoint().map_err(storage)? else {
        return Ok(None);
    };
    let checkpoint = SignedCheckpoint::parse(&bytes).map_err(|_| ReplayError::Fence(Fence::Checkpoint))?;
    let checkpoint = checkpoint.verify(key).map_err(|_| ReplayError::Fence(Fence::Checkpoint))?;
    Ok(Some((checkpoint.size, checkpoint.root)))
}

impl Replay {
    /// Entries in the checkpoint that was stored.
    pub(super) fn published_size(&self) -> u64 {
        self.checkpoint.map_or(0, |(size, _)| size)
    }

    fn visit(&mut self, position: Position, payload: &[u8]) -> Result<(), Fence> {
        for item in Items::from_bytes(payload).map_err(|_| Fence::UnknownItem)?.0 {
            match item {
                StoredItem::BurnRequest { sar_id, expires_at } => {
                    self.recovered.burned_requests.insert(sar_id, expires_at);
                }
                StoredItem::BurnHash { sar_id, index } => {
                    self.recovered.burned_hashes.insert((sar_id, index));
                }
                StoredItem::SignCount { authenticator, value } => {
                    self.recovered.sign_counts.insert(authenticator, value);
                }
                StoredItem::CounterAlert { authenticator, at } => {
                    self.recovered.counter_alerts.insert(authenticator, at);
                }
                StoredItem::Entry(opening) => self.visit_entry(position, &opening)?,
            }
        }
        Ok(())
    }

    fn visit_entry(&mut self, position: Position, opening: &Opening) -> Result<(), Fence> {
        let index = self.sequencer.appender.size();
        self.sequencer.replay(opening).ok_or(Fence::Entry(index))?;
        self.positions.push(position);
        if let Entry::Record { signer_id, version, record_sha256 } = &opening.event().entry {
            let newest = RecordVersion { version: *version, sha256: *record_sha256 };
            self.recovered.records.insert(*signer_id, newest);
        }
        let size = self.sequencer.appender.size();
        if let Some((published, root)) = self.checkpoint
            && size == published
            && self.sequencer.appender.root() != root
        {
            return Err(Fence::OtherHistory(published));
        }
        if size.is_multiple_of(256) {
            // Full tiles are compared as they come, so that a large log need not be held in memory.
            self.compare_tiles();
        }
        Ok(())
    }

    fn compare_tiles(&mut self) {
        let tiles = self.sequencer.appender.take_files();
        self.differing_tiles.extend(tiles.into_iter().filter(|tile| !self.log.holds(tile)));
    }

    fn finish(&mut self) -> Result<(), Fence> {
        let journal_entries = self.sequencer.appender.size();
        let checkpoint_entries = self.published_size();
        if checkpoint_entries > journal_entries {
            return Err(Fence::JournalOlderThanCheckpoint { journal_entries, checkpoint_entries });
        }
        self.compare_tiles();
        self.recovered.repaired_tiles = u64::try_from(self.differing_tiles.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}

impl Recovered {
    /// Forgets burns of requests that ended more than a day before `now`: their approvals are refused by their time and by the key
    /// that each start of the module makes new.
    pub(super) fn forget_ended(&mut self, now: u64) {
        const DAY: u64 = 86_400;
        let ended = |expires_at: &u64| expires_at.saturating_add(DAY) <= now;
        let requests = &self.burned_requests;
        self.burned_hashes.retain(|(sar_id, _)| !requests.get(sar_id).is_some_and(ended));
        self.burned_requests.retain(|_, expires_at| !ended(expires_at));
    }
}
