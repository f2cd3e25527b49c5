//! Outputs that appear whole or not at all: written without a name, synced, then named.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, open, renameat_with};

use super::error::SignError;

/// An output that nobody sees yet. Dropped before it is delivered, it is gone, also if the process is killed (where the file system
/// knows files without a name; elsewhere a hidden `.NAME.*.part` may stay behind after a kill).
pub struct Unfinished {
    file: File,
    target: PathBuf,
    /// Its name for now, where it needs one.
    part: Option<PathBuf>,
}

/// Identity of a file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity(u64, u64);

impl Identity {
    /// Of the file with this name, if there is one.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|facts| Self(facts.dev(), facts.ino()))
    }
}

impl Unfinished {
    /// Starts an output that will have the name `target`.
    ///
    /// # Errors
    /// [`SignError::Output`].
    pub fn create(target: &Path) -> Result<Self, SignError> {
        let failed = |source| SignError::Output { path: target.to_owned(), source };
        survive_file_size_limits().map_err(failed)?;
        let folder = folder_of(target);
        let nameless = open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::from_raw_mode(0o666));
        if let Ok(descriptor) = nameless {
            return Ok(Self { file: File::from(descriptor), target: target.to_owned(), part: None });
        }
        // Not every file system has files without a name.
        let (file, part) = named_part(target).map_err(failed)?;
        Ok(Self { file, target: target.to_owned(), part: Some(part) })
    }

    /// The file to write to, and to read from.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name, once everything of it is on the disk. An existing file of that name is replaced only if `replace`, and
    /// then keeps its permissions.
    ///
    /// # Errors
    /// [`SignError::OutputExists`], [`SignError::Output`].
    pub fn deliver(mut self, replace: bool) -> Result<(), SignError> {
        let target = self.target.clone();
        let failed = |source: io::Error| SignError::Output { path: target.clone(), source };
        let named = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => SignError::OutputExists(target.clone()),
            _ => failed(source),
        };
        if replace && let Ok(facts) = std::fs::metadata(&target) {
            let mode = facts.permissions().mode() & 0o7777;
            self.file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(failed)?;
        }
        self.file.sync_all().map_err(failed)?;
        match (self.part.take(), replace) {
            (None, false) => self.link(&target).map_err(named)?,
            (None, true) => {
                let part = self.link_part().map_err(failed)?;
                std::fs::rename(&part, &target).map_err(|error| {
                    let _ = std::fs::remove_file(&part);
                    failed(error)
                })?;
            }
            (Some(part), replace) => {
                let flags = if replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
                renameat_with(CWD, &part, CWD, &target, flags).map_err(|error| {
                    let _ = std::fs::remove_file(&part);
                    named(error.into())
                })?;
            }
        }
        // The name, too, must be on the disk.
        File::open(folder_of(&target)).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn link(&self, name: &Path) -> io::Result<()> {
        let nameless = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        Ok(linkat(CWD, nameless, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
    }

    fn link_part(&self) -> io::Result<PathBuf> {
        first_free(&self.target, |part| self.link(part)).map(|((), part)| part)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}

fn named_part(target: &Path) -> io::Result<(File, PathBuf)> {
    first_free(target, |part| File::options().read(true).write(true).create_new(true).mode(0o666).open(part))
}

/// Tries hidden names beside `target` until one is free.
fn first_free<T>(target: &Path, attempt: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // A name has at most 255 bytes.
    let short: String = name.chars().take(40).collect();
    let mut number = 0_u32;
    loop {
        let part = folder_of(target).join(format!(".{short}.{}-{number}.part", std::process::id()));
        match attempt(&part) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
            Err(error) => return Err(error),
            Ok(made) => return Ok((made, part)),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A limit on the size of files shall be an error that can be told, not a signal that kills: a signal that is caught ends the write.
fn survive_file_size_limits() -> io::Result<()> {
    static CAUGHT: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if CAUGHT.get().is_none() {
        let caught = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::clone(&caught))?;
        let _ = CAUGHT.set(caught);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn write(target: &Path, content: &[u8], replace: bool) -> Result<(), SignError> {
        let output = Unfinished::create(target)?;
        output.file().write_all(content).unwrap();
        output.deliver(replace)
    }

    #[test]
    fn an_output_appears_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.pdf");
        let output = Unfinished::create(&target).unwrap();
        output.file().write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        write(&target, b"whole", false).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_stays_unless_replacing_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.pdf");
        std::fs::write(&target, b"old").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(write(&target, b"new", false), Err(SignError::OutputExists(_))));
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        write(&target, b"new", true).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_part_with_a_name_is_delivered_and_removed_alike() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.pdf");
        let named = || {
            let (file, part) = named_part(&target).unwrap();
            Unfinished { file, target: target.clone(), part: Some(part) }
        };
        drop(named());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        named().deliver(false).unwrap();
        assert!(matches!(named().deliver(false), Err(SignError::OutputExists(_))));
        named().deliver(true).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = Unfinished::create(&folder.path().join("no/such/a.pdf")).err().unwrap();
        assert!(matches!(error, SignError::Output { .. }));
    }
}
