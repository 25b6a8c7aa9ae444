//! SQL of the desk.

pub(super) mod figures;

use std::collections::BTreeSet;

use matoi_db::{Row, Sql, v};
use matoi_types::{AccountId, CaseId, ItemId, ScopeId, Severity, Timestamp, Tlp};

use super::model::{
    Channel, DeskItem, Direction, ItemFilter, ItemKind, ItemOrder, ItemState, TabCounts, Verdict,
};
use crate::criteria::TriageOutcome;
use crate::kernel::{Action, Caller, Cursor, Result, Tx, access};

mod find;
mod mails;
mod messages;
mod reports;
mod triage;

pub(super) use find::{count_found_alerts, find_alerts};
pub(super) use mails::{close_automatic, mark_mail};
pub(super) use messages::{NewMessage, alert, insert_alert, insert_message, messages, update_alert};
pub(super) use reports::{
    NewReport, count_public, insert_report, public_count, report, set_not_incident_reason, set_secret,
    set_secret_until,
};
pub(crate) use reports::{all_originals, forget_submissions, originals_in_use};
pub(super) use triage::{NewTriageRecord, insert_triage_record, triage_records};

/// The columns of an item after its text, and where they come from.
const ITEM_TAIL: &str = " AS body, i.lang, i.severity, i.urgency, i.state, i.automatic, i.outcome,
  i.verdict, i.verdict_reason, i.case_id, c.number AS case_number, i.merged_into, i.assignee_id, a.name AS assignee, i.scope_id, sc.tlp, sc.restricted,
  i.event_at, i.received_at, i.acknowledged_at, i.triaged_at, i.answered_at, i.closed_at, i.version, i.updated_at,
  (SELECT MIN(k.due_at) FROM clock k WHERE k.owner_kind = 'item' AND k.owner_id = i.id AND k.met_at IS NULL AND k.cancelled_at IS NULL) AS due_at,
  COALESCE((SELECT m.direction FROM message m WHERE m.item_id = i.id ORDER BY m.at DESC, m.id DESC LIMIT 1), '') AS last_direction
  FROM desk_item i JOIN scope sc ON sc.id = i.scope_id LEFT JOIN account a ON a.id = i.assignee_id LEFT JOIN case_file c ON c.id = i.case_id WHERE 1 = 1";

const ITEM_HEAD: &str = "SELECT i.id, i.kind, i.number, i.channel, i.source, i.source_ref, i.title, ";

/// An item with its whole text.
fn whole() -> Sql {
    let mut sql = Sql::new(ITEM_HEAD);
    sql.push("i.body", []).push(ITEM_TAIL, []);
    sql
}

/// An item with how its text begins: a list of long texts would be slow to read and to send.
fn excerpt() -> Sql {
    let mut sql = Sql::new(ITEM_HEAD);
    sql.push("SUBSTR(i.body, 1, 300)", []).push(ITEM_TAIL, []);
    sql
}

/// A new row.
pub(super) struct NewItem<'a> {
    pub(super) id: ItemId,
    pub(super) kind: ItemKind,
    pub(super) number: &'a str,
    pub(super) channel: Channel,
    pub(super) source: &'a str,
    pub(super) source_ref: Option<&'a str>,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) lang: matoi_types::Lang,
    pub(super) severity: Severity,
    pub(super) scope: ScopeId,
    pub(super) event_at: Option<Timestamp>,
}

pub(super) async fn insert(tx: &mut Tx, item: NewItem<'_>) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO desk_item (id, kind, number, channel, source, source_ref, title, body, lang, severity, urgency, state, scope_id, event_at, received_at, created_by, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'new', $12, $13, $14, $15, 1, $14)",
        [
            v(item.id),
            v(item.kind.as_str()),
            v(item.number),
            v(item.channel.as_str()),
            v(item.source),
            v(item.source_ref),
            v(item.title),
            v(item.body),
            v(item.lang),
            v(item.severity),
            v(super::rules::urgency(item.severity, now)),
            v(item.scope),
            v(item.event_at),
            v(now),
            v(by),
        ],
    )
    .await?;
    Ok(())
}

/// The item if the caller may see it.
pub(super) async fn get(tx: &mut Tx, id: ItemId) -> Result<Option<DeskItem>> {
    let caller = tx.caller().clone();
    let mut sql = whole();
    sql.push(" AND i.id = ?", [v(id)]);
    push_visible(&mut sql, &caller);
    one(tx, sql).await
}

/// The item by its number, if the caller may see it.
pub(super) async fn by_number(tx: &mut Tx, number: &str) -> Result<Option<DeskItem>> {
    let caller = tx.caller().clone();
    let mut sql = whole();
    sql.push(" AND i.number = ?", [v(number)]);
    push_visible(&mut sql, &caller);
    one(tx, sql).await
}

async fn one(tx: &mut Tx, sql: Sql) -> Result<Option<DeskItem>> {
    let caller = tx.caller().clone();
    let found = tx.fetch_sql(sql).await?.first().map(item).transpose()?;
    Ok(found.map(|item| for_eyes_of(&caller, item)))
}

/// Somebody who reads only the own reports learns what became of them, not who works on them, nor in which case.
fn for_eyes_of(caller: &Caller, item: DeskItem) -> DeskItem {
    if caller.is_system() || caller.may(Action::ReportRead) || caller.may(Action::AlertRead) {
        return item;
    }
    DeskItem {
        case_id: None,
        case_number: None,
        merged_into: None,
        assignee_id: None,
        assignee: None,
        verdict: None,
        verdict_reason: None,
        ..item
    }
}

/// Who handed the item in with an account or a token.
pub(super) async fn created_by(tx: &mut Tx, id: ItemId) -> Result<Option<AccountId>> {
    let row = tx
        .fetch_one("SELECT created_by FROM desk_item WHERE id = $1", [v(id)])
        .await?;
    Ok(row.opt_id("created_by")?)
}

/// The item by its sender's reference, whoever asks: a sender that repeats itself must get the same item.
pub(super) async fn by_source(tx: &mut Tx, source: &str, source_ref: &str) -> Result<Option<DeskItem>> {
    let mut sql = whole();
    sql.push(
        " AND i.source = ? AND i.source_ref = ?",
        [v(source), v(source_ref)],
    );
    tx.fetch_sql(sql).await?.first().map(item).transpose()
}

pub(super) async fn by_secret(tx: &mut Tx, digest: &str) -> Result<Option<DeskItem>> {
    let now = tx.now();
    let mut sql = whole();
    sql.push(
        " AND i.id = (SELECT r.item_id FROM report_detail r WHERE r.secret_digest = ? AND (r.secret_until IS NULL OR r.secret_until > ?))",
        [v(digest), v(now)],
    );
    tx.fetch_sql(sql).await?.first().map(item).transpose()
}

pub(super) async fn list(
    tx: &mut Tx,
    filter: &ItemFilter,
    order: ItemOrder,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<DeskItem>> {
    let caller = tx.caller().clone();
    let mut sql = excerpt();
    push_filter(&mut sql, filter);
    push_visible(&mut sql, &caller);
    match order {
        ItemOrder::Urgency => {
            if let Some(after) = after {
                sql.push(
                    " AND (i.urgency < ? OR (i.urgency = ? AND i.id < ?))",
                    [v(after.key), v(after.key), v(&after.id)],
                );
            }
            sql.push(" ORDER BY i.urgency DESC, i.id DESC", []);
        }
        ItemOrder::Newest => {
            if let Some(after) = after {
                sql.push(
                    " AND (i.received_at < ? OR (i.received_at = ? AND i.id < ?))",
                    [v(after.key), v(after.key), v(&after.id)],
                );
            }
            sql.push(" ORDER BY i.received_at DESC, i.id DESC", []);
        }
        ItemOrder::Oldest => {
            if let Some(after) = after {
                sql.push(
                    " AND (i.received_at > ? OR (i.received_at = ? AND i.id > ?))",
                    [v(after.key), v(after.key), v(&after.id)],
                );
            }
            sql.push(" ORDER BY i.received_at, i.id", []);
        }
    }
    sql.push(" LIMIT ?", [v(limit + 1)]);
    let rows = tx.fetch_sql(sql).await?;
    rows.iter()
        .map(|row| Ok(for_eyes_of(&caller, item(row)?)))
        .collect()
}

/// How many the caller may see, counted to `at_most`: the exact number of a long queue helps nobody and costs.
pub(super) async fn count(tx: &mut Tx, filter: &ItemFilter, at_most: u32) -> Result<i64> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM desk_item i WHERE 1 = 1");
    push_filter(&mut sql, filter);
    push_visible(&mut sql, &caller);
    sql.push(" LIMIT ?) AS counted", [v(at_most)]);
    let rows = tx.fetch_sql(sql).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int("n"))?)
}

/// How many wait, by the tabs of the queue, in one pass over the first `at_most` of them.
pub(super) async fn tab_counts(tx: &mut Tx, at_most: u32) -> Result<TabCounts> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN kind = 'report' THEN 1 ELSE 0 END), 0) AS reports,
           COALESCE(SUM(CASE WHEN assignee_id IS NULL THEN 1 ELSE 0 END), 0) AS unassigned,",
    );
    sql.push(
        " COALESCE(SUM(CASE WHEN assignee_id = ? THEN 1 ELSE 0 END), 0) AS mine FROM (SELECT i.kind, i.assignee_id FROM desk_item i WHERE 1 = 1",
        [v(caller.account())],
    );
    let waiting = ItemFilter {
        waiting: true,
        ..ItemFilter::default()
    };
    push_filter(&mut sql, &waiting);
    push_visible(&mut sql, &caller);
    sql.push(" LIMIT ?) AS counted", [v(at_most)]);
    let rows = tx.fetch_sql(sql).await?;
    let Some(row) = rows.first() else {
        return Ok(TabCounts::default());
    };
    let (all, reports) = (row.int("n")?, row.int("reports")?);
    Ok(TabCounts {
        all,
        reports,
        alerts: all - reports,
        mine: row.int("mine")?,
        unassigned: row.int("unassigned")?,
        more: all >= i64::from(at_most),
    })
}

/// Sources of the latest items of a kind, by name: what a filter offers.
pub(super) async fn recent_sources(tx: &mut Tx, kind: ItemKind) -> Result<Vec<String>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT i.source FROM desk_item i WHERE 1 = 1");
    let filter = ItemFilter {
        kind: Some(kind),
        all: true,
        ..ItemFilter::default()
    };
    push_filter(&mut sql, &filter);
    push_visible(&mut sql, &caller);
    sql.push(" ORDER BY i.received_at DESC, i.id DESC LIMIT 500", []);
    let mut sources = BTreeSet::new();
    for row in tx.fetch_sql(sql).await? {
        sources.insert(row.text("source")?);
    }
    Ok(sources.into_iter().take(50).collect())
}

fn push_filter(sql: &mut Sql, filter: &ItemFilter) {
    if let Some(kind) = filter.kind {
        // What is open is few, and an index of its own: no index of one kind, which is most of everything, is to be tried.
        let only_open = filter.states.is_empty() && !filter.all;
        let condition = if only_open {
            " AND i.kind || '' = ?"
        } else {
            " AND i.kind = ?"
        };
        sql.push(condition, [v(kind.as_str())]);
    }
    if filter.waiting {
        // As the partial index says it.
        sql.push(" AND i.state <> 'closed' AND i.case_id IS NULL", []);
    }
    if !filter.states.is_empty() {
        sql.push(" AND", [])
            .push_in("i.state", filter.states.iter().map(|state| v(state.as_str())));
    } else if !filter.all {
        sql.push(" AND i.state <> 'closed'", []);
    }
    if let Some(automatic) = filter.automatic {
        sql.push(" AND i.automatic = ?", [v(automatic)]);
    }
    if let Some(severity) = filter.severity_at_least {
        sql.push(" AND i.severity >= ?", [v(severity)]);
    }
    if let Some(assignee) = filter.assignee {
        sql.push(" AND i.assignee_id = ?", [v(assignee)]);
    }
    if filter.unassigned {
        sql.push(" AND i.assignee_id IS NULL", []);
    }
    if let Some(source) = &filter.source {
        sql.push(" AND i.source = ?", [v(source)]);
    }
    if let Some(source_ref) = &filter.source_ref {
        sql.push(" AND i.source_ref = ?", [v(source_ref)]);
    }
    if let Some(case) = filter.case {
        sql.push(" AND i.case_id = ?", [v(case)]);
    }
    if let Some(reporter) = filter.reporter {
        sql.push(
            " AND i.id IN (SELECT own.item_id FROM report_detail own WHERE own.reporter_account_id = ?)",
            [v(reporter)],
        );
    }
    if let Some(from) = filter.received_from {
        sql.push(" AND i.received_at >= ?", [v(from)]);
    }
    if let Some(until) = filter.received_until {
        sql.push(" AND i.received_at < ?", [v(until)]);
    }
}

/// Need-to-know, and for those who only read their own reports: their own.
fn push_visible(sql: &mut Sql, caller: &Caller) {
    if caller.is_system() {
        return;
    }
    let own = " AND i.id IN (SELECT own.item_id FROM report_detail own WHERE own.reporter_account_id = ?)";
    match (
        caller.may(Action::ReportRead),
        caller.may(Action::AlertRead),
        caller.may(Action::ReportReadOwn),
    ) {
        (true, true, _) => access::and_visible(sql, caller, "i.scope_id"),
        (true, false, _) => access::and_visible(sql.push(" AND i.kind = 'report'", []), caller, "i.scope_id"),
        (false, true, _) => access::and_visible(sql.push(" AND i.kind = 'alert'", []), caller, "i.scope_id"),
        // A reporter sees the own reports whatever became of their label.
        (false, false, true) => drop(sql.push(own, [v(caller.account())])),
        (false, false, false) => drop(sql.push(" AND 1 = 0", [])),
    }
}

/// Raises the version when it is the expected one. Every command that changes an item begins with this.
pub(super) async fn bump(tx: &mut Tx, id: ItemId, version: i64) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE desk_item SET version = version + 1, updated_at = $3 WHERE id = $1 AND version = $2",
            [v(id), v(version), v(now)],
        )
        .await?
        > 0)
}

/// Writes the fields that commands change.
pub(super) async fn save(tx: &mut Tx, item: &DeskItem) -> Result<()> {
    tx.execute(
        "UPDATE desk_item SET title = $2, severity = $3, urgency = $4, state = $5, outcome = $6, verdict = $7, verdict_reason = $8, case_id = $9, merged_into = $10,
           assignee_id = $11, scope_id = $12, acknowledged_at = $13, triaged_at = $14, answered_at = $15, closed_at = $16 WHERE id = $1",
        [
            v(item.id),
            v(&item.title),
            v(item.severity),
            v(super::rules::urgency(item.severity, item.received_at)),
            v(item.state.as_str()),
            v(item.outcome.map(TriageOutcome::as_str)),
            v(item.verdict.map(Verdict::as_str)),
            v(&item.verdict_reason),
            v(item.case_id),
            v(item.merged_into),
            v(item.assignee_id),
            v(item.scope_id),
            v(item.acknowledged_at),
            v(item.triaged_at),
            v(item.answered_at),
            v(item.closed_at),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn reporter_names(tx: &mut Tx, case: CaseId) -> Result<Vec<String>> {
    tx.fetch_all(
        "SELECT DISTINCT r.reporter_name FROM report_detail r JOIN desk_item i ON i.id = r.item_id WHERE i.case_id = $1 AND r.reporter_name <> ''",
        [v(case)],
    )
    .await?
    .iter()
    .map(|row| Ok(row.text("reporter_name")?))
    .collect()
}

pub(super) async fn items_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<DeskItem>> {
    let caller = tx.caller().clone();
    let mut sql = excerpt();
    sql.push(" AND i.case_id = ?", [v(case)]);
    access::and_visible(&mut sql, &caller, "i.scope_id");
    sql.push(" ORDER BY i.received_at, i.id LIMIT 1000", []);
    tx.fetch_sql(sql).await?.iter().map(item).collect()
}

fn item(row: &Row) -> Result<DeskItem> {
    Ok(DeskItem {
        id: row.id("id")?,
        kind: row.parsed("kind")?,
        number: row.text("number")?,
        channel: row.parsed("channel")?,
        source: row.text("source")?,
        source_ref: row.opt_text("source_ref")?,
        title: row.text("title")?,
        body: row.text("body")?,
        lang: row.parsed("lang")?,
        severity: row.ranked("severity", Severity::from_rank)?,
        state: row.parsed::<ItemState>("state")?,
        automatic: row.flag("automatic")?,
        outcome: opt_named(row, "outcome")?,
        verdict: opt_named(row, "verdict")?,
        verdict_reason: row.opt_text("verdict_reason")?,
        case_id: row.opt_id("case_id")?,
        case_number: row.opt_text("case_number")?,
        merged_into: row.opt_id("merged_into")?,
        assignee_id: row.opt_id("assignee_id")?,
        assignee: row.opt_text("assignee")?,
        tlp: row.ranked("tlp", Tlp::from_rank)?,
        restricted: row.flag("restricted")?,
        event_at: row.opt_time("event_at")?,
        received_at: row.time("received_at")?,
        acknowledged_at: row.opt_time("acknowledged_at")?,
        triaged_at: row.opt_time("triaged_at")?,
        answered_at: row.opt_time("answered_at")?,
        closed_at: row.opt_time("closed_at")?,
        due_at: row.opt_time("due_at")?,
        awaits_reply: row.text("last_direction")? == Direction::In.as_str(),
        version: row.int("version")?,
        updated_at: row.time("updated_at")?,
        scope_id: row.id("scope_id")?,
        urgency: row.int("urgency")?,
    })
}

fn opt_named<T: std::str::FromStr>(row: &Row, column: &str) -> Result<Option<T>> {
    let Some(text) = row.opt_text(column)? else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| crate::Error::Internal(format!("column {column}: unknown name")))
}
