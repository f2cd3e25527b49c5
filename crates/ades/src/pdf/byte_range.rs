//! Which bytes a signature covers: all but the value of Contents. ISO 32000-2 12.8.1; EN 319 142-1 4.2.

use super::cursor::hex_pairs;
use super::document::Document;
use super::object::{Object, ObjectId};
use super::parser::Parser;
use super::{PdfError, Source};
use crate::crypto::Hasher;

/// The two pieces of the file that a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Length of the first piece, which starts at byte 0.
    pub first_len: u64,
    /// Start of the second piece.
    pub second_start: u64,
    /// Length of the second piece.
    pub second_len: u64,
}

impl ByteRange {
    /// First byte behind the covered part.
    pub fn end(&self) -> u64 {
        self.second_start.saturating_add(self.second_len)
    }

    /// Reads the array; anything but two ordered pieces from byte 0 on is refused with a reason.
    pub(crate) fn from_array(items: &[Object], file_len: u64) -> Result<Self, &'static str> {
        let number = |item: &Object| item.as_integer().and_then(|value| u64::try_from(value).ok());
        let [start, first_len, second_start, second_len] = items else {
            return Err("it has not four numbers");
        };
        let (Some(start), Some(first_len), Some(second_start), Some(second_len)) =
            (number(start), number(first_len), number(second_start), number(second_len))
        else {
            return Err("it has not four numbers");
        };
        if start != 0 {
            return Err("it does not start at the beginning of the file");
        }
        if first_len >= second_start {
            return Err("its pieces overlap");
        }
        if second_start.checked_add(second_len).is_none_or(|end| end > file_len) {
            return Err("it reaches behind the end of the file");
        }
        Ok(Self { first_len, second_start, second_len })
    }

    /// Feeds the covered bytes to a hasher.
    pub(crate) fn hash(&self, source: &dyn Source, hasher: &mut Hasher) -> Result<(), PdfError> {
        for (start, length) in [(0, self.first_len), (self.second_start, self.second_len)] {
            super::for_each_piece(source, start, length, |piece| {
                hasher.update(piece);
                Ok::<_, PdfError>(())
            })?;
        }
        Ok(())
    }
}

/// Contents as it stands in the file.
pub(crate) struct Contents {
    /// From `<` on.
    pub(crate) start: u64,
    /// Behind `>`.
    pub(crate) end: u64,
    /// The bytes that the hexadecimal digits mean.
    pub(crate) bytes: Vec<u8>,
}

/// Finds the Contents of a signature dictionary that is an object of its own; `None` if it is not, or has no such place.
pub(crate) fn locate_contents(document: &Document<'_>, id: ObjectId) -> Result<Option<Contents>, PdfError> {
    let Some(position) = document.position(id)? else {
        return Ok(None);
    };
    let mut parser = Parser::new(document.source(), position);
    if parser.object_header()? != id {
        return Ok(None);
    }
    let Some((start, end)) = parser.value_span(b"Contents")? else {
        return Ok(None);
    };
    let mut text = Vec::new();
    super::for_each_piece(document.source(), start, end.saturating_sub(start), |piece| {
        text.extend_from_slice(piece);
        Ok::<_, PdfError>(())
    })?;
    // Only digits between the brackets: white space would be bytes that nobody signs.
    let digits = text.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"));
    let Some(digits) = digits else { return Ok(None) };
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    if hex_pairs(digits, &mut bytes) != digits.len() {
        return Ok(None);
    }
    Ok(Some(Contents { start, end, bytes }))
}
