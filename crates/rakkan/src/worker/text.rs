//! Reads the text of a page where it is drawn: a device that keeps the characters and their places and draws nothing.

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect};
use web::portal::pages::TextLine;

/// What was read from one page.
#[derive(Debug, Default)]
pub struct PageText {
    /// The lines in the order of drawing.
    pub lines: Vec<TextLine>,
    /// A glyph whose character is not known was met.
    pub unknown: bool,
}

/// Characters kept of one page; more are cut.
const MAX_CHARACTERS: usize = 60_000;

/// Reads `page` with `settings` (whose callbacks hear of missing fonts and the like).
pub fn read<'a>(page: &Page<'a>, cache: &InterpreterCache<'a>, settings: &InterpreterSettings) -> PageText {
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, bounds, cache, page.xref(), settings.clone());
    let mut reader = Reader { bounds, ..Reader::default() };
    interpret_page(page, &mut context, &mut reader);
    reader.end_line();
    reader.page
}

#[derive(Default)]
struct Reader {
    page: PageText,
    line: Option<OpenLine>,
    characters: usize,
    bounds: Rect,
}

struct OpenLine {
    line: TextLine,
    horizontal: bool,
    end: Point,
}

impl Reader {
    fn glyph(&mut self, text: &str, transform: Affine, advance: f64) {
        if self.characters >= MAX_CHARACTERS {
            return;
        }
        let origin = transform * Point::ZERO;
        let end = transform * Point::new(advance, 0.0);
        if !(origin.x.is_finite() && origin.y.is_finite() && end.x.is_finite() && end.y.is_finite()) {
            return;
        }
        // A glyph outside of the page is not seen, so it is not read either.
        if !self.bounds.inflate(2.0, 2.0).contains(origin) {
            return;
        }
        self.characters += text.chars().count();
        // The glyph space has 1,000 units to the em; the length of its upright unit vector is the size of the type.
        let [a, b, c, d, _, _] = transform.as_coeffs();
        let size = (c.hypot(d) * 1000.0).clamp(0.0, 2000.0);
        let horizontal = b.abs() <= 0.02 * a.abs() && a > 0.0;
        if let Some(open) = &mut self.line {
            let em = f64::from(open.line.size).max(size).max(1.0);
            let same_base = (origin.y - f64::from(open.line.y)).abs() < 0.25 * em;
            let gap = origin.x - open.end.x;
            if open.horizontal && horizontal && same_base && gap > -0.6 * em && gap < 3.0 * em {
                let space = gap > 0.18 * em
                    && !open.line.text.ends_with([' ', '\u{3000}'])
                    && !text.starts_with([' ', '\u{3000}']);
                // Wide gaps between Japanese letters are spacing, not words.
                if space && !(is_wide(open.line.text.chars().next_back()) && is_wide(text.chars().next())) {
                    open.line.text.push(' ');
                }
                open.line.text.push_str(text);
                open.line.size = open.line.size.max(size as f32);
                open.end = end;
                return;
            }
        }
        self.end_line();
        let line = TextLine {
            x: origin.x as f32,
            y: origin.y as f32,
            width: 0.0,
            size: if horizontal { size as f32 } else { 0.0 },
            text: text.to_owned(),
        };
        self.line = Some(OpenLine { line, horizontal, end });
    }

    fn end_line(&mut self) {
        let Some(OpenLine { mut line, end, .. }) = self.line.take() else {
            return;
        };
        if line.text.trim().is_empty() {
            return;
        }
        line.width = (end.x as f32 - line.x).max(0.0);
        // The same words drawn again at the same place (bold by double strike) are one line to a reader.
        let repeated = self.page.lines.last().is_some_and(|last| {
            last.text == line.text && (last.x - line.x).abs() < 2.0 && (last.y - line.y).abs() < 2.0
        });
        if !repeated {
            self.page.lines.push(line);
        }
    }
}

fn is_wide(character: Option<char>) -> bool {
    character.is_some_and(|c| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}'))
}

impl<'a> Device<'a> for Reader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let transform = props.transform * glyph.transform();
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(type3) => type3.advance_width(),
            };
            let text = match glyph.as_unicode() {
                Some(BfString::Char(character)) => character.to_string(),
                Some(BfString::String(text)) => text,
                None => {
                    self.page.unknown = true;
                    "\u{fffd}".to_owned()
                }
            };
            // Control and formatting characters (also those that turn the direction of text) have no business in a line.
            let text: String = text.chars().filter(|c| !c.is_control() && !is_formatting(*c)).map(ideograph).collect();
            if !text.is_empty() {
                self.glyph(&text, transform, f64::from(advance.unwrap_or(500.0)));
            }
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

fn is_formatting(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The ideograph that a radical stands for. Browsers that print to PDF map glyphs to radicals, which screen readers and searches miss.
fn ideograph(c: char) -> char {
    const KANGXI: &str = concat!(
        "一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿",
        "片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭",
        "音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠"
    );
    const SUPPLEMENT: [(char, char); 16] = [
        ('⺟', '母'),
        ('⺠', '民'),
        ('⻁', '虎'),
        ('⻄', '西'),
        ('⻆', '角'),
        ('⻑', '長'),
        ('⻘', '青'),
        ('⻝', '食'),
        ('⻣', '骨'),
        ('⻤', '鬼'),
        ('⻨', '麦'),
        ('⻩', '黄'),
        ('⻫', '斉'),
        ('⻭', '歯'),
        ('⻯', '竜'),
        ('⻲', '亀'),
    ];
    match c {
        '\u{2f00}'..='\u{2fd5}' => KANGXI.chars().nth(c as usize - 0x2f00).unwrap_or(c),
        '\u{2e80}'..='\u{2eff}' => SUPPLEMENT.iter().find(|(radical, _)| *radical == c).map_or(c, |(_, plain)| *plain),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::ideograph;

    #[test]
    fn radicals_are_read_as_the_ideographs_they_stand_for() {
        let read: String = "⽤⾒⻘⼄⼀⽬⽅⼿⾏⼝⽰⻑⿕".chars().map(ideograph).collect();
        assert_eq!(read, "用見青乙一目方手行口示長龠");
    }

    #[test]
    fn other_characters_are_left_as_they_are() {
        let read: String = "契約 A1あ".chars().map(ideograph).collect();
        assert_eq!(read, "契約 A1あ");
    }
}
