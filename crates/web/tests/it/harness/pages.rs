//! Pages without a drawing process: two pages for whatever begins like a PDF, the second of which may be one that cannot be drawn. The real
//! process has tests of its own.

use std::fs::File;
use std::os::unix::fs::FileExt;

use web::portal::pages::{
    DisplayWarning, PageFacts, PageRenderer, RenderError, Rendering, SURVEY_VERSION, Survey, TextLine,
};

/// A PNG of one pixel.
pub const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n-one-pixel-";

/// What a file ends with whose second page cannot be drawn. A comment: any other reader passes over it.
pub const UNDRAWABLE: &[u8] = b"\n%second page cannot be drawn\n%%EOF\n";

impl super::World {
    /// How many files of documents the service holds.
    pub fn spooled(&self) -> usize {
        std::fs::read_dir(self._folder.path().join("store/spool")).unwrap().count()
    }
}

/// Answers by the first bytes of the file.
pub struct FixedPages;

impl PageRenderer for FixedPages {
    fn survey(&self, pdf: File) -> Rendering<'_, Survey> {
        Box::pin(async move {
            known(&content(&pdf))?;
            let line = TextLine { x: 50.0, y: 60.0, width: 200.0, size: 12.0, text: "第1条 <b>秘密</b>".into() };
            let page = PageFacts { width: 595.0, height: 842.0, lines: Some(vec![line]) };
            let font = DisplayWarning::FontMissing { name: "MS-Mincho".into(), cjk: true };
            Ok(Survey { version: SURVEY_VERSION, pages: vec![page.clone(), page], warnings: vec![font] })
        })
    }

    fn draw(&self, pdf: File, page: u32, _: u32) -> Rendering<'_, Vec<u8>> {
        Box::pin(async move {
            let pdf = content(&pdf);
            known(&pdf)?;
            match page {
                2 if pdf.ends_with(UNDRAWABLE) => Err(RenderError::GaveUp),
                1 | 2 => Ok(PIXEL.to_vec()),
                _ => Err(RenderError::NoSuchPage),
            }
        })
    }
}

fn content(pdf: &File) -> Vec<u8> {
    let mut content = vec![0; pdf.metadata().unwrap().len().try_into().unwrap()];
    pdf.read_exact_at(&mut content, 0).unwrap();
    content
}

fn known(pdf: &[u8]) -> Result<(), RenderError> {
    match pdf {
        [b'%', b'P', b'D', b'F', ..] => Ok(()),
        [b'B', b'O', b'M', b'B', ..] => Err(RenderError::GaveUp),
        [b'D', b'O', b'W', b'N', ..] => Err(RenderError::Unavailable),
        _ => Err(RenderError::NotAPdf),
    }
}
