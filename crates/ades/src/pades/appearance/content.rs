//! Draws: the content stream of an appearance, and the resources it names. ISO 32000-2 8.4, 9.4.

use super::colour::{Colour, Profile};
use super::font::Subset;
use super::image::Image;
use super::layout::Setting;
use super::objects::{Objects, Transparency, dictionary, name, real};
use crate::pdf::object::{Dictionary, Object};

/// A rectangle in points, y upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) left: f64,
    pub(super) bottom: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Cell {
    pub(super) fn shrunk(self, by: f64) -> Self {
        let by = by.min(self.width / 8.0).min(self.height / 8.0);
        Self {
            left: self.left + by,
            bottom: self.bottom + by,
            width: self.width - 2.0 * by,
            height: self.height - 2.0 * by,
        }
    }
}

/// Operators so far, and what they refer to.
#[derive(Default)]
pub(super) struct Canvas {
    operators: Vec<u8>,
    fonts: Dictionary,
    images: Dictionary,
    /// Names given so far.
    named: usize,
}

impl Canvas {
    fn write(&mut self, operands: &[f64], operator: &str) {
        for operand in operands {
            if let Object::Real(text) = real(*operand) {
                self.operators.extend_from_slice(&text);
                self.operators.push(b' ');
            }
        }
        self.operators.extend_from_slice(operator.as_bytes());
        self.operators.push(b'\n');
    }

    fn fresh_name(&mut self, kind: char) -> String {
        self.named += 1;
        format!("{kind}{}", self.named)
    }

    /// A line around the inside of `cell`.
    pub(super) fn frame(&mut self, cell: Cell, colour: Colour) {
        const WIDTH: f64 = 0.75;
        let Cell { left, bottom, width, height } = cell.shrunk(WIDTH / 2.0);
        self.write(&[], "q");
        self.write(&[], "/RGB CS");
        self.write(&colour.components(), "SCN");
        self.write(&[WIDTH], "w");
        self.write(&[left, bottom, width, height], "re");
        self.write(&[], "S");
        self.write(&[], "Q");
    }

    /// The image in the middle of `cell`, as large as it fits.
    pub(super) fn image(&mut self, objects: &mut Objects<'_>, image: &Image, cell: Cell, transparency: Transparency) {
        let aspect = image.aspect();
        let width = cell.width.min(cell.height * aspect);
        let height = width / aspect;
        let left = cell.left + (cell.width - width) / 2.0;
        let bottom = cell.bottom + (cell.height - height) / 2.0;
        let name = self.fresh_name('I');
        self.images.set(&name, Object::Reference(objects.image(&image.raster, transparency)));
        self.write(&[], "q");
        self.write(&[width, 0.0, 0.0, height, left, bottom], "cm");
        self.write(&image.raster.orientation.matrix(), "cm");
        self.write(&[], &format!("/{name} Do"));
        self.write(&[], "Q");
    }

    /// The text at the left of `cell`, in the middle of its height. `ascent` is in ems.
    pub(super) fn text(
        &mut self,
        objects: &mut Objects<'_>,
        setting: &Setting,
        subset: &Subset,
        (em_height, ascent): (f64, f64),
        cell: Cell,
        colour: Colour,
    ) {
        let name = self.fresh_name('F');
        self.fonts.set(&name, Object::Reference(objects.font(subset)));
        let top = cell.bottom + (cell.height + setting.height(em_height)) / 2.0;
        let mut baseline = top - ascent * setting.size;
        self.write(&[], "BT");
        self.write(&[], "/RGB cs");
        self.write(&colour.components(), "scn");
        self.operators.extend_from_slice(format!("/{name} ").as_bytes());
        self.write(&[setting.size], "Tf");
        for line in &setting.lines {
            self.write(&[1.0, 0.0, 0.0, 1.0, cell.left, baseline], "Tm");
            let codes: String = line.iter().map(|cluster| format!("{:04X}", subset.code(cluster))).collect();
            self.write(&[], &format!("<{codes}> Tj"));
            baseline -= setting.pitch();
        }
        self.write(&[], "ET");
    }

    /// The operators, and the resources for them.
    pub(super) fn finish(self, objects: &mut Objects<'_>) -> (Vec<u8>, Dictionary) {
        let space = objects.colour_space(Profile::Rgb);
        let mut resources = dictionary([("ColorSpace", Object::Dictionary(dictionary([("RGB", space)])))]);
        for (key, entries) in [("Font", self.fonts), ("XObject", self.images)] {
            if entries.iter().next().is_some() {
                resources.set(key, Object::Dictionary(entries));
            }
        }
        resources.set("ProcSet", Object::Array(["PDF", "Text", "ImageC"].map(name).to_vec()));
        (self.operators, resources)
    }
}
