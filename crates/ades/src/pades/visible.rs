//! Gives a signature field its appearance. ISO 32000-2 12.5.2, 12.5.5, 12.7.5.5.

use super::appearance::{Appearance, AppearanceError, Details, Place, Target};
use super::{PrepareError, SignatureParameters};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::incremental::Update;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::page_tree::{self, Page};

/// Makes a new field on `page` visible, if the signature is to be.
pub(super) fn on_page(
    pdf: &Document<'_>,
    update: &mut Update<'_, '_>,
    page: &Page,
    field: &mut Dictionary,
    parameters: &SignatureParameters,
) -> Result<(), PrepareError> {
    let Some(appearance) = &parameters.appearance else {
        return Ok(());
    };
    let Place::On(area) = appearance.place() else {
        return Err(AppearanceError::NoRectangle.into());
    };
    let target = Target::on_page(pdf, &page.dictionary, &area)?;
    set_all(field, build(update, appearance, &target, parameters)?);
    Ok(())
}

fn set_all(dictionary: &mut Dictionary, entries: Dictionary) {
    for (key, value) in entries.iter() {
        dictionary.insert(key.clone(), value.clone());
    }
}

/// Shows the signature in the rectangle of a field that is in the update already.
pub(super) fn in_field(
    pdf: &Document<'_>,
    update: &mut Update<'_, '_>,
    (field, name): (ObjectId, &str),
    parameters: &SignatureParameters,
) -> Result<(), PrepareError> {
    /// Invisible, Hidden, NoRotate, NoView, ToggleNoView (table 167): with these it could not be seen, or not upright.
    const UNSEEN: i64 = 1 | 2 | 16 | 32 | 256;
    const PRINT: i64 = 4;
    let Some(appearance) = &parameters.appearance else {
        return Ok(());
    };
    if !matches!(appearance.place(), Place::FieldRectangle) {
        return Err(AppearanceError::FieldHasItsPlace { name: name.to_owned() }.into());
    }
    let no_rectangle = || PrepareError::from(AppearanceError::NoRectangle);
    let (id, mut widget) = widget(update, field)?.ok_or_else(no_rectangle)?;
    let page = page_of_widget(pdf, id, &widget)?.ok_or_else(no_rectangle)?;
    let target = Target::of_widget(pdf, &page, &widget)?;
    // What these say about colours, border and direction concerned the empty field.
    for key in ["MK", "BS", "Border", "AS"] {
        widget.remove(key);
    }
    set_all(&mut widget, build(update, appearance, &target, parameters)?);
    let flags = widget.integer("F").unwrap_or(0);
    widget.set("F", Object::Integer(flags & !UNSEEN | PRINT));
    update.put(id, Object::Dictionary(widget));
    Ok(())
}

fn build(
    update: &mut Update<'_, '_>,
    appearance: &Appearance,
    target: &Target,
    parameters: &SignatureParameters,
) -> Result<Dictionary, PrepareError> {
    let common_name = parameters.certificate.subject().common_name();
    let details = Details {
        signer: parameters.signer_name.as_deref().or(common_name.as_deref()),
        reason: parameters.reason.as_deref(),
        location: parameters.location.as_deref(),
        claimed_time: parameters.claimed_time,
    };
    let built = appearance.build(target, &details, &mut || update.allocate())?;
    for (id, object) in built.objects {
        update.put(id, object);
    }
    Ok(built.widget)
}

/// The field's place on a page: the field itself, or its only kid (12.7.4.3).
fn widget(update: &Update<'_, '_>, field: ObjectId) -> Result<Option<(ObjectId, Dictionary)>, PdfError> {
    let Object::Dictionary(dictionary) = update.object(field)? else {
        return Ok(None);
    };
    let kids = match dictionary.lookup("Kids") {
        None => return Ok(Some((field, dictionary))),
        Some(Object::Reference(id)) => update.object(*id)?,
        Some(direct) => direct.clone(),
    };
    match kids.into_array().unwrap_or_default().as_slice() {
        [] => Ok(Some((field, dictionary))),
        [Object::Reference(kid)] => match update.object(*kid)? {
            Object::Dictionary(dictionary) => Ok(Some((*kid, dictionary))),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// The page that shows the widget: the one it names, if that lists it, or else the one that lists it.
fn page_of_widget(pdf: &Document<'_>, id: ObjectId, widget: &Dictionary) -> Result<Option<Dictionary>, PdfError> {
    if let Some(page) = pdf.dictionary(widget, "P")?
        && page_tree::lists(pdf, &page, id)?
    {
        return Ok(Some(page));
    }
    Ok(page_tree::page_with(pdf, id)?.map(|page| page.dictionary))
}
