//! What can be wrong with the text of an expression: where, what, and a key to translate it by.

use thiserror::Error;

/// A text that is no expression, or none over the vocabulary at hand.
///
/// `Display` gives the message in English without the place; callers add file, line and key, and mark
/// [`offset`](Self::offset) and [`length`](Self::length).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct ConditionError {
    /// What is wrong.
    pub kind: ConditionErrorKind,
    /// Where it starts, in bytes from the start of the text as given.
    pub offset: usize,
    /// How many bytes it covers; 0 where something is missing.
    pub length: usize,
}

impl ConditionError {
    pub(crate) const fn new(kind: ConditionErrorKind, offset: usize, length: usize) -> Self {
        Self { kind, offset, length }
    }

    /// The message key by which callers translate the error.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.kind.key()
    }

    /// The arguments of the message.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        self.kind.args()
    }
}

/// What is wrong with the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionErrorKind {
    /// Nothing but white space.
    #[error("the condition is empty")]
    Empty,
    /// The text, or its canonical form, is too long.
    #[error("the condition is longer than {limit} bytes: split it")]
    TooLong {
        /// The most bytes allowed.
        limit: usize,
    },
    /// Too many levels of parentheses and `not`.
    #[error("the condition is nested deeper than {limit} levels: split it")]
    TooDeep {
        /// The most levels allowed.
        limit: usize,
    },
    /// A character without meaning in the language.
    #[error("unexpected character \"{character}\"")]
    UnexpectedCharacter {
        /// The character.
        character: char,
    },
    /// Another language's spelling of something that exists here.
    #[error("write \"{expected}\" instead of \"{found}\"")]
    WrongSpelling {
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: String,
    },
    /// A text without its closing quote.
    #[error("the closing quote of this text is missing")]
    UnclosedText,
    /// A line break or another control character inside quotes.
    #[error("a text in quotes cannot hold line breaks or control characters")]
    ControlCharacter,
    /// A backslash before something other than a quote or a backslash.
    #[error("in quotes, \"\\\" may only stand before a quote or another \"\\\"")]
    BadEscape,
    /// Starts with a digit, but is no value.
    #[error(
        "\"{found}\" is no number (like 1000 or 7.5), no duration (like 90s, 30min, 24h or 7d) and no date-time (like 2026-11-20T09:00:00+09:00)"
    )]
    BadLiteral {
        /// What stands there.
        found: String,
    },
    /// A condition should stand here.
    #[error("a condition is missing here")]
    MissingCondition,
    /// A value should stand here.
    #[error("a value is missing here")]
    MissingValue,
    /// `in`, `contains any` or `contains all` without a list.
    #[error("a list in square brackets is missing here")]
    MissingList,
    /// A list that is not closed.
    #[error("expected \",\" or \"]\" in this list")]
    UnclosedList,
    /// A parenthesis that is not closed.
    #[error("the closing parenthesis is missing")]
    UnclosedParenthesis,
    /// A closing parenthesis without an opening one.
    #[error("this closing parenthesis has no opening one")]
    ExtraParenthesis,
    /// `known` or `unknown` without its parenthesis.
    #[error("write {word}(fact), with the fact in parentheses")]
    MissingParenthesis {
        /// `known` or `unknown`.
        word: String,
    },
    /// `known(...)` or `unknown(...)` around something else than one fact.
    #[error("the name of one fact belongs here")]
    MissingFact,
    /// Two conditions without a word between them.
    #[error("expected \"and\" or \"or\" here")]
    MissingConnective,
    /// `and` and `or` side by side without parentheses.
    #[error("\"and\" and \"or\" stand side by side: put parentheses around what belongs together")]
    MixedConnectives,
    /// More than one comparison sign.
    #[error("compare one fact with one value, and join comparisons with \"and\"")]
    ChainedComparison,
    /// A value before the comparison sign.
    #[error("write the fact first, then the sign, then the value")]
    ValueOnLeft,
    /// A comma inside a number.
    #[error("write numbers without a thousands separator")]
    ThousandsSeparator,
    /// The vocabulary does not declare the fact.
    #[error("unknown fact \"{fact}\"{}", did_you_mean(similar.as_deref()))]
    UnknownFact {
        /// The name as written.
        fact: String,
        /// A declared fact with a similar name.
        similar: Option<String>,
    },
    /// Something called like a function.
    #[error("\"{name}\" is no function: there are only known(fact) and unknown(fact)")]
    UnknownFunction {
        /// The name as written.
        name: String,
    },
    /// A fact where a value should stand.
    #[error("\"{fact}\" is a fact: a fact can only be compared with a value")]
    FactAsValue {
        /// The fact.
        fact: String,
    },
    /// `unknown`, `null` and the like where a value should stand.
    #[error(
        "\"{found}\" is no value: write known({fact}) or unknown({fact}), or quotes if a step has this name"
    )]
    UnknownAsValue {
        /// The word as written.
        found: String,
        /// The fact on the left.
        fact: String,
    },
    /// A text without quotes.
    #[error("put \"{found}\" in double quotes")]
    UnquotedText {
        /// The word as written.
        found: String,
    },
    /// The value is no declared step of the fact.
    #[error("\"{step}\" is not a step of \"{fact}\": {}", shortened_list(allowed))]
    UnknownStep {
        /// The fact.
        fact: String,
        /// The value as written.
        step: String,
        /// The declared steps.
        allowed: Vec<String>,
    },
    /// The value has another type than the fact.
    #[error("\"{fact}\" is compared with {}", value_phrase(expected))]
    WrongType {
        /// The fact.
        fact: String,
        /// The name of the type that the value should have: `number`, `date-time`.
        expected: &'static str,
    },
    /// A fact without comparison that is neither yes nor no.
    #[error("\"{fact}\" is {}: compare it with a value", type_phrase(fact_type))]
    NotBoolean {
        /// The fact.
        fact: String,
        /// The name of its type.
        fact_type: &'static str,
    },
    /// `<` or the like with a fact whose values have no order.
    #[error("\"{fact}\" has no order: use ==, != or in")]
    NotOrdered {
        /// The fact.
        fact: String,
    },
    /// An operator that the type of the fact does not have.
    #[error(
        "\"{operator}\" cannot be used with \"{fact}\", which is {}",
        type_phrase(fact_type)
    )]
    WrongOperator {
        /// The operator as written.
        operator: &'static str,
        /// The fact.
        fact: String,
        /// The name of its type.
        fact_type: &'static str,
    },
    /// A number that the fact never takes, because it lies outside its limits.
    #[error("\"{fact}\" only takes numbers {}", range_phrase(min.as_deref(), max.as_deref()))]
    NumberOutOfRange {
        /// The fact.
        fact: String,
        /// The least number.
        min: Option<String>,
        /// The greatest number.
        max: Option<String>,
    },
    /// A number with a fraction, and a fact that only takes whole ones.
    #[error("\"{fact}\" only takes whole numbers")]
    NumberNotWhole {
        /// The fact.
        fact: String,
    },
    /// `contains ""`, which always holds.
    #[error("every text contains the empty text: write what is looked for")]
    EmptyText,
    /// `[]`.
    #[error("the list is empty")]
    EmptyList,
    /// The same value twice in a list.
    #[error("{value} stands twice in this list")]
    DuplicateValue {
        /// The value as it is written in an expression.
        value: String,
    },
}

/// A list of steps longer than this is cut in messages.
const MAX_LISTED_STEPS: usize = 30;

fn shortened_list(steps: &[String]) -> String {
    let listed = steps
        .iter()
        .take(MAX_LISTED_STEPS)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let more = if steps.len() > MAX_LISTED_STEPS {
        ", ..."
    } else {
        ""
    };
    format!("expected one of {listed}{more}")
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar
        .map(|similar| format!(": did you mean \"{similar}\"?"))
        .unwrap_or_default()
}

fn range_phrase(min: Option<&str>, max: Option<&str>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("from {min} upwards"),
        (None, Some(max)) => format!("up to {max}"),
        (None, None) => String::from("without limits"),
    }
}

/// A type in the words of a message.
pub(crate) fn type_phrase(type_name: &str) -> &'static str {
    match type_name {
        "boolean" => "true or false",
        "number" => "a number",
        "duration" => "a duration",
        "date-time" => "a date-time",
        "choice" => "one of several steps",
        "choices" => "a set of steps",
        "texts" => "a set of texts",
        _ => "a text",
    }
}

fn value_phrase(type_name: &str) -> &'static str {
    match type_name {
        "boolean" => "true or false",
        "number" => "a number, like 1000 or 7.5",
        "duration" => "a duration without quotes and spaces, like 90s, 30min, 24h or 7d",
        "date-time" => "a date-time without quotes, like 2026-11-20T09:00:00+09:00",
        "choice" | "choices" => "one of its steps",
        _ => "a text in double quotes",
    }
}

impl ConditionErrorKind {
    /// The keys of all kinds, for checks that translations are complete.
    pub const KEYS: &'static [&'static str] = &[
        "condition-empty",
        "condition-too-long",
        "condition-too-deep",
        "condition-unexpected-character",
        "condition-wrong-spelling",
        "condition-unclosed-text",
        "condition-control-character",
        "condition-bad-escape",
        "condition-bad-literal",
        "condition-missing-condition",
        "condition-missing-value",
        "condition-missing-list",
        "condition-unclosed-list",
        "condition-unclosed-parenthesis",
        "condition-extra-parenthesis",
        "condition-missing-parenthesis",
        "condition-missing-fact",
        "condition-missing-connective",
        "condition-mixed-connectives",
        "condition-chained-comparison",
        "condition-value-on-left",
        "condition-thousands-separator",
        "condition-unknown-fact",
        "condition-unknown-fact-similar",
        "condition-unknown-function",
        "condition-fact-as-value",
        "condition-unknown-as-value",
        "condition-unquoted-text",
        "condition-unknown-step",
        "condition-wrong-type",
        "condition-not-boolean",
        "condition-not-ordered",
        "condition-wrong-operator",
        "condition-number-out-of-range",
        "condition-number-not-whole",
        "condition-empty-text",
        "condition-empty-list",
        "condition-duplicate-value",
    ];

    /// The message key by which callers translate the error.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Empty => "condition-empty",
            Self::TooLong { .. } => "condition-too-long",
            Self::TooDeep { .. } => "condition-too-deep",
            Self::UnexpectedCharacter { .. } => "condition-unexpected-character",
            Self::WrongSpelling { .. } => "condition-wrong-spelling",
            Self::UnclosedText => "condition-unclosed-text",
            Self::ControlCharacter => "condition-control-character",
            Self::BadEscape => "condition-bad-escape",
            Self::BadLiteral { .. } => "condition-bad-literal",
            Self::MissingCondition => "condition-missing-condition",
            Self::MissingValue => "condition-missing-value",
            Self::MissingList => "condition-missing-list",
            Self::UnclosedList => "condition-unclosed-list",
            Self::UnclosedParenthesis => "condition-unclosed-parenthesis",
            Self::ExtraParenthesis => "condition-extra-parenthesis",
            Self::MissingParenthesis { .. } => "condition-missing-parenthesis",
            Self::MissingFact => "condition-missing-fact",
            Self::MissingConnective => "condition-missing-connective",
            Self::MixedConnectives => "condition-mixed-connectives",
            Self::ChainedComparison => "condition-chained-comparison",
            Self::ValueOnLeft => "condition-value-on-left",
            Self::ThousandsSeparator => "condition-thousands-separator",
            Self::UnknownFact { similar: None, .. } => "condition-unknown-fact",
            Self::UnknownFact { similar: Some(_), .. } => "condition-unknown-fact-similar",
            Self::UnknownFunction { .. } => "condition-unknown-function",
            Self::FactAsValue { .. } => "condition-fact-as-value",
            Self::UnknownAsValue { .. } => "condition-unknown-as-value",
            Self::UnquotedText { .. } => "condition-unquoted-text",
            Self::UnknownStep { .. } => "condition-unknown-step",
            Self::WrongType { .. } => "condition-wrong-type",
            Self::NotBoolean { .. } => "condition-not-boolean",
            Self::NotOrdered { .. } => "condition-not-ordered",
            Self::WrongOperator { .. } => "condition-wrong-operator",
            Self::NumberOutOfRange { .. } => "condition-number-out-of-range",
            Self::NumberNotWhole { .. } => "condition-number-not-whole",
            Self::EmptyText => "condition-empty-text",
            Self::EmptyList => "condition-empty-list",
            Self::DuplicateValue { .. } => "condition-duplicate-value",
        }
    }

    /// The arguments of the message. Types are given by their name in data (`date-time`), a missing limit as an
    /// empty text.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { limit } | Self::TooDeep { limit } => vec![("limit", limit.to_string())],
            Self::UnexpectedCharacter { character } => vec![("character", character.to_string())],
            Self::WrongSpelling { found, expected } => {
                vec![("found", found.clone()), ("expected", expected.clone())]
            }
            Self::BadLiteral { found } | Self::UnquotedText { found } => vec![("found", found.clone())],
            Self::MissingParenthesis { word } => vec![("word", word.clone())],
            Self::UnknownFact { fact, similar: None }
            | Self::FactAsValue { fact }
            | Self::NotOrdered { fact }
            | Self::NumberNotWhole { fact } => vec![("fact", fact.clone())],
            Self::UnknownFact {
                fact,
                similar: Some(similar),
            } => {
                vec![("fact", fact.clone()), ("similar", similar.clone())]
            }
            Self::UnknownFunction { name } => vec![("name", name.clone())],
            Self::UnknownAsValue { found, fact } => vec![("found", found.clone()), ("fact", fact.clone())],
            Self::UnknownStep { fact, step, allowed } => {
                vec![
                    ("fact", fact.clone()),
                    ("step", step.clone()),
                    ("allowed", allowed.join(", ")),
                ]
            }
            Self::WrongType { fact, expected } => {
                vec![("fact", fact.clone()), ("expected", (*expected).to_owned())]
            }
            Self::NotBoolean { fact, fact_type } => {
                vec![("fact", fact.clone()), ("type", (*fact_type).to_owned())]
            }
            Self::WrongOperator {
                operator,
                fact,
                fact_type,
            } => vec![
                ("operator", (*operator).to_owned()),
                ("fact", fact.clone()),
                ("type", (*fact_type).to_owned()),
            ],
            Self::NumberOutOfRange { fact, min, max } => vec![
                ("fact", fact.clone()),
                ("min", min.clone().unwrap_or_default()),
                ("max", max.clone().unwrap_or_default()),
            ],
            Self::DuplicateValue { value } => vec![("value", value.clone())],
            Self::Empty
            | Self::UnclosedText
            | Self::ControlCharacter
            | Self::BadEscape
            | Self::MissingCondition
            | Self::MissingValue
            | Self::MissingList
            | Self::UnclosedList
            | Self::UnclosedParenthesis
            | Self::ExtraParenthesis
            | Self::MissingFact
            | Self::MissingConnective
            | Self::MixedConnectives
            | Self::ChainedComparison
            | Self::ValueOnLeft
            | Self::ThousandsSeparator
            | Self::EmptyText
            | Self::EmptyList => Vec::new(),
        }
    }
}
