//! How ranges of leaves fall into complete subtrees. RFC 6962 2.1.

use crate::hash::{Hash, empty_root, node_hash};

/// A complete subtree: `2^height` leaves, the first of which is leaf `index * 2^height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId {
    /// 0 for a leaf.
    pub height: u32,
    /// Position among the nodes of this height, from the left.
    pub index: u64,
}

/// Gives the hashes of complete subtrees.
pub trait NodeReader {
    /// Why a node could not be had.
    type Error;

    /// The hash of `node`. Asked only for nodes whose leaves are all in the tree.
    fn node(&mut self, node: NodeId) -> Result<Hash, Self::Error>;
}

/// The largest power of two that is smaller than `length`, as an exponent; `None` for lengths below 2.
pub(crate) fn split_height(length: u64) -> Option<u32> {
    length.checked_sub(1).and_then(u64::checked_ilog2)
}

/// The hash of the leaves `start..end`, where `start` is a multiple of a power of two not smaller than the length.
///
/// Every range that RFC 6962 takes the hash of in a proof is of this kind.
pub(crate) fn range_hash<N: NodeReader>(nodes: &mut N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let mut complete = Vec::new();
    let mut at = start;
    while let Some(height) = end.saturating_sub(at).checked_ilog2() {
        complete.push(nodes.node(NodeId { height, index: at >> height })?);
        at = at.saturating_add(1 << height);
    }
    Ok(fold(complete))
}

/// Joins complete subtrees, given from the left, into one root: the rightmost two first.
pub(crate) fn fold(subtrees: impl IntoIterator<Item = Hash, IntoIter: DoubleEndedIterator>) -> Hash {
    let mut from_right = subtrees.into_iter().rev();
    let Some(last) = from_right.next() else {
        return empty_root();
    };
    from_right.fold(last, |right, left| node_hash(&left, &right))
}
