//! The interactive form and its fields. ISO 32000-2 12.7.

use std::collections::HashSet;

use super::PdfError;
use super::document::Document;
use super::limits::TREE_NODES;
use super::object::{Dictionary, Object, ObjectId};
use super::text;

/// A field that has a type, with its full name.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) id: ObjectId,
    /// Partial names joined by dots (12.7.4.2).
    pub(crate) name: String,
    pub(crate) dictionary: Dictionary,
    is_signature: bool,
}

impl Field {
    pub(crate) fn is_signature(&self) -> bool {
        self.is_signature
    }

    /// Whether the field has a value.
    pub(crate) fn is_filled(&self) -> bool {
        self.dictionary.lookup("V").is_some()
    }
}

/// A node of the field tree that is still to be looked at.
struct Node {
    id: ObjectId,
    parent_name: String,
    inherited_signature: bool,
    inherited_value: Option<Object>,
    depth: usize,
}

/// Calls `visit` with each field until it answers false. Fields come in the order of the document.
pub(crate) fn for_each_field(
    document: &Document<'_>,
    mut visit: impl FnMut(Field) -> Result<bool, PdfError>,
) -> Result<(), PdfError> {
    let (_, catalog) = document.catalog()?;
    let Some(form) = document.dictionary(&catalog, "AcroForm")? else {
        return Ok(());
    };
    let Some(roots) = document.array(&form, "Fields")? else {
        return Ok(());
    };
    let mut visited = HashSet::new();
    let mut open: Vec<Node> = Vec::new();
    let node =
        |id| Node { id, parent_name: String::new(), inherited_signature: false, inherited_value: None, depth: 0 };
    open.extend(roots.iter().rev().filter_map(Object::as_reference).map(node));
    while let Some(node) = open.pop() {
        if !visited.insert(node.id) {
            continue;
        }
        if visited.len() > TREE_NODES || node.depth > super::limits::DEPTH {
            return Err(PdfError::TooComplex { detail: "too many form fields" });
        }
        let Object::Dictionary(mut dictionary) = document.object(node.id)? else {
            continue;
        };
        let name = full_name(document, &dictionary, &node.parent_name)?;
        let is_signature = match document.value(&dictionary, "FT")? {
            Some(Object::Name(kind)) => kind.0 == b"Sig",
            _ => node.inherited_signature,
        };
        let value = dictionary.lookup("V").cloned().or(node.inherited_value);
        let kids = document.array(&dictionary, "Kids")?.unwrap_or_default();
        let child_fields = child_fields(document, &kids)?;
        if child_fields.is_empty() {
            if let Some(value) = value {
                dictionary.set("V", value);
            }
            if !visit(Field { id: node.id, name, dictionary, is_signature })? {
                return Ok(());
            }
        } else {
            open.extend(child_fields.into_iter().rev().map(|id| Node {
                id,
                parent_name: name.clone(),
                inherited_signature: is_signature,
                inherited_value: value.clone(),
                depth: node.depth + 1,
            }));
        }
    }
    Ok(())
}

fn full_name(document: &Document<'_>, dictionary: &Dictionary, parent: &str) -> Result<String, PdfError> {
    let partial = document.value(dictionary, "T")?;
    let partial = partial.as_ref().and_then(Object::as_string).map(text::decode);
    Ok(match (partial, parent) {
        (Some(partial), "") => partial,
        (Some(partial), parent) => {
            if parent.len() > 16 * 1024 {
                return Err(PdfError::TooComplex { detail: "the name of a form field is too long" });
            }
            format!("{parent}.{partial}")
        }
        (None, parent) => parent.to_owned(),
    })
}

/// Kids that are fields: those with a partial name. The others are only places on a page (widgets).
fn child_fields(document: &Document<'_>, kids: &[Object]) -> Result<Vec<ObjectId>, PdfError> {
    let mut fields = Vec::new();
    for id in kids.iter().take(TREE_NODES).filter_map(Object::as_reference) {
        if let Object::Dictionary(kid) = document.object(id)?
            && kid.lookup("T").is_some()
        {
            fields.push(id);
        }
    }
    Ok(fields)
}
