//! The public folder of a log, read as any stranger would. C2SP tlog-tiles.

use std::io;
use std::path::{Path, PathBuf};

use tlog::{CheckpointError, SignedCheckpoint, TilePath, TileReader};

use super::key::KEY_FILE;

const CHECKPOINT: &str = "checkpoint";
/// No checkpoint is longer: the note format allows no more.
const LONGEST_CHECKPOINT: u64 = tlog::note::MAX_LENGTH as u64;

/// A log in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    checkpoint: SignedCheckpoint,
}

/// A folder is not that of a log.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no checkpoint.
    #[error("{} is not the folder of a log: it has no file `checkpoint`, and no `log/checkpoint`", .0.display())]
    NoLog(PathBuf),
    /// The checkpoint cannot be read.
    #[error("{} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The checkpoint is not one.
    #[error("{} is not a checkpoint", .0.display())]
    Checkpoint(PathBuf, #[source] CheckpointError),
}

impl Folder {
    /// Opens the log in `dir` or in `dir/log`. Reads the checkpoint and verifies nothing.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(dir: &Path) -> Result<Self, FolderError> {
        let places = [dir.to_owned(), dir.join("log")];
        let path = places.into_iter().find(|path| path.join(CHECKPOINT).is_file());
        let path = path.ok_or_else(|| FolderError::NoLog(dir.to_owned()))?;
        let file = path.join(CHECKPOINT);
        let checkpoint = read_checkpoint(&file)?;
        Ok(Folder { path, checkpoint })
    }

    /// The checkpoint; its signature is for the caller to verify.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Where the public key of the log may lie: in the folder, or beside it.
    pub fn key_places(&self) -> Vec<PathBuf> {
        let beside = self.path.parent().map(|parent| parent.join(KEY_FILE));
        [Some(self.path.join(KEY_FILE)), beside].into_iter().flatten().collect()
    }
}

/// Reads a file with a signed checkpoint.
pub(super) fn read_checkpoint(file: &Path) -> Result<SignedCheckpoint, FolderError> {
    let read = || {
        if std::fs::metadata(file)?.len() > LONGEST_CHECKPOINT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than any checkpoint"));
        }
        std::fs::read(file)
    };
    let bytes = read().map_err(|error| FolderError::Read(file.to_owned(), error))?;
    SignedCheckpoint::parse(&bytes).map_err(|error| FolderError::Checkpoint(file.to_owned(), error))
}

impl TileReader for Folder {
    type Error = io::Error;

    fn read_tile(&self, path: &TilePath) -> io::Result<Vec<u8>> {
        match std::fs::read(self.path.join(path.to_string())) {
            // The log may have removed the partial file, since the full one is there.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_full() => {
                std::fs::read(self.path.join(path.to_full().to_string()))
            }
            other => other,
        }
    }
}
