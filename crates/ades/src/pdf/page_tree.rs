//! Finds pages. ISO 32000-2 7.7.3.

use std::collections::HashSet;

use super::PdfError;
use super::document::Document;
use super::limits::TREE_NODES;
use super::object::{Dictionary, Object, ObjectId};

/// The first page. Its dictionary is its own: what it inherits stays with its parents.
pub(crate) fn first_page(document: &Document<'_>) -> Result<(ObjectId, Dictionary), PdfError> {
    let missing = || PdfError::Structure { detail: "it has no pages" };
    let (_, catalog) = document.catalog()?;
    let Some(Object::Reference(root)) = catalog.lookup("Pages") else {
        return Err(missing());
    };
    let mut visited = HashSet::new();
    let mut open = vec![*root];
    while let Some(id) = open.pop() {
        if !visited.insert(id) {
            return Err(PdfError::Structure { detail: "its page tree has a loop" });
        }
        if visited.len() > TREE_NODES {
            return Err(PdfError::TooComplex { detail: "too many nodes in the page tree" });
        }
        let Object::Dictionary(node) = document.object(id)? else {
            continue;
        };
        let kids = document.array(&node, "Kids")?;
        match kids {
            Some(kids) if !node.has_name("Type", "Page") => {
                open.extend(kids.iter().rev().take(TREE_NODES).filter_map(Object::as_reference));
            }
            None if node.has_name("Type", "Pages") => {}
            _ => return Ok((id, node)),
        }
    }
    Err(missing())
}

/// Number of pages, as the root of the page tree states it.
pub(crate) fn page_count(document: &Document<'_>) -> Result<u64, PdfError> {
    let (_, catalog) = document.catalog()?;
    let pages = document.dictionary(&catalog, "Pages")?;
    let pages = pages.ok_or(PdfError::Structure { detail: "it has no pages" })?;
    let count = document.value(&pages, "Count")?.and_then(|count| count.as_integer());
    count.and_then(|count| u64::try_from(count).ok()).ok_or(PdfError::Structure { detail: "its page count is missing" })
}
