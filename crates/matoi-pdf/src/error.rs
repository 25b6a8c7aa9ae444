//! What can go wrong, in a form that both a person and the calling process can read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a template, a layout or a data value, and what is wrong there.
///
/// `Display` gives `file:line:column: what (subject)`, leaving out what is not known or said already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The name the caller gave the file.
    pub file: String,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// Column in characters, counted from 1.
    pub column: Option<u32>,
    /// What is wrong.
    pub what: String,
    /// The variable, filter or expression it is about, as it is written in the file.
    pub subject: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}", self.what)?;
        if let Some(subject) = self
            .subject
            .as_ref()
            .filter(|subject| !self.what.contains(subject.as_str()))
        {
            write!(f, " (`{subject}`)")?;
        }
        Ok(())
    }
}

/// Why a document could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Error {
    /// The report template is wrong, or the data lack something it asks for.
    #[error("{at}")]
    Template {
        /// Where and what.
        at: Diagnostic,
    },
    /// The page layout is wrong. Only a layout given by the caller can cause this.
    #[error("{at}")]
    Layout {
        /// Where and what.
        at: Diagnostic,
    },
    /// Something is larger, deeper or slower than a document may be.
    #[error("{what} exceeds the limit of {limit}")]
    Limit {
        /// What is too large.
        what: String,
        /// The limit, in the unit `what` names.
        limit: u64,
    },
    /// The request is not what this crate understands.
    #[error("malformed request: {what}")]
    Request {
        /// What is wrong, with the place in the JSON text where it is known.
        what: String,
    },
    /// An image cannot be used.
    #[error("image `{name}`: {what}")]
    Image {
        /// The name under which it was given or asked for.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A library that writes the file failed; nothing the caller gave explains it.
    #[error("writing the document failed: {what}")]
    Internal {
        /// What the library said.
        what: String,
    },
}

impl Error {
    pub(crate) fn limit(what: &str, limit: usize) -> Self {
        Self::Limit {
            what: what.to_owned(),
            limit: limit as u64,
        }
    }

    pub(crate) fn internal(cause: impl fmt::Display) -> Self {
        Self::Internal {
            what: cause.to_string(),
        }
    }
}
