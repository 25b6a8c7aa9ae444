//! Reports and alerts together.

use axum::Json;
use axum::extract::State;
use matoi_core::clocks::{self, RunningClock};
use matoi_core::desk::model::TabCounts;
use matoi_core::desk::{self, DeskItem};
use matoi_core::kernel::check::too_many;
use matoi_core::{Action, Error};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::desk::bulk::{self, BulkCommand, BulkItem, BulkItemResult};
use crate::desk::query::QueueQuery;
use crate::http::answer::{CreateErrors, List, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiQuery};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_queue))
        .routes(routes!(count_queue))
        .routes(routes!(bulk_queue))
        .routes(routes!(list_clocks))
}

/// Reports and alerts within what the caller may see, worst and newest first. Without `state` and `case`: what waits at
/// the desk.
#[utoipa::path(get, path = "/queue", tag = "queue", params(QueueQuery),
    responses((status = 200, description = "One page of the queue", body = List<DeskItem>), ReadErrors))]
async fn list_queue(
    State(app): State<App>,
    Api(caller): Api,
    ApiQuery(query): ApiQuery<QueueQuery>,
) -> WebResult<Json<List<DeskItem>>> {
    let (filter, order, page) = query.read(&caller)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(
        desk::queue::list(&mut tx, &filter, order, &page).await?.into(),
    ))
}

/// How many wait, counted to 1,000.
#[utoipa::path(get, path = "/queue/counts", tag = "queue",
    responses((status = 200, description = "Counts", body = TabCounts), ReadErrors))]
async fn count_queue(State(app): State<App>, Api(caller): Api) -> WebResult<Json<TabCounts>> {
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(desk::queue::tab_counts(&mut tx).await?))
}

/// The same done to several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QueueBulk {
    /// Which, at most 200.
    items: Vec<BulkItem>,
    /// What is done to each.
    command: BulkCommand,
}

/// Do the same to several reports and alerts. Each is a command of its own with its own checks, in a transaction of its
/// own: one that is refused does not undo the others.
#[utoipa::path(post, path = "/queue/bulk", tag = "queue", request_body = QueueBulk,
    responses((status = 200, description = "What became of each, in their order", body = Vec<BulkItemResult>), CreateErrors))]
async fn bulk_queue(
    State(app): State<App>,
    Api(caller): Api,
    ApiJson(input): ApiJson<QueueBulk>,
) -> WebResult<Json<Vec<BulkItemResult>>> {
    if !caller.may(Action::AlertUpdate) {
        caller.require(Action::ReportUpdate)?;
    }
    if input.items.len() > bulk::MAX_ITEMS {
        return Err(Error::field("/items", too_many(bulk::MAX_ITEMS)).into());
    }
    Ok(Json(bulk::run(&app, &caller, &input.command, &input.items).await))
}

/// How many clocks are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ClockQuery {
    /// At most this many, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Running clocks of reports, alerts and cases the caller may read, the most pressing first.
#[utoipa::path(get, path = "/clocks", tag = "queue", params(ClockQuery),
    responses((status = 200, description = "Running clocks", body = List<RunningClock>), ReadErrors))]
async fn list_clocks(
    State(app): State<App>,
    Api(caller): Api,
    ApiQuery(query): ApiQuery<ClockQuery>,
) -> WebResult<Json<List<RunningClock>>> {
    let page = matoi_core::kernel::PageRequest {
        cursor: None,
        limit: query.limit,
    };
    let limit = page.rows()?;
    let mut tx = app.store.read(&caller).await?;
    let items = clocks::service::running(&mut tx, limit).await?;
    Ok(Json(List { items, next: None }))
}
