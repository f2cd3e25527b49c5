//! The few Rust types that fields have, and the maps that are made of them.

use super::{Decode, DecodeError, Decoder, Encode, Encoder};

/// How many items a list on the wire may have, whatever its own rule says.
const LIST_MAX: usize = 1024;

/// A type of which lists are sent. Not `u8`: bytes travel as a byte string.
pub trait Element: Encode + Decode {}

impl Element for Vec<u8> {}

impl Encode for u64 {
    fn encode(&self, out: &mut Encoder) {
        out.unsigned(*self);
    }
}

impl Decode for u64 {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.unsigned()
    }
}

impl Encode for u32 {
    fn encode(&self, out: &mut Encoder) {
        out.unsigned(u64::from(*self));
    }
}

impl Decode for u32 {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Self::try_from(input.unsigned()?).map_err(|_| DecodeError::WrongValue)
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut Encoder) {
        out.boolean(*self);
    }
}

impl Decode for bool {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.boolean()
    }
}

impl Encode for str {
    fn encode(&self, out: &mut Encoder) {
        out.text(self);
    }
}

impl Encode for String {
    fn encode(&self, out: &mut Encoder) {
        out.text(self);
    }
}

impl Decode for String {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.text().map(str::to_owned)
    }
}

impl Encode for Vec<u8> {
    fn encode(&self, out: &mut Encoder) {
        out.bytes(self);
    }
}

impl Decode for Vec<u8> {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.bytes().map(<[u8]>::to_vec)
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, out: &mut Encoder) {
        out.bytes(self);
    }
}

impl<const N: usize> Decode for [u8; N] {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.bytes()?.try_into().map_err(|_| DecodeError::WrongValue)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Some(value) => value.encode(out),
            None => {
                out.null();
            }
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.null() { Ok(None) } else { T::decode(input).map(Some) }
    }
}

impl<T: Element> Encode for Vec<T> {
    fn encode(&self, out: &mut Encoder) {
        out.array(self.len());
        for item in self {
            item.encode(out);
        }
    }
}

impl<T: Element> Decode for Vec<T> {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let len = input.array(LIST_MAX)?;
        (0..len).map(|_| T::decode(input)).collect()
    }
}

/// Says that a struct travels as a CBOR map with these integer keys, in ascending order.
macro_rules! wire_map {
    ($name:ident { $($key:literal => $field:ident),* $(,)? }) => {
        impl $crate::dcbor::Encode for $name {
            fn encode(&self, out: &mut $crate::dcbor::Encoder) {
                out.map(<[u64]>::len(&[$($key),*]));
                $(out.unsigned($key).item(&self.$field);)*
            }
        }

        impl $crate::dcbor::Decode for $name {
            fn decode(input: &mut $crate::dcbor::Decoder<'_>) -> Result<Self, $crate::dcbor::DecodeError> {
                const LEN: usize = <[u64]>::len(&[$($key),*]);
                if input.map(LEN)? != LEN {
                    return Err($crate::dcbor::DecodeError::WrongValue);
                }
                $(input.expect($key)?; let $field = input.item()?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}

pub(crate) use wire_map;
