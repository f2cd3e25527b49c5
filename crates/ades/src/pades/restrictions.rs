//! What earlier signatures allow, and what a new one shall allow: certification (DocMDP) and locks (FieldMDP). ISO 32000-2 12.8.2.

use super::PrepareError;
use super::signed_field::SignedField;
use crate::pdf::document::Document;
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Name, Object, ObjectId};
use crate::pdf::{Certification, PdfError, facts, text};

/// Which form fields a signature locks. A field is meant together with all fields below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldLock {
    /// Every field.
    All,
    /// These fields, by full name.
    Include(Vec<String>),
    /// Every field but these.
    Exclude(Vec<String>),
}

/// Names and array items of one list that are read.
const MOST_NAMES: usize = 10_000;

impl FieldLock {
    /// Whether the field of this full name is locked.
    pub fn locks(&self, name: &str) -> bool {
        let listed = |names: &[String]| {
            names.iter().any(|listed| {
                name.strip_prefix(listed.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => listed(names),
            Self::Exclude(names) => !listed(names),
        }
    }

    /// Reads Action and Fields, from a lock dictionary (table 236) or transform parameters (table 259).
    fn read(pdf: &Document<'_>, dictionary: &Dictionary) -> Result<Option<Self>, PdfError> {
        let Some(Object::Name(action)) = pdf.value(dictionary, "Action")? else { return Ok(None) };
        let mut names = Vec::new();
        for item in pdf.array(dictionary, "Fields")?.unwrap_or_default().iter().take(MOST_NAMES) {
            names.extend(pdf.resolve(item)?.as_string().map(text::decode));
        }
        Ok(match action.0.as_slice() {
            b"All" => Some(Self::All),
            b"Include" => Some(Self::Include(names)),
            b"Exclude" => Some(Self::Exclude(names)),
            _ => None,
        })
    }

    fn entries(&self, kind: &str) -> Dictionary {
        let (action, names) = match self {
            Self::All => ("All", None),
            Self::Include(names) => ("Include", Some(names)),
            Self::Exclude(names) => ("Exclude", Some(names)),
        };
        let mut entries = Dictionary::default();
        entries.set("Type", Object::Name(Name::from(kind)));
        entries.set("Action", Object::Name(Name::from(action)));
        if let Some(names) = names {
            let names = names.iter().map(|name| Object::String(text::encode(name)));
            entries.set("Fields", Object::Array(names.collect()));
        }
        entries
    }
}

/// The lock that a signature put on fields.
pub(super) fn lock_of(pdf: &Document<'_>, signature: &Dictionary) -> Result<Option<FieldLock>, PdfError> {
    for reference in pdf.array(signature, "Reference")?.unwrap_or_default().iter().take(16) {
        let Some(reference) = pdf.resolve(reference)?.into_dictionary() else { continue };
        if reference.has_name("TransformMethod", "FieldMDP") {
            let parameters = pdf.dictionary(&reference, "TransformParams")?.unwrap_or_default();
            return FieldLock::read(pdf, &parameters);
        }
    }
    Ok(None)
}

/// Checks that whoever opened an encrypted document may sign it.
pub(super) fn require_permission(pdf: &Document<'_>, new_field: bool) -> Result<(), PrepareError> {
    match pdf.encryption() {
        Some(encryption) if !encryption.permissions().allow_signing(new_field) => Err(PrepareError::NotPermitted),
        _ => Ok(()),
    }
}

/// Checks that earlier signatures allow a signature in the field of this name.
pub(super) fn require_allowed(
    pdf: &Document<'_>,
    signatures: &[SignedField],
    field: &str,
    certifies: bool,
) -> Result<(), PrepareError> {
    if facts::certification(pdf)? == Some(Certification::NoChanges) {
        return Err(PrepareError::CertifiedNoChanges);
    }
    if certifies && !signatures.is_empty() {
        return Err(PrepareError::NotFirstSignature);
    }
    for signature in signatures {
        // Table 236: since PDF 2.0 a lock may forbid everything for the whole document.
        if let Some(lock) = pdf.dictionary(&signature.field, "Lock")?
            && pdf.value(&lock, "P")? == Some(Object::Integer(1))
        {
            return Err(PrepareError::LockedNoChanges { by: signature.name.clone() });
        }
        if lock_of(pdf, &signature.dictionary)?.is_some_and(|lock| lock.locks(field)) {
            return Err(PrepareError::FieldLocked { name: field.to_owned(), by: signature.name.clone() });
        }
    }
    Ok(())
}

/// What the new signature shall allow.
pub(super) struct Granted<'a> {
    pub(super) certification: Option<Certification>,
    pub(super) lock: Option<&'a FieldLock>,
}

impl Granted<'_> {
    /// Enters it into the signature, its field and the catalog.
    pub(super) fn apply(
        &self,
        pdf: &Document<'_>,
        update: &mut Update<'_, '_>,
        signature_id: ObjectId,
        signature: &mut Dictionary,
        field: &mut Dictionary,
        name: &str,
    ) -> Result<(), PrepareError> {
        let mut references = Vec::new();
        if let Some(certification) = self.certification {
            let mut parameters = Dictionary::default();
            parameters.set("Type", Object::Name(Name::from("TransformParams")));
            parameters.set("P", Object::Integer(certification.permission()));
            parameters.set("V", Object::Name(Name::from("1.2")));
            references.push(Object::Dictionary(reference("DocMDP", parameters)));
            enter_permission(update, signature_id)?;
        }
        let existing = match pdf.dictionary(field, "Lock")? {
            Some(lock) => FieldLock::read(pdf, &lock)?,
            None => None,
        };
        if existing.is_some() && self.lock.is_some() {
            return Err(PrepareError::FieldHasLock { name: name.to_owned() });
        }
        if let Some(lock) = self.lock {
            // Table 235: a lock is an object of its own.
            let id = update.allocate();
            update.put(id, Object::Dictionary(lock.entries("SigFieldLock")));
            field.set("Lock", Object::Reference(id));
        }
        if let Some(lock) = existing.as_ref().or(self.lock) {
            let mut parameters = lock.entries("TransformParams");
            parameters.set("V", Object::Name(Name::from("1.2")));
            let mut reference = reference("FieldMDP", parameters);
            // Table 256: this transform says what it is about.
            reference.set("Data", Object::Reference(update.catalog()?.0));
            references.push(Object::Dictionary(reference));
        }
        if !references.is_empty() {
            signature.set("Reference", Object::Array(references));
        }
        Ok(())
    }
}

fn reference(method: &str, parameters: Dictionary) -> Dictionary {
    let mut reference = Dictionary::default();
    reference.set("Type", Object::Name(Name::from("SigRef")));
    reference.set("TransformMethod", Object::Name(Name::from(method)));
    reference.set("TransformParams", Object::Dictionary(parameters));
    reference
}

/// Names the certifying signature in the catalog. 12.8.6.
fn enter_permission(update: &mut Update<'_, '_>, signature_id: ObjectId) -> Result<(), PdfError> {
    let (catalog_id, mut catalog) = update.catalog()?;
    let place = catalog.lookup("Perms").and_then(Object::as_reference);
    let mut permissions = match catalog.lookup("Perms") {
        Some(Object::Reference(id)) => update.object(*id)?.into_dictionary().unwrap_or_default(),
        Some(Object::Dictionary(permissions)) => permissions.clone(),
        _ => Dictionary::default(),
    };
    permissions.set("DocMDP", Object::Reference(signature_id));
    match place {
        Some(id) => update.put(id, Object::Dictionary(permissions)),
        None => {
            catalog.set("Perms", Object::Dictionary(permissions));
            update.put(catalog_id, Object::Dictionary(catalog));
        }
    }
    Ok(())
}
