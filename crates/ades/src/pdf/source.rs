//! A document as positioned bytes, so that its size never decides how much memory is needed.

use std::io;

/// Bytes that can be read at any position. They must not change while in use; what was prepared is checked again at the end.
pub trait Source {
    /// Number of bytes.
    fn len(&self) -> u64;

    /// Reads some bytes from `offset` on into `buffer` and says how many; 0 only at the end.
    ///
    /// # Errors
    /// If the medium fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(target), Some(bytes)) = (buffer.get_mut(..count), rest.get(..count)) {
            target.copy_from_slice(bytes);
        }
        Ok(count)
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(&self.as_slice())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// A file; its length is read once, when it is opened.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub struct FileSource {
    file: std::fs::File,
    len: u64,
}

#[cfg(not(target_arch = "wasm32"))]
impl FileSource {
    /// Takes an open file.
    ///
    /// # Errors
    /// If its length cannot be found out.
    pub fn new(file: std::fs::File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Source for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)?;
        // A file that grows meanwhile still ends where it ended.
        Ok(count.min(usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX)))
    }
}

/// The beginning of a source.
pub(crate) struct Prefix<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) len: u64,
}

impl Source for Prefix<'_> {
    fn len(&self) -> u64 {
        self.len.min(self.source.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = left.min(buffer.len());
        self.source.read_at(offset, buffer.get_mut(..want).unwrap_or_default())
    }
}

/// A source with bytes appended to it.
pub(crate) struct Appended<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) update: &'a [u8],
}

impl Source for Appended<'_> {
    fn len(&self) -> u64 {
        self.source.len().saturating_add(Source::len(&self.update))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match offset.checked_sub(self.source.len()) {
            Some(offset) => self.update.read_at(offset, buffer),
            None => self.source.read_at(offset, buffer),
        }
    }
}

/// Calls `sink` with the bytes of a range, piece by piece.
pub(crate) fn for_each_piece<E: From<io::Error>>(
    source: &dyn Source,
    start: u64,
    length: u64,
    mut sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut position = start;
    let mut left = length;
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let target = buffer.get_mut(..want).unwrap_or_default();
        let count = source.read_at(position, target)?;
        if count == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        sink(target.get(..count).unwrap_or_default())?;
        let advance = u64::try_from(count).unwrap_or(0);
        position = position.saturating_add(advance);
        left = left.saturating_sub(advance);
    }
    Ok(())
}

/// Which side of a copy failed.
pub(crate) enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Copies a source and shows what is copied to `sink`.
pub(crate) fn copy(
    source: &dyn Source,
    output: &mut dyn io::Write,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), CopyError> {
    for_each_piece(source, 0, source.len(), |piece| {
        sink(piece);
        output.write_all(piece).map_err(CopyError::Write)
    })
}
