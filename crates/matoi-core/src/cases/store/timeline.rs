//! SQL of timelines.

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, EntryId, Timestamp};

use crate::cases::model::{Entry, EntryKind};
use crate::kernel::{Cursor, Message, Result, Tx};

pub(in crate::cases) struct NewEntry<'a> {
    pub(in crate::cases) id: EntryId,
    pub(in crate::cases) case: CaseId,
    pub(in crate::cases) kind: EntryKind,
    pub(in crate::cases) at: Timestamp,
    pub(in crate::cases) author_kind: &'static str,
    pub(in crate::cases) body: &'a str,
    pub(in crate::cases) message: Option<String>,
    pub(in crate::cases) subject: Option<(&'static str, String)>,
    pub(in crate::cases) pinned: bool,
}

pub(in crate::cases) async fn insert_entry(tx: &mut Tx, entry: NewEntry<'_>) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    let (subject_kind, subject_id) = entry
        .subject
        .map_or((None, None), |(kind, id)| (Some(kind), Some(id)));
    tx.execute(
        "INSERT INTO entry (id, case_id, kind, at, entered_at, author_kind, author_id, body, message, subject_kind, subject_id, pinned, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        [
            v(entry.id),
            v(entry.case),
            v(entry.kind.as_str()),
            v(entry.at),
            v(now),
            v(entry.author_kind),
            v(by),
            v(entry.body),
            v(entry.message),
            v(subject_kind),
            v(subject_id),
            v(entry.pinned),
        ],
    )
    .await?;
    Ok(())
}

const ENTRY: &str = "SELECT e.id, e.kind, e.at, e.entered_at, e.author_kind, e.author_id, a.name AS author, e.body, e.message, e.subject_kind, e.subject_id, e.pinned, e.deleted_at, e.version
  FROM entry e LEFT JOIN account a ON a.id = e.author_id";

/// Entries of a case and of those that became part of it, newest first.
pub(in crate::cases) async fn entries(
    tx: &mut Tx,
    cases: &[CaseId],
    kinds: &[EntryKind],
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Entry>> {
    let mut sql = Sql::new(ENTRY);
    match cases {
        [one] => drop(sql.push(" WHERE e.case_id = ?", [v(one)])),
        several => drop(sql.push(" WHERE", []).push_in("e.case_id", several.iter().map(v))),
    }
    if !kinds.is_empty() {
        sql.push(" AND", [])
            .push_in("e.kind", kinds.iter().map(|kind| v(kind.as_str())));
    }
    if let Some(after) = after {
        sql.push(
            " AND (e.at < ? OR (e.at = ? AND e.id < ?))",
            [v(after.key), v(after.key), v(&after.id)],
        );
    }
    sql.push(" ORDER BY e.at DESC, e.id DESC LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql).await?.iter().map(entry).collect()
}

pub(in crate::cases) async fn pinned_entries(tx: &mut Tx, case: CaseId) -> Result<Vec<Entry>> {
    let mut sql = Sql::new(ENTRY);
    sql.push(
        " WHERE e.case_id = ? AND e.pinned = 1 AND e.deleted_at IS NULL ORDER BY e.at DESC, e.id DESC LIMIT 20",
        [v(case)],
    );
    tx.fetch_sql(sql).await?.iter().map(entry).collect()
}

pub(in crate::cases) async fn get_entry(tx: &mut Tx, case: CaseId, id: EntryId) -> Result<Option<Entry>> {
    let mut sql = Sql::new(ENTRY);
    sql.push(" WHERE e.case_id = ? AND e.id = ?", [v(case), v(id)]);
    tx.fetch_sql(sql).await?.first().map(entry).transpose()
}

pub(in crate::cases) async fn count_entries(tx: &mut Tx, case: CaseId) -> Result<Vec<(String, i64)>> {
    tx.fetch_all(
        "SELECT kind, COUNT(*) AS n FROM entry WHERE case_id = $1 GROUP BY kind",
        [v(case)],
    )
    .await?
    .iter()
    .map(|row| Ok((row.text("kind")?, row.int("n")?)))
    .collect()
}

pub(in crate::cases) async fn update_entry(
    tx: &mut Tx,
    id: EntryId,
    version: i64,
    body: &str,
    at: Timestamp,
    pinned: bool,
) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE entry SET body = $3, at = $4, pinned = $5, version = version + 1 WHERE id = $1 AND version = $2 AND deleted_at IS NULL",
            [v(id), v(version), v(body), v(at), v(pinned)],
        )
        .await?
        > 0)
}

pub(in crate::cases) async fn delete_entry(tx: &mut Tx, id: EntryId, version: i64) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE entry SET body = '', pinned = 0, deleted_at = $3, version = version + 1 WHERE id = $1 AND version = $2 AND deleted_at IS NULL",
            [v(id), v(version), v(now)],
        )
        .await?
        > 0)
}

fn entry(row: &Row) -> Result<Entry> {
    let message = row
        .opt_text("message")?
        .map(|text| serde_json::from_str::<Message>(&text))
        .transpose()?;
    Ok(Entry {
        id: row.id("id")?,
        kind: row.parsed::<EntryKind>("kind")?,
        at: row.time("at")?,
        entered_at: row.time("entered_at")?,
        author_id: row.opt_id("author_id")?,
        author: row.opt_text("author")?,
        author_kind: row.text("author_kind")?,
        body: row.text("body")?,
        message,
        subject_kind: row.opt_text("subject_kind")?,
        subject_id: row.opt_text("subject_id")?,
        pinned: row.flag("pinned")?,
        deleted: row.opt_int("deleted_at")?.is_some(),
        version: row.int("version")?,
    })
}
