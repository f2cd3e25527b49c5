//! The tree and its entries as static files of 256 hashes or entries each. C2SP tlog-tiles.

pub mod bundle;
pub mod nodes;
pub mod path;
