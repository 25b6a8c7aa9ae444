//! Shipped data files: read-only samples that users read, copy and change. A wrong one is refused naming file, line and key.

use std::borrow::Cow;

use matoi_types::Lang;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Message;
use super::words::Words;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The text in a language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

/// Why a data file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct DataError {
    /// The file's name.
    pub file: String,
    /// Line, from 1; 0 when the problem has no place.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// The entry or key that is wrong, like `row ransomware` or `priority`; empty for the whole file.
    pub key: String,
    /// What is wrong and what is allowed, for people.
    pub message: Box<Message>,
    /// Key and message in English, for logs and terminals.
    pub problem: String,
}

impl DataError {
    /// An error at a line of a file.
    #[must_use]
    pub fn new(file: &str, line: u64, key: impl Into<String>, message: Message) -> Self {
        let (key, text) = (key.into(), Words::get().say(Lang::En, &message));
        Self {
            file: file.to_owned(),
            line,
            column: 1,
            problem: if key.is_empty() {
                text
            } else {
                format!("{key}: {text}")
            },
            key,
            message: Box::new(message),
        }
    }
}

impl DataError {
    /// The first of several, for those who stop there.
    #[must_use]
    pub(crate) fn first(file: &str, errors: Vec<Self>) -> Self {
        errors
            .into_iter()
            .next()
            .unwrap_or_else(|| Self::new(file, 0, "", Message::new("data-unreadable").with("problem", "?")))
    }
}

/// Reads a YAML text into its type.
///
/// # Errors
/// [`DataError`] with the place.
pub fn from_yaml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DataError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let location = error.location();
        let line = location.map_or(0, |l| l.line());
        DataError {
            column: location.map_or(0, |l| l.column()),
            ..DataError::new(file, line, key_of_line(text, line), yaml_problem(&error))
        }
    })
}

/// What the YAML library found, in our words where people meet it.
fn yaml_problem(error: &serde_saphyr::Error) -> Message {
    use serde_saphyr::Error as Yaml;
    match error.without_snippet() {
        Yaml::SerdeUnknownField { field, expected, .. } => Message::new("data-unknown-key")
            .with("value", field.as_str())
            .with("allowed", expected.join(", ")),
        Yaml::SerdeUnknownVariant {
            variant, expected, ..
        } => Message::new("data-unknown-value")
            .with("value", variant.as_str())
            .with("allowed", expected.join(", ")),
        Yaml::SerdeMissingField { field, .. } => Message::new("data-missing-key").with("value", *field),
        Yaml::SerdeInvalidType {
            unexpected, expected, ..
        }
        | Yaml::SerdeInvalidValue {
            unexpected, expected, ..
        } => Message::new("data-wrong-type")
            .with("found", unexpected.as_str())
            .with("expected", expected.as_str()),
        Yaml::InvalidScalar { ty, .. } => Message::new("data-wrong-scalar").with("expected", *ty),
        Yaml::Unexpected { expected, .. } => Message::new("data-wrong-scalar").with("expected", *expected),
        Yaml::DuplicateMappingKey { key, .. } => {
            Message::new("data-duplicate-key").with("value", key.as_deref().unwrap_or_default())
        }
        other => {
            // The library's text repeats the place and shows the lines around it; the first line says what is wrong.
            let full = other.to_string();
            let first = full.lines().next().unwrap_or_default();
            let problem = first
                .rsplit_once(" at line ")
                .map_or(first, |(problem, _)| problem);
            Message::new("data-unreadable").with("problem", problem)
        }
    }
}

/// The key that a line of YAML begins with, if it does.
fn key_of_line(text: &str, line: u64) -> String {
    let at = usize::try_from(line).unwrap_or(0);
    let line = text.lines().nth(at.saturating_sub(1)).unwrap_or_default().trim();
    let entry = line.strip_prefix("- ").unwrap_or(line).trim_start();
    match entry.split_once(':') {
        Some((key, _))
            if at > 0
                && key
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-')) =>
        {
            key.to_owned()
        }
        _ => String::new(),
    }
}

/// The line, from 1, that says just this, as an entry of a list or a key; else the first that says it among other things;
/// else 0. Row `sales` must not be looked for in row `sales_by_telephone`.
pub(crate) fn line_of(text: &str, needle: &str) -> u64 {
    let says_just_this = |line: &str| {
        let line = line.trim();
        line.strip_prefix("- ").unwrap_or(line) == needle
    };
    text.lines()
        .position(says_just_this)
        .or_else(|| text.lines().position(|line| line.contains(needle)))
        .map_or(0, |at| at as u64 + 1)
}

/// The line, from 1, of the `index`th entry of the list `section` at the left margin, or of its `key`, wherever it stands
/// inside the entry. Falls back to the entry, then to the section; 0 when there is neither.
pub(crate) fn entry_line(text: &str, section: &str, index: usize, key: Option<&str>) -> u64 {
    let head = format!("{section}:");
    let lines: Vec<&str> = text.lines().collect();
    let Some(start) = lines.iter().position(|line| line.starts_with(&head)) else {
        return 0;
    };
    let is_entry = |line: &&str| line.trim_start().starts_with("- ") || line.trim() == "-";
    let inside = || {
        lines
            .iter()
            .enumerate()
            .skip(start + 1)
            .take_while(|(_, line)| line.is_empty() || line.starts_with([' ', '#', '-']))
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some(margin) = inside()
        .find(|(_, line)| is_entry(line))
        .map(|(_, line)| indent(line))
    else {
        return start as u64 + 1;
    };
    let entries: Vec<usize> = inside()
        .filter(|(_, line)| is_entry(line) && indent(line) == margin)
        .map(|(at, _)| at)
        .collect();
    let Some(first) = entries.get(index).copied() else {
        return start as u64 + 1;
    };
    let end = entries.get(index + 1).copied().unwrap_or(lines.len());
    let says_key = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_start();
        key.is_some_and(|key| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
    };
    let at = (first..end).find(|at| lines.get(*at).is_some_and(|line| says_key(line)));
    at.unwrap_or(first) as u64 + 1
}

/// The text of an embedded file as UTF-8.
#[must_use]
pub fn embedded_text(file: Option<rust_embed::EmbeddedFile>) -> Option<String> {
    file.map(|file| match file.data {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    })
}
