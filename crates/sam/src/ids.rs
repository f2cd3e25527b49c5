//! Identifiers and small values that cross the process border.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::dcbor::{Decode, DecodeError, Decoder, Element, Encode, Encoder};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// Who signs: 16 random bytes, also the WebAuthn user handle. Text form: hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignerId([u8; 16]);

impl SignerId {
    /// The identifier with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, which are the user handle.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text is not an identifier of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of this kind")]
pub struct InvalidId;

impl FromStr for SignerId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.as_bytes().chunks_exact(2).map(|pair| match pair {
            [high @ (b'0'..=b'9' | b'a'..=b'f'), low @ (b'0'..=b'9' | b'a'..=b'f')] => {
                Some(hex(*high) << 4 | hex(*low))
            }
            _ => None,
        });
        let bytes: Option<Vec<u8>> = digits.collect();
        match bytes.map(<[u8; 16]>::try_from) {
            Some(Ok(bytes)) if text.len() == 32 => Ok(Self(bytes)),
            _ => Err(InvalidId),
        }
    }
}

fn hex(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit.wrapping_sub(b'0') } else { digit.wrapping_sub(b'a').wrapping_add(10) }
}

impl Encode for SignerId {
    fn encode(&self, out: &mut Encoder) {
        out.bytes(&self.0);
    }
}

impl Decode for SignerId {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.item().map(Self)
    }
}

/// A key with its certificate, in CSC words: base64url of 16 random bytes, without padding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CredentialId(String);

impl CredentialId {
    /// The identifier with these random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Base64UrlUnpadded::encode_string(&bytes))
    }

    /// The text form, as CSC's `credentialID`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CredentialId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut bytes = [0; 16];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(all) if all.len() == 16 => Ok(Self(text.to_owned())),
            _ => Err(InvalidId),
        }
    }
}

impl Encode for CredentialId {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.0);
    }
}

impl Decode for CredentialId {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.text()?.parse().map_err(|_| DecodeError::WrongValue)
    }
}

impl Element for CredentialId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_read_back_their_text() {
        let signer = SignerId::new([0xa5; 16]);
        assert_eq!(signer.to_string().parse(), Ok(signer));
        let credential = CredentialId::new([0x5a; 16]);
        assert_eq!(credential.as_str().parse(), Ok(credential));
    }

    #[test]
    fn other_texts_are_no_identifiers() {
        for text in ["", "a5", &"A5".repeat(16), &"a5".repeat(17), &"zz".repeat(16), &format!("{}a", "a5".repeat(16))] {
            assert_eq!(text.parse::<SignerId>(), Err(InvalidId), "{text}");
        }
        for text in
            ["", "WlpaWlpaWlpaWlpaWlpaWg==", "WlpaWlpaWlpaWlpaWlpaWh", "WlpaWlpaWlpaWlpaWlpa", "../../../../../../etc/"]
        {
            assert_eq!(text.parse::<CredentialId>(), Err(InvalidId), "{text}");
        }
    }
}
