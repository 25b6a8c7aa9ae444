//! Tables from what a sender says to what it means here: `{ 0..3: info, 4..6: low, ">=12": critical, high: high }`.
//!
//! The first row that holds counts. Rows are numbers, ranges of numbers (both ends included), comparisons, or words, whose case
//! does not matter.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use super::path::View;
use super::template::FirstOf;

/// Rows of a table.
const MAX_ROWS: usize = 300;

#[derive(Debug, Clone, PartialEq)]
enum Row {
    Number(f64),
    Range(f64, f64),
    Above(f64, bool),
    Below(f64, bool),
    Word(String),
}

impl Row {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let number = |part: &str| {
            part.trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| format!("\"{part}\" in the row \"{text}\" is not a number"))
        };
        for (mark, inclusive) in [(">=", true), ("<=", true), (">", false), ("<", false)] {
            if let Some(bound) = text.strip_prefix(mark) {
                let bound = number(bound)?;
                return Ok(if mark.starts_with('>') {
                    Self::Above(bound, inclusive)
                } else {
                    Self::Below(bound, inclusive)
                });
            }
        }
        if let Some((from, to)) = text.split_once("..")
            && let (Ok(from), Ok(to)) = (number(from), number(to))
        {
            return if from <= to {
                Ok(Self::Range(from, to))
            } else {
                Err(format!("the row \"{text}\" ends before it begins"))
            };
        }
        Ok(number(text).map_or_else(|_| Self::Word(text.to_lowercase()), Self::Number))
    }

    fn holds(&self, value: &Json) -> bool {
        let as_number = match value {
            Json::Number(number) => number.as_f64(),
            Json::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        match (self, as_number) {
            (Self::Number(row), Some(number)) => (row - number).abs() < f64::EPSILON,
            (Self::Range(from, to), Some(number)) => (*from..=*to).contains(&number),
            (Self::Above(bound, inclusive), Some(number)) => {
                number > *bound || *inclusive && number >= *bound
            }
            (Self::Below(bound, inclusive), Some(number)) => {
                number < *bound || *inclusive && number <= *bound
            }
            (Self::Word(row), _) => match value {
                Json::String(text) => text.trim().to_lowercase() == *row,
                Json::Bool(flag) => flag.to_string() == *row,
                _ => false,
            },
            _ => false,
        }
    }
}

/// Rows in order, each with what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T>(Vec<(Row, T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    fn get(&self, value: &Json) -> Option<&T> {
        self.0
            .iter()
            .find(|(row, _)| row.holds(value))
            .map(|(_, meaning)| meaning)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Table<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table like { 0..3: …, \">=12\": …, high: … }")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
                let mut rows = Vec::new();
                while let Some((row, meaning)) = map.next_entry::<String, T>()? {
                    rows.push((Row::read(&row).map_err(de::Error::custom)?, meaning));
                    if rows.len() > MAX_ROWS {
                        return Err(de::Error::custom(format!("at most {MAX_ROWS} rows")));
                    }
                }
                Ok(Table(rows))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// A value of ours that a table finds, or that is always the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Chosen<T> {
    /// Always this.
    Always(T),
    /// By what the sender says.
    By {
        /// Where it says so.
        from: FirstOf,
        /// What that means.
        table: Table<T>,
        /// What it means when no row holds.
        otherwise: Option<T>,
    },
}

/// What a [`Chosen`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice<'a, T> {
    /// This.
    Found(&'a T),
    /// The sender says nothing; this stands in for it, if anything does.
    Unsaid(Option<&'a T>),
    /// The sender says something that no row knows; this stands in for it, if anything does.
    Unknown(Option<&'a T>),
}

impl<'a, T> Choice<'a, T> {
    pub(super) const fn value(self) -> Option<&'a T> {
        match self {
            Self::Found(value) => Some(value),
            Self::Unsaid(value) | Self::Unknown(value) => value,
        }
    }
}

impl<T> Chosen<T> {
    pub(super) fn choose(&self, view: View<'_>) -> Choice<'_, T> {
        match self {
            Self::Always(value) => Choice::Found(value),
            Self::By {
                from,
                table,
                otherwise,
            } => match from.value(view) {
                None => Choice::Unsaid(otherwise.as_ref()),
                Some(said) => table
                    .get(&said)
                    .map_or(Choice::Unknown(otherwise.as_ref()), Choice::Found),
            },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByTable<T> {
    from: FirstOf,
    table: Table<T>,
    #[serde(default = "none")]
    otherwise: Option<T>,
}

const fn none<T>() -> Option<T> {
    None
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Chosen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Chosen<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or { from: …, table: …, otherwise: … }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Chosen<T>, E> {
                T::deserialize(de::value::StrDeserializer::new(text)).map(Chosen::Always)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Chosen<T>, A::Error> {
                let by = ByTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Chosen::By {
                    from: by.from,
                    table: by.table,
                    otherwise: by.otherwise,
                })
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// A text that the sender says itself, or that a table finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// As templates give it.
    Said(FirstOf),
    /// By a table.
    Found(Chosen<String>),
}

impl Named {
    pub(super) fn name(&self, view: View<'_>) -> Option<String> {
        match self {
            Self::Said(from) => from.fill(view),
            Self::Found(chosen) => chosen.choose(view).value().cloned(),
        }
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a template, a list of templates, or { from: …, table: …, otherwise: … }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Named, E> {
                FirstOf::deserialize(de::value::StrDeserializer::new(text)).map(Named::Said)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Named, A::Error> {
                FirstOf::deserialize(de::value::SeqAccessDeserializer::new(list)).map(Named::Said)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Named, A::Error> {
                Chosen::deserialize(de::value::MapAccessDeserializer::new(map)).map(Named::Found)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use matoi_types::Severity;
    use serde_json::json;

    use super::*;
    use crate::kernel::data::from_yaml;

    fn choose(yaml: &str, body: &Json) -> Option<Severity> {
        let chosen: Chosen<Severity> = from_yaml("t", yaml).unwrap();
        let view = View {
            here: body,
            alert: body,
            body,
        };
        chosen.choose(view).value().copied()
    }

    #[test]
    fn the_first_row_that_holds_counts() {
        let yaml = "{ from: '{level}', table: { 0..3: info, 4: low, '5..7': medium, '>=12': critical, '> 7': high, Severe: critical, true: high }, otherwise: low }";
        for (level, expect) in [
            (json!(0), Severity::Info),
            (json!(3), Severity::Info),
            (json!(4), Severity::Low),
            (json!("6"), Severity::Medium),
            (json!(8.5), Severity::High),
            (json!(12), Severity::Critical),
            (json!("SEVERE"), Severity::Critical),
            (json!(true), Severity::High),
            (json!("?"), Severity::Low),
            (json!(null), Severity::Low),
        ] {
            assert_eq!(choose(yaml, &json!({"level": level})), Some(expect), "{level}");
        }
        assert_eq!(choose("high", &json!({})), Some(Severity::High));
    }

    #[test]
    fn a_wrong_table_is_refused_at_its_line() {
        for (yaml, line, says) in [
            ("from: '{a}'\ntable:\n  '5..1': low", 3, "ends before it begins"),
            ("from: '{a}'\ntable:\n  1: grave", 3, "grave"),
            ("from: '{a'\ntable: {}", 1, "has no }"),
            ("from: '{a}'\ntabel: {}", 2, "tabel"),
            ("grave", 1, "grave"),
        ] {
            let error = from_yaml::<Chosen<Severity>>("f.yaml", yaml).unwrap_err();
            assert!(error.problem.contains(says), "{yaml}: {error}");
            assert!(error.line.abs_diff(line) <= 1, "{yaml}: {error}");
        }
    }
}
