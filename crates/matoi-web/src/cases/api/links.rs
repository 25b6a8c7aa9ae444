//! Cases that belong together, and merges.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::cases::{self, Case, Link, Relation};
use matoi_types::CaseId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, link))
        .routes(routes!(unlink))
        .routes(routes!(merge))
        .routes(routes!(undo_merge))
}

/// The cases this one belongs together with, as far as the caller may see them.
#[utoipa::path(get, path = "/cases/{id}/links", tag = "cases", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Links", body = List<Link>), ReadErrors))]
async fn list(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Link>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = cases::links::list(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// Another case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkInput {
    /// The other case.
    case_id: CaseId,
    /// How they belong together, seen from this one.
    #[serde(default = "related")]
    relation: Relation,
    /// Why, at most 500 characters.
    #[serde(default)]
    note: String,
}

const fn related() -> Relation {
    Relation::Related
}

/// Say that two cases belong together.
#[utoipa::path(post, path = "/cases/{id}/links", tag = "cases", request_body = LinkInput,
    params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Links as they are now", body = List<Link>), CreateErrors))]
async fn link(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    ApiJson(input): ApiJson<LinkInput>,
) -> WebResult<Json<List<Link>>> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let items = cases::links::link(&mut tx, id, input.case_id, input.relation, &input.note).await?;
    tx.commit().await?;
    Ok(Json(List { items, next: None }))
}

/// Take a link away.
#[utoipa::path(delete, path = "/cases/{id}/links/{other}", tag = "cases",
    params(("id" = CaseId, Path, description = "The case"), ("other" = CaseId, Path, description = "The other case")),
    responses((status = 204, description = "Taken away"), ReadErrors))]
async fn unlink(
    State(app): State<App>,
    api: Api,
    ApiPath((id, other)): ApiPath<(CaseId, CaseId)>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    cases::links::unlink(&mut tx, id, other).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// The case it becomes part of.
    into: CaseId,
    /// Why.
    reason: String,
}

/// Make a case part of another. Answers with the other.
#[utoipa::path(post, path = "/cases/{id}/merge", tag = "cases", request_body = Merge,
    params(("id" = CaseId, Path, description = "The case that becomes part"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case it became part of", body = Case), ChangeErrors))]
async fn merge(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Merge>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseMerge)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::links::merge(&mut tx, id, version, input.into, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// Why a merge is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UndoMerge {
    /// Why.
    reason: String,
}

/// Undo a merge: the case is its own again.
#[utoipa::path(delete, path = "/cases/{id}/merge", tag = "cases", request_body = UndoMerge,
    params(("id" = CaseId, Path, description = "The case that became part"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn undo_merge(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<UndoMerge>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseMerge)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::links::undo_merge(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}
