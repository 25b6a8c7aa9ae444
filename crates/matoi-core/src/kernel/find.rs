//! Conditions that callers put together freely, over the columns a room offers: for doors whose own language has filters.
//!
//! The columns are written in the program; what a caller says only ever becomes a bound value. Columns are never NULL (a room
//! gives an empty text or -1 instead), so that "not" means what people expect.

use matoi_db::Sql;
pub use matoi_db::{Value, v};

use super::{Error, Message, Result};

/// Parts of a condition.
const MAX_PARTS: usize = 500;
/// Conditions inside conditions.
const MAX_DEPTH: usize = 20;

/// A condition over the fields `F`.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<F> {
    /// Every one holds.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The field compares so.
    Is(F, Compare, Value),
    /// The text of the field fits the pattern, whatever the case of Latin letters.
    Fits(F, Pattern),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// The same.
    Equal,
    /// Less.
    Less,
    /// Less or the same.
    AtMost,
    /// More.
    Greater,
    /// More or the same.
    AtLeast,
}

/// A pattern for texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Texts that contain this.
    #[must_use]
    pub fn containing(text: &str) -> Self {
        Self(format!("%{}%", escaped(text)))
    }

    /// Texts that begin with this.
    #[must_use]
    pub fn beginning(text: &str) -> Self {
        Self(format!("{}%", escaped(text)))
    }

    /// Texts that end with this.
    #[must_use]
    pub fn ending(text: &str) -> Self {
        Self(format!("%{}", escaped(text)))
    }

    /// Texts with anything where the pattern has `*` and any one character where it has `?`.
    #[must_use]
    pub fn with_wildcards(text: &str) -> Self {
        Self(escaped(text).replace('*', "%").replace('?', "_"))
    }
}

fn escaped(text: &str) -> String {
    text.to_ascii_lowercase()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

impl<F: Copy> Condition<F> {
    /// Everything.
    #[must_use]
    pub const fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// The field has this value.
    pub fn equals(field: F, value: impl Into<Value>) -> Self {
        Self::Is(field, Compare::Equal, value.into())
    }

    /// The field has one of these values.
    pub fn one_of(field: F, values: impl IntoIterator<Item = Value>) -> Self {
        Self::Any(
            values
                .into_iter()
                .map(|value| Self::Is(field, Compare::Equal, value))
                .collect(),
        )
    }

    /// Stops a condition that is larger than anybody means.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/query`.
    pub fn check(&self) -> Result<()> {
        let mut parts = 0;
        if self.count(0, &mut parts) {
            Ok(())
        } else {
            Err(Error::field("/query", Message::new("error-condition-too-large")))
        }
    }

    fn count(&self, depth: usize, parts: &mut usize) -> bool {
        *parts += 1;
        if depth > MAX_DEPTH || *parts > MAX_PARTS {
            return false;
        }
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().all(|one| one.count(depth + 1, parts)),
            Self::Not(inner) => inner.count(depth + 1, parts),
            Self::Is(..) | Self::Fits(..) => true,
        }
    }

    /// Appends the condition in parentheses. `column` gives the expression of a field, written in the program.
    pub(crate) fn push(&self, sql: &mut Sql, column: fn(F) -> &'static str) {
        match self {
            Self::All(inner) => push_joined(inner, sql, column, " AND ", "1 = 1"),
            Self::Any(inner) => push_joined(inner, sql, column, " OR ", "1 = 0"),
            Self::Not(inner) => {
                sql.push("NOT ", []);
                inner.push(sql, column);
            }
            Self::Is(field, compare, value) => {
                let test = match compare {
                    Compare::Equal => " = ?)",
                    Compare::Less => " < ?)",
                    Compare::AtMost => " <= ?)",
                    Compare::Greater => " > ?)",
                    Compare::AtLeast => " >= ?)",
                };
                sql.push("(", [])
                    .push(column(*field), [])
                    .push(test, [value.clone()]);
            }
            Self::Fits(field, Pattern(pattern)) => {
                sql.push("(LOWER(", [])
                    .push(column(*field), [])
                    .push(") LIKE ? ESCAPE '\\')", [v(pattern)]);
            }
        }
    }
}

fn push_joined<F: Copy>(
    inner: &[Condition<F>],
    sql: &mut Sql,
    column: fn(F) -> &'static str,
    joint: &'static str,
    empty: &'static str,
) {
    sql.push("(", []);
    if inner.is_empty() {
        sql.push(empty, []);
    }
    for (at, one) in inner.iter().enumerate() {
        if at > 0 {
            sql.push(joint, []);
        }
        one.push(sql, column);
    }
    sql.push(")", []);
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey<F> {
    /// By which field.
    pub field: F,
    /// The largest first.
    pub descending: bool,
}

/// Which part of what was found is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many to leave out at the beginning.
    pub from: u32,
    /// How many at most.
    pub limit: u32,
}

/// Appends ` ORDER BY …` with the identifier as the last key, and the window.
pub(crate) fn push_order<F: Copy>(
    sql: &mut Sql,
    order: &[SortKey<F>],
    column: fn(F) -> &'static str,
    id: &'static str,
    window: Window,
) {
    sql.push(" ORDER BY ", []);
    for key in order.iter().take(10) {
        sql.push(column(key.field), [])
            .push(if key.descending { " DESC, " } else { ", " }, []);
    }
    sql.push(id, [])
        .push(" LIMIT ? OFFSET ?", [v(window.limit), v(window.from)]);
}
