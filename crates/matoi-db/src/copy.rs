//! Copying whole tables, whatever they hold: for backups, and for the way from one database to the other.
//!
//! What tables there are is read from the catalogue of the database, so that none is forgotten. Only the two storage classes
//! of [`Value`] are known; a table with another one has to be left out by name.

use std::collections::BTreeSet;

use crate::{DbError, Result, Row, Sql, Tx, Value, v};

/// A table, as a copy sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of the table.
    pub columns: Vec<Column>,
    /// Places of the primary key's columns in `columns`; empty when there is none.
    key: Vec<usize>,
    /// Where a row names its parent in the same table: places of the naming and of the named column.
    parent: Option<(usize, usize)>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// 64-bit integers.
    Int,
}

impl Table {
    /// Whether rows name rows of the same table, so that all of them have to be put in order first.
    #[must_use]
    pub const fn is_tree(&self) -> bool {
        self.parent.is_some()
    }

    /// Rows in an order in which each stands after the one it names. Rows of a circle, which no database accepts, come last.
    #[must_use]
    pub fn parents_first(&self, rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
        let Some((naming, named)) = self.parent else {
            return rows;
        };
        let mut rest = rows;
        let mut ordered = Vec::with_capacity(rest.len());
        let mut there = BTreeSet::new();
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|row| text(row, naming).is_none_or(|parent| there.contains(&parent)));
            if ready.is_empty() {
                ordered.extend(waiting);
                return ordered;
            }
            there.extend(ready.iter().filter_map(|row| text(row, named)));
            ordered.extend(ready);
            rest = waiting;
        }
    }

    /// The key of a row, for going on after it. A table without a key is read at once.
    #[must_use]
    pub fn key_of(&self, row: &[Value]) -> Option<Vec<Value>> {
        let key: Vec<_> = self.key.iter().filter_map(|at| row.get(*at).cloned()).collect();
        (!key.is_empty()).then_some(key)
    }

    /// The names of its columns.
    #[must_use]
    pub fn column_names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    fn key_names(&self) -> Vec<&str> {
        self.key
            .iter()
            .filter_map(|at| self.columns.get(*at))
            .map(|column| column.name.as_str())
            .collect()
    }
}

impl Tx {
    /// Every table except those named, in an order in which each refers to earlier ones only.
    ///
    /// # Errors
    /// [`DbError::Shape`] when a column is neither of text nor of whole numbers.
    pub async fn tables(&mut self, except: &[&str]) -> Result<Vec<Table>> {
        let names = self.dialect().pick(SQLITE_TABLES, POSTGRES_TABLES);
        let mut waiting = Vec::new();
        for row in self.fetch_all(names, []).await? {
            let name = row.text("name")?;
            if !except.contains(&name.as_str()) {
                waiting.push(self.describe(name).await?);
            }
        }
        let mut ordered: Vec<Table> = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let there: BTreeSet<String> = ordered.iter().map(|table| table.name.clone()).collect();
            let (ready, rest): (Vec<_>, Vec<_>) = waiting
                .into_iter()
                .partition(|(_, refers_to)| refers_to.iter().all(|other| there.contains(other)));
            if ready.is_empty() {
                let names: Vec<_> = rest.into_iter().map(|(table, _)| table.name).collect();
                let names = names.join(", ");
                return Err(DbError::Shape(format!(
                    "tables refer to each other in a circle: {names}"
                )));
            }
            ordered.extend(ready.into_iter().map(|(table, _)| table));
            waiting = rest;
        }
        Ok(ordered)
    }

    /// Rows of a table in the order of its key, after one with this key. A table without a key is given at once.
    ///
    /// # Errors
    /// When the database cannot be read, or a row is not what the catalogue says.
    pub async fn rows_after(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
        limit: u32,
    ) -> Result<Vec<Vec<Value>>> {
        let key = table.key_names();
        let mut sql = Sql::new("SELECT ");
        sql.push_names(&table.column_names()).push(" FROM ", []);
        sql.push_names(&[table.name.as_str()]);
        if let Some(after) = after {
            sql.push(" WHERE (", [])
                .push_names(&key)
                .push_row(") > ", after.to_vec());
        }
        sql.push(" ORDER BY ", []);
        if key.is_empty() {
            sql.push_names(&table.column_names());
        } else {
            sql.push_names(&key).push(" LIMIT ?", [v(i64::from(limit))]);
        }
        let rows = self.fetch_sql(sql).await?;
        rows.iter().map(|row| values_of(table, row)).collect()
    }

    /// Whether a table has any row.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let mut sql = Sql::new("SELECT 1 AS found FROM ");
        sql.push_names(&[table.name.as_str()]).push(" LIMIT 1", []);
        Ok(!self.fetch_sql(sql).await?.is_empty())
    }

    /// Puts rows into a table, each with a value for every one of `columns`. Gives how many.
    ///
    /// # Errors
    /// When the database refuses one of them.
    pub async fn put_rows(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        let mut head = Sql::new("INSERT INTO ");
        head.push_names(&[table])
            .push(" (", [])
            .push_names(columns)
            .push(")", []);
        self.insert_after(&head, rows).await
    }

    /// A table, and the other ones it refers to.
    async fn describe(&mut self, name: String) -> Result<(Table, Vec<String>)> {
        let dialect = self.dialect();
        let rows = self
            .fetch_all(dialect.pick(SQLITE_COLUMNS, POSTGRES_COLUMNS), [v(&name)])
            .await?;
        let mut columns = Vec::with_capacity(rows.len());
        let mut key = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let (column, kind) = (row.text("name")?, row.text("kind")?);
            let kind = match kind.to_ascii_lowercase().as_str() {
                "text" => ColumnKind::Text,
                "bigint" | "integer" => ColumnKind::Int,
                _ => {
                    return Err(DbError::Shape(format!(
                        "column {name}.{column} is of kind {kind}, which cannot be copied"
                    )));
                }
            };
            columns.push(Column { name: column, kind });
            let place = row.int("key_place")?;
            if place > 0 {
                key.push((place, at));
            }
        }
        key.sort_unstable();
        let place = |wanted: &str| columns.iter().position(|column| column.name == wanted);
        let mut parent = None;
        let mut refers_to = Vec::new();
        let references = dialect.pick(SQLITE_REFERENCES, POSTGRES_REFERENCES);
        for row in self.fetch_all(references, [v(&name)]).await? {
            let other = row.text("other")?;
            if other == name {
                parent = place(&row.text("naming")?).zip(place(&row.text("named")?));
            } else {
                refers_to.push(other);
            }
        }
        let table = Table {
            name,
            columns,
            key: key.into_iter().map(|(_, at)| at).collect(),
            parent,
        };
        Ok((table, refers_to))
    }
}

const SQLITE_TABLES: &str = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";

const POSTGRES_TABLES: &str = "SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname";

const SQLITE_COLUMNS: &str =
    "SELECT name, type AS kind, pk AS key_place FROM pragma_table_info($1) ORDER BY cid";

const POSTGRES_COLUMNS: &str = "SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS kind, COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0)::bigint AS key_place
     FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const SQLITE_REFERENCES: &str = "SELECT \"table\" AS other, \"from\" AS naming, \"to\" AS named FROM pragma_foreign_key_list($1) ORDER BY id, seq";

const POSTGRES_REFERENCES: &str =
    "SELECT o.relname::text AS other, a.attname::text AS naming, b.attname::text AS named
     FROM pg_constraint c
     JOIN pg_class o ON o.oid = c.confrelid
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
     WHERE c.contype = 'f' AND c.conrelid = $1::text::regclass ORDER BY c.conname";

fn text(row: &[Value], at: usize) -> Option<String> {
    match row.get(at) {
        Some(Value::Text(text)) => text.clone(),
        _ => None,
    }
}

fn values_of(table: &Table, row: &Row) -> Result<Vec<Value>> {
    table
        .columns
        .iter()
        .map(|column| {
            Ok(match column.kind {
                ColumnKind::Text => Value::Text(row.opt_text(&column.name)?),
                ColumnKind::Int => Value::Int(row.opt_int(&column.name)?),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_tree_stand_after_the_row_they_name() {
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: ColumnKind::Text,
        };
        let table = Table {
            name: "unit".to_owned(),
            columns: vec![column("id"), column("parent_id")],
            key: vec![0],
            parent: Some((1, 0)),
        };
        let row = |id: &str, parent: Option<&str>| vec![v(id), v(parent)];
        let rows = vec![
            row("a", Some("c")),
            row("b", None),
            row("c", Some("b")),
            row("x", Some("x")),
        ];
        let ordered: Vec<_> = table
            .parents_first(rows)
            .iter()
            .filter_map(|row| text(row, 0))
            .collect();
        assert_eq!(ordered, ["b", "c", "a", "x"]);
    }
}
