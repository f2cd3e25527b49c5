//! The text of a visible signature.

use super::{AppearanceError, Colour, Font};
use crate::calendar::Civil;

/// More characters than anybody reads in a stamp.
pub(super) const MOST_CHARACTERS: usize = 2_000;

/// A block of text, set as large as it fits.
#[derive(Debug, Clone)]
pub struct TextBlock {
    pub(super) source: TextSource,
    pub(super) font: Font,
    pub(super) colour: Colour,
    /// In quarters of a point.
    pub(super) sizes: (u16, u16),
}

#[derive(Debug, Clone)]
pub(super) enum TextSource {
    Fixed(String),
    Signature(Caption),
}

impl TextBlock {
    /// This text; a line break starts a new line.
    pub fn new(text: impl Into<String>, font: Font) -> Self {
        Self::of(TextSource::Fixed(text.into()), font)
    }

    /// Signer, reason, place and claimed time, as they stand in the signature itself.
    pub fn of_signature(caption: Caption, font: Font) -> Self {
        Self::of(TextSource::Signature(caption), font)
    }

    fn of(source: TextSource, font: Font) -> Self {
        Self { source, font, colour: Colour::BLACK, sizes: (4 * 4, 16 * 4) }
    }

    /// Smallest and largest size in whole points; the largest at which the text fits is taken. From 4 to 16 unless told.
    #[must_use]
    pub fn with_sizes(mut self, smallest: u8, largest: u8) -> Self {
        let smallest = smallest.max(1);
        self.sizes = (u16::from(smallest) * 4, u16::from(largest.max(smallest)) * 4);
        self
    }

    /// Colour of the letters; black unless told.
    #[must_use]
    pub fn with_colour(mut self, colour: Colour) -> Self {
        self.colour = colour;
        self
    }
}

/// How the entries of the signature are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caption {
    /// Language of the labels.
    pub language: Language,
    /// Time zone in which the claimed time is shown.
    pub zone: UtcOffset,
}

/// Language of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// 日本語.
    Japanese,
    /// English.
    English,
}

/// Difference of a time zone from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UtcOffset {
    minutes: i16,
}

impl UtcOffset {
    /// UTC itself.
    pub const UTC: Self = Self { minutes: 0 };

    /// East of Greenwich is positive; `None` beyond 18 hours.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (minutes.unsigned_abs() <= 18 * 60).then_some(Self { minutes })
    }
}

/// What a signature says about itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Details<'a> {
    pub(crate) signer: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
    pub(crate) location: Option<&'a str>,
    pub(crate) claimed_time: u64,
}

impl TextSource {
    pub(super) fn text(&self, details: &Details<'_>) -> Result<String, AppearanceError> {
        match self {
            Self::Fixed(text) => Ok(text.clone()),
            Self::Signature(caption) => caption.text(details),
        }
    }
}

impl Caption {
    /// One line for each entry that there is. The time is labelled as what it is: claimed.
    fn text(self, details: &Details<'_>) -> Result<String, AppearanceError> {
        let (signer, reason, location, time, colon) = match self.language {
            Language::Japanese => ("署名者", "理由", "場所", "署名日時（署名者の申告）", "："),
            Language::English => ("Signed by", "Reason", "Location", "Time claimed by the signer", ": "),
        };
        let mut lines = Vec::new();
        for (label, value) in [(signer, details.signer), (reason, details.reason), (location, details.location)] {
            if let Some(value) = value {
                lines.push(format!("{label}{colon}{value}"));
            }
        }
        lines.push(format!("{time}{colon}{}", self.time(details.claimed_time)?));
        Ok(lines.join("\n"))
    }

    fn time(self, unix: u64) -> Result<String, AppearanceError> {
        let UtcOffset { minutes } = self.zone;
        let local = unix.checked_add_signed(i64::from(minutes) * 60).ok_or(AppearanceError::TimeOutOfRange)?;
        let Civil { year, month, day, hour, minute, second } = Civil::from_unix(local);
        if year > 9_999 {
            return Err(AppearanceError::TimeOutOfRange);
        }
        let (sign, offset) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
        let zone = if minutes == 0 { "UTC".to_owned() } else { format!("{sign}{:02}:{:02}", offset / 60, offset % 60) };
        Ok(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} {zone}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DETAILS: Details<'_> = Details {
        signer: Some("山田 花子"),
        reason: Some("承認"),
        location: None,
        // 2026-01-02 03:04:05 UTC.
        claimed_time: 1_767_323_045,
    };

    fn caption(language: Language, minutes: i16) -> Caption {
        Caption { language, zone: UtcOffset::from_minutes(minutes).unwrap() }
    }

    #[test]
    fn the_claimed_time_is_local_and_says_that_it_is_claimed() {
        let text = caption(Language::Japanese, 540).text(&DETAILS).unwrap();
        assert_eq!(text, "署名者：山田 花子\n理由：承認\n署名日時（署名者の申告）：2026-01-02 12:04:05 +09:00");
        let text = caption(Language::English, -210).text(&DETAILS).unwrap();
        assert!(text.ends_with("\nTime claimed by the signer: 2026-01-01 23:34:05 -03:30"), "{text}");
        let text = caption(Language::English, 0).text(&DETAILS).unwrap();
        assert!(text.ends_with("2026-01-02 03:04:05 UTC"), "{text}");
    }

    #[test]
    fn times_outside_the_calendar_are_refused() {
        let at = |claimed_time, minutes| caption(Language::English, minutes).text(&Details { claimed_time, ..DETAILS });
        assert_eq!(at(10, -60), Err(AppearanceError::TimeOutOfRange));
        assert_eq!(at(253_402_300_799, 60), Err(AppearanceError::TimeOutOfRange));
        assert_eq!(at(u64::MAX, 0), Err(AppearanceError::TimeOutOfRange));
        assert!(at(253_402_300_799, 0).is_ok());
        assert_eq!(UtcOffset::from_minutes(1_081), None);
    }
}
