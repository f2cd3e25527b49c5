//! `Ecdsa-Sig-Value` for P-256 in its only DER form. RFC 3279 2.2.3; X.690 10.1.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// The two numbers as 32 bytes each; `None` if `der` is not exactly one value in DER.
pub(super) fn to_fixed(der: &[u8]) -> Option<[u8; 64]> {
    // Two integers of at most 35 bytes: every length fits in one byte.
    let [SEQUENCE, len, body @ ..] = der else { return None };
    if usize::from(*len) != body.len() || body.len() > 0x7f {
        return None;
    }
    let (r, rest) = positive_integer(body)?;
    let (s, rest) = positive_integer(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let mut fixed = [0; 64];
    let (left, right) = fixed.split_at_mut(32);
    right_aligned(r, left)?;
    right_aligned(s, right)?;
    Some(fixed)
}

/// The magnitude of the integer at the front, without its sign byte, and what follows.
fn positive_integer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [INTEGER, len, rest @ ..] = bytes else { return None };
    let (value, rest) = rest.split_at_checked(usize::from(*len))?;
    let magnitude = match value {
        // A zero byte stands only where the number would else be read as negative.
        [0, magnitude @ ..] if magnitude.first().is_some_and(|first| *first >= 0x80) => magnitude,
        [1..=0x7f, ..] => value,
        _ => return None,
    };
    Some((magnitude, rest))
}

fn right_aligned(magnitude: &[u8], field: &mut [u8]) -> Option<()> {
    let zeros = field.len().checked_sub(magnitude.len())?;
    field.get_mut(zeros..)?.copy_from_slice(magnitude);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn integer(bytes: &[u8]) -> Vec<u8> {
        [&[INTEGER, u8::try_from(bytes.len()).unwrap()][..], bytes].concat()
    }

    fn value(r: &[u8], s: &[u8]) -> Vec<u8> {
        let body = [integer(r), integer(s)].concat();
        [&[SEQUENCE, u8::try_from(body.len()).unwrap()][..], &body].concat()
    }

    #[test]
    fn numbers_of_any_length_are_right_aligned() {
        let mut expected = [0; 64];
        expected[31] = 1;
        expected[32..].fill(0xff);
        let s = [&[0][..], &[0xff; 32]].concat();
        assert_eq!(to_fixed(&value(&[1], &s)), Some(expected));
    }

    #[test]
    fn forms_that_are_not_der_are_refused() {
        let good = value(&[1], &[2]);
        assert!(to_fixed(&good).is_some());
        for bad in [
            value(&[0, 1], &[2]),
            value(&[0x80], &[2]),
            value(&[], &[2]),
            value(&[0], &[2]),
            value(&[0, 0x80, 1], &[0; 3]),
            value(&[1; 33], &[2]),
            [good.clone(), vec![0]].concat(),
            good[..good.len() - 1].to_vec(),
            [&[SEQUENCE, 0x81, 6][..], &good[2..]].concat(),
            vec![],
        ] {
            assert_eq!(to_fixed(&bad), None, "{bad:02x?}");
        }
    }

    proptest! {
        #[test]
        fn every_accepted_form_is_the_only_one_of_its_numbers(bytes in proptest::collection::vec(0u8..5, 0..12)) {
            let mut bytes = bytes;
            if bytes.len() > 5 {
                bytes[0] = SEQUENCE;
                bytes[1] = u8::try_from(bytes.len() - 2).unwrap();
                bytes[2] = INTEGER;
            }
            if let Some(fixed) = to_fixed(&bytes) {
                let minimal = |part: &[u8]| part.iter().copied().skip_while(|b| *b == 0).collect::<Vec<_>>();
                prop_assert_eq!(value(&minimal(&fixed[..32]), &minimal(&fixed[32..])), bytes);
            }
        }
    }
}
