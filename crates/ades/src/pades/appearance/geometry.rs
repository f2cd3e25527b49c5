//! From a place on the page as the reader sees it to user space. ISO 32000-2 8.3.2, 14.11.2, table 31 (Rotate, UserUnit).

use super::AppearanceError;

const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// A hundredth of a millimetre: what reaches over the edge by less does so by rounding.
const TOLERANCE: f64 = 0.01 * POINTS_PER_MM;
/// Width and height below which nothing can be seen.
const LEAST: f64 = POINTS_PER_MM;

/// A corner of the page as the reader sees it: turned as the page says, and cropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Corner {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    #[default]
    BottomLeft,
    /// Bottom right.
    BottomRight,
}

/// An area on a page, in millimetres on paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// The corner of the page from which is measured.
    pub corner: Corner,
    /// Distance from the edge that goes up or down from the corner.
    pub x: f64,
    /// Distance from the edge that goes left or right from the corner.
    pub y: f64,
    /// Width as the reader sees it.
    pub width: f64,
    /// Height as the reader sees it.
    pub height: f64,
}

/// How a page is turned when it is shown, clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Rotation {
    pub(crate) fn from_degrees(degrees: i64) -> Option<Self> {
        match degrees.rem_euclid(360) {
            0 => Some(Self::None),
            90 => Some(Self::Quarter),
            180 => Some(Self::Half),
            270 => Some(Self::ThreeQuarters),
            _ => None,
        }
    }

    pub(crate) fn degrees(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }

    /// Whether width and height change places.
    fn is_sideways(self) -> bool {
        matches!(self, Self::Quarter | Self::ThreeQuarters)
    }
}

/// What of a page decides where things on it are seen. Boxes are left, bottom, right, top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PageGeometry {
    pub(crate) rotation: Rotation,
    /// What is shown, within the media box.
    pub(crate) view: [f64; 4],
    /// Points in one unit of user space.
    pub(crate) user_unit: f64,
}

/// Where an appearance goes, and how it is turned so that the reader sees it upright.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// In user space.
    pub(crate) rect: [f64; 4],
    /// Width and height as the reader sees them, in points on paper.
    pub(crate) size: (f64, f64),
    /// From the upright appearance to the direction of user space.
    pub(crate) matrix: [f64; 6],
    pub(crate) rotation: Rotation,
}

impl PageGeometry {
    /// `media` and `crop` may have their corners in any order; a crop box that shows nothing is as good as none.
    pub(crate) fn new(rotation: Rotation, media: [f64; 4], crop: Option<[f64; 4]>, user_unit: f64) -> Option<Self> {
        let media = normal(media);
        let crop = normal(crop.unwrap_or(media));
        let [left, bottom, right, top] = crop;
        let [l, b, r, t] = media;
        let cropped = [left.max(l), bottom.max(b), right.min(r), top.min(t)];
        let view = [cropped, media].into_iter().find(|view| is_area(*view))?;
        let usable = (0.01..=10_000.0).contains(&user_unit) && view.iter().all(|value| value.abs() < 1e7);
        usable.then_some(Self { rotation, view, user_unit })
    }

    /// Width and height as the reader sees them, in points on paper.
    fn size(&self) -> (f64, f64) {
        let [left, bottom, right, top] = self.view;
        let (width, height) = ((right - left) * self.user_unit, (top - bottom) * self.user_unit);
        if self.rotation.is_sideways() { (height, width) } else { (width, height) }
    }

    /// The place of `area` on this page.
    pub(crate) fn place(&self, area: &Area) -> Result<Placed, AppearanceError> {
        let (page_width, page_height) = self.size();
        let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(|mm| mm * POINTS_PER_MM);
        // Not a number is no size either.
        if !(width >= LEAST - TOLERANCE && height >= LEAST - TOLERANCE) {
            return Err(AppearanceError::AreaTooSmall);
        }
        let left = match area.corner {
            Corner::TopLeft | Corner::BottomLeft => x,
            Corner::TopRight | Corner::BottomRight => page_width - x - width,
        };
        let bottom = match area.corner {
            Corner::BottomLeft | Corner::BottomRight => y,
            Corner::TopLeft | Corner::TopRight => page_height - y - height,
        };
        let inside = left >= -TOLERANCE
            && bottom >= -TOLERANCE
            && left + width <= page_width + TOLERANCE
            && bottom + height <= page_height + TOLERANCE;
        if !inside {
            let (width, height) = (page_width / POINTS_PER_MM, page_height / POINTS_PER_MM);
            return Err(AppearanceError::OutsidePage { width, height });
        }
        let (x0, y0) = self.user_space(left, bottom);
        let (x1, y1) = self.user_space(left + width, bottom + height);
        Ok(self.placed(normal([x0, y0, x1, y1])))
    }

    /// The place of a rectangle that is given in user space.
    pub(crate) fn place_rectangle(&self, rect: [f64; 4]) -> Result<Placed, AppearanceError> {
        let placed = self.placed(normal(rect));
        let (width, height) = placed.size;
        if width >= LEAST && height >= LEAST && rect.iter().all(|value| value.abs() < 1e7) {
            Ok(placed)
        } else {
            Err(AppearanceError::NoRectangle)
        }
    }

    fn placed(&self, rect: [f64; 4]) -> Placed {
        let [left, bottom, right, top] = rect;
        let (w, h) = ((right - left) * self.user_unit, (top - bottom) * self.user_unit);
        let (width, height) = if self.rotation.is_sideways() { (h, w) } else { (w, h) };
        // Turned against the page, and moved so that the lower left corner is at the origin.
        let matrix = match self.rotation {
            Rotation::None => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            Rotation::Quarter => [0.0, 1.0, -1.0, 0.0, height, 0.0],
            Rotation::Half => [-1.0, 0.0, 0.0, -1.0, width, height],
            Rotation::ThreeQuarters => [0.0, -1.0, 1.0, 0.0, 0.0, width],
        };
        Placed { rect, size: (width, height), matrix, rotation: self.rotation }
    }

    /// A point that the reader sees `right` of and `up` from the lower left corner, in points on paper.
    fn user_space(&self, right: f64, up: f64) -> (f64, f64) {
        let [x0, y0, x1, y1] = self.view;
        let (right, up) = (right / self.user_unit, up / self.user_unit);
        match self.rotation {
            Rotation::None => (x0 + right, y0 + up),
            Rotation::Quarter => (x1 - up, y0 + right),
            Rotation::Half => (x1 - right, y1 - up),
            Rotation::ThreeQuarters => (x0 + up, y1 - right),
        }
    }
}

fn normal([x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
    [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
}

fn is_area([left, bottom, right, top]: [f64; 4]) -> bool {
    right - left > 0.0 && top - bottom > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A4: [f64; 4] = [0.0, 0.0, 595.276, 841.89];
    const INCH: f64 = 25.4;

    fn page(degrees: i64, crop: Option<[f64; 4]>, user_unit: f64) -> PageGeometry {
        PageGeometry::new(Rotation::from_degrees(degrees).unwrap(), A4, crop, user_unit).unwrap()
    }

    fn area(corner: Corner) -> Area {
        Area { corner, x: INCH, y: 2.0 * INCH, width: 3.0 * INCH, height: INCH }
    }

    fn rounded(rect: [f64; 4]) -> [f64; 4] {
        rect.map(|value| (value * 1000.0).round() / 1000.0)
    }

    #[test]
    fn an_area_is_measured_from_the_corner_that_the_reader_sees() {
        for (degrees, corner, expected) in [
            (0, Corner::BottomLeft, [72.0, 144.0, 288.0, 216.0]),
            (0, Corner::TopLeft, [72.0, 625.89, 288.0, 697.89]),
            (0, Corner::TopRight, [307.276, 625.89, 523.276, 697.89]),
            (0, Corner::BottomRight, [307.276, 144.0, 523.276, 216.0]),
            (90, Corner::TopLeft, [144.0, 72.0, 216.0, 288.0]),
            (90, Corner::BottomLeft, [379.276, 72.0, 451.276, 288.0]),
            (180, Corner::TopRight, [72.0, 144.0, 288.0, 216.0]),
            (270, Corner::BottomRight, [144.0, 72.0, 216.0, 288.0]),
            (-90, Corner::BottomRight, [144.0, 72.0, 216.0, 288.0]),
            (450, Corner::TopLeft, [144.0, 72.0, 216.0, 288.0]),
        ] {
            let placed = page(degrees, None, 1.0).place(&area(corner)).unwrap();
            assert_eq!(rounded(placed.rect), expected, "{degrees} {corner:?}");
            assert_eq!((placed.size.0.round(), placed.size.1.round()), (216.0, 72.0));
        }
    }

    #[test]
    fn millimetres_are_those_of_the_paper_whatever_the_unit() {
        let placed = page(0, Some([100.0, 200.0, 500.0, 800.0]), 2.0).place(&area(Corner::BottomLeft)).unwrap();
        assert_eq!(rounded(placed.rect), [136.0, 272.0, 244.0, 308.0]);
        assert_eq!(placed.size.0.round(), 216.0);
    }

    #[test]
    fn an_area_that_cannot_be_seen_is_refused() {
        let page = page(90, Some([0.0, 0.0, 72.0, 144.0]), 1.0);
        let small = Area { corner: Corner::BottomLeft, x: 0.0, y: 0.0, width: 2.0 * INCH, height: INCH };
        assert!(page.place(&small).is_ok());
        for area in [
            Area { x: 0.1, ..small },
            Area { y: 0.1, ..small },
            Area { x: -0.1, ..small },
            Area { width: INCH, height: 2.0 * INCH, ..small },
            Area { x: f64::NAN, ..small },
        ] {
            let error = page.place(&area).unwrap_err();
            assert!(error.to_string().contains("50.8 mm wide and 25.4 mm high"), "{error}");
        }
        for area in [Area { width: 0.9, ..small }, Area { height: -5.0, ..small }, Area { width: f64::NAN, ..small }] {
            assert_eq!(page.place(&area), Err(AppearanceError::AreaTooSmall));
        }
    }

    #[test]
    fn damaged_boxes_are_put_right_or_refused() {
        let new = |media, crop, unit| PageGeometry::new(Rotation::None, media, crop, unit);
        assert_eq!(new([100.0, 200.0, 0.0, 0.0], None, 1.0).unwrap().view, [0.0, 0.0, 100.0, 200.0]);
        let outside = Some([300.0, 300.0, 400.0, 400.0]);
        assert_eq!(new([0.0, 0.0, 100.0, 200.0], outside, 1.0).unwrap().view, [0.0, 0.0, 100.0, 200.0]);
        let larger = Some([-10.0, 50.0, 400.0, 400.0]);
        assert_eq!(new([0.0, 0.0, 100.0, 200.0], larger, 1.0).unwrap().view, [0.0, 50.0, 100.0, 200.0]);
        assert_eq!(new([0.0, 0.0, 0.0, 200.0], None, 1.0), None);
        assert_eq!(new(A4, None, 0.0), None);
        assert_eq!(new(A4, None, f64::NAN), None);
        assert_eq!(new([0.0, 0.0, f64::INFINITY, 10.0], None, 1.0), None);
        assert_eq!(Rotation::from_degrees(45), None);
    }

    proptest! {
        #[test]
        fn what_is_placed_lies_in_the_view_and_keeps_its_size(
            quarter in 0_i64..4, unit in 0.5_f64..10.0, x in 0.0_f64..20.0, y in 0.0_f64..20.0, corner in 0_usize..4,
        ) {
            let page = page(quarter * 90, Some([50.0, 60.0, 450.0, 700.0]), unit);
            let corner = [Corner::TopLeft, Corner::TopRight, Corner::BottomLeft, Corner::BottomRight][corner];
            let area = Area { corner, x, y, width: 30.0, height: 10.0 };
            let placed = page.place(&area).unwrap();
            let [l, b, r, t] = placed.rect;
            prop_assert!(l >= 49.99 && b >= 59.99 && r <= 450.01 && t <= 700.01, "{:?}", placed);
            prop_assert!((placed.size.0 - 30.0 * POINTS_PER_MM).abs() < 1e-6);
            prop_assert!((placed.size.1 - 10.0 * POINTS_PER_MM).abs() < 1e-6);
            // The matrix puts the appearance's box at the origin, with the proportions of the rectangle.
            let [a, b, c, d, e, f] = placed.matrix;
            let (w, h) = placed.size;
            let corners = [(0.0, 0.0), (w, h)].map(|(x, y)| (a * x + c * y + e, b * x + d * y + f));
            let [left, bottom, right, top] = normal([corners[0].0, corners[0].1, corners[1].0, corners[1].1]);
            prop_assert!(left.abs() < 1e-9 && bottom.abs() < 1e-9);
            prop_assert!((right - (placed.rect[2] - placed.rect[0]) * unit).abs() < 1e-6);
            prop_assert!((top - (placed.rect[3] - placed.rect[1]) * unit).abs() < 1e-6);
        }
    }
}
