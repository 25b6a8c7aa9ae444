//! Tasks of cases, and one's own.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::cases::tasks::TaskProgress;
use matoi_core::cases::{self, Task, TaskInput};
use matoi_types::{CaseId, TaskId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};
use crate::http::idempotency::{Create, Made};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(mine))
        .routes(routes!(get, update))
        .routes(routes!(progress))
}

/// Tasks of a case, in the order they were set.
#[utoipa::path(get, path = "/cases/{id}/tasks", tag = "tasks", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Tasks", body = List<Task>), ReadErrors))]
async fn list(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Task>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = cases::tasks::list(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// Set a task in a case.
#[utoipa::path(post, path = "/cases/{id}/tasks", tag = "tasks", request_body = TaskInput,
    params(("id" = CaseId, Path, description = "The case"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses((status = 201, description = "The task", body = Task), CreateErrors))]
async fn create(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    body: Create<TaskInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    body.run(&app, &caller, async |tx, input| {
        let task = cases::tasks::create(tx, id, input).await?;
        let location = format!("/api/v1/tasks/{}", task.id);
        Ok(Made {
            location,
            version: Some(task.version),
            body: task,
            existed: false,
        })
    })
    .await
}

/// What the caller still has to do, the most pressing first.
#[utoipa::path(get, path = "/me/tasks", tag = "tasks",
    responses((status = 200, description = "Tasks", body = List<Task>), ReadErrors))]
async fn mine(State(app): State<App>, api: Api) -> WebResult<Json<List<Task>>> {
    let caller = api.may(Action::TaskOwn)?;
    let mut tx = app.store.read(&caller).await?;
    let items = cases::tasks::mine(&mut tx, 200).await?;
    Ok(Json(List { items, next: None }))
}

/// One task: of a case the caller sees, or given to the caller.
#[utoipa::path(get, path = "/tasks/{id}", tag = "tasks", params(("id" = TaskId, Path, description = "The task")),
    responses((status = 200, description = "The task", body = Task, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get(State(app): State<App>, Api(caller): Api, ApiPath(id): ApiPath<TaskId>) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let task = cases::tasks::get(&mut tx, id).await?;
    Ok(versioned(task.version, task))
}

/// Change what a task says.
#[utoipa::path(put, path = "/tasks/{id}", tag = "tasks", request_body = TaskInput,
    params(("id" = TaskId, Path, description = "The task"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The task as it is now", body = Task), ChangeErrors))]
async fn update(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<TaskId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<TaskInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let task = cases::tasks::update(&mut tx, id, version, input).await?;
    tx.commit().await?;
    Ok(versioned(task.version, task))
}

/// Move a task on. Its assignee may, and whoever works on the case.
#[utoipa::path(post, path = "/tasks/{id}/progress", tag = "tasks", request_body = TaskProgress,
    params(("id" = TaskId, Path, description = "The task"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The task as it is now", body = Task), ChangeErrors))]
async fn progress(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<TaskId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<TaskProgress>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let task = cases::tasks::progress(&mut tx, id, version, input).await?;
    tx.commit().await?;
    Ok(versioned(task.version, task))
}
