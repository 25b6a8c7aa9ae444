//! A transaction on either database.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;

use crate::dialect::Dialect;
use crate::row::RowInner;
use crate::{Result, Row, Sql, Value};

/// A transaction. Dropped without [`Tx::commit`] it is rolled back.
#[derive(Debug)]
pub struct Tx(pub(crate) TxInner);

#[derive(Debug)]
pub(crate) enum TxInner {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Tx {
    /// Which database this is, for the few statements that differ.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.0 {
            TxInner::Sqlite(_) => Dialect::Sqlite,
            TxInner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and says how many rows it changed.
    pub async fn execute(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64> {
        tell(sql);
        match &mut self.0 {
            TxInner::Sqlite(tx) => Ok(bind_sqlite(sqlx::query(sql), values)
                .execute(&mut **tx)
                .await?
                .rows_affected()),
            TxInner::Postgres(tx) => Ok(bind_postgres(sqlx::query(sql), values)
                .execute(&mut **tx)
                .await?
                .rows_affected()),
        }
    }

    /// Runs a query and gives all rows.
    pub async fn fetch_all(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Row>> {
        tell(sql);
        match &mut self.0 {
            TxInner::Sqlite(tx) => {
                let rows = bind_sqlite(sqlx::query(sql), values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(|row| Row(RowInner::Sqlite(row))).collect())
            }
            TxInner::Postgres(tx) => {
                let rows = bind_postgres(sqlx::query(sql), values)
                    .fetch_all(&mut **tx)
                    .await?;
                Ok(rows.into_iter().map(|row| Row(RowInner::Postgres(row))).collect())
            }
        }
    }

    /// Runs a query that gives at most one row that matters.
    pub async fn fetch_optional(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Row>> {
        tell(sql);
        match &mut self.0 {
            TxInner::Sqlite(tx) => {
                let row = bind_sqlite(sqlx::query(sql), values)
                    .fetch_optional(&mut **tx)
                    .await?;
                Ok(row.map(|row| Row(RowInner::Sqlite(row))))
            }
            TxInner::Postgres(tx) => {
                let row = bind_postgres(sqlx::query(sql), values)
                    .fetch_optional(&mut **tx)
                    .await?;
                Ok(row.map(|row| Row(RowInner::Postgres(row))))
            }
        }
    }

    /// Runs a query that always gives a row, like a count.
    pub async fn fetch_one(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Row> {
        self.fetch_optional(sql, values)
            .await?
            .ok_or_else(|| crate::DbError::Shape("a row was expected".to_owned()))
    }

    /// Runs a statement put together from static pieces and says how many rows it changed.
    pub async fn execute_sql(&mut self, sql: Sql) -> Result<u64> {
        let (text, values) = sql.into_parts();
        tell(&text);
        match &mut self.0 {
            TxInner::Sqlite(tx) => {
                let query = bind_sqlite(sqlx::query(AssertSqlSafe(text)), values);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            TxInner::Postgres(tx) => {
                let query = bind_postgres(sqlx::query(AssertSqlSafe(text)), values);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
        }
    }

    /// Runs a query put together from static pieces and gives all rows.
    pub async fn fetch_sql(&mut self, sql: Sql) -> Result<Vec<Row>> {
        let (text, values) = sql.into_parts();
        tell(&text);
        match &mut self.0 {
            TxInner::Sqlite(tx) => {
                let query = bind_sqlite(sqlx::query(AssertSqlSafe(text)), values);
                let rows = query.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(|row| Row(RowInner::Sqlite(row))).collect())
            }
            TxInner::Postgres(tx) => {
                let query = bind_postgres(sqlx::query(AssertSqlSafe(text)), values);
                let rows = query.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(|row| Row(RowInner::Postgres(row))).collect())
            }
        }
    }

    /// Inserts many rows with as few statements as the database allows. `head` ends before `VALUES`; all rows have the same
    /// number of values.
    pub async fn insert_rows(
        &mut self,
        head: &'static str,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        self.insert_after(&Sql::new(head), rows).await
    }

    pub(crate) async fn insert_after(
        &mut self,
        head: &Sql,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        let mut rows = rows.into_iter().peekable();
        let mut changed = 0;
        while let Some(first) = rows.peek() {
            let width = first.len().max(1);
            let most = (MOST_VALUES / width).clamp(1, MOST_ROWS);
            let mut sql = head.clone();
            for (n, row) in rows.by_ref().take(most).enumerate() {
                sql.push_row(if n == 0 { " VALUES " } else { ", " }, row);
            }
            changed += self.execute_sql(sql).await?;
        }
        Ok(changed)
    }

    /// Makes everything since the begin durable. Returns only when it is.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything since the begin.
    pub async fn rollback(self) -> Result<()> {
        match self.0 {
            TxInner::Sqlite(tx) => tx.rollback().await?,
            TxInner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

/// Statements, without their values, under a target of their own: off unless somebody looks for a slow one.
fn tell(statement: &str) {
    tracing::trace!(target: "matoi_db::statement", statement);
}

/// SQLite takes at most 32,766 values in a statement, PostgreSQL 65,535.
const MOST_VALUES: usize = 30_000;
/// More rows than this in a statement save nothing.
const MOST_ROWS: usize = 500;

type SqliteQuery<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;
type PostgresQuery<'q> = sqlx::query::Query<'q, sqlx::Postgres, PgArguments>;

fn bind_sqlite<'q>(query: SqliteQuery<'q>, values: impl IntoIterator<Item = Value>) -> SqliteQuery<'q> {
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Int(number) => query.bind(number),
    })
}

fn bind_postgres<'q>(query: PostgresQuery<'q>, values: impl IntoIterator<Item = Value>) -> PostgresQuery<'q> {
    values.into_iter().fold(query, |query, value| match value {
        // PostgreSQL cannot store NUL in text; it never carries meaning here, so it goes at the last door.
        Value::Text(text) => query.bind(text.map(without_nul)),
        Value::Int(number) => query.bind(number),
    })
}

fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}
