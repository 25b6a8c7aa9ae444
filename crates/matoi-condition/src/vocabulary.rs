//! The vocabulary: which facts exist and what values they take. Expressions are checked against it when they are loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::facts::{FactError, FactErrorKind, FactMap, Knowledge};
use crate::literal;
use crate::value::{Number, Value};

/// The longest name of a fact and the longest step, in bytes.
pub const MAX_NAME_LENGTH: usize = 200;
/// The most steps a choice may have.
pub const MAX_STEPS: usize = 1000;

/// What values a fact takes. As data, tagged by `type`: `{type: choice, steps: [low, high], ordered: true}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FactType {
    /// Yes or no.
    Boolean,
    /// A number. The limits are inclusive; a value outside them counts as unknown.
    Number {
        /// Only numbers without a fraction occur, as in a count.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        whole: bool,
        /// The least value that occurs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<Number>,
        /// The greatest value that occurs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Number>,
    },
    /// Free text.
    Text,
    /// A set of free texts, such as tags.
    Texts,
    /// A span of time.
    Duration,
    /// A point in time.
    DateTime,
    /// Exactly one of the steps.
    Choice {
        /// The steps; where they are ordered, the lowest first.
        steps: Vec<String>,
        /// Whether steps may be compared with `<`, `<=`, `>` and `>=`, in the order in which they stand.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ordered: bool,
    },
    /// Any number of the steps, none included.
    Choices {
        /// The steps.
        steps: Vec<String>,
    },
}

impl FactType {
    /// A number without limits.
    pub const NUMBER: Self = Self::Number {
        whole: false,
        min: None,
        max: None,
    };
    /// A whole number from zero upwards.
    pub const COUNT: Self = Self::Number {
        whole: true,
        min: Some(Number::ZERO),
        max: None,
    };

    /// A choice without an order.
    #[must_use]
    pub fn choice<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Self {
        Self::Choice {
            steps: steps.into_iter().map(Into::into).collect(),
            ordered: false,
        }
    }

    /// A choice whose steps stand in order, the lowest first.
    #[must_use]
    pub fn ordered_choice<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Self {
        Self::Choice {
            steps: steps.into_iter().map(Into::into).collect(),
            ordered: true,
        }
    }

    /// A set of steps.
    #[must_use]
    pub fn choices<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Self {
        Self::Choices {
            steps: steps.into_iter().map(Into::into).collect(),
        }
    }

    /// The name of the type, as in data: `date-time`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number { .. } => "number",
            Self::Text => "text",
            Self::Texts => "texts",
            Self::Duration => "duration",
            Self::DateTime => "date-time",
            Self::Choice { .. } => "choice",
            Self::Choices { .. } => "choices",
        }
    }

    /// The declared steps; empty for types without.
    #[must_use]
    pub fn steps(&self) -> &[String] {
        match self {
            Self::Choice { steps, .. } | Self::Choices { steps } => steps,
            _ => &[],
        }
    }

    /// Whether values can be compared with `<`, `<=`, `>` and `>=`.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        match self {
            Self::Number { .. } | Self::Duration | Self::DateTime => true,
            Self::Choice { ordered, .. } => *ordered,
            Self::Boolean | Self::Text | Self::Texts | Self::Choices { .. } => false,
        }
    }

    /// Whether a value is one of this type: the right shape, declared steps, within the limits.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean, Value::Boolean(_))
            | (Self::Text, Value::Text(_))
            | (Self::Texts, Value::Texts(_))
            | (Self::Duration, Value::Duration(_))
            | (Self::DateTime, Value::DateTime(_)) => true,
            (Self::Number { whole, .. }, Value::Number(number)) => {
                (!whole || number.is_whole()) && self.is_within_limits(*number)
            }
            (Self::Choice { steps, .. }, Value::Choice(step)) => steps.contains(step),
            (Self::Choices { steps }, Value::Choices(chosen)) => {
                chosen.iter().all(|step| steps.contains(step))
            }
            _ => false,
        }
    }

    pub(crate) fn is_within_limits(&self, number: Number) -> bool {
        match self {
            Self::Number { min, max, .. } => {
                min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            }
            _ => true,
        }
    }

    /// Reads a value in the plain form of data files: `true`, `12`, `"text"`, `"24h"`, `["a", "b"]`,
    /// `"2026-11-20T03:12:00+09:00"`, `"step"`.
    ///
    /// # Errors
    /// When the value has another shape, is no declared step or lies outside the limits.
    pub fn read(&self, plain: &serde_json::Value) -> Result<Value, FactErrorKind> {
        let wrong_type = || FactErrorKind::WrongType {
            expected: self.as_str(),
        };
        let text = || plain.as_str().ok_or_else(wrong_type);
        let texts = || -> Result<BTreeSet<String>, FactErrorKind> {
            let list = plain.as_array().ok_or_else(wrong_type)?;
            list.iter()
                .map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong_type))
                .collect()
        };
        let value = match self {
            Self::Boolean => Value::Boolean(plain.as_bool().ok_or_else(wrong_type)?),
            Self::Number { .. } => {
                Value::Number(plain.as_f64().and_then(Number::new).ok_or_else(wrong_type)?)
            }
            Self::Text => Value::Text(text()?.to_owned()),
            Self::Texts => Value::Texts(texts()?),
            Self::Duration => Value::Duration(literal::parse_duration(text()?).ok_or_else(wrong_type)?),
            Self::DateTime => Value::DateTime(literal::parse_date_time(text()?).ok_or_else(wrong_type)?),
            Self::Choice { .. } => Value::Choice(text()?.to_owned()),
            Self::Choices { .. } => Value::Choices(texts()?),
        };
        if self.accepts(&value) {
            return Ok(value);
        }
        Err(match self.unknown_step_of(&value) {
            Some(step) => FactErrorKind::UnknownStep {
                step,
                allowed: self.steps().to_vec(),
            },
            None => FactErrorKind::OutOfRange,
        })
    }

    fn unknown_step_of(&self, value: &Value) -> Option<String> {
        match value {
            Value::Choice(step) => Some(step.clone()),
            Value::Choices(steps) => steps.iter().find(|step| !self.steps().contains(step)).cloned(),
            _ => None,
        }
    }

    fn check(&self) -> Result<(), VocabularyErrorKind> {
        match self {
            Self::Choice { steps, .. } | Self::Choices { steps } => check_steps(steps),
            Self::Number {
                min: Some(min),
                max: Some(max),
                ..
            } if min > max => Err(VocabularyErrorKind::EmptyRange),
            _ => Ok(()),
        }
    }
}

fn check_steps(steps: &[String]) -> Result<(), VocabularyErrorKind> {
    if steps.is_empty() {
        return Err(VocabularyErrorKind::NoSteps);
    }
    if steps.len() > MAX_STEPS {
        return Err(VocabularyErrorKind::TooManySteps);
    }
    let mut seen = BTreeSet::new();
    for step in steps {
        if step.is_empty() || step.len() > MAX_NAME_LENGTH || step.chars().any(char::is_control) {
            return Err(VocabularyErrorKind::BadStep { step: step.clone() });
        }
        if !seen.insert(step) {
            return Err(VocabularyErrorKind::DuplicateStep { step: step.clone() });
        }
    }
    Ok(())
}

/// The declared facts, by name.
///
/// As data it is a map from name to [`FactType`]; reading checks it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, FactType>", into = "BTreeMap<String, FactType>")]
pub struct Vocabulary {
    facts: BTreeMap<String, Arc<FactType>>,
}

impl Vocabulary {
    /// Checks and collects declarations. Several sources are joined by chaining them.
    ///
    /// # Errors
    /// The first declaration with a name that is not dotted lower_snake, is reserved or was declared before,
    /// or with steps that are missing, doubled or malformed.
    pub fn new<S: Into<String>>(
        declarations: impl IntoIterator<Item = (S, FactType)>,
    ) -> Result<Self, VocabularyError> {
        let mut facts = BTreeMap::new();
        for (name, fact_type) in declarations {
            let name = name.into();
            let checked = check_name(&name).and_then(|()| fact_type.check());
            if let Err(kind) = checked {
                return Err(VocabularyError { fact: name, kind });
            }
            if facts.contains_key(&name) {
                return Err(VocabularyError {
                    fact: name,
                    kind: VocabularyErrorKind::DuplicateFact,
                });
            }
            facts.insert(name, Arc::new(fact_type));
        }
        Ok(Self { facts })
    }

    /// The type of a fact; `None` when it is not declared.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FactType> {
        self.facts.get(name).map(Arc::as_ref)
    }

    /// The declared facts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FactType)> {
        self.facts
            .iter()
            .map(|(name, fact_type)| (name.as_str(), fact_type.as_ref()))
    }

    /// How many facts are declared.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether no fact is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Reads facts in the plain form of data files. `null` and a missing fact are unknown;
    /// `{"assumed": value}` is a value that is only assumed.
    ///
    /// # Errors
    /// Every fact that is not declared or whose value does not fit its type.
    pub fn read_facts<'a>(
        &self,
        plain: impl IntoIterator<Item = (&'a String, &'a serde_json::Value)>,
    ) -> Result<FactMap, Vec<FactError>> {
        let mut facts = FactMap::default();
        let mut errors = Vec::new();
        for (name, plain) in plain {
            match self.read_fact(name, plain) {
                Ok(knowledge) => facts.set(name, knowledge),
                Err(kind) => errors.push(FactError {
                    fact: name.clone(),
                    kind,
                }),
            }
        }
        if errors.is_empty() { Ok(facts) } else { Err(errors) }
    }

    fn read_fact(&self, name: &str, plain: &serde_json::Value) -> Result<Knowledge, FactErrorKind> {
        let fact_type = self.get(name).ok_or(FactErrorKind::UnknownFact)?;
        if plain.is_null() {
            return Ok(Knowledge::Unknown);
        }
        match plain.as_object() {
            Some(object) if object.len() == 1 => {
                let assumed = object.get("assumed").ok_or(FactErrorKind::WrongType {
                    expected: fact_type.as_str(),
                })?;
                fact_type.read(assumed).map(Knowledge::Assumed)
            }
            _ => fact_type.read(plain).map(Knowledge::Known),
        }
    }

    pub(crate) fn get_shared(&self, name: &str) -> Option<&Arc<FactType>> {
        self.facts.get(name)
    }
}

fn check_name(name: &str) -> Result<(), VocabularyErrorKind> {
    if literal::RESERVED_WORDS.contains(&name) {
        return Err(VocabularyErrorKind::ReservedName);
    }
    if name.len() > MAX_NAME_LENGTH || !name.split('.').all(literal::is_name_part) {
        return Err(VocabularyErrorKind::BadName);
    }
    Ok(())
}

impl TryFrom<BTreeMap<String, FactType>> for Vocabulary {
    type Error = VocabularyError;

    fn try_from(declarations: BTreeMap<String, FactType>) -> Result<Self, VocabularyError> {
        Self::new(declarations)
    }
}

impl From<Vocabulary> for BTreeMap<String, FactType> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary
            .facts
            .into_iter()
            .map(|(name, fact_type)| (name, Arc::unwrap_or_clone(fact_type)))
            .collect()
    }
}

/// A declaration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("fact \"{fact}\": {kind}")]
pub struct VocabularyError {
    /// The name as declared.
    pub fact: String,
    /// What is wrong with it.
    pub kind: VocabularyErrorKind,
}

/// What is wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VocabularyErrorKind {
    /// The name is not dotted lower_snake or is too long.
    #[error("the name must be lower-case words of letters, digits and \"_\", joined by dots")]
    BadName,
    /// The name is a word of the language.
    #[error("the name is a word of the condition language")]
    ReservedName,
    /// The name stands twice.
    #[error("declared twice")]
    DuplicateFact,
    /// A choice without steps.
    #[error("a choice needs at least one step")]
    NoSteps,
    /// More than [`MAX_STEPS`] steps.
    #[error("a choice has at most {MAX_STEPS} steps")]
    TooManySteps,
    /// A step is empty, too long or has control characters.
    #[error("\"{step}\" cannot be a step: it is empty, too long or holds control characters")]
    BadStep {
        /// The step.
        step: String,
    },
    /// A step stands twice.
    #[error("step \"{step}\" stands twice")]
    DuplicateStep {
        /// The step.
        step: String,
    },
    /// The least value is above the greatest.
    #[error("min is greater than max")]
    EmptyRange,
}

impl VocabularyErrorKind {
    /// The keys of all kinds, for checks that translations are complete.
    pub const KEYS: &'static [&'static str] = &[
        "vocabulary-bad-name",
        "vocabulary-reserved-name",
        "vocabulary-duplicate-fact",
        "vocabulary-no-steps",
        "vocabulary-too-many-steps",
        "vocabulary-bad-step",
        "vocabulary-duplicate-step",
        "vocabulary-empty-range",
    ];

    /// The message key by which callers translate the error.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::BadName => "vocabulary-bad-name",
            Self::ReservedName => "vocabulary-reserved-name",
            Self::DuplicateFact => "vocabulary-duplicate-fact",
            Self::NoSteps => "vocabulary-no-steps",
            Self::TooManySteps => "vocabulary-too-many-steps",
            Self::BadStep { .. } => "vocabulary-bad-step",
            Self::DuplicateStep { .. } => "vocabulary-duplicate-step",
            Self::EmptyRange => "vocabulary-empty-range",
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooManySteps => vec![("limit", MAX_STEPS.to_string())],
            Self::BadStep { step } | Self::DuplicateStep { step } => vec![("step", step.clone())],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declare(name: &str, fact_type: FactType) -> Result<(), VocabularyErrorKind> {
        Vocabulary::new([(name, fact_type)])
            .map(|_| ())
            .map_err(|error| error.kind)
    }

    #[test]
    fn names_are_dotted_lower_snake_and_not_reserved() {
        for name in ["a", "attack_type", "data.personal", "x1.y_2.z"] {
            assert_eq!(declare(name, FactType::Boolean), Ok(()), "{name}");
        }
        for name in ["", "A", "a.", ".a", "a..b", "1a", "a-b", "重要度", "_a", "a b"] {
            assert_eq!(
                declare(name, FactType::Boolean),
                Err(VocabularyErrorKind::BadName),
                "{name}"
            );
        }
        for name in ["and", "known", "true"] {
            assert_eq!(
                declare(name, FactType::Boolean),
                Err(VocabularyErrorKind::ReservedName),
                "{name}"
            );
        }
        assert_eq!(
            declare(&"a".repeat(201), FactType::Boolean),
            Err(VocabularyErrorKind::BadName)
        );
    }

    #[test]
    fn steps_are_there_and_differ() {
        assert_eq!(
            declare("a", FactType::choice(Vec::<String>::new())),
            Err(VocabularyErrorKind::NoSteps)
        );
        let twice = VocabularyErrorKind::DuplicateStep { step: "x".into() };
        assert_eq!(declare("a", FactType::choices(["x", "x"])), Err(twice));
        let bad = VocabularyErrorKind::BadStep { step: "x\n".into() };
        assert_eq!(declare("a", FactType::choice(["x\n"])), Err(bad));
        let range = FactType::Number {
            whole: false,
            min: Some(2.into()),
            max: Some(1.into()),
        };
        assert_eq!(declare("a", range), Err(VocabularyErrorKind::EmptyRange));
    }

    #[test]
    fn a_vocabulary_survives_json_and_is_checked_when_read() {
        let json = r#"{"asset.importance":{"type":"choice","steps":["low","high"],"ordered":true},"count":{"type":"number","whole":true,"min":0},"personal":{"type":"boolean"},"since":{"type":"date-time"}}"#;
        let vocabulary: Vocabulary = serde_json::from_str(json).unwrap();
        assert_eq!(vocabulary.len(), 4);
        assert_eq!(serde_json::to_string(&vocabulary).unwrap(), json);
        assert_eq!(vocabulary.get("count"), Some(&FactType::COUNT));
        let error = serde_json::from_str::<Vocabulary>(r#"{"Count":{"type":"number"}}"#).unwrap_err();
        assert!(
            error.to_string().starts_with("fact \"Count\": the name must be"),
            "{error}"
        );
        assert!(serde_json::from_str::<Vocabulary>(r#"{"a":{"type":"choice","step":["x"]}}"#).is_err());
    }

    #[test]
    fn plain_values_are_read_by_type() {
        use serde_json::json;
        let importance = FactType::ordered_choice(["low", "high"]);
        let good = [
            (FactType::Boolean, json!(true)),
            (FactType::COUNT, json!(12)),
            (FactType::NUMBER, json!(-7.5)),
            (FactType::Text, json!("x")),
            (FactType::Texts, json!(["a", "b"])),
            (FactType::Duration, json!("36h")),
            (FactType::DateTime, json!("2026-11-20T03:12:00Z")),
            (importance.clone(), json!("high")),
            (FactType::choices(["a", "b"]), json!([])),
        ];
        for (fact_type, plain) in good {
            assert_eq!(fact_type.read(&plain).unwrap().to_plain(), plain);
        }
        let bad = [
            (FactType::Boolean, json!("true"), "fact-wrong-type"),
            (FactType::COUNT, json!(-1), "fact-out-of-range"),
            (FactType::COUNT, json!(0.5), "fact-out-of-range"),
            (FactType::Texts, json!(["a", 1]), "fact-wrong-type"),
            (FactType::Duration, json!(24), "fact-wrong-type"),
            (FactType::DateTime, json!("2026-11-20"), "fact-wrong-type"),
            (importance, json!("grave"), "fact-unknown-step"),
            (
                FactType::choices(["a", "b"]),
                json!(["a", "c"]),
                "fact-unknown-step",
            ),
        ];
        for (fact_type, plain, key) in bad {
            assert_eq!(fact_type.read(&plain).unwrap_err().key(), key, "{plain}");
        }
    }
}
