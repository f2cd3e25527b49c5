//! Appends an update with a signature to a document, in the form the document has. ISO 32000-2 7.5.6, 7.5.8.
//!
//! The original bytes stay the beginning of the file. The update has one hole, the value of Contents, whose length is known before.

use std::collections::BTreeMap;

use super::PdfError;
use super::document::Document;
use super::limits::MAX_FILE_SIZE;
use super::object::{Dictionary, Name, Object, ObjectId};
use super::writer::{write_dictionary, write_object};
use super::xref::Form;
use crate::crypto::DigestAlgorithm;

/// New and changed objects of an update.
pub(crate) struct Update<'a, 'd> {
    document: &'a Document<'d>,
    next_number: u32,
    objects: BTreeMap<ObjectId, Object>,
}

/// Keys of a cross-reference stream that are not those of a trailer (7.5.8.2), and those that each section has for itself.
const NOT_INHERITED: [&str; 9] = ["Prev", "XRefStm", "Length", "Filter", "DecodeParms", "W", "Index", "Type", "F"];

impl<'a, 'd> Update<'a, 'd> {
    pub(crate) fn new(document: &'a Document<'d>) -> Result<Self, PdfError> {
        let next_number = document.cross_reference.first_unused()?;
        Ok(Self { document, next_number, objects: BTreeMap::new() })
    }

    /// A number for a new object.
    pub(crate) fn allocate(&mut self) -> ObjectId {
        let number = self.next_number;
        self.next_number += 1;
        ObjectId { number, generation: 0 }
    }

    /// Adds a new object, or a new version of one.
    pub(crate) fn put(&mut self, id: ObjectId, object: Object) {
        self.objects.insert(id, object);
    }

    /// The object as it is after the update.
    pub(crate) fn object(&self, id: ObjectId) -> Result<Object, PdfError> {
        match self.objects.get(&id) {
            Some(object) => Ok(object.clone()),
            None => self.document.object(id),
        }
    }

    /// Adds `item` to the array that `holder` has under `key`, whether the array is direct, an object of its own or missing. Says
    /// whether `holder` itself changed.
    pub(crate) fn append_to_array(
        &mut self,
        holder: &mut Dictionary,
        key: &str,
        item: ObjectId,
    ) -> Result<bool, PdfError> {
        let item = Object::Reference(item);
        match holder.lookup(key) {
            Some(Object::Reference(id)) => {
                let id = *id;
                match self.object(id)? {
                    Object::Array(mut items) => {
                        if !items.contains(&item) {
                            items.push(item);
                        }
                        self.put(id, Object::Array(items));
                        return Ok(false);
                    }
                    Object::Null => holder.set(key, Object::Array(vec![item])),
                    _ => {
                        return Err(PdfError::Structure { detail: "a list of fields or annotations is no array" });
                    }
                }
            }
            Some(Object::Array(items)) => {
                let mut items = items.clone();
                items.push(item);
                holder.set(key, Object::Array(items));
            }
            None => holder.set(key, Object::Array(vec![item])),
            Some(_) => {
                return Err(PdfError::Structure { detail: "a list of fields or annotations is no array" });
            }
        }
        Ok(true)
    }

    /// Writes everything: what comes before the value of Contents, and what comes after it.
    ///
    /// `signature` has all entries but ByteRange and Contents; `room` is the number of bytes Contents shall hold.
    pub(crate) fn write(
        mut self,
        signature_id: ObjectId,
        signature: &Dictionary,
        room: usize,
        document_sha256: &[u8],
    ) -> Result<Written, PdfError> {
        let document_len = self.document.source().len();
        let mut output = Output { base: document_len, head: Vec::new(), hole: 0, tail: None };
        if !self.ends_with_line()? {
            output.bytes().push(b'\n');
        }
        let mut places = BTreeMap::new();
        for (id, object) in &self.objects {
            places.insert(*id, output.position());
            output.start_object(*id);
            write_object(output.bytes(), object);
            output.bytes().extend_from_slice(b"\nendobj\n");
        }
        places.insert(signature_id, output.position());
        output.start_object(signature_id);
        output.bytes().extend_from_slice(b"<<\n/ByteRange [");
        let byte_range = output.head.len();
        output.head.extend_from_slice(&[b' '; BYTE_RANGE_WIDTH]);
        output.head.extend_from_slice(b"]\n/Contents ");
        output.leave_hole(room);
        output.bytes().push(b'\n');
        let mut entries = Vec::new();
        write_dictionary(&mut entries, signature);
        // The entries without their opening bracket close the dictionary that is open.
        output.bytes().extend_from_slice(entries.strip_prefix(b"<<").unwrap_or_default());
        output.bytes().extend_from_slice(b"\nendobj\n");

        let trailer = self.trailer(&output, document_sha256)?;
        match self.document.cross_reference.form {
            Form::Table => output.table(&places, trailer, self.next_number),
            Form::Stream => {
                let id = self.allocate();
                output.stream(places, trailer, id, self.next_number);
            }
        }
        if output.position() > MAX_FILE_SIZE {
            return Err(PdfError::TooLarge { len: document_len, limit: MAX_FILE_SIZE });
        }
        Ok(output.finish(byte_range))
    }

    fn ends_with_line(&self) -> Result<bool, PdfError> {
        let source = self.document.source();
        let mut last = [0_u8];
        source.read_at(source.len().saturating_sub(1), &mut last)?;
        Ok(matches!(last, [b'\n' | b'\r']))
    }

    /// Trailer entries of the update, but for those about the section itself.
    fn trailer(&self, output: &Output, document_sha256: &[u8]) -> Result<Dictionary, PdfError> {
        let old = &self.document.cross_reference;
        let mut trailer = old.trailer.clone();
        for key in NOT_INHERITED {
            trailer.remove(key);
        }
        let previous = i64::try_from(old.start).unwrap_or(i64::MAX);
        trailer.set("Prev", Object::Integer(previous));
        // 14.4: the second identifier changes with the content; made from the content, it is the same for the same inputs.
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        hasher.update(document_sha256);
        hasher.update(&output.head);
        hasher.update(output.tail.as_deref().unwrap_or_default());
        let mut changing = hasher.finish();
        changing.truncate(16);
        let changing = Object::String(changing);
        let permanent = match self.document.array(&old.trailer, "ID")?.unwrap_or_default().into_iter().next() {
            Some(first @ Object::String(_)) => first,
            _ => changing.clone(),
        };
        trailer.set("ID", Object::Array(vec![permanent, changing]));
        Ok(trailer)
    }
}

/// Bytes to append: the value of Contents, in brackets, goes between them.
pub(crate) struct Written {
    pub(crate) head: Vec<u8>,
    pub(crate) tail: Vec<u8>,
}

/// `0 nnnnnnnnnn nnnnnnnnnn nnnnnnnnnn`
const BYTE_RANGE_WIDTH: usize = 34;

/// The update as it grows.
struct Output {
    base: u64,
    head: Vec<u8>,
    hole: u64,
    tail: Option<Vec<u8>>,
}

impl Output {
    fn bytes(&mut self) -> &mut Vec<u8> {
        self.tail.as_mut().unwrap_or(&mut self.head)
    }

    /// Position in the signed file of the next byte.
    fn position(&self) -> u64 {
        let written = self.head.len() + self.tail.as_ref().map_or(0, Vec::len);
        self.base + self.hole + u64::try_from(written).unwrap_or(u64::MAX / 2)
    }

    fn start_object(&mut self, id: ObjectId) {
        let header = format!("{} {} obj\n", id.number, id.generation);
        self.bytes().extend_from_slice(header.as_bytes());
    }

    fn leave_hole(&mut self, room: usize) {
        self.hole = u64::try_from(2 * room + 2).unwrap_or(u64::MAX / 2);
        self.tail = Some(Vec::new());
    }

    fn table(&mut self, places: &BTreeMap<ObjectId, u64>, mut trailer: Dictionary, size: u32) {
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

    fn stream(&mut self, mut places: BTreeMap<ObjectId, u64>, mut trailer: Dictionary, id: ObjectId, size: u32) {
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
    fn finish(mut self, byte_range: usize) -> Written {
        let tail = self.tail.take().unwrap_or_default();
        let first_len = self.base + u64::try_from(self.head.len()).unwrap_or(u64::MAX / 2);
        let text = format!("0 {first_len} {} {}", first_len + self.hole, tail.len());
        if let Some(place) = self.head.get_mut(byte_range..byte_range + text.len()) {
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
