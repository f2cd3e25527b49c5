//! One cross-reference section, read where it stands. ISO 32000-2 7.5.4, 7.5.8.2 and 7.5.8.3.

use super::{Entry, Form};
use crate::pdf::cursor::Token;
use crate::pdf::filter::{Budget, Decoded, Encoding};
use crate::pdf::limits::SUBSECTIONS;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::parser::Parser;
use crate::pdf::{PdfError, Source};

/// Decoded entries that are kept, of all sections together; what is more is inflated again for each look.
const KEPT: u64 = 64 * 1024 * 1024;
/// Digits, generation, kind: the part of a table entry before its end of line.
const ENTRY_TEXT: usize = 18;

/// Where the entries of a section are.
pub(super) struct Section {
    offset: u64,
    /// Behind the trailer, or the data of the stream.
    text_end: u64,
    subsections: Vec<Subsection>,
    entries: Entries,
    /// The stream section of a hybrid file, which belongs to its table.
    pub(super) is_hidden: bool,
    /// A table followed by the stream section with what it hides from old readers.
    pub(super) is_hybrid: bool,
}

struct Subsection {
    first: u64,
    count: u64,
    /// Of the first entry: position in the file (table), or index (stream).
    start: u64,
    /// Length of one entry in bytes.
    width: u64,
}

enum Entries {
    Table,
    Kept { widths: [usize; 3], bytes: Vec<u8> },
    Streamed { widths: [usize; 3], offset: u64, length: u64, encoding: Encoding },
}

/// What one section says besides its entries.
pub(super) struct ReadSection {
    pub(super) section: Section,
    pub(super) trailer: Dictionary,
    pub(super) form: Form,
}

/// Reads sections and counts what they cost.
pub(super) struct SectionReader<'a> {
    source: &'a dyn Source,
    budget: &'a Budget,
    kept: u64,
    subsections: usize,
}

impl<'a> SectionReader<'a> {
    pub(super) fn new(source: &'a dyn Source, budget: &'a Budget) -> Self {
        Self { source, budget, kept: 0, subsections: 0 }
    }

    pub(super) fn section(&mut self, offset: u64) -> Result<ReadSection, PdfError> {
        self.section_at(offset).map_err(|error| match error {
            PdfError::Syntax { offset, detail } => PdfError::BrokenXref { offset, detail },
            other => other,
        })
    }

    fn section_at(&mut self, offset: u64) -> Result<ReadSection, PdfError> {
        if offset >= self.source.len() {
            return Err(PdfError::BrokenXref { offset, detail: "a section lies behind the end of the file" });
        }
        let mut parser = Parser::new(self.source, offset);
        if parser.cursor.token()? == Token::Keyword(b"xref".to_vec()) {
            return self.table(parser, offset);
        }
        parser.cursor.seek(offset);
        self.stream(parser, offset)
    }

    fn count_subsection(&mut self) -> Result<(), PdfError> {
        self.subsections += 1;
        if self.subsections > SUBSECTIONS {
            return Err(PdfError::TooComplex { detail: "too many cross-reference subsections" });
        }
        Ok(())
    }

    fn table(&mut self, mut parser: Parser<'_>, offset: u64) -> Result<ReadSection, PdfError> {
        let mut subsections = Vec::new();
        loop {
            let first = match parser.cursor.token()? {
                Token::Integer(first) => first,
                Token::Keyword(word) if word == b"trailer" => break,
                _ => return Err(parser.cursor.syntax("neither a subsection nor the trailer")),
            };
            let Token::Integer(count) = parser.cursor.token()? else {
                return Err(parser.cursor.syntax("a subsection without a count"));
            };
            let (Ok(first), Ok(count)) = (u32::try_from(first), u32::try_from(count)) else {
                return Err(parser.cursor.syntax("a subsection with impossible numbers"));
            };
            if count == 0 {
                continue;
            }
            parser.cursor.skip_space()?;
            let start = parser.cursor.position();
            let width = self.entry_width(start)?;
            let end = start.saturating_add(u64::from(count).saturating_mul(width));
            if end > self.source.len() {
                return Err(parser.cursor.syntax("a subsection longer than the file"));
            }
            parser.cursor.seek(end);
            self.count_subsection()?;
            subsections.push(Subsection { first: u64::from(first), count: u64::from(count), start, width });
        }
        let Object::Dictionary(trailer) = parser.object()? else {
            return Err(parser.cursor.syntax("a trailer that is no dictionary"));
        };
        let section = Section::new(offset, parser.cursor.position(), subsections, Entries::Table)?;
        Ok(ReadSection { section, trailer, form: Form::Table })
    }

    /// Entries have 20 bytes; some writers end them with one byte or three instead of two.
    fn entry_width(&self, start: u64) -> Result<u64, PdfError> {
        let mut bytes = [0_u8; ENTRY_TEXT + 4];
        self.source.read_at(start, &mut bytes)?;
        let line_end = bytes.iter().skip(ENTRY_TEXT).take_while(|byte| matches!(byte, b' ' | b'\r' | b'\n')).count();
        match u64::try_from(ENTRY_TEXT + line_end) {
            Ok(width @ 19..=21) if parse_entry(&bytes).is_some() => Ok(width),
            _ => Err(PdfError::BrokenXref { offset: start, detail: "a malformed entry" }),
        }
    }

    fn stream(&mut self, mut parser: Parser<'_>, offset: u64) -> Result<ReadSection, PdfError> {
        let broken = |detail| PdfError::BrokenXref { offset, detail };
        parser.object_header()?;
        let Object::Stream(stream) = parser.object_body()? else {
            return Err(broken("neither a table nor a stream"));
        };
        let dictionary = stream.dictionary;
        if !dictionary.has_name("Type", "XRef") {
            return Err(broken("a stream of another type"));
        }
        let widths = widths(&dictionary).ok_or(broken("impossible field widths (W)"))?;
        let width: usize = widths.iter().sum();
        let width = u64::try_from(width).unwrap_or(u64::MAX);
        let mut subsections = Vec::new();
        let mut index = 0_u64;
        for (first, count) in index_pairs(&dictionary).ok_or(broken("impossible subsections (Index)"))? {
            self.count_subsection()?;
            subsections.push(Subsection { first, count, start: index, width });
            index = index.saturating_add(count);
        }
        let length = dictionary.integer("Length").and_then(|length| u64::try_from(length).ok());
        let length = length.ok_or(broken("a stream without a length"))?;
        let encoding = Encoding::of(&dictionary)?;
        let total = index.saturating_mul(width);
        let entries = if self.kept.saturating_add(total) <= KEPT {
            self.kept += total;
            let mut decoded = Decoded::new(self.source, stream.data_offset, length, encoding, self.budget);
            let mut bytes = vec![0; usize::try_from(total).unwrap_or(0)];
            decoded.fill(&mut bytes).map_err(|error| match error {
                PdfError::Structure { detail } => broken(detail),
                other => other,
            })?;
            Entries::Kept { widths, bytes }
        } else {
            Entries::Streamed { widths, offset: stream.data_offset, length, encoding }
        };
        let section = Section::new(offset, stream.data_offset.saturating_add(length), subsections, entries)?;
        Ok(ReadSection { section, trailer: dictionary, form: Form::Stream })
    }
}

impl Section {
    fn new(offset: u64, text_end: u64, mut subsections: Vec<Subsection>, entries: Entries) -> Result<Self, PdfError> {
        subsections.sort_by_key(|subsection| subsection.first);
        let overlap = subsections.windows(2).any(|pair| match pair {
            [earlier, later] => earlier.first + earlier.count > later.first,
            _ => false,
        });
        // 7.5.4: an object number stands at most once in a section.
        if overlap {
            return Err(PdfError::BrokenXref { offset, detail: "subsections that overlap" });
        }
        Ok(Self { offset, text_end, subsections, entries, is_hidden: false, is_hybrid: false })
    }

    /// Where the section starts and ends in the file.
    pub(super) fn span(&self) -> (u64, u64) {
        (self.offset, self.text_end)
    }

    /// First object number behind all of the section.
    pub(super) fn end(&self) -> u64 {
        self.subsections.last().map_or(0, |subsection| subsection.first + subsection.count)
    }

    pub(super) fn entry(&self, source: &dyn Source, budget: &Budget, number: u64) -> Result<Option<Entry>, PdfError> {
        let behind = self.subsections.partition_point(|sub| sub.first <= number);
        let candidate = behind.checked_sub(1).and_then(|index| self.subsections.get(index));
        let found = candidate.filter(|sub| number - sub.first < sub.count);
        let Some(subsection) = found else { return Ok(None) };
        let index = number - subsection.first;
        match &self.entries {
            Entries::Table => {
                let position = subsection.start + index * subsection.width;
                let mut bytes = [0_u8; ENTRY_TEXT];
                source.read_at(position, &mut bytes)?;
                parse_entry(&bytes)
                    .map(Some)
                    .ok_or(PdfError::BrokenXref { offset: position, detail: "a malformed entry" })
            }
            Entries::Kept { widths, bytes } => {
                let at = usize::try_from((subsection.start + index) * subsection.width).unwrap_or(usize::MAX);
                self.stream_entry(*widths, bytes.get(at..).unwrap_or_default()).map(Some)
            }
            Entries::Streamed { widths, offset, length, encoding } => {
                let mut decoded = Decoded::new(source, *offset, *length, *encoding, budget);
                decoded.skip((subsection.start + index) * subsection.width)?;
                let mut bytes = vec![0; widths.iter().sum()];
                decoded.fill(&mut bytes)?;
                self.stream_entry(*widths, &bytes).map(Some)
            }
        }
    }

    /// 7.5.8.3: kind, then two numbers; a kind of width 0 is 1.
    fn stream_entry(&self, widths: [usize; 3], bytes: &[u8]) -> Result<Entry, PdfError> {
        let broken = PdfError::BrokenXref { offset: self.offset, detail: "an impossible entry" };
        let [kind_width, second_width, third_width] = widths;
        let number = |from: usize, width: usize| {
            let digits = bytes.get(from..from + width)?;
            Some(digits.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte)))
        };
        let (Some(kind), Some(second), Some(third)) =
            (number(0, kind_width), number(kind_width, second_width), number(kind_width + second_width, third_width))
        else {
            return Err(broken);
        };
        match if kind_width == 0 { 1 } else { kind } {
            0 => Ok(Entry::Free),
            1 => Ok(Entry::InFile { offset: second, generation: u16::try_from(third).map_err(|_| broken)? }),
            2 => match (u32::try_from(second), u32::try_from(third)) {
                (Ok(stream), Ok(index)) => Ok(Entry::InStream { stream, index }),
                _ => Err(broken),
            },
            // Kinds to come count as references to null.
            _ => Ok(Entry::Free),
        }
    }
}

/// `nnnnnnnnnn ggggg n`.
fn parse_entry(bytes: &[u8]) -> Option<Entry> {
    let text = bytes.get(..ENTRY_TEXT)?;
    let (offset, rest) = text.split_at_checked(10)?;
    let (generation, kind) = match rest {
        [b' ', generation @ .., b' ', kind] => (generation, *kind),
        _ => return None,
    };
    let number = |digits: &[u8]| -> Option<u64> { std::str::from_utf8(digits).ok()?.parse().ok() };
    let (offset, generation) = (number(offset)?, number(generation)?);
    match kind {
        b'n' => Some(Entry::InFile { offset, generation: u16::try_from(generation).ok()? }),
        // Many writers give free entries the generation 65536; of a free entry nothing is used.
        b'f' => Some(Entry::Free),
        _ => None,
    }
}

fn widths(dictionary: &Dictionary) -> Option<[usize; 3]> {
    let Some(Object::Array(items)) = dictionary.lookup("W") else {
        return None;
    };
    let width = |item: &Object| item.as_integer().filter(|width| (0..=8).contains(width));
    match items.as_slice() {
        [kind, second, third] => Some([
            usize::try_from(width(kind)?).ok()?,
            usize::try_from(width(second)?).ok()?,
            usize::try_from(width(third)?).ok()?,
        ]),
        _ => None,
    }
    .filter(|widths: &[usize; 3]| widths.iter().sum::<usize>() > 0)
}

fn index_pairs(dictionary: &Dictionary) -> Option<Vec<(u64, u64)>> {
    let number = |item: &Object| item.as_integer().and_then(|value| u32::try_from(value).ok()).map(u64::from);
    match dictionary.lookup("Index") {
        None => Some(vec![(0, number(dictionary.lookup("Size")?)?)]),
        Some(Object::Array(items)) => {
            let (pairs, rest) = items.as_chunks::<2>();
            let pairs = pairs.iter().map(|[first, count]| Some((number(first)?, number(count)?))).collect();
            if rest.is_empty() { pairs } else { None }
        }
        Some(_) => None,
    }
}
