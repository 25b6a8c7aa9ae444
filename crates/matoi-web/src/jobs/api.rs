//! `/api/v1/jobs`.

use axum::Json;
use axum::extract::State;
use matoi_core::jobs::{Job, JobState, LaneCounts};
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, jobs};
use matoi_types::JobId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{CreateErrors, List, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiPath, ApiQuery};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_jobs))
        .routes(routes!(get_lanes))
        .routes(routes!(get_job))
        .routes(routes!(retry_job))
        .routes(routes!(cancel_job))
}

/// Which jobs, and which page of them.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JobQuery {
    /// Only in this state.
    #[param(inline)]
    state: Option<JobState>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List background jobs, the newest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(JobQuery),
    responses((status = 200, description = "A page of jobs", body = List<Job>), ReadErrors))]
async fn list_jobs(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<JobQuery>,
) -> WebResult<Json<List<Job>>> {
    let caller = api.may(Action::JobRead)?;
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(
        jobs::service::list(&mut tx, query.state, &page).await?.into(),
    ))
}

/// How many jobs of each lane wait, run, are held or failed.
#[utoipa::path(get, path = "/jobs/lanes", tag = "jobs",
    responses((status = 200, description = "The lanes", body = List<LaneCounts>), ReadErrors))]
async fn get_lanes(State(app): State<App>, api: Api) -> WebResult<Json<List<LaneCounts>>> {
    let caller = api.may(Action::JobRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = jobs::service::overview(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// Read a job: one's own, or any for those who watch over them.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 200, description = "The job", body = Job), ReadErrors))]
async fn get_job(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<JobId>,
) -> WebResult<Json<Job>> {
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(jobs::service::get(&mut tx, id).await?))
}

/// Try a failed, stopped or held job again.
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 200, description = "The job as it is now", body = Job), CreateErrors))]
async fn retry_job(State(app): State<App>, api: Api, ApiPath(id): ApiPath<JobId>) -> WebResult<Json<Job>> {
    let caller = api.may(Action::JobManage)?;
    let mut tx = app.store.write(&caller).await?;
    let job = jobs::service::retry(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(job))
}

/// Stop a job that waits or runs: one's own, or any for those who manage them. A running one ends at its next step.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 200, description = "The job as it is now", body = Job), CreateErrors))]
async fn cancel_job(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<JobId>,
) -> WebResult<Json<Job>> {
    let mut tx = app.store.write(&caller).await?;
    let job = jobs::service::cancel(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(job))
}
