//! Shipped data files: read-only samples that users read, copy and change. A wrong one is refused naming file, line and key.

use std::borrow::Cow;

use matoi_types::Lang;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
    /// What is wrong, naming the key and what is allowed.
    pub problem: String,
}

/// Reads a YAML text into its type.
///
/// # Errors
/// [`DataError`] with the place.
pub fn from_yaml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DataError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let location = error.location();
        let full = error.to_string();
        // The library's text repeats the place and shows the lines around it; the first line says what is wrong.
        let first = full.lines().next().unwrap_or_default();
        let problem = first.splitn(3, ": ").last().unwrap_or(first).to_owned();
        DataError {
            file: file.to_owned(),
            line: location.map_or(0, |l| l.line()),
            column: location.map_or(0, |l| l.column()),
            problem,
        }
    })
}

/// The text of an embedded file as UTF-8.
#[must_use]
pub fn embedded_text(file: Option<rust_embed::EmbeddedFile>) -> Option<String> {
    file.map(|file| match file.data {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    })
}
