//! Which row applies, how sure that is, and what to ask to make it sure.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::DecisionTable;
use crate::facts::Facts;
use crate::trace::Trace;
use crate::truth::Truth;

/// How sure the result of a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Whatever the unknown facts turn out to be, it stays this row, or stays that no row applies.
    Certain,
    /// This row applies, but one that comes before it might, too.
    Provisional,
    /// No row applies yet, but at least one might.
    Undecided,
}

impl Certainty {
    /// The name used in data: `certain`, `provisional` or `undecided`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Provisional => "provisional",
            Self::Undecided => "undecided",
        }
    }
}

/// The result of a table, with all reasons, to be stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEvaluation {
    /// How sure the result is.
    pub certainty: Certainty,
    /// The id of the row that applies; none when no row does, or when it is undecided.
    pub row: Option<String>,
    /// Whether the row or the certainty would be another if everything that is only assumed were unknown.
    pub rests_on_assumption: bool,
    /// The facts whose answers could change the result, the most useful first; none when it is certain.
    pub ask: Vec<AskedFact>,
    /// The ids of all rows that hold, in the order of the table.
    pub matched: Vec<String>,
    /// The ids of all rows of which nobody can say yet whether they hold, in the order of the table.
    pub possible: Vec<String>,
    /// Every row with its reasons, in the order of the table.
    pub rows: Vec<RowEvaluation>,
}

/// A fact to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedFact {
    /// The fact.
    pub fact: String,
    /// The ids of the rows that stand open for want of it, in the order in which they would win.
    pub rows: Vec<String>,
}

/// One row with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowEvaluation {
    /// The id of the row.
    pub id: String,
    /// Whether it holds.
    pub truth: Truth,
    /// Why.
    pub trace: Trace,
}

impl<T> DecisionTable<T> {
    /// Evaluates every row; of those that hold, the first in the order of the table applies.
    #[must_use]
    pub fn evaluate_first(&self, facts: &(impl Facts + ?Sized)) -> TableEvaluation {
        self.evaluate_in_order(facts, &self.order_of_table())
    }

    /// Evaluates every row; of those that hold, the one with the highest rank applies, and of several with the same
    /// rank the first in the order of the table.
    #[must_use]
    pub fn evaluate_highest<R: Ord>(
        &self,
        facts: &(impl Facts + ?Sized),
        rank: impl Fn(&T) -> R,
    ) -> TableEvaluation {
        self.evaluate_in_order(facts, &self.order_by_rank(rank))
    }

    fn evaluate_in_order(&self, facts: &(impl Facts + ?Sized), order: &[usize]) -> TableEvaluation {
        let rows: Vec<RowEvaluation> = self
            .rows
            .iter()
            .map(|row| {
                let trace = row.when.evaluate(facts);
                RowEvaluation {
                    id: row.id.clone(),
                    truth: trace.truth(),
                    trace,
                }
            })
            .collect();
        let ordered: Vec<&RowEvaluation> = order.iter().filter_map(|index| rows.get(*index)).collect();
        let (certainty, winner) = decide(ordered.iter().map(|row| row.trace.root.truth));
        let firm = decide(ordered.iter().map(|row| row.trace.root.firm_truth));
        let before_winner = ordered.iter().take(winner.unwrap_or(ordered.len())).copied();
        let ask = facts_to_ask(before_winner.filter(|row| row.truth == Truth::Unknown));
        let ids_with = |truth: Truth| {
            rows.iter()
                .filter(|row| row.truth == truth)
                .map(|row| row.id.clone())
                .collect::<Vec<_>>()
        };
        TableEvaluation {
            certainty,
            row: winner
                .and_then(|position| ordered.get(position))
                .map(|row| row.id.clone()),
            rests_on_assumption: firm != (certainty, winner),
            ask,
            matched: ids_with(Truth::True),
            possible: ids_with(Truth::Unknown),
            rows,
        }
    }
}

/// The first true row, and whether an unknown one comes before it.
fn decide(truths: impl Iterator<Item = Truth>) -> (Certainty, Option<usize>) {
    let mut open_before = false;
    for (position, truth) in truths.enumerate() {
        match truth {
            Truth::True if open_before => return (Certainty::Provisional, Some(position)),
            Truth::True => return (Certainty::Certain, Some(position)),
            Truth::Unknown => open_before = true,
            Truth::False => {}
        }
    }
    (
        if open_before {
            Certainty::Undecided
        } else {
            Certainty::Certain
        },
        None,
    )
}

/// The facts that open rows wait for: those first that could settle the most rows, then those that settle the most
/// rows alone, then those of the earlier rows.
fn facts_to_ask<'r>(open_rows: impl Iterator<Item = &'r RowEvaluation>) -> Vec<AskedFact> {
    let mut asked: Vec<(AskedFact, usize)> = Vec::new();
    for row in open_rows {
        let missing = row.trace.missing_facts();
        let settles_alone = usize::from(missing.len() == 1);
        for fact in missing {
            match asked.iter_mut().find(|(asked, _)| asked.fact == fact) {
                Some((asked, alone)) => {
                    asked.rows.push(row.id.clone());
                    *alone += settles_alone;
                }
                None => {
                    asked.push((
                        AskedFact {
                            fact: fact.to_owned(),
                            rows: vec![row.id.clone()],
                        },
                        settles_alone,
                    ));
                }
            }
        }
    }
    // The sort is stable: facts of earlier rows stay in front.
    asked.sort_by_key(|(asked, alone)| Reverse((asked.rows.len(), *alone)));
    asked.into_iter().map(|(asked, _)| asked).collect()
}
