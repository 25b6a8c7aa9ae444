//! The one condition language of Matoi.

mod domain;
mod error;
mod expression;
mod fact_test;
mod facts;
mod lexer;
mod literal;
mod operand;
mod parser;
mod similar;
pub mod table;

mod trace;
mod truth;
mod value;
mod vocabulary;

pub use domain::{Budget, PossibleOutcomes, possible_outcomes};
pub use error::{ConditionError, ConditionErrorKind};
pub use expression::{Expression, MAX_LENGTH, MAX_NESTING};
pub use fact_test::Operator;
pub use facts::{FactError, FactErrorKind, FactMap, Facts, Knowledge};

pub use trace::{FactState, PartKind, Trace, TraceNode, TracedTest};
pub use truth::Truth;
pub use value::{Number, Seconds, Value};
pub use vocabulary::{
    FactType, MAX_NAME_LENGTH, MAX_STEPS, Vocabulary, VocabularyError, VocabularyErrorKind,
};
