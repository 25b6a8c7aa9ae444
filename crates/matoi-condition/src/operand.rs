//! Reads the value on the right of an operator, as the type of the fact on the left wants it.

use crate::error::ConditionErrorKind;
use crate::fact_test::{Operand, Operator};
use crate::lexer::{Token, TokenKind};
use crate::literal;
use crate::value::{Number, Value};
use crate::vocabulary::{FactType, Vocabulary};

/// Words of other languages for "no value", besides our own `unknown`.
const NO_VALUE_WORDS: [&str; 6] = ["unknown", "known", "null", "none", "nil", "undefined"];

/// Reads one value for a test of `fact`.
pub(crate) fn read(
    token: &Token,
    fact: &str,
    fact_type: &FactType,
    operator: Operator,
    vocabulary: &Vocabulary,
) -> Result<Operand, ConditionErrorKind> {
    if let TokenKind::Symbol(_) = token.kind {
        return Err(ConditionErrorKind::MissingValue);
    }
    let wrong_type = || mistaken_value(token, fact, fact_type, vocabulary);
    match fact_type {
        FactType::Boolean => match &token.kind {
            TokenKind::Word(word) if word == "true" || word == "false" => Ok(Operand {
                value: Value::Boolean(word == "true"),
                text: word.clone(),
            }),
            _ => Err(wrong_type()),
        },
        FactType::Number { .. } => {
            let number = literal_text(token)
                .and_then(literal::parse_number)
                .ok_or_else(wrong_type)?;
            check_number(number, fact, fact_type)?;
            Ok(Operand {
                value: Value::Number(number),
                text: number.to_string(),
            })
        }
        FactType::Duration => {
            let raw = literal_text(token).ok_or_else(wrong_type)?;
            let value = literal::parse_duration(raw).ok_or_else(wrong_type)?;
            let text = literal::canonical_duration(raw).ok_or_else(wrong_type)?;
            Ok(Operand {
                value: Value::Duration(value),
                text,
            })
        }
        FactType::DateTime => {
            let raw = literal_text(token).ok_or_else(wrong_type)?;
            let value = literal::parse_date_time(raw).ok_or_else(wrong_type)?;
            Ok(Operand {
                value: Value::DateTime(value),
                text: raw.to_owned(),
            })
        }
        FactType::Text | FactType::Texts => match &token.kind {
            TokenKind::Text(text) if text.is_empty() && operator.is_contains() => {
                Err(ConditionErrorKind::EmptyText)
            }
            TokenKind::Text(text) => Ok(Operand {
                value: Value::Text(text.clone()),
                text: literal::quoted(text),
            }),
            _ => Err(wrong_type()),
        },
        FactType::Choice { steps, .. } | FactType::Choices { steps } => {
            read_step(token, steps).ok_or_else(|| mistaken_step(token, fact, fact_type, vocabulary))
        }
    }
}

fn literal_text(token: &Token) -> Option<&str> {
    match &token.kind {
        TokenKind::Literal(raw) => Some(raw),
        _ => None,
    }
}

fn check_number(number: Number, fact: &str, fact_type: &FactType) -> Result<(), ConditionErrorKind> {
    let FactType::Number { whole, min, max } = fact_type else {
        return Ok(());
    };
    if !fact_type.is_within_limits(number) {
        return Err(ConditionErrorKind::NumberOutOfRange {
            fact: fact.to_owned(),
            min: min.map(|min| min.to_string()),
            max: max.map(|max| max.to_string()),
        });
    }
    if *whole && !number.is_whole() {
        return Err(ConditionErrorKind::NumberNotWhole {
            fact: fact.to_owned(),
        });
    }
    Ok(())
}

/// Reads a declared step, in quotes or bare. A bare step that starts with a digit is understood, too; its canonical
/// form has quotes.
fn read_step(token: &Token, steps: &[String]) -> Option<Operand> {
    let written = match &token.kind {
        TokenKind::Text(text) => text,
        TokenKind::Word(word) if !literal::RESERVED_WORDS.contains(&word.as_str()) => word,
        TokenKind::Literal(raw) => raw,
        TokenKind::Word(_) | TokenKind::Symbol(_) => return None,
    };
    steps.contains(written).then(|| Operand {
        value: Value::Choice(written.clone()),
        text: literal::step(written),
    })
}

/// What to say about something that is no declared step.
fn mistaken_step(
    token: &Token,
    fact: &str,
    fact_type: &FactType,
    vocabulary: &Vocabulary,
) -> ConditionErrorKind {
    let unknown_step = |step: &str| ConditionErrorKind::UnknownStep {
        fact: fact.to_owned(),
        step: step.to_owned(),
        allowed: fact_type.steps().to_vec(),
    };
    match &token.kind {
        TokenKind::Text(step) | TokenKind::Literal(step) => unknown_step(step),
        TokenKind::Word(word)
            if vocabulary.get(word).is_none()
                && !NO_VALUE_WORDS.contains(&word.as_str())
                && !literal::RESERVED_WORDS.contains(&word.as_str()) =>
        {
            unknown_step(word)
        }
        TokenKind::Word(_) | TokenKind::Symbol(_) => mistaken_value(token, fact, fact_type, vocabulary),
    }
}

/// What to say about a value of the wrong type.
fn mistaken_value(
    token: &Token,
    fact: &str,
    fact_type: &FactType,
    vocabulary: &Vocabulary,
) -> ConditionErrorKind {
    let wrong_type = ConditionErrorKind::WrongType {
        fact: fact.to_owned(),
        expected: fact_type.as_str(),
    };
    match &token.kind {
        TokenKind::Word(word) if vocabulary.get(word).is_some() => {
            ConditionErrorKind::FactAsValue { fact: word.clone() }
        }
        TokenKind::Word(word) if NO_VALUE_WORDS.contains(&word.as_str()) => {
            ConditionErrorKind::UnknownAsValue {
                found: word.clone(),
                fact: fact.to_owned(),
            }
        }
        TokenKind::Word(word) if matches!(fact_type, FactType::Text | FactType::Texts) => {
            ConditionErrorKind::UnquotedText { found: word.clone() }
        }
        TokenKind::Literal(raw) if !is_any_literal(raw) => {
            ConditionErrorKind::BadLiteral { found: raw.clone() }
        }
        _ => wrong_type,
    }
}

fn is_any_literal(raw: &str) -> bool {
    literal::parse_number(raw).is_some()
        || literal::parse_duration(raw).is_some()
        || literal::parse_date_time(raw).is_some()
}
