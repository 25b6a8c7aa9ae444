//! Alerts: take in, read, work on.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::clocks::{self, Clock, ClockOwner};
use matoi_core::desk::alerts::{self, AlertUpdate};
use matoi_core::desk::model::{AlertDetail, ItemFilter};
use matoi_core::desk::{self, AlertInput, DeskItem, ItemKind, Verdict, reports};
use matoi_core::kernel::check::too_many;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Action, Caller, Error};
use matoi_types::{ItemId, Severity, Tlp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ItemAssignment, ItemMerge, ItemReason, of_kind};
use crate::App;
use crate::desk::bulk::say;
use crate::desk::query::ItemQuery;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch};
use crate::http::idempotency::{Create, Made};

/// The most alerts of one request.
const MAX_ALERTS: usize = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_alerts, create_alert))
        .routes(routes!(create_alerts))
        .routes(routes!(get_alert, update_alert))
        .routes(routes!(acknowledge_alert))
        .routes(routes!(assign_alert))
        .routes(routes!(give_verdict))
        .routes(routes!(merge_alert))
        .routes(routes!(close_alert))
        .routes(routes!(reopen_alert))
}

/// An alert with what only alerts have.
#[derive(Debug, Serialize, ToSchema)]
struct Alert {
    #[serde(flatten)]
    item: DeskItem,
    /// What only alerts have.
    alert: AlertDetail,
    /// Its clocks, in the order they began.
    clocks: Vec<Clock>,
}

/// Alerts within what the caller may see.
#[utoipa::path(get, path = "/alerts", tag = "alerts", params(ItemQuery),
    responses((status = 200, description = "One page of alerts", body = List<DeskItem>), ReadErrors))]
async fn list_alerts(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<ItemQuery>,
) -> WebResult<Json<List<DeskItem>>> {
    let caller = api.may(Action::AlertRead)?;
    let (filter, order) = query.read(&caller)?;
    let filter = ItemFilter {
        kind: Some(ItemKind::Alert),
        ..filter
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(
        desk::queue::list(&mut tx, &filter, order, &query.page())
            .await?
            .into(),
    ))
}

/// Hand in an alert. The same `source` and `source_ref` give the alert that is there, with 200.
#[utoipa::path(post, path = "/alerts", tag = "alerts", request_body = AlertInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses(
        (status = 201, description = "The alert", body = DeskItem, headers(("Location" = String, description = "Its place"), ("ETag" = String, description = "The version"))),
        (status = 200, description = "The alert that was there already", body = DeskItem),
        CreateErrors))]
async fn create_alert(State(app): State<App>, api: Api, body: Create<AlertInput>) -> WebResult<Response> {
    let caller = api.may(Action::AlertCreate)?;
    let number = numbers::next(&app.store, &caller, Series::Alert).await?;
    body.run(&app, &caller, async |tx, input| {
        let accepted = alerts::create(tx, &number, input).await?;
        Ok(Made {
            location: format!("/api/v1/alerts/{}", accepted.item.id),
            version: Some(accepted.item.version),
            existed: accepted.existed,
            body: accepted.item,
        })
    })
    .await
}

/// Several alerts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertBatch {
    /// At most 500.
    alerts: Vec<AlertInput>,
}

/// What became of one alert.
#[derive(Debug, Serialize, ToSchema)]
struct AlertResult {
    /// Its place in the request, from 0.
    index: usize,
    /// The alert that was made or was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<ItemId>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// Whether it was there already.
    existed: bool,
    /// Why it was refused, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Hand in up to 500 alerts. Each is a command of its own: one that is refused does not undo the others. Sent again, those
/// that are there already make nothing new.
#[utoipa::path(post, path = "/alerts/bulk", tag = "alerts", request_body = AlertBatch,
    responses((status = 200, description = "What became of each, in their order", body = Vec<AlertResult>), CreateErrors))]
async fn create_alerts(
    State(app): State<App>,
    api: Api,
    ApiJson(batch): ApiJson<AlertBatch>,
) -> WebResult<Json<Vec<AlertResult>>> {
    let caller = api.may(Action::AlertCreate)?;
    if batch.alerts.len() > MAX_ALERTS {
        return Err(Error::field("/alerts", too_many(MAX_ALERTS)).into());
    }
    let mut results = Vec::with_capacity(batch.alerts.len());
    for (index, input) in batch.alerts.into_iter().enumerate() {
        results.push(match create_one(&app, &caller, input).await {
            Ok(accepted) => AlertResult {
                index,
                id: Some(accepted.item.id),
                number: Some(accepted.item.number),
                existed: accepted.existed,
                problem: None,
            },
            Err(error) => AlertResult {
                index,
                id: None,
                number: None,
                existed: false,
                problem: Some(say(caller.lang, &error)),
            },
        });
    }
    Ok(Json(results))
}

async fn create_one(app: &App, caller: &Caller, input: AlertInput) -> Result<alerts::AcceptedAlert, Error> {
    let number = numbers::next(&app.store, caller, Series::Alert).await?;
    let mut tx = app.store.write(caller).await?;
    let accepted = alerts::create(&mut tx, &number, input).await?;
    tx.commit().await?;
    Ok(accepted)
}

/// One alert.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alerts", params(("id" = ItemId, Path, description = "The alert")),
    responses((status = 200, description = "The alert", body = Alert, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get_alert(State(app): State<App>, api: Api, ApiPath(id): ApiPath<ItemId>) -> WebResult<Response> {
    let caller = api.may(Action::AlertRead)?;
    let mut tx = app.store.read(&caller).await?;
    let (item, alert) = alerts::get(&mut tx, id).await?;
    let clocks = clocks::service::of(&mut tx, ClockOwner::Item(id)).await?;
    Ok(versioned(item.version, Alert { item, alert, clocks }))
}

/// What its sender, or somebody at the desk, changes of an alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertChange {
    /// The line it is known by, at most 500 characters.
    #[serde(default)]
    title: Option<String>,
    /// What it says, at most 100,000 characters.
    #[serde(default)]
    description: Option<String>,
    /// How bad it looks; its clock follows.
    #[serde(default)]
    severity: Option<Severity>,
    /// Its label. Not once it belongs to a case: the case has the label then.
    #[serde(default)]
    tlp: Option<Tlp>,
    /// Tags, replacing the former ones.
    #[serde(default)]
    tags: Option<Vec<String>>,
    /// A page of the sender that shows more, http or https.
    #[serde(default)]
    link: Option<String>,
}

/// Change what an alert says. Absent fields stay as they are.
#[utoipa::path(patch, path = "/alerts/{id}", tag = "alerts", request_body = AlertChange,
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn update_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<AlertChange>,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Alert).await?;
    let update = AlertUpdate {
        title: input.title,
        description: input.description,
        severity: input.severity,
        tlp: input.tlp,
        tags: input.tags,
        link: input.link,
        extra: None,
    };
    let item = alerts::update(&mut tx, id, version, update).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Take an alert in: it is being looked at.
#[utoipa::path(post, path = "/alerts/{id}/acknowledge", tag = "alerts",
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn acknowledge_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Alert).await?;
    let item = reports::acknowledge(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Give an alert to somebody.
#[utoipa::path(post, path = "/alerts/{id}/assign", tag = "alerts", request_body = ItemAssignment,
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn assign_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ItemAssignment>,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Alert).await?;
    let item = reports::assign(&mut tx, id, version, input.assignee_id).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Whether an alert was right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertVerdict {
    /// The verdict.
    verdict: Verdict,
    /// Why, at most 2,000 characters. A dismissal needs one: it teaches the rule something.
    #[serde(default)]
    reason: String,
}

/// Say whether an alert was right. One that led to nothing is closed thereby.
#[utoipa::path(post, path = "/alerts/{id}/verdict", tag = "alerts", request_body = AlertVerdict,
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn give_verdict(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<AlertVerdict>,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let item = alerts::give_verdict(&mut tx, id, version, input.verdict, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Mark an alert as the same as another.
#[utoipa::path(post, path = "/alerts/{id}/merge", tag = "alerts", request_body = ItemMerge,
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn merge_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ItemMerge>,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Alert).await?;
    let item = reports::merge(&mut tx, id, version, input.into).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Close an alert that has a verdict.
#[utoipa::path(post, path = "/alerts/{id}/close", tag = "alerts",
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn close_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Alert).await?;
    let item = reports::close(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Open a closed alert again.
#[utoipa::path(post, path = "/alerts/{id}/reopen", tag = "alerts", request_body = ItemReason,
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The alert as it is now", body = DeskItem), ChangeErrors))]
async fn reopen_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ItemReason>,
) -> WebResult<Response> {
    let caller = api.may(Action::AlertUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Alert).await?;
    let item = reports::reopen(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}
