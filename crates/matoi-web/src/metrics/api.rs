//! Figures for programs: all of a period as JSON, each table as CSV, all tables as one workbook.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::kernel::words::Words;
use matoi_core::metrics::{Figures, service};
use matoi_core::{Action, Caller, Error};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::query::MetricsQuery;
use super::table::{self, Names, TABLES};
use crate::App;
use crate::http::answer::ReadErrors;
use crate::http::download;
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiPath, ApiQuery};

/// The API of this room.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(figures))
        .routes(routes!(one_table))
        .routes(routes!(workbook))
}

/// The figures of a period, counted from what the caller may know of: two callers can get different numbers.
#[utoipa::path(get, path = "/metrics", tag = "metrics", params(MetricsQuery),
    responses((status = 200, description = "The figures", body = Figures), ReadErrors))]
async fn figures(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<MetricsQuery>,
) -> WebResult<Json<Figures>> {
    let caller = api.may(Action::MetricsRead)?;
    let mut tx = app.store.snapshot(&caller).await?;
    Ok(Json(service::figures(&mut tx, &query.read()?).await?))
}

/// One table of the figures as a CSV file in the caller's language. Spans of time are in seconds, shares in percent.
#[utoipa::path(get, path = "/metrics/tables/{table}", tag = "metrics",
    params(("table" = String, Path, description = "`volume`, `times`, `clocks`, `open`, `intake`, `outcomes` or `verdicts`"), MetricsQuery),
    responses((status = 200, description = "CSV in UTF-8", content_type = "text/csv", body = String), ReadErrors))]
async fn one_table(
    State(app): State<App>,
    api: Api,
    ApiPath(table): ApiPath<String>,
    ApiQuery(query): ApiQuery<MetricsQuery>,
) -> WebResult<Response> {
    let caller = api.may(Action::MetricsRead)?;
    file(&app, &caller, &table, &query).await
}

/// All tables of the figures as one Excel workbook in the caller's language.
#[utoipa::path(get, path = "/metrics/workbook", tag = "metrics", params(MetricsQuery),
    responses((status = 200, description = "The workbook", content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>), ReadErrors,
        (status = 503, description = "Documents cannot be made now", body = crate::http::error::Problem, content_type = "application/problem+json")))]
async fn workbook(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<MetricsQuery>,
) -> WebResult<Response> {
    let caller = api.may(Action::MetricsRead)?;
    book(&app, &caller, &query).await
}

/// Figures with the names their tables need.
pub(super) async fn counted(
    app: &App,
    caller: &Caller,
    query: &MetricsQuery,
) -> Result<(Figures, Names), Error> {
    let mut tx = app.store.snapshot(caller).await?;
    let figures = service::figures(&mut tx, &query.read()?).await?;
    let names = Names::read(&mut tx).await?;
    Ok((figures, names))
}

/// One table as a file, for the API and the page.
pub(super) async fn file(
    app: &App,
    caller: &Caller,
    table: &str,
    query: &MetricsQuery,
) -> WebResult<Response> {
    if !TABLES.contains(&table) {
        return Err(Error::NotFound("page").into());
    }
    let (figures, names) = counted(app, caller, query).await?;
    let sheet = table::table(table, &figures, &names).ok_or(Error::NotFound("page"))?;
    let name = format!("{}.csv", sheet.name);
    Ok(download::made(&name, download::CSV, table::csv(&sheet)))
}

/// The workbook, for the API and the page.
pub(super) async fn book(app: &App, caller: &Caller, query: &MetricsQuery) -> WebResult<Response> {
    let (figures, names) = counted(app, caller, query).await?;
    let sheets = TABLES
        .iter()
        .filter_map(|name| table::table(name, &figures, &names))
        .collect();
    let content = app.documents.workbook(sheets, figures.zone.clone()).await?;
    let name = format!("{}.xlsx", Words::get().text(caller.lang, "metrics-file"));
    Ok(download::made(&name, download::XLSX, content))
}
