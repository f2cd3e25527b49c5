//! Documents encrypted by the standard security handler: RC4, AES-128, AES-256. ISO 32000-2 7.6.
//!
//! Strings and streams are decrypted where they are read and encrypted where an update writes them, with the document's own key. The
//! old ciphers protect nobody any more; they are here because such documents are met and an update must be written as the rest is.

mod cipher;
mod key;

use key::Credentials;
use zeroize::Zeroizing;

use super::object::{Dictionary, Object, ObjectId};
use super::{PdfError, text};
use crate::crypto::DigestAlgorithm;
use cipher::Method;

/// A password of a document: the one for opening it, or the owner's.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// What was typed.
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    /// As handlers of revisions 2 to 4 take it; `None` if it has characters that are not in PDFDocEncoding.
    fn in_pdf_doc_encoding(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.0.chars().map(text::to_pdf_doc).collect::<Option<Vec<u8>>>().map(Zeroizing::new)
    }

    /// As handlers of later revisions take it (7.6.4.3.3): at most 127 bytes of UTF-8.
    fn in_utf8(&self) -> &[u8] {
        let bytes = self.0.as_bytes();
        bytes.get(..127).unwrap_or(bytes)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password(..)")
    }
}

/// The key of a document and what it is used for.
pub(crate) struct Encryption {
    key: Zeroizing<Vec<u8>>,
    strings: Method,
    streams: Method,
    permissions: Permissions,
}

/// What the one who opened the document may do. Table 22.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permissions {
    owner: bool,
    revision: i64,
    bits: u32,
}

impl Permissions {
    fn has(self, bit: u32) -> bool {
        self.bits >> (bit - 1) & 1 == 1
    }

    /// Whether a signature may be put into an existing field, or into a new one.
    pub(crate) fn allow_signing(self, new_field: bool) -> bool {
        if self.owner {
            return true;
        }
        match (new_field, self.revision) {
            (true, _) => self.has(4) && self.has(6),
            (false, ..=2) => self.has(6),
            (false, _) => self.has(6) || self.has(9),
        }
    }
}

impl Encryption {
    /// Opens the document with the password, or with the empty one that most encrypted documents have for reading.
    pub(crate) fn open(
        dictionary: &Dictionary,
        identifier: &[u8],
        password: Option<&Password>,
    ) -> Result<Self, PdfError> {
        if !dictionary.has_name("Filter", "Standard") {
            return Err(PdfError::UnsupportedEncryption { detail: "for certain recipients' keys" });
        }
        let version = dictionary.integer("V").unwrap_or(0);
        let (strings, streams, key_len) = match version {
            1 => (Method::Rc4, Method::Rc4, 5),
            2 => (Method::Rc4, Method::Rc4, key_len(dictionary)?),
            4 => (filter(dictionary, "StrF")?, filter(dictionary, "StmF")?, 16),
            5 => (filter(dictionary, "StrF")?, filter(dictionary, "StmF")?, 32),
            _ => return Err(PdfError::UnsupportedEncryption { detail: "an unknown version of the algorithm" }),
        };
        let long = |method| method == Method::Aes256;
        if (version == 5) == [strings, streams].iter().any(|method| matches!(method, Method::Rc4 | Method::Aes128)) {
            return Err(PdfError::UnsupportedEncryption { detail: "ciphers that do not belong together" });
        }
        if version < 5 && (long(strings) || long(streams)) {
            return Err(PdfError::UnsupportedEncryption { detail: "ciphers that do not belong together" });
        }
        let credentials = Credentials::read(dictionary, identifier, key_len)?;
        let empty = Password::new("");
        // The password may be the owner's; with a wrong one the empty one still opens for reading, but that is not what was asked for.
        let (key, owner) = match credentials.key(password.unwrap_or(&empty)) {
            Some(found) => found,
            None if password.is_some() => return Err(PdfError::WrongPassword),
            None => return Err(PdfError::PasswordRequired),
        };
        let permissions = Permissions { owner, revision: credentials.revision, bits: credentials.permissions };
        Ok(Self { key, strings, streams, permissions })
    }

    pub(crate) fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Decrypts all strings in an object that stands on its own in the file.
    pub(crate) fn decrypt_strings(&self, object: &mut Object, id: ObjectId) -> Result<(), PdfError> {
        self.each_string(object, &mut |bytes| {
            let plain = self.strings.decrypt(&self.key, id, bytes);
            *bytes = plain.ok_or(PdfError::Structure { detail: "an encrypted string is damaged" })?;
            Ok(())
        })
    }

    /// Encrypts all strings, and the data, of an object that an update writes.
    ///
    /// Initialisation vectors come from the key and the content, so the same update is the same bytes, and nobody without the key can
    /// foresee them.
    pub(crate) fn encrypt(&self, object: &mut Object, id: ObjectId) -> Result<(), PdfError> {
        if let Object::NewStream(_, data) = object {
            *data = self.streams.encrypt(&self.key, id, self.vector(id, data), data);
        }
        self.each_string(object, &mut |bytes| {
            *bytes = self.strings.encrypt(&self.key, id, self.vector(id, bytes), bytes);
            Ok(())
        })
    }

    /// Decrypts the data of a stream.
    pub(crate) fn decrypt_stream(&self, data: &[u8], id: ObjectId) -> Result<Vec<u8>, PdfError> {
        let plain = self.streams.decrypt(&self.key, id, data);
        plain.ok_or(PdfError::Structure { detail: "an encrypted stream is damaged" })
    }

    fn vector(&self, id: ObjectId, content: &[u8]) -> [u8; 16] {
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        hasher.update(b"initialisation vector\0");
        hasher.update(&self.key);
        hasher.update(&id.number.to_be_bytes());
        hasher.update(&id.generation.to_be_bytes());
        hasher.update(content);
        let digest = hasher.finish();
        digest.first_chunk::<16>().copied().unwrap_or_default()
    }

    fn each_string(
        &self,
        object: &mut Object,
        change: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), PdfError>,
    ) -> Result<(), PdfError> {
        match object {
            Object::String(bytes) => change(bytes),
            Object::Array(items) => items.iter_mut().try_for_each(|item| self.each_string(item, change)),
            Object::Dictionary(dictionary) | Object::NewStream(dictionary, _) => {
                self.each_in_dictionary(dictionary, change)
            }
            Object::Stream(stream) => self.each_in_dictionary(&mut stream.dictionary, change),
            _ => Ok(()),
        }
    }

    fn each_in_dictionary(
        &self,
        dictionary: &mut Dictionary,
        change: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), PdfError>,
    ) -> Result<(), PdfError> {
        // 7.6.2: the value of a signature is never encrypted; a signature is known by its ByteRange.
        let is_signature = dictionary.lookup("ByteRange").is_some();
        dictionary
            .iter_mut()
            .filter(|(key, _)| !(is_signature && key.0 == b"Contents"))
            .try_for_each(|(_, value)| self.each_string(value, change))
    }
}

/// Length of the key in bytes; table 20 gives it in bits.
fn key_len(dictionary: &Dictionary) -> Result<usize, PdfError> {
    match dictionary.integer("Length").unwrap_or(40) {
        bits @ 40..=128 if bits % 8 == 0 => Ok(usize::try_from(bits / 8).unwrap_or(5)),
        _ => Err(PdfError::UnsupportedEncryption { detail: "an impossible length of the key" }),
    }
}

/// The crypt filter for strings or streams. 7.6.6.
fn filter(dictionary: &Dictionary, key: &str) -> Result<Method, PdfError> {
    let unknown = PdfError::UnsupportedEncryption { detail: "an unknown crypt filter" };
    let Some(Object::Name(name)) = dictionary.lookup(key) else { return Ok(Method::Identity) };
    if name.0 == b"Identity" {
        return Ok(Method::Identity);
    }
    let Some(Object::Dictionary(filters)) = dictionary.lookup("CF") else { return Err(unknown) };
    let found = filters.iter().find(|(found, _)| *found == name).map(|(_, filter)| filter);
    let Some(Object::Dictionary(filter)) = found else { return Err(unknown) };
    match filter.lookup("CFM") {
        None => Ok(Method::Identity),
        Some(Object::Name(method)) => match method.0.as_slice() {
            b"None" => Ok(Method::Identity),
            b"V2" => Ok(Method::Rc4),
            b"AESV2" => Ok(Method::Aes128),
            b"AESV3" => Ok(Method::Aes256),
            _ => Err(unknown),
        },
        Some(_) => Err(unknown),
    }
}
