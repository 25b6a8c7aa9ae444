//! Values bound to a statement.

use matoi_types::{Id, IdKind, Importance, Lang, Priority, Severity, Timestamp, Tlp};

/// A value for a `$n` of a statement. Two storage classes are enough: text, and 64-bit integers
/// (times are microseconds UTC, booleans 0 and 1, scales their rank).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, or NULL.
    Text(Option<String>),
    /// An integer, or NULL.
    Int(Option<i64>),
}

/// Makes a [`Value`] of anything that can be one; short because it stands in every statement.
pub fn v(value: impl Into<Value>) -> Value {
    value.into()
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}
impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(ToOwned::to_owned))
    }
}
impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}
impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(Some(number.into()))
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(Some(number.into()))
    }
}
impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(Some(flag.into()))
    }
}
impl From<Option<bool>> for Value {
    fn from(flag: Option<bool>) -> Self {
        Self::Int(flag.map(i64::from))
    }
}
impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(Some(time.as_micros()))
    }
}
impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Int(time.map(Timestamp::as_micros))
    }
}
impl<K: IdKind> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Self::Text(Some(id.to_string()))
    }
}
impl<K: IdKind> From<&Id<K>> for Value {
    fn from(id: &Id<K>) -> Self {
        Self::Text(Some(id.to_string()))
    }
}
impl<K: IdKind> From<Option<Id<K>>> for Value {
    fn from(id: Option<Id<K>>) -> Self {
        Self::Text(id.map(|id| id.to_string()))
    }
}
impl From<Tlp> for Value {
    fn from(tlp: Tlp) -> Self {
        Self::Int(Some(tlp.rank()))
    }
}
impl From<Severity> for Value {
    fn from(severity: Severity) -> Self {
        Self::Int(Some(severity.rank()))
    }
}
impl From<Option<Severity>> for Value {
    fn from(severity: Option<Severity>) -> Self {
        Self::Int(severity.map(Severity::rank))
    }
}
impl From<Priority> for Value {
    fn from(priority: Priority) -> Self {
        Self::Int(Some(priority.rank()))
    }
}
impl From<Option<Priority>> for Value {
    fn from(priority: Option<Priority>) -> Self {
        Self::Int(priority.map(Priority::rank))
    }
}
impl From<Importance> for Value {
    fn from(importance: Importance) -> Self {
        Self::Int(Some(importance.rank()))
    }
}
impl From<Lang> for Value {
    fn from(lang: Lang) -> Self {
        Self::Text(Some(lang.as_str().to_owned()))
    }
}
