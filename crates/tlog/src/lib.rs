//! Merkle tree log: RFC 6962 hashing, C2SP tiles, checkpoints, inclusion and consistency proofs.
//!
//! Pure: no files, no network, no clock. Whoever keeps the log hands in bytes and writes the bytes that come out.
//!
//! * To **keep** a log: [`Appender`] takes entries, gives the root and the tile files to write; sign the root with
//!   [`SignedCheckpoint::sign`], which calls back for the signature, so the private key stays where it is.
//! * To **prove**: [`InclusionProof::make`] and [`ConsistencyProof::make`] over [`TileNodes`], which reads only the
//!   few tiles that a proof needs; [`TlogProof`] packs a proof for a reader who has nothing but the log's public key.
//! * To **check**: [`TlogProof::verify`], [`InclusionProof::verify`], [`ConsistencyProof::verify`]. Tiles are never
//!   trusted: everything is measured against a signed checkpoint.
//!
//! ```
//! use tlog::{Appender, leaf_hash, InclusionProof, TileNodes};
//! # use tlog::{TilePath, TileReader};
//! # struct Files(std::collections::BTreeMap<TilePath, Vec<u8>>);
//! # impl TileReader for Files {
//! #     type Error = std::io::Error;
//! #     fn read_tile(&self, path: &TilePath) -> std::io::Result<Vec<u8>> {
//! #         self.0.get(path).cloned().ok_or(std::io::ErrorKind::NotFound.into())
//! #     }
//! # }
//! let mut log = Appender::new();
//! log.append(b"first")?;
//! log.append(b"second")?;
//! let files = Files(log.take_files().into_iter().map(|file| (file.path, file.bytes)).collect());
//! let proof = InclusionProof::make(&mut TileNodes::new(log.size(), &files), 1, log.size())?;
//! proof.verify(&leaf_hash(b"second"), &log.root())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

mod appender;
mod checkpoint;
mod hash;
pub mod note;
mod proof;
mod tile;
mod tlog_proof;
mod tree;

pub use appender::{AppendError, Appender, OpenError, TileFile};
pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use hash::{Hash, InvalidHash, empty_root, leaf_hash, node_hash};
pub use proof::consistency::ConsistencyProof;
pub use proof::inclusion::InclusionProof;
pub use proof::{MakeError, ProofError};
pub use tile::bundle::{BundleError, MAX_ENTRY, entries_of_bundle};
pub use tile::nodes::{TileError, TileNodes, TileReader};
pub use tile::path::{InvalidTilePath, TileKind, TilePath};
pub use tlog_proof::{TlogProof, TlogProofError};
pub use tree::{NodeId, NodeReader};

/// Reads a decimal number as C2SP writes it: ASCII digits, no sign, no leading zero except in `0` itself.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    if canonical { text.parse().ok() } else { None }
}
