//! The n-th file operation fails, for every n; the power goes after each; then the log is opened again. Security design 6.1, 6.2.
//!
//! Whatever was acknowledged must be there, whatever was not may be there or not, and no intent may be left without an end.

mod log_support;

use log_support::*;
use sam::signing_log::{CommitError, Entry, EntryKind, Event, Item, SigningLog};
use std::collections::{BTreeMap, HashMap, HashSet};
use tlog::{ConsistencyProof, SignedCheckpoint, TileNodes};

/// What the log has acknowledged.
#[derive(Default)]
struct Acknowledged {
    burned_requests: HashSet<[u8; 16]>,
    burned_hashes: HashSet<([u8; 16], u32)>,
    sign_counts: HashMap<Vec<u8>, u32>,
    record_version: Option<u64>,
    events: BTreeMap<u64, Event>,
    receipts: Vec<String>,
    checkpoints: Vec<String>,
    commits: usize,
    failures: usize,
}

impl Acknowledged {
    fn commit(&mut self, log: &SigningLog, items: Vec<Item>) -> Option<u64> {
        match log.commit(NOW, items.clone()) {
            Err(_) => {
                self.failures += 1;
                None
            }
            Ok(entries) => {
                self.commits += 1;
                for item in items {
                    match item {
                        Item::BurnRequest { sar_id, .. } => {
                            self.burned_requests.insert(sar_id);
                        }
                        Item::BurnHash { sar_id, index } => {
                            self.burned_hashes.insert((sar_id, index));
                        }
                        Item::SignCount { authenticator, value } => {
                            self.sign_counts.insert(authenticator, value);
                        }
                        Item::Entry(Entry::Record { version, .. }) => self.record_version = Some(version),
                        _ => {}
                    }
                }
                for entry in &entries {
                    self.events.insert(entry.index, entry.opening.event().clone());
                    if entry.opening.event().entry.kind() != EntryKind::Intent {
                        self.receipts.push(log.receipt(entry).unwrap());
                    }
                }
                self.checkpoints.extend(log.checkpoint());
                entries.last().map(|entry| entry.index)
            }
        }
    }

    /// Two signatures, two records, one signature that is not finished.
    fn run(&mut self, log: &SigningLog) {
        self.commit(log, vec![record(1, 1)]);
        for sar in [10, 11] {
            let first = key_use(1, sar, 0);
            let burn = vec![
                Item::BurnRequest { sar_id: [sar; 16], expires_at: NOW.time + 300 },
                Item::SignCount { authenticator: vec![1], value: sar.into() },
            ];
            self.commit(log, burn);
            let intent_items = vec![Item::BurnHash { sar_id: [sar; 16], index: 0 }, intent(&first)];
            if let Some(index) = self.commit(log, intent_items) {
                self.commit(log, vec![result(index, &first)]);
            }
        }
        self.commit(log, vec![record(1, 2)]);
        self.commit(log, vec![intent(&key_use(1, 12, 0))]);
    }
}

fn check_after_restart(token: &Token, disk: &MemoryDisk, acknowledged: &Acknowledged, what: &str) {
    let (log, recovered) = open(token, disk, 2).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    for sar_id in &acknowledged.burned_requests {
        assert!(recovered.burned_requests.contains_key(sar_id), "{what}: a burn is lost");
    }
    assert!(recovered.burned_hashes.is_superset(&acknowledged.burned_hashes), "{what}: the burn of a hash is lost");
    for (authenticator, value) in &acknowledged.sign_counts {
        assert!(recovered.sign_counts.get(authenticator) >= Some(value), "{what}: a counter went back");
    }
    let newest = recovered.records.values().next().map(|record| record.version);
    assert!(newest >= acknowledged.record_version, "{what}: a record went back");

    let events = events(&log);
    for (index, event) in &acknowledged.events {
        assert_eq!(events.get(*index as usize), Some(event), "{what}: entry {index} is lost or another");
    }
    let mut open_intents = HashSet::new();
    for event in &events {
        match &event.entry {
            Entry::Intent(_) => assert!(open_intents.insert(event.index)),
            Entry::Result { intent, .. } | Entry::Abort { intent, .. } => {
                assert!(open_intents.remove(intent), "{what}: intent {intent} ends twice");
            }
            _ => {}
        }
    }
    assert!(open_intents.is_empty(), "{what}: intents are left open: {open_intents:?}");

    let key = log.verifier_key();
    for receipt in &acknowledged.receipts {
        sam::receipt::verify(receipt, key).unwrap();
    }
    let now = SignedCheckpoint::parse(log.checkpoint().unwrap().as_bytes()).unwrap();
    let now = now.verify(key).unwrap();
    let tiles = PublicLog(disk.clone());
    for before in &acknowledged.checkpoints {
        let before = SignedCheckpoint::parse(before.as_bytes()).unwrap();
        let before = before.verify(key).unwrap();
        let proof = ConsistencyProof::make(&mut TileNodes::new(now.size, &tiles), before.size, now.size).unwrap();
        proof.verify(&before.root, &now.root).unwrap_or_else(|error| panic!("{what}: two histories: {error}"));
    }
}

/// Runs the story with a fault at operation n = 1, 2, 3... until the story is over before the fault comes; returns how often it came.
fn with_every_fault(failure: Failure, duration: Duration, losses: &[Loss]) -> u64 {
    for n in 1.. {
        let token = Token::new();
        let disk = MemoryDisk::default();
        let mut acknowledged = Acknowledged::default();
        disk.fail(n, failure, duration);
        if let Ok((log, _)) = open(&token, &disk, 1) {
            acknowledged.run(&log);
            if disk.gave_up() {
                // The process would have ended at that moment: nothing may have been acknowledged after it.
                assert!(matches!(log.commit(NOW, vec![record(1, 9)]), Err(CommitError::Stopped)));
            }
        }
        let came = disk.operations() >= n;
        if !came {
            assert_eq!(acknowledged.failures, 0);
            assert!(n > 40, "the story has more file operations than {n}");
            return n - 1;
        }
        if duration == Duration::ForEver {
            // Nothing can have been written from operation n on.
            assert!(acknowledged.commits < 9);
        }
        let memory = token.memory();
        for loss in losses {
            token.forget(&memory);
            let what = format!("{failure:?} {duration:?} at operation {n}, then loss of {loss:?}");
            let restarted = disk.after(*loss);
            check_after_restart(&token, &restarted, &acknowledged, &what);
            // What the restart has built upon must outlive the power, even if a sync failed before it.
            let what = format!("{what}, then loss of power");
            check_after_restart(&token, &restarted.after(Loss::Unsynced), &acknowledged, &what);
        }
    }
    unreachable!("the story ends")
}

#[test]
fn any_operation_may_fail_once() {
    for failure in [Failure::NotDone, Failure::DoneButReported, Failure::ShortWrite] {
        with_every_fault(failure, Duration::Once, &[Loss::Nothing]);
    }
}

#[test]
fn any_operation_may_fail_for_ever() {
    for failure in [Failure::NotDone, Failure::DoneButReported, Failure::ShortWrite] {
        with_every_fault(failure, Duration::ForEver, &[Loss::Nothing]);
    }
}

#[test]
fn the_power_may_go_after_any_failure() {
    for failure in [Failure::NotDone, Failure::ShortWrite] {
        for duration in [Duration::Once, Duration::ForEver] {
            with_every_fault(failure, duration, &[Loss::Unsynced, Loss::Half]);
        }
    }
}

#[test]
fn any_operation_of_the_recovery_may_fail_too() {
    let mut faults = 0;
    for n in 1.. {
        let token = Token::new();
        let disk = MemoryDisk::default();
        let mut acknowledged = Acknowledged::default();
        acknowledged.run(&open(&token, &disk, 1).unwrap().0);
        let disk = disk.after(Loss::Half);
        disk.fail(n, Failure::ShortWrite, Duration::ForEver);
        if let Ok((log, _)) = open(&token, &disk, 2) {
            assert!(log.checkpoint().is_some());
        }
        if disk.operations() < n {
            break;
        }
        faults += 1;
        let what = format!("recovery failed at operation {n}");
        check_after_restart(&token, &disk.after(Loss::Nothing), &acknowledged, &what);
    }
    assert!(faults > 10, "only {faults} operations in a recovery");
}

#[test]
fn a_full_disk_refuses_signatures_and_then_works_on_without_repair() {
    let token = Token::new();
    let disk = MemoryDisk::default();
    let (log, _) = open(&token, &disk, 1).unwrap();
    let first = key_use(1, 10, 0);
    let index = log.commit(NOW, vec![intent(&first)]).unwrap()[0].index;
    disk.fail(1, Failure::ShortWrite, Duration::ForEver);
    for item in [result(index, &first), record(1, 1), intent(&key_use(1, 12, 0))] {
        let refused = log.commit(NOW, vec![item]);
        assert!(matches!(refused, Err(CommitError::NotWritten(_))), "{refused:?}");
    }
    disk.heal();
    // The signature value was thrown away when the first attempt failed; it cannot be logged after all.
    let late = log.commit(NOW, vec![result(index, &first)]);
    assert!(matches!(late, Err(CommitError::IntentNotOpen)), "{late:?}");
    let second = key_use(1, 11, 0);
    let entries = log.commit(NOW, vec![intent(&second)]).unwrap();
    log.commit(NOW, vec![result(entries[0].index, &second)]).unwrap();
    let kinds: Vec<_> = events(&log).iter().map(|event| event.entry.kind()).collect();
    // The result that could not be logged was never released, so its intent is aborted, once.
    assert_eq!(kinds, [EntryKind::Start, EntryKind::Intent, EntryKind::Abort, EntryKind::Intent, EntryKind::Result]);
}

#[test]
fn a_failed_sync_stops_the_log_for_good() {
    let token = Token::new();
    let disk = MemoryDisk::default();
    let (log, _) = open(&token, &disk, 1).unwrap();
    // A commit appends and then syncs.
    disk.fail(2, Failure::NotDone, Duration::Once);
    assert!(matches!(log.commit(NOW, vec![record(1, 1)]), Err(CommitError::Stopped)));
    assert!(disk.gave_up());
    assert!(matches!(log.commit(NOW, vec![record(1, 1)]), Err(CommitError::Stopped)));
}

#[test]
fn what_is_durable_but_not_published_is_refused_and_published_later() {
    let token = Token::new();
    let disk = MemoryDisk::default();
    let (log, _) = open(&token, &disk, 1).unwrap();
    let before = log.checkpoint().unwrap();
    // Append and sync work, the first tile does not.
    disk.fail(3, Failure::NotDone, Duration::Once);
    assert!(matches!(log.commit(NOW, vec![record(1, 1)]), Err(CommitError::NotPublished(_))));
    assert_eq!(log.checkpoint().unwrap(), before);
    log.commit(NOW, vec![record(1, 2)]).unwrap();
    let versions: Vec<_> = events(&log)
        .into_iter()
        .filter_map(|event| match event.entry {
            Entry::Record { version, .. } => Some(version),
            _ => None,
        })
        .collect();
    assert_eq!(versions, [1, 2]);
}
