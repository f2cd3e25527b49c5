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

    /// The bytes from `offset` on, at most `length`, if they are in memory already; they may be fewer, but not none.
    fn in_memory(&self, _offset: u64, _length: u64) -> Option<&[u8]> {
        None
    }

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

    fn in_memory(&self, offset: u64, length: u64) -> Option<&[u8]> {
        part(self, offset, length)
    }
}

/// Part of a slice, as [`Source::in_memory`] gives it.
fn part(bytes: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let rest = bytes.get(usize::try_from(offset).ok()?..)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
    rest.get(..length).filter(|part| !part.is_empty())
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(&self.as_slice())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }

    fn in_memory(&self, offset: u64, length: u64) -> Option<&[u8]> {
        part(self, offset, length)
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

    fn in_memory(&self, offset: u64, length: u64) -> Option<&[u8]> {
        self.source.in_memory(offset, length.min(self.len().checked_sub(offset)?))
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

    fn in_memory(&self, offset: u64, length: u64) -> Option<&[u8]> {
        match offset.checked_sub(self.source.len()) {
            Some(offset) => part(self.update, offset, length),
            None => self.source.in_memory(offset, length),
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
    const MOST: u64 = 64 * 1024;
    let mut buffer = Vec::new();
    let mut position = start;
    let mut left = length;
    while left > 0 {
        let count = match source.in_memory(position, left.min(MOST)) {
            Some(piece) => {
                sink(piece)?;
                piece.len()
            }
            None => {
                buffer.resize(usize::try_from(left.min(MOST)).unwrap_or_default(), 0);
                let count = source.read_at(position, &mut buffer)?;
                if count == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                sink(buffer.get(..count).unwrap_or_default())?;
                count
            }
        };
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
