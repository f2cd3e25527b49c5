//! Decodes the streams that carry a document's structure: Flate with predictors, under a budget. ISO 32000-2 7.4.4.

use std::cell::Cell;
use std::io::{self, Read};

use flate2::read::ZlibDecoder;

use super::limits::INFLATE_RATIO;
use super::object::{Dictionary, Object};
use super::{PdfError, Source};

/// How a stream is encoded; by default not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Encoding {
    deflated: bool,
    predictor: Option<Predictor>,
}

/// PNG prediction: length of a row, and distance of the neighbour on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Predictor {
    row: usize,
    pixel: usize,
}

impl Encoding {
    /// Reads Filter and DecodeParms, which must be direct in the streams this is for.
    pub(crate) fn of(dictionary: &Dictionary) -> Result<Self, PdfError> {
        let deflated = match dictionary.lookup("Filter") {
            None => false,
            Some(filter) => match only(filter) {
                None => false,
                Some(Object::Name(name)) if name.0 == b"FlateDecode" => true,
                Some(_) => {
                    return Err(PdfError::UnsupportedFilter { detail: "a filter other than FlateDecode" });
                }
            },
        };
        let parameters = dictionary.lookup("DecodeParms").and_then(only);
        let predictor = match parameters {
            Some(Object::Dictionary(parameters)) if deflated => Self::predictor(parameters)?,
            Some(Object::Dictionary(_) | Object::Null) | None => None,
            Some(_) => {
                return Err(PdfError::UnsupportedFilter { detail: "indirect filter parameters" });
            }
        };
        Ok(Self { deflated, predictor })
    }

    fn predictor(parameters: &Dictionary) -> Result<Option<Predictor>, PdfError> {
        const UNSUPPORTED: PdfError = PdfError::UnsupportedFilter { detail: "filter parameters out of range" };
        let number = |key, default: i64, max: i64| match parameters.integer(key).unwrap_or(default) {
            value if (1..=max).contains(&value) => usize::try_from(value).map_err(|_| UNSUPPORTED),
            _ => Err(UNSUPPORTED),
        };
        match parameters.integer("Predictor").unwrap_or(1) {
            1 => Ok(None),
            10..=15 => {
                let bits_per_pixel = number("Colors", 1, 32)? * number("BitsPerComponent", 8, 16)?;
                let row = (bits_per_pixel * number("Columns", 1, 1 << 16)?).div_ceil(8);
                Ok(Some(Predictor { row, pixel: bits_per_pixel.div_ceil(8) }))
            }
            _ => Err(PdfError::UnsupportedFilter { detail: "a predictor that is not one of PNG" }),
        }
    }
}

/// The object itself, or the only member of an array; `None` for an empty array.
fn only(object: &Object) -> Option<&Object> {
    match object {
        Object::Array(items) => match items.as_slice() {
            [] => None,
            [item] => Some(item),
            // Several filters: the array itself is no name, so it is refused.
            _ => Some(object),
        },
        other => Some(other),
    }
}

/// Bytes that may still be inflated while a document is open.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    left: Cell<u64>,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, left: Cell::new(limit) }
    }
}

/// Decoded bytes of a stream, read piece by piece.
pub(crate) struct Decoded<'a> {
    bytes: Box<dyn Read + 'a>,
    predictor: Option<Predictor>,
    /// Current row behind its filter octet, how much of it was handed out, and the row above.
    row: Vec<u8>,
    handed_out: usize,
    above: Vec<u8>,
}

impl<'a> Decoded<'a> {
    pub(crate) fn new(
        source: &'a dyn Source,
        offset: u64,
        length: u64,
        encoding: Encoding,
        budget: &'a Budget,
    ) -> Self {
        let raw = Piece { source, position: offset, end: offset.saturating_add(length).min(source.len()) };
        let bytes: Box<dyn Read + 'a> = if encoding.deflated {
            Box::new(Bounded { inner: ZlibDecoder::new_with_buf(raw, vec![0; 8 * 1024]), out: 0, budget })
        } else {
            Box::new(raw)
        };
        Self { bytes, predictor: encoding.predictor, row: Vec::new(), handed_out: 0, above: Vec::new() }
    }

    /// Skips `count` bytes; an early end is an error.
    pub(crate) fn skip(&mut self, count: u64) -> Result<(), PdfError> {
        let skipped = io::copy(&mut Read::by_ref(self).take(count), &mut io::sink()).map_err(into_pdf_error)?;
        if skipped == count {
            Ok(())
        } else {
            Err(PdfError::Structure { detail: "a stream is shorter than it should be" })
        }
    }

    /// Fills `buffer`; an early end is an error.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), PdfError> {
        self.read_exact(buffer).map_err(into_pdf_error)
    }

    /// Everything, if it is not more than `limit` bytes.
    pub(crate) fn all(mut self, limit: u64) -> Result<Vec<u8>, PdfError> {
        let mut bytes = Vec::new();
        let mut bounded = Read::by_ref(&mut self).take(limit.saturating_add(1));
        bounded.read_to_end(&mut bytes).map_err(into_pdf_error)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            return Err(PdfError::InflatesTooMuch { limit });
        }
        Ok(bytes)
    }

    fn next_row(&mut self, predictor: Predictor) -> io::Result<bool> {
        let mut filter = [0_u8];
        if self.bytes.read(&mut filter)? == 0 {
            return Ok(false);
        }
        std::mem::swap(&mut self.row, &mut self.above);
        self.row.clear();
        self.above.resize(predictor.row, 0);
        let expected = u64::try_from(predictor.row).unwrap_or(u64::MAX);
        Read::by_ref(&mut self.bytes).take(expected).read_to_end(&mut self.row)?;
        self.handed_out = 0;
        let [filter] = filter;
        unfilter(filter, &mut self.row, &self.above, predictor.pixel)?;
        Ok(!self.row.is_empty())
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(predictor) = self.predictor else {
            return self.bytes.read(buffer);
        };
        if self.handed_out >= self.row.len() && !self.next_row(predictor)? {
            return Ok(0);
        }
        let ready = self.row.get(self.handed_out..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(target), Some(bytes)) = (buffer.get_mut(..count), ready.get(..count)) {
            target.copy_from_slice(bytes);
        }
        self.handed_out += count;
        Ok(count)
    }
}

/// PNG filter types, W3C PNG 9.2.
fn unfilter(filter: u8, row: &mut [u8], above: &[u8], pixel: usize) -> io::Result<()> {
    let at = |bytes: &[u8], index: Option<usize>| index.and_then(|index| bytes.get(index).copied()).unwrap_or(0);
    if filter > 4 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "unknown PNG filter"));
    }
    for index in 0..row.len() {
        let before = index.checked_sub(pixel);
        let left = at(row, before);
        let up = at(above, Some(index));
        let predicted = match filter {
            1 => left,
            2 => up,
            3 => u8::try_from((u16::from(left) + u16::from(up)) / 2).unwrap_or(0),
            4 => paeth(left, up, at(above, before)),
            _ => 0,
        };
        if let Some(byte) = row.get_mut(index) {
            *byte = byte.wrapping_add(predicted);
        }
    }
    Ok(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |byte: u8| (estimate - i16::from(byte)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}

/// Part of a source as a reader.
struct Piece<'a> {
    source: &'a dyn Source,
    position: u64,
    end: u64,
}

impl Read for Piece<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let want = left.min(buffer.len());
        let count = self.source.read_at(self.position, buffer.get_mut(..want).unwrap_or_default())?;
        self.position = self.position.saturating_add(u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

/// Inflates within the document's budget and a ratio. T-PA-2.
struct Bounded<'a> {
    inner: ZlibDecoder<Piece<'a>>,
    out: u64,
    budget: &'a Budget,
}

#[derive(Debug, thiserror::Error)]
#[error("inflated data exceed {0} bytes")]
struct OverBudget(u64);

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let more = u64::try_from(count).unwrap_or(u64::MAX);
        self.out = self.out.saturating_add(more);
        let allowed = self.inner.total_in().saturating_mul(INFLATE_RATIO).max(1024 * 1024);
        let left = self.budget.left.get();
        if self.out > allowed || more > left {
            let limit = if more > left { self.budget.limit } else { allowed };
            return Err(io::Error::other(OverBudget(limit)));
        }
        self.budget.left.set(left - more);
        Ok(count)
    }
}

fn into_pdf_error(error: io::Error) -> PdfError {
    if let Some(OverBudget(limit)) = error.get_ref().and_then(|inner| inner.downcast_ref::<OverBudget>()) {
        return PdfError::InflatesTooMuch { limit: *limit };
    }
    match error.kind() {
        // What zlib says about bad data, and an end that comes too early.
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            PdfError::Structure { detail: "compressed data are damaged" }
        }
        _ => PdfError::Io(error),
    }
}
