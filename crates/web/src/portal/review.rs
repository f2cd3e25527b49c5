//! `/documents/{id}`: what will be signed, with what, and what to know before; after the signature the result.

use axum::extract::{Path, State};
use ssa::{DocumentState, DocumentView, SignerId, TicketState};

use super::documents::{document, is_usable, to_finish};
use super::pages::{DisplayWarning, PageFacts, Survey, TextLine};
use super::views::{CredentialChoice, LineView, PageView, ReviewPage, WarningView};
use super::{Answer, Problem, Refused, Visit, finish};
use crate::App;
use crate::i18n::{Fingerprint, Language};

/// Lines that are laid over one picture.
const MAX_LINES: usize = 600;

/// GET `/documents/{id}`
pub async fn page(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (signer, document) = document(&app, &visit, &id).await?;
    match document.state {
        DocumentState::Uploaded | DocumentState::Prepared => review(&app, &visit, signer, document).await,
        DocumentState::Approving if is_approved(&app, &document).await => Ok(to_finish(&document.id)),
        DocumentState::Approving => review(&app, &visit, signer, document).await,
        DocumentState::Signing | DocumentState::Pending => Ok(to_finish(&document.id)),
        DocumentState::Signed | DocumentState::Delivered => finish::done(&app, &visit, signer, document).await,
        DocumentState::Forgotten => Err(visit.refuse(Problem::NotFound)),
    }
}

/// Whether the signer has approved the document and nobody has used the approval yet.
pub(super) async fn is_approved(app: &App, document: &DocumentView) -> bool {
    let Some(ticket) = &document.ticket else { return false };
    let ticket = app.ssa().ticket(ticket).await;
    ticket.is_ok_and(|ticket| matches!(ticket.state, TicketState::Approved | TicketState::Used))
}

async fn review(app: &App, visit: &Visit, signer: SignerId, document: DocumentView) -> Answer {
    let survey = survey_of(visit, &document)?;
    let language = visit.language;
    let credentials = app.ssa().list_credentials(signer).await.map_err(|error| visit.fail(error))?;
    let now = app.ssa().now();
    let chosen = credentials.iter().find(|credential| Some(&credential.id) == document.credential_id.as_ref());
    let warnings =
        warnings(language, &survey, chosen.filter(|credential| credential.demo).map(|credential| &*credential.ca_name));
    let choices = credentials.iter().filter_map(|credential| {
        let certificate = credential.certificate.as_ref()?;
        Some(CredentialChoice {
            id: credential.id.to_string(),
            name: certificate.common_name.clone(),
            organisation: certificate.organisation.clone(),
            authority: credential.ca_name.clone(),
            until: language.text_with("valid-until", "date", language.date(certificate.not_after).text),
            demo: credential.demo,
            chosen: Some(&credential.id) == document.credential_id.as_ref(),
            usable: is_usable(credential, now),
        })
    });
    let fingerprint = Fingerprint::of(&document.sha256);
    visit.show(&ReviewPage {
        p: visit.page("documents"),
        id: document.id.to_string(),
        size: language.size(document.size),
        version: fingerprint.plain.chars().take(16).collect(),
        pages: survey.pages.iter().enumerate().map(|(index, page)| page_view(language, index + 1, page)).collect(),
        credentials: choices.collect(),
        keep: document.keep,
        warnings,
        self_check: format!("sha256sum '{}'", document.file_name.replace('\'', "")),
        fingerprint,
        name: document.file_name,
    })
}

fn survey_of(visit: &Visit, document: &DocumentView) -> Result<Survey, Refused> {
    let stored = document.page_report.as_deref().and_then(|json| serde_json::from_str(json).ok());
    stored.ok_or_else(|| visit.refuse(Problem::DocumentState))
}

fn page_view(language: Language, number: usize, page: &PageFacts) -> PageView {
    let (width, height) = (page.width.clamp(1.0, 20_000.0), page.height.clamp(1.0, 20_000.0));
    let lines = page.lines.as_deref().unwrap_or_default();
    let start: String = lines.iter().flat_map(|line| line.text.chars().chain([' '])).take(60).collect();
    let label = if start.trim().is_empty() {
        language.text_with("review-page-silent", "page", number as f64)
    } else {
        language.text_with_two("review-page-label", ("page", number as f64), ("text", start.trim().to_owned()))
    };
    PageView {
        number,
        width,
        height,
        thumb_height: (60.0 * height / width).round().clamp(20.0, 240.0) as u32,
        label,
        lines: lines
            .iter()
            .filter(|line| line.size >= 1.0 && line.width >= 1.0)
            .take(MAX_LINES)
            .map(line_view)
            .collect(),
        paragraphs: paragraphs(lines),
    }
}

fn line_view(line: &TextLine) -> LineView {
    LineView { x: line.x, y: line.y, size: line.size, width: line.width, text: line.text.clone() }
}

/// Lines that follow each other closely are read as one paragraph.
fn paragraphs(lines: &[TextLine]) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut last: Option<&TextLine> = None;
    for line in lines {
        let follows = last.is_some_and(|last| {
            let step = line.y - last.y;
            line.size > 0.0
                && (line.size - last.size).abs() < 1.0
                && step > 0.0
                && step < 2.0 * line.size
                && (line.x - last.x).abs() < 3.0 * line.size
        });
        match paragraphs.last_mut().filter(|_| follows) {
            Some(paragraph) => {
                let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == ',' || c == '.');
                if latin(paragraph.chars().next_back()) && latin(line.text.chars().next()) {
                    paragraph.push(' ');
                }
                paragraph.push_str(&line.text);
            }
            None => paragraphs.push(line.text.clone()),
        }
        last = Some(line);
    }
    paragraphs
}

/// What to know before signing: first what keeps the pictures from being the whole truth.
fn warnings(language: Language, survey: &Survey, demo_authority: Option<&str>) -> Vec<WarningView> {
    let mut views: Vec<WarningView> = survey.warnings.iter().map(|warning| warning_view(language, warning)).collect();
    views.sort_by_key(|view| !view.grave);
    if let Some(authority) = demo_authority {
        views.push(WarningView {
            title: language.text("warning-acrobat"),
            text: language.text_with("warning-acrobat-text", "authority", authority.to_owned()),
            grave: false,
        });
    }
    views
}

/// The warnings that the signing page repeats: the picture may not be the whole truth.
pub(crate) fn grave_warnings(language: Language, survey: &Survey) -> Vec<WarningView> {
    survey.warnings.iter().map(|warning| warning_view(language, warning)).filter(|view| view.grave).collect()
}

fn warning_view(language: Language, warning: &DisplayWarning) -> WarningView {
    let (key, grave) = match warning {
        DisplayWarning::JavaScript => ("warning-java-script", true),
        DisplayWarning::Action => ("warning-action", true),
        DisplayWarning::Xfa => ("warning-xfa", true),
        DisplayWarning::Layers { hidden: true } => ("warning-layers-hidden", true),
        DisplayWarning::Layers { hidden: false } => ("warning-layers", false),
        DisplayWarning::EmbeddedFiles => ("warning-embedded-files", true),
        DisplayWarning::Media => ("warning-media", true),
        DisplayWarning::ExternalContent => ("warning-external-content", true),
        DisplayWarning::FontMissing { cjk: true, .. } => ("warning-font-missing-cjk", true),
        DisplayWarning::FontMissing { cjk: false, .. } => ("warning-font-missing", false),
        DisplayWarning::FontUnreadable => ("warning-font-unreadable", true),
        DisplayWarning::ImageUnreadable => ("warning-image-unreadable", true),
        DisplayWarning::AnnotationUnreadable => ("warning-annotation-unreadable", true),
        DisplayWarning::OpenFields { .. } => ("warning-open-fields", false),
        DisplayWarning::NoText => ("warning-no-text", false),
        DisplayWarning::TextUnknown => ("warning-text-unknown", false),
        DisplayWarning::NotFullyExamined => ("warning-not-fully-examined", true),
    };
    let title = match warning {
        DisplayWarning::FontMissing { name, .. } => language.text_with(key, "name", name.clone()),
        DisplayWarning::OpenFields { count } => language.text_with(key, "n", *count),
        _ => language.text(key),
    };
    WarningView { title, text: language.text(&format!("{key}-text")), grave }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(x: f32, y: f32, text: &str) -> TextLine {
        TextLine { x, y, width: 100.0, size: 10.0, text: text.into() }
    }

    #[test]
    fn close_lines_are_one_paragraph_and_distant_ones_are_not() {
        let lines =
            [line(50.0, 100.0, "本契約の期間は、"), line(50.0, 118.0, "一年とする。"), line(50.0, 160.0, "第二条")];
        assert_eq!(paragraphs(&lines), ["本契約の期間は、一年とする。", "第二条"]);
        let lines = [line(50.0, 100.0, "This is"), line(50.0, 112.0, "one sentence."), line(300.0, 112.0, "aside")];
        assert_eq!(paragraphs(&lines), ["This is one sentence.", "aside"]);
    }

    #[test]
    fn grave_warnings_come_first_and_every_warning_has_words() {
        let all = [
            DisplayWarning::JavaScript,
            DisplayWarning::Action,
            DisplayWarning::Xfa,
            DisplayWarning::Layers { hidden: true },
            DisplayWarning::Layers { hidden: false },
            DisplayWarning::EmbeddedFiles,
            DisplayWarning::Media,
            DisplayWarning::ExternalContent,
            DisplayWarning::FontMissing { name: "MS-Mincho".into(), cjk: true },
            DisplayWarning::FontMissing { name: "Arial".into(), cjk: false },
            DisplayWarning::FontUnreadable,
            DisplayWarning::ImageUnreadable,
            DisplayWarning::AnnotationUnreadable,
            DisplayWarning::OpenFields { count: 2 },
            DisplayWarning::NoText,
            DisplayWarning::TextUnknown,
            DisplayWarning::NotFullyExamined,
        ];
        let survey = Survey { version: 1, pages: vec![], warnings: all.to_vec() };
        for language in Language::ALL {
            let views = warnings(language, &survey, Some("Demo CA"));
            assert_eq!(views.len(), all.len() + 1);
            let first_light = views.iter().position(|view| !view.grave).unwrap();
            assert!(views[first_light..].iter().all(|view| !view.grave));
            assert!(views.iter().all(|view| !view.title.starts_with("warning-") && !view.text.starts_with("warning-")));
            assert!(views.iter().any(|view| view.title.contains("MS-Mincho")));
        }
    }

    #[test]
    fn a_page_of_odd_size_has_bounded_measures() {
        let page = PageFacts { width: 0.0, height: f32::MAX, lines: None };
        let view = page_view(Language::En, 1, &page);
        assert!(view.width >= 1.0 && view.height <= 20_000.0 && view.thumb_height <= 240);
    }
}
