//! Fonts for visible signatures: read, measured and cut down to the characters in use.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::{GlyphMetrics, Metrics};
use skrifa::raw::TableProvider;
use skrifa::raw::tables::cmap::MapVariant;
use skrifa::raw::tables::glyf::Glyph;
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId, MetadataProvider, Tag};
use subsetter::GlyphRemapper;

use super::characters::{compose_kana, is_invisible, is_variation_selector, needs_shaping};
use super::error::CharacterName;
use super::layout::Cluster;
use super::{AppearanceError, FontError};

/// The largest font there is for Japanese has a third of this.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A TrueType or OpenType font whose licence allows embedding.
#[derive(Clone)]
pub struct Font {
    bytes: Arc<Cow<'static, [u8]>>,
    index: u32,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let face = self.face();
        f.debug_struct("Font").field("name", &face.ok().map(|face| face.name())).finish_non_exhaustive()
    }
}

impl Font {
    /// A font from the bytes of its file.
    ///
    /// # Errors
    /// [`FontError`] if it cannot be read or must not be embedded.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, FontError> {
        Self::from_collection(bytes, 0)
    }

    /// The font with this index of a collection (TTC).
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_collection(bytes: impl Into<Cow<'static, [u8]>>, index: u32) -> Result<Self, FontError> {
        let bytes = bytes.into();
        if bytes.len() > MOST_BYTES {
            return Err(FontError::TooLarge { limit: MOST_BYTES });
        }
        let font = Self { bytes: Arc::new(bytes), index };
        let face = font.face()?;
        if face.units_per_em() == 0.0 {
            return Err(FontError::Unreadable);
        }
        if face.font.os2().is_ok_and(|os2| is_restricted(os2.fs_type())) {
            return Err(FontError::EmbeddingForbidden);
        }
        if !face.has(GLYF) && !face.has(CFF) {
            return Err(FontError::NoOutlines);
        }
        Ok(font)
    }

    /// The font that comes with this library: BIZ UDPGothic, all of JIS X 0208 and the forms of characters that names need.
    ///
    /// # Errors
    /// None in practice: the font is part of the program.
    #[cfg(feature = "font-jp")]
    pub fn japanese() -> Result<Self, FontError> {
        Self::from_bytes(include_bytes!("../../../assets/fonts/BIZUDPGothic-Regular.ttf").as_slice())
    }

    fn face(&self) -> Result<Face<'_>, FontError> {
        Face::read(&self.bytes, self.index)
    }

    /// Glyphs for `text`, a list for each line of it.
    pub(super) fn clusters(&self, text: &str, limit: usize) -> Result<Vec<Vec<Cluster>>, AppearanceError> {
        let face = self.face()?;
        if text.chars().nth(limit).is_some() {
            return Err(AppearanceError::TextTooLong { limit });
        }
        text.lines().map(|line| clusters(&face, line)).collect()
    }

    /// Height of a line from the top of the highest to the bottom of the lowest glyph, and how much of it is above the baseline; in
    /// ems.
    pub(super) fn height(&self) -> Result<(f64, f64), FontError> {
        let face = self.face()?;
        let (ascent, descent) = (face.em(face.metrics.ascent), face.em(face.metrics.descent));
        // Broken values would put the text anywhere.
        let sound = (0.3..3.0).contains(&ascent) && (-2.0..=0.0).contains(&descent);
        Ok(if sound { (ascent - descent, ascent) } else { (1.0, 0.88) })
    }

    /// The font with the glyphs of `clusters` only.
    pub(super) fn subset<'c>(&self, clusters: impl Iterator<Item = &'c Cluster>) -> Result<Subset, FontError> {
        let face = self.face()?;
        let mut remapper = GlyphRemapper::new();
        let mut glyphs: Vec<SubsetGlyph> = Vec::new();
        for cluster in clusters {
            let glyph = remapper.remap(cluster.glyph);
            if usize::from(glyph) > glyphs.len() {
                glyphs.push(SubsetGlyph { width: cluster.advance * 1000.0, text: cluster.text.clone() });
            }
        }
        face.require_few_parts(glyphs.len(), remapper.remapped_gids())?;
        let needed = face.needed_tables().ok_or(FontError::Damaged)?;
        let cut = subsetter::subset(&needed, 0, &remapper).map_err(|_| FontError::Damaged)?;
        let true_type = face.has(GLYF);
        let small = FontRef::new(&cut).map_err(|_| FontError::Damaged)?;
        let count = small.maxp().map_err(|_| FontError::Damaged)?.num_glyphs();
        // ISO 32000-2 9.9: of a font with CFF outlines, the CFF table alone.
        let table = small.table_data(CFF).map(|table| table.as_bytes().to_vec());
        let program = if true_type { cut } else { table.ok_or(FontError::Damaged)? };
        let bounds = face.metrics.bounds.unwrap_or_default();
        let metrics = &face.metrics;
        Ok(Subset {
            name: face.name(),
            true_type,
            program,
            count,
            notdef_width: face.advance(GlyphId::NOTDEF) * 1000.0,
            glyphs,
            remapper,
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|value| face.em(value) * 1000.0),
            ascent: face.em(metrics.ascent) * 1000.0,
            descent: face.em(metrics.descent) * 1000.0,
            cap_height: face.em(metrics.cap_height.unwrap_or(metrics.ascent)) * 1000.0,
            italic_angle: finite(metrics.italic_angle),
        })
    }
}

const CFF: Tag = Tag::new(b"CFF ");
const GLYF: Tag = Tag::new(b"glyf");

/// OS/2 fsType: restricted (and nothing that allows more), no subsetting, or bitmaps only.
fn is_restricted(fs_type: u16) -> bool {
    fs_type & 0xf == 2 || fs_type & 0x300 != 0
}

/// A font while it is looked at.
struct Face<'a> {
    font: FontRef<'a>,
    metrics: Metrics,
    widths: GlyphMetrics<'a>,
}

/// A font program cut down to the glyphs in use, and what a PDF says about it. Sizes are in thousandths of an em.
pub(super) struct Subset {
    pub(super) name: String,
    pub(super) true_type: bool,
    pub(super) program: Vec<u8>,
    /// Number of glyphs in the program: `.notdef`, those in `glyphs`, and parts of them.
    pub(super) count: u16,
    pub(super) notdef_width: f64,
    /// Glyphs in use, from number 1.
    pub(super) glyphs: Vec<SubsetGlyph>,
    remapper: GlyphRemapper,
    pub(super) bounds: [f64; 4],
    pub(super) ascent: f64,
    pub(super) descent: f64,
    pub(super) cap_height: f64,
    pub(super) italic_angle: f64,
}

/// A glyph of a subset.
pub(super) struct SubsetGlyph {
    pub(super) width: f64,
    pub(super) text: String,
}

impl Subset {
    /// Number of the cluster's glyph in the subset.
    pub(super) fn code(&self, cluster: &Cluster) -> u16 {
        self.remapper.get(cluster.glyph).unwrap_or(0)
    }
}

impl<'a> Face<'a> {
    fn read(bytes: &'a [u8], index: u32) -> Result<Self, FontError> {
        let font = FontRef::from_index(bytes, index).map_err(|_| FontError::Unreadable)?;
        let metrics = Metrics::new(&font, Size::unscaled(), LocationRef::default());
        let widths = GlyphMetrics::new(&font, Size::unscaled(), LocationRef::default());
        Ok(Self { font, metrics, widths })
    }

    fn has(&self, table: Tag) -> bool {
        self.font.table_data(table).is_some()
    }

    fn units_per_em(&self) -> f64 {
        f64::from(self.metrics.units_per_em)
    }

    /// Font units in ems.
    fn em(&self, units: f32) -> f64 {
        finite(units) / self.units_per_em()
    }

    fn advance(&self, glyph: GlyphId) -> f64 {
        self.em(self.widths.advance_width(glyph).unwrap_or(0.0)).max(0.0)
    }

    /// The glyph of a character; without a variation selector, or with one that the font knows for it.
    fn glyph(&self, character: char, selector: Option<char>) -> Option<u16> {
        let charmap = self.font.charmap();
        let glyph = match selector.map(|selector| charmap.map_variant(character, selector)) {
            None | Some(Some(MapVariant::UseDefault)) => charmap.map(character),
            Some(Some(MapVariant::Variant(glyph))) => Some(glyph),
            Some(None) => None,
        };
        // Glyph 0 is the box that stands for what is missing.
        glyph.and_then(|glyph| u16::try_from(glyph.to_u32()).ok()).filter(|glyph| *glyph != 0)
    }

    /// Glyphs can be made of others, and those of others again: a damaged font could mean all of them.
    fn require_few_parts(&self, own: usize, glyphs: impl Iterator<Item = u16>) -> Result<(), FontError> {
        /// Parts are accents and radicals.
        const MOST_PARTS: usize = 10_000;
        let (Ok(loca), Ok(glyf)) = (self.font.loca(None), self.font.glyf()) else {
            return if self.has(CFF) { Ok(()) } else { Err(FontError::Damaged) };
        };
        let mut open: Vec<GlyphId> = glyphs.map(GlyphId::from).collect();
        let mut seen: HashSet<GlyphId> = open.iter().copied().collect();
        while let Some(glyph) = open.pop() {
            let outline = loca.get_glyf(glyph, &glyf).map_err(|_| FontError::Damaged)?;
            let Some(Glyph::Composite(composite)) = outline else { continue };
            for component in composite.components() {
                let part = component.glyph;
                if seen.insert(part) {
                    open.push(part);
                }
            }
            if seen.len() > own + MOST_PARTS {
                return Err(FontError::Damaged);
            }
        }
        Ok(())
    }

    /// The font without the tables that a PDF does not need: nobody has to read what is damaged in them.
    fn needed_tables(&self) -> Option<Vec<u8>> {
        const NEEDED: [&[u8; 4]; 10] =
            [b"CFF ", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"prep"];
        let tables: Vec<_> =
            NEEDED.into_iter().filter_map(|tag| Some((tag, self.font.table_data(Tag::new(tag))?.as_bytes()))).collect();
        let mut directory = if self.has(GLYF) { vec![0, 1, 0, 0] } else { b"OTTO".to_vec() };
        directory.extend_from_slice(&u16::try_from(tables.len()).ok()?.to_be_bytes());
        // For a binary search, which nobody does in so few.
        directory.extend_from_slice(&[0; 6]);
        let mut data = Vec::new();
        let start = 12 + 16 * tables.len();
        for (tag, table) in tables {
            directory.extend_from_slice(tag);
            directory.extend_from_slice(&[0; 4]);
            directory.extend_from_slice(&u32::try_from(start + data.len()).ok()?.to_be_bytes());
            directory.extend_from_slice(&u32::try_from(table.len()).ok()?.to_be_bytes());
            data.extend_from_slice(table);
            data.resize(data.len().next_multiple_of(4), 0);
        }
        directory.extend_from_slice(&data);
        Some(directory)
    }

    /// PostScript name, of the characters that a PDF name needs no escape for.
    fn name(&self) -> String {
        let name = self.font.localized_strings(StringId::POSTSCRIPT_NAME).english_or_first();
        let name = name.into_iter().flat_map(|name| name.chars().collect::<Vec<_>>());
        let name: String = name.filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(63).collect();
        if name.is_empty() { "Font".to_owned() } else { name }
    }
}

/// What a damaged font gives may be no number.
fn finite(value: f32) -> f64 {
    if value.is_finite() { f64::from(value) } else { 0.0 }
}

fn clusters(face: &Face<'_>, line: &str) -> Result<Vec<Cluster>, AppearanceError> {
    let mut clusters = Vec::new();
    let mut rest = line.chars().map(|c| if c == '\t' { ' ' } else { c }).peekable();
    while let Some(mut character) = rest.next() {
        if let Some(composed) = rest.peek().and_then(|mark| compose_kana(character, *mark)) {
            character = composed;
            rest.next();
        }
        let selector = rest.next_if(|next| is_variation_selector(*next));
        let text: String = [Some(character), selector].into_iter().flatten().collect();
        let named = |text: &str| CharacterName(text.to_owned());
        if is_invisible(character) || is_variation_selector(character) {
            return Err(AppearanceError::InvisibleCharacter { character: named(&text) });
        }
        if needs_shaping(character) {
            return Err(AppearanceError::NeedsShaping { character: named(&text) });
        }
        let glyph = face.glyph(character, selector);
        let glyph = glyph.ok_or_else(|| AppearanceError::MissingGlyph { character: named(&text) })?;
        clusters.push(Cluster { glyph, advance: face.advance(GlyphId::from(glyph)), text });
    }
    Ok(clusters)
}
