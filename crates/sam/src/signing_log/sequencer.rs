//! Gives entries their place: index in the log, number and back link in their key's chain, salt and leaf. Security design 3.4.
//!
//! Works on a draft: what is drafted becomes the sequencer's state only after the journal has made it durable.

use super::{
    commitment::Opening,
    event::{AbortReason, Entry, Event, KeyLink, KeyUse, Stamp},
    item::{Item, Items, StoredItem},
};
use crate::ids::{CredentialId, Hash};
use sgm::SecureRandom;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tlog::{Appender, leaf_hash};

/// State of the log after the last durable entry.
pub(super) struct Sequencer {
    pub(super) appender: Appender,
    keys: HashMap<CredentialId, KeyEnd>,
    /// By index, so that they are aborted in the order in which they were made.
    open_intents: BTreeMap<u64, KeyUse>,
    origin: Origin,
}

/// Who writes the log, as each event says.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) tenant: String,
    pub(super) sam_boot: [u8; 16],
}

/// The last entry in a key's chain.
#[derive(Debug, Clone, Copy)]
struct KeyEnd {
    sequence: u64,
    leaf: Hash,
}

/// An entry that was given its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its index in the log.
    pub index: u64,
    /// What opens it.
    pub opening: Opening,
}

/// Entries and other items for one frame of the journal.
pub(super) struct Draft {
    appender: Appender,
    keys: HashMap<CredentialId, KeyEnd>,
    intents: BTreeMap<u64, KeyUse>,
    ended_intents: BTreeSet<u64>,
    items: Items,
}

/// Why items could not be drafted.
#[derive(Debug)]
pub(super) enum DraftError {
    Random,
    LogFull,
}

impl Sequencer {
    pub(super) fn new(origin: Origin) -> Self {
        Self { appender: Appender::new(), keys: HashMap::new(), open_intents: BTreeMap::new(), origin }
    }

    pub(super) fn draft(&self) -> Draft {
        Draft {
            appender: self.appender.clone(),
            keys: HashMap::new(),
            intents: BTreeMap::new(),
            ended_intents: BTreeSet::new(),
            items: Items::default(),
        }
    }

    /// Adds items to a draft and returns the entries among them, in order.
    pub(super) fn add(
        &self,
        draft: &mut Draft,
        stamp: Stamp,
        items: Vec<Item>,
        rng: &dyn SecureRandom,
    ) -> Result<Vec<Committed>, DraftError> {
        let mut committed = Vec::new();
        for item in items {
            let stored = match item {
                Item::BurnRequest { sar_id, expires_at } => StoredItem::BurnRequest { sar_id, expires_at },
                Item::BurnHash { sar_id, index } => StoredItem::BurnHash { sar_id, index },
                Item::SignCount { authenticator, value } => StoredItem::SignCount { authenticator, value },
                Item::CounterAlert { authenticator, at } => StoredItem::CounterAlert { authenticator, at },
                Item::Entry(entry) => {
                    let mut salt = [0; 32];
                    rng.fill(&mut salt).map_err(|_| DraftError::Random)?;
                    let opening = Opening::new(salt, self.place(draft, stamp, entry));
                    let index = draft.append(&opening)?;
                    committed.push(Committed { index, opening: opening.clone() });
                    StoredItem::Entry(opening)
                }
            };
            draft.items.0.push(stored);
        }
        Ok(committed)
    }

    fn place(&self, draft: &Draft, stamp: Stamp, entry: Entry) -> Event {
        let key_link = entry.chained_credential().map(|credential| {
            match draft.keys.get(credential).or_else(|| self.keys.get(credential)) {
                Some(end) => KeyLink { sequence: end.sequence.saturating_add(1), previous_leaf: Some(end.leaf) },
                None => KeyLink { sequence: 1, previous_leaf: None },
            }
        });
        Event {
            stamp,
            sam_boot: self.origin.sam_boot,
            index: draft.appender.size(),
            tenant: self.origin.tenant.clone(),
            key_link,
            entry,
        }
    }

    /// Whether each result and abort among `items` ends an intent that is open, and each another one.
    pub(super) fn ends_open_intents(&self, draft: &Draft, items: &[Item]) -> bool {
        let mut ended = BTreeSet::new();
        items.iter().all(|item| match item {
            Item::Entry(entry) => entry.ends_intent().is_none_or(|(intent, key_use)| {
                self.open_intents.get(&intent) == Some(key_use)
                    && !draft.ended_intents.contains(&intent)
                    && ended.insert(intent)
            }),
            _ => true,
        })
    }

    /// Intents that have no end yet.
    pub(super) fn open_intents(&self) -> &BTreeMap<u64, KeyUse> {
        &self.open_intents
    }

    /// Makes the draft the state, because it is durable.
    pub(super) fn accept(&mut self, draft: Draft) {
        self.appender = draft.appender;
        self.keys.extend(draft.keys);
        self.open_intents.extend(draft.intents);
        self.open_intents.retain(|intent, _| !draft.ended_intents.contains(intent));
    }

    /// Takes over an entry from the journal; `None` if it is not the one that belongs here.
    pub(super) fn replay(&mut self, opening: &Opening) -> Option<()> {
        let event = opening.event();
        let expected_link = match event.entry.chained_credential() {
            None => None,
            Some(credential) => Some(match self.keys.get(credential) {
                Some(end) => KeyLink { sequence: end.sequence.saturating_add(1), previous_leaf: Some(end.leaf) },
                None => KeyLink { sequence: 1, previous_leaf: None },
            }),
        };
        if event.index != self.appender.size() || event.key_link != expected_link {
            return None;
        }
        let leaf = opening.leaf();
        self.appender.append(&leaf).ok()?;
        if let (Some(credential), Some(link)) = (event.entry.chained_credential(), event.key_link) {
            let end = KeyEnd { sequence: link.sequence, leaf: *leaf_hash(&leaf).as_bytes() };
            self.keys.insert(credential.clone(), end);
        }
        if let Some((intent, key_use)) = event.entry.ends_intent()
            && self.open_intents.remove(&intent).as_ref() != Some(key_use)
        {
            return None;
        }
        if let Entry::Intent(key_use) = &event.entry {
            self.open_intents.insert(event.index, key_use.clone());
        }
        Some(())
    }
}

impl Draft {
    fn append(&mut self, opening: &Opening) -> Result<u64, DraftError> {
        let leaf = opening.leaf();
        let index = self.appender.append(&leaf).map_err(|_| DraftError::LogFull)?;
        let event = opening.event();
        if let (Some(credential), Some(link)) = (event.entry.chained_credential(), event.key_link) {
            let end = KeyEnd { sequence: link.sequence, leaf: *leaf_hash(&leaf).as_bytes() };
            self.keys.insert(credential.clone(), end);
        }
        if let Some((intent, _)) = event.entry.ends_intent() {
            self.ended_intents.insert(intent);
        }
        if let Entry::Intent(key_use) = &event.entry {
            self.intents.insert(index, key_use.clone());
        }
        Ok(index)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.0.is_empty()
    }

    /// The frame's payload.
    pub(super) fn to_payload(&self) -> Vec<u8> {
        self.items.to_bytes()
    }

    /// Whether an entry in here has to be published before its caller goes on, see [`Entry::is_public_at_once`].
    pub(super) fn needs_publication(&self) -> bool {
        self.items
            .0
            .iter()
            .any(|item| matches!(item, StoredItem::Entry(opening) if opening.event().entry.is_public_at_once()))
    }

    /// The intents that end in here, and as what an abort would have to explain it if this cannot be written.
    pub(super) fn ends(&self) -> impl Iterator<Item = (u64, KeyUse, AbortReason)> {
        self.items.0.iter().filter_map(|item| {
            let StoredItem::Entry(opening) = item else { return None };
            let entry = &opening.event().entry;
            let (intent, key_use) = entry.ends_intent()?;
            let reason = match entry {
                Entry::Abort { reason, .. } => *reason,
                _ => AbortReason::ResultNotLogged,
            };
            Some((intent, key_use.clone(), reason))
        })
    }
}
