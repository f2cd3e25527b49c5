//! Reads from a document what an appearance on one of its pages must know.

use super::AppearanceError;
use super::geometry::{Area, PageGeometry, Placed, Rotation};
use super::objects::Transparency;
use crate::pades::PrepareError;
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};

/// Parents of a page that are asked for what it inherits.
const MOST_PARENTS: usize = 64;
/// Largest XMP packet that is searched.
const MOST_METADATA: u64 = 4 * 1024 * 1024;

/// A place for an appearance.
pub(crate) struct Target {
    pub(super) placed: Placed,
    pub(super) transparency: Transparency,
}

impl Target {
    /// `area` on `page`.
    pub(crate) fn on_page(pdf: &Document<'_>, page: &Dictionary, area: &Area) -> Result<Self, PrepareError> {
        let placed = geometry(pdf, page)?.place(area)?;
        Ok(Self { placed, transparency: transparency(pdf, page)? })
    }

    /// The rectangle that `widget` has on `page`.
    pub(crate) fn of_widget(pdf: &Document<'_>, page: &Dictionary, widget: &Dictionary) -> Result<Self, PrepareError> {
        let rect = match pdf.value(widget, "Rect")? {
            Some(rect) => rectangle(pdf, rect)?,
            None => None,
        };
        let placed = geometry(pdf, page)?.place_rectangle(rect.ok_or(AppearanceError::NoRectangle)?)?;
        Ok(Self { placed, transparency: transparency(pdf, page)? })
    }
}

fn geometry(pdf: &Document<'_>, page: &Dictionary) -> Result<PageGeometry, PrepareError> {
    let unusable = |detail| AppearanceError::UnusablePage { detail };
    let boxed = |key| match inherited(pdf, page, key)? {
        Some(value) => rectangle(pdf, value),
        None => Ok(None),
    };
    let media = boxed("MediaBox")?.ok_or(unusable("the page has no size"))?;
    let crop = boxed("CropBox")?;
    let degrees = match inherited(pdf, page, "Rotate")? {
        None => 0,
        Some(value) => value.as_integer().ok_or(unusable("the page is turned by no right angle"))?,
    };
    let rotation = Rotation::from_degrees(degrees).ok_or(unusable("the page is turned by no right angle"))?;
    let user_unit = match pdf.value(page, "UserUnit")? {
        None => 1.0,
        Some(value) => number(&value).ok_or(unusable("the page has no usable unit"))?,
    };
    Ok(PageGeometry::new(rotation, media, crop, user_unit).ok_or(unusable("the page has no usable size"))?)
}

/// An entry of the page or of its parents (7.7.3.4).
fn inherited(pdf: &Document<'_>, page: &Dictionary, key: &str) -> Result<Option<Object>, PdfError> {
    let mut node = page.clone();
    for _ in 0..MOST_PARENTS {
        if let Some(value) = pdf.value(&node, key)? {
            return Ok(Some(value));
        }
        match pdf.dictionary(&node, "Parent")? {
            Some(parent) => node = parent,
            None => return Ok(None),
        }
    }
    Err(PdfError::Structure { detail: "its page tree has a loop" })
}

fn rectangle(pdf: &Document<'_>, value: Object) -> Result<Option<[f64; 4]>, PdfError> {
    let Some(items) = value.into_array() else { return Ok(None) };
    let mut numbers = Vec::new();
    for item in items.iter().take(4) {
        numbers.extend(number(&pdf.resolve(item)?));
    }
    Ok(numbers.try_into().ok())
}

fn number(value: &Object) -> Option<f64> {
    let number: f64 = match value {
        Object::Integer(value) => f64::from(i32::try_from(*value).ok()?),
        Object::Real(text) => std::str::from_utf8(text).ok()?.parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Whether blending on `page` keeps a PDF/A document one: ISO 19005-1 6.4 forbids it, ISO 19005-2 6.2.10 wants a colour space for it.
fn transparency(pdf: &Document<'_>, page: &Dictionary) -> Result<Transparency, PdfError> {
    let (_, catalog) = pdf.catalog()?;
    let Some(part) = pdf_a_part(pdf, &catalog)? else {
        return Ok(Transparency::Blended);
    };
    let mut has_space = false;
    for intent in pdf.array(&catalog, "OutputIntents")?.unwrap_or_default().iter().take(16) {
        let intent = pdf.resolve(intent)?.into_dictionary().unwrap_or_default();
        has_space |= intent.has_name("S", "GTS_PDFA1") && intent.lookup("DestOutputProfile").is_some();
    }
    if let Some(group) = pdf.dictionary(page, "Group")? {
        has_space |= group.lookup("CS").is_some();
    }
    Ok(if part != b'1' && has_space { Transparency::Blended } else { Transparency::Stencilled })
}

/// Which part of ISO 19005 the document says it follows.
fn pdf_a_part(pdf: &Document<'_>, catalog: &Dictionary) -> Result<Option<u8>, PdfError> {
    let Some(Object::Reference(id)) = catalog.lookup("Metadata") else { return Ok(None) };
    let Object::Stream(stream) = pdf.object(*id)? else { return Ok(None) };
    // Metadata that cannot be read makes no claim.
    let Ok(packet) = pdf.stream_bytes(&stream, *id, MOST_METADATA) else { return Ok(None) };
    const PART: &[u8] = b"pdfaid:part";
    let at = packet.windows(PART.len()).position(|window| window == PART);
    let value = at.and_then(|at| packet.get(at + PART.len()..));
    Ok(value.and_then(|value| value.iter().take(16).copied().find(u8::is_ascii_digit)))
}
