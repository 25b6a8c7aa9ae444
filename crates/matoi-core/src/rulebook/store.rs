//! SQL of the rule book.

use matoi_db::{Row, Sql, v};

use super::model::{DataFile, DataFileEntry, DataFileState, DataKind};
use crate::kernel::{Result, Tx};

const FILE: &str = "SELECT hash, kind, name, version, content, state, note, created_by, created_at, approved_by, approved_at FROM data_file";

pub(super) async fn approved(tx: &mut Tx, kind: DataKind, name: &str) -> Result<Option<DataFile>> {
    let mut sql = Sql::new(FILE);
    sql.push(
        " WHERE kind = ? AND name = ? AND state = 'approved'",
        [v(kind.as_str()), v(name)],
    );
    tx.fetch_sql(sql).await?.first().map(file).transpose()
}

pub(super) async fn by_hash(tx: &mut Tx, hash: &str) -> Result<Option<DataFile>> {
    let mut sql = Sql::new(FILE);
    sql.push(" WHERE hash = ?", [v(hash)]);
    tx.fetch_sql(sql).await?.first().map(file).transpose()
}

pub(super) async fn list(
    tx: &mut Tx,
    kind: Option<DataKind>,
    name: Option<&str>,
) -> Result<Vec<DataFileEntry>> {
    let mut sql = Sql::new(
        "SELECT hash, kind, name, version, state, note, created_by, created_at, approved_by, approved_at FROM data_file WHERE 1 = 1",
    );
    if let Some(kind) = kind {
        sql.push(" AND kind = ?", [v(kind.as_str())]);
    }
    if let Some(name) = name {
        sql.push(" AND name = ?", [v(name)]);
    }
    sql.push(" ORDER BY kind, name, version DESC LIMIT 1000", []);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(DataFileEntry {
                hash: row.text("hash")?,
                kind: row.parsed("kind")?,
                name: row.text("name")?,
                version: row.int("version")?,
                state: row.parsed("state")?,
                note: row.text("note")?,
                created_by: row.opt_id("created_by")?,
                created_at: row.time("created_at")?,
                approved_by: row.opt_id("approved_by")?,
                approved_at: row.opt_time("approved_at")?,
            })
        })
        .collect()
}

pub(super) async fn next_version(tx: &mut Tx, kind: DataKind, name: &str) -> Result<i64> {
    let row = tx
        .fetch_one(
            "SELECT COALESCE(MAX(version), 0) + 1 AS next FROM data_file WHERE kind = $1 AND name = $2",
            [v(kind.as_str()), v(name)],
        )
        .await?;
    Ok(row.int("next")?)
}

pub(super) async fn insert(tx: &mut Tx, file: &DataFile) -> Result<()> {
    tx.execute(
        "INSERT INTO data_file (hash, kind, name, version, content, state, note, created_by, created_at, approved_by, approved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            v(&file.hash),
            v(file.kind.as_str()),
            v(&file.name),
            v(file.version),
            v(&file.content),
            v(file.state.as_str()),
            v(&file.note),
            v(file.created_by),
            v(file.created_at),
            v(file.approved_by),
            v(file.approved_at),
        ],
    )
    .await?;
    Ok(())
}

/// Puts a version in force and the former one out of it. Says no when it is in force already.
pub(super) async fn approve(tx: &mut Tx, file: &DataFile) -> Result<bool> {
    let (by, now) = (tx.caller().account(), tx.now());
    tx.execute(
        "UPDATE data_file SET state = 'superseded' WHERE kind = $1 AND name = $2 AND state = 'approved' AND hash <> $3",
        [v(file.kind.as_str()), v(&file.name), v(&file.hash)],
    )
    .await?;
    Ok(tx
        .execute(
            "UPDATE data_file SET state = 'approved', approved_by = $2, approved_at = $3 WHERE hash = $1 AND state <> 'approved'",
            [v(&file.hash), v(by), v(now)],
        )
        .await?
        > 0)
}

fn file(row: &Row) -> Result<DataFile> {
    Ok(DataFile {
        hash: row.text("hash")?,
        kind: row.parsed("kind")?,
        name: row.text("name")?,
        version: row.int("version")?,
        content: row.text("content")?,
        state: row.parsed::<DataFileState>("state")?,
        note: row.text("note")?,
        created_by: row.opt_id("created_by")?,
        created_at: row.time("created_at")?,
        approved_by: row.opt_id("approved_by")?,
        approved_at: row.opt_time("approved_at")?,
    })
}
