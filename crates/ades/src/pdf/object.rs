//! PDF objects. ISO 32000-2 7.3.

use std::collections::BTreeMap;

/// Number and generation of an indirect object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Object number.
    pub number: u32,
    /// Generation number.
    pub generation: u16,
}

/// A name without its slash, `#` escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(pub(crate) Vec<u8>);

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// Any object. What has no meaning here is kept well enough to be written again unchanged in meaning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A number that is no 64-bit integer, in the text it had.
    Real(Vec<u8>),
    String(Vec<u8>),
    Name(Name),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Stream(Stream),
    /// A stream that an update adds, with its data as they are stored. The writer sets Length; no reader makes one.
    NewStream(Dictionary, Vec<u8>),
    Reference(ObjectId),
}

/// A stream: its dictionary, and where its data start in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stream {
    pub(crate) dictionary: Dictionary,
    pub(crate) data_offset: u64,
}

/// A dictionary. If a key stands twice, the last one counts, as in other readers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Dictionary(BTreeMap<Name, Object>);

impl Dictionary {
    /// Value of `key`; null counts as absent (7.3.7).
    pub(crate) fn lookup(&self, key: &str) -> Option<&Object> {
        self.0.get(&Name::from(key)).filter(|value| **value != Object::Null)
    }

    pub(crate) fn insert(&mut self, key: Name, value: Object) {
        self.0.insert(key, value);
    }

    pub(crate) fn set(&mut self, key: &str, value: Object) {
        self.0.insert(Name::from(key), value);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(&Name::from(key));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Name, &Object)> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&Name, &mut Object)> {
        self.0.iter_mut()
    }

    /// Direct value of `key` if it is an integer.
    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        self.lookup(key).and_then(Object::as_integer)
    }

    /// Whether the direct value of `key` is this name.
    pub(crate) fn has_name(&self, key: &str, name: &str) -> bool {
        matches!(self.lookup(key), Some(Object::Name(found)) if found.0 == name.as_bytes())
    }
}

impl Object {
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_reference(&self) -> Option<ObjectId> {
        match self {
            Self::Reference(id) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn as_string(&self) -> Option<&[u8]> {
        match self {
            Self::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The dictionary, also that of a stream.
    pub(crate) fn into_dictionary(self) -> Option<Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            Self::Stream(stream) => Some(stream.dictionary),
            Self::NewStream(dictionary, _) => Some(dictionary),
            _ => None,
        }
    }

    pub(crate) fn into_array(self) -> Option<Vec<Object>> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }
}
