//! JSON of any shape, read strictly: what two programs could read differently is refused.

use std::fmt;

use axum::body::Bytes;
use matoi_core::kernel::FieldError;
use matoi_core::{Error, Message};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

use super::unread;

/// Marks an error of ours inside one of the library.
const DUPLICATE: &str = "duplicate key ";

/// Reads a JSON text: UTF-8, no key twice in an object, nothing after it, at most 128 levels deep.
///
/// # Errors
/// [`Error::Invalid`] with line and column.
pub fn read(bytes: &Bytes) -> Result<Json, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        let text = error.to_string();
        let problem = text
            .rfind(" at line ")
            .and_then(|at| text.get(..at))
            .unwrap_or(&text);
        let message = match problem.strip_prefix(DUPLICATE) {
            Some(key) => Message::new("error-json-duplicate").with("key", key),
            None => unread::syntax(&error, bytes),
        };
        Error::Invalid(vec![FieldError::new("", message)])
    })
}

/// Builds a value like the library's own, but refuses a key that stands twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Strict)? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Strict)?;
            if values.contains_key(&key) {
                let key: String = key.chars().take(100).collect();
                return Err(A::Error::custom(format!("{DUPLICATE}{key}")));
            }
            values.insert(key, value);
        }
        Ok(Json::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(text: &str) -> String {
        match read(&Bytes::from(text.to_owned())) {
            Err(Error::Invalid(fields)) => fields.first().unwrap().message.key.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_can_be_read_differently_is_refused() {
        for (text, key) in [
            (r#"{"a": 1, "a": 2}"#, "error-json-duplicate"),
            (r#"{"a": {"b": [{"c": 1, "c": 1}]}}"#, "error-json-duplicate"),
            (r#"{"a": 1"#, "error-json-syntax"),
            (r#"{"a": 1} x"#, "error-json-syntax"),
            ("", "error-json-syntax"),
            ("NaN", "error-json-syntax"),
        ] {
            assert_eq!(key_of(text), key, "{text}");
        }
        assert_eq!(key_of(&"[".repeat(200_000)), "error-json-syntax");
        let invalid = read(&Bytes::from_static(b"{\"a\": \"\xff\"}"));
        assert!(invalid.is_err());
    }

    #[test]
    fn everything_else_is_read_as_the_library_reads_it() {
        let text = r#"{"a": [1, -2, 1.5, true, null, "x\u0000"], "b": {"a": 18446744073709551615}}"#;
        let expect: Json = serde_json::from_str(text).unwrap();
        assert_eq!(read(&Bytes::from(text)).unwrap(), expect);
    }
}
