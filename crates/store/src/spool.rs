//! Documents as files: one folder, mode 0600, written whole or not at all.

use crate::StoreError;
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which bytes of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// As it was uploaded.
    Original,
    /// Signed and time-stamped.
    Signed,
}

impl Revision {
    const ALL: [Self; 2] = [Self::Original, Self::Signed];

    fn extension(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Signed => "signed",
        }
    }
}

/// The folder of documents.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: Arc<PathBuf>,
}

impl Spool {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        // What a stopped process left half-written has no name in the database and is of no use to anyone.
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(".partial") {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Writes one revision; an earlier file of the same name is replaced in one step, after the new bytes are on disk.
    ///
    /// # Errors
    /// [`StoreError::Spool`]; the earlier file, if any, is unchanged.
    pub async fn write(&self, document_id: &str, revision: Revision, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.write_with(document_id, revision, move |file| file.write_all(&bytes).map_err(StoreError::Spool)).await
    }

    /// As [`Spool::write`], with the bytes that `fill` writes. The file can also be read by `fill`, so that it can check what it wrote.
    ///
    /// # Errors
    /// What `fill` says, or [`StoreError::Spool`]; the earlier file, if any, is unchanged.
    pub async fn write_with<T, E>(
        &self,
        document_id: &str,
        revision: Revision,
        fill: impl FnOnce(&mut File) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let path = self.path(document_id, revision)?;
        let work = move || {
            let partial = path.with_extension(format!("{}.partial", revision.extension()));
            let result = write_whole(&partial, &path, fill);
            if result.is_err() {
                // The first error is the one to tell; a leftover is removed at the next start.
                let _ = std::fs::remove_file(&partial);
            }
            result
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(stopped) => Err(StoreError::Spool(io::Error::other(stopped)).into()),
        }
    }

    /// A new empty file that has no name, so that whatever happens nothing of it stays. On the same disk as the documents.
    ///
    /// # Errors
    /// [`StoreError::Spool`].
    pub async fn temporary(&self) -> Result<File, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("incoming-{}-{number}.partial", std::process::id()));
        run(move || {
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
            std::fs::remove_file(&path)?;
            Ok(file)
        })
        .await
    }

    /// Opens one revision for reading.
    ///
    /// # Errors
    /// [`StoreError::Spool`], also when there is no such file.
    pub async fn open_file(&self, document_id: &str, revision: Revision) -> Result<File, StoreError> {
        let path = self.path(document_id, revision)?;
        run(move || File::open(path)).await
    }

    /// Reads one revision whole.
    ///
    /// # Errors
    /// [`StoreError::Spool`], also when there is no such file.
    pub async fn read(&self, document_id: &str, revision: Revision) -> Result<Vec<u8>, StoreError> {
        let path = self.path(document_id, revision)?;
        run(move || std::fs::read(path)).await
    }

    /// Ids of all documents that have a file.
    pub(crate) fn document_ids(&self) -> io::Result<BTreeSet<String>> {
        let mut ids = BTreeSet::new();
        for entry in std::fs::read_dir(&*self.folder)? {
            if let Some((id, _)) = entry?.file_name().to_string_lossy().split_once('.') {
                ids.insert(id.to_owned());
            }
        }
        Ok(ids)
    }

    /// Deletes all revisions of a document. Files that are gone already are no error.
    ///
    /// # Errors
    /// [`StoreError::Spool`] if a file could not be deleted.
    pub async fn delete(&self, document_id: &str) -> Result<(), StoreError> {
        let mut paths = Vec::new();
        for revision in Revision::ALL {
            paths.push(self.path(document_id, revision)?);
        }
        run(move || {
            for path in paths {
                match std::fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        })
        .await
    }

    /// Ids reach this point from URLs, so the file name is checked here whatever the caller did.
    fn path(&self, document_id: &str, revision: Revision) -> Result<PathBuf, StoreError> {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        if document_id.is_empty() || document_id.len() > 64 || !document_id.bytes().all(plain) {
            return Err(StoreError::Spool(io::Error::new(io::ErrorKind::InvalidInput, "not a document id")));
        }
        Ok(self.folder.join(format!("{document_id}.{}", revision.extension())))
    }
}

fn write_whole<T, E: From<StoreError>>(
    partial: &Path,
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<T, E> {
    let spool = |error| E::from(StoreError::Spool(error));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(partial).map_err(spool)?;
    let value = fill(&mut file)?;
    file.sync_all().map_err(spool)?;
    std::fs::rename(partial, path).map_err(spool)?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(spool)?;
    }
    Ok(value)
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(StoreError::Spool),
        Err(stopped) => Err(StoreError::Spool(io::Error::other(stopped))),
    }
}
