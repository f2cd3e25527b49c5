//! The port through which pages of untrusted documents are drawn: the web process never draws a PDF. Security notes T-PA-1 to T-PA-10.
//!
//! The binary injects an implementation that starts one sandboxed process per question. Whatever happens in there (a bomb, a loop, a
//! crash) comes back as a [`RenderError`]; the caller shows it as a page of its own and the service stays up.

use std::fs::File;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

/// What a renderer answers, later.
pub type Rendering<'a, T> = Pin<Box<dyn Future<Output = Result<T, RenderError>> + Send + 'a>>;

/// Draws pages of untrusted PDF files and says what of them cannot be shown faithfully.
///
/// Duties of an implementation: no state is kept between calls; the bytes leave the process only into a place without network, files
/// and keys; every call ends (with an error if need be) within about 20 seconds; calls may run at the same time, and wait for each
/// other when there are too many. The file is read from its beginning, wherever the position of the handle stands, and not before the call
/// has its turn: however many wait, memory holds none of their documents. A call that is dropped ends.
pub trait PageRenderer: Send + Sync {
    /// Counts and measures the pages, reads their text and lists what the reader must know.
    fn survey(&self, pdf: File) -> Rendering<'_, Survey>;

    /// Draws page `page` (from 1), `width` pixels wide. The answer is a PNG file.
    fn draw(&self, pdf: File, page: u32, width: u32) -> Rendering<'_, Vec<u8>>;
}

/// What a document holds, as far as drawing is concerned. Stored as JSON with the document (version 1); also sent by the worker.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// Version of this form.
    pub version: u8,
    /// The pages in order.
    pub pages: Vec<PageFacts>,
    /// What keeps the pictures from being the whole truth, without repetition.
    pub warnings: Vec<DisplayWarning>,
}

/// The version of [`Survey`] written now.
pub const SURVEY_VERSION: u8 = 1;

/// Size and text of one page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageFacts {
    /// Width in points (1/72 inch), after rotation.
    pub width: f32,
    /// Height in points, after rotation.
    pub height: f32,
    /// The lines of text in the order of drawing; `None` when there was no time to read this page.
    pub lines: Option<Vec<TextLine>>,
}

/// One line of text on a page, in points from the upper left corner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextLine {
    /// Left end of the base line.
    pub x: f32,
    /// The base line.
    pub y: f32,
    /// Length of the base line.
    pub width: f32,
    /// Size of the type; 0 when the line is not horizontal and cannot be laid over the picture.
    pub size: f32,
    /// The characters; U+FFFD stands for one without a known meaning.
    pub text: String,
}

/// Why the pictures of the pages may not be all that there is to see. Closed list; the reason is in the catalogue of texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum DisplayWarning {
    /// A script can change what is shown.
    JavaScript,
    /// Opening or clicking starts something outside of the document.
    Action,
    /// The page content is an XFA form, which only some programs draw.
    Xfa,
    /// Layers that are switched off, or can be switched.
    Layers {
        /// At least one is off when the file is opened.
        hidden: bool,
    },
    /// Other files are inside of this one.
    EmbeddedFiles,
    /// Sound, film or 3D.
    Media,
    /// Part of the content is fetched from somewhere else.
    ExternalContent,
    /// A font is not in the file, so that the letters differ from one device to the next.
    FontMissing {
        /// Its name in the file.
        name: String,
        /// It holds Japanese, Chinese or Korean: the text may be missing from the picture altogether.
        cjk: bool,
    },
    /// A font could not be read.
    FontUnreadable,
    /// A picture could not be read.
    ImageUnreadable,
    /// A note or form field could not be drawn.
    AnnotationUnreadable,
    /// Form fields can still be filled in; the signature fixes what they hold now.
    OpenFields {
        /// How many.
        count: u32,
    },
    /// No page holds text: it cannot be read aloud.
    NoText,
    /// Some letters are drawn but cannot be read as characters.
    TextUnknown,
    /// The limit of what is examined was reached.
    NotFullyExamined,
}

/// Why no page could be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RenderError {
    /// The bytes are not a PDF file, or one too damaged.
    #[error("the file is not a readable PDF file")]
    NotAPdf,
    /// The file needs a password.
    #[error("the PDF file is protected by a password; remove the protection first")]
    Encrypted,
    /// No page at all, or more than are shown.
    #[error("the PDF file has no page, or more pages than can be shown")]
    PageCount,
    /// There is no such page.
    #[error("the document has no page with this number")]
    NoSuchPage,
    /// The file is larger than the worker reads.
    #[error("the PDF file is larger than can be shown")]
    TooLarge,
    /// It took more time or memory than a document may take, or the drawing process died over it.
    #[error("the PDF file could not be drawn within the limits for time and memory")]
    GaveUp,
    /// The drawing process could not be started; the document is not at fault.
    #[error("the page drawing process could not be started")]
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_of_a_survey_stays_as_it_is() {
        let survey = Survey {
            version: SURVEY_VERSION,
            pages: vec![
                PageFacts {
                    width: 595.0,
                    height: 842.0,
                    lines: Some(vec![TextLine {
                        x: 50.0, y: 60.5, width: 120.0, size: 12.0, text: "契約書".into()
                    }]),
                },
                PageFacts { width: 595.0, height: 842.0, lines: None },
            ],
            warnings: vec![
                DisplayWarning::JavaScript,
                DisplayWarning::FontMissing { name: "MS-Mincho".into(), cjk: true },
                DisplayWarning::Layers { hidden: true },
            ],
        };
        let golden = concat!(
            r#"{"version":1,"pages":[{"width":595.0,"height":842.0,"lines":[{"x":50.0,"y":60.5,"width":120.0,"size":12.0,"text":"契約書"}]},"#,
            r#"{"width":595.0,"height":842.0,"lines":null}],"warnings":[{"kind":"java-script"},"#,
            r#"{"kind":"font-missing","name":"MS-Mincho","cjk":true},{"kind":"layers","hidden":true}]}"#
        );
        assert_eq!(serde_json::to_string(&survey).unwrap(), golden);
        assert_eq!(serde_json::from_str::<Survey>(golden).unwrap(), survey);
    }

    #[test]
    fn a_survey_with_an_unknown_field_is_refused() {
        assert!(serde_json::from_str::<Survey>(r#"{"version":1,"pages":[],"warnings":[],"extra":1}"#).is_err());
        assert!(serde_json::from_str::<Survey>(r#"{"version":1,"pages":[],"warnings":[{"kind":"other"}]}"#).is_err());
    }
}
