//! The one condition language of Matoi: small, total, three-valued, with a trace. Decision tables stand on top of it.
//!
//! Criteria, playbooks, obligations, escalation, automation, closing rules and proposed scores all ask questions about
//! facts of which many are unknown when the question is first asked. Each question is one [`Expression`]. It is checked
//! against a [`Vocabulary`] when it is loaded, evaluated against [`Facts`], and comes out [`Truth::True`],
//! [`Truth::False`] or [`Truth::Unknown`] by Kleene's strong logic. The [`Trace`] says why, which facts decided, which
//! are missing and whether the outcome rests on an assumption; it is stored with the decision and can be shown without
//! the expression, its vocabulary or the facts.
//!
//! What holds:
//! - **Total.** Any text is an expression or an error with a place; any facts give an outcome. [`Expression::parse`] is
//!   the function to fuzz.
//! - **Unknown is never no.** A fact that is missing, and a value that does not fit its declaration, is unknown.
//! - **Monotone.** A fact that becomes known never reverses a true or false outcome, unless the expression asks with
//!   `known` or `unknown` about that very fact.
//! - **Exact reasons.** A fact that is neither in [`Trace::deciding_facts`] nor in [`Trace::missing_facts`] has no
//!   influence, whatever its value.
//! - **One text.** An expression prints a canonical text that reads back as an equal expression.
//!
//! What it never does: read a clock, a file or a database; compute; compare two facts; match patterns; normalise texts;
//! translate. Errors and findings carry a key and arguments, and callers translate by them. A trace holds the values of
//! the facts that were tested, so it is as confidential as they are.
//!
//! # Grammar
//!
//! In EBNF (ISO/IEC 14977). White space may stand between words and signs, not inside facts, numbers, durations and
//! date-times.
//!
//! ```ebnf
//! expression  = negation, ( { "and", negation } | { "or", negation } ) ;
//! negation    = "not", negation | primary ;
//! primary     = "(", expression, ")" | "true" | "false" | knowledge | test ;
//! knowledge   = ( "known" | "unknown" ), "(", fact, ")" ;
//! test        = fact, [ sign, value | "in", list | "contains", ( value | ( "any" | "all" ), list ) ] ;
//! sign        = "==" | "!=" | "<" | "<=" | ">" | ">=" ;
//! list        = "[", value, { ",", value }, "]" ;
//! value       = "true" | "false" | number | duration | date-time | text | step ;
//! fact        = name, { ".", name } ;
//! name        = lower, { lower | digit | "_" } ;
//! step        = name | text ;
//! number      = [ "-" ], digit, { digit }, [ ".", digit, { digit } ] ;
//! duration    = [ "-" ], digit, { digit }, ( "s" | "min" | "h" | "d" ) ;
//! date-time   = (* RFC 3339, section 5.6, with upper-case T and Z *) ;
//! text        = '"', { character | '\"' | '\\' }, '"' ;
//! ```
//!
//! `and` and `or` do not mix without parentheses. Values are those of the fact's type. Reserved words name no fact, and a
//! step of such a name stands in quotes. At most [`MAX_LENGTH`] bytes and [`MAX_NESTING`] levels.
//!
//! # Use
//!
//! ```
//! use matoi_condition::{Expression, FactMap, FactType, Truth, Value, Vocabulary};
//!
//! let vocabulary = Vocabulary::new([
//!     ("progress", FactType::ordered_choice(["attempted", "executed", "spread"])),
//!     ("data.personal", FactType::Boolean),
//! ])?;
//! let condition = Expression::parse("progress >= executed and data.personal", &vocabulary)?;
//! let trace = condition.evaluate(&FactMap::new().with("progress", Value::choice("spread")));
//! assert_eq!(trace.truth(), Truth::Unknown);
//! assert_eq!(trace.missing_facts(), ["data.personal"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
