//! Files on their way in: written to disk piece by piece, so that memory does not depend on their size, and only so many at a time.

use crate::Ssa;
use crate::fault::Source;
use ades::pdf::FileSource;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use store::StoreError;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Who brings a file. Each has places of its own: a crowd of strangers keeps no signer out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Somebody who is signed in.
    SignedIn,
    /// Anyone, for the check page.
    Anyone,
}

/// The places behind each door.
pub(crate) struct Doors {
    signed_in: Arc<Semaphore>,
    anyone: Arc<Semaphore>,
}

impl Doors {
    pub(crate) fn new(places: usize) -> Self {
        let places = || Arc::new(Semaphore::new(places.max(1)));
        Self { signed_in: places(), anyone: places() }
    }
}

/// A file that is being received. Dropped, nothing of it stays.
pub struct Incoming {
    file: tokio::fs::File,
    size: u64,
    limit: u64,
    place: OwnedSemaphorePermit,
}

/// A file that was received: on disk, without a name. It holds its place until it is dropped.
pub struct IncomingFile {
    file: File,
    size: u64,
    _place: OwnedSemaphorePermit,
}

/// Why a file was not received.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// All places are taken.
    #[error("too many files are being received; try again in a moment")]
    Busy,
    /// Larger than allowed.
    #[error("the file is larger than {limit} octets; make it smaller, for example by saving it with smaller pictures")]
    TooLarge {
        /// Octets.
        limit: u64,
    },
    /// The disk does not take it.
    #[error("the service cannot receive files now; try again in a moment")]
    Unavailable(#[source] Source),
}

impl From<StoreError> for IncomingError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<io::Error> for IncomingError {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Ssa {
    /// Takes a place for a file, without waiting for one.
    ///
    /// # Errors
    /// [`IncomingError::Busy`] if there is none.
    pub async fn receive(&self, door: Door) -> Result<Incoming, IncomingError> {
        let places = match door {
            Door::SignedIn => &self.doors().signed_in,
            Door::Anyone => &self.doors().anyone,
        };
        let place = places.clone().try_acquire_owned().map_err(|_| IncomingError::Busy)?;
        let file = tokio::fs::File::from_std(self.store().spool().temporary().await?);
        Ok(Incoming { file, size: 0, limit: self.config().document_limit, place })
    }

    /// Receives a file whose bytes are here already.
    ///
    /// # Errors
    /// [`IncomingError`].
    pub async fn receive_whole(&self, door: Door, bytes: &[u8]) -> Result<IncomingFile, IncomingError> {
        let mut incoming = self.receive(door).await?;
        incoming.write(bytes).await?;
        incoming.finish().await
    }
}

impl Incoming {
    /// Adds a piece.
    ///
    /// # Errors
    /// [`IncomingError::TooLarge`] before more than the limit is on disk.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), IncomingError> {
        let size = self.size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if size > self.limit {
            return Err(IncomingError::TooLarge { limit: self.limit });
        }
        self.file.write_all(piece).await?;
        self.size = size;
        Ok(())
    }

    /// The whole file.
    ///
    /// # Errors
    /// [`IncomingError::Unavailable`] if the last bytes could not be written.
    pub async fn finish(mut self) -> Result<IncomingFile, IncomingError> {
        self.file.flush().await?;
        Ok(IncomingFile { file: self.file.into_std().await, size: self.size, _place: self.place })
    }
}

impl IncomingFile {
    /// Octets.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A handle of its own for a reader that names the positions it reads.
    ///
    /// # Errors
    /// If the system has no more handles to give.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    pub(crate) fn source(&self) -> Result<FileSource, StoreError> {
        self.handle().and_then(FileSource::new).map_err(StoreError::Spool)
    }

    /// Copies the file, whoever moved the position of the handle before.
    pub(crate) fn copy_to(&self, target: &mut File) -> Result<(), StoreError> {
        let mut buffer = vec![0; 64 * 1024];
        let mut at = 0;
        loop {
            let count = std::os::unix::fs::FileExt::read_at(&self.file, &mut buffer, at).map_err(StoreError::Spool)?;
            if count == 0 {
                return Ok(());
            }
            target.write_all(&buffer[..count]).map_err(StoreError::Spool)?;
            at += u64::try_from(count).unwrap_or(u64::MAX);
        }
    }
}
