//! SQL of cases.

pub(super) mod figures;

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, Priority, Severity, Tlp};

use super::model::{AptSuspected, Case, CaseFilter, CaseKind, CaseOrder, CaseState, OpenCase};
use crate::kernel::{Cursor, Result, Tx, access};

mod find;
mod glass;
mod links;
mod tasks;
mod timeline;

pub(super) use find::{count_found_cases, find_cases};
pub(super) use glass::{
    case_of_glass_notice, insert_glass_notice, mark_glass_notice_seen, unseen_glass_notices,
};
pub(super) use links::{
    decisions, delete_link, insert_decision, insert_link, insert_merge, is_above, link_exists, links,
    merged_here, standing_merge, undo_merge,
};
pub(super) use tasks::{count_open_tasks, get_task, insert_task, move_task, open_tasks_of, save_task, tasks};
pub(super) use timeline::{
    NewEntry, count_entries, delete_entry, entries, get_entry, insert_entry, pinned_entries, update_entry,
};

const CASE: &str = "SELECT c.id, c.kind, c.number, c.title, c.summary, c.class, c.severity, c.priority, c.phase, c.phase_since, c.state, sc.tlp, sc.restricted,
  c.unit_id, c.commander_id, cm.name AS commander, c.handler_id, h.name AS handler, c.apt_suspected, c.policy, c.occurred_at, c.detected_at, c.acknowledged_at,
  c.triaged_at, c.contained_at, c.recovered_at, c.converged_at, c.closed_at, c.cause, c.impact_direct, c.impact_indirect, c.prevention, c.review_at,
  c.review_held_at, c.review_notes, c.merged_into, c.reopened, c.created_at, c.updated_at, c.version, c.scope_id, c.lifecycle_hash, c.criteria_hash
  FROM case_file c JOIN scope sc ON sc.id = c.scope_id LEFT JOIN account cm ON cm.id = c.commander_id LEFT JOIN account h ON h.id = c.handler_id WHERE 1 = 1";

/// The case if the caller may see it.
pub(super) async fn get(tx: &mut Tx, id: CaseId) -> Result<Option<Case>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(CASE);
    sql.push(" AND c.id = ?", [v(id)]);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    tx.fetch_sql(sql).await?.first().map(case).transpose()
}

/// The case by its number, if the caller may see it.
pub(super) async fn by_number(tx: &mut Tx, number: &str) -> Result<Option<Case>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(CASE);
    sql.push(" AND c.number = ?", [v(number)]);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    tx.fetch_sql(sql).await?.first().map(case).transpose()
}

pub(super) async fn list(
    tx: &mut Tx,
    filter: &CaseFilter,
    order: CaseOrder,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Case>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(CASE);
    push_filter(&mut sql, filter);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    if let Some(after) = after {
        let (key, id) = (v(after.key), v(&after.id));
        match order {
            CaseOrder::Updated => sql.push(
                " AND (c.updated_at < ? OR (c.updated_at = ? AND c.id < ?))",
                [key.clone(), key, id],
            ),
            CaseOrder::Detected => sql.push(
                " AND (c.detected_at < ? OR (c.detected_at = ? AND c.id < ?))",
                [key.clone(), key, id],
            ),
            // The key holds both, as `service::priority_key` packs them.
            CaseOrder::Priority => {
                let (priority, updated) = super::rules::unpack_priority_key(after.key);
                sql.push(
                    " AND (c.priority < ? OR (c.priority = ? AND (c.updated_at < ? OR (c.updated_at = ? AND c.id < ?))))",
                    [v(priority), v(priority), v(updated), v(updated), id],
                )
            }
        };
    }
    match order {
        CaseOrder::Updated => sql.push(" ORDER BY c.updated_at DESC, c.id DESC", []),
        CaseOrder::Detected => sql.push(" ORDER BY c.detected_at DESC, c.id DESC", []),
        CaseOrder::Priority => sql.push(" ORDER BY c.priority DESC, c.updated_at DESC, c.id DESC", []),
    };
    sql.push(" LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql).await?.iter().map(case).collect()
}

pub(super) async fn count(tx: &mut Tx, filter: &CaseFilter, at_most: u32) -> Result<i64> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM case_file c WHERE 1 = 1");
    push_filter(&mut sql, filter);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push(" LIMIT ?) AS counted", [v(at_most)]);
    Ok(tx
        .fetch_sql(sql)
        .await?
        .first()
        .map_or(Ok(0), |row| row.int("n"))?)
}

fn push_filter(sql: &mut Sql, filter: &CaseFilter) {
    if let Some(kind) = filter.kind {
        sql.push(" AND c.kind = ?", [v(kind.as_str())]);
    }
    match (filter.states.as_slice(), filter.all) {
        ([], true) => {}
        ([], false) => drop(sql.push(" AND c.state = 'open'", [])),
        ([one], _) => drop(sql.push(" AND c.state = ?", [v(one.as_str())])),
        (several, _) => drop(
            sql.push(" AND", [])
                .push_in("c.state", several.iter().map(|state| v(state.as_str()))),
        ),
    }
    match filter.phases.as_slice() {
        [] => {}
        [one] => drop(sql.push(" AND c.phase = ?", [v(one)])),
        several => drop(sql.push(" AND", []).push_in("c.phase", several.iter().map(v))),
    }
    if let Some(class) = &filter.class {
        if class.contains('.') {
            sql.push(" AND c.class = ?", [v(class)]);
        } else {
            // A group: every class that begins with it. `/` is the character after `.`.
            sql.push(
                " AND c.class >= ? AND c.class < ?",
                [v(format!("{class}.")), v(format!("{class}/"))],
            );
        }
    }
    if let Some(priority) = filter.priority_at_least {
        sql.push(" AND c.priority >= ?", [v(priority)]);
    }
    if let Some(severity) = filter.severity_at_least {
        sql.push(" AND c.severity >= ?", [v(severity)]);
    }
    if let Some(person) = filter.person {
        if filter.states.is_empty() && !filter.all {
            // What is open and somebody's is few: looked up, not found by going through everything that is open.
            sql.push(
                " AND c.id IN (SELECT x.id FROM case_file x WHERE x.handler_id = ? AND x.state = 'open'
                   UNION SELECT x.id FROM case_file x WHERE x.commander_id = ? AND x.state = 'open')",
                [v(person), v(person)],
            );
        } else {
            sql.push(
                " AND (c.handler_id = ? OR c.commander_id = ?)",
                [v(person), v(person)],
            );
        }
    }
    if filter.unassigned {
        sql.push(" AND c.handler_id IS NULL", []);
    }
    if let Some(number) = &filter.number {
        sql.push(" AND c.number = ?", [v(number)]);
    }
    if let Some(from) = filter.detected_from {
        sql.push(" AND c.detected_at >= ?", [v(from)]);
    }
    if let Some(until) = filter.detected_until {
        sql.push(" AND c.detected_at < ?", [v(until)]);
    }
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: CaseId,
    number: &str,
    open: &OpenCase,
    scope: matoi_types::ScopeId,
    phase: &str,
    lifecycle_hash: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO case_file (id, kind, number, title, summary, class, severity, priority, phase, state, scope_id, unit_id, handler_id, lifecycle_hash, criteria_hash, policy,
           apt_suspected, occurred_at, detected_at, acknowledged_at, triaged_at, phase_since, cause, impact_direct, impact_indirect, prevention, review_notes, reopened, created_by, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $14, $15, 'unknown', $16, $17, $18, $19, $20, '', '', '', '', '', 0, $12, $20, $20, 1)",
        [
            v(id),
            v(open.kind.as_str()),
            v(number),
            v(&open.title),
            v(&open.summary),
            v(&open.class),
            v(open.severity),
            v(open.priority),
            v(phase),
            v(scope),
            v(open.unit),
            v(by),
            v(lifecycle_hash),
            v(&open.criteria_hash),
            v(&open.policy),
            v(open.occurred_at),
            v(open.detected_at),
            v(open.acknowledged_at),
            v(open.triaged.then_some(now)),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

/// Raises the version when it is the expected one; any when none is given. Every command on a case begins with this.
pub(super) async fn bump(tx: &mut Tx, id: CaseId, version: Option<i64>) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE case_file SET version = version + 1, updated_at = $3 WHERE id = $1 AND version = COALESCE($2, version)",
            [v(id), v(version), v(now)],
        )
        .await?
        > 0)
}

/// Notes that something was appended, without raising the version: appends overwrite nothing.
pub(super) async fn touch(tx: &mut Tx, id: CaseId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE case_file SET updated_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

/// Writes the fields that commands change.
pub(super) async fn save(tx: &mut Tx, case: &Case) -> Result<()> {
    tx.execute(
        "UPDATE case_file SET title = $2, summary = $3, class = $4, severity = $5, priority = $6, phase = $7, phase_since = $8, state = $9, unit_id = $10, commander_id = $11,
           handler_id = $12, apt_suspected = $13, occurred_at = $14, acknowledged_at = $15, triaged_at = $16, contained_at = $17, recovered_at = $18, converged_at = $19,
           closed_at = $20, cause = $21, impact_direct = $22, impact_indirect = $23, prevention = $24, review_at = $25, review_held_at = $26, review_notes = $27,
           merged_into = $28, reopened = $29 WHERE id = $1",
        [
            v(case.id),
            v(&case.title),
            v(&case.summary),
            v(&case.class),
            v(case.severity),
            v(case.priority),
            v(&case.phase),
            v(case.phase_since),
            v(case.state.as_str()),
            v(case.unit_id),
            v(case.commander_id),
            v(case.handler_id),
            v(case.apt_suspected.as_str()),
            v(case.occurred_at),
            v(case.acknowledged_at),
            v(case.triaged_at),
            v(case.contained_at),
            v(case.recovered_at),
            v(case.converged_at),
            v(case.closed_at),
            v(&case.cause),
            v(&case.impact_direct),
            v(&case.impact_indirect),
            v(&case.prevention),
            v(case.review_at),
            v(case.review_held_at),
            v(&case.review_notes),
            v(case.merged_into),
            v(case.reopened),
        ],
    )
    .await?;
    Ok(())
}

/// The scope of a case, whoever asks.
pub(super) async fn scope_of(tx: &mut Tx, id: CaseId) -> Result<matoi_types::ScopeId> {
    Ok(tx
        .fetch_one("SELECT scope_id FROM case_file WHERE id = $1", [v(id)])
        .await?
        .id("scope_id")?)
}

pub(super) async fn set_scope(tx: &mut Tx, id: CaseId, scope: matoi_types::ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE case_file SET scope_id = $2 WHERE id = $1",
        [v(id), v(scope)],
    )
    .await?;
    Ok(())
}

fn case(row: &Row) -> Result<Case> {
    Ok(Case {
        id: row.id("id")?,
        kind: row.parsed::<CaseKind>("kind")?,
        number: row.text("number")?,
        title: row.text("title")?,
        summary: row.text("summary")?,
        class: row.text("class")?,
        severity: row.ranked("severity", Severity::from_rank)?,
        priority: row.ranked("priority", Priority::from_rank)?,
        phase: row.text("phase")?,
        phase_since: row.time("phase_since")?,
        state: row.parsed::<CaseState>("state")?,
        tlp: row.ranked("tlp", Tlp::from_rank)?,
        restricted: row.flag("restricted")?,
        unit_id: row.opt_id("unit_id")?,
        commander_id: row.opt_id("commander_id")?,
        commander: row.opt_text("commander")?,
        handler_id: row.opt_id("handler_id")?,
        handler: row.opt_text("handler")?,
        apt_suspected: row.parsed::<AptSuspected>("apt_suspected")?,
        policy: row.text("policy")?,
        occurred_at: row.opt_time("occurred_at")?,
        detected_at: row.time("detected_at")?,
        acknowledged_at: row.opt_time("acknowledged_at")?,
        triaged_at: row.opt_time("triaged_at")?,
        contained_at: row.opt_time("contained_at")?,
        recovered_at: row.opt_time("recovered_at")?,
        converged_at: row.opt_time("converged_at")?,
        closed_at: row.opt_time("closed_at")?,
        cause: row.text("cause")?,
        impact_direct: row.text("impact_direct")?,
        impact_indirect: row.text("impact_indirect")?,
        prevention: row.text("prevention")?,
        review_at: row.opt_time("review_at")?,
        review_held_at: row.opt_time("review_held_at")?,
        review_notes: row.text("review_notes")?,
        merged_into: row.opt_id("merged_into")?,
        reopened: row.int("reopened")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        version: row.int("version")?,
        scope_id: row.id("scope_id")?,
        lifecycle_hash: row.text("lifecycle_hash")?,
        criteria_hash: row.opt_text("criteria_hash")?,
    })
}
