//! The smallest condition: one fact, one operator, the values it is compared with.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::truth::Truth;
use crate::value::Value;
use crate::vocabulary::FactType;

/// What a test asks of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// The bare name of a yes-or-no fact.
    IsTrue,
    /// `known(fact)`
    Known,
    /// `unknown(fact)`
    Unknown,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in [..]`: the value is one of these.
    In,
    /// `contains`: the set has this member, the text this part.
    Contains,
    /// `contains any [..]`: at least one of these.
    ContainsAny,
    /// `contains all [..]`: each of these.
    ContainsAll,
}

impl Operator {
    /// How the operator is written; empty for a bare fact.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IsTrue => "",
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Contains => "contains",
            Self::ContainsAny => "contains any",
            Self::ContainsAll => "contains all",
        }
    }

    /// Whether the operator asks what is known about the fact instead of its value. Only such tests can turn from true
    /// to false, or back, when a fact becomes known.
    #[must_use]
    pub const fn asks_for_knowledge(self) -> bool {
        matches!(self, Self::Known | Self::Unknown)
    }

    pub(crate) const fn is_infix(self) -> bool {
        !matches!(self, Self::IsTrue | Self::Known | Self::Unknown)
    }

    pub(crate) const fn is_contains(self) -> bool {
        matches!(self, Self::Contains | Self::ContainsAny | Self::ContainsAll)
    }

    pub(crate) const fn needs_order(self) -> bool {
        matches!(
            self,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual
        )
    }

    const fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::ContainsAny | Self::ContainsAll)
    }

    /// Whether facts of a type can be tested with this operator. Order is asked separately.
    pub(crate) const fn suits(self, fact_type: &FactType) -> bool {
        match self {
            Self::Known | Self::Unknown => true,
            Self::IsTrue => matches!(fact_type, FactType::Boolean),
            Self::Equal | Self::NotEqual => !matches!(fact_type, FactType::Texts | FactType::Choices { .. }),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => fact_type.is_ordered(),
            Self::In => !matches!(
                fact_type,
                FactType::Boolean | FactType::Texts | FactType::Choices { .. }
            ),
            Self::Contains | Self::ContainsAny | Self::ContainsAll => {
                matches!(
                    fact_type,
                    FactType::Text | FactType::Texts | FactType::Choices { .. }
                )
            }
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value and how it is spelled: a duration keeps its unit, a date-time its offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    pub(crate) text: String,
}

/// The operands fit the type of the fact: a text or a step for members of sets and parts of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) fact: String,
    pub(crate) fact_type: Arc<FactType>,
    pub(crate) operator: Operator,
    pub(crate) operands: Vec<Operand>,
}

impl Test {
    /// The truth for a value, `None` being unknown. A value that is not of the declared type counts as unknown.
    pub(crate) fn truth(&self, value: Option<&Value>) -> Truth {
        let value = value.filter(|value| self.fact_type.accepts(value));
        match self.operator {
            Operator::Known => Truth::from(value.is_some()),
            Operator::Unknown => Truth::from(value.is_none()),
            _ => value.map_or(Truth::Unknown, |value| Truth::from(self.holds(value))),
        }
    }

    fn holds(&self, value: &Value) -> bool {
        let mut operands = self.operands.iter().map(|operand| &operand.value);
        let compared = || {
            self.operands
                .first()
                .and_then(|operand| self.compare(value, &operand.value))
        };
        match self.operator {
            Operator::IsTrue => *value == Value::Boolean(true),
            Operator::Known => true,
            Operator::Unknown => false,
            Operator::Equal | Operator::In => operands.any(|operand| operand == value),
            Operator::NotEqual => operands.all(|operand| operand != value),
            Operator::Less => compared().is_some_and(Ordering::is_lt),
            Operator::LessOrEqual => compared().is_some_and(Ordering::is_le),
            Operator::Greater => compared().is_some_and(Ordering::is_gt),
            Operator::GreaterOrEqual => compared().is_some_and(Ordering::is_ge),
            Operator::Contains | Operator::ContainsAny => operands.any(|operand| contains(value, operand)),
            Operator::ContainsAll => operands.all(|operand| contains(value, operand)),
        }
    }

    fn compare(&self, left: &Value, right: &Value) -> Option<Ordering> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
            (Value::Duration(left), Value::Duration(right)) => Some(left.cmp(right)),
            (Value::DateTime(left), Value::DateTime(right)) => Some(left.cmp(right)),
            (Value::Choice(left), Value::Choice(right)) => {
                let rank = |step: &String| self.fact_type.steps().iter().position(|one| one == step);
                Some(rank(left)?.cmp(&rank(right)?))
            }
            _ => None,
        }
    }

    /// Appends the canonical text.
    pub(crate) fn print(&self, out: &mut String) {
        match self.operator {
            Operator::IsTrue => out.push_str(&self.fact),
            Operator::Known | Operator::Unknown => {
                for piece in [self.operator.as_str(), "(", &self.fact, ")"] {
                    out.push_str(piece);
                }
            }
            _ => {
                let operands = self
                    .operands
                    .iter()
                    .map(|operand| operand.text.as_str())
                    .collect::<Vec<_>>();
                let (open, close) = if self.operator.takes_list() {
                    ("[", "]")
                } else {
                    ("", "")
                };
                for piece in [
                    &self.fact,
                    " ",
                    self.operator.as_str(),
                    " ",
                    open,
                    &operands.join(", "),
                    close,
                ] {
                    out.push_str(piece);
                }
            }
        }
    }
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Text(whole), Value::Text(part)) => whole.contains(part.as_str()),
        (Value::Texts(members), Value::Text(member)) | (Value::Choices(members), Value::Choice(member)) => {
            members.contains(member)
        }
        _ => false,
    }
}
