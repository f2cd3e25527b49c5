//! Finds pages. ISO 32000-2 7.7.3.

use std::collections::HashSet;

use super::PdfError;
use super::document::Document;
use super::limits::TREE_NODES;
use super::object::{Dictionary, Object, ObjectId};

/// Which page of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageChoice {
    /// By its number, counted from 1.
    Number(u32),
    /// The last one.
    Last,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) id: ObjectId,
    /// Its own entries; what it inherits stays with its parents.
    pub(crate) dictionary: Dictionary,
}

/// The first page.
pub(crate) fn first_page(document: &Document<'_>) -> Result<Page, PdfError> {
    page(document, PageChoice::Number(1))?.ok_or(PdfError::Structure { detail: "it has no pages" })
}

/// A page by its place in the document; `None` if there is no such page.
pub(crate) fn page(document: &Document<'_>, choice: PageChoice) -> Result<Option<Page>, PdfError> {
    let mut left = match choice {
        PageChoice::Number(0) => return Ok(None),
        PageChoice::Number(number) => number,
        PageChoice::Last => 1,
    };
    find(document, choice == PageChoice::Last, |_| {
        left -= 1;
        Ok(left == 0)
    })
}

/// The page that lists this annotation.
pub(crate) fn page_with(document: &Document<'_>, annotation: ObjectId) -> Result<Option<Page>, PdfError> {
    find(document, false, |page| lists(document, page, annotation))
}

/// Whether the annotation is one of the page's.
pub(crate) fn lists(document: &Document<'_>, page: &Dictionary, annotation: ObjectId) -> Result<bool, PdfError> {
    let annotations = document.array(page, "Annots")?.unwrap_or_default();
    Ok(annotations.iter().any(|listed| listed.as_reference() == Some(annotation)))
}

/// The first page, or the last one, that is wanted.
fn find(
    document: &Document<'_>,
    from_the_end: bool,
    mut is_wanted: impl FnMut(&Dictionary) -> Result<bool, PdfError>,
) -> Result<Option<Page>, PdfError> {
    let (_, catalog) = document.catalog()?;
    let Some(Object::Reference(root)) = catalog.lookup("Pages") else {
        return Err(PdfError::Structure { detail: "it has no pages" });
    };
    let mut visited = HashSet::new();
    let mut nodes = 0_usize;
    let mut open = vec![*root];
    while let Some(id) = open.pop() {
        nodes += 1;
        if nodes > TREE_NODES {
            return Err(PdfError::TooComplex { detail: "too many nodes in the page tree" });
        }
        let Object::Dictionary(node) = document.object(id)? else {
            continue;
        };
        let kids = document.array(&node, "Kids")?;
        match kids {
            Some(kids) if !node.has_name("Type", "Page") => {
                if !visited.insert(id) {
                    return Err(PdfError::Structure { detail: "its page tree has a loop" });
                }
                let kids = kids.iter().take(TREE_NODES).filter_map(Object::as_reference);
                let kids: Vec<_> = kids.collect();
                // What is pushed last is looked at first.
                if from_the_end { open.extend(kids) } else { open.extend(kids.into_iter().rev()) }
            }
            None if node.has_name("Type", "Pages") => {}
            _ => {
                if is_wanted(&node)? {
                    return Ok(Some(Page { id, dictionary: node }));
                }
            }
        }
    }
    Ok(None)
}

/// Number of pages, as the root of the page tree states it.
pub(crate) fn page_count(document: &Document<'_>) -> Result<u64, PdfError> {
    let (_, catalog) = document.catalog()?;
    let pages = document.dictionary(&catalog, "Pages")?;
    let pages = pages.ok_or(PdfError::Structure { detail: "it has no pages" })?;
    let count = document.value(&pages, "Count")?.and_then(|count| count.as_integer());
    count.and_then(|count| u64::try_from(count).ok()).ok_or(PdfError::Structure { detail: "its page count is missing" })
}
