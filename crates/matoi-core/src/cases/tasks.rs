//! Tasks: who does what by when. Whoever a task is given to may update it, even without seeing the rest of the case.

use matoi_types::{AccountId, CaseId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{CaseState, EntryKind, Task, TaskInput, TaskState};
use super::{service, store, timeline};
use crate::identity::accounts;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Result, Tx};

/// How a task moves on.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskProgress {
    /// How far it has come.
    pub state: TaskState,
    /// What came of it, at most 5,000 characters. Needed for what is dropped.
    #[serde(default)]
    pub result: String,
}

/// Tasks of a case, in the order they were set.
pub async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<Task>> {
    service::get(tx, case).await?;
    store::tasks(tx, case).await
}

/// What the caller still has to do, the most pressing first.
pub async fn mine(tx: &mut Tx, limit: u32) -> Result<Vec<Task>> {
    tx.require(Action::TaskOwn)?;
    let me = tx.caller().require_account()?;
    store::open_tasks_of(tx, me, limit).await
}

/// One task: of a case the caller sees, or given to the caller.
pub async fn get(tx: &mut Tx, id: TaskId) -> Result<Task> {
    let task = store::get_task(tx, id).await?.ok_or(Error::NotFound("task"))?;
    let own = task.assignee_id.is_some()
        && task.assignee_id == tx.caller().account()
        && tx.caller().may(Action::TaskOwn);
    if !own {
        service::get(tx, task.case_id)
            .await
            .map_err(|_| Error::NotFound("task"))?;
    }
    Ok(task)
}

/// Sets a task.
pub async fn create(tx: &mut Tx, case: CaseId, input: TaskInput) -> Result<Task> {
    tx.require(Action::CaseUpdate)?;
    let case = service::get(tx, case).await?;
    if case.state != CaseState::Open {
        return Err(Error::rule("error-case-not-open"));
    }
    let input = check(tx, input).await?;
    let id: TaskId = tx.new_id()?;
    store::insert_task(tx, id, case.id, &input).await?;
    let text = Message::new("timeline-task-set").with("title", input.title.clone());
    timeline::system(tx, case.id, EntryKind::Task, text, Some(("task", id.to_string()))).await?;
    let change = Change::of("task.create", id)
        .within(case.scope_id)
        .set("case_id", case.id)
        .set("title", &input.title)
        .set("assignee_id", input.assignee_id)
        .set("due_at", input.due_at);
    tx.record(change).await?;
    store::get_task(tx, id).await?.ok_or(Error::NotFound("task"))
}

/// Changes what a task says.
pub async fn update(tx: &mut Tx, id: TaskId, version: i64, input: TaskInput) -> Result<Task> {
    tx.require(Action::CaseUpdate)?;
    let before = store::get_task(tx, id).await?.ok_or(Error::NotFound("task"))?;
    let case = service::get(tx, before.case_id)
        .await
        .map_err(|_| Error::NotFound("task"))?;
    let input = check(tx, input).await?;
    let mut task = before.clone();
    task.title = input.title;
    task.body = input.body;
    task.service = input.service;
    task.assignee_id = input.assignee_id;
    task.due_at = input.due_at;
    task.evidence_first = input.evidence_first;
    if !store::save_task(tx, version, &task).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    let change = Change::of("task.update", id)
        .within(case.scope_id)
        .set("case_id", case.id)
        .changed("title", &before.title, &task.title)
        .changed("body", &before.body, &task.body)
        .changed("service", &before.service, &task.service)
        .changed("assignee_id", before.assignee_id, task.assignee_id)
        .changed("due_at", before.due_at, task.due_at)
        .changed("evidence_first", before.evidence_first, task.evidence_first);
    tx.record(change).await?;
    store::touch(tx, case.id).await?;
    store::get_task(tx, id).await?.ok_or(Error::NotFound("task"))
}

/// Moves a task on. Its assignee may, and whoever works on the case.
pub async fn progress(tx: &mut Tx, id: TaskId, version: i64, input: TaskProgress) -> Result<Task> {
    let before = get(tx, id).await?;
    let own = before.assignee_id.is_some() && before.assignee_id == tx.caller().account();
    if !(own && tx.caller().may(Action::TaskOwn)) {
        tx.require(Action::CaseUpdate)?;
    }
    let mut fields = Fields::new();
    let result = fields.text("/result", &input.result, 5000);
    let dropped_silently = input.state == TaskState::Dropped && result.trim().is_empty();
    fields.wrong_if(dropped_silently, "/result", "error-task-dropped");
    fields.done()?;
    let mut task = before.clone();
    task.state = input.state;
    if !result.is_empty() {
        task.result = result;
    }
    task.done_at = if input.state.is_open() {
        None
    } else {
        before.done_at.or(Some(tx.now()))
    };
    if !store::save_task(tx, version, &task).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    // The assignee may not see the case, but what is done is noted in it.
    let scope = store::scope_of(tx, task.case_id).await?;
    if before.state != task.state {
        let text = Message::new("timeline-task-state")
            .with("title", task.title.clone())
            .with("state", task.state.as_str());
        timeline::system(
            tx,
            task.case_id,
            EntryKind::Task,
            text,
            Some(("task", id.to_string())),
        )
        .await?;
    }
    let change = Change::of("task.progress", id)
        .within(scope)
        .set("case_id", task.case_id)
        .changed("state", before.state, task.state)
        .changed("result", &before.result, &task.result);
    tx.record(change).await?;
    store::get_task(tx, id).await?.ok_or(Error::NotFound("task"))
}

/// How many tasks of a case still have to be done.
pub(super) async fn open_count(tx: &mut Tx, case: CaseId) -> Result<i64> {
    store::count_open_tasks(tx, case).await
}

async fn check(tx: &mut Tx, input: TaskInput) -> Result<TaskInput> {
    let mut fields = Fields::new();
    let checked = TaskInput {
        title: fields.line("/title", &input.title, 200),
        body: fields.text("/body", &input.body, 10_000),
        service: fields.optional_line("/service", &input.service, 10),
        ..input
    };
    fields.wrong_if(
        !checked.service.is_empty() && !is_service(&checked.service),
        "/service",
        "error-service-id",
    );
    if let Some(assignee) = checked.assignee_id
        && !known_account(tx, assignee).await?
    {
        fields.wrong("/assignee_id", Message::new("error-unknown-account"));
    }
    fields.done()?;
    Ok(checked)
}

async fn known_account(tx: &mut Tx, account: AccountId) -> Result<bool> {
    accounts::is_active(tx, account).await
}

/// `A-1` to `I-99`: the form of a service identifier of X.1060.
fn is_service(text: &str) -> bool {
    let Some((category, number)) = text.split_once('-') else {
        return false;
    };
    matches!(category, "A" | "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I")
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.starts_with('0')
}
