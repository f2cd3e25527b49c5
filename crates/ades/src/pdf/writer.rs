//! Writes objects. ISO 32000-2 7.3.

use super::cursor::{is_delimiter, is_space};
use super::object::{Dictionary, Name, Object, ObjectId};

/// Appends the object's text to `out`.
pub(crate) fn write_object(out: &mut Vec<u8>, object: &Object) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Real(text) => out.extend_from_slice(text),
        Object::String(bytes) => write_string(out, bytes),
        Object::Name(name) => write_name(out, name),
        Object::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write_object(out, item);
            }
            out.push(b']');
        }
        // An update never writes a stream of the document again, only what refers to it.
        Object::Dictionary(dictionary) => write_dictionary(out, dictionary),
        Object::Stream(stream) => write_dictionary(out, &stream.dictionary),
        Object::NewStream(dictionary, data) => write_stream(out, dictionary.clone(), data),
        Object::Reference(ObjectId { number, generation }) => {
            out.extend_from_slice(format!("{number} {generation} R").as_bytes());
        }
    }
}

pub(crate) fn write_dictionary(out: &mut Vec<u8>, dictionary: &Dictionary) {
    out.extend_from_slice(b"<<");
    for (key, value) in dictionary.iter() {
        write_name(out, key);
        out.push(b' ');
        write_object(out, value);
        out.push(b'\n');
    }
    out.extend_from_slice(b">>");
}

/// 7.3.8.1: Length counts the data alone, not the end of line that closes them.
fn write_stream(out: &mut Vec<u8>, mut dictionary: Dictionary, data: &[u8]) {
    dictionary.set("Length", Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX)));
    write_dictionary(out, &dictionary);
    out.extend_from_slice(b"\nstream\n");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
}

pub(crate) fn write_name(out: &mut Vec<u8>, name: &Name) {
    out.push(b'/');
    for byte in &name.0 {
        if is_space(*byte) || is_delimiter(*byte) || *byte == b'#' || !byte.is_ascii_graphic() {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        } else {
            out.push(*byte);
        }
    }
}

/// Printable text as a literal, everything else in hexadecimal.
pub(crate) fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.iter().all(|byte| matches!(byte, 0x20..=0x7e)) {
        out.push(b'(');
        for byte in bytes {
            if matches!(byte, b'(' | b')' | b'\\') {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        out.push(b')');
    } else {
        out.push(b'<');
        write_hexadecimal(out, bytes);
        out.push(b'>');
    }
}

pub(crate) fn write_hexadecimal(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or(b'0');
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::object::Stream;
    use crate::pdf::parser::Parser;
    use proptest::prelude::*;

    fn written(object: &Object) -> Vec<u8> {
        let mut out = Vec::new();
        write_object(&mut out, object);
        out
    }

    fn parsed(bytes: &[u8]) -> Result<Object, crate::pdf::PdfError> {
        Parser::new(&bytes, 0).object()
    }

    #[test]
    fn names_with_special_bytes_are_escaped() {
        let name = Object::Name(Name(b"A#/ \xe6".to_vec()));
        assert_eq!(written(&name), b"/A#23#2F#20#E6");
        assert_eq!(parsed(&written(&name)).unwrap(), name);
    }

    #[test]
    fn numbers_keep_their_text() {
        for text in ["-.002", "4.", "+17", "99999999999999999999", "0.30000000000000004"] {
            let object = parsed(text.as_bytes()).unwrap();
            let expected = if text == "+17" { "17" } else { text };
            assert_eq!(written(&object), expected.as_bytes());
        }
        for text in ["--1", "1.2.3", "-", "1e5", "."] {
            assert!(parsed(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_are_read_in_all_forms() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"(a(b)c)", b"a(b)c"),
            (b"(a\\)\\(\\\\)", b"a)(\\"),
            (b"(\\101\\12\\0\\400)", b"A\n\0\0"),
            (b"(a\\\r\nb\r\nc\rd)", b"ab\nc\nd"),
            (b"<48 656C6c6f\n7>", b"Hellop"),
            (b"<>", b""),
        ];
        for (text, expected) in cases {
            assert_eq!(parsed(text).unwrap(), Object::String(expected.to_vec()));
        }
        for text in [&b"(a"[..], b"<4", b"<4x>", b"(\\"] {
            assert!(parsed(text).is_err());
        }
    }

    #[test]
    fn a_key_that_stands_twice_has_its_last_value() {
        let object = parsed(b"<</A 1/B null/A 2>>").unwrap();
        let dictionary = object.into_dictionary().unwrap();
        assert_eq!(dictionary.integer("A"), Some(2));
        assert_eq!(dictionary.lookup("B"), None);
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
        assert!(parsed(&nested(64)).is_ok());
        assert!(matches!(parsed(&nested(65)), Err(crate::pdf::PdfError::TooDeep { limit: 64, .. })));
        assert!(matches!(parsed(&nested(5_000)), Err(crate::pdf::PdfError::TooDeep { .. })));
        assert!(matches!(parsed(&b"<</A".repeat(5_000)), Err(crate::pdf::PdfError::TooDeep { .. })));
    }

    #[test]
    fn a_new_stream_is_read_back_with_its_length() {
        let mut dictionary = Dictionary::default();
        dictionary.set("Length", Object::Integer(99));
        let text = written(&Object::NewStream(dictionary, b"endstream \xff".to_vec()));
        let Object::Stream(stream) = Parser::new(&text.as_slice(), 0).object_body().unwrap() else {
            panic!("no stream: {}", text.escape_ascii())
        };
        let start = usize::try_from(stream.data_offset).unwrap();
        assert_eq!(stream.dictionary.integer("Length"), Some(11));
        assert_eq!(&text[start..start + 11], b"endstream \xff");
    }

    fn object() -> impl Strategy<Value = Object> {
        let name = proptest::collection::vec(1_u8.., 0..8).prop_map(Name);
        let leaf = prop_oneof![
            Just(Object::Null),
            any::<bool>().prop_map(Object::Boolean),
            any::<i64>().prop_map(Object::Integer),
            "-?[0-9]{1,4}\\.[0-9]{0,4}".prop_map(|text| Object::Real(text.into_bytes())),
            proptest::collection::vec(any::<u8>(), 0..16).prop_map(Object::String),
            name.clone().prop_map(Object::Name),
            (any::<u32>(), any::<u16>())
                .prop_map(|(number, generation)| Object::Reference(ObjectId { number, generation })),
        ];
        leaf.prop_recursive(5, 40, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Object::Array),
                proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|entries| {
                    let mut dictionary = Dictionary::default();
                    for (key, value) in entries {
                        dictionary.insert(key, value);
                    }
                    Object::Dictionary(dictionary)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_object_is_read_back(object in object()) {
            prop_assert_eq!(parsed(&written(&object)).unwrap(), object);
        }

        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(object) = parsed(&bytes) {
                let is_stream = matches!(object, Object::Stream(Stream { .. }));
                prop_assert!(!is_stream);
                prop_assert_eq!(parsed(&written(&object)).unwrap(), object);
            }
        }

        #[test]
        fn any_syntax_is_parsed_or_refused(text in "[\\[\\]<>()/ 0-9R.+\\-a-c%#\\\\\n]{0,80}") {
            if let Ok(object) = parsed(text.as_bytes()) {
                prop_assert_eq!(parsed(&written(&object)).unwrap(), object);
            }
        }
    }
}
