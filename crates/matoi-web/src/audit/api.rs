//! `/api/v1/audit`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::audit::{AuditEntry, AuditFilter, ChainState, KeptVerification};
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, audit};
use matoi_types::{ChangeId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::export;
use crate::App;
use crate::http::answer::{List, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiPath, ApiQuery};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_audit))
        .routes(routes!(get_audit_entry))
        .routes(routes!(get_audit_chain))
        .routes(routes!(export_audit))
        .routes(routes!(get_audit_verification, verify_audit))
}

/// Which rows, and which page of them.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Rows of one kind of actor: `account`, `system`, `anonymous` or `reporter`.
    actor_kind: Option<String>,
    /// Rows of one actor, by identifier.
    actor_id: Option<String>,
    /// Rows about one kind of thing, like `case`.
    entity_kind: Option<String>,
    /// Rows about one thing, by identifier.
    entity_id: Option<String>,
    /// Rows of one command, like `case.close`.
    verb: Option<String>,
    /// Not before this time (RFC 3339).
    from: Option<Timestamp>,
    /// Before this time (RFC 3339).
    until: Option<Timestamp>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List what was done, the newest first. What concerns a case the caller may not see is not among it.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page of rows", body = List<AuditEntry>), ReadErrors))]
async fn list_audit(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> WebResult<Json<List<AuditEntry>>> {
    let caller = api.may(Action::AuditRead)?;
    let filter = AuditFilter {
        id: None,
        actor_kind: query.actor_kind,
        actor_id: query.actor_id,
        entity_kind: query.entity_kind,
        entity_id: query.entity_id,
        verb: query.verb,
        from: query.from,
        until: query.until,
    };
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(audit::service::list(&mut tx, &filter, &page).await?.into()))
}

/// Read one row.
#[utoipa::path(get, path = "/audit/{id}", tag = "audit", params(("id" = ChangeId, Path, description = "The row")),
    responses((status = 200, description = "The row", body = AuditEntry), ReadErrors))]
async fn get_audit_entry(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ChangeId>,
) -> WebResult<Json<AuditEntry>> {
    let caller = api.may(Action::AuditRead)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(audit::service::get(&mut tx, id).await?))
}

/// How far the sealed chain reaches. Nothing is verified.
#[utoipa::path(get, path = "/audit/chain", tag = "audit",
    responses((status = 200, description = "The state of the chain", body = ChainState), ReadErrors))]
async fn get_audit_chain(State(app): State<App>, api: Api) -> WebResult<Json<ChainState>> {
    let caller = api.may(Action::AuditRead)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(audit::service::state(&mut tx).await?))
}

/// Take a copy of the sealed chain: one JSON object a line, for `docs/verify-audit.py`. Rows the caller may not see are there
/// by their digest alone, so that the chain still verifies. That it was taken is noted on the log.
#[utoipa::path(get, path = "/audit/export", tag = "audit",
    responses((status = 200, description = "The chain", body = String, content_type = "application/x-ndjson"), ReadErrors))]
async fn export_audit(State(app): State<App>, api: Api) -> WebResult<Response> {
    let caller = api.may(Action::AuditRead)?;
    export::download(app, caller).await
}

/// What is known of the verification of the log.
#[derive(Debug, Serialize, ToSchema)]
struct VerificationState {
    /// Whether one waits or runs now.
    under_way: bool,
    /// The last one that was done.
    last: Option<KeptVerification>,
}

/// What the last verification found, and whether one is under way.
#[utoipa::path(get, path = "/audit/verification", tag = "audit",
    responses((status = 200, description = "The last verification", body = VerificationState), ReadErrors))]
async fn get_audit_verification(State(app): State<App>, api: Api) -> WebResult<Json<VerificationState>> {
    let caller = api.may(Action::AuditRead)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(VerificationState {
        under_way: audit::job::under_way(&mut tx).await?.is_some(),
        last: audit::service::last_verification(&mut tx).await?,
    }))
}

/// Begin to verify every row, link and signature. One that waits or runs already is enough.
#[utoipa::path(post, path = "/audit/verification", tag = "audit",
    responses((status = 202, description = "It is under way", body = VerificationState), ReadErrors))]
async fn verify_audit(State(app): State<App>, api: Api) -> WebResult<(StatusCode, Json<VerificationState>)> {
    let caller = api.may(Action::AuditRead)?;
    let mut tx = app.store.write(&caller).await?;
    audit::job::enqueue(&mut tx).await?;
    let last = audit::service::last_verification(&mut tx).await?;
    tx.commit().await?;
    let state = VerificationState {
        under_way: true,
        last,
    };
    Ok((StatusCode::ACCEPTED, Json(state)))
}
