//! SQL of tasks.

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, TaskId};

use crate::cases::model::{Task, TaskInput, TaskState};
use crate::kernel::{Result, Tx};

const TASK: &str = "SELECT t.id, t.case_id, c.number AS case_number, t.title, t.body, t.state, t.service, t.assignee_id, a.name AS assignee, t.due_at, t.evidence_first, t.result, t.created_at, t.done_at, t.version
  FROM task t JOIN case_file c ON c.id = t.case_id LEFT JOIN account a ON a.id = t.assignee_id";

pub(in crate::cases) async fn tasks(tx: &mut Tx, case: CaseId) -> Result<Vec<Task>> {
    let mut sql = Sql::new(TASK);
    sql.push(
        " WHERE t.case_id = ? ORDER BY t.created_at, t.id LIMIT 1000",
        [v(case)],
    );
    tx.fetch_sql(sql).await?.iter().map(task).collect()
}

pub(in crate::cases) async fn get_task(tx: &mut Tx, id: TaskId) -> Result<Option<Task>> {
    let mut sql = Sql::new(TASK);
    sql.push(" WHERE t.id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(task).transpose()
}

pub(in crate::cases) async fn open_tasks_of(
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
pub(in crate::cases) async fn move_task(tx: &mut Tx, task: TaskId, case: CaseId) -> Result<()> {
    tx.execute("UPDATE task SET case_id = $2 WHERE id = $1", [v(task), v(case)])
        .await?;
    Ok(())
}

pub(in crate::cases) async fn count_open_tasks(tx: &mut Tx, case: CaseId) -> Result<i64> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(*) AS n FROM task WHERE case_id = $1 AND state IN ('open', 'doing', 'waiting')",
            [v(case)],
        )
        .await?;
    Ok(row.int("n")?)
}

pub(in crate::cases) async fn insert_task(
    tx: &mut Tx,
    id: TaskId,
    case: CaseId,
    input: &TaskInput,
) -> Result<()> {
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

pub(in crate::cases) async fn save_task(tx: &mut Tx, version: i64, task: &Task) -> Result<bool> {
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
