//! The reader accepts what the writer made, and nothing else.

use proptest::prelude::*;

use super::{DecodeError, Decoder, Element, Encoder, from_bytes, to_bytes, wire_map};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sample {
    number: u64,
    text: String,
    bytes: Vec<u8>,
    maybe: Option<[u8; 4]>,
    list: Vec<Vec<u8>>,
    flag: bool,
}

wire_map!(Sample { 1 => number, 2 => text, 3 => bytes, 4 => maybe, 5 => list, 30 => flag });
impl Element for Sample {}

fn sample() -> impl Strategy<Value = Sample> {
    (any::<u64>(), ".{0,40}", any::<Vec<u8>>(), any::<Option<[u8; 4]>>(), any::<Vec<Vec<u8>>>(), any::<bool>())
        .prop_map(|(number, text, bytes, maybe, list, flag)| Sample { number, text, bytes, maybe, list, flag })
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(value in sample()) {
        prop_assert_eq!(from_bytes::<Sample>(&to_bytes(&value)), Ok(value));
    }

    #[test]
    fn whatever_is_accepted_has_only_this_form(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = from_bytes::<Sample>(&bytes) {
            prop_assert_eq!(to_bytes(&value), bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_is_another_value(value in sample(), at in any::<proptest::sample::Index>(), flip in 1u8..) {
        let mut bytes = to_bytes(&value);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_ne!(from_bytes::<Sample>(&bytes), Ok(value));
    }

    #[test]
    fn a_cut_value_is_refused(value in sample(), keep in any::<proptest::sample::Index>()) {
        let bytes = to_bytes(&value);
        prop_assert!(from_bytes::<Sample>(&bytes[..keep.index(bytes.len())]).is_err());
    }

    #[test]
    fn skipping_never_leaves_the_input(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut input = Decoder::new(&bytes);
        let _ = input.skip();
        prop_assert!(input.rest().len() <= bytes.len());
    }
}

#[test]
fn integers_have_the_shortest_form_of_the_standard() {
    // RFC 8949 appendix A.
    for (value, hex) in [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65_535, "19ffff"),
        (65_536, "1a00010000"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (u64::MAX, "1bffffffffffffffff"),
    ] {
        let bytes = to_bytes(&value);
        assert_eq!(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>(), hex);
        assert_eq!(from_bytes::<u64>(&bytes), Ok(value));
    }
}

#[test]
fn longer_forms_of_the_same_integer_are_refused() {
    for bytes in
        [&[0x18, 0x17][..], &[0x19, 0x00, 0xff], &[0x1a, 0, 0, 0xff, 0xff], &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]]
    {
        assert_eq!(from_bytes::<u64>(bytes), Err(DecodeError::NotCanonical));
    }
}

#[test]
fn indefinite_lengths_are_refused() {
    assert_eq!(from_bytes::<Vec<u8>>(&[0x5f, 0x41, 0x00, 0xff]), Err(DecodeError::NotCanonical));
    assert_eq!(from_bytes::<Vec<Vec<u8>>>(&[0x9f, 0xff]), Err(DecodeError::NotCanonical));
}

#[test]
fn a_length_beyond_the_input_is_refused_before_anything_is_reserved() {
    assert_eq!(
        from_bytes::<Vec<u8>>(&[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Err(DecodeError::Truncated)
    );
    assert_eq!(from_bytes::<Vec<Vec<u8>>>(&[0x9b, 0, 0, 0, 1, 0, 0, 0, 0]), Err(DecodeError::TooLarge));
}

#[test]
fn map_keys_stand_in_order_and_none_is_missing_or_added() {
    let value = Sample { number: 1, text: String::new(), bytes: vec![], maybe: None, list: vec![], flag: true };
    let mut swapped = Encoder::new();
    swapped.map(6).unsigned(2).text("").unsigned(1).unsigned(1).unsigned(3).bytes(&[]).unsigned(4).null();
    swapped.unsigned(5).array(0).unsigned(30).boolean(true);
    assert_eq!(from_bytes::<Sample>(&swapped.into_bytes()), Err(DecodeError::WrongValue));
    let mut longer = to_bytes(&value);
    longer[0] = 0xa7;
    longer.extend([0x18, 31, 0x00]);
    assert_eq!(from_bytes::<Sample>(&longer), Err(DecodeError::TooLarge));
    let mut followed = to_bytes(&value);
    followed.push(0);
    assert_eq!(from_bytes::<Sample>(&followed), Err(DecodeError::TrailingBytes));
}

#[test]
fn five_thousand_nested_arrays_are_not_followed() {
    assert_eq!(Decoder::new(&[0x81; 5000]).skip(), Err(DecodeError::TooLarge));
    assert_eq!(Decoder::new(&[0xc1; 5000]).skip(), Err(DecodeError::TooLarge));
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    assert_eq!(from_bytes::<String>(&[0x61, 0xff]), Err(DecodeError::WrongValue));
}
