//! The checked expression: its tree, its canonical text, and evaluation against facts.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Serialize, Serializer};

use crate::error::ConditionError;
use crate::fact_test::Test;
use crate::facts::Facts;
use crate::parser;
use crate::trace::{self, Trace};
use crate::truth::Truth;
use crate::vocabulary::Vocabulary;

/// The longest text of an expression, in bytes, as written and in canonical form.
pub const MAX_LENGTH: usize = 4096;
/// The most levels of `not` and of `and`/`or` inside each other.
pub const MAX_NESTING: usize = 16;

/// A condition that was checked against a [`Vocabulary`] and carries what it needs of it.
///
/// `Display` and `Serialize` give the canonical text; parsing that gives an equal expression. There is no
/// `Deserialize`, because an expression cannot be read without its vocabulary: data keeps the text.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    root: Node,
}

/// One node with the place of its canonical text, in bytes. Parentheses around it do not belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) kind: NodeKind,
}

/// `All` and `Any` have at least two parts, of which none is of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Constant(bool),
    Test(Test),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Expression {
    /// Reads an expression and checks it against a vocabulary. Takes any text and never panics; the time is linear
    /// in its length (and in the size of the vocabulary for an unknown fact, to find a similar name).
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, ConditionError> {
        let root = parser::parse(text, vocabulary)?;
        let expression = Self::from_root(root);
        parser::check_length(&expression.text, text.len())?;
        Ok(expression)
    }

    fn from_root(mut root: Node) -> Self {
        let mut text = String::new();
        print(&mut root, &mut text);
        Self { text, root }
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the expression holds, without the reasons.
    #[must_use]
    pub fn truth(&self, facts: &(impl Facts + ?Sized)) -> Truth {
        truth_of(&self.root, facts)
    }

    /// Whether the expression holds, and why.
    #[must_use]
    pub fn evaluate(&self, facts: &(impl Facts + ?Sized)) -> Trace {
        trace::evaluate(self, facts)
    }

    /// The names of the facts that occur, sorted.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<&str> {
        self.tests().into_iter().map(|test| test.fact.as_str()).collect()
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    /// Every test, in the order of the text.
    pub(crate) fn tests(&self) -> Vec<&Test> {
        let mut tests = Vec::new();
        collect_tests(&self.root, &mut tests);
        tests
    }
}

fn truth_of(node: &Node, facts: &(impl Facts + ?Sized)) -> Truth {
    match &node.kind {
        NodeKind::Constant(value) => Truth::from(*value),
        NodeKind::Test(test) => test.truth(facts.fact(&test.fact).value()),
        NodeKind::Not(part) => truth_of(part, facts).negated(),
        NodeKind::All(parts) => parts
            .iter()
            .fold(Truth::True, |truth, part| truth.and(truth_of(part, facts))),
        NodeKind::Any(parts) => parts
            .iter()
            .fold(Truth::False, |truth, part| truth.or(truth_of(part, facts))),
    }
}

fn collect_tests<'n>(node: &'n Node, tests: &mut Vec<&'n Test>) {
    match &node.kind {
        NodeKind::Constant(_) => {}
        NodeKind::Test(test) => tests.push(test),
        NodeKind::Not(part) => collect_tests(part, tests),
        NodeKind::All(parts) | NodeKind::Any(parts) => {
            for part in parts {
                collect_tests(part, tests);
            }
        }
    }
}

/// Appends the canonical text of a node and notes where it stands.
fn print(node: &mut Node, out: &mut String) {
    node.offset = out.len();
    match &mut node.kind {
        NodeKind::Constant(value) => out.push_str(if *value { "true" } else { "false" }),
        NodeKind::Test(test) => test.print(out),
        NodeKind::Not(part) => {
            out.push_str("not ");
            let needs_parentheses = match &part.kind {
                NodeKind::Constant(_) | NodeKind::Not(_) => false,
                NodeKind::Test(test) => test.operator.is_infix(),
                NodeKind::All(_) | NodeKind::Any(_) => true,
            };
            print_part(part, needs_parentheses, out);
        }
        NodeKind::All(parts) => print_joined(parts, " and ", out),
        NodeKind::Any(parts) => print_joined(parts, " or ", out),
    }
    node.length = out.len() - node.offset;
}

fn print_joined(parts: &mut [Node], connective: &str, out: &mut String) {
    let mut separator = "";
    for part in parts {
        out.push_str(separator);
        let needs_parentheses = matches!(part.kind, NodeKind::All(_) | NodeKind::Any(_));
        print_part(part, needs_parentheses, out);
        separator = connective;
    }
}

fn print_part(part: &mut Node, in_parentheses: bool, out: &mut String) {
    if in_parentheses {
        out.push('(');
    }
    print(part, out);
    if in_parentheses {
        out.push(')');
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}
impl Eq for Expression {}
impl Hash for Expression {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
