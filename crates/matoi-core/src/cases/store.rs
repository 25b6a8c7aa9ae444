//! SQL of cases.

pub(super) mod figures;

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, EntryId, MergeId, Priority, Severity, TaskId, Timestamp, Tlp};

use super::model::{
    AptSuspected, Case, CaseFilter, CaseKind, CaseOrder, CaseState, Decision, DecisionInput, DecisionKind,
    Entry, EntryKind, Link, OpenCase, Relation, Task, TaskInput, TaskState,
};
use crate::kernel::{Cursor, Message, Result, Tx, access};

mod find;

pub(super) use find::{count_found_cases, find_cases};

const CASE: &str = "SELECT c.id, c.kind, c.number, c.title, c.summary, c.class, c.severity, c.priority, c.phase, c.phase_since, c.state, sc.tlp, sc.restricted,
  c.unit_id, c.commander_id, cm.name AS commander, c.handler_id, h.name AS handler, c.apt_suspected, c.policy, c.occurred_at, c.detected_at, c.acknowledged_at,
  c.triaged_at, c.contained_at, c.recovered_at, c.converged_at, c.closed_at, c.cause, c.impact_direct, c.impact_indirect, c.prevention, c.review_at,
  c.review_held_at, c.review_notes, c.merged_into, c.reopened, c.created_at, c.updated_at, c.version, c.scope_id, c.lifecycle_hash, c.criteria_hash
  FROM case_file c JOIN scope sc ON sc.id = c.scope_id LEFT JOIN account cm ON cm.id = c.commander_id LEFT JOIN account h ON h.id = c.handler_id WHERE 1 = 1";

// Cases

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
        sql.push(
            " AND (c.handler_id = ? OR c.commander_id = ?)",
            [v(person), v(person)],
        );
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

// Timeline

pub(super) struct NewEntry<'a> {
    pub(super) id: EntryId,
    pub(super) case: CaseId,
    pub(super) kind: EntryKind,
    pub(super) at: Timestamp,
    pub(super) author_kind: &'static str,
    pub(super) body: &'a str,
    pub(super) message: Option<String>,
    pub(super) subject: Option<(&'static str, String)>,
    pub(super) pinned: bool,
}

pub(super) async fn insert_entry(tx: &mut Tx, entry: NewEntry<'_>) -> Result<()> {
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
pub(super) async fn entries(
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

pub(super) async fn pinned_entries(tx: &mut Tx, case: CaseId) -> Result<Vec<Entry>> {
    let mut sql = Sql::new(ENTRY);
    sql.push(
        " WHERE e.case_id = ? AND e.pinned = 1 AND e.deleted_at IS NULL ORDER BY e.at DESC, e.id DESC LIMIT 20",
        [v(case)],
    );
    tx.fetch_sql(sql).await?.iter().map(entry).collect()
}

pub(super) async fn get_entry(tx: &mut Tx, case: CaseId, id: EntryId) -> Result<Option<Entry>> {
    let mut sql = Sql::new(ENTRY);
    sql.push(" WHERE e.case_id = ? AND e.id = ?", [v(case), v(id)]);
    tx.fetch_sql(sql).await?.first().map(entry).transpose()
}

pub(super) async fn count_entries(tx: &mut Tx, case: CaseId) -> Result<Vec<(String, i64)>> {
    tx.fetch_all(
        "SELECT kind, COUNT(*) AS n FROM entry WHERE case_id = $1 GROUP BY kind",
        [v(case)],
    )
    .await?
    .iter()
    .map(|row| Ok((row.text("kind")?, row.int("n")?)))
    .collect()
}

pub(super) async fn update_entry(
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

pub(super) async fn delete_entry(tx: &mut Tx, id: EntryId, version: i64) -> Result<bool> {
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

// Tasks

const TASK: &str = "SELECT t.id, t.case_id, c.number AS case_number, t.title, t.body, t.state, t.service, t.assignee_id, a.name AS assignee, t.due_at, t.evidence_first, t.result, t.created_at, t.done_at, t.version
  FROM task t JOIN case_file c ON c.id = t.case_id LEFT JOIN account a ON a.id = t.assignee_id";

pub(super) async fn tasks(tx: &mut Tx, case: CaseId) -> Result<Vec<Task>> {
    let mut sql = Sql::new(TASK);
    sql.push(
        " WHERE t.case_id = ? ORDER BY t.created_at, t.id LIMIT 1000",
        [v(case)],
    );
    tx.fetch_sql(sql).await?.iter().map(task).collect()
}

pub(super) async fn get_task(tx: &mut Tx, id: TaskId) -> Result<Option<Task>> {
    let mut sql = Sql::new(TASK);
    sql.push(" WHERE t.id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(task).transpose()
}

pub(super) async fn open_tasks_of(
    tx: &mut Tx,
    account: matoi_types::AccountId,
    limit: u32,
) -> Result<Vec<Task>> {
    let mut sql = Sql::new(TASK);
    sql.push(
        " WHERE t.assignee_id = ? AND t.state IN ('open', 'doing', 'waiting') ORDER BY COALESCE(t.due_at, 9223372036854775807), t.created_at, t.id LIMIT ?",
        [v(account), v(limit)],
    );
    tx.fetch_sql(sql).await?.iter().map(task).collect()
}

/// Gives a task to another case.
pub(super) async fn move_task(tx: &mut Tx, task: TaskId, case: CaseId) -> Result<()> {
    tx.execute("UPDATE task SET case_id = $2 WHERE id = $1", [v(task), v(case)])
        .await?;
    Ok(())
}

pub(super) async fn count_open_tasks(tx: &mut Tx, case: CaseId) -> Result<i64> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(*) AS n FROM task WHERE case_id = $1 AND state IN ('open', 'doing', 'waiting')",
            [v(case)],
        )
        .await?;
    Ok(row.int("n")?)
}

pub(super) async fn insert_task(tx: &mut Tx, id: TaskId, case: CaseId, input: &TaskInput) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO task (id, case_id, title, body, state, service, assignee_id, due_at, evidence_first, result, created_by, created_at, version)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, '', $9, $10, 1)",
        [
            v(id),
            v(case),
            v(&input.title),
            v(&input.body),
            v(&input.service),
            v(input.assignee_id),
            v(input.due_at),
            v(input.evidence_first),
            v(by),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn save_task(tx: &mut Tx, version: i64, task: &Task) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE task SET title = $3, body = $4, state = $5, service = $6, assignee_id = $7, due_at = $8, evidence_first = $9, result = $10, done_at = $11, version = version + 1 WHERE id = $1 AND version = $2",
            [
                v(task.id),
                v(version),
                v(&task.title),
                v(&task.body),
                v(task.state.as_str()),
                v(&task.service),
                v(task.assignee_id),
                v(task.due_at),
                v(task.evidence_first),
                v(&task.result),
                v(task.done_at),
            ],
        )
        .await?
        > 0)
}

fn task(row: &Row) -> Result<Task> {
    Ok(Task {
        id: row.id("id")?,
        case_id: row.id("case_id")?,
        case_number: row.text("case_number")?,
        title: row.text("title")?,
        body: row.text("body")?,
        state: row.parsed::<TaskState>("state")?,
        service: row.text("service")?,
        assignee_id: row.opt_id("assignee_id")?,
        assignee: row.opt_text("assignee")?,
        due_at: row.opt_time("due_at")?,
        evidence_first: row.flag("evidence_first")?,
        result: row.text("result")?,
        created_at: row.time("created_at")?,
        done_at: row.opt_time("done_at")?,
        version: row.int("version")?,
    })
}

// Decisions

pub(super) async fn decisions(tx: &mut Tx, case: CaseId) -> Result<Vec<Decision>> {
    tx.fetch_all(
        "SELECT d.id, d.kind, d.question, d.choice, d.grounds, d.authority, d.decided_by, a.name AS decided_by_name, d.decided_at
         FROM decision d JOIN account a ON a.id = d.decided_by WHERE d.case_id = $1 ORDER BY d.decided_at DESC, d.id DESC LIMIT 500",
        [v(case)],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Decision {
            id: row.id("id")?,
            kind: row.parsed::<DecisionKind>("kind")?,
            question: row.text("question")?,
            choice: row.text("choice")?,
            grounds: row.text("grounds")?,
            authority: row.text("authority")?,
            decided_by: row.id("decided_by")?,
            decided_by_name: row.text("decided_by_name")?,
            decided_at: row.time("decided_at")?,
        })
    })
    .collect()
}

pub(super) async fn insert_decision(
    tx: &mut Tx,
    id: matoi_types::DecisionId,
    case: CaseId,
    input: &DecisionInput,
    by: matoi_types::AccountId,
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO decision (id, case_id, kind, question, choice, grounds, authority, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            v(id),
            v(case),
            v(input.kind.as_str()),
            v(&input.question),
            v(&input.choice),
            v(&input.grounds),
            v(&input.authority),
            v(by),
            v(at),
        ],
    )
    .await?;
    Ok(())
}

// Links and merges

pub(super) async fn links(tx: &mut Tx, case: CaseId) -> Result<Vec<Link>> {
    let caller = tx.caller().clone();
    let mut links = Vec::new();
    for (own, other, reversed) in [
        ("l.case_id", "l.other_id", false),
        ("l.other_id", "l.case_id", true),
    ] {
        let mut sql = Sql::new(
            "SELECT c.id, c.number, c.title, c.state, l.relation, l.note FROM case_link l JOIN case_file c ON c.id = ",
        );
        sql.push(other, [])
            .push(" WHERE ", [])
            .push(own, [])
            .push(" = ?", [v(case)]);
        // A link to what the caller may not see does not exist for them.
        access::and_visible(&mut sql, &caller, "c.scope_id");
        sql.push(" ORDER BY l.created_at, c.id LIMIT 200", []);
        for row in tx.fetch_sql(sql).await? {
            let relation: Relation = row.parsed("relation")?;
            links.push(Link {
                case_id: row.id("id")?,
                number: row.text("number")?,
                title: row.text("title")?,
                state: row.parsed::<CaseState>("state")?,
                relation: if reversed { relation.reversed() } else { relation },
                note: row.text("note")?,
            });
        }
    }
    Ok(links)
}

pub(super) async fn link_exists(tx: &mut Tx, a: CaseId, b: CaseId) -> Result<bool> {
    Ok(tx
        .fetch_optional(
            "SELECT 1 AS yes FROM case_link WHERE (case_id = $1 AND other_id = $2) OR (case_id = $2 AND other_id = $1)",
            [v(a), v(b)],
        )
        .await?
        .is_some())
}

pub(super) async fn insert_link(
    tx: &mut Tx,
    case: CaseId,
    other: CaseId,
    relation: Relation,
    note: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO case_link (case_id, other_id, relation, note, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [v(case), v(other), v(relation.as_str()), v(note), v(by), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete_link(tx: &mut Tx, a: CaseId, b: CaseId) -> Result<bool> {
    Ok(tx
        .execute(
            "DELETE FROM case_link WHERE (case_id = $1 AND other_id = $2) OR (case_id = $2 AND other_id = $1)",
            [v(a), v(b)],
        )
        .await?
        > 0)
}

/// Whether `above` stands somewhere above `case` in the tree of parents.
pub(super) async fn is_above(tx: &mut Tx, above: CaseId, case: CaseId) -> Result<bool> {
    Ok(tx
        .fetch_optional(
            "WITH RECURSIVE up (id) AS (
               SELECT id FROM case_file WHERE id = $2 UNION
               SELECT CASE WHEN l.relation = 'parent_of' THEN l.case_id ELSE l.other_id END FROM case_link l JOIN up ON
                 (l.relation = 'parent_of' AND l.other_id = up.id) OR (l.relation = 'child_of' AND l.case_id = up.id)
             ) SELECT 1 AS yes FROM up WHERE id = $1",
            [v(above), v(case)],
        )
        .await?
        .is_some())
}

pub(super) async fn insert_merge(
    tx: &mut Tx,
    id: MergeId,
    from: CaseId,
    into: CaseId,
    moved: &str,
    reason: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO case_merge (id, from_id, into_id, moved, reason, merged_by, merged_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [v(id), v(from), v(into), v(moved), v(reason), v(by), v(now)],
    )
    .await?;
    Ok(())
}

/// The merge of a case that stands, with what it moved.
pub(super) async fn standing_merge(tx: &mut Tx, from: CaseId) -> Result<Option<(MergeId, CaseId, String)>> {
    tx.fetch_optional(
        "SELECT id, into_id, moved FROM case_merge WHERE from_id = $1 AND undone_at IS NULL ORDER BY merged_at DESC, id DESC LIMIT 1",
        [v(from)],
    )
    .await?
    .map(|row| Ok((row.id("id")?, row.id("into_id")?, row.text("moved")?)))
    .transpose()
}

pub(super) async fn undo_merge(tx: &mut Tx, id: MergeId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE case_merge SET undone_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

/// Cases that became part of this one.
pub(super) async fn merged_here(tx: &mut Tx, into: CaseId) -> Result<Vec<(CaseId, String)>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT c.id, c.number FROM case_file c WHERE c.merged_into = ");
    sql.push("?", [v(into)]);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push(" ORDER BY c.id LIMIT 200", []);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| Ok((row.id("id")?, row.text("number")?)))
        .collect()
}
