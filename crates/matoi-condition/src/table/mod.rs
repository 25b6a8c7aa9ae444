//! Decision tables: rows of conditions with an outcome each, and which row applies.
//!
//! A table is data ([`RowData`], conditions as text) that [`DecisionTable::load`] checks against a vocabulary. It is
//! evaluated by one of two hit policies: [`evaluate_first`](DecisionTable::evaluate_first) takes the first row that
//! holds, [`evaluate_highest`](DecisionTable::evaluate_highest) the one that the caller ranks highest. Both say how
//! sure that is and which facts to ask for. [`DecisionTable::check_first`] finds mistakes in the table itself, and
//! [`TableTest`] keeps examples beside it.
//!
//! Outcomes are the caller's own type; nothing here looks into them.

mod cases;
mod check;
mod evaluate;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use cases::{TableTest, TestReport, TestVerdict};
pub use check::{Finding, FindingLevel};
pub use evaluate::{AskedFact, Certainty, RowEvaluation, TableEvaluation};

use crate::error::ConditionError;
use crate::expression::Expression;
use crate::vocabulary::Vocabulary;

/// The most rows of a table.
pub const MAX_ROWS: usize = 500;

/// One row as data: `{id: ..., when: ..., then: ...}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowData<T> {
    /// What the row is called in results, tests and records; unique in its table.
    pub id: String,
    /// The condition as text. A row that always applies has `true`.
    pub when: String,
    /// What follows.
    pub then: T,
}

/// One checked row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row<T> {
    /// What the row is called in results, tests and records; unique in its table.
    pub id: String,
    /// The condition.
    pub when: Expression,
    /// What follows.
    pub then: T,
}

/// A checked table. Serialises as its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DecisionTable<T> {
    rows: Vec<Row<T>>,
}

impl<T> DecisionTable<T> {
    /// Checks the rows of a table against a vocabulary.
    ///
    /// # Errors
    /// Everything that is wrong: conditions that cannot be read, ids that are empty or stand twice, too many rows.
    pub fn load(
        rows: impl IntoIterator<Item = RowData<T>>,
        vocabulary: &Vocabulary,
    ) -> Result<Self, Vec<TableError>> {
        let mut checked = Vec::new();
        let mut errors = Vec::new();
        let mut ids = BTreeSet::new();
        for (index, row) in rows.into_iter().enumerate() {
            let mut report = |kind| {
                let row = row.id.clone();
                errors.push(TableError { index, row, kind });
            };
            if index >= MAX_ROWS {
                report(TableErrorKind::TooManyRows);
                break;
            }
            if row.id.trim().is_empty() {
                report(TableErrorKind::EmptyId);
            }
            if !ids.insert(row.id.clone()) {
                report(TableErrorKind::DuplicateId);
            }
            match Expression::parse(&row.when, vocabulary) {
                Ok(when) => checked.push(Row {
                    id: row.id,
                    when,
                    then: row.then,
                }),
                Err(error) => report(TableErrorKind::Condition(error)),
            }
        }
        if errors.is_empty() {
            Ok(Self { rows: checked })
        } else {
            Err(errors)
        }
    }

    /// The rows, in order.
    #[must_use]
    pub fn rows(&self) -> &[Row<T>] {
        &self.rows
    }

    /// The row of this id.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&Row<T>> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The indices of the rows in the order in which the first that holds wins: by rank, the highest first, then in
    /// the order of the table.
    fn order_by_rank<R: Ord>(&self, rank: impl Fn(&T) -> R) -> Vec<usize> {
        let mut ranked: Vec<(usize, R)> = self
            .rows
            .iter()
            .enumerate()
            .map(|(index, row)| (index, rank(&row.then)))
            .collect();
        ranked.sort_by(|(_, left), (_, right)| right.cmp(left));
        ranked.into_iter().map(|(index, _)| index).collect()
    }

    fn order_of_table(&self) -> Vec<usize> {
        (0..self.rows.len()).collect()
    }
}

/// Something in the data of a table that keeps it from being used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("row {} (\"{row}\"): {kind}", index + 1)]
pub struct TableError {
    /// The position of the row, from 0.
    pub index: usize,
    /// Its id as written.
    pub row: String,
    /// What is wrong.
    pub kind: TableErrorKind,
}

/// What keeps a row from being used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableErrorKind {
    /// The condition cannot be read.
    #[error(transparent)]
    Condition(ConditionError),
    /// The id is empty.
    #[error("the row has no id")]
    EmptyId,
    /// Another row has the same id.
    #[error("the id stands twice")]
    DuplicateId,
    /// There are more than [`MAX_ROWS`] rows.
    #[error("a table has at most {MAX_ROWS} rows")]
    TooManyRows,
}

impl TableErrorKind {
    /// The keys of the kinds of this type, for checks that translations are complete; conditions have
    /// [their own](crate::ConditionErrorKind::KEYS).
    pub const KEYS: &'static [&'static str] =
        &["table-empty-id", "table-duplicate-id", "table-too-many-rows"];

    /// The message key by which callers translate the error.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Condition(error) => error.key(),
            Self::EmptyId => "table-empty-id",
            Self::DuplicateId => "table-duplicate-id",
            Self::TooManyRows => "table-too-many-rows",
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Condition(error) => error.args(),
            Self::TooManyRows => vec![("limit", MAX_ROWS.to_string())],
            Self::EmptyId | Self::DuplicateId => Vec::new(),
        }
    }
}
