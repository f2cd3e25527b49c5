//! Times, sizes and fingerprints as people read them. Every time shows its zone.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset, Weekday};

use super::Language;

/// The zone of all times on the pages: Japan Standard Time.
const ZONE: UtcOffset = match UtcOffset::from_hms(9, 0, 0) {
    Ok(zone) => zone,
    Err(_) => UtcOffset::UTC,
};

/// A point in time for a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// For the `datetime` attribute.
    pub machine: String,
    /// For people.
    pub text: String,
}

impl Language {
    /// Date and time to the second, with weekday and zone.
    pub fn moment(self, unix: u64) -> Moment {
        let Some(at) = local(unix) else {
            return self.unknown_moment();
        };
        let (date, clock) = (self.date_text(at, true), clock(at));
        let text = match self {
            Self::Ja => format!("{date}{clock} JST"),
            Self::En => format!("{date}, {clock} JST"),
        };
        Moment { machine: machine(at), text }
    }

    /// The date alone.
    pub fn date(self, unix: u64) -> Moment {
        let Some(at) = local(unix) else {
            return self.unknown_moment();
        };
        Moment { machine: at.date().to_string(), text: self.date_text(at, false) }
    }

    /// A size in bytes: three figures are enough.
    pub fn size(self, bytes: u64) -> String {
        const KIB: u64 = 1024;
        match bytes {
            0..KIB => format!("{bytes} B"),
            KIB..1_048_576 => format!("{} KiB", bytes.div_ceil(KIB)),
            _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        }
    }

    /// A limit in bytes, to the byte: a rounded one would refuse what it promises.
    pub fn limit(self, bytes: u64) -> String {
        const MIB: u64 = 1_048_576;
        const KIB: u64 = 1024;
        match bytes {
            bytes if bytes >= MIB && bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
            bytes if bytes >= KIB && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
            _ => format!("{bytes} B"),
        }
    }

    fn date_text(self, at: OffsetDateTime, with_day: bool) -> String {
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        match (self, with_day) {
            (Self::Ja, true) => format!("{year}年{month}月{day}日（{}）", japanese_day(at.weekday())),
            (Self::Ja, false) => format!("{year}年{month}月{day}日"),
            (Self::En, true) => format!("{} {day} {} {year}", english_day(at.weekday()), at.month()),
            (Self::En, false) => format!("{day} {} {year}", at.month()),
        }
    }

    fn unknown_moment(self) -> Moment {
        Moment { machine: String::new(), text: "–".to_owned() }
    }
}

fn local(unix: u64) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(unix).ok()?;
    Some(OffsetDateTime::from_unix_timestamp(seconds).ok()?.to_offset(ZONE))
}

fn machine(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn clock(at: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

fn japanese_day(day: Weekday) -> char {
    match day {
        Weekday::Monday => '月',
        Weekday::Tuesday => '火',
        Weekday::Wednesday => '水',
        Weekday::Thursday => '木',
        Weekday::Friday => '金',
        Weekday::Saturday => '土',
        Weekday::Sunday => '日',
    }
}

fn english_day(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

/// A hash as groups of four hexadecimal figures; people compare the first two groups and the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The first two groups.
    pub head: String,
    /// What is between.
    pub middle: String,
    /// The last group.
    pub tail: String,
    /// All of it without spaces.
    pub plain: String,
}

impl Fingerprint {
    /// Groups the bytes of a hash.
    pub fn of(hash: &[u8]) -> Self {
        let groups: Vec<String> =
            hash.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        let plain = groups.concat();
        match groups.as_slice() {
            [first, second, middle @ .., last] => {
                Self { head: format!("{first} {second}"), middle: middle.join(" "), tail: last.clone(), plain }
            }
            short => Self { head: short.join(" "), middle: String::new(), tail: String::new(), plain },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_shows_its_zone_and_weekday_in_both_languages() {
        let unix = 1_795_239_441; // 2026-11-21T05:37:21Z
        assert_eq!(Language::Ja.moment(unix).text, "2026年11月21日（土）14:37:21 JST");
        assert_eq!(Language::En.moment(unix).text, "Sat 21 November 2026, 14:37:21 JST");
        assert_eq!(Language::Ja.moment(unix).machine, "2026-11-21T14:37:21+09:00");
        assert_eq!(Language::En.date(unix).text, "21 November 2026");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_a_dash_and_no_panic() {
        assert_eq!(Language::Ja.moment(u64::MAX).text, "–");
        assert_eq!(Language::En.date(u64::MAX).text, "–");
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!(Language::Ja.size(17), "17 B");
        assert_eq!(Language::Ja.size(185_600), "182 KiB");
        assert_eq!(Language::En.size(3 * 1_048_576 + 300_000), "3.3 MiB");
    }

    #[test]
    fn a_fingerprint_is_grouped_by_four() {
        let print = Fingerprint::of(&[0xcc, 0x83, 0x21, 0xd6, 0x37, 0x5c, 0x49, 0x4d]);
        assert_eq!((print.head.as_str(), print.middle.as_str(), print.tail.as_str()), ("cc83 21d6", "375c", "494d"));
        assert_eq!(print.plain, "cc8321d6375c494d");
        assert_eq!(Fingerprint::of(&[]).plain, "");
    }
}
