//! What can go wrong in an authority that is not the fault of a request.

use std::path::PathBuf;

/// An authority could not be made, kept or used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file of the authority cannot be read or written.
    #[error("cannot {action} {path}; check that the folder exists, is writable and has free space", path = path.display())]
    Folder {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A stored key is not one that this authority wrote.
    #[error("the key in {path} cannot be used; delete the folder to start with new authorities", path = path.display())]
    StoredKey {
        /// The file.
        path: PathBuf,
    },
    /// A stored list of certificates is not of a version that is known here.
    #[error("the records in {path} cannot be used; delete the folder to start with new authorities", path = path.display())]
    StoredRecords {
        /// The file.
        path: PathBuf,
    },
    /// The loopback port cannot be opened.
    #[error("cannot listen on 127.0.0.1:{port}; choose another port, or 0 for any free one")]
    Port {
        /// The port asked for.
        port: u16,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A structure could not be encoded.
    #[error("a certificate, list or answer could not be encoded")]
    Encoding(#[from] der::Error),
    /// The cryptographic library refused.
    #[error("the cryptographic library could not {0}")]
    Cryptography(&'static str),
}
