//! The timeline of a case. Writing needs no version: nothing is overwritten.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::cases::model::EntryInput;
use matoi_core::cases::{self, Entry, EntryKind};
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, Error, Message};
use matoi_types::{CaseId, EntryId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch};
use crate::http::idempotency::{Create, Made};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, write))
        .routes(routes!(get, edit, remove))
        .routes(routes!(pin))
}

/// Which entries are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct EntryQuery {
    /// Kinds, like `note,decision`; all when not given.
    kind: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The timeline of a case, newest first.
#[utoipa::path(get, path = "/cases/{id}/entries", tag = "timeline", params(("id" = CaseId, Path, description = "The case"), EntryQuery),
    responses((status = 200, description = "One page of entries", body = List<Entry>), ReadErrors))]
async fn list(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
    ApiQuery(query): ApiQuery<EntryQuery>,
) -> WebResult<Json<List<Entry>>> {
    let kinds = query
        .kind
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .filter(|kind| !kind.is_empty())
        .map(|kind| kind.parse::<EntryKind>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| {
            let allowed = EntryKind::ALL
                .iter()
                .map(|kind| kind.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            Error::field("/kind", Message::new("error-one-of").with("allowed", allowed))
        })?;
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(
        cases::timeline::list(&mut tx, id, &kinds, &page).await?.into(),
    ))
}

/// Write something down in a case.
#[utoipa::path(post, path = "/cases/{id}/entries", tag = "timeline", request_body = EntryInput,
    params(("id" = CaseId, Path, description = "The case"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses((status = 201, description = "The entry", body = Entry), CreateErrors))]
async fn write(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    body: Create<EntryInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    body.run(&app, &caller, async |tx, input| {
        let entry = cases::timeline::write(tx, id, input).await?;
        let location = format!("/api/v1/cases/{id}/entries/{}", entry.id);
        Ok(Made {
            location,
            version: Some(entry.version),
            body: entry,
            existed: false,
        })
    })
    .await
}

/// One entry.
#[utoipa::path(get, path = "/cases/{id}/entries/{entry}", tag = "timeline",
    params(("id" = CaseId, Path, description = "The case"), ("entry" = EntryId, Path, description = "The entry")),
    responses((status = 200, description = "The entry", body = Entry, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let entry = cases::timeline::get(&mut tx, id, entry).await?;
    Ok(versioned(entry.version, entry))
}

/// Change what one wrote oneself.
#[utoipa::path(put, path = "/cases/{id}/entries/{entry}", tag = "timeline", request_body = EntryInput,
    params(("id" = CaseId, Path, description = "The case"), ("entry" = EntryId, Path, description = "The entry"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The entry as it is now", body = Entry), ChangeErrors))]
async fn edit(
    State(app): State<App>,
    api: Api,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<EntryInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let entry = cases::timeline::edit(&mut tx, id, entry, version, input).await?;
    tx.commit().await?;
    Ok(versioned(entry.version, entry))
}

/// Take back what one wrote oneself. The text leaves the timeline; the audit log keeps it.
#[utoipa::path(delete, path = "/cases/{id}/entries/{entry}", tag = "timeline",
    params(("id" = CaseId, Path, description = "The case"), ("entry" = EntryId, Path, description = "The entry"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 204, description = "Taken back"), ChangeErrors))]
async fn remove(
    State(app): State<App>,
    api: Api,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
    IfMatch(version): IfMatch,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    cases::timeline::delete(&mut tx, id, entry, version).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether an entry stands at the head.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pin {
    /// At the head, or in its place.
    pinned: bool,
}

/// Put an entry at the head of the timeline, or take it down.
#[utoipa::path(post, path = "/cases/{id}/entries/{entry}/pin", tag = "timeline", request_body = Pin,
    params(("id" = CaseId, Path, description = "The case"), ("entry" = EntryId, Path, description = "The entry")),
    responses((status = 200, description = "The entry as it is now", body = Entry), CreateErrors))]
async fn pin(
    State(app): State<App>,
    api: Api,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
    ApiJson(input): ApiJson<Pin>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let entry = cases::timeline::pin(&mut tx, id, entry, input.pinned).await?;
    tx.commit().await?;
    Ok(versioned(entry.version, entry))
}
