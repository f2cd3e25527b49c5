//! PNG: decoded, and split into colour and alpha.

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{Orientation, Raster, Samples, TOO_LARGE, require_size};
use crate::pades::appearance::ImageError;

/// Memory for decoding, besides the pixels.
const MOST_MEMORY: usize = 64 * 1024 * 1024;

pub(super) fn read(bytes: &[u8]) -> Result<Raster, ImageError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MOST_MEMORY });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(reason)?;
    let (width, height) = (header.width, header.height);
    require_size(width, height)?;
    let mut reader = decoder.read_info().map_err(reason)?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(TOO_LARGE)?];
    let frame = reader.next_frame(&mut pixels).map_err(reason)?;
    // What stands after the picture is checked as well: a file that was cut off is damaged.
    reader.finish().map_err(reason)?;
    pixels.truncate(frame.buffer_size());
    let (colour, alpha) = match frame.color_type {
        ColorType::Grayscale => (pixels.iter().flat_map(|grey| [*grey; 3]).collect(), None),
        ColorType::Rgb => (pixels, None),
        ColorType::GrayscaleAlpha => {
            let (pairs, _) = pixels.as_chunks::<2>();
            (
                pairs.iter().flat_map(|[grey, _]| [*grey; 3]).collect(),
                Some(pairs.iter().map(|[_, alpha]| *alpha).collect()),
            )
        }
        ColorType::Rgba => {
            let (quads, _) = pixels.as_chunks::<4>();
            let colour = quads.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
            (colour, Some(quads.iter().map(|[_, _, _, alpha]| *alpha).collect()))
        }
        // Palettes are expanded.
        ColorType::Indexed => return Err(ImageError::Damaged),
    };
    let alpha = alpha.filter(|alpha: &Vec<u8>| alpha.iter().any(|value| *value != 255));
    Ok(Raster { width, height, samples: Samples::Rgb { colour, alpha }, orientation: Orientation::UPRIGHT })
}

fn reason(error: DecodingError) -> ImageError {
    match error {
        DecodingError::LimitsExceeded => TOO_LARGE,
        _ => ImageError::Damaged,
    }
}
