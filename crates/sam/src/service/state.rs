//! What the module remembers of requests, records and counters: a picture in memory of what the journal says.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::ids::SignerId;
use crate::sad::{CounterChange, CounterSighting, CounterState, Memory, Spent};
use crate::signing_log::{Item, RecordVersion, Recovered};

/// A counter at the end of its range can never grow: so a lock is kept in the journal.
const LOCKED: u32 = u32::MAX;
/// Requests are forgotten this long after their end, when nothing could be accepted for them any more: under one boot key the time never
/// goes back ([`Timekeeper::observe`](crate::clock::Timekeeper::observe)), and under another one they are not known.
const KEPT_AFTER_END: u64 = 3600;
/// How many new requests come before the next look for those that can be forgotten.
const SWEEP_EVERY: usize = 4096;

/// The module's memory.
pub(super) struct State {
    inner: Mutex<Inner>,
}

struct Inner {
    spent: HashMap<[u8; 16], u64>,
    sweep_at: usize,
    records: HashMap<SignerId, RecordVersion>,
    counters: HashMap<Vec<u8>, CounterState>,
}

impl State {
    pub(super) fn new(recovered: Recovered) -> Self {
        let counter = |(authenticator, last): (Vec<u8>, u32)| {
            let suspected_at = recovered.counter_alerts.get(&authenticator).copied();
            (authenticator, CounterState { last, suspected_at, locked: last == LOCKED })
        };
        let counters = recovered.sign_counts.into_iter().map(counter).collect();
        let spent = recovered.burned_requests;
        let sweep_at = spent.len().saturating_add(SWEEP_EVERY);
        Self { inner: Mutex::new(Inner { spent, sweep_at, records: recovered.records, counters }) }
    }

    /// Remembers that something was used up. It must be durable already.
    pub(super) fn spend(&self, id: [u8; 16], expires_at: u64, now: u64) {
        let mut inner = self.inner();
        inner.spent.insert(id, expires_at);
        if inner.spent.len() >= inner.sweep_at {
            inner.spent.retain(|_, end| end.saturating_add(KEPT_AFTER_END) >= now);
            inner.sweep_at = inner.spent.len().saturating_add(SWEEP_EVERY);
        }
    }

    /// Remembers which version of a record counts. It must be durable already.
    pub(super) fn renew_record(&self, signer_id: SignerId, version: RecordVersion) {
        self.inner().records.insert(signer_id, version);
    }

    /// Remembers a counter. It must be durable already.
    pub(super) fn set_counter(&self, authenticator: Vec<u8>, state: CounterState) {
        self.inner().counters.insert(authenticator, state);
    }

    /// Whether any signer has a passkey of this name.
    pub(super) fn knows_authenticator(&self, authenticator: &[u8]) -> bool {
        self.inner().counters.contains_key(authenticator)
    }

    /// The state after a sighting, and what has to be written down for it.
    pub(super) fn counter_after(&self, change: &CounterChange) -> (CounterState, Vec<Item>) {
        let authenticator = || change.credential_id.clone();
        let mut state = self.counter(&change.credential_id).after(change.sighting);
        let mut items = Vec::new();
        if let CounterSighting::NotGrown(at) = change.sighting {
            items.push(Item::CounterAlert { authenticator: authenticator(), at });
        }
        if state.locked {
            state.last = LOCKED;
        }
        if state.locked || matches!(change.sighting, CounterSighting::Grown(_)) {
            items.push(Item::SignCount { authenticator: authenticator(), value: state.last });
        }
        (state, items)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every change is one insertion: a panic elsewhere leaves no half-made state.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for State {
    fn spent(&self, sar_id: &[u8; 16]) -> Spent {
        if self.inner().spent.contains_key(sar_id) { Spent::Yes } else { Spent::No }
    }

    fn newest_record(&self, signer_id: &SignerId) -> Option<RecordVersion> {
        self.inner().records.get(signer_id).copied()
    }

    fn counter(&self, credential_id: &[u8]) -> CounterState {
        self.inner().counters.get(credential_id).copied().unwrap_or_default()
    }
}

/// One lock for the signers whose ids begin with the same byte.
pub(super) struct SignerLocks([RwLock<()>; 256]);

impl Default for SignerLocks {
    fn default() -> Self {
        Self([const { RwLock::new(()) }; 256])
    }
}

impl SignerLocks {
    /// Nobody else reads or changes the signer's state meanwhile.
    pub(super) fn change(&self, signer_id: &SignerId) -> RwLockWriteGuard<'_, ()> {
        self.lock(signer_id).write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody changes the signer's state meanwhile.
    pub(super) fn hold(&self, signer_id: &SignerId) -> RwLockReadGuard<'_, ()> {
        self.lock(signer_id).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self, signer_id: &SignerId) -> &RwLock<()> {
        let [first, ..] = signer_id.as_bytes();
        let [fallback, ..] = &self.0;
        self.0.get(usize::from(*first)).unwrap_or(fallback)
    }
}
