//! Images for visible signatures: PNG with transparency, and JPEG. Nothing of them is trusted, and nothing of them but the picture
//! goes into the document: a photograph's metadata may say where it was taken.

mod jpeg;
mod png;

use std::sync::Arc;

use super::ImageError;

/// Largest number of pixels; a stamp of 5 cm at 600 dpi has 1.4 million.
const MOST_PIXELS: u64 = 8_000_000;
/// Largest number of bytes of a file.
const MOST_BYTES: usize = 8 * 1024 * 1024;

const TOO_LARGE: ImageError = ImageError::TooLarge { pixels: MOST_PIXELS, bytes: MOST_BYTES };

/// A picture that was read and found sound.
#[derive(Clone)]
pub struct Image {
    pub(super) raster: Arc<Raster>,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Raster { width, height, .. } = *self.raster;
        f.debug_struct("Image").field("width", &width).field("height", &height).finish_non_exhaustive()
    }
}

impl Image {
    /// A PNG or JPEG from the bytes of its file.
    ///
    /// # Errors
    /// [`ImageError`] if it is of another format, damaged or too large.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.len() > MOST_BYTES {
            return Err(TOO_LARGE);
        }
        let raster = match bytes {
            [0x89, b'P', b'N', b'G', ..] => png::read(bytes)?,
            [0xff, 0xd8, ..] => jpeg::read(bytes)?,
            _ => return Err(ImageError::UnknownFormat),
        };
        Ok(Self { raster: Arc::new(raster) })
    }

    /// Width and height in pixels, upright.
    pub fn size(&self) -> (u32, u32) {
        let Raster { width, height, orientation, .. } = *self.raster;
        if orientation.is_sideways() { (height, width) } else { (width, height) }
    }

    /// Width for each unit of height.
    pub(super) fn aspect(&self) -> f64 {
        let (width, height) = self.size();
        f64::from(width) / f64::from(height)
    }
}

/// Pixels as they go into the document.
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) samples: Samples,
    pub(super) orientation: Orientation,
}

pub(super) enum Samples {
    /// Eight bits each of red, green and blue; and of alpha, if not everything is opaque.
    Rgb { colour: Vec<u8>, alpha: Option<Vec<u8>> },
    /// A JPEG file without metadata.
    Jpeg { data: Vec<u8>, is_grey: bool },
}

/// How the stored pixels are turned and mirrored to be upright. TIFF 6.0, tag Orientation, numbers 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    const UPRIGHT: Self = Self(1);

    fn is_sideways(self) -> bool {
        self.0 >= 5
    }

    /// From the unit square in which the stored pixels are drawn to the unit square in which they are upright.
    pub(super) fn matrix(self) -> [f64; 6] {
        match self.0 {
            2 => [-1.0, 0.0, 0.0, 1.0, 1.0, 0.0],
            3 => [-1.0, 0.0, 0.0, -1.0, 1.0, 1.0],
            4 => [1.0, 0.0, 0.0, -1.0, 0.0, 1.0],
            5 => [0.0, -1.0, -1.0, 0.0, 1.0, 1.0],
            6 => [0.0, -1.0, 1.0, 0.0, 0.0, 1.0],
            7 => [0.0, 1.0, 1.0, 0.0, 0.0, 0.0],
            8 => [0.0, 1.0, -1.0, 0.0, 1.0, 0.0],
            _ => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        }
    }
}

/// Checks the size before anything is allocated for it.
fn require_size(width: u32, height: u32) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Damaged);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS { Err(TOO_LARGE) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_formats_and_large_files_are_refused() {
        for bytes in [&b""[..], b"GIF89a", b"%PDF", &[0xff], b"\x89PN"] {
            assert_eq!(Image::from_bytes(bytes).unwrap_err(), ImageError::UnknownFormat);
        }
        assert_eq!(Image::from_bytes(&vec![0xff; MOST_BYTES + 1]).unwrap_err(), TOO_LARGE);
    }

    /// The stored corner that the EXIF standard says is seen top left: (right, bottom) of the stored picture.
    #[test]
    fn every_orientation_puts_its_first_row_where_the_standard_says() {
        // For each number: where row 0 and column 0 of the stored pixels are seen.
        for (number, row, column) in [
            (1, "top", "left"),
            (2, "top", "right"),
            (3, "bottom", "right"),
            (4, "bottom", "left"),
            (5, "left", "top"),
            (6, "right", "top"),
            (7, "right", "bottom"),
            (8, "left", "bottom"),
        ] {
            let [a, b, c, d, e, f] = Orientation(number).matrix();
            let seen = |x: f64, y: f64| (a * x + c * y + e, b * x + d * y + f);
            // The middle of the top edge and of the left edge of the stored picture, in PDF's direction of y.
            for ((x, y), edge) in [(seen(0.5, 1.0), row), (seen(0.0, 0.5), column)] {
                let expected = match edge {
                    "top" => (0.5, 1.0),
                    "bottom" => (0.5, 0.0),
                    "left" => (0.0, 0.5),
                    _ => (1.0, 0.5),
                };
                assert_eq!((x, y), expected, "orientation {number}");
            }
        }
    }
}
