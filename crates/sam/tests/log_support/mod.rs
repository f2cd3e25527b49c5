//! What the tests of the signing log share: a token, a log on a disk in memory, and entries to put into it.
#![allow(dead_code, unused_imports)] // Each test file uses its own part.

mod memory_disk;

pub use memory_disk::{Duration, Failure, Loss, MemoryDisk};

use sam::{
    ids::{CredentialId, SignerId},
    signing_log::{
        Entry, Event, Item, KeyUse, LogIdentity, LogParts, OpenError, Recovered, SigningLog, Stamp, disk::Disk,
    },
};
use sgm::{KeyEncryption, Sgm, SoftwareToken, SystemRandom, create_key_file};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tlog::{TilePath, TileReader};

pub const ORIGIN: &str = "log.example/one";
pub const FOLDER: &str = "/sam";
pub const NOW: Stamp = Stamp { time: 1_800_000_000, clock_synchronised: true };

/// A signing module whose files are real, since they are not what is tested here.
pub struct Token {
    folder: TempDir,
}

impl Token {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        create_key_file(&folder.path().join("kek"), &SystemRandom).unwrap();
        let token = Self { folder };
        SoftwareToken::create(&token.folder.path().join("token"), &token.source(), &SystemRandom).unwrap();
        token
    }

    /// Opens it as after a restart.
    pub fn open(&self) -> Arc<dyn Sgm> {
        Arc::new(SoftwareToken::open(&self.folder.path().join("token"), &self.source()).unwrap())
    }

    /// What it remembers of the log, to be given back with [`Self::forget`].
    pub fn memory(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("token/log-anchor")).unwrap()
    }

    /// Sets the memory of the log back.
    pub fn forget(&self, memory: &[u8]) {
        std::fs::write(self.folder.path().join("token/log-anchor"), memory).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn source(&self) -> KeyEncryption {
        KeyEncryption::KeyFile(self.folder.path().join("kek"))
    }
}

pub fn identity(boot: u8) -> LogIdentity {
    LogIdentity {
        origin: ORIGIN.to_owned(),
        tenant: String::new(),
        sam_boot: [boot; 16],
        binary_sha256: [0xb1; 32],
        configuration_sha256: [0xc1; 32],
    }
}

pub fn open_at(
    folder: &Path,
    token: &Token,
    disk: impl Disk + 'static,
    boot: u8,
) -> Result<(SigningLog, Recovered), OpenError> {
    let parts = LogParts { sgm: token.open(), disk: Arc::new(disk), rng: Arc::new(SystemRandom) };
    SigningLog::open(folder, identity(boot), parts, NOW)
}

pub fn open(token: &Token, disk: &MemoryDisk, boot: u8) -> Result<(SigningLog, Recovered), OpenError> {
    open_at(Path::new(FOLDER), token, disk.clone(), boot)
}

/// The error of an opening that must fail.
pub fn refused(token: &Token, disk: &MemoryDisk) -> OpenError {
    match open(token, disk, 99) {
        Ok(_) => panic!("the log was opened"),
        Err(error) => error,
    }
}

pub fn credential(number: u8) -> CredentialId {
    CredentialId::new([number; 16])
}

pub fn key_use(credential_number: u8, sar: u8, index: u32) -> KeyUse {
    KeyUse {
        credential_id: credential(credential_number),
        sar_id: [sar; 16],
        index,
        sad_sha256: [0xad; 32],
        dtbsr: vec![0xd0 ^ index as u8; 32],
        algorithm: "1.2.840.10045.4.3.2".to_owned(),
        certificate_sha256: [0xce; 32],
        client_sha256: [0xc1; 32],
    }
}

pub fn intent(key_use: &KeyUse) -> Item {
    Item::Entry(Entry::Intent(key_use.clone()))
}

pub fn result(intent: u64, key_use: &KeyUse) -> Item {
    Item::Entry(Entry::Result { intent, key_use: key_use.clone(), signature_sha256: [0x51; 32] })
}

pub fn record(signer: u8, version: u64) -> Item {
    Item::Entry(Entry::Record { signer_id: SignerId::new([signer; 16]), version, record_sha256: [version as u8; 32] })
}

/// Everything in the published log, opened.
pub fn events(log: &SigningLog) -> Vec<Event> {
    let key = log.verifier_key();
    (0..)
        .map_while(|index| log.receipt_of(index).ok())
        .map(|receipt| sam::receipt::verify(&receipt, key).unwrap().event().clone())
        .collect()
}

/// The public folder as anyone reads it.
pub struct PublicLog(pub MemoryDisk);

impl TileReader for PublicLog {
    type Error = io::Error;
    fn read_tile(&self, path: &TilePath) -> io::Result<Vec<u8>> {
        self.0.read(&PathBuf::from(FOLDER).join("log").join(path.to_string()))
    }
}
