//! Appends an update to a document, in the form the document has. ISO 32000-2 7.5.6.
//!
//! The original bytes stay the beginning of the file. An update with a signature has one hole, the value of Contents, whose length is
//! known before.

use std::collections::BTreeMap;

mod output;

use output::Output;
pub(crate) use output::Written;

use super::PdfError;
use super::document::Document;
use super::limits::MAX_FILE_SIZE;
use super::object::{Dictionary, Object, ObjectId};
use super::writer::write_object;
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

    /// The document catalog as it is after the update.
    pub(crate) fn catalog(&self) -> Result<(ObjectId, Dictionary), PdfError> {
        let (id, catalog) = self.document.catalog()?;
        match self.objects.get(&id) {
            Some(Object::Dictionary(changed)) => Ok((id, changed.clone())),
            _ => Ok((id, catalog)),
        }
    }

    /// Writes the update with one signature: what comes before the value of Contents, and what comes after it.
    ///
    /// `signature` has all entries but ByteRange and Contents; `room` is the number of bytes Contents shall hold.
    pub(crate) fn write_signature(
        self,
        signature_id: ObjectId,
        signature: &Dictionary,
        room: usize,
        document_sha256: &[u8],
    ) -> Result<Written, PdfError> {
        let mut output = Output::new(self.document.source().len());
        let mut places = self.write_objects(&mut output)?;
        places.insert(signature_id, output.position());
        output.start_object(signature_id);
        output.bytes().extend_from_slice(b"<<\n");
        output.leave_byte_range();
        output.bytes().extend_from_slice(b"\n/Contents ");
        output.leave_hole(room);
        output.bytes().push(b'\n');
        let mut signature = Object::Dictionary(signature.clone());
        if let Some(encryption) = self.document.encryption() {
            encryption.encrypt(&mut signature, signature_id)?;
        }
        let mut entries = Vec::new();
        write_object(&mut entries, &signature);
        // The entries without their opening bracket close the dictionary that is open.
        output.bytes().extend_from_slice(entries.strip_prefix(b"<<").unwrap_or_default());
        output.bytes().extend_from_slice(b"\nendobj\n");
        self.close(output, places, document_sha256)
    }

    /// Writes an update without a signature.
    pub(crate) fn write(self) -> Result<Vec<u8>, PdfError> {
        let mut output = Output::new(self.document.source().len());
        let places = self.write_objects(&mut output)?;
        // The identifiers of before and the place of the update stand for the document, which need not be read for this.
        let mut identity = self.document.source().len().to_be_bytes().to_vec();
        let before = self.document.array(&self.document.cross_reference.trailer, "ID")?.unwrap_or_default();
        identity.extend(before.iter().filter_map(Object::as_string).flatten());
        Ok(self.close(output, places, &identity)?.head)
    }

    fn write_objects(&self, output: &mut Output) -> Result<BTreeMap<ObjectId, u64>, PdfError> {
        if !self.ends_with_line()? {
            output.bytes().push(b'\n');
        }
        let mut places = BTreeMap::new();
        for (id, object) in &self.objects {
            places.insert(*id, output.position());
            match self.document.encryption() {
                None => output.object(*id, object),
                Some(encryption) => {
                    let mut encrypted = object.clone();
                    encryption.encrypt(&mut encrypted, *id)?;
                    output.object(*id, &encrypted);
                }
            }
        }
        Ok(places)
    }

    /// Adds the cross-reference section.
    fn close(
        mut self,
        mut output: Output,
        places: BTreeMap<ObjectId, u64>,
        identity: &[u8],
    ) -> Result<Written, PdfError> {
        let trailer = self.trailer(&output, identity)?;
        match self.document.cross_reference.form {
            Form::Table => output.table(&places, trailer, self.next_number),
            Form::Stream => {
                let id = self.allocate();
                output.stream(places, trailer, id, self.next_number);
            }
        }
        if output.position() > MAX_FILE_SIZE {
            return Err(PdfError::TooLarge { len: self.document.source().len(), limit: MAX_FILE_SIZE });
        }
        Ok(output.finish())
    }

    fn ends_with_line(&self) -> Result<bool, PdfError> {
        let source = self.document.source();
        let mut last = [0_u8];
        source.read_at(source.len().saturating_sub(1), &mut last)?;
        Ok(matches!(last, [b'\n' | b'\r']))
    }

    /// Trailer entries of the update, but for those about the section itself.
    fn trailer(&self, output: &Output, identity: &[u8]) -> Result<Dictionary, PdfError> {
        let old = &self.document.cross_reference;
        let mut trailer = old.trailer.clone();
        for key in NOT_INHERITED {
            trailer.remove(key);
        }
        let previous = i64::try_from(old.start).unwrap_or(i64::MAX);
        trailer.set("Prev", Object::Integer(previous));
        // 14.4: the second identifier changes with the content; made from the content, it is the same for the same inputs.
        let before = self.document.array(&old.trailer, "ID")?.unwrap_or_default();
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        hasher.update(identity);
        output.hash(&mut hasher);
        let mut changing = hasher.finish();
        changing.truncate(16);
        let changing = Object::String(changing);
        let permanent = match before.into_iter().next() {
            Some(first @ Object::String(_)) => first,
            _ => changing.clone(),
        };
        trailer.set("ID", Object::Array(vec![permanent, changing]));
        Ok(trailer)
    }
}
