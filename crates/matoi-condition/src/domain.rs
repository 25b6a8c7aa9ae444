//! Exact reasoning about all possible facts, by going through those that make a difference.
//!
//! Values that answer every test of a fact alike are one class: of a number that is only asked `> 1000`, there are two
//! (and a third where it is unknown), of a choice with a hundred steps that is only asked `== ransomware`, two. Where
//! the classes of all facts together are few enough, every combination is tried; otherwise the question is left open.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::SignedDuration;

use crate::expression::{Expression, Node, NodeKind};
use crate::fact_test::Test;
use crate::facts::{FactMap, Knowledge};
use crate::truth::Truth;
use crate::value::{Number, Seconds, Value};
use crate::vocabulary::FactType;

/// Sets are represented by all subsets of the members that are asked for; of more than this many, there are too many.
const MAX_SUBSET_MEMBERS: usize = 10;

/// How much work analysis may do, in parts of expressions that are visited. It is counted, not timed, so that the same
/// data always gives the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

impl Budget {
    /// A budget of so many visits.
    #[must_use]
    pub const fn new(visits: u64) -> Self {
        Self { left: visits }
    }

    fn spend(&mut self, visits: u64) -> Option<()> {
        self.left = self.left.checked_sub(visits)?;
        Some(())
    }
}

impl Default for Budget {
    /// Enough for a table of 30 rows over 10 facts; about a tenth of a second of one core, optimised.
    fn default() -> Self {
        Self::new(40_000_000)
    }
}

/// Which outcomes an expression can have at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PossibleOutcomes {
    /// Some facts make it true.
    pub can_be_true: bool,
    /// Some facts make it false.
    pub can_be_false: bool,
}

/// Finds out which outcomes an expression can have; `None` when that needs more than the budget.
///
/// Facts are taken to be independent of each other.
#[must_use]
pub fn possible_outcomes(expression: &Expression, budget: &mut Budget) -> Option<PossibleOutcomes> {
    let space = Space::of(&[expression], budget)?;
    let mut found = PossibleOutcomes {
        can_be_true: false,
        can_be_false: false,
    };
    space.visit(budget, |_, truths| {
        match truths.first() {
            Some(Truth::True) => found.can_be_true = true,
            Some(Truth::False) => found.can_be_false = true,
            _ => {}
        }
        if found.can_be_true && found.can_be_false {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Some(found)
}

/// All combinations of classes of the facts of some expressions.
pub(crate) struct Space<'e> {
    facts: Vec<FactClasses<'e>>,
    expressions: Vec<Compiled>,
}

struct FactClasses<'e> {
    name: &'e str,
    /// Whether some test asks for knowledge, so that being unknown is an ordinary state of the fact.
    asked_for_knowledge: bool,
    /// One example of each class of values; the class after the last is "unknown".
    examples: Vec<Value>,
}

/// An expression with tests replaced by a table from class to truth.
enum Compiled {
    Constant(Truth),
    Test { fact: usize, truths: Vec<Truth> },
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// One combination of classes.
pub(crate) struct Combination<'s> {
    space: &'s Space<'s>,
    classes: &'s [usize],
}

impl Combination<'_> {
    /// Whether every fact has a value, or is one of those that are asked whether they are known.
    pub(crate) fn is_complete(&self) -> bool {
        self.pairs()
            .all(|(fact, class)| fact.asked_for_knowledge || class < fact.examples.len())
    }

    /// An example of facts in these classes.
    pub(crate) fn example(&self) -> FactMap {
        let mut facts = FactMap::new();
        for (fact, class) in self.pairs() {
            let value = fact.examples.get(class).cloned();
            facts.set(fact.name, value.map_or(Knowledge::Unknown, Knowledge::Known));
        }
        facts
    }

    fn pairs(&self) -> impl Iterator<Item = (&FactClasses<'_>, usize)> {
        self.space.facts.iter().zip(self.classes.iter().copied())
    }
}

impl<'e> Space<'e> {
    /// The space of all facts of some expressions; `None` when a fact has too many classes to list or the budget does
    /// not suffice to list them.
    pub(crate) fn of(expressions: &[&'e Expression], budget: &mut Budget) -> Option<Self> {
        let mut tests_by_fact: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
        for test in expressions.iter().flat_map(|expression| expression.tests()) {
            tests_by_fact.entry(test.fact.as_str()).or_default().push(test);
        }
        let mut facts = Vec::new();
        for (name, tests) in &tests_by_fact {
            facts.push(FactClasses {
                name,
                asked_for_knowledge: tests.iter().any(|test| test.operator.asks_for_knowledge()),
                examples: classes(tests, budget)?,
            });
        }
        let compiled = expressions
            .iter()
            .map(|expression| compile(expression.root(), &facts))
            .collect();
        Some(Self {
            facts,
            expressions: compiled,
        })
    }

    /// Tries every combination, those with values before those where the same fact is unknown, until told to stop.
    /// The second argument of `each` are the truths of the expressions.
    ///
    /// `None`, without a single visit, when the budget does not suffice.
    pub(crate) fn visit(
        &self,
        budget: &mut Budget,
        mut each: impl FnMut(&Combination<'_>, &[Truth]) -> ControlFlow<()>,
    ) -> Option<()> {
        let size: u64 = self.expressions.iter().map(Compiled::size).sum();
        let combinations = self.facts.iter().try_fold(1u64, |product, fact| {
            product.checked_mul(fact.examples.len() as u64 + 1)
        })?;
        budget.spend(combinations.checked_mul(size.max(1))?)?;

        let mut classes = vec![0; self.facts.len()];
        let mut truths = vec![Truth::Unknown; self.expressions.len()];
        loop {
            for (truth, expression) in truths.iter_mut().zip(&self.expressions) {
                *truth = expression.truth(&classes);
            }
            if each(
                &Combination {
                    space: self,
                    classes: &classes,
                },
                &truths,
            )
            .is_break()
            {
                return Some(());
            }
            if !self.advance(&mut classes) {
                return Some(());
            }
        }
    }

    /// Goes to the next combination, as an odometer does; `false` after the last.
    fn advance(&self, classes: &mut [usize]) -> bool {
        for (class, fact) in classes.iter_mut().zip(&self.facts).rev() {
            if *class < fact.examples.len() {
                *class += 1;
                return true;
            }
            *class = 0;
        }
        false
    }
}

impl Compiled {
    fn truth(&self, classes: &[usize]) -> Truth {
        match self {
            Self::Constant(truth) => *truth,
            Self::Test { fact, truths } => classes
                .get(*fact)
                .and_then(|class| truths.get(*class))
                .copied()
                .unwrap_or(Truth::Unknown),
            Self::Not(part) => part.truth(classes).negated(),
            Self::All(parts) => parts
                .iter()
                .fold(Truth::True, |truth, part| truth.and(part.truth(classes))),
            Self::Any(parts) => parts
                .iter()
                .fold(Truth::False, |truth, part| truth.or(part.truth(classes))),
        }
    }

    fn size(&self) -> u64 {
        match self {
            Self::Constant(_) | Self::Test { .. } => 1,
            Self::Not(part) => 1 + part.size(),
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::size).sum::<u64>(),
        }
    }
}

fn compile(node: &Node, facts: &[FactClasses<'_>]) -> Compiled {
    let compile_all = |parts: &[Node]| parts.iter().map(|part| compile(part, facts)).collect();
    match &node.kind {
        NodeKind::Constant(value) => Compiled::Constant(Truth::from(*value)),
        NodeKind::Test(test) => {
            let found = facts.iter().enumerate().find(|(_, fact)| fact.name == test.fact);
            let (index, examples) = found.map_or((usize::MAX, &[][..]), |(i, fact)| (i, &fact.examples));
            let mut truths: Vec<Truth> = examples.iter().map(|value| test.truth(Some(value))).collect();
            truths.push(test.truth(None));
            Compiled::Test { fact: index, truths }
        }
        NodeKind::Not(part) => Compiled::Not(Box::new(compile(part, facts))),
        NodeKind::All(parts) => Compiled::All(compile_all(parts)),
        NodeKind::Any(parts) => Compiled::Any(compile_all(parts)),
    }
}

/// One example of each class of values that answer the tests of one fact alike; `None` when there are too many.
fn classes(tests: &[&Test], budget: &mut Budget) -> Option<Vec<Value>> {
    let Some(first) = tests.first() else {
        return Some(Vec::new());
    };
    let operands = operands_of(tests).len();
    let representatives_at_most = match first.fact_type.as_ref() {
        FactType::Text | FactType::Texts | FactType::Choices { .. } => {
            (1 << operands.min(MAX_SUBSET_MEMBERS)) + operands
        }
        FactType::Choice { steps, .. } => steps.len(),
        FactType::Boolean | FactType::Number { .. } | FactType::Duration | FactType::DateTime => {
            4 * operands + 5
        }
    };
    budget.spend((representatives_at_most * tests.len()) as u64)?;
    let mut seen = BTreeSet::new();
    let mut examples = Vec::new();
    for value in representatives(&first.fact_type, tests)? {
        let answers: Vec<Truth> = tests.iter().map(|test| test.truth(Some(&value))).collect();
        if seen.insert(answers) {
            examples.push(value);
        }
    }
    Some(examples)
}

/// Values of a fact such that every possible value answers the tests like one of them.
fn representatives(fact_type: &FactType, tests: &[&Test]) -> Option<Vec<Value>> {
    let operands = operands_of(tests);
    let values = match fact_type {
        FactType::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        FactType::Choice { steps, .. } => steps.iter().map(Value::choice).collect(),
        FactType::Choices { .. } => {
            let members = operands.iter().filter_map(|value| match value {
                Value::Choice(step) => Some(step.as_str()),
                _ => None,
            });
            subsets(&members.collect::<Vec<_>>())?
                .into_iter()
                .map(Value::choices)
                .collect()
        }
        FactType::Texts => subsets(&texts_of(&operands))?
            .into_iter()
            .map(Value::texts)
            .collect(),
        FactType::Text => text_representatives(tests)?,
        FactType::Number { .. } => number_representatives(fact_type, &operands),
        FactType::Duration => {
            let seconds = operands.iter().filter_map(|value| match value {
                Value::Duration(Seconds(seconds)) => Some(*seconds),
                _ => None,
            });
            let around = seconds.flat_map(|s| [s.saturating_sub(1), s, s.saturating_add(1)]);
            std::iter::once(0)
                .chain(around)
                .map(|s| Value::Duration(Seconds(s)))
                .collect()
        }
        FactType::DateTime => {
            let nanosecond = SignedDuration::from_nanos(1);
            let around = operands.iter().filter_map(|value| match value {
                Value::DateTime(time) => Some([
                    time.checked_sub(nanosecond).ok(),
                    Some(*time),
                    time.checked_add(nanosecond).ok(),
                ]),
                _ => None,
            });
            let times = around
                .flatten()
                .flatten()
                .map(Value::DateTime)
                .collect::<Vec<_>>();
            if times.is_empty() {
                vec![Value::DateTime(jiff::Timestamp::UNIX_EPOCH)]
            } else {
                times
            }
        }
    };
    Some(values)
}

/// The different values that a fact is compared with.
fn operands_of<'t>(tests: &[&'t Test]) -> BTreeSet<&'t Value> {
    tests
        .iter()
        .flat_map(|test| &test.operands)
        .map(|operand| &operand.value)
        .collect()
}

fn texts_of<'v>(values: &BTreeSet<&'v Value>) -> Vec<&'v str> {
    let text = |value: &&'v Value| match *value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    values.iter().filter_map(text).collect()
}

/// Every subset, the empty one first; `None` when there are too many.
fn subsets<'m>(members: &[&'m str]) -> Option<Vec<Vec<&'m str>>> {
    if members.len() > MAX_SUBSET_MEMBERS {
        return None;
    }
    let mut subsets: Vec<Vec<&str>> = vec![Vec::new()];
    for member in members {
        let with_member: Vec<Vec<&str>> = subsets
            .iter()
            .map(|subset| subset.iter().copied().chain([*member]).collect())
            .collect();
        subsets.extend(with_member);
    }
    Some(subsets)
}

/// The texts that are compared with, and for every set of parts a text that has these parts and equals none of the
/// former: the parts joined, and ended, by a character that occurs in none of them.
fn text_representatives(tests: &[&Test]) -> Option<Vec<Value>> {
    let (searched, compared): (Vec<&Test>, Vec<&Test>) =
        tests.iter().partition(|test| test.operator.is_contains());
    let (searched, compared) = (operands_of(&searched), operands_of(&compared));
    let (parts, whole) = (texts_of(&searched), texts_of(&compared));
    let separator = ['…', '*', '#', '~', '|', '/']
        .into_iter()
        .chain('\u{E000}'..='\u{F8FF}')
        .find(|separator| !parts.iter().chain(&whole).any(|text| text.contains(*separator)))?;
    let joined = subsets(&parts)?.into_iter().map(|subset| {
        let text: String = subset
            .into_iter()
            .flat_map(|part| part.chars().chain([separator]))
            .collect();
        if text.is_empty() {
            String::from(separator)
        } else {
            text
        }
    });
    Some(
        whole
            .iter()
            .map(|text| String::from(*text))
            .chain(joined)
            .map(Value::Text)
            .collect(),
    )
}

/// The numbers that are compared with, the limits, one number between each two neighbours, and one beyond each end.
fn number_representatives(fact_type: &FactType, operands: &BTreeSet<&Value>) -> Vec<Value> {
    let (whole, limits) = match fact_type {
        FactType::Number { whole, min, max } => (*whole, [*min, *max]),
        _ => (false, [None, None]),
    };
    let compared = operands.iter().filter_map(|value| match value {
        Value::Number(number) => Some(*number),
        _ => None,
    });
    let marks: BTreeSet<Number> = compared.chain(limits.into_iter().flatten()).collect();
    let marks: Vec<f64> = marks.into_iter().map(Number::get).collect();
    let mut candidates = vec![0.0];
    if whole {
        candidates.extend(
            marks
                .iter()
                .flat_map(|mark| [mark.floor() - 1.0, mark.floor(), mark.ceil(), mark.ceil() + 1.0]),
        );
    } else {
        candidates.extend(marks.first().map(|first| first - 1.0));
        candidates.extend(marks.last().map(|last| last + 1.0));
        candidates.extend(&marks);
        candidates.extend(
            marks
                .iter()
                .zip(marks.iter().skip(1))
                .map(|(left, right)| left / 2.0 + right / 2.0),
        );
    }
    candidates
        .into_iter()
        .filter_map(Number::new)
        .map(Value::Number)
        .filter(|value| fact_type.accepts(value))
        .collect()
}
