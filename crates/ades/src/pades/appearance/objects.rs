//! The PDF objects of an appearance: form, fonts and images. ISO 32000-2 8.9, 8.10, 9.7, 9.8.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::colour::{Profile, icc_based};
use super::font::Subset;
use super::image::{Raster, Samples};
use crate::crypto::DigestAlgorithm;
use crate::pdf::object::{Dictionary, Name, Object, ObjectId};

/// Objects that are being made, with numbers from whoever makes the update.
pub(super) struct Objects<'a> {
    allocate: &'a mut dyn FnMut() -> ObjectId,
    pub(super) made: Vec<(ObjectId, Object)>,
    profiles: Vec<(Profile, ObjectId)>,
}

/// What is done with the parts of an image that can be seen through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transparency {
    /// They are blended with the page.
    Blended,
    /// PDF/A allows no blending here: what has any colour is painted as on white paper, the rest is left out.
    Stencilled,
}

pub(super) fn name(text: &str) -> Object {
    Object::Name(Name::from(text))
}

/// A dictionary of these entries.
pub(super) fn dictionary<const N: usize>(entries: [(&str, Object); N]) -> Dictionary {
    let mut dictionary = Dictionary::default();
    for (key, value) in entries {
        dictionary.set(key, value);
    }
    dictionary
}

/// A number, to a ten-thousandth.
pub(super) fn real(value: f64) -> Object {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Object::Real(if text == "-0" { b"0".to_vec() } else { text.as_bytes().to_vec() })
}

pub(super) fn reals(values: impl IntoIterator<Item = f64>) -> Object {
    Object::Array(values.into_iter().map(real).collect())
}

/// A stream with compressed data.
pub(super) fn deflated(mut dictionary: Dictionary, data: &[u8]) -> Object {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    match encoder.write_all(data).and_then(|()| encoder.finish()) {
        Ok(compressed) => {
            dictionary.set("Filter", name("FlateDecode"));
            Object::NewStream(dictionary, compressed)
        }
        // Writing into memory does not fail; if it did, the data would go as they are.
        Err(_) => Object::NewStream(dictionary, data.to_vec()),
    }
}

impl<'a> Objects<'a> {
    pub(super) fn new(allocate: &'a mut dyn FnMut() -> ObjectId) -> Self {
        Self { allocate, made: Vec::new(), profiles: Vec::new() }
    }

    pub(super) fn add(&mut self, object: Object) -> ObjectId {
        let id = (self.allocate)();
        self.made.push((id, object));
        id
    }

    fn add_reference(&mut self, object: Object) -> Object {
        Object::Reference(self.add(object))
    }

    /// The colour space of `profile`, made once.
    pub(super) fn colour_space(&mut self, profile: Profile) -> Object {
        let known = self.profiles.iter().find(|(made, _)| *made == profile).map(|(_, id)| *id);
        let id = known.unwrap_or_else(|| {
            let id = self.add(profile.stream());
            self.profiles.push((profile, id));
            id
        });
        icc_based(id)
    }

    pub(super) fn image(&mut self, raster: &Raster, transparency: Transparency) -> ObjectId {
        let sized = |space: Object, bits: i64| {
            dictionary([
                ("Type", name("XObject")),
                ("Subtype", name("Image")),
                ("Width", Object::Integer(i64::from(raster.width))),
                ("Height", Object::Integer(i64::from(raster.height))),
                ("ColorSpace", space),
                ("BitsPerComponent", Object::Integer(bits)),
            ])
        };
        match &raster.samples {
            Samples::Jpeg { data, is_grey } => {
                let profile = if *is_grey { Profile::Grey } else { Profile::Rgb };
                let mut dictionary = sized(self.colour_space(profile), 8);
                dictionary.set("Filter", name("DCTDecode"));
                self.add(Object::NewStream(dictionary, data.clone()))
            }
            Samples::Rgb { colour, alpha } => {
                let mut dictionary = sized(self.colour_space(Profile::Rgb), 8);
                match (alpha, transparency) {
                    (None, _) => self.add(deflated(dictionary, colour)),
                    (Some(alpha), Transparency::Blended) => {
                        let mask = self.add_reference(deflated(sized(name("DeviceGray"), 8), alpha));
                        dictionary.set("SMask", mask);
                        self.add(deflated(dictionary, colour))
                    }
                    (Some(alpha), Transparency::Stencilled) => {
                        let mut mask = sized(Object::Null, 1);
                        mask.remove("ColorSpace");
                        mask.set("ImageMask", Object::Boolean(true));
                        let mask = self.add_reference(deflated(mask, &stencil(alpha, raster.width)));
                        dictionary.set("Mask", mask);
                        self.add(deflated(dictionary, &on_white(colour, alpha)))
                    }
                }
            }
        }
    }

    /// The font of `subset`, for strings of two-byte codes that are glyph numbers.
    pub(super) fn font(&mut self, subset: &Subset) -> ObjectId {
        let font_name = format!("{}+{}", tag(&subset.program), subset.name);
        let mut file = Dictionary::default();
        let (file_key, kind) = if subset.true_type {
            file.set("Length1", Object::Integer(i64::try_from(subset.program.len()).unwrap_or(i64::MAX)));
            ("FontFile2", "CIDFontType2")
        } else {
            file.set("Subtype", name("CIDFontType0C"));
            ("FontFile3", "CIDFontType0")
        };
        let file = self.add_reference(deflated(file, &subset.program));
        let cid_set = self.add_reference(deflated(Dictionary::default(), &cid_set(subset.count)));
        let descriptor = self.add_reference(Object::Dictionary(dictionary([
            ("Type", name("FontDescriptor")),
            ("FontName", name(&font_name)),
            // Symbolic: its characters are not those of a standard set.
            ("Flags", Object::Integer(4)),
            ("FontBBox", reals(subset.bounds)),
            ("ItalicAngle", real(subset.italic_angle)),
            ("Ascent", real(subset.ascent)),
            ("Descent", real(subset.descent)),
            ("CapHeight", real(subset.cap_height)),
            ("StemV", Object::Integer(80)),
            (file_key, file),
            ("CIDSet", cid_set),
        ])));
        let widths = std::iter::once(subset.notdef_width).chain(subset.glyphs.iter().map(|glyph| glyph.width));
        let mut descendant = dictionary([
            ("Type", name("Font")),
            ("Subtype", name(kind)),
            ("BaseFont", name(&font_name)),
            (
                "CIDSystemInfo",
                Object::Dictionary(dictionary([
                    ("Registry", Object::String(b"Adobe".to_vec())),
                    ("Ordering", Object::String(b"Identity".to_vec())),
                    ("Supplement", Object::Integer(0)),
                ])),
            ),
            ("FontDescriptor", descriptor),
            ("W", Object::Array(vec![Object::Integer(0), reals(widths)])),
        ]);
        if subset.true_type {
            descendant.set("CIDToGIDMap", name("Identity"));
        }
        let descendant = self.add_reference(Object::Dictionary(descendant));
        let to_unicode = self.add_reference(deflated(Dictionary::default(), to_unicode(subset).as_bytes()));
        self.add(Object::Dictionary(dictionary([
            ("Type", name("Font")),
            ("Subtype", name("Type0")),
            ("BaseFont", name(&font_name)),
            ("Encoding", name("Identity-H")),
            ("DescendantFonts", Object::Array(vec![descendant])),
            ("ToUnicode", to_unicode),
        ])))
    }
}

/// Six letters that tell subsets of one font apart (9.9.2); from the content, so that the same input gives the same bytes.
fn tag(program: &[u8]) -> String {
    DigestAlgorithm::Sha256.digest(program).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

/// A bit for each glyph of the program. PDF/A wants all of them or no set at all.
fn cid_set(count: u16) -> Vec<u8> {
    let (whole, rest) = (usize::from(count / 8), count % 8);
    let mut bits = vec![0xff; whole];
    if rest > 0 {
        bits.push(!(0xff >> rest));
    }
    bits
}

/// The CMap that gives the text back. ISO 32000-2 9.10.3.
fn to_unicode(subset: &Subset) -> String {
    let mut text = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    let pairs: Vec<String> = (1_u16..)
        .zip(&subset.glyphs)
        .map(|(code, glyph)| {
            let units: String = glyph.text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
            format!("<{code:04X}> <{units}>\n")
        })
        .collect();
    // At most a hundred to a group.
    for group in pairs.chunks(100) {
        text.push_str(&format!("{} beginbfchar\n{}endbfchar\n", group.len(), group.concat()));
    }
    text.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    text
}

/// One bit for each pixel, 1 where nothing is painted; rows start with a byte of their own.
fn stencil(alpha: &[u8], width: u32) -> Vec<u8> {
    let row = usize::try_from(width).unwrap_or(usize::MAX).max(1);
    let mut bits = Vec::new();
    for row in alpha.chunks(row) {
        for eight in row.chunks(8) {
            let byte = eight
                .iter()
                .enumerate()
                .fold(0, |byte, (index, value)| if *value < BARELY_SEEN { byte | (0x80_u8 >> index) } else { byte });
            bits.push(byte);
        }
    }
    bits
}

/// Alpha below which a pixel is left out of a stencil.
const BARELY_SEEN: u8 = 8;

/// The colours as they are seen on white paper.
fn on_white(colour: &[u8], alpha: &[u8]) -> Vec<u8> {
    let (pixels, _) = colour.as_chunks::<3>();
    let blended = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
    };
    pixels.iter().zip(alpha).flat_map(|(pixel, alpha)| pixel.map(|value| blended(value, *alpha))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_of_characters_has_a_bit_for_each_glyph_and_no_more() {
        assert_eq!(cid_set(1), [0x80]);
        assert_eq!(cid_set(8), [0xff]);
        assert_eq!(cid_set(11), [0xff, 0xe0]);
    }

    #[test]
    fn a_stencil_leaves_out_what_cannot_be_seen() {
        let alpha = [255, 0, 9, 7, 255, 255, 255, 255, 0, /* row 2 */ 0, 0, 0, 0, 0, 0, 0, 0, 255];
        assert_eq!(stencil(&alpha, 9), [0b0101_0000, 0b1000_0000, 0xff, 0]);
        assert_eq!(
            on_white(&[255, 0, 0, 10, 20, 30, 0, 0, 0], &[128, 255, 0]),
            [255, 127, 127, 10, 20, 30, 255, 255, 255]
        );
    }

    #[test]
    fn numbers_are_short_and_never_in_exponents() {
        let text = |value: f64| match real(value) {
            Object::Real(text) => String::from_utf8(text).unwrap(),
            other => panic!("{other:?}"),
        };
        for (value, expected) in
            [(1.0, "1"), (-0.00001, "0"), (0.5, "0.5"), (100.0, "100"), (1e7, "10000000"), (-72.12345, "-72.1235")]
        {
            assert_eq!(text(value), expected);
        }
    }
}
