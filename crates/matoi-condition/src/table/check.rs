//! Mistakes in a table itself: rows that can never apply, and situations that no row covers.

use std::fmt;
use std::ops::ControlFlow;

use super::DecisionTable;
use crate::domain::{Budget, Space, possible_outcomes};
use crate::expression::Expression;
use crate::facts::{FactMap, Knowledge};
use crate::truth::Truth;

/// Something that was noticed in a table. Facts are taken to be independent of each other, so a gap may be a situation
/// that cannot occur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Whatever the facts are, the condition of this row does not hold.
    NeverMatches {
        /// The id of the row.
        row: String,
    },
    /// Whenever this row holds, one that wins over it holds, too.
    Unreachable {
        /// The id of the row.
        row: String,
        /// The one row that always wins over it; none where several do so together.
        covered_by: Option<String>,
    },
    /// This row can only apply as long as facts are unknown. That may be meant.
    OnlyProvisional {
        /// The id of the row.
        row: String,
    },
    /// No row holds in this situation, and there may be more such situations.
    Gap {
        /// An example of the situation.
        example: FactMap,
    },
    /// The table is too large to try every situation. Gaps were not looked for, and whether these rows can apply was
    /// checked against single other rows at most, not against several together.
    Unfinished {
        /// The ids of the rows, in the order in which they win.
        rows: Vec<String>,
    },
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingLevel {
    /// Not everything was checked, or it may be meant.
    Notice,
    /// A mistake, in all likelihood.
    Problem,
}

impl<T> DecisionTable<T> {
    /// Looks for mistakes in a table whose first row that holds applies.
    #[must_use]
    pub fn check_first(&self, budget: Budget) -> Vec<Finding> {
        self.check_in_order(&self.order_of_table(), budget)
    }

    /// Looks for mistakes in a table whose row of the highest rank applies.
    #[must_use]
    pub fn check_highest<R: Ord>(&self, rank: impl Fn(&T) -> R, budget: Budget) -> Vec<Finding> {
        self.check_in_order(&self.order_by_rank(rank), budget)
    }

    fn check_in_order(&self, order: &[usize], mut budget: Budget) -> Vec<Finding> {
        let rows: Vec<(&str, &Expression)> = order
            .iter()
            .filter_map(|index| self.rows.get(*index))
            .map(|row| (row.id.as_str(), &row.when))
            .collect();
        check_together(&rows, &mut budget).unwrap_or_else(|| check_by_pairs(&rows, &mut budget))
    }
}

/// What was seen of one row while all situations were tried.
#[derive(Default, Clone)]
struct Seen {
    held: bool,
    applied: bool,
    applied_in_complete_situation: bool,
}

/// Tries every situation of the whole table; `None` when that is too much.
fn check_together(rows: &[(&str, &Expression)], budget: &mut Budget) -> Option<Vec<Finding>> {
    let expressions: Vec<&Expression> = rows.iter().map(|(_, when)| *when).collect();
    let space = Space::of(&expressions, budget)?;
    let mut seen = vec![Seen::default(); rows.len()];
    let mut gap: Option<FactMap> = None;
    space.visit(budget, |combination, truths| {
        let mut is_first = true;
        for (truth, seen) in truths.iter().zip(&mut seen) {
            if *truth == Truth::True {
                seen.held = true;
                if is_first {
                    seen.applied = true;
                    seen.applied_in_complete_situation |= combination.is_complete();
                }
                is_first = false;
            }
        }
        if gap.is_none() && truths.iter().all(|truth| *truth == Truth::False) {
            gap = Some(combination.example());
        }
        ControlFlow::Continue(())
    })?;

    let mut findings = Vec::new();
    for (position, ((id, when), seen)) in rows.iter().zip(&seen).enumerate() {
        let row = String::from(*id);
        if !seen.held {
            findings.push(Finding::NeverMatches { row });
        } else if !seen.applied {
            let covered_by = covering_row(rows, position, when, budget);
            findings.push(Finding::Unreachable { row, covered_by });
        } else if !seen.applied_in_complete_situation {
            findings.push(Finding::OnlyProvisional { row });
        }
    }
    findings.extend(gap.map(|example| Finding::Gap { example }));
    Some(findings)
}

/// Looks at each row alone, and at each with every row that wins over it, as far as the budget goes.
fn check_by_pairs(rows: &[(&str, &Expression)], budget: &mut Budget) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unfinished = Vec::new();
    for (position, (id, when)) in rows.iter().enumerate() {
        let row = String::from(*id);
        let outcomes = possible_outcomes(when, budget);
        if outcomes.is_some_and(|outcomes| !outcomes.can_be_true) {
            findings.push(Finding::NeverMatches { row });
            continue;
        }
        match covering_row(rows, position, when, budget) {
            Some(covering) => findings.push(Finding::Unreachable {
                row,
                covered_by: Some(covering),
            }),
            // Before the first row there is nothing that could win over it.
            None if position > 0 || outcomes.is_none() => unfinished.push(row),
            None => {}
        }
    }
    findings.push(Finding::Unfinished { rows: unfinished });
    findings
}

/// The id of the first row before `position` that holds whenever `when` does, as far as the budget shows it.
fn covering_row(
    rows: &[(&str, &Expression)],
    position: usize,
    when: &Expression,
    budget: &mut Budget,
) -> Option<String> {
    let mut before = rows.iter().take(position);
    before
        .find(|(_, before)| implies(when, before, budget))
        .map(|(id, _)| String::from(*id))
}

/// Whether one expression certainly holds in every situation in which another does.
fn implies(when: &Expression, then: &Expression, budget: &mut Budget) -> bool {
    if then.facts().is_empty() {
        return then.truth(&FactMap::new()) == Truth::True;
    }
    let Some(space) = Space::of(&[when, then], budget) else {
        return false;
    };
    let mut holds = true;
    let visited = space.visit(budget, |_, truths| {
        if let [Truth::True, Truth::Unknown | Truth::False] = truths {
            holds = false;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    visited.is_some() && holds
}

impl Finding {
    /// The keys of all findings, for checks that translations are complete.
    pub const KEYS: &'static [&'static str] = &[
        "table-never-matches",
        "table-unreachable",
        "table-unreachable-covered",
        "table-only-provisional",
        "table-gap",
        "table-unfinished",
    ];

    /// How grave the finding is. A caller whose tables must cover every situation treats a gap as a problem.
    #[must_use]
    pub const fn level(&self) -> FindingLevel {
        match self {
            Self::NeverMatches { .. } | Self::Unreachable { .. } => FindingLevel::Problem,
            Self::OnlyProvisional { .. } | Self::Gap { .. } | Self::Unfinished { .. } => FindingLevel::Notice,
        }
    }

    /// The message key by which callers translate the finding.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NeverMatches { .. } => "table-never-matches",
            Self::Unreachable { covered_by: None, .. } => "table-unreachable",
            Self::Unreachable {
                covered_by: Some(_), ..
            } => "table-unreachable-covered",
            Self::OnlyProvisional { .. } => "table-only-provisional",
            Self::Gap { .. } => "table-gap",
            Self::Unfinished { .. } => "table-unfinished",
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NeverMatches { row }
            | Self::Unreachable {
                row,
                covered_by: None,
            }
            | Self::OnlyProvisional { row } => vec![("row", row.clone())],
            Self::Unreachable {
                row,
                covered_by: Some(covering),
            } => {
                vec![("row", row.clone()), ("covering", covering.clone())]
            }
            Self::Gap { example } => vec![("example", describe(example))],
            Self::Unfinished { rows } => vec![("rows", rows.join(", "))],
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverMatches { row } => write!(f, "row \"{row}\" can never match"),
            Self::Unreachable {
                row,
                covered_by: None,
            } => {
                write!(f, "row \"{row}\" can never apply: other rows always win over it")
            }
            Self::Unreachable {
                row,
                covered_by: Some(covering),
            } => {
                write!(
                    f,
                    "row \"{row}\" can never apply: row \"{covering}\" always wins over it"
                )
            }
            Self::OnlyProvisional { row } => {
                write!(f, "row \"{row}\" can only apply while facts are unknown")
            }
            Self::Gap { example } => write!(f, "no row matches this situation: {}", describe(example)),
            Self::Unfinished { rows } => {
                write!(f, "the table is too large to be checked for gaps")?;
                if !rows.is_empty() {
                    write!(f, "; these rows were only checked in part: {}", rows.join(", "))?;
                }
                Ok(())
            }
        }
    }
}

fn describe(example: &FactMap) -> String {
    if example.0.is_empty() {
        return String::from("any");
    }
    let describe_one = |(fact, knowledge): (&String, &Knowledge)| match knowledge.value() {
        Some(value) => format!("{fact}: {value}"),
        None => format!("{fact}: unknown"),
    };
    example.0.iter().map(describe_one).collect::<Vec<_>>().join("; ")
}
