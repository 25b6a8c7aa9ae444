//! What can be found of cases: the cases, what people wrote on their timelines, tasks, decisions.

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, EntryId, Timestamp};

use crate::kernel::message::Arg;
use crate::kernel::{Message, Result, Tx};
use crate::search::model::{Batch, Findable, FoundKind, Need, Wanted};
use crate::taxonomy;

const CASE: &str = "SELECT c.id, c.number, c.title, c.summary, c.class, c.cause, c.impact_direct, c.impact_indirect, c.prevention, c.review_notes, c.scope_id, c.created_at AS at, h.name AS who
  FROM case_file c LEFT JOIN account h ON h.id = c.handler_id WHERE 1 = 1";
const ENTRY: &str = "SELECT e.id, e.case_id, c.number, c.title AS case_title, c.scope_id, e.body, e.message, e.at, a.name AS who
  FROM entry e JOIN case_file c ON c.id = e.case_id LEFT JOIN account a ON a.id = e.author_id WHERE e.deleted_at IS NULL";
const TASK: &str = "SELECT t.id, t.case_id, c.number, c.title AS case_title, c.scope_id, t.title, t.body, t.result, t.assignee_id, t.created_at AS at, a.name AS who
  FROM task t JOIN case_file c ON c.id = t.case_id LEFT JOIN account a ON a.id = t.assignee_id WHERE 1 = 1";
const DECISION: &str = "SELECT d.id, d.case_id, c.number, c.title AS case_title, c.scope_id, d.question, d.choice, d.grounds, d.authority, d.decided_at AS at, a.name AS who
  FROM decision d JOIN case_file c ON c.id = d.case_id LEFT JOIN account a ON a.id = d.decided_by WHERE 1 = 1";

/// What people said in what the program wrote on a timeline. The rest is found where it belongs: tasks, decisions, items.
const SAID: [&str; 3] = ["statement", "reason", "value"];

/// Cases as they are found.
pub(crate) async fn cases(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    read(tx, CASE, wanted, "c.id", " ORDER BY c.id", case).await
}

/// Entries as they are found.
pub(crate) async fn entries(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    read(tx, ENTRY, wanted, "e.id", " ORDER BY e.id", entry).await
}

/// Tasks as they are found.
pub(crate) async fn tasks(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    read(tx, TASK, wanted, "t.id", " ORDER BY t.id", task).await
}

/// Decisions as they are found.
pub(crate) async fn decisions(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    read(tx, DECISION, wanted, "d.id", " ORDER BY d.id", decision).await
}

/// The entries that the program wrote at `at`, as part of a command on something else: they have no row of their own in
/// the audit log. Their identifiers begin with the millisecond.
pub(crate) async fn entries_written_at(tx: &mut Tx, at: Timestamp) -> Result<Vec<String>> {
    let millis = u64::try_from(at.as_millis()).unwrap_or(0);
    let (first, last) = (
        EntryId::from_parts(millis, [0; 10]),
        EntryId::from_parts(millis, [0xff; 10]),
    );
    Ok(tx
        .fetch_all(
            "SELECT id FROM entry WHERE id >= $1 AND id <= $2 AND message IS NOT NULL ORDER BY id",
            [v(first), v(last)],
        )
        .await?
        .iter()
        .map(|row| row.text("id"))
        .collect::<matoi_db::Result<_>>()?)
}

/// A case by its number, whoever asks: the search asks whether the caller may see it.
pub(crate) async fn id_by_number(tx: &mut Tx, number: &str) -> Result<Option<CaseId>> {
    Ok(tx
        .fetch_optional("SELECT id FROM case_file WHERE number = $1", [v(number)])
        .await?
        .map(|row| row.id("id"))
        .transpose()?)
}

async fn read(
    tx: &mut Tx,
    select: &'static str,
    wanted: Wanted<'_>,
    column: &'static str,
    order: &'static str,
    one: impl Fn(&Row) -> Result<Option<Findable>>,
) -> Result<Batch> {
    let mut sql = Sql::new(select);
    wanted.push(&mut sql, column, order);
    let rows = tx.fetch_sql(sql).await?;
    Batch::new(&rows, |row| Ok(row.text("id")?), one)
}

fn case(row: &Row) -> Result<Option<Findable>> {
    let class = row.text("class")?;
    let mut also = class.clone();
    if let Some(class) = taxonomy::class(&class) {
        also = format!("{also}\n\n{}\n\n{}", class.name.ja, class.name.en);
    }
    let said = [
        "summary",
        "cause",
        "impact_direct",
        "impact_indirect",
        "prevention",
        "review_notes",
    ];
    Ok(Some(Findable {
        kind: FoundKind::Case,
        id: row.text("id")?,
        owner: None,
        number: row.text("number")?,
        title: row.text("title")?,
        owner_title: String::new(),
        body: joined(row, &said)?,
        also,
        who: row.opt_text("who")?,
        who_is_desk: true,
        at: row.time("at")?,
        scope: Some(row.id("scope_id")?),
        own: None,
        need: Need::Case,
    }))
}

fn entry(row: &Row) -> Result<Option<Findable>> {
    let mut body = row.text("body")?;
    if let Some(message) = row.opt_text("message")? {
        body = said(&serde_json::from_str(&message)?);
    }
    if body.is_empty() {
        return Ok(None);
    }
    Ok(Some(Findable {
        body,
        ..part(row, FoundKind::Entry)?
    }))
}

fn task(row: &Row) -> Result<Option<Findable>> {
    Ok(Some(Findable {
        title: row.text("title")?,
        body: joined(row, &["body", "result"])?,
        own: row.opt_id("assignee_id")?,
        ..part(row, FoundKind::Task)?
    }))
}

fn decision(row: &Row) -> Result<Option<Findable>> {
    Ok(Some(Findable {
        title: joined(row, &["question"])?,
        body: joined(row, &["choice", "grounds", "authority"])?,
        ..part(row, FoundKind::Decision)?
    }))
}

/// What all parts of a case have in common.
fn part(row: &Row, kind: FoundKind) -> Result<Findable> {
    Ok(Findable {
        kind,
        id: row.text("id")?,
        owner: Some((FoundKind::Case, row.text("case_id")?)),
        number: row.text("number")?,
        title: String::new(),
        owner_title: row.text("case_title")?,
        body: String::new(),
        also: String::new(),
        who: row.opt_text("who")?,
        who_is_desk: true,
        at: row.time("at")?,
        scope: Some(row.id("scope_id")?),
        own: None,
        need: Need::Case,
    })
}

fn joined(row: &Row, columns: &[&str]) -> Result<String> {
    let mut text = String::new();
    for column in columns {
        let said = row.text(column)?;
        if !said.is_empty() {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&said);
        }
    }
    Ok(text)
}

fn said(message: &Message) -> String {
    let said = message.args.iter().filter_map(|(name, value)| match value {
        Arg::Text(text) if SAID.contains(&name.as_ref()) => Some(text.as_str()),
        _ => None,
    });
    said.collect::<Vec<_>>().join("\n\n")
}
