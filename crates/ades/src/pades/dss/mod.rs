//! The document security store: certificates and revocation data for the signatures of a document. ISO 32000-2 12.8.4.3; EN 319 142-1 5.4.2.

mod build;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use build::{DocumentUpdate, SignatureEvidence, ValidationDataOptions, add_validation_data};
use sha1::{Digest as _, Sha1};

use crate::pdf::byte_range::locate_contents;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::{PdfError, text};

/// Entries of the lists of one store, and bytes of all of them together, that are read.
const MOST_ENTRIES: usize = 10_000;
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// What a document security store holds, as DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidationData {
    /// Certificates.
    pub certificates: Vec<Arc<[u8]>>,
    /// Revocation lists.
    pub crls: Vec<Arc<[u8]>>,
    /// OCSP responses.
    pub ocsp: Vec<Arc<[u8]>>,
    /// What is said to belong to one signature (VRI).
    pub per_signature: Vec<SignatureValidationData>,
}

/// Validation data that a store assigns to one signature. They need not stand in its general lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureValidationData {
    /// Key of the entry: SHA-1 over the value of Contents, in upper-case hexadecimal.
    pub key: String,
    /// Certificates.
    pub certificates: Vec<Arc<[u8]>>,
    /// Revocation lists.
    pub crls: Vec<Arc<[u8]>>,
    /// OCSP responses.
    pub ocsp: Vec<Arc<[u8]>>,
    /// When the entry was made, as it claims (Unix seconds).
    pub created: Option<u64>,
}

impl ValidationData {
    /// What is assigned to the signature with this key.
    pub fn of_signature(&self, key: &str) -> Option<&SignatureValidationData> {
        self.per_signature.iter().find(|entry| entry.key.eq_ignore_ascii_case(key))
    }

    /// Whether there is any revocation data, in the general lists or for this signature.
    pub(super) fn has_revocation_for(&self, key: &str) -> bool {
        let own = self.of_signature(key).is_some_and(|own| !own.crls.is_empty() || !own.ocsp.is_empty());
        own || !self.crls.is_empty() || !self.ocsp.is_empty()
    }
}

/// Key of a signature in VRI; `None` if Contents is not where it can be left out. SHA-1 is only a name here.
pub(super) fn vri_key(pdf: &Document<'_>, signature: ObjectId) -> Result<Option<String>, PdfError> {
    let Some(contents) = locate_contents(pdf, signature)? else { return Ok(None) };
    Ok(Some(Sha1::digest(&contents.bytes).iter().map(|byte| format!("{byte:02X}")).collect()))
}

/// An item with the number of its stream.
type Stored = (ObjectId, Arc<[u8]>);

/// The store of a document with its objects.
struct Store<'a, 'd> {
    pdf: &'a Document<'d>,
    /// Number of the DSS dictionary, if it is an object of its own.
    id: Option<ObjectId>,
    dictionary: Dictionary,
    read: BTreeMap<ObjectId, Arc<[u8]>>,
    left: u64,
}

impl<'a, 'd> Store<'a, 'd> {
    /// The store of the document; an empty one if there is none.
    fn open(pdf: &'a Document<'d>) -> Result<Self, PdfError> {
        let (_, catalog) = pdf.catalog()?;
        let id = catalog.lookup("DSS").and_then(Object::as_reference);
        let dictionary = pdf.dictionary(&catalog, "DSS")?.unwrap_or_default();
        Ok(Self { pdf, id, dictionary, read: BTreeMap::new(), left: MOST_BYTES })
    }

    /// The streams that a list refers to. What is no stream that can be read is left out.
    fn list(&mut self, holder: &Dictionary, key: &str) -> Result<Vec<Stored>, PdfError> {
        let items = self.pdf.array(holder, key)?.unwrap_or_default();
        if items.len() > MOST_ENTRIES {
            return Err(PdfError::TooComplex { detail: "too many entries in the document security store" });
        }
        let mut found = Vec::new();
        for id in items.iter().filter_map(Object::as_reference) {
            if let Some(bytes) = self.stream(id)? {
                found.push((id, bytes));
            }
        }
        Ok(found)
    }

    fn stream(&mut self, id: ObjectId) -> Result<Option<Arc<[u8]>>, PdfError> {
        if let Some(bytes) = self.read.get(&id) {
            return Ok(Some(Arc::clone(bytes)));
        }
        let Object::Stream(stream) = self.pdf.object(id)? else { return Ok(None) };
        let bytes: Arc<[u8]> = match self.pdf.stream_bytes(&stream, id, self.left) {
            Ok(bytes) => bytes.into(),
            Err(PdfError::UnsupportedFilter { .. } | PdfError::Structure { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.left = self.left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.read.insert(id, Arc::clone(&bytes));
        Ok(Some(bytes))
    }

    fn values(&mut self, holder: &Dictionary, key: &str) -> Result<Vec<Arc<[u8]>>, PdfError> {
        Ok(self.list(holder, key)?.into_iter().map(|(_, bytes)| bytes).collect())
    }
}

/// Reads the store of a document; `None` if it has none.
pub(super) fn read(pdf: &Document<'_>) -> Result<Option<ValidationData>, PdfError> {
    let (_, catalog) = pdf.catalog()?;
    if pdf.dictionary(&catalog, "DSS")?.is_none() {
        return Ok(None);
    }
    let mut store = Store::open(pdf)?;
    let dictionary = store.dictionary.clone();
    let mut data = ValidationData {
        certificates: store.values(&dictionary, "Certs")?,
        crls: store.values(&dictionary, "CRLs")?,
        ocsp: store.values(&dictionary, "OCSPs")?,
        per_signature: Vec::new(),
    };
    let per_signature = pdf.dictionary(&dictionary, "VRI")?.unwrap_or_default();
    for (key, entry) in per_signature.iter().take(MOST_ENTRIES) {
        let Some(entry) = pdf.resolve(entry)?.into_dictionary() else { continue };
        let created = pdf.value(&entry, "TU")?;
        data.per_signature.push(SignatureValidationData {
            key: String::from_utf8_lossy(&key.0).into_owned(),
            certificates: store.values(&entry, "Cert")?,
            crls: store.values(&entry, "CRL")?,
            ocsp: store.values(&entry, "OCSP")?,
            created: created.as_ref().and_then(Object::as_string).and_then(text::parse_date),
        });
    }
    Ok(Some(data))
}
