//! Why a visible signature could not be made, by whose fault it is.

/// Why an appearance could not be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AppearanceError {
    /// The text has a character that the font cannot show.
    #[error("the font has no glyph for {character} in the visible signature; write it differently or use another font")]
    MissingGlyph {
        /// The character and its code points.
        character: CharacterName,
    },
    /// The text has a character that is invisible, or that changes the order of others.
    #[error("the text of the visible signature has the invisible character {character}; remove it")]
    InvisibleCharacter {
        /// The character and its code points.
        character: CharacterName,
    },
    /// An accent of its own, or a letter of a script whose letters join or move.
    #[error(
        "{character} must be joined with what stands beside it, which a visible signature cannot show; write the text without it"
    )]
    NeedsShaping {
        /// The character and its code points.
        character: CharacterName,
    },
    /// Even at the smallest size.
    #[error(
        "the text does not fit into the visible signature, even at {smallest} points; make the area larger or the text shorter"
    )]
    TextDoesNotFit {
        /// The smallest size that was allowed.
        smallest: f64,
    },
    /// More characters than anybody reads in a stamp.
    #[error("the text of the visible signature has more than {limit} characters; make it shorter")]
    TextTooLong {
        /// Largest number of characters.
        limit: usize,
    },
    /// Nothing to show.
    #[error("the visible signature would be empty; give it a text or an image")]
    Empty,
    /// The area reaches over the edge.
    #[error(
        "the area for the visible signature does not lie on the page, which is {width:.1} mm wide and {height:.1} mm high; move it or make it smaller"
    )]
    OutsidePage {
        /// Width of the page as the reader sees it, in mm.
        width: f64,
        /// Height of the page as the reader sees it, in mm.
        height: f64,
    },
    /// Width or height is too small to see, or no number.
    #[error("the area for the visible signature is too small; make it at least 1 mm wide and high")]
    AreaTooSmall,
    /// The document's page cannot be drawn on.
    #[error("{detail}, so a visible signature cannot be placed; repair the document or sign it without one")]
    UnusablePage {
        /// What is wrong with the page.
        detail: &'static str,
    },
    /// A place was given for a field that has one.
    #[error("the signature field \"{name}\" has its place already; leave the position out or sign a new field")]
    FieldHasItsPlace {
        /// The field.
        name: String,
    },
    /// The rectangle of a field was asked for, but there is none.
    #[error(
        "the signature field has no visible rectangle on one page; give a page and a position, and sign a new field"
    )]
    NoRectangle,
    /// The claimed time has no place in the calendar.
    #[error("the claimed signing time cannot be shown as a date")]
    TimeOutOfRange,
    /// The font broke while it was cut down.
    #[error(transparent)]
    Font(#[from] FontError),
}

/// Why bytes cannot be used as a font.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// No font, or a damaged one.
    #[error("the font cannot be read; use a TrueType or OpenType font")]
    Unreadable,
    /// OS/2 fsType.
    #[error("the licence of the font forbids embedding it in documents; use another font")]
    EmbeddingForbidden,
    /// Neither TrueType nor CFF outlines.
    #[error("the font has no outlines that can be embedded (TrueType or CFF); use another font")]
    NoOutlines,
    /// More bytes than any font needs.
    #[error("the font has more than {limit} bytes; use a smaller one")]
    TooLarge {
        /// Largest number of bytes.
        limit: usize,
    },
    /// It was readable, but not in all its parts.
    #[error("the font is damaged and cannot be cut down to the characters in use; use another font")]
    Damaged,
}

/// Why bytes cannot be used as an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Another format.
    #[error("the image is neither PNG nor JPEG; convert it")]
    UnknownFormat,
    /// Cut off, altered, or never whole.
    #[error("the image is damaged; export it again")]
    Damaged,
    /// More pixels or bytes than a stamp needs.
    #[error("the image is too large (most {pixels} pixels in {bytes} bytes); scale it down")]
    TooLarge {
        /// Largest number of pixels.
        pixels: u64,
        /// Largest number of bytes.
        bytes: usize,
    },
    /// A form that PDF does not have.
    #[error("JPEG of this kind ({kind}) cannot be put into a PDF; save it as baseline or progressive JPEG, or as PNG")]
    JpegUnsupported {
        /// Which kind.
        kind: &'static str,
    },
}

/// A character as a message names it: itself, and its code points, because what has no glyph here may have none there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterName(pub(super) String);

impl std::fmt::Display for CharacterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.0.chars().all(|c| !c.is_control() && !super::characters::is_invisible(c));
        if shown {
            write!(f, "\"{}\" (", self.0)?;
        }
        for (index, character) in self.0.chars().enumerate() {
            let space = if index > 0 { " " } else { "" };
            write!(f, "{space}U+{:04X}", u32::from(character))?;
        }
        if shown { f.write_str(")") } else { Ok(()) }
    }
}
