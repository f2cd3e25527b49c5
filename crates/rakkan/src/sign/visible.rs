//! What a visible signature looks like and where it stands. `CORNER[:X,Y,W,H]` in millimetres as the reader sees the page.

use std::path::PathBuf;

use ades::pades::appearance::{
    Appearance, Area, Caption, Colour, Corner, Font, FontError, Image, ImageError, Language as CaptionLanguage,
    TextBlock, UtcOffset,
};
use clap::Args;

use super::error::SignError;
use super::two_step::read_file;
use crate::language::Language;

/// No image or font is larger.
const LARGEST: u64 = 64 << 20;
/// Distances from both edges, width and height where nothing is said.
const USUAL: [f64; 4] = [15.0, 15.0, 70.0, 25.0];

/// How a signature is seen.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Visible signature")]
pub struct VisibleArgs {
    /// Show the signature: bottom-left, bottom-right, top-left or top-right, with :X,Y,W,H in mm from that corner; or `field` for the place
    /// that the field of --field has
    #[arg(long, value_name = "PLACE", value_parser = place)]
    pub visible: Option<Place>,
    /// Text to show [default: signer, reason, place and time]
    #[arg(long, value_name = "TEXT", requires = "visible")]
    pub visible_text: Option<String>,
    /// Picture to show beside the text: PNG or JPEG
    #[arg(long, value_name = "FILE", requires = "visible")]
    pub visible_image: Option<PathBuf>,
    /// TrueType or OpenType font of the text [default: the one that comes with the program]
    #[arg(long, value_name = "FILE", requires = "visible")]
    pub visible_font: Option<PathBuf>,
    /// No text, only the picture
    #[arg(long, requires = "visible_image", conflicts_with = "visible_text")]
    pub visible_no_text: bool,
    /// A thin line around it
    #[arg(long, requires = "visible")]
    pub visible_frame: bool,
}

/// Where a visible signature stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// On the page.
    On(Area),
    /// Where the field is.
    Field,
}

fn place(text: &str) -> Result<Place, String> {
    const FORM: &str = "write it as bottom-right, bottom-right:15,15,70,25 (mm) or field";
    if text == "field" {
        return Ok(Place::Field);
    }
    let (corner, numbers) = text.split_once(':').map_or((text, None), |(corner, numbers)| (corner, Some(numbers)));
    let corner = match corner {
        "top-left" => Corner::TopLeft,
        "top-right" => Corner::TopRight,
        "bottom-left" => Corner::BottomLeft,
        "bottom-right" => Corner::BottomRight,
        _ => return Err(FORM.into()),
    };
    let [x, y, width, height] = match numbers {
        None => USUAL,
        Some(numbers) => {
            let read: Result<Vec<f64>, _> = numbers.split(',').map(|number| number.trim().parse::<f64>()).collect();
            let read = read.map_err(|_| FORM)?;
            if read.iter().any(|number| !number.is_finite() || *number < 0.0) {
                return Err(FORM.into());
            }
            read.try_into().map_err(|_| FORM)?
        }
    };
    Ok(Place::On(Area { corner, x, y, width, height }))
}

impl VisibleArgs {
    /// The appearance that these options ask for.
    ///
    /// # Errors
    /// If a picture or font cannot be used.
    pub fn read(&self) -> Result<Option<Appearance>, SignError> {
        let Some(place) = self.visible else { return Ok(None) };
        let mut appearance = match place {
            Place::On(area) => Appearance::at(area),
            Place::Field => Appearance::in_field(),
        };
        if let Some(path) = &self.visible_image {
            let image = Image::from_bytes(&read_file(path, LARGEST)?);
            let failed = |source: ImageError| SignError::Image { path: path.clone(), source };
            appearance = appearance.with_image(image.map_err(failed)?);
        }
        if !self.visible_no_text {
            appearance = appearance.with_text(self.text()?);
        }
        if self.visible_frame {
            appearance = appearance.with_frame(Colour::BLACK);
        }
        Ok(Some(appearance))
    }

    fn text(&self) -> Result<TextBlock, SignError> {
        let font = match &self.visible_font {
            None => Font::japanese().map_err(|source| SignError::Font { path: None, source })?,
            Some(path) => {
                let failed = |source: FontError| SignError::Font { path: Some(path.clone()), source };
                Font::from_bytes(read_file(path, LARGEST)?).map_err(failed)?
            }
        };
        Ok(match &self.visible_text {
            Some(text) => TextBlock::new(text, font),
            None => {
                let language = match Language::of_process(None) {
                    Language::Ja => CaptionLanguage::Japanese,
                    Language::En => CaptionLanguage::English,
                };
                TextBlock::of_signature(Caption { language, zone: UtcOffset::UTC }, font)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!(place("field"), Ok(Place::Field));
        let usual = Area { corner: Corner::BottomRight, x: 15.0, y: 15.0, width: 70.0, height: 25.0 };
        assert_eq!(place("bottom-right"), Ok(Place::On(usual)));
        let own = Area { corner: Corner::TopLeft, x: 1.5, y: 2.0, width: 30.0, height: 40.0 };
        assert_eq!(place("top-left:1.5,2,30,40"), Ok(Place::On(own)));
        for wrong in ["", "middle", "top-left:1,2,3", "top-left:a,b,c,d", "top-left:-1,2,3,4", "top-left:1,2,3,nan"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
