//! Rows that come out of a statement.

use std::str::FromStr;

use matoi_types::{Id, IdKind, Timestamp};
use sqlx::Row as _;

use crate::{DbError, Result};

/// One row of a result. Columns are taken by name; a missing column or another type is [`DbError::Shape`].
#[derive(Debug)]
pub struct Row(pub(crate) RowInner);

pub(crate) enum RowInner {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

impl std::fmt::Debug for RowInner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the content: rows hold reports and secrets' hashes.
        f.write_str(match self {
            Self::Sqlite(_) => "sqlite row",
            Self::Postgres(_) => "postgres row",
        })
    }
}

impl Row {
    /// A text column that may be NULL.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>> {
        Ok(match &self.0 {
            RowInner::Sqlite(row) => row.try_get(column)?,
            RowInner::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A text column.
    pub fn text(&self, column: &str) -> Result<String> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }

    /// An integer column that may be NULL.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>> {
        Ok(match &self.0 {
            RowInner::Sqlite(row) => row.try_get(column)?,
            // A literal in a statement is 32 bits wide in PostgreSQL, a column always 64.
            RowInner::Postgres(row) => match row.try_get::<Option<i64>, _>(column) {
                Ok(number) => number,
                Err(_) => row.try_get::<Option<i32>, _>(column)?.map(i64::from),
            },
        })
    }

    /// An integer column.
    pub fn int(&self, column: &str) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }

    /// A flag stored as 0 or 1.
    pub fn flag(&self, column: &str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// A point in time.
    pub fn time(&self, column: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }

    /// A point in time that may be NULL.
    pub fn opt_time(&self, column: &str) -> Result<Option<Timestamp>> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// A typed identifier.
    pub fn id<K: IdKind>(&self, column: &str) -> Result<Id<K>> {
        self.parsed(column)
    }

    /// A typed identifier that may be NULL.
    pub fn opt_id<K: IdKind>(&self, column: &str) -> Result<Option<Id<K>>> {
        self.opt_text(column)?
            .map(|text| parse(column, &text))
            .transpose()
    }

    /// A text column read by its type's `FromStr`.
    pub fn parsed<T: FromStr>(&self, column: &str) -> Result<T> {
        parse(column, &self.text(column)?)
    }

    /// A rank column read by a scale's `from_rank`.
    pub fn ranked<T>(&self, column: &str, from_rank: impl Fn(i64) -> Option<T>) -> Result<T> {
        let rank = self.int(column)?;
        from_rank(rank).ok_or_else(|| DbError::Shape(format!("column {column}: unknown rank {rank}")))
    }

    /// A rank column that may be NULL.
    pub fn opt_ranked<T>(&self, column: &str, from_rank: impl Fn(i64) -> Option<T>) -> Result<Option<T>> {
        let Some(rank) = self.opt_int(column)? else {
            return Ok(None);
        };
        from_rank(rank)
            .map(Some)
            .ok_or_else(|| DbError::Shape(format!("column {column}: unknown rank {rank}")))
    }
}

fn parse<T: FromStr>(column: &str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|_| DbError::Shape(format!("column {column}: not the expected form")))
}

fn null(column: &str) -> DbError {
    DbError::Shape(format!("column {column}: unexpected null"))
}
