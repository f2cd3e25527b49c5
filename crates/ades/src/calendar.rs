//! Converts between Unix seconds and calendar dates in UTC (proleptic Gregorian), for ASN.1 times and PDF dates.

use crate::asn1::{GENERALIZED_TIME, Malformed, Tlv, UTC_TIME};

const DAY: u64 = 86_400;

/// A calendar date and time in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
}

impl Civil {
    pub(crate) fn from_unix(seconds: u64) -> Self {
        // Counts in eras of 400 years from 0000-03-01, so that the leap day is the last day of a year.
        let days = seconds / DAY + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let of_day = seconds % DAY;
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    /// Unix seconds; `None` if this is no date. Before 1970 it is 0.
    pub(crate) fn to_unix(self) -> Option<u64> {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let month_length = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        // A leap second is written 60 and counted as the second after.
        if self.year > 9_999
            || self.day == 0
            || self.day > month_length
            || self.hour > 23
            || self.minute > 59
            || self.second > 60
        {
            return None;
        }
        let year = self.year + 400 - u64::from(self.month <= 2);
        let era = year / 400;
        let year_of_era = year % 400;
        let shifted_month = (self.month + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era;
        let Some(days) = days.checked_sub(719_468 + 146_097) else {
            return Some(0);
        };
        Some(days * DAY + self.hour * 3_600 + self.minute * 60 + self.second)
    }
}

/// UTCTime or GeneralizedTime as Unix seconds; fractions of a second are cut off.
pub(crate) fn asn1_time(element: &Tlv<'_>) -> Result<u64, Malformed> {
    let malformed = Malformed("a time");
    let text = std::str::from_utf8(element.value).map_err(|_| malformed)?;
    let text = text.strip_suffix('Z').ok_or(malformed)?;
    let (year_digits, century) = match element.tag {
        UTC_TIME => (2, true),
        GENERALIZED_TIME => (4, false),
        _ => return Err(malformed),
    };
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    if fraction.is_some_and(|digits| century || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())) {
        return Err(malformed);
    }
    // UTCTime without seconds is not DER, but old certificates have it.
    let whole = if century && whole.len() == 10 { format!("{whole}00") } else { whole.to_owned() };
    let mut digits = Digits(whole.as_bytes());
    let mut year = digits.take(year_digits).ok_or(malformed)?;
    if century {
        year += if year < 50 { 2_000 } else { 1_900 };
    }
    let civil = Civil {
        year,
        month: digits.take(2).ok_or(malformed)?,
        day: digits.take(2).ok_or(malformed)?,
        hour: digits.take(2).ok_or(malformed)?,
        minute: digits.take(2).ok_or(malformed)?,
        second: digits.take(2).ok_or(malformed)?,
    };
    if !digits.0.is_empty() {
        return Err(malformed);
    }
    civil.to_unix().ok_or(malformed)
}

/// Takes decimal numbers of fixed width from the front of a text.
pub(crate) struct Digits<'a>(pub(crate) &'a [u8]);

impl Digits<'_> {
    pub(crate) fn take(&mut self, width: usize) -> Option<u64> {
        let (front, rest) = self.0.split_at_checked(width)?;
        let mut value = 0;
        for byte in front {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u64::from(byte - b'0');
        }
        self.0 = rest;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(tag: u8, text: &str) -> Result<u64, Malformed> {
        asn1_time(&Tlv { tag, raw: &[], value: text.as_bytes() })
    }

    #[test]
    fn known_times_are_read() {
        assert_eq!(time(UTC_TIME, "700101000000Z"), Ok(0));
        assert_eq!(time(UTC_TIME, "491231235959Z"), Ok(2_524_607_999));
        assert_eq!(time(UTC_TIME, "5001010000Z"), Ok(0));
        assert_eq!(time(GENERALIZED_TIME, "20240229120000Z"), Ok(1_709_208_000));
        assert_eq!(time(GENERALIZED_TIME, "20240229120000.125Z"), Ok(1_709_208_000));
        assert_eq!(time(GENERALIZED_TIME, "99991231235959Z"), Ok(253_402_300_799));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "20230229000000Z",
            "20241301000000Z",
            "20240100000000Z",
            "20240101240000Z",
            "20240101000000",
            "2024",
            "20240101000000.Z",
        ] {
            assert!(time(GENERALIZED_TIME, text).is_err(), "{text}");
        }
        assert!(time(UTC_TIME, "240101000000.5Z").is_err());
    }

    proptest! {
        #[test]
        fn conversion_goes_both_ways(seconds in 0_u64..253_402_300_800) {
            prop_assert_eq!(Civil::from_unix(seconds).to_unix(), Some(seconds));
        }
    }
}
