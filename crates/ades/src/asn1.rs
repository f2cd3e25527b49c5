//! Reads and writes DER by tag, length and value, so that foreign bytes are kept and never re-encoded. X.690.

use crate::Oid;
use crate::calendar::Civil;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Levels of indefinite lengths inside each other.
const MAX_DEPTH: usize = 32;

/// Tag octet of a constructed context-specific element.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Tag octet of a primitive context-specific element.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// The bytes are not the ASN.1 structure that was expected; says which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// One element: its whole encoding and its content octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) raw: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Parses exactly one element of the given tag; nothing may follow.
    pub(crate) fn parse(bytes: &'a [u8], tag: u8, what: &'static str) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let element = reader.expect(tag, what)?;
        reader.finish(what)?;
        Ok(element)
    }

    /// Reader over the content octets.
    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    pub(crate) fn oid(&self, what: &'static str) -> Result<Oid, Malformed> {
        if self.tag != OBJECT_IDENTIFIER {
            return Err(Malformed(what));
        }
        Oid::from_bytes(self.value).map_err(|_| Malformed(what))
    }

    /// Value of a non-negative INTEGER that fits 64 bits.
    pub(crate) fn unsigned(&self, what: &'static str) -> Result<u64, Malformed> {
        let digits = match self.value {
            [] => return Err(Malformed(what)),
            [first, ..] if first & 0x80 != 0 => return Err(Malformed(what)),
            [0, rest @ ..] => rest,
            all => all,
        };
        if digits.len() > 8 {
            return Err(Malformed(what));
        }
        Ok(digits.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }
}

/// Reads elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Next element of any tag. Lengths may be longer than DER has them, and indefinite: others write their envelopes so (X.690
    /// 8.1.3), and what is hashed or signed is taken as it stands in any case.
    pub(crate) fn read(&mut self, what: &'static str) -> Result<Tlv<'a>, Malformed> {
        self.read_nested(what, 0)
    }

    fn read_nested(&mut self, what: &'static str, depth: usize) -> Result<Tlv<'a>, Malformed> {
        let all = self.rest;
        let (&tag, after_tag) = all.split_first().ok_or(Malformed(what))?;
        if tag & 0x1f == 0x1f || depth > MAX_DEPTH {
            return Err(Malformed(what));
        }
        let (&first, after_length) = after_tag.split_first().ok_or(Malformed(what))?;
        let (value, rest) = match first {
            0..0x80 => after_length.split_at_checked(usize::from(first)).ok_or(Malformed(what))?,
            0x80 if tag & 0x20 != 0 => {
                let mut inner = Self { rest: after_length };
                while !inner.rest.starts_with(&[0, 0]) {
                    inner.read_nested(what, depth + 1)?;
                }
                let value = after_length.get(..after_length.len() - inner.rest.len()).ok_or(Malformed(what))?;
                (value, inner.rest.get(2..).ok_or(Malformed(what))?)
            }
            _ => {
                let count = usize::from(first & 0x7f);
                if count == 0 || count > 4 {
                    return Err(Malformed(what));
                }
                let (digits, content) = after_length.split_at_checked(count).ok_or(Malformed(what))?;
                let length = digits.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
                let length = usize::try_from(length).map_err(|_| Malformed(what))?;
                content.split_at_checked(length).ok_or(Malformed(what))?
            }
        };
        let raw = all.get(..all.len() - rest.len()).ok_or(Malformed(what))?;
        self.rest = rest;
        Ok(Tlv { tag, raw, value })
    }

    pub(crate) fn expect(&mut self, tag: u8, what: &'static str) -> Result<Tlv<'a>, Malformed> {
        let element = self.read(what)?;
        if element.tag == tag { Ok(element) } else { Err(Malformed(what)) }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8, what: &'static str) -> Result<Option<Tlv<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.read(what).map(Some) } else { Ok(None) }
    }

    pub(crate) fn finish(&self, what: &'static str) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed(what)) }
    }
}

/// Tag and definite length before `length` content octets.
pub(crate) fn head(tag: u8, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(10);
    push_head(&mut out, tag, length);
    out
}

fn push_head(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let digits = length.to_be_bytes();
            let zeros = digits.iter().take_while(|byte| **byte == 0).count();
            let significant = digits.get(zeros..).unwrap_or_default();
            // A usize has at most eight octets, so the count always fits.
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend_from_slice(significant);
        }
    }
}

/// Encodes one element whose content is the concatenation of `parts`.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    push_head(&mut out, tag, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

/// SET OF under `tag`, its members in DER order (X.690 11.6).
pub(crate) fn set_of(tag: u8, mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort();
    let parts: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
}

pub(crate) fn oid(oid: &Oid) -> Vec<u8> {
    tlv(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

pub(crate) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, &[bytes])
}

pub(crate) fn null() -> Vec<u8> {
    vec![0x05, 0x00]
}

/// Time as RFC 5280 4.1.2.5 and RFC 5652 11.3 have it: UTCTime up to 2049, GeneralizedTime from 2050 on.
pub(crate) fn time(unix: u64) -> Vec<u8> {
    let Civil { year, month, day, hour, minute, second } = Civil::from_unix(unix);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if (1_950..2_050).contains(&year) {
        tlv(UTC_TIME, &[format!("{:02}{rest}", year % 100).as_bytes()])
    } else {
        tlv(GENERALIZED_TIME, &[format!("{year:04}{rest}").as_bytes()])
    }
}

/// INTEGER from an unsigned big-endian number of any length.
pub(crate) fn unsigned(big_endian: &[u8]) -> Vec<u8> {
    let start = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
    let digits = big_endian.get(start..).unwrap_or_default();
    match digits.first() {
        None => tlv(INTEGER, &[&[0]]),
        Some(first) if first & 0x80 != 0 => tlv(INTEGER, &[&[0], digits]),
        Some(_) => tlv(INTEGER, &[digits]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_lengths_are_written_and_read_back() {
        for length in [0_usize, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7_u8; length];
            let encoded = octet_string(&content);
            let element = Tlv::parse(&encoded, OCTET_STRING, "test").unwrap();
            assert_eq!(element.value, content);
            assert_eq!(element.raw, encoded);
        }
    }

    #[test]
    fn unsigned_integers_have_no_sign_bit_and_no_leading_zeros() {
        assert_eq!(unsigned(&[0, 0]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn indefinite_lengths_end_at_their_own_end() {
        let bytes = [0x30, 0x80, 0x30, 0x80, 2, 1, 5, 0, 0, 4, 2, 0, 0, 0, 0, 9];
        let mut reader = Reader::new(&bytes);
        let outer = reader.read("test").unwrap();
        assert_eq!(outer.value, &bytes[2..13]);
        assert_eq!(outer.raw, &bytes[..15]);
        assert_eq!(reader.rest(), [9]);
        let mut inner = outer.reader();
        assert_eq!(inner.read("test").unwrap().value, [2, 1, 5]);
        assert_eq!(inner.read("test").unwrap().value, [0, 0]);
        assert!(inner.is_empty());
    }

    #[test]
    fn endless_and_oversized_lengths_are_refused() {
        let deep = [0x30, 0x80].repeat(1_000);
        for bytes in [
            &deep[..],
            &[0x30, 0x80, 0],
            &[0x04, 0x80, 0, 0],
            &[0x30, 0x85, 1, 0, 0, 0, 0],
            &[0x30, 5, 0],
            &[0x1f, 0x1f, 0],
            &[0x30],
            &[],
        ] {
            assert!(Reader::new(bytes).read("test").is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            let mut total = 0;
            while let Ok(element) = reader.read("test") {
                total += element.raw.len();
            }
            prop_assert_eq!(total + reader.rest().len(), bytes.len());
        }
    }
}
