//! Reading fields of a foreign object: what is there must have the right type, what is missing is nothing.

use matoi_types::Timestamp;
use serde_json::{Map, Value as Json};

/// Fields of an object.
pub(super) type Object = Map<String, Json>;

/// A field that cannot be accepted: where it is and what is wrong, in the words of an interface for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) problem: String,
}

impl Wrong {
    pub(super) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

/// Result of reading a field.
pub(super) type Read<T> = Result<T, Wrong>;

/// A value that must be an object.
pub(super) fn object<'a>(value: &'a Json, field: &str) -> Read<&'a Object> {
    value
        .as_object()
        .ok_or_else(|| Wrong::new(field, "an object is expected"))
}

/// A text; null is nothing.
pub(super) fn text(object: &Object, field: &str) -> Read<Option<String>> {
    match object.get(field) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Wrong::new(field, "a string is expected")),
    }
}

/// A text that must be there and say something.
pub(super) fn required_text(object: &Object, field: &str) -> Read<String> {
    text(object, field)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Wrong::new(field, "this field is required"))
}

/// An integer; null is nothing.
pub(super) fn integer(object: &Object, field: &str) -> Read<Option<i64>> {
    match object.get(field) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => as_integer(value)
            .map(Some)
            .ok_or_else(|| Wrong::new(field, "an integer is expected")),
    }
}

/// An integer within bounds.
pub(super) fn integer_within(object: &Object, field: &str, from: i64, to: i64) -> Read<Option<i64>> {
    let found = integer(object, field)?;
    match found {
        Some(number) if !(from..=to).contains(&number) => Err(Wrong::new(
            field,
            format!("an integer between {from} and {to} is expected"),
        )),
        found => Ok(found),
    }
}

/// A number without a fraction, also as a text.
pub(super) fn as_integer(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64().or_else(|| {
            number
                .as_f64()
                .filter(|n| n.fract() == 0.0 && n.abs() < 9e15)
                .map(|n| n as i64)
        }),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A list; null is nothing.
pub(super) fn list<'a>(object: &'a Object, field: &str) -> Read<Option<&'a [Json]>> {
    match object.get(field) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(list)) => Ok(Some(list)),
        Some(_) => Err(Wrong::new(field, "a list is expected")),
    }
}

/// A list of texts; numbers in it are taken as they are written.
pub(super) fn texts(object: &Object, field: &str) -> Read<Option<Vec<String>>> {
    let Some(list) = list(object, field)? else {
        return Ok(None);
    };
    list.iter()
        .map(|value| match value {
            Json::String(text) => Ok(text.clone()),
            Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
            _ => Err(Wrong::new(field, "a list of strings is expected")),
        })
        .collect::<Read<_>>()
        .map(Some)
}

/// A time in milliseconds since 1970.
pub(super) fn millis(object: &Object, field: &str) -> Read<Option<Timestamp>> {
    Ok(integer(object, field)?.map(from_millis))
}

pub(super) fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_micros(millis.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_has_the_right_type_or_is_named() {
        let value = json!({"t": "x", "n": 3, "f": 2.0, "s": "7", "half": 0.5, "l": ["a", 1], "b": true, "null": null, "huge": 1e300});
        let fields = object(&value, "").unwrap_or_else(|_| panic!("an object"));
        assert_eq!(text(fields, "t"), Ok(Some("x".to_owned())));
        assert_eq!(text(fields, "null"), Ok(None));
        assert_eq!(text(fields, "missing"), Ok(None));
        assert_eq!(integer(fields, "f"), Ok(Some(2)));
        assert_eq!(integer(fields, "s"), Ok(Some(7)));
        assert_eq!(texts(fields, "l"), Ok(Some(vec!["a".to_owned(), "1".to_owned()])));
        for wrong in [
            text(fields, "n").err(),
            required_text(fields, "missing").err(),
            integer(fields, "half").err(),
            integer(fields, "huge").err(),
            integer_within(fields, "n", 0, 2).err(),
            list(fields, "t").err(),
            texts(fields, "b").err(),
        ] {
            assert!(wrong.is_some());
        }
    }
}
