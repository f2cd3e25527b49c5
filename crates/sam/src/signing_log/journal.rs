//! The journal: an append-only sequence of frames in segment files, each durable before it has an effect. Security design 3.5, 7.1 no. 10.
//!
//! Stored format, version 1. A segment is a file `journal/NNNNNNNN.journal` (decimal number, from 1):
//! ```text
//! "rakkan-journal/1\n" | segment number (u32) | number of its first frame (u64) | salt (32) | check (8) | frames
//! check = SHA-256(everything before), first 8 bytes; key of the frames = seal("rakkan-journal/1", salt)
//! ```
//! Each opening of the journal begins a new segment with a new key, so no nonce can be used twice, whatever was cut off before.
//!
//! One frame is written at a time and made durable before the next one, so only the last frame of the last segment can be incomplete
//! after a crash. Such a tail is cut off; damage anywhere else is told and nothing is changed.

use super::{
    disk::{AppendFile, Disk},
    frame::{FrameHeader, FrameKey, MAX_PAYLOAD},
};
use aws_lc_rs::digest;
use sgm::{SealDomain, SecureRandom, Sgm};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

const MAGIC: &[u8; 17] = b"rakkan-journal/1\n";
const HEADER_LENGTH: usize = 69;
/// A segment that has grown beyond this is followed by a new one.
const SEGMENT_LENGTH: u64 = 16 * 1024 * 1024;

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    segment: u32,
    offset: u64,
}

/// What the journal needs of the world.
#[derive(Clone)]
pub(super) struct JournalParts {
    pub(super) folder: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) sgm: Arc<dyn Sgm>,
    pub(super) rng: Arc<dyn SecureRandom>,
}

/// Why the journal cannot be read or begun.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Storage failed.
    #[error("{} cannot be read or written", .0.display())]
    Storage(PathBuf, #[source] io::Error),
    /// Storage could not confirm that something is durable.
    #[error("{} cannot be made durable", .0.display())]
    Sync(PathBuf, #[source] io::Error),
    /// A segment is missing, or has a place in the journal that is not its own.
    #[error("journal segment {} is missing or out of order: restore the whole folder from one backup", .0.display())]
    OutOfOrder(PathBuf),
    /// Something inside the journal was changed.
    #[error("{} is damaged at byte {offset}: restore the whole folder from one backup", .path.display())]
    Damaged {
        /// The segment file.
        path: PathBuf,
        /// Where the first damaged frame begins.
        offset: u64,
    },
    /// The signing module or the random generator failed.
    #[error("the key of the journal cannot be had from the signing module")]
    Key,
}

/// Why a frame was not appended.
#[derive(Debug)]
pub(super) enum AppendError {
    /// Nothing has changed; the same may succeed later.
    NotWritten(io::Error),
    /// It is unknown what is on the disk. Nothing may be appended any more.
    SyncFailed,
}

/// What was read: where the journal ends and what of it is to be cut off.
pub(super) struct History {
    last_segment: Option<LastSegment>,
    next_frame: u64,
}

struct LastSegment {
    number: u32,
    extent: Extent,
    length: u64,
}

/// How much of a segment is whole.
#[derive(Clone, Copy)]
struct Extent {
    /// Up to here; 0 if not even the header is.
    whole: usize,
    /// Where the last thing that was written begins.
    last_write: usize,
}

impl History {
    /// Bytes at the end that belong to no whole frame: what was being written when the module was stopped.
    pub(super) fn torn_bytes(&self) -> u64 {
        self.last_segment.as_ref().map_or(0, |last| last.length.saturating_sub(into_u64(last.extent.whole)))
    }
}

/// Reads the whole journal and changes nothing. `visit` is called with the payload of each frame, in order.
pub(super) fn read<E: From<JournalError>>(
    parts: &JournalParts,
    mut visit: impl FnMut(Position, &[u8]) -> Result<(), E>,
) -> Result<History, E> {
    let names = parts.disk.list(&parts.folder).map_err(|error| JournalError::Storage(parts.folder.clone(), error))?;
    let mut numbers: Vec<u32> = names.iter().filter_map(|name| number_of_segment(name)).collect();
    numbers.sort_unstable();
    let mut history = History { last_segment: None, next_frame: 0 };
    let last = numbers.last().copied();
    for (number, expected) in numbers.into_iter().zip(1..) {
        let path = parts.folder.join(name_of_segment(number));
        if number != expected {
            return Err(JournalError::OutOfOrder(path).into());
        }
        let mut bytes = parts.disk.read(&path).map_err(|error| JournalError::Storage(path.clone(), error))?;
        let extent = read_segment(parts, number, &mut bytes, &mut history.next_frame, &mut visit, &path)?;
        if extent.whole < bytes.len() && Some(number) != last {
            return Err(damaged(&path, extent.whole));
        }
        let length = into_u64(bytes.len());
        history.last_segment = Some(LastSegment { number, extent, length });
    }
    Ok(history)
}

/// Visits the frames of one segment and returns how much of it is whole.
fn read_segment<E: From<JournalError>>(
    parts: &JournalParts,
    number: u32,
    bytes: &mut [u8],
    next_frame: &mut u64,
    visit: &mut impl FnMut(Position, &[u8]) -> Result<(), E>,
    path: &Path,
) -> Result<Extent, E> {
    let Some((segment, first_frame, salt)) = read_segment_header(bytes) else {
        // A header is written and made durable before the first frame.
        return if bytes.len() <= HEADER_LENGTH {
            Ok(Extent { whole: 0, last_write: 0 })
        } else {
            Err(damaged(path, 0))
        };
    };
    if segment != number || first_frame != *next_frame {
        return Err(JournalError::OutOfOrder(path.to_owned()).into());
    }
    let key = segment_key(parts.sgm.as_ref(), &salt)?;
    let mut offset = HEADER_LENGTH;
    let mut last_write = 0;
    while offset < bytes.len() {
        if let Some(frame) = key.open(bytes.get_mut(offset..).unwrap_or_default()) {
            if frame.number != *next_frame {
                return Err(damaged(path, offset));
            }
            visit(Position { segment: number, offset: into_u64(offset) }, frame.payload)?;
            *next_frame += 1;
            last_write = offset;
            offset += frame.length;
        } else if later_frame_follows(bytes, offset, *next_frame) {
            return Err(damaged(path, offset));
        } else {
            break;
        }
    }
    Ok(Extent { whole: offset, last_write })
}

/// Whether behind the broken frame at `offset` there is the header of a later one: then the broken one was whole once.
fn later_frame_follows(bytes: &[u8], offset: usize, number: u64) -> bool {
    let mut places = offset.saturating_add(1)..bytes.len();
    places.any(|at| bytes.get(at..).and_then(FrameHeader::read).is_some_and(|header| header.number > number))
}

fn damaged<E: From<JournalError>>(path: &Path, offset: usize) -> E {
    JournalError::Damaged { path: path.to_owned(), offset: into_u64(offset) }.into()
}

/// The payload of the frame at `position`.
pub(super) fn read_frame(parts: &JournalParts, position: Position) -> Result<Vec<u8>, JournalError> {
    let path = parts.folder.join(name_of_segment(position.segment));
    let storage = |error| JournalError::Storage(path.clone(), error);
    let header = parts.disk.read_range(&path, 0, HEADER_LENGTH).map_err(storage)?;
    let damaged = || JournalError::Damaged { path: path.clone(), offset: position.offset };
    let (_, _, salt) = read_segment_header(&header).ok_or_else(damaged)?;
    let frame_header = parts.disk.read_range(&path, position.offset, super::frame::HEADER_LENGTH).map_err(storage)?;
    let length = FrameHeader::read(&frame_header).and_then(FrameHeader::frame_length).ok_or_else(damaged)?;
    let mut frame = parts.disk.read_range(&path, position.offset, length).map_err(storage)?;
    let frame = segment_key(parts.sgm.as_ref(), &salt)?.open(&mut frame).ok_or_else(damaged)?;
    Ok(frame.payload.to_vec())
}

/// The journal, open for appending. There is one, and it belongs to one thread.
pub(super) struct Journal {
    parts: JournalParts,
    segment: Segment,
    next_frame: u64,
    /// A frame was written in part and could not be cut off yet.
    uncut: bool,
    failed: bool,
}

struct Segment {
    number: u32,
    file: Box<dyn AppendFile>,
    key: FrameKey,
    /// Up to here everything is durable.
    length: u64,
    next_nonce: u64,
}

impl Journal {
    /// Cuts off a torn tail and begins a new segment.
    pub(super) fn begin(parts: JournalParts, history: History) -> Result<Self, JournalError> {
        let mut number = 1;
        if let Some(last) = &history.last_segment {
            let path = parts.folder.join(name_of_segment(last.number));
            let storage = |error| JournalError::Storage(path.clone(), error);
            let Extent { whole, last_write } = last.extent;
            if whole == 0 {
                // Not even the header was complete: the segment never began.
                parts.disk.remove(&path).map_err(storage)?;
                number = last.number;
            } else {
                let mut file = parts.disk.open_append(&path).map_err(storage)?;
                if into_u64(whole) < last.length {
                    file.cut_back(into_u64(whole)).map_err(storage)?;
                }
                // From here on things are built upon what was read, so it must be durable. A sync alone would not do: if the last run
                // ended because its sync failed, the kernel may hold the bytes as clean although they are not on the disk.
                let offset = into_u64(last_write);
                let bytes = parts.disk.read_range(&path, offset, whole.saturating_sub(last_write)).map_err(storage)?;
                file.overwrite(offset, &bytes).map_err(storage)?;
                file.sync().map_err(|error| JournalError::Sync(path.clone(), error))?;
                number = last.number.checked_add(1).ok_or(JournalError::OutOfOrder(path))?;
            }
        }
        let segment = Segment::begin(&parts, number, history.next_frame)?;
        Ok(Self { parts, segment, next_frame: history.next_frame, uncut: false, failed: false })
    }

    /// Appends one frame and makes it durable.
    pub(super) fn append(&mut self, payload: &[u8]) -> Result<Position, AppendError> {
        if self.failed {
            return Err(AppendError::SyncFailed);
        }
        if payload.len() > MAX_PAYLOAD {
            return Err(AppendError::NotWritten(io::ErrorKind::FileTooLarge.into()));
        }
        if self.uncut {
            self.cut_back()?;
        }
        if self.segment.length > SEGMENT_LENGTH {
            self.segment = match Segment::begin(&self.parts, self.segment.number.saturating_add(1), self.next_frame) {
                Ok(segment) => segment,
                Err(JournalError::Sync(..)) => return Err(self.fail()),
                Err(error) => return Err(AppendError::NotWritten(io::Error::other(error))),
            };
        }
        let nonce = self.segment.next_nonce;
        self.segment.next_nonce += 1;
        let frame = self.segment.key.seal(self.next_frame, nonce, payload);
        let frame = frame.ok_or_else(|| AppendError::NotWritten(io::ErrorKind::Other.into()))?;
        if let Err(error) = write_all(self.segment.file.as_mut(), &frame) {
            self.uncut = true;
            // If this fails too it is tried again before the next frame.
            let _ = self.cut_back();
            return Err(AppendError::NotWritten(error));
        }
        if self.segment.file.sync().is_err() {
            return Err(self.fail());
        }
        // If we crash from here on, the frame is read again at the next start.
        let position = Position { segment: self.segment.number, offset: self.segment.length };
        self.segment.length += into_u64(frame.len());
        self.next_frame += 1;
        Ok(position)
    }

    fn fail(&mut self) -> AppendError {
        self.failed = true;
        self.parts.disk.give_up();
        AppendError::SyncFailed
    }

    fn cut_back(&mut self) -> Result<(), AppendError> {
        self.segment.file.cut_back(self.segment.length).map_err(AppendError::NotWritten)?;
        self.uncut = false;
        Ok(())
    }
}

impl Segment {
    fn begin(parts: &JournalParts, number: u32, first_frame: u64) -> Result<Self, JournalError> {
        let path = parts.folder.join(name_of_segment(number));
        let storage = |error| JournalError::Storage(path.clone(), error);
        let mut salt = [0; 32];
        parts.rng.fill(&mut salt).map_err(|_| JournalError::Key)?;
        let key = segment_key(parts.sgm.as_ref(), &salt)?;
        let header = segment_header(number, first_frame, &salt);
        let mut file = parts.disk.open_append(&path).map_err(storage)?;
        // Empty it first: an earlier attempt may have stopped half-way.
        let write = file.cut_back(0).and_then(|()| write_all(file.as_mut(), &header));
        write.map_err(storage)?;
        file.sync().map_err(|error| JournalError::Sync(path.clone(), error))?;
        parts.disk.sync_folder(&parts.folder).map_err(|error| JournalError::Sync(parts.folder.clone(), error))?;
        Ok(Self { number, file, key, length: into_u64(header.len()), next_nonce: 0 })
    }
}

fn write_all(file: &mut dyn AppendFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = file.append(bytes)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

fn segment_key(sgm: &dyn Sgm, salt: &[u8; 32]) -> Result<FrameKey, JournalError> {
    let key = Zeroizing::new(sgm.seal(SealDomain::JournalSegment, salt).map_err(|_| JournalError::Key)?);
    FrameKey::new(&key).ok_or(JournalError::Key)
}

fn segment_header(number: u32, first_frame: u64, salt: &[u8; 32]) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend(number.to_be_bytes());
    header.extend(first_frame.to_be_bytes());
    header.extend(salt);
    header.extend(header_check(&header));
    header
}

fn read_segment_header(bytes: &[u8]) -> Option<(u32, u64, [u8; 32])> {
    let (fields, rest) = bytes.split_at_checked(HEADER_LENGTH - 8)?;
    if header_check(fields) != *rest.first_chunk::<8>()? {
        return None;
    }
    let (number, rest) = fields.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
    let (first_frame, salt) = rest.split_first_chunk::<8>()?;
    Some((u32::from_be_bytes(*number), u64::from_be_bytes(*first_frame), salt.try_into().ok()?))
}

fn header_check(fields: &[u8]) -> [u8; 8] {
    digest::digest(&digest::SHA256, fields).as_ref().first_chunk::<8>().copied().unwrap_or_default()
}

fn name_of_segment(number: u32) -> String {
    format!("{number:08}.journal")
}

fn number_of_segment(name: &str) -> Option<u32> {
    let number = name.strip_suffix(".journal")?.parse().ok()?;
    (name_of_segment(number) == name).then_some(number)
}

fn into_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_header_has_golden_bytes() {
        let header = segment_header(2, 3, &[0x5a; 32]);
        let fields = [b"rakkan-journal/1\n\0\0\0\x02\0\0\0\0\0\0\0\x03".as_slice(), &[0x5a; 32]].concat();
        assert_eq!(header[..61], fields);
        assert_eq!(header[61..], digest::digest(&digest::SHA256, &fields).as_ref()[..8]);
        assert_eq!(header.len(), HEADER_LENGTH);
        assert_eq!(read_segment_header(&header), Some((2, 3, [0x5a; 32])));
    }

    #[test]
    fn a_changed_segment_header_is_refused() {
        let header = segment_header(2, 3, &[0x5a; 32]);
        for position in 0..header.len() {
            let mut changed = header.clone();
            changed[position] ^= 1;
            assert_eq!(read_segment_header(&changed), None, "byte {position}");
        }
    }

    #[test]
    fn only_names_of_segments_are_read() {
        assert_eq!(number_of_segment("00000001.journal"), Some(1));
        for name in ["1.journal", "00000001", "00000001.journal.new", "+0000001.journal", "lock", "000000001.journal"] {
            assert_eq!(number_of_segment(name), None, "{name}");
        }
    }
}
