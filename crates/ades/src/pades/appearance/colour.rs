//! Colours, in colour spaces of their own: what a document says about its device colours (or PDF/A forbids) does not matter then.

use crate::pdf::object::{Dictionary, Name, Object};

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Colour {
    /// Black.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0 };
    /// The red of ink pads.
    pub const VERMILION: Self = Self { red: 0xd0, green: 0x2c, blue: 0x1e };

    /// Components from 0 to 1.
    pub(super) fn components(self) -> [f64; 3] {
        [self.red, self.green, self.blue].map(|value| f64::from(value) / 255.0)
    }
}

/// A colour space that is described by an ICC profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// sRGB.
    Rgb,
    /// The grey axis of sRGB.
    Grey,
}

impl Profile {
    /// The profile's stream.
    pub(super) fn stream(self) -> Object {
        let (components, data): (i64, &[u8]) = match self {
            Self::Rgb => (3, include_bytes!("../../../assets/colour/srgb.icc")),
            Self::Grey => (1, include_bytes!("../../../assets/colour/grey.icc")),
        };
        let mut dictionary = Dictionary::default();
        dictionary.set("N", Object::Integer(components));
        super::objects::deflated(dictionary, data)
    }
}

/// The colour space of a profile that is object `id`.
pub(super) fn icc_based(id: crate::pdf::object::ObjectId) -> Object {
    Object::Array(vec![Object::Name(Name::from("ICCBased")), Object::Reference(id)])
}
