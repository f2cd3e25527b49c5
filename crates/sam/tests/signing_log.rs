//! The signing log through its public interface: what it keeps, what it publishes, and which histories it refuses to continue.

mod log_support;

use log_support::*;
use sam::signing_log::{
    AbortReason, CommitError, Entry, EntryKind, Fence, Item, OpenError, ProveError, disk::FileSystem,
};
use std::{
    path::{Path, PathBuf},
    thread,
};
use tlog::{SignedCheckpoint, TileKind, TilePath, entries_of_bundle, leaf_hash};

fn journal_segment(number: u32) -> PathBuf {
    Path::new(FOLDER).join(format!("journal/{number:08}.journal"))
}

fn checkpoint_path() -> PathBuf {
    Path::new(FOLDER).join("log/checkpoint")
}

#[test]
fn what_was_committed_is_recovered_after_a_restart() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    {
        let (log, recovered) = open(&token, &disk, 1).unwrap();
        assert_eq!((recovered.entries, recovered.records.len()), (1, 0));
        log.commit(NOW, vec![record(1, 1), record(2, 1), record(1, 2)]).unwrap();
        log.commit(
            NOW,
            vec![
                Item::BurnRequest { sar_id: [7; 16], expires_at: NOW.time + 300 },
                Item::BurnHash { sar_id: [7; 16], index: 4 },
                Item::SignCount { authenticator: vec![1, 2, 3], value: 41 },
                Item::SignCount { authenticator: vec![1, 2, 3], value: 42 },
                Item::CounterAlert { authenticator: vec![9], at: NOW.time },
            ],
        )
        .unwrap();
    }
    let (_, recovered) = open(&token, &disk, 2).unwrap();
    assert_eq!(recovered.records.len(), 2);
    let newest = recovered.records[&sam::ids::SignerId::new([1; 16])];
    assert_eq!((newest.version, newest.sha256), (2, [2; 32]));
    assert_eq!(recovered.burned_requests[&[7; 16]], NOW.time + 300);
    assert!(recovered.burned_hashes.contains(&([7; 16], 4)));
    assert_eq!(recovered.sign_counts[&vec![1, 2, 3]], 42);
    assert_eq!(recovered.counter_alerts[&vec![9]], NOW.time);
    assert_eq!((recovered.torn_bytes, recovered.repaired_tiles), (0, 0));
    // Two starts and three records.
    assert_eq!(recovered.entries, 5);
}

#[test]
fn burns_of_requests_that_ended_long_ago_are_forgotten() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let day = 86_400;
    let burn = |sar: u8, expires_at| {
        [Item::BurnRequest { sar_id: [sar; 16], expires_at }, Item::BurnHash { sar_id: [sar; 16], index: 0 }]
    };
    let items = [burn(1, NOW.time - day), burn(2, NOW.time - day + 1)].concat();
    open(&token, &disk, 1).unwrap().0.commit(NOW, items).unwrap();
    let (_, recovered) = open(&token, &disk, 2).unwrap();
    assert_eq!(recovered.burned_requests.keys().collect::<Vec<_>>(), [&[2; 16]]);
    assert_eq!(recovered.burned_hashes.iter().collect::<Vec<_>>(), [&([2; 16], 0)]);
}

#[test]
fn an_intent_that_was_left_open_is_aborted_at_the_next_start() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (open_use, finished_use) = (key_use(1, 10, 0), key_use(1, 10, 1));
    let open_index = {
        let (log, _) = open(&token, &disk, 1).unwrap();
        let entries = log.commit(NOW, vec![intent(&open_use), intent(&finished_use)]).unwrap();
        log.commit(NOW, vec![result(entries[1].index, &finished_use)]).unwrap();
        entries[0].index
    };
    let (log, recovered) = open(&token, &disk, 2).unwrap();
    assert_eq!(recovered.aborted_intents, [open_index]);
    let aborts: Vec<_> =
        events(&log).into_iter().filter(|event| event.entry.kind() == EntryKind::Abort).map(|e| e.entry).collect();
    assert_eq!(aborts, [Entry::Abort { intent: open_index, key_use: open_use, reason: AbortReason::Restarted }]);
    drop(log);
    assert_eq!(open(&token, &disk, 3).unwrap().1.aborted_intents, [] as [u64; 0]);
}

#[test]
fn entries_of_a_key_are_numbered_and_linked_over_restarts() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    for boot in 1..=3 {
        let (log, _) = open(&token, &disk, boot).unwrap();
        for credential in [1, 2] {
            let used = key_use(credential, boot, 0);
            let index = log.commit(NOW, vec![intent(&used)]).unwrap()[0].index;
            log.commit(NOW, vec![result(index, &used)]).unwrap();
        }
    }
    let (log, _) = open(&token, &disk, 4).unwrap();
    for number in [1, 2] {
        let mut previous = None;
        let mut sequence = 0;
        for index in 0..log_size(&log) {
            let receipt = log.receipt_of(index).unwrap();
            let event = sam::receipt::verify(&receipt, log.verifier_key()).unwrap().event().clone();
            let credential_id = match &event.entry {
                Entry::Intent(used) | Entry::Result { key_use: used, .. } => &used.credential_id,
                _ => continue,
            };
            if *credential_id != credential(number) {
                continue;
            }
            sequence += 1;
            let link = event.key_link.unwrap();
            assert_eq!((link.sequence, link.previous_leaf), (sequence, previous));
            let extra = tlog::TlogProof::parse(receipt.as_bytes()).unwrap().extra.unwrap();
            let leaf = sam::signing_log::Opening::from_bytes(&extra).unwrap().leaf();
            previous = Some(*leaf_hash(&leaf).as_bytes());
        }
        assert_eq!(sequence, 6);
    }
}

fn log_size(log: &sam::signing_log::SigningLog) -> u64 {
    SignedCheckpoint::parse(log.checkpoint().unwrap().as_bytes()).unwrap().unverified().size
}

#[test]
fn anyone_can_compute_the_root_from_the_published_entries_and_they_show_kinds_only() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (log, _) = open(&token, &disk, 1).unwrap();
    for number in 0..300 {
        log.commit(NOW, vec![record((number % 7) as u8, number)]).unwrap();
    }
    let checkpoint = SignedCheckpoint::parse(log.checkpoint().unwrap().as_bytes()).unwrap();
    let checkpoint = checkpoint.verify(log.verifier_key()).unwrap().clone();
    assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (301, ORIGIN));

    let mut rebuilt = tlog::Appender::new();
    for index in 0..2 {
        let path = TilePath::in_tree(TileKind::Entries, index, checkpoint.size).unwrap();
        let bytes = tlog::TileReader::read_tile(&PublicLog(disk.clone()), &path).unwrap();
        for leaf in entries_of_bundle(&path, &bytes).unwrap() {
            assert_eq!((leaf.len(), leaf[0]), (34, 1));
            assert!(EntryKind::from_code(leaf[1]).is_some());
            rebuilt.append(leaf).unwrap();
        }
    }
    assert_eq!(rebuilt.root(), checkpoint.root);

    // Every tile that the tree has is there with the right content, and partial tiles beside full ones are gone.
    let expected: Vec<_> = rebuilt.take_files().into_iter().map(|file| (file.path.to_string(), file.bytes)).collect();
    let log_folder = Path::new(FOLDER).join("log");
    for (path, bytes) in &expected {
        assert_eq!(&sam::signing_log::disk::Disk::read(&disk, &log_folder.join(path)).unwrap(), bytes, "{path}");
    }
    assert!(disk.paths().iter().all(|path| !path.starts_with(log_folder.join("tile/entries/000.p"))));
}

#[test]
fn the_same_entry_twice_gives_different_leaves() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (log, _) = open(&token, &disk, 1).unwrap();
    let entries = log.commit(NOW, vec![record(1, 1), record(1, 1)]).unwrap();
    assert_ne!(entries[0].opening.leaf()[2..], entries[1].opening.leaf()[2..]);
}

#[test]
fn openings_are_not_readable_in_the_journal() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let used = key_use(1, 10, 0);
    open(&token, &disk, 1).unwrap().0.commit(NOW, vec![intent(&used)]).unwrap();
    let journal = sam::signing_log::disk::Disk::read(&disk, &journal_segment(1)).unwrap();
    for secret in [used.dtbsr.as_slice(), used.credential_id.as_str().as_bytes()] {
        assert!(!journal.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn commits_of_many_threads_share_syncs_and_none_is_lost() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (log, _) = open(&token, &disk, 1).unwrap();
    let before = disk.syncs();
    thread::scope(|scope| {
        for thread_number in 0..32_u8 {
            let log = &log;
            scope.spawn(move || {
                for sar in 0..8_u32 {
                    let used = key_use(thread_number, thread_number, sar);
                    let index = log.commit(NOW, vec![intent(&used)]).unwrap()[0].index;
                    let entries = log.commit(NOW, vec![result(index, &used)]).unwrap();
                    let receipt = log.receipt(&entries[0]).unwrap();
                    let verified = sam::receipt::verify(&receipt, log.verifier_key()).unwrap();
                    assert_eq!(verified.index(), entries[0].index);
                }
            });
        }
    });
    assert!(disk.syncs() - before < 512, "{} syncs for 512 commits", disk.syncs() - before);
    let events = events(&log);
    assert_eq!(events.len(), 513);
    assert!(events.iter().zip(0..).all(|(event, index)| event.index == index));
    drop(log);
    assert_eq!(open(&token, &disk, 2).unwrap().1.aborted_intents, [] as [u64; 0]);
}

#[test]
fn a_journal_that_was_cut_anywhere_is_either_whole_or_refused() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let used = key_use(1, 10, 0);
    {
        let (log, _) = open(&token, &disk, 1).unwrap();
        log.commit(NOW, vec![record(1, 1)]).unwrap();
        // Not published, so that the checkpoint does not tell on its loss: this is a torn tail.
        log.commit(NOW, vec![intent(&used)]).unwrap();
    }
    let whole = sam::signing_log::disk::Disk::read(&disk, &journal_segment(1)).unwrap();
    let published = {
        let cut = disk.copy();
        cut.edit(&journal_segment(1), |content| content.truncate(whole.len() - 1));
        let recovered = open_fresh(&token, &cut).unwrap();
        assert!(recovered.torn_bytes > 0);
        assert_eq!(recovered.aborted_intents, [] as [u64; 0]);
        whole.len() as u64 - 1 - recovered.torn_bytes
    };
    for length in 0..whole.len() {
        let cut = disk.copy();
        cut.edit(&journal_segment(1), |content| content.truncate(length));
        let opened = open_fresh(&token, &cut);
        if length as u64 >= published {
            assert_eq!(opened.unwrap().torn_bytes, length as u64 - published, "{length} bytes");
        } else {
            let error = opened.err().unwrap_or_else(|| panic!("{length} bytes were enough"));
            assert!(
                matches!(error, OpenError::Fenced(Fence::JournalOlderThanCheckpoint { .. })),
                "{length} bytes: {error}"
            );
        }
    }
}

/// Opens a copy of the disk; the token forgets it afterwards.
fn open_fresh(token: &Token, disk: &MemoryDisk) -> Result<sam::signing_log::Recovered, OpenError> {
    let memory = token.memory();
    let result = open(token, disk, 9).map(|(_, recovered)| recovered);
    token.forget(&memory);
    result
}

#[test]
fn a_flipped_bit_anywhere_in_the_journal_is_noticed_and_nothing_is_changed() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    for boot in 1..=2 {
        let (log, _) = open(&token, &disk, boot).unwrap();
        log.commit(NOW, vec![Item::BurnRequest { sar_id: [boot; 16], expires_at: NOW.time }]).unwrap();
        log.commit(NOW, vec![record(1, boot.into())]).unwrap();
    }
    for segment in [journal_segment(1), journal_segment(2)] {
        let length = sam::signing_log::disk::Disk::read(&disk, &segment).unwrap().len();
        for position in 0..length {
            let flipped = disk.copy();
            flipped.edit(&segment, |content| content[position] ^= 0x04);
            let paths_before = flipped.paths();
            let error = open_fresh(&token, &flipped).err();
            let error = error.unwrap_or_else(|| panic!("byte {position} of {} may be flipped", segment.display()));
            assert!(matches!(error, OpenError::Journal(_) | OpenError::Fenced(_)), "byte {position}: {error}");
            assert_eq!(flipped.paths(), paths_before);
            let left = sam::signing_log::disk::Disk::read(&flipped, &segment).unwrap();
            assert_eq!(left.len(), length, "byte {position}: the evidence was cut off");
        }
    }
}

#[test]
fn burns_that_no_checkpoint_knows_of_cannot_be_damaged_or_taken_out_unnoticed() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let burn = |sar: u8| vec![Item::BurnRequest { sar_id: [sar; 16], expires_at: NOW.time }];
    for boot in 1..=2 {
        let (log, _) = open(&token, &disk, boot).unwrap();
        for sar in 0..3 {
            log.commit(NOW, burn(boot * 10 + sar)).unwrap();
        }
    }
    for (number, is_last) in [(1, false), (2, true)] {
        let segment = journal_segment(number);
        let content = sam::signing_log::disk::Disk::read(&disk, &segment).unwrap();
        let starts: Vec<usize> = (0..content.len()).filter(|at| content[*at..].starts_with(b"RKF1")).collect();
        // The start of the module, three burns.
        assert_eq!(starts.len(), 4);
        let ends = starts.iter().copied().skip(1).chain([content.len()]);
        for (start, end) in starts.iter().copied().zip(ends).skip(1) {
            if is_last && end == content.len() {
                // The very last frame looks the same whether it was damaged or never completely written.
                continue;
            }
            let taken_out = disk.copy();
            taken_out.edit(&segment, |content| drop(content.drain(start..end)));
            assert!(matches!(open_fresh(&token, &taken_out), Err(OpenError::Journal(_))), "{number} {start}");
            for position in [start, start + 25, end - 1] {
                let damaged = disk.copy();
                damaged.edit(&segment, |content| content[position] ^= 1);
                assert!(matches!(open_fresh(&token, &damaged), Err(OpenError::Journal(_))), "{number} {start}");
            }
        }
    }
    assert_eq!(open_fresh(&token, &disk.copy()).unwrap().burned_requests.len(), 6);
}

#[test]
fn a_journal_that_was_set_back_is_fenced_by_the_checkpoint() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    open(&token, &disk, 1).unwrap().0.commit(NOW, vec![record(1, 1)]).unwrap();
    let backup = disk.copy();
    open(&token, &disk, 2).unwrap().0.commit(NOW, vec![record(1, 2)]).unwrap();
    // The journal of yesterday under the log of today.
    let today = sam::signing_log::disk::Disk::read(&disk, &checkpoint_path()).unwrap();
    backup.edit(&checkpoint_path(), |content| *content = today);
    let error = refused(&token, &backup);
    assert!(
        matches!(
            error,
            OpenError::Fenced(Fence::JournalOlderThanCheckpoint { journal_entries: 2, checkpoint_entries: 4 })
        ),
        "{error}"
    );
    assert!(error.to_string().contains("restore the newest"), "{error}");
}

#[test]
fn a_whole_folder_that_was_set_back_is_fenced_by_the_signing_module() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    open(&token, &disk, 1).unwrap().0.commit(NOW, vec![record(1, 1)]).unwrap();
    let backup = disk.copy();
    open(&token, &disk, 2).unwrap().0.commit(NOW, vec![record(1, 2)]).unwrap();
    let before = backup.paths();
    for _ in 0..2 {
        let error = refused(&token, &backup);
        assert!(matches!(error, OpenError::Fenced(Fence::SigningModuleKnowsMore(4))), "{error}");
        assert_eq!(backup.paths(), before);
    }
    // An empty folder is an older state too.
    let error = refused(&token, &MemoryDisk::default());
    assert!(matches!(error, OpenError::Fenced(Fence::SigningModuleKnowsMore(4))), "{error}");
    assert!(open(&token, &disk, 3).is_ok());
}

#[test]
fn a_journal_that_went_another_way_is_fenced() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    open(&token, &disk, 1).unwrap().0.commit(NOW, vec![record(1, 1)]).unwrap();
    let memory = token.memory();
    let (one, other) = (disk.copy(), disk.copy());
    open(&token, &one, 2).unwrap().0.commit(NOW, vec![record(1, 2)]).unwrap();
    // Somebody sets the token back as well, to make a second history.
    token.forget(&memory);
    open(&token, &other, 2).unwrap().0.commit(NOW, vec![record(1, 3)]).unwrap();

    let published = sam::signing_log::disk::Disk::read(&one, &checkpoint_path()).unwrap();
    let swapped = other.copy();
    swapped.edit(&checkpoint_path(), |content| *content = published);
    let error = refused(&token, &swapped);
    assert!(matches!(error, OpenError::Fenced(Fence::OtherHistory(4))), "{error}");
    let error = refused(&token, &one);
    assert!(matches!(error, OpenError::Fenced(Fence::SigningModuleKnowsMore(_))), "{error}");
}

#[test]
fn a_missing_segment_is_noticed() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    for boot in 1..=3 {
        open(&token, &disk, boot).unwrap().0.commit(NOW, vec![record(1, 1)]).unwrap();
    }
    for missing in 1..=3 {
        let cut = disk.copy();
        cut.delete(|path| path == journal_segment(missing));
        let error = refused(&token, &cut);
        assert!(matches!(error, OpenError::Journal(_) | OpenError::Fenced(_)), "{missing}: {error}");
    }
    let swapped = disk.copy();
    let [first, second] =
        [1, 2].map(|number| sam::signing_log::disk::Disk::read(&disk, &journal_segment(number)).unwrap());
    swapped.edit(&journal_segment(1), |content| *content = second);
    swapped.edit(&journal_segment(2), |content| *content = first);
    assert!(matches!(refused(&token, &swapped), OpenError::Journal(_)));
}

#[test]
fn a_damaged_or_foreign_checkpoint_is_fenced_and_an_empty_one_is_written_again() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    open(&token, &disk, 1).unwrap().0.commit(NOW, vec![record(1, 1)]).unwrap();
    let good = sam::signing_log::disk::Disk::read(&disk, &checkpoint_path()).unwrap();
    for position in 0..good.len() {
        let damaged = disk.copy();
        damaged.edit(&checkpoint_path(), |content| content[position] ^= 0x02);
        let error = refused(&token, &damaged);
        assert!(matches!(error, OpenError::Fenced(Fence::Checkpoint)), "byte {position}: {error}");
    }
    let (other_token, other_disk) = (Token::new(), MemoryDisk::default());
    open(&other_token, &other_disk, 1).unwrap();
    let foreign = disk.copy();
    let theirs = sam::signing_log::disk::Disk::read(&other_disk, &checkpoint_path()).unwrap();
    foreign.edit(&checkpoint_path(), |content| *content = theirs);
    assert!(matches!(refused(&token, &foreign), OpenError::Fenced(Fence::Checkpoint)));

    let emptied = disk.copy();
    emptied.edit(&checkpoint_path(), Vec::clear);
    open(&token, &emptied, 2).unwrap();
    assert_eq!(log_size(&open(&token, &emptied, 3).unwrap().0), 4);
}

#[test]
fn missing_and_damaged_tiles_are_written_again_from_the_journal() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    {
        let (log, _) = open(&token, &disk, 1).unwrap();
        for number in 0..300 {
            log.commit(NOW, vec![record(1, number)]).unwrap();
        }
    }
    let tiles = Path::new(FOLDER).join("log/tile");
    let before: Vec<_> = disk.paths().into_iter().filter(|path| path.starts_with(&tiles)).collect();
    assert_eq!(
        disk.delete(|path| path.starts_with(tiles.join("entries"))),
        before.len() - disk.paths().iter().filter(|path| path.starts_with(&tiles)).count()
    );
    disk.edit(&tiles.join("0/000"), |content| content[17] ^= 1);
    let (log, recovered) = open(&token, &disk, 2).unwrap();
    // One full bundle, the partial one, and the damaged tile.
    assert_eq!(recovered.repaired_tiles, 3);
    assert_eq!(events(&log).len(), 302);
}

#[test]
fn a_tile_that_is_damaged_while_the_log_runs_gives_no_false_receipt_and_is_not_signed_over() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (log, _) = open(&token, &disk, 1).unwrap();
    let entries = log.commit(NOW, vec![record(1, 1), record(1, 2)]).unwrap();
    let tile = Path::new(FOLDER).join("log/tile/0/000.p/3");
    disk.edit(&tile, |content| content[3] ^= 1);
    assert!(matches!(log.receipt(&entries[1]), Err(ProveError::Tiles)));
    assert!(matches!(log.receipt_of(1), Err(ProveError::Tiles)));
    // The next tile is written from memory, so the log goes on with the right history.
    let later = log.commit(NOW, vec![record(1, 3)]).unwrap();
    assert!(log.receipt(&later[0]).is_ok() && log.receipt_of(1).is_ok());
    drop(log);
    assert_eq!(open(&token, &disk, 2).unwrap().1.records.len(), 1);
}

#[test]
fn a_log_has_one_writer() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let first = open(&token, &disk, 1).unwrap();
    assert!(matches!(refused(&token, &disk), OpenError::InUse(_)));
    drop(first);
    assert!(open(&token, &disk, 2).is_ok());
}

#[test]
fn a_log_on_the_file_system_works_alike_and_keeps_its_journal_private() {
    use std::os::unix::fs::PermissionsExt;
    let token = Token::new();
    let folder = token.path().join("sam");
    {
        let (log, _) = open_at(&folder, &token, FileSystem, 1).unwrap();
        log.commit(NOW, vec![record(1, 1), intent(&key_use(1, 10, 0))]).unwrap();
        let second = open_at(&folder, &token, FileSystem, 2);
        assert!(matches!(second.err().unwrap(), OpenError::InUse(_)));
    }
    let (log, recovered) = open_at(&folder, &token, FileSystem, 2).unwrap();
    assert_eq!((recovered.entries, recovered.aborted_intents.len()), (5, 1));
    assert_eq!(events(&log).len(), 5);
    let mode = |path: &str| std::fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("journal"), mode("journal/00000001.journal")), (0o700, 0o600));
    assert_eq!(mode("log/checkpoint") & 0o444, 0o444);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_with_a_remedy() {
    let token = Token::new();
    let file = token.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = open_at(&file.join("sam"), &token, FileSystem, 1).err().unwrap();
    assert!(matches!(error, OpenError::Storage(..)), "{error}");
    assert!(error.to_string().contains("writable"), "{error}");
}

#[test]
fn an_origin_that_cannot_name_a_log_is_refused() {
    for origin in ["", "with space", "with+plus", "new\nline"] {
        let token = Token::new();
        let parts = sam::signing_log::LogParts {
            sgm: token.open(),
            disk: std::sync::Arc::new(MemoryDisk::default()),
            rng: std::sync::Arc::new(sgm::SystemRandom),
        };
        let identity = sam::signing_log::LogIdentity { origin: origin.to_owned(), ..identity(1) };
        let refused = sam::signing_log::SigningLog::open(Path::new(FOLDER), identity, parts, NOW);
        assert!(matches!(refused.err().unwrap(), OpenError::Origin(_)), "{origin:?}");
    }
}

#[test]
fn only_published_entries_are_proved() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (log, _) = open(&token, &disk, 1).unwrap();
    let entries = log.commit(NOW, vec![intent(&key_use(1, 10, 0))]).unwrap();
    assert!(matches!(log.receipt(&entries[0]), Err(ProveError::NoSuchEntry(1))));
    assert!(matches!(log.prove(1), Err(ProveError::NoSuchEntry(1))));
    assert!(matches!(log.receipt_of(u64::MAX), Err(ProveError::NoSuchEntry(u64::MAX))));
    log.commit(NOW, vec![record(1, 1)]).unwrap();
    assert!(log.receipt(&entries[0]).is_ok());
    // A proof alone shows no opening.
    assert!(!log.prove(1).unwrap().contains("extra"));
}

#[test]
fn an_intent_ends_once_and_only_as_what_it_was() {
    let (token, disk) = (Token::new(), MemoryDisk::default());
    let (log, _) = open(&token, &disk, 1).unwrap();
    let used = key_use(1, 10, 0);
    let index = log.commit(NOW, vec![intent(&used)]).unwrap()[0].index;
    let abort = Item::Entry(Entry::Abort { intent: index, key_use: used.clone(), reason: AbortReason::SigningFailed });
    for (what, items) in [
        ("another use", vec![result(index, &key_use(1, 10, 1))]),
        ("no intent", vec![result(index + 1, &used)]),
        ("an entry that is no intent", vec![result(0, &used)]),
        ("two ends", vec![result(index, &used), abort.clone()]),
    ] {
        let refused = log.commit(NOW, items);
        assert!(matches!(refused, Err(CommitError::IntentNotOpen)), "{what}: {refused:?}");
    }
    log.commit(NOW, vec![result(index, &used)]).unwrap();
    for again in [result(index, &used), abort] {
        assert!(matches!(log.commit(NOW, vec![again]), Err(CommitError::IntentNotOpen)));
    }
    assert_eq!(events(&log).len(), 3);
}
