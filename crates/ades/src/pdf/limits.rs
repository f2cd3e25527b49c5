//! Bounds on what a document may make the reader do. Threats T-PA-1 and T-PA-2.

use super::Password;

/// Bounds for reading one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes. Memory does not depend on it; the default is what ten-digit offsets reach.
    pub file_size: u64,
    /// Bytes that may be inflated in total while the document is open.
    pub inflated: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_size: MAX_FILE_SIZE, inflated: 512 * 1024 * 1024 }
    }
}

/// How a document is opened.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Bounds for reading it.
    pub limits: Limits,
    /// Its password, if it needs one that is not empty.
    pub password: Option<Password>,
}

impl From<&Limits> for OpenOptions {
    fn from(limits: &Limits) -> Self {
        Self { limits: *limits, password: None }
    }
}

impl From<&OpenOptions> for OpenOptions {
    fn from(options: &OpenOptions) -> Self {
        options.clone()
    }
}

/// Offsets in a cross-reference table have ten digits (ISO 32000-2 7.5.4); some room is left for the update.
pub(crate) const MAX_FILE_SIZE: u64 = 9_900_000_000;
/// Levels of arrays and dictionaries inside each other.
pub(crate) const DEPTH: usize = 64;
/// Objects inside one object.
pub(crate) const NODES: usize = 1 << 20;
/// Bytes that one object, stream data not counted, may take in the file.
pub(crate) const OBJECT_BYTES: u64 = 16 * 1024 * 1024;
/// Cross-reference sections.
pub(crate) const SECTIONS: usize = 2_000;
/// Subsections of all cross-reference sections together.
pub(crate) const SUBSECTIONS: usize = 1 << 18;
/// Bytes of one object stream after inflating, and objects in it.
pub(crate) const OBJECT_STREAM: u64 = 32 * 1024 * 1024;
pub(crate) const OBJECTS_IN_STREAM: u64 = 200_000;
/// Bytes of one encrypted stream that is decrypted.
pub(crate) const ENCRYPTED_STREAM: u64 = 64 * 1024 * 1024;
/// Bytes of inflated object streams that are kept, besides the one in use.
pub(crate) const KEPT_STREAMS: usize = 8 * 1024 * 1024;
/// Bytes that are parsed as objects in total while the document is open.
pub(crate) const PARSED: u64 = 192 * 1024 * 1024;
/// Nodes of the page tree or of the field tree that are visited.
pub(crate) const TREE_NODES: usize = 100_000;
/// Signatures that are verified in one document.
pub(crate) const SIGNATURES: usize = 1_000;
/// Bytes that are hashed for signatures of one document in total, as a multiple of its length and at least.
pub(crate) const HASHED_TIMES: u64 = 8;
pub(crate) const HASHED_AT_LEAST: u64 = 8 * 1024 * 1024 * 1024;
/// Largest ratio of inflated to deflated bytes, once a megabyte has come out.
pub(crate) const INFLATE_RATIO: u64 = 200;
