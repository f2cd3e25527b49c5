//! JPEG: goes into the document as it is, without its metadata. ITU-T T.81; ISO 32000-2 7.4.8.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Orientation, Raster, Samples, require_size};
use crate::pades::appearance::ImageError;

/// A progressive file is decoded once for each scan; ordinary ones have ten.
const MOST_SCANS: usize = 64;

pub(super) fn read(bytes: &[u8]) -> Result<Raster, ImageError> {
    let segments = Segments::read(bytes)?;
    let Frame { width, height, components } = segments.frame;
    require_size(width, height)?;
    // The whole picture is decoded: what a reader cannot show must not be signed.
    let rgb = decode(bytes, components)?;
    let samples = if components == 4 {
        // Colours of a printing press would need its profile.
        Samples::Rgb { colour: rgb, alpha: None }
    } else {
        Samples::Jpeg { data: segments.kept, is_grey: components == 1 }
    };
    Ok(Raster { width, height, samples, orientation: segments.orientation })
}

fn decode(bytes: &[u8], components: u8) -> Result<Vec<u8>, ImageError> {
    let colours = if components == 1 { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = DecoderOptions::new_safe()
        .set_strict_mode(true)
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(colours);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode().map_err(|_| ImageError::Damaged)
}

struct Frame {
    width: u32,
    height: u32,
    components: u8,
}

/// What stands before the compressed data.
struct Segments {
    frame: Frame,
    orientation: Orientation,
    /// The file without metadata.
    kept: Vec<u8>,
}

impl Segments {
    fn read(bytes: &[u8]) -> Result<Self, ImageError> {
        let mut rest = bytes.get(2..).ok_or(ImageError::Damaged)?;
        let mut kept = vec![0xff, 0xd8];
        let mut frame = None;
        let mut orientation = Orientation::UPRIGHT;
        loop {
            let (marker, body, after) = segment(rest).ok_or(ImageError::Damaged)?;
            let whole = rest.get(..rest.len() - after.len()).unwrap_or_default();
            match marker {
                // JFIF, and Adobe's word on the colour transform.
                0xe0 | 0xee => kept.extend_from_slice(whole),
                0xe1 => {
                    if let Some(found) = exif_orientation(body) {
                        orientation = found;
                    }
                }
                0xe2..=0xed | 0xef | 0xfe => {}
                0xc0..=0xc2 => {
                    kept.extend_from_slice(whole);
                    if frame.replace(read_frame(body)?).is_some() {
                        return Err(ImageError::Damaged);
                    }
                }
                0xc3 | 0xc5..=0xc7 | 0xcb | 0xcd..=0xcf => {
                    return Err(ImageError::JpegUnsupported { kind: "lossless or hierarchical" });
                }
                0xc9 | 0xca | 0xcc => return Err(ImageError::JpegUnsupported { kind: "arithmetic coding" }),
                0xda => {
                    let frame = frame.ok_or(ImageError::Damaged)?;
                    kept.extend_from_slice(rest.get(..scans(rest).ok_or(ImageError::Damaged)?).unwrap_or_default());
                    return Ok(Self { frame, orientation, kept });
                }
                _ => kept.extend_from_slice(whole),
            }
            rest = after;
        }
    }
}

/// The next marker with its content, and what follows.
fn segment(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [0xff, marker, high, low, ..] = bytes else {
        return None;
    };
    // Fill bytes and markers without content have no place before the data.
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let body = bytes.get(4..2_usize.checked_add(length)?)?;
    (*marker >= 0xc0 && !matches!(*marker, 0xd0..=0xd9)).then_some((*marker, body, bytes.get(2 + length..)?))
}

/// Length up to the end of the picture; programs append other things to it.
fn scans(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let next = bytes.get(at..)?.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xcf | 0xd8..=0xfe]))?;
        at += next;
        if bytes.get(at + 1) == Some(&0xd9) {
            return Some(at + 2);
        }
        let (_, _, after) = segment(bytes.get(at..)?)?;
        at = bytes.len() - after.len();
    }
}

fn read_frame(body: &[u8]) -> Result<Frame, ImageError> {
    let [precision, h1, h0, w1, w0, components, ..] = *body else {
        return Err(ImageError::Damaged);
    };
    if precision != 8 {
        return Err(ImageError::JpegUnsupported { kind: "more than 8 bits" });
    }
    if !matches!(components, 1 | 3 | 4) {
        return Err(ImageError::JpegUnsupported { kind: "unusual number of colours" });
    }
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    Ok(Frame { width: u32::from(width), height: u32::from(height), components })
}

/// The tag Orientation of the first directory. Exif 2.3, 4.5.4 and 4.6.4.
fn exif_orientation(body: &[u8]) -> Option<Orientation> {
    let tiff = body.strip_prefix(b"Exif\0\0")?;
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let two = |at: usize| -> Option<u16> {
        let pair = *tiff.get(at..)?.first_chunk::<2>()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let four = |at: usize| -> Option<u32> {
        let quad = *tiff.get(at..)?.first_chunk::<4>()?;
        Some(if little { u32::from_le_bytes(quad) } else { u32::from_be_bytes(quad) })
    };
    let directory = usize::try_from(four(4)?).ok()?;
    for entry in 0..usize::from(two(directory)?) {
        let at = directory.checked_add(2 + 12 * entry)?;
        if two(at)? == 0x112 {
            let value = u8::try_from(two(at.checked_add(8)?)?).ok()?;
            return (1..=8).contains(&value).then_some(Orientation(value));
        }
    }
    None
}
