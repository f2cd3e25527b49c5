//! The public side of the log: tiles and the signed checkpoint, in files that anyone may read. C2SP tlog-tiles, tlog-checkpoint.
//!
//! Everything here is derived from the journal and rebuilt from it when it is missing, so nothing here is forced to the disk. What is
//! signed is durable in the journal before.

use super::disk::{Access, Disk};
use sgm::{CheckpointToSign, LogSignError, Sgm};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tlog::{
    Appender, Checkpoint, ConsistencyProof, InclusionProof, SignedCheckpoint, TileFile, TileKind, TileNodes, TilePath,
    TileReader, note::VerifierKey,
};

const CHECKPOINT: &str = "checkpoint";

/// Why the public side is behind the journal.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// Tiles or checkpoint could not be written.
    #[error("{} cannot be written", .0.display())]
    Storage(PathBuf, #[source] io::Error),
    /// Tiles could not be read, so nothing can be proved.
    #[error("the tiles of the log cannot be read or do not fit together")]
    Tiles,
    /// The signing module refused to sign the checkpoint.
    #[error("the checkpoint was not signed")]
    Signing(#[source] LogSignError),
    /// The log's name cannot stand in a checkpoint.
    #[error("the origin of the log cannot stand in a checkpoint")]
    Origin,
}

/// Writes tiles and checkpoints.
pub(super) struct Publication {
    folder: LogFolder,
    sgm: Arc<dyn Sgm>,
    key: VerifierKey,
    /// Tiles that could not be written yet; of each only the widest.
    unwritten: BTreeMap<(TileKind, u64), TileFile>,
    signed_size: u64,
}

/// The folder of the public log.
#[derive(Clone)]
pub(super) struct LogFolder {
    pub(super) path: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
}

impl LogFolder {
    pub(super) fn create(&self) -> io::Result<()> {
        self.disk.create_folder(&self.path, Access::Public)
    }

    /// The stored checkpoint, if there is one. A file without content counts as none: that is what a loss of power can leave.
    pub(super) fn read_checkpoint(&self) -> io::Result<Option<Vec<u8>>> {
        match self.disk.read(&self.path.join(CHECKPOINT)) {
            Ok(content) => Ok(Some(content).filter(|content| !content.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the tile is there with this content.
    pub(super) fn holds(&self, tile: &TileFile) -> bool {
        self.disk.read(&self.place(&tile.path)).is_ok_and(|content| content == tile.bytes)
    }

    /// Proof that the entry at `index` is in the tree of `size` entries.
    pub(super) fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, PublicationError> {
        InclusionProof::make(&mut TileNodes::new(size, self), index, size).map_err(|_| PublicationError::Tiles)
    }

    fn place(&self, tile: &TilePath) -> PathBuf {
        self.path.join(tile.to_string())
    }
}

impl TileReader for LogFolder {
    type Error = io::Error;

    fn read_tile(&self, path: &TilePath) -> io::Result<Vec<u8>> {
        match self.disk.read(&self.place(path)) {
            // The partial tile may have been removed, since the full one is there.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_full() => {
                let full = TilePath::in_tree(path.kind(), path.index(), u64::MAX >> 1).ok_or(error)?;
                self.disk.read(&self.place(&full))
            }
            other => other,
        }
    }
}

impl Publication {
    /// `signed_size` is the size of the stored checkpoint.
    pub(super) fn new(folder: LogFolder, sgm: Arc<dyn Sgm>, key: VerifierKey, signed_size: u64) -> Self {
        Self { folder, sgm, key, unwritten: BTreeMap::new(), signed_size }
    }

    /// Adds tiles that have to be written with the next checkpoint.
    pub(super) fn add(&mut self, tiles: impl IntoIterator<Item = TileFile>) {
        for tile in tiles {
            self.unwritten.insert((tile.path.kind(), tile.path.index()), tile);
        }
    }

    /// Brings tiles and checkpoint up to the journal. After an error it can be tried again; nothing is lost.
    pub(super) fn publish(&mut self, appender: &mut Appender) -> Result<SignedCheckpoint, PublicationError> {
        self.add(appender.take_files());
        while let Some(tile) = self.unwritten.first_entry() {
            let tile = tile.get().clone();
            self.write(&tile)?;
            self.unwritten.remove(&(tile.path.kind(), tile.path.index()));
        }
        let checkpoint = self.sign(appender)?;
        let path = self.folder.path.join(CHECKPOINT);
        self.folder
            .disk
            .replace(&path, checkpoint.to_string().as_bytes())
            .map_err(|error| PublicationError::Storage(path, error))?;
        Ok(checkpoint)
    }

    fn write(&self, tile: &TileFile) -> Result<(), PublicationError> {
        let path = self.folder.place(&tile.path);
        let storage = |error| PublicationError::Storage(path.clone(), error);
        self.folder.disk.replace(&path, &tile.bytes).map_err(storage)?;
        if tile.path.is_full() {
            // C2SP tlog-tiles: partial tiles may go once the full one is there.
            let mut partial = path.clone().into_os_string();
            partial.push(".p");
            self.folder.disk.remove_folder(Path::new(&partial)).map_err(storage)?;
        }
        Ok(())
    }

    fn sign(&mut self, appender: &Appender) -> Result<SignedCheckpoint, PublicationError> {
        let size = appender.size();
        let checkpoint = Checkpoint::new(self.key.name().as_str(), size, appender.root());
        // One more round if the signing module knows a later checkpoint than we do: it was signed, but could not be written here.
        for _ in 0..2 {
            let proof = ConsistencyProof::make(&mut TileNodes::new(size, &self.folder), self.signed_size, size)
                .map_err(|_| PublicationError::Tiles)?;
            let hashes: Vec<[u8; 32]> = proof.hashes.iter().map(|hash| *hash.as_bytes()).collect();
            let sign = |body: &[u8]| {
                let previous_size = self.signed_size;
                self.sgm.log_sign(&CheckpointToSign { body, previous_size, consistency_proof: &hashes })
            };
            match SignedCheckpoint::sign(checkpoint.clone(), &self.key, sign) {
                Ok(signed) => {
                    self.signed_size = size;
                    return Ok(signed);
                }
                Err(tlog::note::SignError::Signer(LogSignError::Conflict { signed_size })) if signed_size <= size => {
                    self.signed_size = signed_size;
                }
                Err(tlog::note::SignError::Signer(error)) => return Err(PublicationError::Signing(error)),
                Err(tlog::note::SignError::Note(_)) => return Err(PublicationError::Origin),
            }
        }
        Err(PublicationError::Signing(LogSignError::Conflict { signed_size: self.signed_size }))
    }
}
