//! Hashes of complete subtrees, taken from tiles. C2SP tlog-tiles, "Merkle Tree".

use std::collections::BTreeMap;

use crate::hash::Hash;
use crate::tile::path::{TileKind, TilePath};
use crate::tree::{NodeId, NodeReader, fold};

/// Where tiles and entry bundles come from: a folder, a web server, memory.
pub trait TileReader {
    /// Why a tile could not be had.
    type Error;

    /// The bytes of the tile. For a partial tile a wider one at the same position will do: the log may have removed
    /// the partial file once the full one was there. Retries, if any, are the reader's affair.
    fn read_tile(&self, path: &TilePath) -> Result<Vec<u8>, Self::Error>;
}

/// The nodes of a tree of a given size, read from tiles as they are needed; each tile is read once.
///
/// Make one for each proof or walk: it keeps what it has read.
pub struct TileNodes<'a, R> {
    size: u64,
    reader: &'a R,
    read: BTreeMap<TilePath, Vec<Hash>>,
}

/// A tile could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError<E> {
    /// The reader failed.
    #[error("{0} could not be read")]
    Read(TilePath, #[source] E),
    /// The storage holds something else under this name.
    #[error("{0} does not hold as many hashes as a tree of this size has there; restore the file")]
    Malformed(TilePath),
    /// The caller asked for a node that the tree does not have.
    #[error("the tree has no complete subtree of height {} at {}", .0.height, .0.index)]
    NoSuchNode(NodeId),
}

impl<'a, R: TileReader> TileNodes<'a, R> {
    /// The nodes of the tree of `size` leaves.
    pub fn new(size: u64, reader: &'a R) -> Self {
        TileNodes { size, reader, read: BTreeMap::new() }
    }

    /// The hashes of a tile of this tree.
    pub(crate) fn tile(&mut self, path: TilePath) -> Result<&[Hash], TileError<R::Error>> {
        use std::collections::btree_map::Entry;
        match self.read.entry(path) {
            Entry::Occupied(hashes) => Ok(hashes.into_mut()),
            Entry::Vacant(place) => {
                let bytes = self.reader.read_tile(&path).map_err(|error| TileError::Read(path, error))?;
                Ok(place.insert(hashes_of_tile(&path, &bytes).ok_or(TileError::Malformed(path))?))
            }
        }
    }
}

impl<R: TileReader> NodeReader for TileNodes<'_, R> {
    type Error = TileError<R::Error>;

    fn node(&mut self, node: NodeId) -> Result<Hash, Self::Error> {
        let place = place_in_tiles(node, self.size).ok_or(TileError::NoSuchNode(node))?;
        let hashes = self.tile(place.path)?;
        hashes.get(place.hashes).map(complete_root).ok_or(TileError::NoSuchNode(node))
    }
}

/// The hashes in a tile that a node is made of.
struct Place {
    path: TilePath,
    hashes: std::ops::Range<usize>,
}

/// A node's descendants at the next lower height that is a multiple of 8 lie in one tile; they are 1 to 128.
fn place_in_tiles(node: NodeId, size: u64) -> Option<Place> {
    let level = u8::try_from(node.height / 8).ok()?;
    let count = 1_u64 << (node.height % 8);
    let first = node.index.checked_mul(count)?;
    let full = u64::from(TilePath::FULL_WIDTH);
    let path = TilePath::in_tree(TileKind::Hashes(level), first / full, size)?;
    let from = usize::try_from(first % full).ok()?;
    Some(Place { path, hashes: from..from.checked_add(usize::try_from(count).ok()?)? })
}

/// Splits a tile into its hashes; more than `path` asks for are dropped, fewer or a broken length refused.
pub(crate) fn hashes_of_tile(path: &TilePath, bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::LENGTH }>();
    let width = usize::from(path.width());
    if !rest.is_empty() || hashes.len() > usize::from(TilePath::FULL_WIDTH) {
        return None;
    }
    Some(hashes.get(..width)?.iter().copied().map(Hash::from_bytes).collect())
}

/// The root over a power of two of sibling hashes.
fn complete_root(hashes: &[Hash]) -> Hash {
    match hashes {
        [left, right] => fold([*left, *right]),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            fold([complete_root(left), complete_root(right)])
        }
    }
}
