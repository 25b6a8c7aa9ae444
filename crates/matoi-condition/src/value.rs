//! Values of facts, and how they are written.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::Timestamp;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::literal;

/// The value of one fact.
///
/// As data it is tagged with its shape, so that a stored trace can be read without its vocabulary:
/// `{"choice": "ransomware"}`, `{"number": 1200}`, `{"duration": 86400}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Yes or no.
    Boolean(bool),
    /// A finite number.
    Number(Number),
    /// Free text, compared code point by code point; callers normalise (NFKC, case) before they hand it in.
    Text(String),
    /// A set of free texts, such as tags.
    Texts(BTreeSet<String>),
    /// A span of time.
    Duration(Seconds),
    /// A point in time, as RFC 3339 in data.
    DateTime(Timestamp),
    /// One step of a list that the vocabulary declares.
    Choice(String),
    /// A set of steps of a list that the vocabulary declares; may be empty.
    Choices(BTreeSet<String>),
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// One step of a declared list.
    #[must_use]
    pub fn choice(step: impl Into<String>) -> Self {
        Self::Choice(step.into())
    }

    /// A set of steps of a declared list.
    #[must_use]
    pub fn choices<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Self {
        Self::Choices(steps.into_iter().map(Into::into).collect())
    }

    /// A set of free texts.
    #[must_use]
    pub fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self::Texts(texts.into_iter().map(Into::into).collect())
    }

    /// The value in the plain form that people write in data files and that
    /// [`FactType::read`](crate::FactType::read) reads: `true`, `12`, `"text"`, `"24h"`, `["a", "b"]`.
    #[must_use]
    pub fn to_plain(&self) -> serde_json::Value {
        match self {
            Self::Boolean(value) => (*value).into(),
            Self::Number(value) => serde_json::to_value(value).unwrap_or_default(),
            Self::Text(value) | Self::Choice(value) => value.as_str().into(),
            Self::Texts(values) | Self::Choices(values) => values.iter().map(String::as_str).collect(),
            Self::Duration(value) => value.to_string().into(),
            Self::DateTime(value) => value.to_string().into(),
        }
    }
}

impl fmt::Display for Value {
    /// Writes the value as it would stand in an expression; a set is written as a list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(&literal::quoted(value)),
            Self::Duration(value) => write!(f, "{value}"),
            Self::DateTime(value) => write!(f, "{value}"),
            Self::Choice(value) => f.write_str(&literal::step(value)),
            Self::Texts(values) => write_list(f, values, literal::quoted),
            Self::Choices(values) => write_list(f, values, literal::step),
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, values: &BTreeSet<String>, one: fn(&str) -> String) -> fmt::Result {
    let values: Vec<String> = values.iter().map(|value| one(value)).collect();
    write!(f, "[{}]", values.join(", "))
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<Seconds> for Value {
    fn from(value: Seconds) -> Self {
        Self::Duration(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::DateTime(value)
    }
}

/// A finite number without a negative zero, so that it has a total order and can be compared for equality.
#[derive(Debug, Clone, Copy, Default)]
pub struct Number(f64);

/// Beyond this, not every whole number is a double.
const LARGEST_EXACT_WHOLE: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(0.0);

    /// Wraps a number; `None` for infinities and for what is not a number.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero turns -0.0 into 0.0.
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Whether there is no fraction.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.0.fract() == 0.0
    }
}

impl From<i64> for Number {
    /// Rounds to the nearest double beyond 2^53.
    fn from(value: i64) -> Self {
        Self(value as f64)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Number {}
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_whole() && self.0.abs() <= LARGEST_EXACT_WHOLE {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        Number::new(value).ok_or_else(|| E::invalid_value(de::Unexpected::Float(value), &self))
    }
}

/// A span of time in whole seconds; negative when it lies before its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub i64);

impl fmt::Display for Seconds {
    /// Writes the span in the largest unit that needs no fraction: `90s`, `30min`, `24h` is `1d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, seconds) in literal::DURATION_UNITS.iter().rev() {
            if self.0 != 0 && self.0 % seconds == 0 {
                return write!(f, "{}{unit}", self.0 / seconds);
            }
        }
        write!(f, "{}s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite_and_ordered_and_have_one_zero() {
        assert_eq!(Number::new(f64::NAN), None);
        assert_eq!(Number::new(f64::INFINITY), None);
        assert_eq!(Number::new(-0.0), Number::new(0.0));
        assert_eq!(Number::new(-0.0).unwrap().to_string(), "0");
        assert!(Number::new(-1.5) < Number::new(1.0));
    }

    #[test]
    fn values_survive_json() {
        let values = [
            (Value::from(true), r#"{"boolean":true}"#),
            (Value::from(1200), r#"{"number":1200}"#),
            (Value::Number(Number::new(7.1).unwrap()), r#"{"number":7.1}"#),
            (Value::Number(Number::new(1e300).unwrap()), r#"{"number":1e+300}"#),
            (Value::text("請求書"), r#"{"text":"請求書"}"#),
            (Value::texts(["b", "a"]), r#"{"texts":["a","b"]}"#),
            (Value::from(Seconds(90)), r#"{"duration":90}"#),
            (
                Value::from(Timestamp::UNIX_EPOCH),
                r#"{"date-time":"1970-01-01T00:00:00Z"}"#,
            ),
            (Value::choice("high"), r#"{"choice":"high"}"#),
            (Value::choices(["web", "mail"]), r#"{"choices":["mail","web"]}"#),
        ];
        for (value, json) in values {
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
        }
    }

    #[test]
    fn durations_are_written_in_the_largest_exact_unit() {
        for (seconds, text) in [
            (0, "0s"),
            (90, "90s"),
            (1800, "30min"),
            (86_400, "1d"),
            (-7200, "-2h"),
            (90_061, "90061s"),
        ] {
            assert_eq!(Seconds(seconds).to_string(), text);
        }
    }
}
