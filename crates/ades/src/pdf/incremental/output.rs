//! The bytes of an update as they grow, and its cross-reference section. ISO 32000-2 7.5.4, 7.5.8.

use std::collections::BTreeMap;

use crate::crypto::Hasher;
use crate::pdf::object::{Dictionary, Name, Object, ObjectId};
use crate::pdf::writer::{write_dictionary, write_object};

/// Bytes to append: the value of Contents, in brackets, goes between them.
pub(crate) struct Written {
    pub(crate) head: Vec<u8>,
    pub(crate) tail: Vec<u8>,
}

/// `0 nnnnnnnnnn nnnnnnnnnn nnnnnnnnnn`
const BYTE_RANGE_WIDTH: usize = 34;

/// The update as it grows.
pub(super) struct Output {
    base: u64,
    head: Vec<u8>,
    /// Where in the head ByteRange is to be filled in.
    byte_range: Option<usize>,
    hole: u64,
    tail: Option<Vec<u8>>,
}

impl Output {
    /// Starts an update to a document of that many bytes.
    pub(super) fn new(base: u64) -> Self {
        Self { base, head: Vec::new(), byte_range: None, hole: 0, tail: None }
    }

    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        self.tail.as_mut().unwrap_or(&mut self.head)
    }

    /// Position in the signed file of the next byte.
    pub(super) fn position(&self) -> u64 {
        let written = self.head.len() + self.tail.as_ref().map_or(0, Vec::len);
        self.base + self.hole + u64::try_from(written).unwrap_or(u64::MAX / 2)
    }

    pub(super) fn start_object(&mut self, id: ObjectId) {
        let header = format!("{} {} obj\n", id.number, id.generation);
        self.bytes().extend_from_slice(header.as_bytes());
    }

    pub(super) fn object(&mut self, id: ObjectId, object: &Object) {
        self.start_object(id);
        write_object(self.bytes(), object);
        self.bytes().extend_from_slice(b"\nendobj\n");
    }

    pub(super) fn hash(&self, hasher: &mut Hasher) {
        hasher.update(&self.head);
        hasher.update(self.tail.as_deref().unwrap_or_default());
    }

    /// Writes the entry ByteRange with spaces where its numbers will stand.
    pub(super) fn leave_byte_range(&mut self) {
        self.head.extend_from_slice(b"/ByteRange [");
        self.byte_range = Some(self.head.len());
        self.head.extend_from_slice(&[b' '; BYTE_RANGE_WIDTH]);
        self.head.push(b']');
    }

    pub(super) fn leave_hole(&mut self, room: usize) {
        self.hole = u64::try_from(2 * room + 2).unwrap_or(u64::MAX / 2);
        self.tail = Some(Vec::new());
    }

    pub(super) fn table(&mut self, places: &BTreeMap<ObjectId, u64>, mut trailer: Dictionary, size: u32) {
        let start = self.position();
        let mut text = String::from("xref\n");
        for run in runs(places) {
            let first = run.first().map_or(0, |(id, _)| id.number);
            text.push_str(&format!("{first} {}\n", run.len()));
            for (id, place) in run {
                text.push_str(&format!("{place:010} {:05} n \n", id.generation));
            }
        }
        text.push_str("trailer\n");
        trailer.set("Size", Object::Integer(i64::from(size)));
        self.bytes().extend_from_slice(text.as_bytes());
        write_dictionary(self.bytes(), &trailer);
        self.end(start);
    }

    pub(super) fn stream(
        &mut self,
        mut places: BTreeMap<ObjectId, u64>,
        mut trailer: Dictionary,
        id: ObjectId,
        size: u32,
    ) {
        let start = self.position();
        places.insert(id, start);
        let mut index = Vec::new();
        let mut entries = Vec::new();
        for run in runs(&places) {
            let first = run.first().map_or(0, |(id, _)| id.number);
            index.push(Object::Integer(i64::from(first)));
            index.push(Object::Integer(i64::try_from(run.len()).unwrap_or(i64::MAX)));
            for (id, place) in run {
                // W [1 8 2]: kind 1, position, generation.
                entries.push(1);
                entries.extend_from_slice(&place.to_be_bytes());
                entries.extend_from_slice(&id.generation.to_be_bytes());
            }
        }
        trailer.set("Type", Object::Name(Name::from("XRef")));
        trailer.set("W", Object::Array(vec![Object::Integer(1), Object::Integer(8), Object::Integer(2)]));
        trailer.set("Index", Object::Array(index));
        trailer.set("Size", Object::Integer(i64::from(size)));
        trailer.set("Length", Object::Integer(i64::try_from(entries.len()).unwrap_or(i64::MAX)));
        self.start_object(id);
        write_dictionary(self.bytes(), &trailer);
        self.bytes().extend_from_slice(b"\nstream\n");
        self.bytes().extend_from_slice(&entries);
        self.bytes().extend_from_slice(b"\nendstream\nendobj");
        self.end(start);
    }

    fn end(&mut self, start: u64) {
        let end = format!("\nstartxref\n{start}\n%%EOF\n");
        self.bytes().extend_from_slice(end.as_bytes());
    }

    /// Fills in ByteRange, now that all lengths are known.
    pub(super) fn finish(mut self) -> Written {
        let tail = self.tail.take().unwrap_or_default();
        let first_len = self.base + u64::try_from(self.head.len()).unwrap_or(u64::MAX / 2);
        let text = format!("0 {first_len} {} {}", first_len + self.hole, tail.len());
        if let Some(start) = self.byte_range
            && let Some(place) = self.head.get_mut(start..start + text.len())
        {
            place.copy_from_slice(text.as_bytes());
        }
        Written { head: self.head, tail }
    }
}

/// Objects with numbers that follow each other.
fn runs(places: &BTreeMap<ObjectId, u64>) -> Vec<Vec<(ObjectId, u64)>> {
    let mut runs: Vec<Vec<(ObjectId, u64)>> = Vec::new();
    for (id, place) in places {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(last, _)| last.number + 1 == id.number) => run.push((*id, *place)),
            _ => runs.push(vec![(*id, *place)]),
        }
    }
    runs
}
