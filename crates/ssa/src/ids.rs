//! Identifiers that callers hold. All are unguessable, safe in URLs and file names, and checked when read.

use base64ct::{Base64UrlUnpadded, Encoding};
use std::fmt;
use std::str::FromStr;

pub use sam::ids::{CredentialId, SignerId};

/// A text that is not an identifier. Callers answer it like an unknown identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Length in octets before encoding.
            pub const OCTETS: usize = 24;

            pub(crate) fn from_random(octets: [u8; Self::OCTETS]) -> Self {
                Self(Base64UrlUnpadded::encode_string(&octets))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut octets = [0; Self::OCTETS];
                match Base64UrlUnpadded::decode(text, &mut octets) {
                    Ok(decoded) if decoded.len() == Self::OCTETS => Ok(Self(text.to_owned())),
                    _ => Err(InvalidId),
                }
            }
        }
    };
}

identifier! {
    /// A registration in progress.
    RegistrationId
}
identifier! {
    /// A login in progress.
    LoginId
}
identifier! {
    /// An activation ticket: what a signer is asked to approve.
    TicketId
}
identifier! {
    /// A document of the portal.
    DocumentId
}

/// The secret that a browser holds for a session. It is shown nowhere, also not by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionSecret(String);

impl SessionSecret {
    pub(crate) fn from_random(octets: [u8; 32]) -> Self {
        Self(Base64UrlUnpadded::encode_string(&octets))
    }

    /// The value of a cookie, as it came.
    pub fn from_cookie(value: &str) -> Self {
        Self(value.to_owned())
    }

    /// For the cookie, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        crate::digest::sha256(&[b"rakkan-session/1\0", self.0.as_bytes()])
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSecret(..)")
    }
}

/// A browser session on the signing page, known by its hash only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionBinding([u8; 32]);

impl SessionBinding {
    /// The binding for the value of the signing page's session cookie.
    pub fn of(cookie_value: &str) -> Self {
        Self(crate::digest::sha256(&[b"rakkan-binding/1\0", cookie_value.as_bytes()]))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionBinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionBinding(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_back_its_text() {
        let id = TicketId::from_random([7; 24]);
        assert_eq!(id.as_str().parse::<TicketId>(), Ok(id.clone()));
    }

    #[test]
    fn text_that_is_no_identifier_is_refused() {
        for text in ["", "..", "../../etc/passwd", "AAAA", &"A".repeat(33), &"A".repeat(4000), "あ"] {
            assert!(text.parse::<DocumentId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_session_secret_is_not_shown_by_debug() {
        let secret = SessionSecret::from_random([9; 32]);
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }
}
