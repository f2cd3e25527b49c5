//! Images of visible signatures: every kind that cameras and drawing programs write, and what is refused.

mod support;

use ades::AdesLevel;
use ades::pades::appearance::{Appearance, Area, Corner, Image, ImageError};
use support::pdf::{Layout, Pdf};
use support::{Bench, judges, stamp};

/// 64 by 48 pixels with four quarters in the colours of `stamp::QUARTERS`.
const BASELINE: &[u8] = include_bytes!("data/baseline.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("data/progressive.jpg");
const GREY: &[u8] = include_bytes!("data/grey.jpg");
const CMYK: &[u8] = include_bytes!("data/cmyk.jpg");
/// The same picture stored on its side, as a telephone does, with a place and a comment in its metadata.
const TURNED: &[u8] = include_bytes!("data/turned.jpg");

/// The page as poppler shows it, 300 by 200 points, with `image` over nearly all of it.
fn seen(image: &Image) -> Option<Vec<[u8; 3]>> {
    let mut pdf = Pdf::plain();
    pdf.set(3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 70 54] >>");
    let mm = 25.4 / 72.0;
    let area = Area { corner: Corner::TopLeft, x: 0.0, y: 0.0, width: 70.0 * mm, height: 54.0 * mm };
    let bench = Bench::new();
    let parameters = bench.parameters(AdesLevel::B).with_appearance(Appearance::at(area).with_image(image.clone()));
    let signed = bench.sign_with(&pdf.build(Layout::Classic), &parameters);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    #[allow(clippy::disallowed_methods, reason = "judges read files")]
    std::fs::write(&path, signed).unwrap();
    let (width, height, pixels) = judges::poppler(&path, 1, 72)?;
    assert_eq!((width, height), (70, 54));
    Some(pixels.chunks(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect())
}

fn assert_quarters(what: &str, image: &Image, expected: [[u8; 3]; 4]) {
    let Some(pixels) = seen(image) else { return };
    for ((x, y), colour) in [(19, 15), (51, 15), (19, 39), (51, 39)].into_iter().zip(expected) {
        let found = pixels[y * 70 + x];
        assert!(found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 16), "{what}: {found:?} is not {colour:?}");
    }
}

#[test]
fn jpegs_of_every_kind_are_seen_as_they_were_made() {
    for (what, bytes) in [("baseline", BASELINE), ("progressive", PROGRESSIVE), ("turned", TURNED)] {
        let image = Image::from_bytes(bytes).unwrap();
        assert_eq!(image.size(), (64, 48), "{what}");
        assert_quarters(what, &image, stamp::QUARTERS);
    }
    let grey = stamp::QUARTERS.map(|[r, g, b]| {
        let luma = (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1000;
        [luma as u8; 3]
    });
    assert_quarters("grey", &Image::from_bytes(GREY).unwrap(), grey);
    assert_quarters("cmyk", &Image::from_bytes(CMYK).unwrap(), stamp::QUARTERS);
}

#[test]
fn nothing_but_the_picture_goes_into_the_document() {
    let bench = Bench::new();
    let image = Image::from_bytes(TURNED).unwrap();
    let parameters = bench.parameters(AdesLevel::B).with_appearance(Appearance::at(stamp::area()).with_image(image));
    let signed = bench.sign_with(&Pdf::plain().build(Layout::Classic), &parameters);
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    for secret in [&b"SECRET-PLACE"[..], b"SECRET-COMMENT", b"Exif"] {
        assert!(has(TURNED, secret), "the test image has it");
        assert!(!has(&signed, secret), "{}", secret.escape_ascii());
    }
    assert!(has(&signed, b"/DCTDecode"));
}

#[test]
fn pngs_of_every_kind_are_seen_as_they_were_made() {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    let picture = |colour, pixel: fn(usize) -> Vec<u8>| {
        let quarter = |at: usize| 2 * (at / 64 / 24) + at % 64 / 32;
        let pixels: Vec<u8> = (0..64 * 48).flat_map(|at| pixel(quarter(at))).collect();
        Image::from_bytes(&stamp::png(64, 48, colour, &pixels)).unwrap()
    };
    const Q: [[u8; 3]; 4] = stamp::QUARTERS;
    assert_quarters("rgb", &picture(Rgb, |q| Q[q].to_vec()), Q);
    assert_quarters("grey", &picture(Grayscale, |q| vec![60 * q as u8]), [0, 60, 120, 180].map(|grey| [grey; 3]));
    // Opaque, half seen, hardly seen, not seen, on white.
    let alpha = [255, 128, 10, 0];
    let red = |alpha: u8| [255, 255 - alpha, 255 - alpha];
    assert_quarters("alpha", &picture(Rgba, |q| vec![255, 0, 0, [255, 128, 10, 0][q]]), alpha.map(red));
    let black = |alpha: u8| [255 - alpha; 3];
    assert_quarters("grey with alpha", &picture(GrayscaleAlpha, |q| vec![0, [255, 128, 10, 0][q]]), alpha.map(black));
}

#[test]
fn damaged_images_are_refused() {
    let png = stamp::seal();
    for bytes in [BASELINE, PROGRESSIVE, GREY, CMYK, &png] {
        assert!(Image::from_bytes(bytes).is_ok());
        for length in [3, 20, bytes.len() / 2, bytes.len() - 1] {
            let error = Image::from_bytes(&bytes[..length]).unwrap_err();
            assert!(matches!(error, ImageError::Damaged | ImageError::UnknownFormat), "{length}: {error}");
        }
    }
    let mut altered = png.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    assert_eq!(Image::from_bytes(&altered).unwrap_err(), ImageError::Damaged);
}

#[test]
fn jpegs_that_a_pdf_cannot_hold_are_refused_by_name() {
    let start = BASELINE.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    for (marker, kind) in [(0xc3, "lossless"), (0xc9, "arithmetic"), (0xcf, "lossless")] {
        let mut other = BASELINE.to_vec();
        other[start + 1] = marker;
        let message = Image::from_bytes(&other).unwrap_err().to_string();
        assert!(message.contains(kind), "{marker:x}: {message}");
    }
    let mut deep = BASELINE.to_vec();
    deep[start + 4] = 12;
    assert!(Image::from_bytes(&deep).unwrap_err().to_string().contains("more than 8 bits"));
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    // A head that says 60,000 by 60,000, and nothing behind it.
    let mut head = stamp::png(1, 1, png::ColorType::Grayscale, &[0]);
    head[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let crc = crc32(&head[12..29]);
    head[29..33].copy_from_slice(&crc.to_be_bytes());
    assert!(matches!(Image::from_bytes(&head), Err(ImageError::TooLarge { .. })));
    let start = BASELINE.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut large = BASELINE.to_vec();
    large[start + 5..start + 9].copy_from_slice(&[0xff; 4]);
    assert!(matches!(Image::from_bytes(&large), Err(ImageError::TooLarge { .. })));
    let mut empty = BASELINE.to_vec();
    empty[start + 5..start + 7].copy_from_slice(&[0; 2]);
    assert_eq!(Image::from_bytes(&empty).unwrap_err(), ImageError::Damaged);
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
