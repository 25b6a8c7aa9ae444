//! Examples that are kept beside a table and checked whenever it changes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Certainty, DecisionTable, TableEvaluation};
use crate::facts::{FactError, FactMap};
use crate::vocabulary::Vocabulary;

/// One example as data: these facts lead to this row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableTest {
    /// What the example is called in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The facts in plain form, as [`Vocabulary::read_facts`] reads them; what is left out is unknown.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// The id of the row that must apply; none when no row may apply.
    #[serde(default)]
    pub expect: Option<String>,
    /// How sure the result must be; certain when nothing is said, so that an example cannot pass by chance because
    /// facts were forgotten.
    #[serde(default = "certain", skip_serializing_if = "is_certain")]
    pub certainty: Certainty,
}

const fn certain() -> Certainty {
    Certainty::Certain
}

fn is_certain(certainty: &Certainty) -> bool {
    *certainty == Certainty::Certain
}

/// How one example came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// Its position, from 0.
    pub index: usize,
    /// Its name.
    pub name: Option<String>,
    /// What came out.
    pub verdict: TestVerdict,
}

/// What came out of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestVerdict {
    /// As expected.
    Passed,
    /// The facts do not fit the vocabulary.
    BadFacts(Vec<FactError>),
    /// The table has no row of the expected id.
    NoSuchRow {
        /// The expected id.
        expected: String,
    },
    /// Another row applied, or none, or one where none was expected.
    WrongRow {
        /// The expected row.
        expected: Option<String>,
        /// What the table said.
        found: Box<TableEvaluation>,
    },
    /// The right row, but not as sure as expected.
    WrongCertainty {
        /// How sure it should be.
        expected: Certainty,
        /// What the table said.
        found: Box<TableEvaluation>,
    },
}

impl<T> DecisionTable<T> {
    /// Runs examples. `evaluate` is the hit policy of the table, such as
    /// `|table, facts| table.evaluate_first(facts)`.
    pub fn run_tests(
        &self,
        vocabulary: &Vocabulary,
        tests: &[TableTest],
        evaluate: impl Fn(&Self, &FactMap) -> TableEvaluation,
    ) -> Vec<TestReport> {
        let report = |(index, test): (usize, &TableTest)| TestReport {
            index,
            name: test.name.clone(),
            verdict: self.run_test(vocabulary, test, &evaluate),
        };
        tests.iter().enumerate().map(report).collect()
    }

    fn run_test(
        &self,
        vocabulary: &Vocabulary,
        test: &TableTest,
        evaluate: &impl Fn(&Self, &FactMap) -> TableEvaluation,
    ) -> TestVerdict {
        if let Some(expected) = test.expect.as_ref().filter(|id| self.row(id).is_none()) {
            return TestVerdict::NoSuchRow {
                expected: expected.clone(),
            };
        }
        let facts = match vocabulary.read_facts(&test.facts) {
            Ok(facts) => facts,
            Err(errors) => return TestVerdict::BadFacts(errors),
        };
        let found = evaluate(self, &facts);
        if found.row != test.expect {
            return TestVerdict::WrongRow {
                expected: test.expect.clone(),
                found: Box::new(found),
            };
        }
        if found.certainty != test.certainty {
            return TestVerdict::WrongCertainty {
                expected: test.certainty,
                found: Box::new(found),
            };
        }
        TestVerdict::Passed
    }
}

impl TestVerdict {
    /// The keys of all verdicts, for checks that translations are complete.
    pub const KEYS: &'static [&'static str] = &[
        "table-test-passed",
        "table-test-bad-facts",
        "table-test-no-such-row",
        "table-test-wrong-row",
        "table-test-wrong-certainty",
    ];

    /// Whether everything came out as expected.
    #[must_use]
    pub const fn is_passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    /// The message key by which callers translate the verdict.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Passed => "table-test-passed",
            Self::BadFacts(_) => "table-test-bad-facts",
            Self::NoSuchRow { .. } => "table-test-no-such-row",
            Self::WrongRow { .. } => "table-test-wrong-row",
            Self::WrongCertainty { .. } => "table-test-wrong-certainty",
        }
    }

    /// The arguments of the message; no row is an empty text. The errors of facts carry their own keys.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Passed | Self::BadFacts(_) => Vec::new(),
            Self::NoSuchRow { expected } => vec![("expected", expected.clone())],
            Self::WrongRow { expected, found } => vec![
                ("expected", expected.clone().unwrap_or_default()),
                ("found", found.row.clone().unwrap_or_default()),
                ("certainty", found.certainty.as_str().to_owned()),
                ("ask", facts_to_ask(found)),
            ],
            Self::WrongCertainty { expected, found } => vec![
                ("expected", expected.as_str().to_owned()),
                ("found", found.certainty.as_str().to_owned()),
                ("ask", facts_to_ask(found)),
            ],
        }
    }
}

impl fmt::Display for TestVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |id: &Option<String>| {
            id.as_ref()
                .map_or(String::from("no row"), |id| format!("row \"{id}\""))
        };
        match self {
            Self::Passed => f.write_str("as expected"),
            Self::BadFacts(errors) => {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&errors.join("; "))
            }
            Self::NoSuchRow { expected } => write!(f, "the table has no row \"{expected}\""),
            Self::WrongRow { expected, found } => {
                write!(f, "expected {}, found {}", row(expected), row(&found.row))?;
                write!(f, " ({}{})", found.certainty.as_str(), waiting_for(found))
            }
            Self::WrongCertainty { expected, found } => {
                let (expected, found_certainty) = (expected.as_str(), found.certainty.as_str());
                write!(
                    f,
                    "{} is {found_certainty}, not {expected}{}",
                    row(&found.row),
                    waiting_for(found)
                )
            }
        }
    }
}

fn facts_to_ask(evaluation: &TableEvaluation) -> String {
    evaluation
        .ask
        .iter()
        .map(|asked| asked.fact.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn waiting_for(evaluation: &TableEvaluation) -> String {
    if evaluation.ask.is_empty() {
        String::new()
    } else {
        format!(", unknown: {}", facts_to_ask(evaluation))
    }
}
