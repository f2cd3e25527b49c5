//! Files that hold a secret: read only if nobody but their owner can read them, written so that nobody else ever could.

use rustix::fs::{FileType, Mode, OFlags};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// No secret needs more.
const MAX_LENGTH: u64 = 4096;

/// Why a file with a secret was not used. Read by the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// Others than the owner may read or write the file.
    #[error("{} can be used by others than its owner (mode {mode:04o}): run `chmod 600` on it", .path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to another user than this process.
    #[error("{} belongs to user {owner}, this process runs as user {user}: run `chown {user}` on it", .path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// User id of the owner.
        owner: u32,
        /// User id of this process.
        user: u32,
    },
    /// A symbolic link, folder, pipe or device.
    #[error("{} is not a regular file: name the file itself", .0.display())]
    NotAFile(PathBuf),
    /// The file does not hold what it should.
    #[error("{} does not hold {expected}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// Reading or writing failed.
    #[error("{} cannot be read or written", .path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl SecretFileError {
    fn storage(path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Storage { path: path.to_owned(), source: source.into() }
    }
}

/// The content of `path`, which only the user of this process may be able to read.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let descriptor = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => SecretFileError::NotAFile(path.to_owned()),
        other => SecretFileError::storage(path, other),
    })?;
    // Asked of the open file, so that it cannot be exchanged between the question and the reading.
    let status = rustix::fs::fstat(&descriptor).map_err(|error| SecretFileError::storage(path, error))?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(SecretFileError::NotAFile(path.to_owned()));
    }
    let user = rustix::process::geteuid().as_raw();
    if status.st_uid != user {
        return Err(SecretFileError::Owner { path: path.to_owned(), owner: status.st_uid, user });
    }
    let mode = status.st_mode & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretFileError::Mode { path: path.to_owned(), mode });
    }
    // Room for everything from the start: a buffer that grows leaves copies of the secret behind.
    let mut content = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_LENGTH).unwrap_or(4096)));
    File::from(descriptor)
        .take(MAX_LENGTH)
        .read_to_end(&mut content)
        .map_err(|error| SecretFileError::storage(path, error))?;
    Ok(content)
}

/// Writes a new file of mode 0600 under its name at once, complete and durable. A file of that name must not exist.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<(), SecretFileError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let unfinished = folder.join(name);
    let write = || -> io::Result<()> {
        // What a process that was killed here left behind was never a token.
        match rustix::fs::unlink(&unfinished) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::open(&unfinished, flags, Mode::RUSR | Mode::WUSR)?);
        file.write_all(content)?;
        file.sync_all()?;
        // Unlike rename, link fails if the name is taken: a token is never overwritten.
        rustix::fs::link(&unfinished, path)?;
        rustix::fs::unlink(&unfinished)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| SecretFileError::storage(path, error))
}
