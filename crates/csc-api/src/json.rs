//! Reading of request bodies: strict about JSON (RFC 8259), tolerant about members, exact in the error texts.
//!
//! Strict: a name twice in one object, more than [`MAX_DEPTH`] levels, more than [`crate::MAX_BODY`] octets or anything
//! after the value is refused, because two readers could understand it differently. Tolerant, as clients in the field
//! need it: unknown members are ignored, `null` is the same as absent, `"true"` and `"false"` do for booleans.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::{Binary, CscError, MAX_BODY};

/// Deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 16;

/// Reads `body` as one JSON value under the strict rules of this module.
///
/// # Errors
/// [`CscError::too_large`] or [`CscError::malformed`].
pub fn parse(body: &[u8]) -> Result<Value, CscError> {
    if body.len() > MAX_BODY {
        return Err(CscError::too_large());
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Strict { levels_left: MAX_DEPTH }.deserialize(&mut reader).map_err(|_| CscError::malformed())?;
    reader.end().map_err(|_| CscError::malformed())?;
    Ok(value)
}

/// Builds a [`Value`] and refuses what `serde_json` would let pass: names given twice, and deep nesting.
#[derive(Clone, Copy)]
struct Strict {
    levels_left: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { levels_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is given twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

/// The members of a request object; each is asked for by name, and answers in the words of the specification.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    /// Reads a request body. An empty body is an empty object: some clients send none where every member is optional.
    pub(crate) fn from_body(body: &[u8]) -> Result<Self, CscError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        Self::from_value(parse(body)?).ok_or_else(CscError::malformed)
    }

    /// The members of `value` if it is an object; those that are `null` count as absent.
    pub(crate) fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self(members.into_iter().filter(|(_, value)| !value.is_null()).collect())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    }

    /// The names of all members, so that a caller can refuse those it does not know.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn string(&mut self, name: &'static str) -> Result<Option<String>, CscError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(CscError::invalid_parameter(name)),
        }
    }

    pub(crate) fn required_string(&mut self, name: &'static str) -> Result<String, CscError> {
        match self.value(name) {
            Some(Value::String(text)) => Ok(text),
            Some(_) | None => Err(CscError::missing_string(name)),
        }
    }

    pub(crate) fn boolean(&mut self, name: &'static str) -> Result<bool, CscError> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(value)) => Ok(value),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(CscError::invalid_parameter(name)),
        }
    }

    pub(crate) fn count(&mut self, name: &'static str) -> Result<Option<u32>, CscError> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .and_then(|count| u32::try_from(count).ok())
                .map(Some)
                .ok_or_else(|| CscError::invalid_parameter(name)),
        }
    }

    /// The digests in `name`; the error texts say `hash` whatever the member is called, as the specification does.
    pub(crate) fn hashes(&mut self, name: &'static str) -> Result<Vec<Binary>, CscError> {
        let Some(Value::Array(items)) = self.value(name) else {
            return Err(CscError::missing_array("hash"));
        };
        if items.is_empty() {
            return Err(CscError::invalid_request("Empty hash array"));
        }
        items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Binary::decode(&text).map_err(|_| CscError::invalid_hash_encoding()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    Err(CscError::missing_array("hash"))
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_given_twice_is_refused_at_any_depth() {
        for body in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"a":2}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(parse(body.as_bytes()), Err(CscError::malformed()), "{body}");
        }
    }

    #[test]
    fn nesting_is_read_to_the_limit_and_not_beyond() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(parse(nested(MAX_DEPTH + 1).as_bytes()), Err(CscError::malformed()));
        assert_eq!(parse(nested(100_000).as_bytes()), Err(CscError::malformed()));
    }

    #[test]
    fn a_body_above_the_limit_is_refused_unread() {
        let body = vec![b' '; MAX_BODY + 1];
        assert_eq!(parse(&body), Err(CscError::too_large()));
    }

    #[test]
    fn something_after_the_value_is_refused() {
        assert_eq!(parse(b"{} {}"), Err(CscError::malformed()));
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let mut members = Members::from_body(br#"{"lang":null}"#).unwrap();
        assert_eq!(members.string("lang"), Ok(None));
    }

    #[test]
    fn booleans_may_be_texts_but_only_the_two() {
        let mut members = Members::from_body(br#"{"a":"true","b":"false","c":"yes","d":1}"#).unwrap();
        assert_eq!(members.boolean("a"), Ok(true));
        assert_eq!(members.boolean("b"), Ok(false));
        assert_eq!(members.boolean("c"), Err(CscError::invalid_parameter("c")));
        assert_eq!(members.boolean("d"), Err(CscError::invalid_parameter("d")));
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for body in ["[]", "1", "null", "\"{}\""] {
            assert!(Members::from_body(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic(body: Vec<u8>) {
            let _ = parse(&body);
        }

        #[test]
        fn a_value_that_serde_json_writes_is_read_the_same(name in "[a-z]{0,8}", number: i64, text: String) {
            let value = serde_json::json!({ name: [number, text, null, true] });
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }
    }
}
