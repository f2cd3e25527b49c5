//! `rakkan log verify`: rebuilds the whole tree from the entries and compares everything that is stored with it.
//! RFC 6962 2.1; security design 3.4 (leaves) and 3.5 (every intent ends once).

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use sam::signing_log::{EntryKind, LEAF_LENGTH};
use serde_json::{Value, json};
use tlog::{Appender, Checkpoint, Hash, TileFile, TileKind, TilePath, TileReader, TlogProof, entries_of_bundle};

use super::folder::{Folder, FolderError, read_checkpoint};
use super::key::LogKey;

/// More problems than this are counted, not listed.
const LISTED_PROBLEMS: usize = 20;
/// First byte of every leaf: the version of its format.
const LEAF_VERSION: u8 = 1;

/// What the check of a log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCheck {
    /// What the checkpoint says.
    pub checkpoint: Checkpoint,
    /// Whether the log's key signed it.
    pub signature: SignatureCheck,
    /// How many entries of each kind there are.
    pub entries: BTreeMap<&'static str, u64>,
    /// Intents whose end is not in the log (yet).
    pub open_intents: u64,
    /// Files that hold exactly what they should.
    pub good_files: u64,
    /// Size of the earlier checkpoint that this log extends, if one was given.
    pub extends: Option<u64>,
    /// What is wrong; the first ones.
    pub problems: Vec<Problem>,
    /// How many things are wrong.
    pub problem_count: u64,
}

/// Whether the checkpoint is the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureCheck {
    /// Signed by this key.
    Valid(LogKey),
    /// Not signed by this key, or about another log.
    Invalid(LogKey, String),
    /// There was no key to check it with.
    NotChecked,
}

/// Something in the log is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file is missing or cannot be read.
    #[error("{0} cannot be read ({1})")]
    Unreadable(TilePath, String),
    /// An entry bundle is not one.
    #[error("{0}: {1}")]
    Bundle(TilePath, String),
    /// A tile holds other hashes than the entries give.
    #[error("{0} holds other hashes than the entries give")]
    TileDiffers(TilePath),
    /// An entry is of a kind that is not known.
    #[error("entry {0} has a form that this version does not know: use the version that wrote the log")]
    UnknownEntry(u64),
    /// A key use ended that had not begun.
    #[error("entry {0} ends a key use that had not begun")]
    EndWithoutIntent(u64),
    /// The entries give another root.
    #[error(
        "the entries give the root {0}, not that of the checkpoint: entries were changed, or the files are of different times"
    )]
    RootDiffers(Hash),
    /// The earlier checkpoint is of another log.
    #[error("the earlier checkpoint is of the log {0:?}")]
    EarlierOfOtherLog(String),
    /// The log is smaller than it was.
    #[error("the log had {0} entries before and has fewer now: it was rolled back")]
    RolledBack(u64),
    /// The earlier entries were others.
    #[error("the first {0} entries are not the ones that the earlier checkpoint is about: the past was changed")]
    PastChanged(u64),
    /// The earlier checkpoint is not signed by the log's key.
    #[error("the earlier checkpoint is not signed by the log's key")]
    EarlierNotSigned,
}

/// Reads an earlier checkpoint, from a checkpoint file or a receipt.
///
/// # Errors
/// [`FolderError`] if it is neither.
pub(super) fn read_earlier(file: &Path) -> Result<tlog::SignedCheckpoint, FolderError> {
    let proof = std::fs::read(file).ok().and_then(|bytes| TlogProof::parse(&bytes).ok());
    proof.map_or_else(|| read_checkpoint(file), |proof| Ok(proof.checkpoint))
}

/// Reads every file of the log and checks it. Needs memory for one bundle of entries at a time.
///
/// # Errors
/// Never for what is wrong with the log: that is in the result.
pub fn check_log(
    folder: &Folder,
    key: Option<&LogKey>,
    earlier: Option<&tlog::SignedCheckpoint>,
) -> Result<LogCheck, FolderError> {
    let checkpoint = folder.checkpoint().unverified().clone();
    let signature = match key {
        None => SignatureCheck::NotChecked,
        Some(key) => match folder.checkpoint().verify(&key.key) {
            Ok(_) => SignatureCheck::Valid(key.clone()),
            Err(error) => SignatureCheck::Invalid(key.clone(), error.to_string()),
        },
    };
    let mut walk = Walk::new(folder, checkpoint.size);
    if let Some(earlier) = earlier {
        walk.expect_earlier(earlier, key, &checkpoint);
    }
    walk.read_entries();
    if walk.complete && walk.log.root() != checkpoint.root {
        walk.problem(Problem::RootDiffers(walk.log.root()));
    }
    let extends = walk.earlier.as_ref().map(|earlier| earlier.size);
    Ok(LogCheck {
        checkpoint,
        signature,
        entries: walk.entries,
        open_intents: walk.open_intents,
        good_files: walk.good_files,
        extends,
        problems: walk.problems,
        problem_count: walk.problem_count,
    })
}

struct Walk<'a> {
    folder: &'a Folder,
    size: u64,
    log: Appender,
    /// The newest partial tile of each level; only what is at the right edge in the end is stored.
    edges: BTreeMap<TileKind, TileFile>,
    /// Whether every entry could be read, so that the root means something.
    complete: bool,
    earlier: Option<Checkpoint>,
    entries: BTreeMap<&'static str, u64>,
    open_intents: u64,
    good_files: u64,
    problems: Vec<Problem>,
    problem_count: u64,
}

impl<'a> Walk<'a> {
    fn new(folder: &'a Folder, size: u64) -> Self {
        Walk {
            folder,
            size,
            log: Appender::new(),
            edges: BTreeMap::new(),
            complete: true,
            earlier: None,
            entries: BTreeMap::new(),
            open_intents: 0,
            good_files: 0,
            problems: Vec::new(),
            problem_count: 0,
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < LISTED_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn expect_earlier(&mut self, earlier: &tlog::SignedCheckpoint, key: Option<&LogKey>, now: &Checkpoint) {
        let before = earlier.unverified();
        if before.origin != now.origin {
            self.problem(Problem::EarlierOfOtherLog(before.origin.clone()));
        } else if key.is_some_and(|key| earlier.verify(&key.key).is_err()) {
            self.problem(Problem::EarlierNotSigned);
        } else if before.size > now.size {
            self.problem(Problem::RolledBack(before.size));
        } else {
            self.earlier = Some(before.clone());
            self.compare_with_earlier();
        }
    }

    fn compare_with_earlier(&mut self) {
        let Some(earlier) = &self.earlier else { return };
        if earlier.size == self.log.size() && earlier.root != self.log.root() {
            let size = earlier.size;
            self.problem(Problem::PastChanged(size));
        }
    }

    fn read_entries(&mut self) {
        for index in 0.. {
            let Some(path) = TilePath::in_tree(TileKind::Entries, index, self.size) else {
                break;
            };
            if !self.read_bundle(path) {
                self.complete = false;
                return;
            }
        }
        for (kind, file) in std::mem::take(&mut self.edges) {
            if TilePath::right_edge(kind, self.size) == Some(file.path) {
                self.compare_tile(&file);
            }
        }
    }

    /// Whether the entries of this bundle are known now.
    fn read_bundle(&mut self, path: TilePath) -> bool {
        let bytes = match self.folder.read_tile(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problem(Problem::Unreadable(path, error.to_string()));
                return false;
            }
        };
        let entries = match entries_of_bundle(&path, &bytes) {
            Ok(entries) => entries,
            Err(error) => {
                self.problem(Problem::Bundle(path, error.to_string()));
                return false;
            }
        };
        for entry in entries {
            let index = self.log.size();
            self.look_at(index, entry);
            if self.log.append(entry).is_err() {
                return false;
            }
            self.compare_with_earlier();
        }
        self.good_files += 1;
        for file in self.log.take_files() {
            match file.path.kind() {
                // That is where the entries came from.
                TileKind::Entries => {}
                _ if file.path.is_full() => self.compare_tile(&file),
                kind => drop(self.edges.insert(kind, file)),
            }
        }
        true
    }

    fn look_at(&mut self, index: u64, entry: &[u8]) {
        let kind = match entry {
            [LEAF_VERSION, kind, ..] if entry.len() == LEAF_LENGTH => EntryKind::from_code(*kind),
            _ => None,
        };
        let Some(kind) = kind else {
            return self.problem(Problem::UnknownEntry(index));
        };
        *self.entries.entry(kind.name()).or_default() += 1;
        match kind {
            EntryKind::Intent => self.open_intents += 1,
            EntryKind::Result | EntryKind::Abort => match self.open_intents.checked_sub(1) {
                Some(open) => self.open_intents = open,
                None => self.problem(Problem::EndWithoutIntent(index)),
            },
            _ => {}
        }
    }

    fn compare_tile(&mut self, file: &TileFile) {
        match self.folder.read_tile(&file.path) {
            Err(error) => self.problem(Problem::Unreadable(file.path, error.to_string())),
            // A full tile may stand in for a partial one; it has the same hashes first.
            Ok(bytes) if bytes == file.bytes || !file.path.is_full() && bytes.starts_with(&file.bytes) => {
                self.good_files += 1
            }
            Ok(_) => self.problem(Problem::TileDiffers(file.path)),
        }
    }
}

impl LogCheck {
    /// Whether the log is whole and signed by the log's key.
    pub fn holds(&self) -> bool {
        self.problem_count == 0 && matches!(self.signature, SignatureCheck::Valid(_))
    }

    /// The same for programs.
    pub fn to_json(&self) -> Value {
        let (signature, key) = match &self.signature {
            SignatureCheck::Valid(key) => ("valid", Some(key.key.to_string())),
            SignatureCheck::Invalid(key, _) => ("invalid", Some(key.key.to_string())),
            SignatureCheck::NotChecked => ("not checked", None),
        };
        json!({
            "holds": self.holds(),
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.to_string(),
            "signature": signature,
            "key": key,
            "entries": self.entries,
            "openIntents": self.open_intents,
            "goodFiles": self.good_files,
            "extends": self.extends,
            "problemCount": self.problem_count,
            "problems": self.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for LogCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.entries.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        writeln!(f, "log          {}", self.checkpoint.origin)?;
        writeln!(f, "entries      {}  ({})", self.checkpoint.size, kinds.join(", "))?;
        writeln!(f, "open uses    {}", self.open_intents)?;
        writeln!(f, "root         {}", self.checkpoint.root)?;
        writeln!(f, "files        {} hold exactly these entries", self.good_files)?;
        if let Some(size) = self.extends {
            writeln!(f, "extends      the log of {size} entries")?;
        }
        match &self.signature {
            SignatureCheck::Valid(key) => writeln!(f, "signature    valid, by {key}")?,
            SignatureCheck::Invalid(key, reason) => {
                writeln!(f, "signature    WRONG: {reason}\n             checked with {key}")?
            }
            SignatureCheck::NotChecked => {
                writeln!(f, "signature    NOT CHECKED: give the log's public key with --key or --key-file")?;
            }
        }
        for problem in &self.problems {
            writeln!(f, "problem      {problem}")?;
        }
        let unlisted = self.problem_count.saturating_sub(u64::try_from(self.problems.len()).unwrap_or(u64::MAX));
        if unlisted > 0 {
            writeln!(f, "             and {unlisted} more")?;
        }
        writeln!(f, "{}", if self.holds() { "The log is whole." } else { "The log is NOT proven whole." })
    }
}
