//! Through the phases: advance, converge, close, reopen, and what is missing for the next step.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::cases::{self, Case};
use matoi_types::CaseId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{ChangeErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(conditions))
        .routes(routes!(advance))
        .routes(routes!(converge))
        .routes(routes!(close))
        .routes(routes!(reopen))
}

/// Which step is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Enter {
    /// The phase to be entered; `close` when not given.
    #[serde(default = "close_phase")]
    enter: String,
}

fn close_phase() -> String {
    "close".to_owned()
}

/// A condition that does not hold yet.
#[derive(Debug, Serialize, ToSchema)]
struct MissingCondition {
    /// Its identifier in the life cycle.
    id: String,
    /// What is missing and what to do, in the caller's language.
    text: String,
    /// Whether a reason may stand in for it.
    can_override: bool,
}

/// What does not hold yet for entering a phase.
#[utoipa::path(get, path = "/cases/{id}/conditions", tag = "cases", params(("id" = CaseId, Path, description = "The case"), Enter),
    responses((status = 200, description = "What is missing; empty when the step may be taken", body = List<MissingCondition>), ReadErrors))]
async fn conditions(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
    ApiQuery(query): ApiQuery<Enter>,
) -> WebResult<Json<List<MissingCondition>>> {
    let mut tx = app.store.read(&caller).await?;
    let case = cases::service::get(&mut tx, id).await?;
    let missing = cases::progress::missing(&mut tx, &case, &query.enter).await?;
    let items = missing
        .into_iter()
        .map(|condition| MissingCondition {
            text: condition.text.get(caller.lang).to_owned(),
            id: condition.id,
            can_override: condition.can_override,
        })
        .collect();
    Ok(Json(List { items, next: None }))
}

/// A step into another phase.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// The phase to enter.
    phase: String,
    /// Why conditions that do not hold are passed over.
    #[serde(default)]
    reason: String,
}

/// Move a case into another phase of its life cycle.
#[utoipa::path(post, path = "/cases/{id}/phase", tag = "cases", request_body = Advance,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn advance(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Advance>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseAdvance)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::progress::advance(&mut tx, id, version, &input.phase, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// A declaration of convergence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Converge {
    /// What is declared, at most 5,000 characters.
    statement: String,
    /// Why conditions that do not hold are passed over.
    #[serde(default)]
    reason: String,
}

/// Declare an incident converged.
#[utoipa::path(post, path = "/cases/{id}/convergence", tag = "cases", request_body = Converge,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn converge(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Converge>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseConverge)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::progress::converge(&mut tx, id, version, &input.statement, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// A reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Close a case. A condition that may be passed over needs a reason and the permission case.close_override.
#[utoipa::path(post, path = "/cases/{id}/closing", tag = "cases", request_body = Reason,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn close(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Reason>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseClose)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::progress::close(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// Open a closed case again.
#[utoipa::path(post, path = "/cases/{id}/reopening", tag = "cases", request_body = Reason,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn reopen(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Reason>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseReopen)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::progress::reopen(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}
