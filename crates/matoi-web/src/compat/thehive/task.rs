//! Tasks of cases.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use matoi_core::Tx;
use matoi_core::cases::tasks::{self, TaskProgress};
use matoi_core::cases::{Task, TaskInput, TaskState};
use matoi_core::intake::foreign::{self, ForeignOwner};
use matoi_types::CaseId;
use serde_json::Value;

use super::super::values::{Object, required_text, text};
use super::error::{Hive, HiveResult, Input, wrong};
use super::fields::overlay;
use super::read;
use super::show::{self, Logins};
use super::words::{task_state, task_status};
use crate::App;

/// Fields that Matoi has no use for, kept as they were given.
const KEPT: &[&str] = &["group", "flag", "order", "mandatory", "startDate"];

pub(super) async fn create(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    let mut tx = app.store.write(&caller).await?;
    let case = read::case(&mut tx, &id).await?;
    let task = add(&mut tx, case.id, &given).await?;
    let answer = shown(&mut tx, &task).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Sets a task as the fields say.
pub(super) async fn add(tx: &mut Tx, case: CaseId, given: &Object) -> HiveResult<Task> {
    let input = TaskInput {
        title: required_text(given, "title")?,
        body: text(given, "description")?.unwrap_or_default(),
        service: String::new(),
        assignee_id: read::assignee(tx, given).await?.flatten(),
        due_at: read::time(given, "dueDate")?,
        evidence_first: false,
    };
    let task = tasks::create(tx, case, input).await?;
    keep(tx, &task, given).await?;
    set_status(tx, task, given).await
}

async fn keep(tx: &mut Tx, task: &Task, given: &Object) -> HiveResult<()> {
    let owner = ForeignOwner::Task(task.id);
    let mut kept = foreign::get(tx, owner).await?;
    let before = kept.clone();
    let others = given
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    overlay(&mut kept.fields, others);
    if kept != before {
        foreign::put(tx, owner, &kept).await?;
    }
    Ok(())
}

async fn set_status(tx: &mut Tx, task: Task, given: &Object) -> HiveResult<Task> {
    let Some(status) = text(given, "status")? else {
        return Ok(task);
    };
    let state = task_state(&status).ok_or_else(|| {
        wrong(
            "status",
            "no such status; known are Waiting, InProgress, Completed, Cancel",
        )
    })?;
    if task_status(task.state) == status {
        return Ok(task);
    }
    let result = match state {
        TaskState::Dropped => "cancelled through the TheHive interface".to_owned(),
        _ => String::new(),
    };
    Ok(tasks::progress(tx, task.id, task.version, TaskProgress { state, result }).await?)
}

pub(super) async fn get(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
) -> HiveResult<Json<Value>> {
    let mut tx = app.store.read(&caller).await?;
    let task = tasks::get(&mut tx, read::task_id(&id)?).await?;
    Ok(Json(shown(&mut tx, &task).await?))
}

/// A task as TheHive gives it.
pub(super) async fn shown(tx: &mut Tx, task: &Task) -> HiveResult<Value> {
    let kept = foreign::get(tx, ForeignOwner::Task(task.id)).await?;
    let logins = Logins::of(tx, [task.assignee_id]).await?;
    Ok(show::task(task, &kept, &logins))
}

pub(super) async fn update(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<StatusCode> {
    let mut tx = app.store.write(&caller).await?;
    let mut task = tasks::get(&mut tx, read::task_id(&id)?).await?;
    let words = ["title", "description", "assignee", "dueDate"];
    if words.iter().any(|field| given.contains_key(*field)) {
        let assignee = read::assignee(&mut tx, &given).await?;
        let input = TaskInput {
            title: text(&given, "title")?.unwrap_or_else(|| task.title.clone()),
            body: text(&given, "description")?.unwrap_or_else(|| task.body.clone()),
            service: task.service.clone(),
            assignee_id: assignee.unwrap_or(task.assignee_id),
            due_at: if given.contains_key("dueDate") {
                read::time(&given, "dueDate")?
            } else {
                task.due_at
            },
            evidence_first: task.evidence_first,
        };
        task = tasks::update(&mut tx, task.id, task.version, input).await?;
    }
    keep(&mut tx, &task, &given).await?;
    set_status(&mut tx, task, &given).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
