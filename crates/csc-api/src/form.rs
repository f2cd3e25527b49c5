//! Reading of `application/x-www-form-urlencoded` bodies and queries. URL Standard 5; RFC 6749 3.1 and appendix B.
//!
//! Strict where OAuth asks for it: a parameter given twice is refused, so is text that is not UTF-8 or not escaped well.
//! A parameter without a value counts as absent.

use std::collections::BTreeMap;

use crate::{CscError, MAX_BODY};

/// The parameters of a form.
///
/// Its `Debug` shows names only: values may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Form(BTreeMap<String, String>);

impl std::fmt::Debug for Form {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Form {
    /// Reads a form body, or a query without its question mark.
    ///
    /// # Errors
    /// [`CscError::too_large`]; [`CscError::malformed`] for a parameter given twice and for text that cannot be decoded.
    pub fn parse(body: &[u8]) -> Result<Self, CscError> {
        if body.len() > MAX_BODY {
            return Err(CscError::too_large());
        }
        let mut parameters = BTreeMap::new();
        for pair in body.split(|octet| *octet == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |octet| *octet == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if parameters.insert(name, value).is_some() {
                return Err(CscError::malformed());
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The value of `name`, taken out of the form.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// The value of `name`, which must be there.
    ///
    /// # Errors
    /// [`CscError::missing_parameter`].
    pub fn require(&mut self, name: &'static str) -> Result<String, CscError> {
        self.take(name).ok_or_else(|| CscError::missing_parameter(name))
    }
}

fn decode(escaped: &[u8]) -> Result<String, CscError> {
    let mut octets = Vec::with_capacity(escaped.len());
    let mut rest = escaped.iter();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (hex_digit(rest.next())?, hex_digit(rest.next())?);
                high << 4 | low
            }
            other => *other,
        });
    }
    String::from_utf8(octets).map_err(|_| CscError::malformed())
}

fn hex_digit(octet: Option<&u8>) -> Result<u8, CscError> {
    octet
        .and_then(|octet| char::from(*octet).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or_else(CscError::malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_blanks_are_undone() {
        let mut form = Form::parse(b"redirect_uri=http%3A%2F%2Flocalhost%2Fcb&label=a+b%2B%E5%A5%91").unwrap();
        assert_eq!(form.take("redirect_uri").as_deref(), Some("http://localhost/cb"));
        assert_eq!(form.take("label").as_deref(), Some("a b+契"));
    }

    #[test]
    fn a_parameter_given_twice_is_refused_even_when_empty_or_escaped() {
        for body in ["a=1&a=1", "a=&a=1", "a&a", "a=1&%61=2"] {
            assert_eq!(Form::parse(body.as_bytes()), Err(CscError::malformed()), "{body}");
        }
    }

    #[test]
    fn bad_escapes_and_bad_utf8_are_refused() {
        for body in ["a=%", "a=%4", "a=%zz", "a=%ff", "%ff=1"] {
            assert_eq!(Form::parse(body.as_bytes()), Err(CscError::malformed()), "{body}");
        }
    }

    #[test]
    fn a_parameter_without_value_counts_as_absent() {
        let mut form = Form::parse(b"code=&state").unwrap();
        assert_eq!(form.take("code"), None);
        assert_eq!(form.require("state"), Err(CscError::missing_parameter("state")));
    }

    #[test]
    fn debug_shows_no_values() {
        let form = Form::parse(b"client_secret=hunter2").unwrap();
        assert_eq!(format!("{form:?}"), r#"{"client_secret"}"#);
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic(body: Vec<u8>) {
            let _ = Form::parse(&body);
        }
    }
}
