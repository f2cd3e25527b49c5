//! Draws one page to a PNG file.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use web::portal::pages::RenderError;

/// The widest picture that is drawn.
const MAX_WIDTH: u32 = 2_400;
/// The most pixels: 16 million, 64 MB while drawing.
const MAX_PIXELS: f32 = 16_000_000.0;

/// Draws page `number` (from 1) about `width` pixels wide; a very long page comes out narrower.
pub fn draw(pdf: &Pdf, number: u32, width: u32) -> Result<Vec<u8>, RenderError> {
    let index = number.checked_sub(1).ok_or(RenderError::NoSuchPage)?;
    let page = pdf.pages().get(index as usize).ok_or(RenderError::NoSuchPage)?;
    let (page_width, page_height) = page.render_dimensions();
    if !(page_width >= 1.0 && page_height >= 1.0 && page_width.is_finite() && page_height.is_finite()) {
        return Err(RenderError::NotAPdf);
    }
    let wanted = width.clamp(16, MAX_WIDTH) as f32 / page_width;
    let scale = wanted.min((MAX_PIXELS / (page_width * page_height)).sqrt()).min(f32::from(u16::MAX - 1) / page_height);
    if page_width * scale < 1.0 || page_height * scale < 1.0 {
        return Err(RenderError::GaveUp);
    }
    let cache = RenderCache::new();
    let pixmap = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    render(page, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &pixmap)
        .into_png()
        .map_err(|_| RenderError::GaveUp)
}
