//! The few DER encodings that a certification request needs. X.690 8 and 10.1.

pub(crate) const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// One element: tag, shortest length, the parts as content.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 10);
    out.push(tag);
    let bytes = length.to_be_bytes();
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let significant = bytes.get(zeros..).unwrap_or_default();
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(0));
            out.extend_from_slice(significant);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// A bit string of whole bytes.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], bytes])
}

/// Whether `bytes` are one `Name`: a sequence of sets of (type, value) pairs, with nothing behind it. RFC 5280 4.1.2.4.
pub(crate) fn is_name(bytes: &[u8]) -> bool {
    fn read_name(bytes: &[u8]) -> Option<()> {
        let (mut names, rest) = read(bytes, SEQUENCE)?;
        if !rest.is_empty() {
            return None;
        }
        while !names.is_empty() {
            let (mut pairs, rest) = read(names, SET)?;
            names = rest;
            if pairs.is_empty() {
                return None;
            }
            while !pairs.is_empty() {
                let (pair, rest) = read(pairs, SEQUENCE)?;
                pairs = rest;
                let (_, value) = read(pair, OBJECT_IDENTIFIER)?;
                let (_, rest) = read(value, *value.first()?)?;
                if !rest.is_empty() {
                    return None;
                }
            }
        }
        Some(())
    }
    bytes.len() <= 4096 && read_name(bytes).is_some()
}

/// Splits off one element with this tag: its content and what follows. Lengths up to two bytes, shortest form only.
fn read(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first != tag {
        return None;
    }
    let (&length, rest) = rest.split_first()?;
    match length {
        0..=0x7f => rest.split_at_checked(length.into()),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            if length < 0x80 {
                return None;
            }
            rest.split_at_checked(length.into())
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let length = u16::from_be_bytes(*length);
            if length < 0x100 {
                return None;
            }
            rest.split_at_checked(length.into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(element(0x04, &[&[7; 3]]), [0x04, 3, 7, 7, 7]);
        assert_eq!(element(0x04, &[&[0; 0x7f]])[..2], [0x04, 0x7f]);
        assert_eq!(element(0x04, &[&[0; 0x80]])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(element(0x04, &[&[0; 0x100]])[..4], [0x04, 0x82, 1, 0]);
    }

    #[test]
    fn names_are_told_from_other_bytes() {
        let common_name = element(SEQUENCE, &[&[0x06, 3, 0x55, 4, 3], &[0x0c, 1, b'A']]);
        let name = element(SEQUENCE, &[&element(SET, &[&common_name])]);
        assert!(is_name(&name));
        assert!(is_name(&[SEQUENCE, 0]));
        assert!(!is_name(&[]));
        assert!(!is_name(&name[1..]));
        assert!(!is_name(&[name.clone(), vec![0]].concat()));
        assert!(!is_name(&element(SEQUENCE, &[&element(SET, &[])])));
        assert!(!is_name(&element(SET, &[&common_name])));
    }

    proptest! {
        #[test]
        fn reading_never_fails_hard(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            is_name(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(content in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let written = element(SEQUENCE, &[&content]);
            prop_assert_eq!(read(&written, SEQUENCE), Some((&content[..], &[][..])));
        }
    }
}
