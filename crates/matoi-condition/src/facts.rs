//! What is known about a situation: facts with values that are known, assumed or unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::value::Value;

/// What is known about one fact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Knowledge {
    /// The value has been established.
    Known(Value),
    /// The value is taken for granted until it is established. It counts as the value, and the trace says so.
    Assumed(Value),
    /// Nobody knows.
    #[default]
    Unknown,
}

impl Knowledge {
    /// The known or assumed value.
    #[must_use]
    pub const fn value(&self) -> Option<&Value> {
        match self {
            Self::Known(value) | Self::Assumed(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// Where an evaluation finds its facts.
///
/// Within one evaluation, the same name must give the same answer. A fact that is not there is unknown, never false.
pub trait Facts {
    /// What is known about the fact of this name.
    fn fact(&self, name: &str) -> Knowledge;
}

impl<F: Facts + ?Sized> Facts for &F {
    fn fact(&self, name: &str) -> Knowledge {
        (**self).fact(name)
    }
}

/// Facts in a map, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactMap(pub BTreeMap<String, Knowledge>);

impl FactMap {
    /// No fact is known.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The same facts and one more that is known.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, Knowledge::Known(value.into()));
        self
    }

    /// The same facts and one more that is assumed.
    #[must_use]
    pub fn with_assumed(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, Knowledge::Assumed(value.into()));
        self
    }

    /// Replaces what is known about one fact.
    pub fn set(&mut self, name: &str, knowledge: Knowledge) {
        self.0.insert(name.to_owned(), knowledge);
    }
}

impl Facts for FactMap {
    fn fact(&self, name: &str) -> Knowledge {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

/// A plain value that is no value of its fact.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("fact \"{fact}\": {kind}")]
pub struct FactError {
    /// The fact as named in the data.
    pub fact: String,
    /// What is wrong.
    pub kind: FactErrorKind,
}

/// Why a plain value is no value of its fact.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FactErrorKind {
    /// The vocabulary does not declare the fact.
    #[error("not declared in the vocabulary")]
    UnknownFact,
    /// The value has another shape.
    #[error("expected {}", crate::error::type_phrase(expected))]
    WrongType {
        /// The name of the declared type.
        expected: &'static str,
    },
    /// The value is no declared step.
    #[error("\"{step}\" is not one of {}", allowed.join(", "))]
    UnknownStep {
        /// The value.
        step: String,
        /// The declared steps.
        allowed: Vec<String>,
    },
    /// The number is outside the declared limits or has a fraction where none may be.
    #[error("outside the declared range")]
    OutOfRange,
}

impl FactErrorKind {
    /// The keys of all kinds, for checks that translations are complete.
    pub const KEYS: &'static [&'static str] = &[
        "fact-unknown",
        "fact-wrong-type",
        "fact-unknown-step",
        "fact-out-of-range",
    ];

    /// The message key by which callers translate the error.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::UnknownFact => "fact-unknown",
            Self::WrongType { .. } => "fact-wrong-type",
            Self::UnknownStep { .. } => "fact-unknown-step",
            Self::OutOfRange => "fact-out-of-range",
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnknownFact | Self::OutOfRange => Vec::new(),
            Self::WrongType { expected } => vec![("expected", (*expected).to_owned())],
            Self::UnknownStep { step, allowed } => {
                vec![("step", step.clone()), ("allowed", allowed.join(", "))]
            }
        }
    }
}
