//! What a signature looks like on its page: text and images, placed in millimetres as the reader sees the page.
//!
//! An [`Appearance`] says where ([`Area`], or the rectangle that a field has) and what ([`TextBlock`], [`Image`]). Colours, fonts and
//! images are made so that a PDF/A document stays one: fonts are embedded and carry their text, colours have a profile, and blending
//! is left out where the document has no colour space for it.
//!
//! ```
//! # #[cfg(feature = "font-jp")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ades::pades::appearance::{Appearance, Area, Caption, Corner, Font, Language, TextBlock, UtcOffset};
//!
//! let caption = Caption { language: Language::Japanese, zone: UtcOffset::from_minutes(9 * 60).unwrap_or_default() };
//! let appearance = Appearance::at(Area { corner: Corner::TopRight, x: 20.0, y: 20.0, width: 60.0, height: 20.0 })
//!     .with_text(TextBlock::of_signature(caption, Font::japanese()?));
//! // SignatureParameters::new(...).on_page(PageChoice::Last).with_appearance(appearance)
//! # let _ = appearance;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "font-jp"))]
//! # fn main() {}
//! ```

mod characters;
mod colour;
mod content;
mod error;
mod font;
mod geometry;
mod image;
mod layout;
mod objects;
mod page;
mod text;

pub use colour::Colour;
pub use error::{AppearanceError, CharacterName, FontError, ImageError};
pub use font::Font;
pub use geometry::{Area, Corner};
pub use image::Image;
pub use text::{Caption, Language, TextBlock, UtcOffset};

pub(crate) use page::Target;
pub(crate) use text::Details;

use crate::pdf::object::{Dictionary, Object, ObjectId};
use content::{Canvas, Cell};
use objects::{Objects, deflated, dictionary, name, reals};

/// Distance of the content from the edge, in points.
const MARGIN: f64 = 3.0;

/// A visible signature: where it stands and what it shows.
#[derive(Debug, Clone)]
pub struct Appearance {
    place: Place,
    contents: Vec<Content>,
    arrangement: Arrangement,
    frame: Option<Colour>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    On(Area),
    FieldRectangle,
}

/// One thing that is shown.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Content {
    /// Text.
    Text(TextBlock),
    /// A picture.
    Image(Image),
}

/// How several contents share the area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Arrangement {
    /// From left to right, in the order in which they were added.
    #[default]
    SideBySide,
    /// Each over the whole area, later ones over earlier ones.
    Overlaid,
}

/// An appearance as objects of a PDF.
pub(crate) struct BuiltAppearance {
    pub(crate) objects: Vec<(ObjectId, Object)>,
    /// Entries of the field's widget: rectangle, appearance, and which way is up.
    pub(crate) widget: Dictionary,
}

impl Appearance {
    /// At `area`, on the page that is chosen for the new field.
    pub fn at(area: Area) -> Self {
        Self::of(Place::On(area))
    }

    /// In the rectangle that the existing field has.
    pub fn in_field() -> Self {
        Self::of(Place::FieldRectangle)
    }

    fn of(place: Place) -> Self {
        Self { place, contents: Vec::new(), arrangement: Arrangement::default(), frame: None }
    }

    /// Adds a content.
    #[must_use]
    pub fn with(mut self, content: Content) -> Self {
        self.contents.push(content);
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn with_text(self, text: TextBlock) -> Self {
        self.with(Content::Text(text))
    }

    /// Adds an image.
    #[must_use]
    pub fn with_image(self, image: Image) -> Self {
        self.with(Content::Image(image))
    }

    /// Chooses how several contents share the area.
    #[must_use]
    pub fn arranged(mut self, arrangement: Arrangement) -> Self {
        self.arrangement = arrangement;
        self
    }

    /// Draws a thin line around the area.
    #[must_use]
    pub fn with_frame(mut self, colour: Colour) -> Self {
        self.frame = Some(colour);
        self
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Makes the objects. The same inputs give the same bytes.
    pub(crate) fn build(
        &self,
        target: &Target,
        details: &Details<'_>,
        allocate: &mut dyn FnMut() -> ObjectId,
    ) -> Result<BuiltAppearance, AppearanceError> {
        if self.contents.is_empty() {
            return Err(AppearanceError::Empty);
        }
        let placed = &target.placed;
        let (width, height) = placed.size;
        let whole = Cell { left: 0.0, bottom: 0.0, width, height };
        let mut objects = Objects::new(allocate);
        let mut canvas = Canvas::default();
        if let Some(colour) = self.frame {
            canvas.frame(whole, colour);
        }
        for (content, cell) in self.contents.iter().zip(self.cells(whole.shrunk(MARGIN))) {
            match content {
                Content::Image(image) => canvas.image(&mut objects, image, cell, target.transparency),
                Content::Text(block) => {
                    let text = block.source.text(details)?;
                    let paragraphs = block.font.clusters(&text, text::MOST_CHARACTERS)?;
                    if paragraphs.iter().all(Vec::is_empty) {
                        return Err(AppearanceError::Empty);
                    }
                    let (em_height, ascent) = block.font.height()?;
                    let setting = layout::fit(&paragraphs, (cell.width, cell.height), em_height, block.sizes);
                    let smallest = f64::from(block.sizes.0) / 4.0;
                    let setting = setting.ok_or(AppearanceError::TextDoesNotFit { smallest })?;
                    let subset = block.font.subset(setting.lines.iter().flatten())?;
                    canvas.text(&mut objects, &setting, &subset, (em_height, ascent), cell, block.colour);
                }
            }
        }
        let (operators, resources) = canvas.finish(&mut objects);
        let form = dictionary([
            ("Type", name("XObject")),
            ("Subtype", name("Form")),
            ("BBox", reals([0.0, 0.0, width, height])),
            ("Matrix", reals(placed.matrix)),
            ("Resources", Object::Dictionary(resources)),
        ]);
        let normal = objects.add(deflated(form, &operators));
        let mut widget = dictionary([
            ("Rect", reals(placed.rect)),
            ("AP", Object::Dictionary(dictionary([("N", Object::Reference(normal))]))),
        ]);
        if placed.rotation.degrees() != 0 {
            // Table 192: against the clock, by as much as the page is turned with it.
            let upright = dictionary([("R", Object::Integer(placed.rotation.degrees()))]);
            widget.set("MK", Object::Dictionary(upright));
        }
        Ok(BuiltAppearance { objects: objects.made, widget })
    }

    /// A part of `whole` for each content: images take the width they need, but not more than an equal part; texts share the rest.
    fn cells(&self, whole: Cell) -> Vec<Cell> {
        if self.arrangement == Arrangement::Overlaid {
            return self.contents.iter().map(|_| whole).collect();
        }
        let count = |len: usize| f64::from(u32::try_from(len).unwrap_or(u32::MAX));
        let gaps = MARGIN * count(self.contents.len().saturating_sub(1));
        let available = (whole.width - gaps).max(whole.width / 2.0);
        let equal = available / count(self.contents.len().max(1));
        let image_width = |image: &Image| (whole.height * image.aspect()).min(equal);
        let images: f64 = self.contents.iter().filter_map(Content::as_image).map(image_width).sum();
        let texts = self.contents.iter().filter(|content| content.as_image().is_none()).count();
        let text_width = (available - images) / count(texts.max(1));
        // Without a text, what images leave goes to both sides of them.
        let mut left = whole.left + if texts == 0 { (available - images) / 2.0 } else { 0.0 };
        let gap = (whole.width - available) / count(self.contents.len().saturating_sub(1).max(1));
        self.contents
            .iter()
            .map(|content| {
                let width = content.as_image().map_or(text_width, image_width);
                let cell = Cell { left, width, ..whole };
                left += width + gap;
                cell
            })
            .collect()
    }
}

impl Content {
    fn as_image(&self) -> Option<&Image> {
        match self {
            Self::Image(image) => Some(image),
            Self::Text(_) => None,
        }
    }
}
