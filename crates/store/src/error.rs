//! What can go wrong with the store, and whose turn it is to act.

use std::path::{Path, PathBuf};

/// Why the store could not be opened. Each text names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be made or written.
    #[error(
        "data folder {} is not writable; make it a folder owned by the user that runs the service, with free space",
        path.display()
    )]
    FolderNotWritable {
        /// The folder as configured.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The database was last opened by a newer release.
    #[error(
        "database {} has schema {found}, this release knows {known}; start the release that wrote it, or restore the backup made before the upgrade",
        path.display()
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Newest migration found in the file.
        found: i64,
        /// Newest migration of this release.
        known: i64,
    },
    /// A migration in the file is not the one this release would have made.
    #[error(
        "migration {version} of database {} was made by another build; start the release that wrote it", path.display()
    )]
    ForeignSchema {
        /// The database file.
        path: PathBuf,
        /// The migration that differs.
        version: i64,
    },
    /// Another process holds the database.
    #[error("database {} is in use by another process; stop that process (is the service running twice?) and start again", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file is not a database, or it is damaged.
    #[error("file {} is not a readable database; restore it from a backup", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// Anything else; the source says more.
    #[error("database {} could not be opened", path.display())]
    Failed {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
}

impl OpenError {
    pub(crate) fn from_database(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        match primary_code(&source) {
            Some(SQLITE_BUSY | SQLITE_LOCKED) => Self::Locked { path },
            Some(SQLITE_CORRUPT | SQLITE_NOTADB) => Self::Damaged { path, source },
            Some(SQLITE_READONLY | SQLITE_CANTOPEN | SQLITE_PERM) => {
                Self::FolderNotWritable { path, source: std::io::Error::other(source) }
            }
            _ => Self::Failed { path, source },
        }
    }
}

/// Why an operation on the store failed. A lost race is not an error: such methods return whether they won.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A value that must be unique exists already.
    #[error("a record with this value exists already")]
    Conflict,
    /// The database is busy, full or out of reach; nothing was changed.
    #[error("the database is not available now")]
    Unavailable(#[source] sqlx::Error),
    /// A file of the spool could not be read or written.
    #[error("the document folder is not available now")]
    Spool(#[source] std::io::Error),
    /// A fault of this program or of the stored data.
    #[error("the database refused a statement")]
    Internal(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(|inner| inner.is_unique_violation()) {
            return Self::Conflict;
        }
        match (&error, primary_code(&error)) {
            (sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed, _) => Self::Unavailable(error),
            (_, Some(SQLITE_BUSY | SQLITE_LOCKED | SQLITE_FULL | SQLITE_IOERR | SQLITE_READONLY)) => {
                Self::Unavailable(error)
            }
            _ => Self::Internal(error),
        }
    }
}

const SQLITE_PERM: u32 = 3;
const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_NOTADB: u32 = 26;

/// SQLite puts the primary result code into the low octet of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
