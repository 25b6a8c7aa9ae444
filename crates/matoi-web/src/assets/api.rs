//! The register of assets and what cases affect.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::assets::import::{self, ImportPlan, ImportResult, ImportStep};
use matoi_core::assets::table::{self, AssetColumn};
use matoi_core::assets::{
    self, AffectedAsset, AffectedInput, AffectedNow, AffectedUpdate, AffectingCase, Asset, AssetInput,
    AssetOverview, AssetUpdate,
};
use matoi_core::kernel::csv;
use matoi_core::kernel::history::Past;
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Caller};
use matoi_types::{AssetId, CaseId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::query::AssetQuery;
use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, Paging, ReadErrors, versioned};
use crate::http::download;
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch, body};
use crate::http::idempotency::{Create, Made};

/// The API of this room.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(overview))
        .routes(routes!(affected_now))
        .routes(routes!(export))
        .routes(routes!(import))
        .routes(routes!(get, update))
        .routes(routes!(retire))
        .routes(routes!(restore))
        .routes(routes!(cases))
        .routes(routes!(history))
        .routes(routes!(of_case, note))
        .routes(routes!(change_noted, take_off))
        .routes(routes!(suggested))
}

/// Assets, by name, within what the caller may read: the register, or the own assets only.
#[utoipa::path(get, path = "/assets", tag = "assets", params(AssetQuery),
    responses((status = 200, description = "One page of assets", body = List<Asset>), ReadErrors))]
async fn list(
    State(app): State<App>,
    Api(caller): Api,
    ApiQuery(query): ApiQuery<AssetQuery>,
) -> WebResult<Json<List<Asset>>> {
    let (filter, order) = query.read(&caller)?;
    let mut tx = app.store.read(&caller).await?;
    let page = assets::service::list(&mut tx, &filter, order, &query.page()).await?;
    Ok(Json(page.into()))
}

/// Register an asset.
#[utoipa::path(post, path = "/assets", tag = "assets", request_body = AssetInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses((status = 201, description = "The asset", body = Asset), CreateErrors))]
async fn create(State(app): State<App>, api: Api, body: Create<AssetInput>) -> WebResult<Response> {
    let caller = api.may(Action::AssetManage)?;
    body.run(&app, &caller, async |tx, input| {
        let asset = assets::service::create(tx, input).await?;
        Ok(Made {
            location: format!("/api/v1/assets/{}", asset.id),
            version: Some(asset.version),
            body: asset,
            existed: false,
        })
    })
    .await
}

/// The register in figures.
#[utoipa::path(get, path = "/assets/overview", tag = "assets",
    responses((status = 200, description = "Figures", body = AssetOverview), ReadErrors))]
async fn overview(State(app): State<App>, Api(caller): Api) -> WebResult<Json<AssetOverview>> {
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(assets::service::overview(&mut tx).await?))
}

/// Assets that open cases affect or may affect, most important first, at most 200, within what the caller may know.
#[utoipa::path(get, path = "/assets/affected", tag = "assets",
    responses((status = 200, description = "Assets with the cases", body = List<AffectedNow>), ReadErrors))]
async fn affected_now(State(app): State<App>, Api(caller): Api) -> WebResult<Json<List<AffectedNow>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = assets::service::affected_now(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// The register as a CSV file, in the caller's language; filters are those of the list, pages do not count.
#[utoipa::path(get, path = "/assets/export", tag = "assets", params(AssetQuery),
    responses((status = 200, description = "CSV in UTF-8", content_type = "text/csv", body = String), ReadErrors))]
async fn export(
    State(app): State<App>,
    Api(caller): Api,
    ApiQuery(query): ApiQuery<AssetQuery>,
) -> WebResult<Response> {
    file(&app, &caller, &query).await
}

/// The file, for the API and the page.
pub(super) async fn file(app: &App, caller: &Caller, query: &AssetQuery) -> WebResult<Response> {
    let (filter, _) = query.read(caller)?;
    let mut tx = app.store.snapshot(caller).await?;
    let (header, rows) = table::export(&mut tx, &filter).await?;
    let content = csv::write(&header, rows.iter().map(Vec::as_slice));
    let name = format!("{}.csv", Words::get().text(caller.lang, "asset-file"));
    Ok(download::made(&name, download::CSV, content))
}

/// Whether an import is done or only planned.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// `true` takes the file in; otherwise it is only said what would be done.
    apply: bool,
    /// The `digest` of the plan that was looked at: what would be done now is done only if it is the same.
    digest: Option<String>,
}

/// What would be done with a file, or was.
#[derive(Debug, Serialize, ToSchema)]
struct ImportReport {
    /// Whether it was done.
    applied: bool,
    /// What was done; none for a plan.
    result: Option<ImportResult>,
    /// `Utf8`, `Utf16` or `Cp932`.
    characters: String,
    /// Columns that were recognised.
    columns: Vec<AssetColumn>,
    /// Headings that mean nothing here.
    unknown: Vec<String>,
    /// What the plan comes to.
    digest: String,
    /// Every line.
    lines: Vec<ImportLine>,
}

/// What is done with a line.
#[derive(Debug, Serialize, ToSchema)]
struct ImportLine {
    /// Its number, from 1.
    line: u64,
    /// The name in it.
    name: String,
    /// What is done.
    step: ImportStep,
    /// Columns that change.
    changes: Vec<AssetColumn>,
    /// What is wrong.
    errors: Vec<ImportProblem>,
}

/// What is wrong with a cell.
#[derive(Debug, Serialize, ToSchema)]
struct ImportProblem {
    /// The column.
    column: AssetColumn,
    /// A stable name of the problem.
    code: String,
    /// What is wrong, in the caller's language.
    detail: String,
}

impl ImportReport {
    fn new(caller: &Caller, plan: ImportPlan, result: Option<ImportResult>) -> Self {
        let problem = |(column, message): (AssetColumn, matoi_core::Message)| ImportProblem {
            column,
            code: message.key.to_string(),
            detail: Words::get().say(caller.lang, &message),
        };
        Self {
            applied: result.is_some(),
            result,
            characters: format!("{:?}", plan.characters),
            columns: plan.columns,
            unknown: plan.unknown,
            digest: plan.digest,
            lines: plan
                .lines
                .into_iter()
                .map(|line| ImportLine {
                    line: line.line,
                    name: line.name,
                    step: line.step,
                    changes: line.changes,
                    errors: line.errors.into_iter().map(problem).collect(),
                })
                .collect(),
        }
    }
}

/// Take a CSV file into the register: UTF-8, UTF-16 or Shift_JIS (CP932), at most 5,000 lines. Without `apply` it is only
/// said what would be done with every line. With it, all of the file is taken or nothing; a line that cannot be taken is
/// named in `errors` as `/lines/{line}/{column}`.
#[utoipa::path(post, path = "/assets/import", tag = "assets", params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "What would be done, or was", body = ImportReport), CreateErrors))]
async fn import(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<ImportQuery>,
    request: Request,
) -> WebResult<Json<ImportReport>> {
    let caller = api.may(Action::AssetManage)?;
    let file = body(request, &app).await?;
    if !query.apply {
        let mut tx = app.store.read(&caller).await?;
        let plan = import::plan(&mut tx, &file).await?;
        return Ok(Json(ImportReport::new(&caller, plan, None)));
    }
    let mut tx = app.store.write(&caller).await?;
    let plan = import::plan(&mut tx, &file).await?;
    let seen = query.digest.as_deref().or(Some(&plan.digest));
    let result = import::apply(&mut tx, &file, seen).await?;
    tx.commit().await?;
    Ok(Json(ImportReport::new(&caller, plan, Some(result))))
}

/// One asset.
#[utoipa::path(get, path = "/assets/{id}", tag = "assets", params(("id" = AssetId, Path, description = "The asset")),
    responses((status = 200, description = "The asset", body = Asset, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get(State(app): State<App>, Api(caller): Api, ApiPath(id): ApiPath<AssetId>) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let asset = assets::service::get(&mut tx, id).await?;
    Ok(versioned(asset.version, asset))
}

/// Change what is said of an asset. Absent fields stay as they are.
#[utoipa::path(patch, path = "/assets/{id}", tag = "assets", request_body = AssetUpdate,
    params(("id" = AssetId, Path, description = "The asset"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The asset as it is now", body = Asset), ChangeErrors))]
async fn update(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AssetId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<AssetUpdate>,
) -> WebResult<Response> {
    let caller = api.may(Action::AssetManage)?;
    let mut tx = app.store.write(&caller).await?;
    let asset = assets::service::update(&mut tx, id, version, input).await?;
    tx.commit().await?;
    Ok(versioned(asset.version, asset))
}

/// Why an asset is taken out of use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Retirement {
    /// The reason, at most 500 characters.
    #[serde(default)]
    reason: String,
}

/// Take an asset out of use. It is never deleted: old cases keep naming it.
#[utoipa::path(post, path = "/assets/{id}/retire", tag = "assets", request_body = Retirement,
    params(("id" = AssetId, Path, description = "The asset"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The asset as it is now", body = Asset), ChangeErrors))]
async fn retire(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AssetId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Retirement>,
) -> WebResult<Response> {
    let caller = api.may(Action::AssetManage)?;
    let mut tx = app.store.write(&caller).await?;
    let asset = assets::service::retire(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(asset.version, asset))
}

/// Take a retired asset back into use.
#[utoipa::path(post, path = "/assets/{id}/restore", tag = "assets",
    params(("id" = AssetId, Path, description = "The asset"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The asset as it is now", body = Asset), ChangeErrors))]
async fn restore(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AssetId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::AssetManage)?;
    let mut tx = app.store.write(&caller).await?;
    let asset = assets::service::restore(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(asset.version, asset))
}

/// The cases an asset is noted in, latest first, as far as the caller may know of them.
#[utoipa::path(get, path = "/assets/{id}/cases", tag = "assets", params(("id" = AssetId, Path, description = "The asset"), Paging),
    responses((status = 200, description = "One page of cases", body = List<AffectingCase>), ReadErrors))]
async fn cases(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<AssetId>,
    ApiQuery(paging): ApiQuery<Paging>,
) -> WebResult<Json<List<AffectingCase>>> {
    let mut tx = app.store.read(&caller).await?;
    let page = assets::service::cases(&mut tx, id, &paging.into()).await?;
    Ok(Json(page.into()))
}

/// What was done to an asset, latest first. That a case affects it is written in the case.
#[utoipa::path(get, path = "/assets/{id}/history", tag = "assets", params(("id" = AssetId, Path, description = "The asset"), Paging),
    responses((status = 200, description = "One page of commands", body = List<Past>), ReadErrors))]
async fn history(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<AssetId>,
    ApiQuery(paging): ApiQuery<Paging>,
) -> WebResult<Json<List<Past>>> {
    let mut tx = app.store.read(&caller).await?;
    let page = assets::service::history(&mut tx, id, &paging.into()).await?;
    Ok(Json(page.into()))
}

/// The assets a case affects or may affect, most important first.
#[utoipa::path(get, path = "/cases/{id}/assets", tag = "assets", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Assets", body = List<AffectedAsset>), ReadErrors))]
async fn of_case(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<AffectedAsset>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = assets::affected::of_case(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// Note that a case affects an asset: one that is registered, by identifier or by name, or a new one.
#[utoipa::path(post, path = "/cases/{id}/assets", tag = "assets", request_body = AffectedInput,
    params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Assets as they are now", body = List<AffectedAsset>), CreateErrors))]
async fn note(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    ApiJson(input): ApiJson<AffectedInput>,
) -> WebResult<Json<List<AffectedAsset>>> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let items = assets::affected::add(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(Json(List { items, next: None }))
}

/// Change how an asset fares in a case.
#[utoipa::path(put, path = "/cases/{id}/assets/{asset}", tag = "assets", request_body = AffectedUpdate,
    params(("id" = CaseId, Path, description = "The case"), ("asset" = AssetId, Path, description = "The asset")),
    responses((status = 200, description = "Assets as they are now", body = List<AffectedAsset>), CreateErrors))]
async fn change_noted(
    State(app): State<App>,
    api: Api,
    ApiPath((id, asset)): ApiPath<(CaseId, AssetId)>,
    ApiJson(input): ApiJson<AffectedUpdate>,
) -> WebResult<Json<List<AffectedAsset>>> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let items = assets::affected::update(&mut tx, id, asset, input).await?;
    tx.commit().await?;
    Ok(Json(List { items, next: None }))
}

/// Take an asset off a case: it has nothing to do with it. The timeline keeps that it was there.
#[utoipa::path(delete, path = "/cases/{id}/assets/{asset}", tag = "assets",
    params(("id" = CaseId, Path, description = "The case"), ("asset" = AssetId, Path, description = "The asset")),
    responses((status = 204, description = "Taken off"), CreateErrors))]
async fn take_off(
    State(app): State<App>,
    api: Api,
    ApiPath((id, asset)): ApiPath<(CaseId, AssetId)>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    assets::affected::remove(&mut tx, id, asset).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An asset that a trace of the case names.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestedAsset {
    /// The asset.
    asset: Asset,
    /// The trace.
    trace: String,
}

/// Registered assets that traces of a case name and that are not noted yet.
#[utoipa::path(get, path = "/cases/{id}/assets/suggested", tag = "assets", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Assets, each with the trace", body = List<SuggestedAsset>), ReadErrors))]
async fn suggested(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<SuggestedAsset>>> {
    let mut tx = app.store.read(&caller).await?;
    let found = assets::affected::suggested(&mut tx, id).await?;
    let items = found
        .into_iter()
        .map(|(asset, trace)| SuggestedAsset { asset, trace })
        .collect();
    Ok(Json(List { items, next: None }))
}
