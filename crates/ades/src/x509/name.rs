//! Distinguished names and their text form. RFC 5280 4.1.2.4; RFC 4514 2.

use std::fmt::{self, Write as _};

use super::CertificateError;
use crate::Oid;
use crate::asn1::{self, Malformed, Reader, SEQUENCE, SET, Tlv};

const WHAT: &str = "a distinguished name";

/// A name as it stands in a certificate. `==` compares byte by byte, [`matches`](Self::matches) as RFC 5280 7.1 does; `Display` is the
/// RFC 4514 text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
}

impl DistinguishedName {
    /// Keeps a DER `Name` after reading it through once.
    ///
    /// # Errors
    /// If the bytes are no name.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let name = Self { der: der.to_vec() };
        name.parts()?;
        Ok(name)
    }

    /// The DER encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it is the same name, whatever the string types, the case and the number of spaces. RFC 5280 7.1.
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der || self.comparison_key() == other.comparison_key()
    }

    /// Bytes that are equal for names that match.
    pub(crate) fn comparison_key(&self) -> Vec<u8> {
        let relative_names = self.parts().unwrap_or_default();
        let mut key = Vec::with_capacity(self.der.len());
        for parts in relative_names {
            // The members of a SET have no order of their own.
            let mut members: Vec<Vec<u8>> = parts.iter().map(part_key).collect();
            members.sort();
            key.extend(asn1::tlv(SET, &members.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        }
        key
    }

    /// Common name, as text.
    pub fn common_name(&self) -> Option<String> {
        self.attribute(&Oid::new_unwrap("2.5.4.3"))
    }

    /// Organization name, as text.
    pub fn organization(&self) -> Option<String> {
        self.attribute(&Oid::new_unwrap("2.5.4.10"))
    }

    /// The last value of this attribute type, if it is a text.
    pub fn attribute(&self, oid: &Oid) -> Option<String> {
        let parts = self.parts().ok()?;
        parts.iter().flatten().rfind(|part| part.oid == *oid).and_then(|part| text(&part.value))
    }

    /// Relative distinguished names in order of encoding, each with its attributes.
    fn parts(&self) -> Result<Vec<Vec<Part<'_>>>, Malformed> {
        let mut names = Tlv::parse(&self.der, SEQUENCE, WHAT)?.reader();
        let mut relative_names = Vec::new();
        while !names.is_empty() {
            let mut attributes = names.expect(SET, WHAT)?.reader();
            let mut parts = Vec::new();
            while !attributes.is_empty() {
                let mut attribute: Reader<'_> = attributes.expect(SEQUENCE, WHAT)?.reader();
                parts.push(Part { oid: attribute.read(WHAT)?.oid(WHAT)?, value: attribute.read(WHAT)? });
                attribute.finish(WHAT)?;
            }
            relative_names.push(parts);
        }
        Ok(relative_names)
    }
}

struct Part<'a> {
    oid: Oid,
    value: Tlv<'a>,
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relative_names = self.parts().unwrap_or_default();
        // RFC 4514 2.1: the text starts with the last element.
        for (index, parts) in relative_names.iter().rev().enumerate() {
            if index > 0 {
                formatter.write_char(',')?;
            }
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    formatter.write_char('+')?;
                }
                write_part(formatter, part)?;
            }
        }
        Ok(())
    }
}

/// One attribute: its type, then its text without differences that do not matter, or its encoding if it is no text.
fn part_key(part: &Part<'_>) -> Vec<u8> {
    let value = match text(&part.value) {
        Some(text) => {
            let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
            asn1::octet_string(words.join(" ").as_bytes())
        }
        None => part.value.raw.to_vec(),
    };
    asn1::sequence(&[&asn1::oid(&part.oid), &value])
}

fn write_part(formatter: &mut fmt::Formatter<'_>, part: &Part<'_>) -> fmt::Result {
    match (keyword(&part.oid), text(&part.value)) {
        (Some(keyword), Some(value)) => {
            write!(formatter, "{keyword}=")?;
            write_escaped(formatter, &value)
        }
        // RFC 4514 2.4: a type without a keyword takes the hexadecimal form of the BER encoding.
        (keyword, _) => {
            match keyword {
                Some(keyword) => formatter.write_str(keyword)?,
                None => write!(formatter, "{}", part.oid)?,
            }
            formatter.write_str("=#")?;
            part.value.raw.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
        }
    }
}

/// RFC 4514 2.4; control characters are escaped too, so that a name cannot break a line.
fn write_escaped(formatter: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(formatter, "\\{character}")?,
            ' ' if index == 0 || index == last => formatter.write_str("\\ ")?,
            '#' if index == 0 => formatter.write_str("\\#")?,
            control if control.is_control() => {
                let mut buffer = [0; 4];
                for byte in control.encode_utf8(&mut buffer).bytes() {
                    write!(formatter, "\\{byte:02X}")?;
                }
            }
            other => formatter.write_char(other)?,
        }
    }
    Ok(())
}

/// Keywords of RFC 4514 2.3, and those that every tool writes beside them.
fn keyword(oid: &Oid) -> Option<&'static str> {
    const KEYWORDS: [(Oid, &str); 16] = [
        (Oid::new_unwrap("2.5.4.3"), "CN"),
        (Oid::new_unwrap("2.5.4.7"), "L"),
        (Oid::new_unwrap("2.5.4.8"), "ST"),
        (Oid::new_unwrap("2.5.4.10"), "O"),
        (Oid::new_unwrap("2.5.4.11"), "OU"),
        (Oid::new_unwrap("2.5.4.6"), "C"),
        (Oid::new_unwrap("2.5.4.9"), "STREET"),
        (Oid::new_unwrap("0.9.2342.19200300.100.1.25"), "DC"),
        (Oid::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
        (Oid::new_unwrap("2.5.4.4"), "SN"),
        (Oid::new_unwrap("2.5.4.42"), "GN"),
        (Oid::new_unwrap("2.5.4.5"), "serialNumber"),
        (Oid::new_unwrap("2.5.4.12"), "title"),
        (Oid::new_unwrap("2.5.4.97"), "organizationIdentifier"),
        (Oid::new_unwrap("2.5.4.65"), "pseudonym"),
        (Oid::new_unwrap("1.2.840.113549.1.9.1"), "emailAddress"),
    ];
    KEYWORDS.iter().find(|(known, _)| known == oid).map(|(_, keyword)| *keyword)
}

/// Text of a string type; `None` for other types and for bytes that are not what the tag says.
fn text(value: &Tlv<'_>) -> Option<String> {
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => std::str::from_utf8(value.value).ok().map(str::to_owned),
        // TeletexString: in practice Latin-1
        0x14 => Some(value.value.iter().map(|byte| char::from(*byte)).collect()),
        // BMPString
        0x1e => {
            let (pairs, rest) = value.value.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[(&str, u8, &[u8])]) -> DistinguishedName {
        let relative: Vec<Vec<u8>> = parts
            .iter()
            .map(|(oid, tag, value)| {
                let value = asn1::tlv(*tag, &[value]);
                asn1::tlv(SET, &[&asn1::sequence(&[&asn1::oid(&Oid::new_unwrap(oid)), &value])])
            })
            .collect();
        let parts: Vec<&[u8]> = relative.iter().map(Vec::as_slice).collect();
        DistinguishedName::from_der(&asn1::sequence(&parts)).unwrap()
    }

    #[test]
    fn the_last_element_comes_first_in_the_text() {
        let name = name(&[("2.5.4.6", 0x13, b"JP"), ("2.5.4.10", 0x0c, "楽観".as_bytes()), ("2.5.4.3", 0x0c, b"Sato")]);
        assert_eq!(name.to_string(), "CN=Sato,O=楽観,C=JP");
        assert_eq!(name.common_name().as_deref(), Some("Sato"));
        assert_eq!(name.organization().as_deref(), Some("楽観"));
    }

    #[test]
    fn special_characters_are_escaped() {
        // Examples of RFC 4514 4 and a line break.
        let name = name(&[("2.5.4.3", 0x0c, b" James \"Jim\" Smith, III\n "), ("2.5.4.11", 0x0c, b"#1+2")]);
        assert_eq!(name.to_string(), "OU=\\#1\\+2,CN=\\ James \\\"Jim\\\" Smith\\, III\\0A\\ ");
    }

    #[test]
    fn unknown_types_are_shown_as_hexadecimal() {
        let name = name(&[("1.3.6.1.4.1.1466.0", 0x04, b"Hi")]);
        assert_eq!(name.to_string(), "1.3.6.1.4.1.1466.0=#04024869");
    }

    #[test]
    fn bmp_strings_are_decoded() {
        assert_eq!(name(&[("2.5.4.3", 0x1e, &[0x67, 0x71])]).to_string(), "CN=東");
        assert_eq!(name(&[("2.5.4.3", 0x1e, &[0x67])]).to_string(), "CN=#1e0167");
    }

    #[test]
    fn names_match_whatever_their_string_types_case_and_spaces() {
        let plain = name(&[("2.5.4.6", 0x13, b"JP"), ("2.5.4.3", 0x13, b"Good CA")]);
        let other = name(&[("2.5.4.6", 0x13, b"jp"), ("2.5.4.3", 0x0c, b" good   ca ")]);
        assert!(plain.matches(&other) && plain != other);
        for different in [
            name(&[("2.5.4.6", 0x13, b"JP"), ("2.5.4.3", 0x13, b"GoodCA")]),
            name(&[("2.5.4.3", 0x13, b"Good CA"), ("2.5.4.6", 0x13, b"JP")]),
            name(&[("2.5.4.6", 0x13, b"JP")]),
            name(&[("2.5.4.6", 0x04, b"JP"), ("2.5.4.3", 0x13, b"Good CA")]),
        ] {
            assert!(!plain.matches(&different), "{different}");
        }
    }

    #[test]
    fn bytes_that_are_no_name_are_refused() {
        for bytes in [&[][..], &[0x30, 1], &[0x30, 2, 0x30, 0], &[0x31, 0]] {
            assert!(DistinguishedName::from_der(bytes).is_err());
        }
    }
}
