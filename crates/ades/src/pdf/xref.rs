//! Where objects are: cross-reference tables, streams and hybrids, looked up in place. ISO 32000-2 7.5.4, 7.5.8.
//!
//! A section keeps where its entries are, not the entries, so a file with millions of objects costs no more memory than a small one.

use std::collections::HashSet;

mod section;

use section::{Section, SectionReader};

use super::cursor::Token;
use super::filter::Budget;
use super::limits::SECTIONS;
use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::{PdfError, Source};

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

impl CrossReference {
    /// Reads all sections, starting at the newest one.
    pub(crate) fn read(source: &dyn Source, budget: &Budget) -> Result<Self, PdfError> {
        let start = find_start(source)?;
        let mut reader = SectionReader::new(source, budget);
        let newest = reader.section(start)?;
        let mut visited = HashSet::from([start]);
        let mut cross_reference =
            Self { sections: Vec::new(), trailer: newest.trailer.clone(), form: newest.form, start };
        let mut next = Some(newest);
        while let Some(mut read) = next {
            let hidden = read.trailer.integer("XRefStm").filter(|_| read.form == Form::Table);
            read.section.is_hybrid = hidden.is_some();
            cross_reference.sections.push(read.section);
            if let Some(offset) = hidden {
                let offset = require_new(offset, start, &mut visited)?;
                let mut section = reader.section(offset)?.section;
                section.is_hidden = true;
                cross_reference.sections.push(section);
            }
            next = match read.trailer.lookup("Prev") {
                Some(Object::Integer(offset)) => {
                    let offset = require_new(*offset, start, &mut visited)?;
                    Some(reader.section(offset)?)
                }
                Some(_) => {
                    return Err(PdfError::BrokenXref { offset: start, detail: "Prev is no number" });
                }
                None => None,
            };
            if cross_reference.sections.len() > SECTIONS {
                return Err(PdfError::TooComplex { detail: "too many cross-reference sections" });
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

    /// Start and end of the section of each update, the oldest first.
    pub(crate) fn updates(&self) -> Vec<(u64, u64)> {
        self.sections.iter().rev().filter(|section| !section.is_hidden).map(Section::span).collect()
    }

    /// First object number that no section uses.
    pub(crate) fn first_unused(&self) -> Result<u32, PdfError> {
        let size = self.trailer.integer("Size").and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        let unused = self.sections.iter().map(Section::end).fold(size, u64::max).max(1);
        // ISO 32000-1 C.2: 8,388,607 indirect objects; more would not be understood by other readers.
        match u32::try_from(unused) {
            Ok(unused) if unused < 1 << 30 => Ok(unused),
            _ => Err(PdfError::TooComplex { detail: "too many objects" }),
        }
    }
}

fn require_new(offset: i64, near: u64, visited: &mut HashSet<u64>) -> Result<u64, PdfError> {
    let offset = u64::try_from(offset).map_err(|_| PdfError::BrokenXref { offset: near, detail: "negative offset" })?;
    if visited.insert(offset) { Ok(offset) } else { Err(PdfError::XrefLoop { offset }) }
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
        .ok_or(PdfError::Truncated { detail: "its end (startxref) is missing" })?;
    let after = tail.get(position + 9..).unwrap_or_default();
    let end_mark = after.windows(5).any(|window| window == b"%%EOF");
    let mut parser = Parser::new(&after, 0);
    let Token::Integer(offset) = parser.cursor.token()? else {
        return Err(PdfError::Truncated { detail: "its end (the number after startxref) is missing" });
    };
    if !end_mark {
        return Err(PdfError::Truncated { detail: "its end (%%EOF) is missing" });
    }
    match u64::try_from(offset) {
        Ok(offset) if offset < source.len() => Ok(offset),
        _ => Err(PdfError::BrokenXref { offset: from, detail: "startxref points behind the end of the file" }),
    }
}
