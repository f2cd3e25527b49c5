//! Binary values in JSON: written in standard Base64 (RFC 4648 4), read in either alphabet, padded or not.

use base64ct::{Base64, Base64Unpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Octets that travel as Base64 text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Binary(pub Vec<u8>);

/// The text is not Base64 in any of the accepted spellings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is neither Base64 nor base64url")]
pub struct NotBase64;

impl Binary {
    /// Reads standard Base64 or base64url, with full padding or none. A text that mixes both alphabets is refused: no
    /// encoder writes it. Bits after the last octet must be zero, so every value has one spelling per alphabet.
    ///
    /// # Errors
    /// [`NotBase64`].
    pub fn decode(text: &str) -> Result<Self, NotBase64> {
        let body = text.trim_end_matches('=');
        let padding = text.len().saturating_sub(body.len());
        if padding != 0 && (padding > 2 || !text.len().is_multiple_of(4)) {
            return Err(NotBase64);
        }
        let url_safe = body.contains(['-', '_']);
        if url_safe && body.contains(['+', '/']) {
            return Err(NotBase64);
        }
        let standard = body.replace('-', "+").replace('_', "/");
        Base64Unpadded::decode_vec(&standard).map(Self).map_err(|_| NotBase64)
    }

    /// Standard Base64 with padding.
    pub fn encode(&self) -> String {
        Base64::encode_string(&self.0)
    }
}

impl From<Vec<u8>> for Binary {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl AsRef<[u8]> for Binary {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encode())
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn four_spellings_of_a_value_read_the_same() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(Binary::decode(text), Ok(Binary(vec![0xfb, 0xff])), "{text}");
        }
    }

    #[test]
    fn wrong_padding_mixed_alphabets_and_stray_bits_are_refused() {
        for text in ["+/8==", "+_8=", "=", "====", "A", "AB=", "+/9=", "a b=", "AA\n=", "Ａ"] {
            assert_eq!(Binary::decode(text), Err(NotBase64), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(octets: Vec<u8>) {
            let value = Binary(octets);
            prop_assert_eq!(Binary::decode(&value.encode()), Ok(value));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = Binary::decode(&text);
        }
    }
}
