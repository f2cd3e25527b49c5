//! Sets text into an area: lines, and the largest size at which all of them fit.

use std::ops::Range;

use super::characters::may_break;

/// Distance between two lines, in ems.
const LINE_PITCH: f64 = 1.25;
/// Widths that differ by rounding only are the same.
const TOLERANCE: f64 = 1e-6;

/// A character as it is set: one glyph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cluster {
    /// Glyph in the font.
    pub(super) glyph: u16,
    /// Width in ems.
    pub(super) advance: f64,
    /// The character, with its variation selector if it has one.
    pub(super) text: String,
}

impl Cluster {
    fn character(&self) -> char {
        self.text.chars().next().unwrap_or(' ')
    }
}

/// Text that is set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// Size in points.
    pub(super) size: f64,
    pub(super) lines: Vec<Vec<Cluster>>,
}

impl Setting {
    /// Height from the top of the first line to the bottom of the last, in points.
    pub(super) fn height(&self, em_height: f64) -> f64 {
        height(self.lines.len(), em_height) * self.size
    }

    /// Distance between two lines, in points.
    pub(super) fn pitch(&self) -> f64 {
        LINE_PITCH * self.size
    }
}

fn height(lines: usize, em_height: f64) -> f64 {
    let further = u32::try_from(lines.saturating_sub(1)).unwrap_or(u32::MAX);
    f64::from(further) * LINE_PITCH + em_height
}

/// Sets `paragraphs` as large as they fit into `width` and `height` points; sizes are tried in steps of a quarter of a point.
pub(super) fn fit(
    paragraphs: &[Vec<Cluster>],
    (width, height): (f64, f64),
    em_height: f64,
    (smallest, largest): (u16, u16),
) -> Option<Setting> {
    (smallest..=largest).rev().find_map(|quarters| {
        let size = f64::from(quarters) / 4.0;
        // Lines that cannot fit need not be made.
        if self::height(paragraphs.len(), em_height) * size > height + TOLERANCE {
            return None;
        }
        let setting = Setting { size, lines: lines(paragraphs, width / size)? };
        (setting.height(em_height) <= height + TOLERANCE).then_some(setting)
    })
}

/// Lines of at most `width` ems. `None` if a single character is wider.
fn lines(paragraphs: &[Vec<Cluster>], width: f64) -> Option<Vec<Vec<Cluster>>> {
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        for range in breaks(paragraph, width)? {
            let mut line = paragraph.get(range)?.to_vec();
            while line.last().is_some_and(|cluster| cluster.character() == ' ') {
                line.pop();
            }
            lines.push(line);
        }
    }
    Some(lines)
}

/// Where the lines of one paragraph start and end. Spaces at the end of a line hang over it.
fn breaks(paragraph: &[Cluster], width: f64) -> Option<Vec<Range<usize>>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut taken = 0.0;
    // The last place where the line may end, and what of `taken` belongs to the next line then.
    let mut place: Option<usize> = None;
    let mut after_place = 0.0;
    let mut previous: Option<char> = None;
    for (index, cluster) in paragraph.iter().enumerate() {
        let character = cluster.character();
        if let Some(previous) = previous
            && index > start
            && may_break(previous, character)
        {
            place = Some(index);
            after_place = 0.0;
        }
        taken += cluster.advance;
        after_place += cluster.advance;
        if taken > width + TOLERANCE && character != ' ' {
            if cluster.advance > width + TOLERANCE {
                return None;
            }
            // A word longer than the line is broken where the line is full.
            let (end, rest) = match place.take() {
                Some(place) if after_place <= width + TOLERANCE => (place, after_place),
                _ => (index, cluster.advance),
            };
            lines.push(start..end);
            start = end;
            taken = rest;
            after_place = rest;
        }
        previous = Some(character);
    }
    lines.push(start..paragraph.len());
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every character that is not ASCII is one em wide, every other half an em.
    fn clusters(text: &str) -> Vec<Cluster> {
        let advance = |c: char| if c.is_ascii() { 0.5 } else { 1.0 };
        text.chars().map(|c| Cluster { glyph: 1, advance: advance(c), text: c.to_string() }).collect()
    }

    fn text(line: &[Cluster]) -> String {
        line.iter().map(|cluster| cluster.text.as_str()).collect()
    }

    fn broken(source: &str, width: f64) -> Vec<String> {
        lines(&[clusters(source)], width).unwrap().iter().map(|line| text(line)).collect()
    }

    #[test]
    fn japanese_breaks_anywhere_but_before_and_after_marks() {
        assert_eq!(broken("契約書に署名する", 4.0), ["契約書に", "署名する"]);
        assert_eq!(broken("署名した契約。あと", 6.0), ["署名した契", "約。あと"]);
        assert_eq!(broken("東京都（千代田区）", 4.0), ["東京都", "（千代田", "区）"]);
        assert_eq!(broken("サーバーのデータ", 3.0), ["サー", "バーの", "データ"]);
    }

    #[test]
    fn latin_words_stay_whole_unless_they_are_longer_than_a_line() {
        assert_eq!(broken("signed by me", 4.0), ["signed", "by me"]);
        assert_eq!(broken("Signed by Hanako", 4.5), ["Signed by", "Hanako"]);
        assert_eq!(broken("incomprehensible", 4.0), ["incompre", "hensible"]);
        assert_eq!(broken("", 4.0), [""]);
    }

    #[test]
    fn the_largest_size_that_fits_is_taken() {
        let paragraphs = [clusters("契約書に署名")];
        let setting = fit(&paragraphs, (60.0, 50.0), 1.0, (16, 160)).unwrap();
        // At ten points it would be one line; 60 by 50 allow two lines of three characters at 20.
        assert_eq!((setting.size, setting.lines.len()), (20.0, 2));
        assert_eq!(fit(&paragraphs, (60.0, 10.0), 1.0, (16, 160)).unwrap().size, 10.0);
        assert_eq!(fit(&paragraphs, (60.0, 3.0), 1.0, (16, 160)), None);
        assert_eq!(fit(&paragraphs, (3.0, 600.0), 1.0, (16, 160)), None);
    }

    proptest! {
        #[test]
        fn lines_fit_keep_everything_and_obey_the_rules(
            source in "[a-c契約。、（）「」ー…ッ \\-1]{0,60}",
            width in 1_u8..20,
        ) {
            let width = f64::from(width);
            let lines = lines(&[clusters(&source)], width).unwrap();
            let visible = |text: &str| text.replace(' ', "");
            let joined: String = lines.iter().map(|line| text(line)).collect();
            prop_assert_eq!(visible(&joined), visible(&source));
            for line in &lines {
                let total: f64 = line.iter().map(|cluster| cluster.advance).sum();
                prop_assert!(total <= width + TOLERANCE, "{} is wider than {width}", text(line));
            }
            let paragraph = clusters(&source);
            let legal = |at: usize| may_break(paragraph[at - 1].character(), paragraph[at].character());
            let mut runs = vec![0.0_f64];
            for (at, cluster) in paragraph.iter().enumerate() {
                if at > 0 && legal(at) {
                    runs.push(0.0);
                }
                *runs.last_mut().unwrap() += cluster.advance;
            }
            if runs.iter().all(|run| *run <= width) {
                for range in breaks(&paragraph, width).unwrap() {
                    prop_assert!(range.start == 0 || legal(range.start), "{lines:?}");
                }
            }
        }

        #[test]
        fn what_fits_fits_in_a_larger_area_at_least_as_large(
            source in "[a-c契約。、（ ]{1,40}",
            width in 20_u16..200,
            height in 10_u16..100,
        ) {
            let paragraphs = [clusters(&source)];
            let (width, height) = (f64::from(width), f64::from(height));
            if let Some(setting) = fit(&paragraphs, (width, height), 1.0, (16, 96)) {
                prop_assert!(setting.height(1.0) <= height + TOLERANCE);
                prop_assert!((4.0..=24.0).contains(&setting.size));
                let larger = fit(&paragraphs, (width, height * 2.0), 1.0, (16, 96)).unwrap();
                prop_assert!(larger.size >= setting.size);
            }
        }
    }
}
