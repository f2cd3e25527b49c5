//! The database: one writer connection, a pool of readers, and the spool folder. SQLite in WAL mode with a full sync at each commit.

use crate::error::{OpenError, StoreError};
use crate::spool::Spool;
use crate::{Credentials, DocumentState, Documents, Passkeys, Receipts, Registrations, Sessions, Signers, Tickets};
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Where the store is and how long it waits.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    folder: PathBuf,
    wait: Duration,
    readers: u32,
}

impl StoreOptions {
    /// A store in `folder`, which is made (mode 0700) if it is missing.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), wait: Duration::from_secs(5), readers: 4 }
    }

    /// How long a statement waits for another process before it fails. Five seconds unless said.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// The store. Clones share the connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: SqlitePool,
    readers: SqlitePool,
    spool: Spool,
}

impl Store {
    /// Opens the store and brings its schema up to this release.
    ///
    /// # Errors
    /// [`OpenError`], each kind with its remedy. A store that cannot be opened is left as it was.
    pub async fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        let path = options.folder.join("rakkan.db");
        prepare_folder(&options.folder, &path)
            .map_err(|source| OpenError::FolderNotWritable { path: options.folder.clone(), source })?;
        let connect = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(options.wait);
        let failed = |source| OpenError::from_database(&path, source);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.wait.saturating_mul(4))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(connect.clone())
            .await
            .map_err(failed)?;
        migrate(&writer, &path).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .acquire_timeout(options.wait.saturating_mul(4))
            .connect_with(connect.read_only(true))
            .await
            .map_err(failed)?;
        let spool = Spool::open(options.folder.join("spool"))
            .map_err(|source| OpenError::FolderNotWritable { path: options.folder.join("spool"), source })?;
        let store = Self { inner: Arc::new(Inner { writer, readers, spool }) };
        store.delete_orphans().await.map_err(|source| match source {
            StoreError::Spool(source) => OpenError::FolderNotWritable { path: options.folder.join("spool"), source },
            StoreError::Unavailable(source) | StoreError::Internal(source) => failed(source),
            StoreError::Conflict => failed(sqlx::Error::RowNotFound),
        })?;
        Ok(store)
    }

    /// Deletes files whose document was forgotten, or never recorded, because the process stopped between the two steps.
    async fn delete_orphans(&self) -> Result<(), StoreError> {
        for document_id in self.spool().document_ids().map_err(StoreError::Spool)? {
            let document = self.documents().lookup(&document_id).await?;
            if document.is_none_or(|document| document.state == DocumentState::Forgotten) {
                self.spool().delete(&document_id).await?;
            }
        }
        Ok(())
    }

    /// Writes what is pending and closes all connections.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// Begins a write. The lock is taken at once, so a transaction never fails half-way because another was quicker.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.inner.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Connections for reading.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.inner.readers
    }

    /// Files of documents.
    pub fn spool(&self) -> &Spool {
        &self.inner.spool
    }

    /// Signers and their sealed records.
    pub fn signers(&self) -> Signers<'_> {
        Signers { store: self }
    }

    /// Login passkeys.
    pub fn passkeys(&self) -> Passkeys<'_> {
        Passkeys { store: self }
    }

    /// Keys and certificates.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials { store: self }
    }

    /// Registrations and certificate requests in progress.
    pub fn registrations(&self) -> Registrations<'_> {
        Registrations { store: self }
    }

    /// Login challenges and portal sessions.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { store: self }
    }

    /// Activation tickets.
    pub fn tickets(&self) -> Tickets<'_> {
        Tickets { store: self }
    }

    /// Documents of the portal.
    pub fn documents(&self) -> Documents<'_> {
        Documents { store: self }
    }

    /// Receipts of the signing log.
    pub fn receipts(&self) -> Receipts<'_> {
        Receipts { store: self }
    }
}

/// Makes folder and file with their final modes before SQLite does, which would follow the umask.
fn prepare_folder(folder: &Path, file: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
    Ok(())
}

async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    match MIGRATIONS.run(writer).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) => {
            let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
            let found = newest_applied(writer).await.unwrap_or_default();
            Err(OpenError::NewerSchema { path: path.to_owned(), found, known })
        }
        Err(MigrateError::VersionMismatch(version) | MigrateError::Dirty(version)) => {
            Err(OpenError::ForeignSchema { path: path.to_owned(), version })
        }
        Err(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) => {
            Err(OpenError::from_database(path, source))
        }
        Err(other) => Err(OpenError::Failed { path: path.to_owned(), source: sqlx::Error::Migrate(Box::new(other)) }),
    }
}

async fn newest_applied(writer: &SqlitePool) -> Option<i64> {
    let mut connection = writer.acquire().await.ok()?;
    let applied = connection.list_applied_migrations(&MIGRATIONS.table_name).await.ok()?;
    applied.iter().map(|migration| migration.version).max()
}
