//! What visible signatures are made of in tests: the font that ships with the crate, and images.

use ades::pades::appearance::{Appearance, Area, Corner, Font, Image, TextBlock};

/// Bytes of the font that the feature `font-jp` brings.
pub const FONT: &[u8] = include_bytes!("../../assets/fonts/BIZUDPGothic-Regular.ttf");

pub fn font() -> Font {
    Font::from_bytes(FONT).unwrap()
}

/// An area of 60 by 25 mm, 20 mm from the left and 30 mm from the bottom.
pub fn area() -> Area {
    Area { corner: Corner::BottomLeft, x: 20.0, y: 30.0, width: 60.0, height: 25.0 }
}

pub fn text(text: &str) -> Appearance {
    Appearance::at(area()).with_text(TextBlock::new(text, font()))
}

/// A PNG of these pixels.
pub fn png(width: u32, height: u32, colour: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    bytes
}

/// Colours of the quarters of [`quarters`], row by row: what is upright and not mirrored has them in this order.
pub const QUARTERS: [[u8; 3]; 4] = [[220, 0, 0], [0, 170, 0], [0, 0, 230], [200, 160, 0]];

/// An opaque picture, twice as wide as high, of four quarters in different colours.
pub fn quarters() -> Image {
    let mut pixels = Vec::new();
    for y in 0..20 {
        for x in 0..40 {
            pixels.extend_from_slice(&QUARTERS[2 * (y / 10) + x / 20]);
        }
    }
    Image::from_bytes(&png(40, 20, png::ColorType::Rgb, &pixels)).unwrap()
}

/// A red disc on nothing, with soft edges.
pub fn seal() -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..96_i32 {
        for x in 0..96_i32 {
            let distance = f64::from((2 * x - 95).pow(2) + (2 * y - 95).pow(2)).sqrt() / 2.0;
            let ring = 46.0 - (distance - 40.0).abs() * 6.0;
            let alpha = (ring * 8.0).clamp(0.0, 255.0);
            pixels.extend_from_slice(&[208, 44, 30, alpha.round() as u8]);
        }
    }
    png(96, 96, png::ColorType::Rgba, &pixels)
}
