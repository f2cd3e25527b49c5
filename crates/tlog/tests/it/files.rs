//! The files of a log, in memory.

use std::collections::BTreeMap;

use tlog::{Appender, Hash, TileFile, TilePath, TileReader, leaf_hash};

/// What a log's folder holds, by path text, as on a disk.
#[derive(Clone, Default)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Files {
    pub fn write(&mut self, files: Vec<TileFile>) {
        self.0.extend(files.into_iter().map(|file| (file.path.to_string(), file.bytes)));
    }
}

impl TileReader for Files {
    type Error = String;

    fn read_tile(&self, path: &TilePath) -> Result<Vec<u8>, String> {
        self.0.get(&path.to_string()).cloned().ok_or_else(|| format!("no file {path}"))
    }
}

/// Content that differs for each index, of differing length.
pub fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

pub fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

/// A log of `size` entries and its files, written in batches that end at `batch_ends` and at the end.
pub fn log(size: u64, batch_ends: &[u64]) -> (Appender, Files) {
    let (mut log, mut files) = (Appender::new(), Files::default());
    for index in 0..size {
        assert_eq!(log.append(&entry(index)), Ok(index));
        if batch_ends.contains(&log.size()) {
            files.write(log.take_files());
        }
    }
    files.write(log.take_files());
    (log, files)
}
