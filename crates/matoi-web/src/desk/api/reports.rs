//! Reports: take in, read, work on.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::clocks::{self, Clock, ClockOwner};
use matoi_core::desk::model::ItemFilter;
use matoi_core::desk::{self, DeskItem, ItemKind, ReportDetail, ReportInput, reports};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Action, Error, Tx};
use matoi_types::{ItemId, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ItemAssignment, ItemMerge, ItemReason, of_kind};
use crate::App;
use crate::desk::query::ItemQuery;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch};
use crate::http::idempotency::{Create, Made};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_reports, create_report))
        .routes(routes!(get_report, update_report))
        .routes(routes!(acknowledge_report))
        .routes(routes!(assign_report))
        .routes(routes!(merge_report))
        .routes(routes!(close_report))
        .routes(routes!(reopen_report))
        .routes(routes!(renew_follow_up))
}

/// A report with what only reports have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    #[serde(flatten)]
    item: DeskItem,
    /// What only reports have.
    report: ReportDetail,
    /// What the header of the mail says, when it came by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    mail: Option<serde_json::Value>,
    /// Its clocks, in the order they began.
    clocks: Vec<Clock>,
}

pub(super) async fn whole(tx: &mut Tx, id: ItemId) -> Result<Report, Error> {
    let (item, report) = reports::get(tx, id).await?;
    let mail = report
        .mail_headers
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let clocks = clocks::service::of(tx, ClockOwner::Item(id)).await?;
    Ok(Report {
        item,
        report,
        mail,
        clocks,
    })
}

/// Reports within what the caller may see; for those who only read their own, those.
#[utoipa::path(get, path = "/reports", tag = "reports", params(ItemQuery),
    responses((status = 200, description = "One page of reports", body = List<DeskItem>), ReadErrors))]
async fn list_reports(
    State(app): State<App>,
    Api(caller): Api,
    ApiQuery(query): ApiQuery<ItemQuery>,
) -> WebResult<Json<List<DeskItem>>> {
    let (filter, order) = query.read(&caller)?;
    let filter = ItemFilter {
        kind: Some(ItemKind::Report),
        ..filter
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(
        desk::queue::list(&mut tx, &filter, order, &query.page())
            .await?
            .into(),
    ))
}

/// Hand in a report. The same `source` and `source_ref` give the report that is there, with 200.
#[utoipa::path(post, path = "/reports", tag = "reports", request_body = ReportInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses(
        (status = 201, description = "The report", body = DeskItem, headers(("Location" = String, description = "Its place"), ("ETag" = String, description = "The version"))),
        (status = 200, description = "The report that was there already", body = DeskItem),
        CreateErrors))]
async fn create_report(State(app): State<App>, api: Api, body: Create<ReportInput>) -> WebResult<Response> {
    let caller = api.may(Action::ReportCreate)?;
    let number = numbers::next(&app.store, &caller, Series::Report).await?;
    body.run(&app, &caller, async |tx, input| {
        // The follow-up secret is told by its own operation: nothing that is kept for a repeated request holds it.
        let accepted = reports::create(tx, &number, input).await?;
        Ok(Made {
            location: format!("/api/v1/reports/{}", accepted.item.id),
            version: Some(accepted.item.version),
            existed: accepted.existed,
            body: accepted.item,
        })
    })
    .await
}

/// One report.
#[utoipa::path(get, path = "/reports/{id}", tag = "reports", params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "The report", body = Report, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get_report(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let report = whole(&mut tx, id).await?;
    Ok(versioned(report.item.version, report))
}

/// What can be changed of a report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportUpdate {
    /// The line it is known by, at most 500 characters.
    #[serde(default)]
    title: Option<String>,
    /// How bad it looks; running clocks follow.
    #[serde(default)]
    severity: Option<Severity>,
}

/// Change title and severity. Absent fields stay as they are.
#[utoipa::path(patch, path = "/reports/{id}", tag = "reports", request_body = ReportUpdate,
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), ChangeErrors))]
async fn update_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ReportUpdate>,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let before = of_kind(&mut tx, id, ItemKind::Report).await?;
    let title = input.title.unwrap_or(before.title);
    let severity = input.severity.unwrap_or(before.severity);
    let item = reports::update(&mut tx, id, version, &title, severity).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Take a report in: its first clock is met.
#[utoipa::path(post, path = "/reports/{id}/acknowledge", tag = "reports",
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), ChangeErrors))]
async fn acknowledge_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Report).await?;
    let item = reports::acknowledge(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Give a report to somebody.
#[utoipa::path(post, path = "/reports/{id}/assign", tag = "reports", request_body = ItemAssignment,
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), ChangeErrors))]
async fn assign_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ItemAssignment>,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Report).await?;
    let item = reports::assign(&mut tx, id, version, input.assignee_id).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Mark a report as the same as another: it is closed, and what becomes of the other is its answer.
#[utoipa::path(post, path = "/reports/{id}/merge", tag = "reports", request_body = ItemMerge,
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), ChangeErrors))]
async fn merge_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ItemMerge>,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Report).await?;
    let item = reports::merge(&mut tx, id, version, input.into).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Close a report that was triaged and answered.
#[utoipa::path(post, path = "/reports/{id}/close", tag = "reports",
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), ChangeErrors))]
async fn close_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Report).await?;
    let item = reports::close(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// Open a closed report again.
#[utoipa::path(post, path = "/reports/{id}/reopen", tag = "reports", request_body = ItemReason,
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), ChangeErrors))]
async fn reopen_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<ItemReason>,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Report).await?;
    let item = reports::reopen(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(item.version, item))
}

/// A follow-up code.
#[derive(Debug, Serialize, ToSchema)]
struct FollowUpCode {
    /// The code. It is shown this once.
    code: String,
    /// The page it opens.
    link: String,
}

/// Give a report a new follow-up code, by which its reporter reads answers and writes more. The former one works no more.
#[utoipa::path(post, path = "/reports/{id}/follow-up", tag = "reports", params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "The code, shown this once", body = FollowUpCode), CreateErrors))]
async fn renew_follow_up(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<FollowUpCode>> {
    let caller = api.may(Action::ReportAnswer)?;
    let mut tx = app.store.write(&caller).await?;
    let code = reports::renew_follow_up(&mut tx, id).await?;
    tx.commit().await?;
    let link = format!("{}/r/{code}", app.settings.public_url);
    Ok(Json(FollowUpCode { code, link }))
}
