//! `rakkan log prove`: proofs from the public files. C2SP tlog-proof; consistency in the form of C2SP tlog-witness.

use tlog::{
    ConsistencyProof, InclusionProof, MakeError, TileKind, TileNodes, TilePath, TileReader, TlogProof,
    entries_of_bundle, leaf_hash,
};

use super::folder::Folder;

/// There is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Beyond the end.
    #[error("the log has {size} entries: there is no entry {index} (they are counted from 0)")]
    NoSuchEntry {
        /// What was asked for.
        index: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The log is smaller.
    #[error(
        "the log has {size} entries, fewer than the {since} of the earlier checkpoint: it was rolled back, or it is another log"
    )]
    RolledBack {
        /// Size of the earlier checkpoint.
        since: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The files do not give what the checkpoint says.
    #[error("the files of the log do not fit its checkpoint: run `rakkan log verify` on it")]
    Files,
}

/// The proof that entry `index` is in the log, without opening: the public files do not say what is behind the entry.
///
/// # Errors
/// [`ProveError`]; a proof that does not hold is never handed out.
pub fn inclusion_proof(folder: &Folder, index: u64) -> Result<TlogProof, ProveError> {
    let checkpoint = folder.checkpoint().unverified();
    let size = checkpoint.size;
    let proof = InclusionProof::make(&mut TileNodes::new(size, folder), index, size).map_err(|error| match error {
        MakeError::OutOfRange => ProveError::NoSuchEntry { index, size },
        MakeError::Read(_) => ProveError::Files,
    })?;
    let leaf = entry(folder, index, size).ok_or(ProveError::Files)?;
    proof.verify(&leaf_hash(&leaf), &checkpoint.root).map_err(|_| ProveError::Files)?;
    Ok(TlogProof::new(proof, folder.checkpoint().clone(), None))
}

fn entry(folder: &Folder, index: u64, size: u64) -> Option<Vec<u8>> {
    let width = u64::from(TilePath::FULL_WIDTH);
    let path = TilePath::in_tree(TileKind::Entries, index / width, size)?;
    let bundle = folder.read_tile(&path).ok()?;
    let entries = entries_of_bundle(&path, &bundle).ok()?;
    entries.get(usize::try_from(index % width).ok()?).map(|entry| entry.to_vec())
}

/// The proof that the log extends its first `since` entries, as the body of a request to a witness.
///
/// # Errors
/// [`ProveError`].
pub fn consistency_request(folder: &Folder, since: u64) -> Result<String, ProveError> {
    let size = folder.checkpoint().unverified().size;
    let proof =
        ConsistencyProof::make(&mut TileNodes::new(size, folder), since, size).map_err(|error| match error {
            MakeError::OutOfRange => ProveError::RolledBack { since, size },
            MakeError::Read(_) => ProveError::Files,
        })?;
    let hashes: String = proof.hashes.iter().map(|hash| format!("{hash}\n")).collect();
    Ok(format!("old {since}\n{hashes}\n{}", folder.checkpoint()))
}
