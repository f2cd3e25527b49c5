//! Adds validation data to a document: level B-T to B-LT, and what a renewal needs. EN 319 142-1 5.4.2 and 6.3.

use std::collections::HashMap;
use std::io::Write;

use super::{Store, vri_key};
use crate::crypto::DigestAlgorithm;
use crate::evidence::Evidence;
use crate::pades::AugmentError;
use crate::pades::signed_field::{SignedField, signed_fields};
use crate::pdf::document::Document;
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Name, Object, ObjectId};
use crate::pdf::{Appended, Limits, OpenOptions, Password, Source, copy};

/// Validation data for one signature or document time-stamp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignatureEvidence {
    /// Full name of the signature's field; `None` for data that go into the general lists only.
    pub field: Option<String>,
    /// DER certificates.
    pub certificates: Vec<Vec<u8>>,
    /// DER revocation lists.
    pub crls: Vec<Vec<u8>>,
    /// DER OCSP responses (`OCSPResponse`).
    pub ocsp: Vec<Vec<u8>>,
}

impl SignatureEvidence {
    /// What was collected for the signature in this field.
    pub fn for_signature(field: impl Into<String>, evidence: &Evidence) -> Self {
        Self {
            field: Some(field.into()),
            certificates: evidence.certificates().iter().map(|certificate| certificate.der().to_vec()).collect(),
            crls: evidence.crls().iter().map(|crl| crl.der().to_vec()).collect(),
            ocsp: evidence.ocsp().iter().map(|response| response.der().to_vec()).collect(),
        }
    }
}

/// How validation data are written.
#[derive(Debug, Clone)]
pub struct ValidationDataOptions {
    per_signature: bool,
    options: OpenOptions,
}

impl Default for ValidationDataOptions {
    fn default() -> Self {
        Self { per_signature: true, options: OpenOptions::default() }
    }
}

impl ValidationDataOptions {
    /// Leaves out the VRI dictionary, which says which data are whose. Validators of today do not need it.
    #[must_use]
    pub fn without_vri(mut self) -> Self {
        self.per_signature = false;
        self
    }

    /// Bounds for reading the document.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// The password of an encrypted document: the one for opening it, or its owner's.
    #[must_use]
    pub fn with_password(mut self, password: Password) -> Self {
        self.options.password = Some(password);
        self
    }
}

/// Bytes that, appended to a document, update it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentUpdate {
    document_len: u64,
    bytes: Vec<u8>,
}

impl DocumentUpdate {
    /// The bytes to append; empty if the document has everything already.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the document, which must be the one the update was made for, and the update behind it.
    ///
    /// # Errors
    /// [`AugmentError::WrongDocument`], and failures of reading and writing; what was written then must be thrown away.
    pub fn write(&self, document: &dyn Source, output: &mut dyn Write) -> Result<(), AugmentError> {
        if document.len() != self.document_len {
            return Err(AugmentError::WrongDocument);
        }
        copy(document, output, &mut |_| {})?;
        output.write_all(&self.bytes).map_err(AugmentError::Write)?;
        output.flush().map_err(AugmentError::Write)
    }
}

/// Adds validation data to the security store of `document`. What is there already is used, not added again; earlier signatures are
/// not touched, and a certification that allows no changes allows this (ISO 32000-2 12.8.2.2.2).
///
/// The data are written as they are: whether they prove anything is for the caller to know.
///
/// # Errors
/// [`AugmentError`]; nothing has happened then.
pub fn add_validation_data(
    document: &dyn Source,
    evidence: &[SignatureEvidence],
    options: &ValidationDataOptions,
) -> Result<DocumentUpdate, AugmentError> {
    require_der(evidence)?;
    let pdf = Document::open(document, &options.options)?;
    let signatures = signed_fields(&pdf)?;
    let mut building = Building::new(&pdf)?;
    for one in evidence {
        let certificates = building.entries(Kind::Certificates, &one.certificates);
        let crls = building.entries(Kind::Crls, &one.crls);
        let ocsp = building.entries(Kind::Ocsp, &one.ocsp);
        if let Some(field) = &one.field {
            let key = key_of(&pdf, &signatures, field)?;
            if options.per_signature {
                building.assign(&key, &[("Cert", certificates), ("CRL", crls), ("OCSP", ocsp)])?;
            }
        }
    }
    let bytes = building.finish()?;
    require_readable(document, &bytes, evidence, &signatures, &options.options)?;
    Ok(DocumentUpdate { document_len: document.len(), bytes })
}

/// Each item must be one DER sequence: a store with anything else would be of no use to anybody.
fn require_der(evidence: &[SignatureEvidence]) -> Result<(), AugmentError> {
    use crate::asn1::{SEQUENCE, Tlv};
    for one in evidence {
        for (items, what) in
            [(&one.certificates, "certificate"), (&one.crls, "revocation list"), (&one.ocsp, "OCSP response")]
        {
            if items.iter().any(|der| Tlv::parse(der, SEQUENCE, "").is_err()) {
                return Err(AugmentError::NotDer { what });
            }
        }
    }
    Ok(())
}

fn key_of(pdf: &Document<'_>, signatures: &[SignedField], field: &str) -> Result<String, AugmentError> {
    let no_such = || AugmentError::NoSuchSignature { field: field.to_owned() };
    let signature = signatures.iter().find(|signature| signature.name == field).ok_or_else(no_such)?;
    let id = signature.id.ok_or_else(no_such)?;
    vri_key(pdf, id)?.ok_or_else(no_such)
}

#[derive(Clone, Copy)]
enum Kind {
    Certificates,
    Crls,
    Ocsp,
}

/// One of the general lists.
struct List {
    key: &'static str,
    items: Vec<Object>,
    known: HashMap<Vec<u8>, ObjectId>,
}

/// The store as it grows.
struct Building<'a, 'd> {
    store: Store<'a, 'd>,
    update: Update<'a, 'd>,
    lists: [List; 3],
    per_signature: Dictionary,
    changed: bool,
}

impl<'a, 'd> Building<'a, 'd> {
    fn new(pdf: &'a Document<'d>) -> Result<Self, AugmentError> {
        let mut store = Store::open(pdf)?;
        let dictionary = store.dictionary.clone();
        let mut list = |key| -> Result<List, AugmentError> {
            let items = pdf.array(&dictionary, key)?.unwrap_or_default();
            let known = store.list(&dictionary, key)?;
            let known = known.into_iter().map(|(id, bytes)| (DigestAlgorithm::Sha256.digest(&bytes), id)).collect();
            Ok(List { key, items, known })
        };
        let lists = [list("Certs")?, list("CRLs")?, list("OCSPs")?];
        let per_signature = pdf.dictionary(&dictionary, "VRI")?.unwrap_or_default();
        Ok(Self { store, update: Update::new(pdf)?, lists, per_signature, changed: false })
    }

    /// Where these items are in the store; what is new is added.
    fn entries(&mut self, kind: Kind, items: &[Vec<u8>]) -> Vec<ObjectId> {
        let [certificates, crls, ocsp] = &mut self.lists;
        let list = match kind {
            Kind::Certificates => certificates,
            Kind::Crls => crls,
            Kind::Ocsp => ocsp,
        };
        let mut places = Vec::new();
        for item in items {
            let digest = DigestAlgorithm::Sha256.digest(item);
            let id = *list.known.entry(digest).or_insert_with(|| {
                let id = self.update.allocate();
                self.update.put(id, Object::NewStream(Dictionary::default(), item.clone()));
                list.items.push(Object::Reference(id));
                self.changed = true;
                id
            });
            if !places.contains(&id) {
                places.push(id);
            }
        }
        places
    }

    /// Adds these entries to what VRI says about the signature with this key.
    fn assign(&mut self, key: &str, lists: &[(&str, Vec<ObjectId>)]) -> Result<(), AugmentError> {
        let pdf = self.store.pdf;
        let mut entry = pdf.dictionary(&self.per_signature, key)?.unwrap_or_default();
        let mut changed = false;
        for (name, ids) in lists {
            let mut items = pdf.array(&entry, name)?.unwrap_or_default();
            let before = items.len();
            for id in ids {
                let item = Object::Reference(*id);
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            if items.len() > before {
                entry.set(name, Object::Array(items));
                changed = true;
            }
        }
        if changed {
            self.per_signature.set(key, Object::Dictionary(entry));
            self.changed = true;
        }
        Ok(())
    }

    /// The bytes of the update.
    fn finish(mut self) -> Result<Vec<u8>, AugmentError> {
        if !self.changed {
            return Ok(Vec::new());
        }
        let mut dictionary = self.store.dictionary;
        dictionary.set("Type", Object::Name(Name::from("DSS")));
        for list in self.lists {
            if !list.items.is_empty() {
                dictionary.set(list.key, Object::Array(list.items));
            }
        }
        if self.per_signature.iter().next().is_some() {
            dictionary.set("VRI", Object::Dictionary(self.per_signature));
        }
        let id = self.store.id.unwrap_or_else(|| self.update.allocate());
        self.update.put(id, Object::Dictionary(dictionary));
        let (catalog_id, mut catalog) = self.update.catalog()?;
        let declared = declare_extension(self.store.pdf, &mut catalog)?;
        if self.store.id.is_none() || declared {
            catalog.set("DSS", Object::Reference(id));
            self.update.put(catalog_id, Object::Dictionary(catalog));
        }
        Ok(self.update.write()?)
    }
}

/// Says that the document uses what ISO 32000-1 does not know; a document of PDF 2.0 need not. EN 319 142-1 5.6.
fn declare_extension(pdf: &Document<'_>, catalog: &mut Dictionary) -> Result<bool, AugmentError> {
    let mut header = [0_u8; 6];
    pdf.source().read_at(0, &mut header).map_err(crate::pdf::PdfError::Io)?;
    let version = pdf.value(catalog, "Version")?;
    let is_two = matches!(version, Some(Object::Name(Name(version))) if version.starts_with(b"2"));
    let mut extensions = pdf.dictionary(catalog, "Extensions")?.unwrap_or_default();
    if is_two || header == *b"%PDF-2" || extensions.lookup("ESIC").is_some() {
        return Ok(false);
    }
    let mut extension = Dictionary::default();
    extension.set("BaseVersion", Object::Name(Name::from("1.7")));
    extension.set("ExtensionLevel", Object::Integer(1));
    extensions.set("ESIC", Object::Dictionary(extension));
    catalog.set("Extensions", Object::Dictionary(extensions));
    Ok(true)
}

/// Reads the updated document anew: all evidence must be found in it, and the signatures as they were.
fn require_readable(
    document: &dyn Source,
    update: &[u8],
    evidence: &[SignatureEvidence],
    signatures: &[SignedField],
    options: &OpenOptions,
) -> Result<(), AugmentError> {
    const FAILED: AugmentError = AugmentError::NotReadBack;
    let updated = Appended { source: document, update };
    let pdf = Document::open(&updated, options).map_err(|_| FAILED)?;
    let data = super::read(&pdf).map_err(|_| FAILED)?.unwrap_or_default();
    let holds = |found: &[std::sync::Arc<[u8]>], wanted: &[Vec<u8>]| {
        wanted.iter().all(|item| found.iter().any(|found| **found == **item))
    };
    let complete = evidence.iter().all(|one| {
        holds(&data.certificates, &one.certificates) && holds(&data.crls, &one.crls) && holds(&data.ocsp, &one.ocsp)
    });
    let found = signed_fields(&pdf).map_err(|_| FAILED)?;
    let same = found.len() == signatures.len()
        && found.iter().zip(signatures).all(|(found, before)| {
            found.id == before.id && found.name == before.name && found.dictionary == before.dictionary
        });
    if complete && same { Ok(()) } else { Err(FAILED) }
}
