//! A case as a whole: list, open, read, change, assign, several at once.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::cases::model::CaseInput;
use matoi_core::cases::{self, Case, CaseKind, CaseUpdate};
use matoi_core::clocks::{self, Clock, ClockOwner};
use matoi_core::desk::{self, DeskItem};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::too_many;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Error};
use matoi_types::{AccountId, CaseId, Priority};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::cases::query::CaseQuery;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::{self, WebResult};
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch};
use crate::http::idempotency::{Create, Made};

/// How many cases one request changes.
const MAX_CASES: usize = 100;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update))
        .routes(routes!(assign))
        .routes(routes!(bulk))
        .routes(routes!(items))
        .routes(routes!(case_clocks))
}

/// Cases, last changed first, within what the caller may see.
#[utoipa::path(get, path = "/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, description = "One page of cases", body = List<Case>), ReadErrors))]
async fn list(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<CaseQuery>,
) -> WebResult<Json<List<Case>>> {
    let caller = api.may(Action::CaseRead)?;
    let (filter, order) = query.read(&caller)?;
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(
        cases::service::list(&mut tx, &filter, order, &page).await?.into(),
    ))
}

/// Open a case by hand. What came in is turned into a case by its triage instead.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = CaseInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses((status = 201, description = "The case", body = Case), CreateErrors))]
async fn create(State(app): State<App>, api: Api, body: Create<CaseInput>) -> WebResult<Response> {
    let caller = api.may(Action::CaseCreate)?;
    let series = match body.input.kind {
        CaseKind::Incident => Series::Incident,
        CaseKind::Inquiry => Series::Inquiry,
    };
    cases::service::check_input(&body.input, caller.now)?;
    let number = numbers::next(&app.store, &caller, series).await?;
    body.run(&app, &caller, async |tx, input| {
        let case = cases::service::create(tx, &number, input).await?;
        let location = format!("/api/v1/cases/{}", case.id);
        Ok(Made {
            location,
            version: Some(case.version),
            body: case,
            existed: false,
        })
    })
    .await
}

/// One case.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "The case", body = Case, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get(State(app): State<App>, Api(caller): Api, ApiPath(id): ApiPath<CaseId>) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let case = cases::service::get(&mut tx, id).await?;
    Ok(versioned(case.version, case))
}

/// Change what is said of a case. Absent fields stay as they are.
#[utoipa::path(patch, path = "/cases/{id}", tag = "cases", request_body = CaseUpdate,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn update(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<CaseUpdate>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::service::update(&mut tx, id, version, input).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// Who commands and who handles a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// Who commands the response.
    #[serde(default)]
    commander_id: Option<AccountId>,
    /// Who handles it.
    #[serde(default)]
    handler_id: Option<AccountId>,
}

/// Say who commands and who handles a case.
#[utoipa::path(post, path = "/cases/{id}/assignment", tag = "cases", request_body = Assignment,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn assign(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Assignment>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::service::assign(&mut tx, id, version, input.commander_id, input.handler_id).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// What is done to several cases at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bulk {
    /// Which cases, at most 100.
    ids: Vec<CaseId>,
    /// The handler they get.
    #[serde(default)]
    handler_id: Option<AccountId>,
    /// The priority they get.
    #[serde(default)]
    priority: Option<Priority>,
}

/// What became of one case.
#[derive(Debug, Serialize, ToSchema)]
struct CaseBulkResult {
    /// Which case.
    id: CaseId,
    /// Whether it was done.
    done: bool,
    /// Why not, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Change several cases. Each is a command of its own: one that is refused does not undo the others.
#[utoipa::path(post, path = "/cases/bulk", tag = "cases", request_body = Bulk,
    responses((status = 200, description = "What became of each", body = Vec<CaseBulkResult>), CreateErrors))]
async fn bulk(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<Bulk>,
) -> WebResult<Json<Vec<CaseBulkResult>>> {
    let caller = api.may(Action::CaseUpdate)?;
    if input.ids.len() > MAX_CASES {
        return Err(Error::field("/ids", too_many(MAX_CASES)).into());
    }
    let mut results = Vec::with_capacity(input.ids.len());
    for id in &input.ids {
        let outcome = change_one(&app, &caller, *id, &input).await;
        let problem = outcome.err().map(|error| match &error {
            Error::Rule(message) => Words::get().say(caller.lang, message),
            _ => Words::get().text(caller.lang, &format!("problem-{}", error::kind(&error))),
        });
        results.push(CaseBulkResult {
            id: *id,
            done: problem.is_none(),
            problem,
        });
    }
    Ok(Json(results))
}

async fn change_one(app: &App, caller: &matoi_core::Caller, id: CaseId, input: &Bulk) -> Result<(), Error> {
    let mut tx = app.store.write(caller).await?;
    let mut case = cases::service::get(&mut tx, id).await?;
    if let Some(handler) = input.handler_id {
        case = cases::service::assign(&mut tx, id, case.version, case.commander_id, Some(handler)).await?;
    }
    if input.priority.is_some() {
        let update = CaseUpdate {
            priority: input.priority,
            ..CaseUpdate::default()
        };
        cases::service::update(&mut tx, id, case.version, update).await?;
    }
    tx.commit().await
}

/// The reports and alerts of a case, in the order they came in.
#[utoipa::path(get, path = "/cases/{id}/items", tag = "cases", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Reports and alerts", body = List<DeskItem>), ReadErrors))]
async fn items(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<DeskItem>>> {
    let mut tx = app.store.read(&caller).await?;
    cases::service::get(&mut tx, id).await?;
    let items = desk::queue::of_case(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// The clocks of a case, in the order they began.
#[utoipa::path(get, path = "/cases/{id}/clocks", tag = "cases", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Clocks", body = List<Clock>), ReadErrors))]
async fn case_clocks(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Clock>>> {
    let mut tx = app.store.read(&caller).await?;
    cases::service::get(&mut tx, id).await?;
    let items = clocks::service::of(&mut tx, ClockOwner::Case(id)).await?;
    Ok(Json(List { items, next: None }))
}
