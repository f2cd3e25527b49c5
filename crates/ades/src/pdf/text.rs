//! Text strings and dates. ISO 32000-2 7.9.2, 7.9.4.

use crate::calendar::{Civil, Digits};

/// A text string: plain ASCII as it is, everything else in UTF-16BE with its mark.
pub(crate) fn encode(text: &str) -> Vec<u8> {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return text.as_bytes().to_vec();
    }
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    bytes
}

/// Text of a text string. What cannot be decoded becomes a replacement character.
pub(crate) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        other => other.iter().map(|byte| pdf_doc(*byte)).collect(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// PDFDocEncoding, ISO 32000-2 D.3: Latin-1 but for these.
fn pdf_doc(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const PUNCTUATION: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł',
        'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    let special = match byte {
        0x18..=0x1f => ACCENTS.get(usize::from(byte - 0x18)),
        0x80..=0xa0 => PUNCTUATION.get(usize::from(byte - 0x80)),
        _ => None,
    };
    special.copied().unwrap_or(char::from(byte))
}

/// The byte of a character in PDFDocEncoding.
pub(crate) fn to_pdf_doc(character: char) -> Option<u8> {
    (0..=u8::MAX).find(|byte| pdf_doc(*byte) == character && character != '\u{fffd}')
}

/// A date in UTC; `None` after the year 9999.
pub(crate) fn date(unix: u64) -> Option<String> {
    let civil = Civil::from_unix(unix);
    let Civil { year, month, day, hour, minute, second } = civil;
    (year <= 9_999).then(|| format!("D:{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}+00'00'"))
}

/// Unix seconds of a date; parts that are left out have their default.
pub(crate) fn parse_date(bytes: &[u8]) -> Option<u64> {
    let text = decode(bytes);
    let text = text.strip_prefix("D:").unwrap_or(&text);
    let mut digits = Digits(text.as_bytes());
    let year = digits.take(4)?;
    let mut part = |default| digits.take(2).unwrap_or(default);
    let civil = Civil { year, month: part(1), day: part(1), hour: part(0), minute: part(0), second: part(0) };
    let local = civil.to_unix()?;
    let Some((sign, zone)) = digits.0.split_first() else {
        return Some(local);
    };
    let mut zone = Digits(zone);
    let hours = zone.take(2).unwrap_or(0);
    if let Some((b'\'', rest)) = zone.0.split_first() {
        zone.0 = rest;
    }
    let minutes = zone.take(2).unwrap_or(0);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = hours * 3_600 + minutes * 60;
    match sign {
        b'+' => Some(local.saturating_sub(offset)),
        b'-' => Some(local + offset),
        b'Z' => Some(local),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn japanese_text_is_written_in_utf16() {
        assert_eq!(encode("契約"), [0xfe, 0xff, 0x59, 0x51, 0x7d, 0x04]);
        assert_eq!(encode("Tokyo"), b"Tokyo");
        // ISO 8859-1 would be read as PDFDocEncoding, where some bytes differ: never write it.
        assert_eq!(encode("é"), [0xfe, 0xff, 0x00, 0xe9]);
    }

    #[test]
    fn other_encodings_are_read() {
        assert_eq!(decode(b"\xef\xbb\xbf\xe6\x9d\xb1"), "東");
        assert_eq!(decode(b"\xff\xfe\x71\x67"), "東");
        assert_eq!(decode(b"\xa0 \x84 \xe9"), "€ — é");
    }

    #[test]
    fn dates_are_read_with_their_zone() {
        assert_eq!(date(1_709_208_000).as_deref(), Some("D:20240229120000+00'00'"));
        assert_eq!(parse_date(b"D:20240229210000+09'00'"), Some(1_709_208_000));
        assert_eq!(parse_date(b"D:20240229040000-08'00"), Some(1_709_208_000));
        assert_eq!(parse_date(b"D:20240229120000Z"), Some(1_709_208_000));
        assert_eq!(parse_date(b"D:2024"), Some(1_704_067_200));
        for bad in [&b""[..], b"D:", b"D:20241399", b"D:20240229120000?"] {
            assert_eq!(parse_date(bad), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in "\\PC{0,40}") {
            prop_assert_eq!(decode(&encode(&text)), text);
        }

        #[test]
        fn any_bytes_are_a_date_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..32)) {
            let _ = parse_date(&bytes);
        }

        #[test]
        fn any_time_is_read_back(unix in 0_u64..253_402_300_800) {
            let written = date(unix).unwrap();
            prop_assert_eq!(parse_date(written.as_bytes()), Some(unix));
        }
    }
}
