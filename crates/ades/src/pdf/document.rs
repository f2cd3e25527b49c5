//! A document opened for reading: objects by number, through whatever form the file has. ISO 32000-2 7.5.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::cursor::Token;
use super::encryption::Encryption;
use super::filter::{Budget, Decoded, Encoding};
use super::limits::{self, Limits};
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::parser::Parser;
use super::xref::{CrossReference, Entry};
use super::{OpenOptions, Password, PdfError, Source};

/// An open document. Holds positions, a few small dictionaries and some inflated object streams up to a fixed size.
pub(crate) struct Document<'a> {
    source: &'a dyn Source,
    budget: Budget,
    pub(crate) cross_reference: CrossReference,
    /// Inflated object streams by number, the newest first.
    streams: RefCell<VecDeque<(u32, Rc<ObjectStream>)>>,
    /// Bytes that were parsed so far.
    parsed: Cell<u64>,
    encryption: Option<Encryption>,
}

/// An object stream after inflating: number and position of each object in it.
struct ObjectStream {
    bytes: Vec<u8>,
    objects: Vec<(u32, u64)>,
}

impl<'a> Document<'a> {
    /// Opens a document: header, end and all cross-reference sections are read, and what is encrypted gets its key.
    pub(crate) fn open(source: &'a dyn Source, options: &OpenOptions) -> Result<Self, PdfError> {
        let mut document = Self::open_sealed(source, &options.limits)?;
        document.encryption = document.find_key(options.password.as_ref())?;
        Ok(document)
    }

    /// Opens a document as [`open`](Self::open), but leaves encrypted strings as they are and cannot read encrypted streams.
    pub(crate) fn open_sealed(source: &'a dyn Source, limits: &Limits) -> Result<Self, PdfError> {
        let len = source.len();
        let limit = limits.file_size.min(limits::MAX_FILE_SIZE);
        if len == 0 {
            return Err(PdfError::Empty);
        }
        let mut header = [0_u8; 5];
        source.read_at(0, &mut header)?;
        if header != *b"%PDF-" {
            return Err(PdfError::NotPdf);
        }
        if len > limit {
            return Err(PdfError::TooLarge { len, limit });
        }
        let budget = Budget::new(limits.inflated);
        let cross_reference = CrossReference::read(source, &budget)?;
        let (streams, parsed) = (RefCell::default(), Cell::new(0));
        Ok(Self { source, budget, cross_reference, streams, parsed, encryption: None })
    }

    /// The key of an encrypted document.
    fn find_key(&self, password: Option<&Password>) -> Result<Option<Encryption>, PdfError> {
        // 7.5.6: nothing is decrypted yet, and the encryption dictionary itself is not encrypted.
        let trailer = &self.cross_reference.trailer;
        let Some(mut dictionary) = self.dictionary(trailer, "Encrypt")? else {
            return if trailer.lookup("Encrypt").is_some() {
                Err(PdfError::Structure { detail: "its encryption dictionary is missing" })
            } else {
                Ok(None)
            };
        };
        for key in ["CF", "O", "U", "OE", "UE", "P"] {
            if let Some(direct) = self.value(&dictionary, key)? {
                dictionary.set(key, direct);
            }
        }
        let identifiers = self.array(trailer, "ID")?.unwrap_or_default();
        let identifier = identifiers.first().and_then(Object::as_string).unwrap_or_default();
        Encryption::open(&dictionary, identifier, password).map(Some)
    }

    /// The key, if the document is encrypted.
    pub(crate) fn encryption(&self) -> Option<&Encryption> {
        self.encryption.as_ref()
    }

    pub(crate) fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// The object of this number; null if there is none (7.3.10).
    pub(crate) fn object(&self, id: ObjectId) -> Result<Object, PdfError> {
        match self.entry(id.number)? {
            Some(Entry::InFile { offset, generation }) if generation == id.generation => self.object_at(offset, id),
            Some(Entry::InStream { stream, index }) if id.generation == 0 => {
                self.object_in_stream(stream, index, id.number)
            }
            _ => Ok(Object::Null),
        }
    }

    /// Where the object stands as bytes of its own in the file; `None` if it is inside an object stream or does not exist.
    pub(crate) fn position(&self, id: ObjectId) -> Result<Option<u64>, PdfError> {
        match self.entry(id.number)? {
            Some(Entry::InFile { offset, generation }) if generation == id.generation => Ok(Some(offset)),
            _ => Ok(None),
        }
    }

    fn entry(&self, number: u32) -> Result<Option<Entry>, PdfError> {
        self.cross_reference.entry(self.source, &self.budget, number)
    }

    fn object_at(&self, offset: u64, id: ObjectId) -> Result<Object, PdfError> {
        const DETAIL: &str = "an entry does not lead to its object";
        if offset >= self.source.len() {
            return Err(PdfError::BrokenXref { offset, detail: DETAIL });
        }
        let mut parser = Parser::new(self.source, offset);
        match parser.object_header() {
            Ok(found) if found == id => {
                let mut object = parser.object_body()?;
                self.count_parsed(parser.cursor.position().saturating_sub(offset))?;
                if let Some(encryption) = &self.encryption
                    && self.cross_reference.trailer.lookup("Encrypt") != Some(&Object::Reference(id))
                {
                    encryption.decrypt_strings(&mut object, id)?;
                }
                Ok(object)
            }
            Ok(_) | Err(PdfError::Syntax { .. }) => Err(PdfError::BrokenXref { offset, detail: DETAIL }),
            Err(other) => Err(other),
        }
    }

    /// Objects may share bytes, so their number does not bound the work; this does.
    fn count_parsed(&self, bytes: u64) -> Result<(), PdfError> {
        let parsed = self.parsed.get().saturating_add(bytes);
        self.parsed.set(parsed);
        if parsed > limits::PARSED {
            return Err(PdfError::TooComplex { detail: "too much to read through" });
        }
        Ok(())
    }

    fn object_in_stream(&self, stream: u32, index: u32, number: u32) -> Result<Object, PdfError> {
        let stream = self.object_stream(stream)?;
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        match stream.objects.get(index) {
            Some((found, position)) if *found == number => {
                let bytes = stream.bytes.as_slice();
                let mut parser = Parser::new(&bytes, *position);
                let object = parser.object()?;
                self.count_parsed(parser.cursor.position().saturating_sub(*position))?;
                Ok(object)
            }
            _ => Err(PdfError::Structure { detail: "an object stream does not hold the object it should" }),
        }
    }

    fn object_stream(&self, number: u32) -> Result<Rc<ObjectStream>, PdfError> {
        let kept = self.streams.borrow().iter().find(|(kept, _)| *kept == number).map(|(_, stream)| Rc::clone(stream));
        if let Some(stream) = kept {
            return Ok(stream);
        }
        let stream = Rc::new(self.read_object_stream(number)?);
        let mut streams = self.streams.borrow_mut();
        let mut size: usize = streams.iter().map(|(_, stream)| stream.bytes.len()).sum();
        while size > limits::KEPT_STREAMS
            && let Some((_, oldest)) = streams.pop_back()
        {
            size -= oldest.bytes.len();
        }
        streams.push_front((number, Rc::clone(&stream)));
        Ok(stream)
    }

    /// 7.5.7: pairs of number and position, then the objects.
    fn read_object_stream(&self, number: u32) -> Result<ObjectStream, PdfError> {
        let broken = || PdfError::Structure { detail: "an object stream is missing or without its header" };
        let Some(Entry::InFile { offset, generation }) = self.entry(number)? else {
            return Err(broken());
        };
        let id = ObjectId { number, generation };
        let Object::Stream(stream) = self.object_at(offset, id)? else {
            return Err(broken());
        };
        let header = |key| stream.dictionary.integer(key).and_then(|value| u64::try_from(value).ok());
        let (true, Some(first), Some(count)) =
            (stream.dictionary.has_name("Type", "ObjStm"), header("First"), header("N"))
        else {
            return Err(broken());
        };
        if count > limits::OBJECTS_IN_STREAM {
            return Err(PdfError::TooComplex { detail: "too many objects in one stream" });
        }
        let bytes = self.stream_bytes(&stream, id, limits::OBJECT_STREAM)?;
        let mut objects = Vec::new();
        let slice = bytes.as_slice();
        let mut pairs = Parser::new(&slice, 0);
        for _ in 0..count {
            let (Token::Integer(number), Token::Integer(position)) = (pairs.cursor.token()?, pairs.cursor.token()?)
            else {
                return Err(broken());
            };
            let (Ok(number), Ok(position)) = (u32::try_from(number), u64::try_from(position)) else {
                return Err(broken());
            };
            objects.push((number, first.saturating_add(position)));
        }
        Ok(ObjectStream { bytes, objects })
    }

    /// Length of a stream's data. If it is indirect, the number must not be inside an object stream itself (7.5.7).
    fn stream_length(&self, stream: &Stream) -> Result<u64, PdfError> {
        let length = match stream.dictionary.lookup("Length") {
            Some(Object::Integer(length)) => Some(*length),
            Some(Object::Reference(id)) => match self.position(*id)? {
                Some(offset) => self.object_at(offset, *id)?.as_integer(),
                None => None,
            },
            _ => None,
        };
        let length = length.and_then(|length| u64::try_from(length).ok());
        length.ok_or(PdfError::Structure { detail: "a stream without a length" })
    }

    /// The decoded bytes of the stream with this number, if they are not more than `limit`.
    pub(crate) fn stream_bytes(&self, stream: &Stream, id: ObjectId, limit: u64) -> Result<Vec<u8>, PdfError> {
        let length = self.stream_length(stream)?;
        let encoding = Encoding::of(&stream.dictionary)?;
        let Some(encryption) = &self.encryption else {
            return Decoded::new(self.source, stream.data_offset, length, encoding, &self.budget).all(limit);
        };
        let raw = Decoded::new(self.source, stream.data_offset, length, Encoding::default(), &self.budget);
        let plain = encryption.decrypt_stream(&raw.all(limits::ENCRYPTED_STREAM)?, id)?;
        let len = u64::try_from(plain.len()).unwrap_or(u64::MAX);
        Decoded::new(&plain, 0, len, encoding, &self.budget).all(limit)
    }

    /// Follows references until there is a direct object.
    pub(crate) fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let mut current = object.clone();
        for _ in 0..16 {
            match current {
                Object::Reference(id) => current = self.object(id)?,
                direct => return Ok(direct),
            }
        }
        Err(PdfError::Structure { detail: "references that lead to each other" })
    }

    /// Value of `key`, direct.
    pub(crate) fn value(&self, dictionary: &Dictionary, key: &str) -> Result<Option<Object>, PdfError> {
        match dictionary.lookup(key) {
            Some(value) => Ok(Some(self.resolve(value)?).filter(|value| *value != Object::Null)),
            None => Ok(None),
        }
    }

    /// Value of `key` if it is a dictionary.
    pub(crate) fn dictionary(&self, dictionary: &Dictionary, key: &str) -> Result<Option<Dictionary>, PdfError> {
        Ok(self.value(dictionary, key)?.and_then(Object::into_dictionary))
    }

    /// Value of `key` if it is an array.
    pub(crate) fn array(&self, dictionary: &Dictionary, key: &str) -> Result<Option<Vec<Object>>, PdfError> {
        Ok(self.value(dictionary, key)?.and_then(Object::into_array))
    }

    /// The document catalog and its number (7.7.2).
    pub(crate) fn catalog(&self) -> Result<(ObjectId, Dictionary), PdfError> {
        let missing = PdfError::Structure { detail: "the document catalog is missing" };
        let Some(Object::Reference(id)) = self.cross_reference.trailer.lookup("Root") else {
            return Err(missing);
        };
        match self.object(*id)? {
            Object::Dictionary(catalog) => Ok((*id, catalog)),
            _ => Err(missing),
        }
    }
}
