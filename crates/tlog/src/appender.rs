//! Adds entries to a log and says which files to write. C2SP tlog-tiles; RFC 6962 2.1.
//!
//! Holds the right edge of the tree only: some 8 KiB for each factor of 256 in the log's size.

use crate::hash::{Hash, leaf_hash, node_hash};
use crate::tile::bundle::{BundleError, entries_of_bundle, push_entry};
use crate::tile::nodes::{TileError, TileNodes, TileReader};
use crate::tile::path::{TileKind, TilePath};
use crate::tree::{NodeId, NodeReader, fold};

/// A log that grows. Clone it to try an append that may have to be taken back.
#[derive(Debug, Clone, Default)]
pub struct Appender {
    size: u64,
    /// The complete subtrees that the tree consists of, the largest first: one for each bit set in `size`.
    subtrees: Vec<Hash>,
    /// The partial tile at the right edge of each level.
    edges: Vec<Edge>,
    bundle: Vec<u8>,
    /// Tiles and bundles that became full since the files were last taken.
    filled: Vec<TileFile>,
    /// Leaves when the files were last taken.
    written: u64,
}

#[derive(Debug, Clone, Default)]
struct Edge {
    hashes: Vec<Hash>,
    changed: bool,
}

/// A file of the log, to be written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileFile {
    /// Its name below the log's folder.
    pub path: TilePath,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// An entry was not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The caller's entry is longer than the format allows.
    #[error("the entry is longer than 65,535 bytes")]
    TooLong,
    /// The log has 2^63 entries.
    #[error("the log is full")]
    Full,
}

/// A log could not be opened for appending: its files and its checkpoint do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError<E> {
    /// A tile is missing or broken.
    #[error("a tile at the right edge of the tree cannot be used")]
    Tile(#[source] TileError<E>),
    /// The last entry bundle could not be read.
    #[error("{0} could not be read")]
    Read(TilePath, #[source] E),
    /// The last entry bundle is broken.
    #[error("{0} cannot be used")]
    Bundle(TilePath, #[source] BundleError),
    /// The last entries are not the ones in the tree.
    #[error("{0} holds other entries than the tree; restore the file")]
    EntriesDiffer(TilePath),
    /// The tiles give another root than the checkpoint.
    #[error("the tiles give another root than the checkpoint; restore both from the same time")]
    RootMismatch,
}

impl Appender {
    /// An empty log.
    pub fn new() -> Self {
        Appender::default()
    }

    /// Opens the log of `size` entries whose checkpoint says `root`, reading only the right edge of the tree.
    ///
    /// # Errors
    /// [`OpenError`] if tiles, entries and root do not fit together. Tiles left of the edge are not read.
    pub fn open<R: TileReader>(size: u64, root: &Hash, reader: &R) -> Result<Self, OpenError<R::Error>> {
        let mut nodes = TileNodes::new(size, reader);
        let mut subtrees = Vec::new();
        let mut at = 0_u64;
        while let Some(height) = size.saturating_sub(at).checked_ilog2() {
            subtrees.push(nodes.node(NodeId { height, index: at >> height }).map_err(OpenError::Tile)?);
            at = at.saturating_add(1 << height);
        }
        if fold(subtrees.iter().copied()) != *root {
            return Err(OpenError::RootMismatch);
        }
        let mut edges = Vec::new();
        for level in (0..8_u8).take_while(|level| size >> (u32::from(*level) * 8) > 0) {
            let hashes = match TilePath::right_edge(TileKind::Hashes(level), size) {
                Some(path) => nodes.tile(path).map_err(OpenError::Tile)?.to_vec(),
                None => Vec::new(),
            };
            edges.push(Edge { hashes, changed: false });
        }
        let mut bundle = Vec::new();
        if let Some(path) = TilePath::right_edge(TileKind::Entries, size) {
            let bytes = reader.read_tile(&path).map_err(|error| OpenError::Read(path, error))?;
            let entries = entries_of_bundle(&path, &bytes).map_err(|error| OpenError::Bundle(path, error))?;
            let leaves = edges.first().map(|edge| edge.hashes.as_slice()).unwrap_or_default();
            if !entries.iter().map(|entry| leaf_hash(entry)).eq(leaves.iter().copied()) {
                return Err(OpenError::EntriesDiffer(path));
            }
            for entry in entries {
                push_entry(&mut bundle, entry);
            }
        }
        Ok(Appender { size, subtrees, edges, bundle, filled: Vec::new(), written: size })
    }

    /// Entries in the log.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over all entries.
    pub fn root(&self) -> Hash {
        fold(self.subtrees.iter().copied())
    }

    /// Appends an entry and returns its index. Nothing is stored until the caller has written [`Self::take_files`].
    ///
    /// # Errors
    /// [`AppendError`]; the log is as before then.
    pub fn append(&mut self, entry: &[u8]) -> Result<u64, AppendError> {
        let index = self.size;
        let size = index.checked_add(1).filter(|size| *size < 1 << 63).ok_or(AppendError::Full)?;
        if !push_entry(&mut self.bundle, entry) {
            return Err(AppendError::TooLong);
        }
        self.size = size;
        if size.is_multiple_of(u64::from(TilePath::FULL_WIDTH)) {
            let bundle = std::mem::take(&mut self.bundle);
            self.fill(TileKind::Entries, index >> 8, bundle);
        }
        let mut subtree = leaf_hash(entry);
        self.push_hash(0, subtree);
        // Every bit that the addition carries over joins two complete subtrees into the next larger one.
        for height in 1..=index.trailing_ones() {
            let Some(left) = self.subtrees.pop() else { break };
            subtree = node_hash(&left, &subtree);
            if height % 8 == 0 {
                self.push_hash(height / 8, subtree);
            }
        }
        self.subtrees.push(subtree);
        Ok(index)
    }

    /// The files that have come or changed since the last call: full ones, then the partial ones at the right edge.
    ///
    /// Write them, make them durable, and only then sign and write the checkpoint.
    pub fn take_files(&mut self) -> Vec<TileFile> {
        let mut files = std::mem::take(&mut self.filled);
        if self.written == self.size {
            return files;
        }
        self.written = self.size;
        if let Some(path) = TilePath::right_edge(TileKind::Entries, self.size) {
            files.push(TileFile { path, bytes: self.bundle.clone() });
        }
        for (level, edge) in (0_u8..).zip(&mut self.edges) {
            if std::mem::take(&mut edge.changed)
                && let Some(path) = TilePath::right_edge(TileKind::Hashes(level), self.size)
            {
                files.push(TileFile { path, bytes: tile_of_hashes(&edge.hashes) });
            }
        }
        files
    }

    fn push_hash(&mut self, level: u32, hash: Hash) {
        let (Ok(position), Ok(tile_level)) = (usize::try_from(level), u8::try_from(level)) else {
            return;
        };
        if self.edges.len() <= position {
            self.edges.resize_with(position.saturating_add(1), Edge::default);
        }
        let Some(edge) = self.edges.get_mut(position) else {
            return;
        };
        edge.hashes.push(hash);
        edge.changed = true;
        if edge.hashes.len() == usize::from(TilePath::FULL_WIDTH) {
            edge.changed = false;
            let bytes = tile_of_hashes(&std::mem::take(&mut edge.hashes));
            let index = self.size.saturating_sub(1) >> (level.saturating_add(1).saturating_mul(8)).min(63);
            self.fill(TileKind::Hashes(tile_level), index, bytes);
        }
    }

    fn fill(&mut self, kind: TileKind, index: u64, bytes: Vec<u8>) {
        self.filled.push(TileFile { path: TilePath::new(kind, index, TilePath::FULL_WIDTH), bytes });
    }
}

fn tile_of_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(Hash::as_bytes).copied().collect()
}
