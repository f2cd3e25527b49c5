//! The file operations that the signing log is made of, as a trait, so that tests can make each of them fail.

use rustix::fs::{FlockOperation, Mode, OFlags};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, FileExt},
    path::{Path, PathBuf},
};

/// What the signing log asks of storage.
///
/// Duties: an operation that returns an error may have been done in part, except [`Disk::replace`], after which a reader sees the
/// old or the new content. Nothing is retried inside. What [`AppendFile::sync`] and [`Disk::sync_folder`] have confirmed survives a
/// loss of power.
pub trait Disk: Send + Sync {
    /// Creates a folder and those above it, unless they exist.
    fn create_folder(&self, folder: &Path, access: Access) -> io::Result<()>;
    /// The names in a folder, in no order.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// The whole content of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// `length` bytes from `offset` on; fewer are an error.
    fn read_range(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// Opens a file for adding at its end; creates it, readable by its owner only, if it does not exist.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>>;
    /// Gives a file new content at once, without forcing it to the disk.
    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and what is in it; no error if it does not exist.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
    /// Makes names created and removed in a folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Takes the lock file for this process until the guard is dropped; an error of kind `WouldBlock` if another process has it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>>;
    /// Called after a sync has failed. What is on the disk is unknown then, and a second sync could wrongly report success
    /// (the kernel may have dropped the data), so the process ends; only tests return from here.
    fn give_up(&self) {
        std::process::abort()
    }
}

/// A file that grows at its end.
pub trait AppendFile: Send {
    /// Adds some or all of `bytes` and says how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Makes everything added durable (`fdatasync`).
    fn sync(&mut self) -> io::Result<()>;
    /// Writes `bytes` over what is at `offset`; the file keeps its length.
    fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file back to `length` bytes.
    fn cut_back(&mut self, length: u64) -> io::Result<()>;
}

/// Who may read what is in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner only.
    Private,
    /// Everybody, for instance the web side that serves the tiles.
    Public,
}

/// The file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileSystem;

impl Disk for FileSystem {
    fn create_folder(&self, folder: &Path, access: Access) -> io::Result<()> {
        let mode = match access {
            Access::Private => 0o700,
            Access::Public => 0o755,
        };
        fs::DirBuilder::new().recursive(true).mode(mode).create(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        File::open(path)?.read_to_end(&mut content)?;
        Ok(content)
    }

    fn read_range(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut content = vec![0; length];
        File::open(path)?.read_exact_at(&mut content, offset)?;
        Ok(content)
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
        file.seek(SeekFrom::End(0))?;
        Ok(Box::new(file))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let unfinished = PathBuf::from(unfinished);
        let mut file = match File::create(&unfinished) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.create_folder(path.parent().unwrap_or(Path::new(".")), Access::Public)?;
                File::create(&unfinished)?
            }
            other => other?,
        };
        file.write_all(content)?;
        fs::rename(&unfinished, path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Box::new(file))
    }
}

impl AppendFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn cut_back(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }
}
