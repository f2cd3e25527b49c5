//! Random texts that their holder keeps secret: request references, codes, tokens, browser cookies. Stored by SHA-256 only.
//!
//! All are 256 random bits, so their hash needs neither salt nor slowness. The hash names what the text is for: a code can
//! never be looked up as a token.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::digest::sha256;

/// Length of every such text: 32 octets in base64url.
const LENGTH: usize = 43;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $domain:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            pub(super) fn from_random(octets: [u8; 32]) -> Self {
                Self(Base64UrlUnpadded::encode_string(&octets))
            }

            /// What a caller presented; `None` if it cannot be one of ours.
            pub fn presented(text: &str) -> Option<Self> {
                let possible = text.len() == LENGTH
                    && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'));
                possible.then(|| Self(text.to_owned()))
            }

            /// For its holder, and for nothing else.
            pub fn expose(&self) -> &str {
                &self.0
            }

            pub(super) fn hash(&self) -> [u8; 32] {
                sha256(&[concat!("rakkan-oauth/1 ", $domain, "\0").as_bytes(), self.0.as_bytes()])
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret! {
    /// The random part of a `request_uri`, RFC 9126 2.2.
    RequestReference, "request"
}
secret! {
    /// An authorization code.
    Code, "code"
}
secret! {
    /// An access token.
    TokenSecret, "token"
}
secret! {
    /// What the browser that opened a request holds in a cookie: the answer goes back through this browser or not at all.
    BrowserSecret, "browser"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_another_hash_in_another_role() {
        let text = "A".repeat(LENGTH);
        let (code, token) = (Code::presented(&text).unwrap(), TokenSecret::presented(&text).unwrap());
        assert_ne!(code.hash(), token.hash());
    }

    #[test]
    fn text_that_cannot_be_ours_is_not_looked_up() {
        for text in ["", "a", &"a".repeat(44), &"=".repeat(43), &"あ".repeat(14)] {
            assert!(Code::presented(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let secret = TokenSecret::from_random([3; 32]);
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }
}
