//! Why an expression holds, does not hold or cannot be decided: the tree that is stored and shown.

use serde::{Deserialize, Serialize};

use crate::expression::{Expression, Node, NodeKind};
use crate::fact_test::{Operator, Test};
use crate::facts::{Facts, Knowledge};
use crate::truth::Truth;
use crate::value::Value;

/// The evaluation of one expression, with everything that is needed to show it later without the expression, its
/// vocabulary or the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The canonical text of the expression, in which the parts have their places.
    pub text: String,
    /// The whole expression.
    pub root: TraceNode,
}

/// One part of the expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceNode {
    /// Where its text starts, in bytes. Parentheses around it do not belong to it.
    pub offset: usize,
    /// How many bytes its text has.
    pub length: usize,
    /// How it came out.
    pub truth: Truth,
    /// How it would come out if everything that is only assumed were unknown.
    pub firm_truth: Truth,
    /// What it is made of.
    pub kind: PartKind,
    /// The parts it is made of, in the order of the text; none for constants and tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<TraceNode>,
    /// What was tested; only for tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TracedTest>,
}

/// What a part is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartKind {
    /// `true` or `false`.
    Constant,
    /// A test of one fact.
    Test,
    /// `not` and one part.
    Not,
    /// Parts joined by `and`.
    All,
    /// Parts joined by `or`.
    Any,
}

/// The test of one fact and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedTest {
    /// The fact.
    pub fact: String,
    /// What was asked.
    pub operator: Operator,
    /// What it was compared with; none for a bare fact, `known` and `unknown`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<Value>,
    /// What was known about the fact.
    pub state: FactState,
    /// The value that was known, assumed or unusable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// What was known about a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FactState {
    /// The value was established.
    Known,
    /// The value was taken for granted.
    Assumed,
    /// There was no value.
    Unknown,
    /// There was a value, but not one of the declared type; it counted as unknown.
    Unusable,
}

impl Trace {
    /// How the expression came out.
    #[must_use]
    pub const fn truth(&self) -> Truth {
        self.root.truth
    }

    /// Whether the outcome would be another if everything that is only assumed were unknown.
    #[must_use]
    pub fn rests_on_assumption(&self) -> bool {
        self.root.rests_on_assumption()
    }

    /// The text of a part.
    #[must_use]
    pub fn text_of(&self, part: &TraceNode) -> &str {
        part.offset
            .checked_add(part.length)
            .and_then(|end| self.text.get(part.offset..end))
            .unwrap_or_default()
    }

    /// The facts whose values brought the outcome about, in the order of the text.
    ///
    /// Where several reasons each suffice, all are named. For an unknown outcome these are the facts that are settled
    /// and would still change it if their values changed. No fact that is neither here nor in
    /// [`missing_facts`](Self::missing_facts) has any influence.
    #[must_use]
    pub fn deciding_facts(&self) -> Vec<&str> {
        facts_of(
            self.relevant_tests(|_| true)
                .into_iter()
                .filter(|node| node.truth.is_decided()),
        )
    }

    /// The unknown facts that could change the outcome, in the order of the text; none when it is decided.
    ///
    /// Once all of them are known, the outcome is decided, unless the expression also tests one of them with `known`
    /// or `unknown`: then the answer may raise another question, and evaluating again names it.
    #[must_use]
    pub fn missing_facts(&self) -> Vec<&str> {
        facts_of(
            self.relevant_tests(|_| true)
                .into_iter()
                .filter(|node| !node.truth.is_decided()),
        )
    }

    /// The facts that are only assumed and on which the outcome rests, in the order of the text.
    #[must_use]
    pub fn assumed_facts(&self) -> Vec<&str> {
        facts_of(self.relevant_tests(TraceNode::rests_on_assumption).into_iter())
    }

    /// The tests on which the outcome rests, reached only through parts that are to be followed.
    fn relevant_tests(&self, follow: fn(&TraceNode) -> bool) -> Vec<&TraceNode> {
        let mut tests = Vec::new();
        collect_relevant(&self.root, follow, &mut tests);
        tests
    }
}

impl TraceNode {
    /// Whether this part would come out otherwise if everything that is only assumed were unknown.
    #[must_use]
    pub fn rests_on_assumption(&self) -> bool {
        self.truth != self.firm_truth
    }

    /// The parts on which the outcome of this one rests: one false part makes "and" false whatever the others are, one
    /// true part makes "or" true; in all other cases every part counts.
    pub fn relevant_parts(&self) -> impl Iterator<Item = &Self> {
        let settling = match (self.kind, self.truth) {
            (PartKind::All, Truth::False) => Some(Truth::False),
            (PartKind::Any, Truth::True) => Some(Truth::True),
            _ => None,
        };
        self.parts
            .iter()
            .filter(move |part| settling.is_none_or(|truth| part.truth == truth))
    }
}

fn collect_relevant<'t>(node: &'t TraceNode, follow: fn(&TraceNode) -> bool, tests: &mut Vec<&'t TraceNode>) {
    if !follow(node) {
        return;
    }
    if node.test.is_some() {
        tests.push(node);
    }
    for part in node.relevant_parts() {
        collect_relevant(part, follow, tests);
    }
}

/// The facts of tests, each once.
fn facts_of<'t>(tests: impl Iterator<Item = &'t TraceNode>) -> Vec<&'t str> {
    let mut facts = Vec::new();
    for fact in tests
        .filter_map(|node| node.test.as_ref())
        .map(|test| test.fact.as_str())
    {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

/// Evaluates an expression and keeps the reasons.
pub(crate) fn evaluate(expression: &Expression, facts: &(impl Facts + ?Sized)) -> Trace {
    Trace {
        text: expression.as_str().to_owned(),
        root: trace_node(expression.root(), facts),
    }
}

fn trace_node(node: &Node, facts: &(impl Facts + ?Sized)) -> TraceNode {
    let trace_all = |parts: &[Node]| {
        parts
            .iter()
            .map(|part| trace_node(part, facts))
            .collect::<Vec<_>>()
    };
    let (kind, parts) = match &node.kind {
        NodeKind::Constant(value) => {
            return trace_leaf(node, PartKind::Constant, [Truth::from(*value); 2], None);
        }
        NodeKind::Test(test) => {
            let (truths, traced) = trace_test(test, facts.fact(&test.fact));
            return trace_leaf(node, PartKind::Test, truths, Some(traced));
        }
        NodeKind::Not(part) => (PartKind::Not, vec![trace_node(part, facts)]),
        NodeKind::All(parts) => (PartKind::All, trace_all(parts)),
        NodeKind::Any(parts) => (PartKind::Any, trace_all(parts)),
    };
    TraceNode {
        offset: node.offset,
        length: node.length,
        truth: join(kind, parts.iter().map(|part| part.truth)),
        firm_truth: join(kind, parts.iter().map(|part| part.firm_truth)),
        kind,
        parts,
        test: None,
    }
}

fn join(kind: PartKind, parts: impl Iterator<Item = Truth>) -> Truth {
    match kind {
        PartKind::Any => parts.fold(Truth::False, Truth::or),
        PartKind::Not => parts.fold(Truth::True, Truth::and).negated(),
        PartKind::All | PartKind::Constant | PartKind::Test => parts.fold(Truth::True, Truth::and),
    }
}

fn trace_leaf(node: &Node, kind: PartKind, truths: [Truth; 2], test: Option<TracedTest>) -> TraceNode {
    let [truth, firm_truth] = truths;
    TraceNode {
        offset: node.offset,
        length: node.length,
        truth,
        firm_truth,
        kind,
        parts: Vec::new(),
        test,
    }
}

/// The truth and the firm truth of a test, and what was found.
fn trace_test(test: &Test, knowledge: Knowledge) -> ([Truth; 2], TracedTest) {
    let truth = test.truth(knowledge.value());
    let firm_truth = match knowledge {
        Knowledge::Assumed(_) => test.truth(None),
        Knowledge::Known(_) | Knowledge::Unknown => truth,
    };
    let (state, value) = match knowledge {
        Knowledge::Unknown => (FactState::Unknown, None),
        Knowledge::Known(value) | Knowledge::Assumed(value) if !test.fact_type.accepts(&value) => {
            (FactState::Unusable, Some(value))
        }
        Knowledge::Known(value) => (FactState::Known, Some(value)),
        Knowledge::Assumed(value) => (FactState::Assumed, Some(value)),
    };
    let operands = test
        .operands
        .iter()
        .map(|operand| operand.value.clone())
        .collect();
    let traced = TracedTest {
        fact: test.fact.clone(),
        operator: test.operator,
        operands,
        state,
        value,
    };
    ([truth, firm_truth], traced)
}
