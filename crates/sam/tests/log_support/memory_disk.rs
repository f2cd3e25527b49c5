//! A disk in memory that fails when told to and forgets what was not synced when the power goes.

use sam::signing_log::disk::{Access, AppendFile, Disk};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

/// What happens to the n-th operation that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is not done and reported as failed.
    NotDone,
    /// It is done and reported as failed.
    DoneButReported,
    /// An append writes half of its bytes and the rest fails; any other operation is not done.
    ShortWrite,
}

/// Whether later operations work again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    Once,
    ForEver,
}

/// What is left of what was never synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Everything: only the process was killed.
    Nothing,
    /// Nothing: files have the content of their last sync, or are gone.
    Unsynced,
    /// Half of each unsynced tail; replaced files are there, but empty.
    Half,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    files: BTreeMap<PathBuf, MemoryFile>,
    locked: BTreeSet<PathBuf>,
    operations: u64,
    syncs: u64,
    fault: Option<(u64, Failure, Duration)>,
    gave_up: bool,
}

#[derive(Clone, Default)]
struct MemoryFile {
    content: Vec<u8>,
    /// What is on the disk itself.
    synced: Vec<u8>,
    /// Which bytes of `content` the next sync writes. A failed sync forgets them, as kernels do.
    dirty: Vec<bool>,
    /// Its name survives a loss of power.
    name_synced: bool,
    replaced: bool,
}

impl MemoryFile {
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = self.content.len().max(offset + bytes.len());
        self.content.resize(end, 0);
        self.dirty.resize(end, false);
        self.content[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.dirty[offset..offset + bytes.len()].fill(true);
    }

    fn truncate(&mut self, length: usize) {
        self.content.truncate(length);
        self.dirty.truncate(length);
    }

    fn sync(&mut self) {
        self.synced.resize(self.content.len(), 0);
        for (position, dirty) in self.dirty.iter_mut().enumerate() {
            if std::mem::take(dirty) {
                self.synced[position] = self.content[position];
            }
        }
    }

    fn settle(&mut self) {
        self.synced = self.content.clone();
        self.dirty = vec![false; self.content.len()];
        self.name_synced = true;
    }
}

/// What to do with an operation.
enum Fate {
    Do,
    Fail,
    DoAndFail,
    Half,
}

impl MemoryDisk {
    /// Makes the n-th changing operation from now on (counted from 1) fail.
    pub fn fail(&self, n: u64, failure: Failure, duration: Duration) {
        let mut state = self.state();
        state.operations = 0;
        state.fault = Some((n, failure, duration));
    }

    /// Lets everything work again.
    pub fn heal(&self) {
        self.state().fault = None;
    }

    /// Changing operations since [`Self::fail`].
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Successful syncs of files.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Whether the log ended the process because a sync failed.
    pub fn gave_up(&self) -> bool {
        self.state().gave_up
    }

    /// The disk as it is found after the next start of the machine.
    pub fn after(&self, loss: Loss) -> MemoryDisk {
        let mut files = self.state().files.clone();
        if loss == Loss::Nothing {
            return MemoryDisk(Arc::new(Mutex::new(State { files, ..State::default() })));
        }
        files.retain(|_, file| file.name_synced || file.replaced);
        for file in files.values_mut() {
            match loss {
                Loss::Nothing => {}
                Loss::Unsynced if file.replaced => {}
                Loss::Unsynced => file.content = file.synced.clone(),
                Loss::Half if file.replaced => file.content.clear(),
                Loss::Half => {
                    let kept = file.synced.len() + file.content.len().saturating_sub(file.synced.len()) / 2;
                    file.content.truncate(kept);
                }
            }
            file.settle();
        }
        if loss == Loss::Unsynced {
            // Replaced files are in folders of their own, which were never synced.
            files.retain(|_, file| !file.replaced);
        }
        MemoryDisk(Arc::new(Mutex::new(State { files, ..State::default() })))
    }

    /// A copy that can be set back to later.
    pub fn copy(&self) -> MemoryDisk {
        self.after(Loss::Nothing)
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state().files.keys().cloned().collect()
    }

    /// Changes a file behind the log's back.
    pub fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let file = state.files.entry(path.to_owned()).or_default();
        change(&mut file.content);
        file.settle();
    }

    /// Deletes files behind the log's back.
    pub fn delete(&self, choose: impl Fn(&Path) -> bool) -> usize {
        let mut state = self.state();
        let before = state.files.len();
        state.files.retain(|path, _| !choose(path));
        before - state.files.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn fate(&mut self) -> Fate {
        self.operations += 1;
        match self.fault {
            Some((n, failure, duration))
                if self.operations == n || (self.operations > n && duration == Duration::ForEver) =>
            {
                match failure {
                    Failure::NotDone => Fate::Fail,
                    Failure::DoneButReported => Fate::DoAndFail,
                    Failure::ShortWrite => Fate::Half,
                }
            }
            _ => Fate::Do,
        }
    }

    /// Does an operation according to its fate.
    fn change(&mut self, operation: impl FnOnce(&mut Self)) -> io::Result<()> {
        match self.fate() {
            Fate::Do => operation(self),
            Fate::DoAndFail => {
                operation(self);
                return Err(failed());
            }
            Fate::Fail | Fate::Half => return Err(failed()),
        }
        Ok(())
    }
}

fn failed() -> io::Error {
    io::Error::other("made to fail")
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for MemoryDisk {
    fn create_folder(&self, _: &Path, _: Access) -> io::Result<()> {
        self.state().change(|_| ())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state.files.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.state().files.get(path).map(|file| file.content.clone()).ok_or_else(missing)
    }

    fn read_range(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let content = self.read(path)?;
        let start = usize::try_from(offset).unwrap();
        content.get(start..start + length).map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        self.state().change(|state| {
            state.files.entry(path.to_owned()).or_default();
        })?;
        Ok(Box::new(MemoryAppend { disk: self.clone(), path: path.to_owned() }))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.state().change(|state| {
            let file = state.files.entry(path.to_owned()).or_default();
            file.content = content.to_vec();
            file.replaced = true;
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if !self.state().files.contains_key(path) {
            return Err(missing());
        }
        self.state().change(|state| drop(state.files.remove(path)))
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.state().change(|state| state.files.retain(|path, _| !path.starts_with(folder)))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.state().change(|state| {
            let inside = state.files.iter_mut().filter(|(path, _)| path.parent() == Some(folder));
            inside.for_each(|(_, file)| file.name_synced = true);
        })
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        if !self.state().locked.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Unlock { disk: self.clone(), path: path.to_owned() }))
    }

    fn give_up(&self) {
        self.state().gave_up = true;
    }
}

struct Unlock {
    disk: MemoryDisk,
    path: PathBuf,
}

impl Drop for Unlock {
    fn drop(&mut self) {
        self.disk.state().locked.remove(&self.path);
    }
}

struct MemoryAppend {
    disk: MemoryDisk,
    path: PathBuf,
}

impl AppendFile for MemoryAppend {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let fate = state.fate();
        let file = state.files.get_mut(&self.path).ok_or_else(missing)?;
        let end = file.content.len();
        match fate {
            Fate::Do => {
                file.write(end, bytes);
                Ok(bytes.len())
            }
            Fate::DoAndFail => {
                file.write(end, bytes);
                Err(failed())
            }
            Fate::Half => {
                file.write(end, &bytes[..bytes.len() / 2]);
                Err(failed())
            }
            Fate::Fail => Err(failed()),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let result = state.change(|state| {
            state.syncs += 1;
            state.files.get_mut(&self.path).into_iter().for_each(MemoryFile::sync);
        });
        if result.is_err()
            && let Some(file) = state.files.get_mut(&self.path)
        {
            file.dirty.fill(false);
        }
        result
    }

    fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().change(|state| {
            if let Some(file) = state.files.get_mut(&self.path) {
                file.write(usize::try_from(offset).unwrap(), bytes);
            }
        })
    }

    fn cut_back(&mut self, length: u64) -> io::Result<()> {
        self.disk.state().change(|state| {
            if let Some(file) = state.files.get_mut(&self.path) {
                file.truncate(usize::try_from(length).unwrap());
            }
        })
    }
}
