//! Surveys a document: pages, text, and everything that keeps a picture of a page from being the whole truth. Threat T-PA-10.
//!
//! The structure is examined object by object (also objects that no page uses: better one warning too many), the fonts while the text
//! is read, because only then is it known which of them is used.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hayro::hayro_interpret::font::FontQuery;
use hayro::hayro_interpret::hayro_cmap::CidFamily;
use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object};
use web::portal::pages::{DisplayWarning, PageFacts, SURVEY_VERSION, Survey};

use super::text;

/// Time for reading text; what is left then is told as not examined. Below the limit of the process, so that there is an answer.
const READING_TIME: Duration = Duration::from_millis(5_500);
/// Objects that are looked at.
const MAX_OBJECTS: usize = 300_000;
/// Nesting that is followed inside of one object.
const MAX_DEPTH: u32 = 24;
/// Text kept of one document, in characters.
const MAX_TEXT: usize = 2_000_000;
/// Font names that are reported.
const MAX_FONTS: usize = 8;

type Warnings = BTreeSet<DisplayWarning>;

/// Surveys `pdf`. Always gives an answer; what was not reached is said by [`DisplayWarning::NotFullyExamined`].
pub fn survey(pdf: &Pdf) -> Survey {
    let mut warnings = Warnings::new();
    structure(pdf, &mut warnings);
    let pages = pages(pdf, &mut warnings);
    Survey { version: SURVEY_VERSION, pages, warnings: warnings.into_iter().collect() }
}

fn pages(pdf: &Pdf, warnings: &mut Warnings) -> Vec<PageFacts> {
    let heard: Arc<Mutex<Warnings>> = Arc::default();
    let settings = listening(&heard);
    let cache = InterpreterCache::new();
    let start = Instant::now();
    let (mut kept, mut any_text, mut all_read) = (0usize, false, true);
    let facts = pdf
        .pages()
        .iter()
        .map(|page| {
            let (width, height) = page.render_dimensions();
            if start.elapsed() > READING_TIME || kept > MAX_TEXT {
                all_read = false;
                return PageFacts { width, height, lines: None };
            }
            let read = text::read(page, &cache, &settings);
            kept += read.lines.iter().map(|line| line.text.len()).sum::<usize>();
            any_text |= !read.lines.is_empty();
            if read.unknown {
                warnings.insert(DisplayWarning::TextUnknown);
            }
            PageFacts { width, height, lines: Some(read.lines) }
        })
        .collect();
    if !all_read {
        warnings.insert(DisplayWarning::NotFullyExamined);
    } else if !any_text {
        warnings.insert(DisplayWarning::NoText);
    }
    warnings.append(&mut heard.lock().unwrap_or_else(PoisonError::into_inner));
    facts
}

/// Settings that draw as usual and note what is missing.
fn listening(heard: &Arc<Mutex<Warnings>>) -> InterpreterSettings {
    let default = InterpreterSettings::default();
    let (fonts, others) = (heard.clone(), heard.clone());
    let resolver = default.font_resolver.clone();
    InterpreterSettings {
        font_resolver: Arc::new(move |query| {
            if let FontQuery::Fallback(font) = query {
                let name = font.post_script_name.clone().or_else(|| font.font_name.clone()).unwrap_or_default();
                let cjk = font.character_collection.as_ref().is_some_and(|collection| {
                    matches!(
                        collection.family,
                        CidFamily::AdobeJapan1 | CidFamily::AdobeGB1 | CidFamily::AdobeCNS1 | CidFamily::AdobeKorea1
                    )
                });
                let mut heard = fonts.lock().unwrap_or_else(PoisonError::into_inner);
                let known =
                    heard.iter().filter(|warning| matches!(warning, DisplayWarning::FontMissing { .. })).count();
                if known < MAX_FONTS {
                    heard.insert(DisplayWarning::FontMissing { name: readable(&name), cjk: cjk || has_wide(&name) });
                }
            }
            resolver(query)
        }),
        warning_sink: Arc::new(move |warning| {
            let warning = match warning {
                InterpreterWarning::UnsupportedFont => DisplayWarning::FontUnreadable,
                InterpreterWarning::ImageDecodeFailure => DisplayWarning::ImageUnreadable,
                InterpreterWarning::UnresolvedAnnotationAppearance => DisplayWarning::AnnotationUnreadable,
                _ => DisplayWarning::NotFullyExamined,
            };
            others.lock().unwrap_or_else(PoisonError::into_inner).insert(warning);
        }),
        ..default
    }
}

/// A font name as it may be shown: short, without control or formatting characters.
fn readable(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || " -_+,.".contains(*c)).take(60).collect()
}

fn has_wide(name: &str) -> bool {
    [
        "Mincho",
        "Gothic",
        "Mincyo",
        "Ryumin",
        "GothicBBB",
        "Meiryo",
        "Yu Gothic",
        "YuMincho",
        "Kozuka",
        "Hiragino",
        "IPA",
    ]
    .iter()
    .any(|part| name.contains(part))
        && !name.contains("Century")
        && !name.contains("Franklin")
}

fn structure(pdf: &Pdf, warnings: &mut Warnings) {
    let mut open_fields = 0u32;
    let mut rest = MAX_OBJECTS;
    for object in pdf.objects() {
        if rest == 0 {
            warnings.insert(DisplayWarning::NotFullyExamined);
            break;
        }
        examine(&object, 0, &mut rest, &mut open_fields, warnings);
    }
    if open_fields > 0 {
        warnings.insert(DisplayWarning::OpenFields { count: open_fields });
    }
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    if let Some(layers) = catalogue.and_then(|catalogue| catalogue.get::<Dict<'_>>("OCProperties")) {
        layered(&layers, warnings);
    }
}

fn layered(properties: &Dict<'_>, warnings: &mut Warnings) {
    if properties.get::<Array<'_>>("OCGs").is_none_or(|groups| groups.raw_iter().next().is_none()) {
        return;
    }
    let initial = properties.get::<Dict<'_>>("D");
    let off = initial.as_ref().is_some_and(|initial| {
        initial.get::<Array<'_>>("OFF").is_some_and(|groups| groups.raw_iter().next().is_some())
            || initial.get::<Name<'_>>("BaseState").is_some_and(|state| state.as_ref() == b"OFF")
    });
    warnings.insert(DisplayWarning::Layers { hidden: off });
}

fn examine(object: &Object<'_>, depth: u32, rest: &mut usize, open_fields: &mut u32, warnings: &mut Warnings) {
    if depth > MAX_DEPTH || *rest == 0 {
        warnings.insert(DisplayWarning::NotFullyExamined);
        return;
    }
    *rest -= 1;
    match object {
        Object::Dict(dict) => dictionary(dict, depth, rest, open_fields, warnings),
        Object::Stream(stream) => {
            if stream.dict().contains_key("F") && stream.dict().contains_key("FFilter") {
                warnings.insert(DisplayWarning::ExternalContent);
            }
            dictionary(stream.dict(), depth, rest, open_fields, warnings);
        }
        Object::Array(array) => {
            for item in array.raw_iter() {
                if let MaybeRef::NotRef(item) = item {
                    examine(&item, depth + 1, rest, open_fields, warnings);
                }
            }
        }
        _ => {}
    }
}

fn dictionary(dict: &Dict<'_>, depth: u32, rest: &mut usize, open_fields: &mut u32, warnings: &mut Warnings) {
    // ISO 32000-1 12.6.4: actions. 12.6.3: triggers, which run without a click.
    if dict.contains_key("JS") || dict.contains_key("JavaScript") {
        warnings.insert(DisplayWarning::JavaScript);
    }
    if let Some(kind) = dict.get::<Name<'_>>("S") {
        match kind.as_ref() {
            b"JavaScript" => warnings.insert(DisplayWarning::JavaScript),
            b"Launch" | b"SubmitForm" | b"ImportData" | b"GoToE" | b"SetOCGState" | b"Hide" => {
                warnings.insert(DisplayWarning::Action)
            }
            b"Sound" | b"Movie" | b"Rendition" | b"RichMediaExecute" => warnings.insert(DisplayWarning::Media),
            _ => false,
        };
    }
    if dict.contains_key("XFA") {
        warnings.insert(DisplayWarning::Xfa);
    }
    if dict.contains_key("EmbeddedFiles") || dict.contains_key("EF") {
        warnings.insert(DisplayWarning::EmbeddedFiles);
    }
    if let Some(subtype) = dict.get::<Name<'_>>("Subtype") {
        match subtype.as_ref() {
            b"RichMedia" | b"3D" | b"Movie" | b"Sound" | b"Screen" if dict.contains_key("Rect") => {
                warnings.insert(DisplayWarning::Media);
            }
            b"FileAttachment" if dict.contains_key("Rect") => {
                warnings.insert(DisplayWarning::EmbeddedFiles);
            }
            _ => {}
        }
    }
    if dict.contains_key("Ref") && dict.get::<Dict<'_>>("Ref").is_some_and(|reference| reference.contains_key("F")) {
        warnings.insert(DisplayWarning::ExternalContent);
    }
    // ISO 32000-1 12.7.3.1: terminal fields of kinds that a person fills in, unless read-only.
    if let Some(kind) = dict.get::<Name<'_>>("FT")
        && matches!(kind.as_ref(), b"Tx" | b"Ch" | b"Btn")
        && dict.get::<i32>("Ff").unwrap_or(0) & 1 == 0
    {
        *open_fields = open_fields.saturating_add(1);
    }
    for (_, value) in dict.entries() {
        if let MaybeRef::NotRef(value @ (Object::Dict(_) | Object::Array(_))) = value {
            examine(&value, depth + 1, rest, open_fields, warnings);
        }
    }
}
