//! The one thread that writes the log: group commit, then publication, then the answers. Security design 3.5, 7.1 no. 20.
//!
//! A request that comes while nothing is being written is written at once. Requests that come while a write is being made durable wait
//! for it and then share the next one; under load a batch is therefore as large as what one `fdatasync` lets come in, and no request
//! waits for company.

use super::{
    CommitError, Published,
    event::{AbortReason, Entry, KeyUse, Stamp},
    item::Item,
    journal::{AppendError, Journal, Position},
    publication::Publication,
    sequencer::{Committed, Sequencer},
};
use sgm::SecureRandom;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        mpsc::{Receiver, Sender},
    },
};

/// A batch is closed when it has grown to this; what came later waits for the next.
const BATCH_LENGTH: usize = 1024 * 1024;

/// Items that are to be durable together, and where the answer goes.
pub(super) struct CommitRequest {
    pub(super) stamp: Stamp,
    pub(super) items: Vec<Item>,
    pub(super) answer: Sender<Result<Vec<Committed>, CommitError>>,
}

/// The state that only the writer changes.
pub(super) struct Writer {
    pub(super) journal: Journal,
    pub(super) sequencer: Sequencer,
    pub(super) publication: Publication,
    pub(super) rng: Arc<dyn SecureRandom>,
    pub(super) published: Arc<RwLock<Published>>,
    /// Intents whose ends could not be logged; they are aborted with the next frame.
    pub(super) orphans: BTreeMap<u64, (KeyUse, AbortReason)>,
}

impl Writer {
    /// Serves requests until nobody can send any more.
    pub(super) fn run(mut self, requests: &Receiver<CommitRequest>) {
        while let Ok(first) = requests.recv() {
            let mut length = first.length();
            let mut batch = vec![first];
            while length < BATCH_LENGTH
                && let Ok(next) = requests.try_recv()
            {
                length = length.saturating_add(next.length());
                batch.push(next);
            }
            self.commit(batch);
        }
    }

    /// Commits a batch with one frame and answers each of its requests.
    pub(super) fn commit(&mut self, batch: Vec<CommitRequest>) {
        let mut answers = Vec::with_capacity(batch.len());
        let mut draft = self.sequencer.draft();
        let mut drafted = Ok(());
        if let Some(first) = batch.first() {
            let aborts = self.orphans.iter().map(|(intent, (key_use, reason))| {
                let (intent, key_use, reason) = (*intent, key_use.clone(), *reason);
                Item::Entry(Entry::Abort { intent, key_use, reason })
            });
            drafted = self.sequencer.add(&mut draft, first.stamp, aborts.collect(), self.rng.as_ref()).map(drop);
        }
        for CommitRequest { stamp, items, answer } in batch {
            if !self.sequencer.ends_open_intents(&draft, &items) {
                let _ = answer.send(Err(CommitError::IntentNotOpen));
                continue;
            }
            let public = items.iter().any(|item| matches!(item, Item::Entry(entry) if entry.is_public_at_once()));
            let committed = match &drafted {
                Ok(()) => self.sequencer.add(&mut draft, stamp, items, self.rng.as_ref()),
                Err(_) => Ok(Vec::new()),
            };
            match committed {
                Ok(committed) => answers.push((answer, public, committed)),
                Err(error) => {
                    drafted = Err(error);
                    answers.push((answer, public, Vec::new()));
                }
            }
        }
        if draft.is_empty() && drafted.is_ok() && answers.is_empty() {
            return;
        }
        let appended = match drafted {
            Ok(()) => self.journal.append(&draft.to_payload()),
            Err(_) => Err(AppendError::NotWritten(std::io::Error::other("no place or no randomness for an entry"))),
        };
        // If we crash here: what was appended is durable and counts, though nobody was told.
        match appended {
            Err(error) => {
                let error = match error {
                    AppendError::NotWritten(error) => CommitError::NotWritten(Arc::new(error)),
                    AppendError::SyncFailed => CommitError::Stopped,
                };
                self.orphans.extend(draft.ends().map(|(intent, key_use, reason)| (intent, (key_use, reason))));
                for (answer, _, _) in answers {
                    // Whoever asked may have gone; that changes nothing.
                    let _ = answer.send(Err(error.clone()));
                }
            }
            Ok(position) => {
                self.orphans.clear();
                let needs_publication = draft.needs_publication();
                self.sequencer.accept(draft);
                self.remember(position);
                let publication = if needs_publication { self.publish() } else { Ok(()) };
                // If we crash here: the log is published, the answers are lost, and the signature values with them.
                for (answer, public, committed) in answers {
                    let _ = answer.send(match &publication {
                        Err(error) if public => Err(error.clone()),
                        _ => Ok(committed),
                    });
                }
            }
        }
    }

    /// Brings the public log up to the journal.
    pub(super) fn publish(&mut self) -> Result<(), CommitError> {
        match self.publication.publish(&mut self.sequencer.appender) {
            Ok(checkpoint) => {
                self.published.write().unwrap_or_else(PoisonError::into_inner).checkpoint = Some(Arc::new(checkpoint));
                Ok(())
            }
            Err(error) => Err(CommitError::NotPublished(Arc::new(error))),
        }
    }

    fn remember(&mut self, position: Position) {
        let size = self.sequencer.appender.size();
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        let known = u64::try_from(published.positions.len()).unwrap_or(u64::MAX);
        published.positions.extend((known..size).map(|_| position));
    }
}

impl CommitRequest {
    fn length(&self) -> usize {
        // About what the largest item takes.
        self.items.len().saturating_mul(512)
    }
}
