//! Deterministic CBOR: the one encoding of everything that is hashed, sealed or sent. RFC 8949 4.2.1.
//!
//! There is no generic value tree. A type says which items it consists of ([`Encode`], [`Decode`]), in one fixed order; a reader that
//! meets anything else stops. [`from_bytes`] encodes what it has read once more and compares, so that each value has exactly one form.

mod decode;
mod encode;
mod schema;

pub use decode::{Decode, DecodeError, Decoder};
pub use encode::{Encode, Encoder};
pub use schema::Element;
pub(crate) use schema::wire_map;

/// The encoding of `value`.
pub fn to_bytes<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Encoder::new();
    value.encode(&mut out);
    out.into_bytes()
}

/// Reads exactly one `T` from `bytes`: nothing behind it, and in its only permitted form.
///
/// # Errors
/// [`DecodeError`] says what was met; the caller needs only that the bytes are not a `T`.
pub fn from_bytes<T: Encode + Decode>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut input = Decoder::new(bytes);
    let value = T::decode(&mut input)?;
    input.finish()?;
    if to_bytes(&value) != bytes {
        return Err(DecodeError::NotCanonical);
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
