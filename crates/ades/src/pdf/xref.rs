//! Where objects are: cross-reference tables, streams and hybrids, looked up in place. ISO 32000-2 7.5.4, 7.5.8.
//!
//! A section keeps where its entries are, not the entries, so a file with millions of objects costs no more memory than a small one.

use std::collections::HashSet;

use super::cursor::Token;
use super::filter::{Budget, Decoded, Encoding};
use super::limits::{SECTIONS, SUBSECTIONS};
use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::{PdfError, Source};

/// Decoded sections up to this size are kept; larger ones are inflated again for each look.
const KEPT_SECTION: u64 = 1024 * 1024;
const KEPT_IN_TOTAL: u64 = 8 * 1024 * 1024;
/// Digits, generation, kind: the part of a table entry before its end of line.
const ENTRY_TEXT: usize = 18;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    InFile { offset: u64, generation: u16 },
    InStream { stream: u32, index: u32 },
}

/// Form of the newest section, which an update must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Stream,
}

/// All sections of a document, newest first.
pub(crate) struct CrossReference {
    sections: Vec<Section>,
    /// Trailer of the newest section.
    pub(crate) trailer: Dictionary,
    pub(crate) form: Form,
    /// Position of the newest section.
    pub(crate) start: u64,
}

struct Section {
    offset: u64,
    subsections: Vec<Subsection>,
    entries: Entries,
    /// A table followed by the stream section with what it hides from old readers.
    is_hybrid: bool,
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
    Kept {
        widths: [usize; 3],
        bytes: Vec<u8>,
    },
    Streamed {
        widths: [usize; 3],
        offset: u64,
        length: u64,
        encoding: Encoding,
    },
}

/// What one section says besides its entries.
struct ReadSection {
    section: Section,
    trailer: Dictionary,
    form: Form,
}

impl CrossReference {
    /// Reads all sections, starting at the newest one.
    pub(crate) fn read(source: &dyn Source, budget: &Budget) -> Result<Self, PdfError> {
        let start = find_start(source)?;
        let mut reader = SectionReader {
            source,
            budget,
            kept: 0,
            subsections: 0,
        };
        let newest = reader.section(start)?;
        let mut visited = HashSet::from([start]);
        let mut cross_reference = Self {
            sections: Vec::new(),
            trailer: newest.trailer.clone(),
            form: newest.form,
            start,
        };
        let mut next = Some(newest);
        while let Some(mut read) = next {
            let hidden = read.trailer.integer("XRefStm").filter(|_| read.form == Form::Table);
            read.section.is_hybrid = hidden.is_some();
            cross_reference.sections.push(read.section);
            if let Some(offset) = hidden {
                let offset = require_new(offset, start, &mut visited)?;
                cross_reference.sections.push(reader.section(offset)?.section);
            }
            next = match read.trailer.lookup("Prev") {
                Some(Object::Integer(offset)) => {
                    let offset = require_new(*offset, start, &mut visited)?;
                    Some(reader.section(offset)?)
                }
                Some(_) => {
                    return Err(PdfError::BrokenXref {
                        offset: start,
                        detail: "Prev is no number",
                    });
                }
                None => None,
            };
            if cross_reference.sections.len() > SECTIONS {
                return Err(PdfError::TooComplex {
                    detail: "too many cross-reference sections",
                });
            }
        }
        Ok(cross_reference)
    }

    /// Where the newest object of this number is; `None` if no section knows it.
    pub(crate) fn entry(&self, source: &dyn Source, budget: &Budget, number: u32) -> Result<Option<Entry>, PdfError> {
        let mut freed_by_hybrid = false;
        for section in &self.sections {
            match section.entry(source, budget, u64::from(number))? {
                // 7.5.8.4: a hybrid file marks as free what only its stream section tells.
                Some(Entry::Free) if section.is_hybrid => freed_by_hybrid = true,
                Some(entry) => return Ok(Some(entry)),
                None if freed_by_hybrid => return Ok(Some(Entry::Free)),
                None => {}
            }
        }
        Ok(freed_by_hybrid.then_some(Entry::Free))
    }

    /// First object number that no section uses.
    pub(crate) fn first_unused(&self) -> Result<u32, PdfError> {
        let size = self
            .trailer
            .integer("Size")
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or(0);
        let ends = self
            .sections
            .iter()
            .flat_map(|section| &section.subsections)
            .map(|sub| sub.first + sub.count);
        let unused = ends.fold(size, u64::max).max(1);
        // ISO 32000-1 C.2: 8,388,607 indirect objects; more would not be understood by other readers.
        match u32::try_from(unused) {
            Ok(unused) if unused < 1 << 30 => Ok(unused),
            _ => Err(PdfError::TooComplex {
                detail: "too many objects",
            }),
        }
    }
}

fn require_new(offset: i64, near: u64, visited: &mut HashSet<u64>) -> Result<u64, PdfError> {
    let offset = u64::try_from(offset).map_err(|_| PdfError::BrokenXref {
        offset: near,
        detail: "negative offset",
    })?;
    if visited.insert(offset) {
        Ok(offset)
    } else {
        Err(PdfError::XrefLoop { offset })
    }
}

/// Finds `startxref` near the end of the file. ISO 32000-2 7.5.5.
fn find_start(source: &dyn Source) -> Result<u64, PdfError> {
    // The standard has %%EOF on the last line; readers accept it within the last 1024 bytes, and so do we.
    const TAIL: u64 = 1_024 + 64;
    let from = source.len().saturating_sub(TAIL);
    let mut tail = Vec::new();
    super::source::for_each_piece(source, from, source.len() - from, |piece| {
        tail.extend_from_slice(piece);
        Ok::<_, PdfError>(())
    })?;
    let position = tail
        .windows(9)
        .rposition(|window| window == b"startxref")
        .ok_or(PdfError::Truncated {
            detail: "its end (startxref) is missing",
        })?;
    let after = tail.get(position + 9..).unwrap_or_default();
    let end_mark = after.windows(5).any(|window| window == b"%%EOF");
    let mut parser = Parser::new(&after, 0);
    let Token::Integer(offset) = parser.cursor.token()? else {
        return Err(PdfError::Truncated {
            detail: "its end (the number after startxref) is missing",
        });
    };
    if !end_mark {
        return Err(PdfError::Truncated {
            detail: "its end (%%EOF) is missing",
        });
    }
    match u64::try_from(offset) {
        Ok(offset) if offset < source.len() => Ok(offset),
        _ => Err(PdfError::BrokenXref {
            offset: from,
            detail: "startxref points behind the end of the file",
        }),
    }
}

struct SectionReader<'a> {
    source: &'a dyn Source,
    budget: &'a Budget,
    kept: u64,
    subsections: usize,
}

impl SectionReader<'_> {
    fn section(&mut self, offset: u64) -> Result<ReadSection, PdfError> {
        self.section_at(offset).map_err(|error| match error {
            PdfError::Syntax { offset, detail } => PdfError::BrokenXref { offset, detail },
            other => other,
        })
    }

    fn section_at(&mut self, offset: u64) -> Result<ReadSection, PdfError> {
        if offset >= self.source.len() {
            return Err(PdfError::BrokenXref {
                offset,
                detail: "a section lies behind the end of the file",
            });
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
            return Err(PdfError::TooComplex {
                detail: "too many cross-reference subsections",
            });
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
            subsections.push(Subsection {
                first: u64::from(first),
                count: u64::from(count),
                start,
                width,
            });
        }
        let Object::Dictionary(trailer) = parser.object()? else {
            return Err(parser.cursor.syntax("a trailer that is no dictionary"));
        };
        let section = Section {
            offset,
            subsections,
            entries: Entries::Table,
            is_hybrid: false,
        };
        Ok(ReadSection {
            section,
            trailer,
            form: Form::Table,
        })
    }

    /// Entries have 20 bytes; some writers end them with one byte or three instead of two.
    fn entry_width(&self, start: u64) -> Result<u64, PdfError> {
        let mut bytes = [0_u8; ENTRY_TEXT + 4];
        self.source.read_at(start, &mut bytes)?;
        let line_end = bytes
            .iter()
            .skip(ENTRY_TEXT)
            .take_while(|byte| matches!(byte, b' ' | b'\r' | b'\n'))
            .count();
        match u64::try_from(ENTRY_TEXT + line_end) {
            Ok(width @ 19..=21) if parse_entry(&bytes).is_some() => Ok(width),
            _ => Err(PdfError::BrokenXref {
                offset: start,
                detail: "a malformed entry",
            }),
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
            subsections.push(Subsection {
                first,
                count,
                start: index,
                width,
            });
            index = index.saturating_add(count);
        }
        let length = dictionary
            .integer("Length")
            .and_then(|length| u64::try_from(length).ok());
        let length = length.ok_or(broken("a stream without a length"))?;
        let encoding = Encoding::of(&dictionary)?;
        let total = index.saturating_mul(width);
        let entries = if total <= KEPT_SECTION && self.kept.saturating_add(total) <= KEPT_IN_TOTAL {
            self.kept += total;
            let mut decoded = Decoded::new(self.source, stream.data_offset, length, encoding, self.budget);
            let mut bytes = vec![0; usize::try_from(total).unwrap_or(0)];
            decoded.fill(&mut bytes).map_err(|error| match error {
                PdfError::Structure { detail } => broken(detail),
                other => other,
            })?;
            Entries::Kept { widths, bytes }
        } else {
            Entries::Streamed {
                widths,
                offset: stream.data_offset,
                length,
                encoding,
            }
        };
        let section = Section {
            offset,
            subsections,
            entries,
            is_hybrid: false,
        };
        Ok(ReadSection {
            section,
            trailer: dictionary,
            form: Form::Stream,
        })
    }
}

impl Section {
    fn entry(&self, source: &dyn Source, budget: &Budget, number: u64) -> Result<Option<Entry>, PdfError> {
        let found = self
            .subsections
            .iter()
            .find(|sub| number >= sub.first && number - sub.first < sub.count);
        let Some(subsection) = found else { return Ok(None) };
        let index = number - subsection.first;
        match &self.entries {
            Entries::Table => {
                let position = subsection.start + index * subsection.width;
                let mut bytes = [0_u8; ENTRY_TEXT];
                source.read_at(position, &mut bytes)?;
                parse_entry(&bytes).map(Some).ok_or(PdfError::BrokenXref {
                    offset: position,
                    detail: "a malformed entry",
                })
            }
            Entries::Kept { widths, bytes } => {
                let at = usize::try_from((subsection.start + index) * subsection.width).unwrap_or(usize::MAX);
                self.stream_entry(*widths, bytes.get(at..).unwrap_or_default())
                    .map(Some)
            }
            Entries::Streamed {
                widths,
                offset,
                length,
                encoding,
            } => {
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
        let broken = PdfError::BrokenXref {
            offset: self.offset,
            detail: "an impossible entry",
        };
        let [kind_width, second_width, third_width] = widths;
        let number = |from: usize, width: usize| {
            let digits = bytes.get(from..from + width)?;
            Some(digits.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte)))
        };
        let (Some(kind), Some(second), Some(third)) = (
            number(0, kind_width),
            number(kind_width, second_width),
            number(kind_width + second_width, third_width),
        ) else {
            return Err(broken);
        };
        match if kind_width == 0 { 1 } else { kind } {
            0 => Ok(Entry::Free),
            1 => Ok(Entry::InFile {
                offset: second,
                generation: u16::try_from(third).map_err(|_| broken)?,
            }),
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
        b'n' => Some(Entry::InFile {
            offset,
            generation: u16::try_from(generation).ok()?,
        }),
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
    let number = |item: &Object| {
        item.as_integer()
            .and_then(|value| u32::try_from(value).ok())
            .map(u64::from)
    };
    match dictionary.lookup("Index") {
        None => Some(vec![(0, number(dictionary.lookup("Size")?)?)]),
        Some(Object::Array(items)) => {
            let (pairs, rest) = items.as_chunks::<2>();
            let pairs = pairs
                .iter()
                .map(|[first, count]| Some((number(first)?, number(count)?)))
                .collect();
            if rest.is_empty() { pairs } else { None }
        }
        Some(_) => None,
    }
}
