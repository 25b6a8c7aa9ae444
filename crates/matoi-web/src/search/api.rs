//! `/api/v1/search`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use matoi_core::Action;
use matoi_core::search::{self, Counts, Found, Place};
use matoi_types::JobId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::query::SearchQuery;
use crate::App;
use crate::http::answer::{CreateErrors, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiQuery};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find))
        .routes(routes!(rebuild))
}

/// One page of what was found.
#[derive(Debug, Serialize, ToSchema)]
struct Findings {
    /// The results, newest first. A page may be short although there is a next one.
    items: Vec<Found>,
    /// Give this as `cursor` for the next page; null at the end.
    next: Option<String>,
    /// How many there are, by kind; null on later pages.
    counts: Option<Counts>,
    /// The case, report or alert whose number or identifier the words are; null on later pages.
    named: Option<Place>,
    /// Whether the index is complete, and not just being made anew.
    complete: bool,
}

/// Search everything the caller may see, newest first.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery),
    responses((status = 200, description = "One page of results", body = Findings), ReadErrors))]
async fn find(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> WebResult<Json<Findings>> {
    let caller = api.may(Action::SearchUse)?;
    let filter = query.filter(&caller)?;
    let mut tx = app.store.read(&caller).await?;
    if let Some(within) = &filter.within {
        search::service::require_within(&mut tx, within).await?;
    }
    let named = if query.cursor.is_none() {
        search::service::jump(&mut tx, &query.q).await?
    } else {
        None
    };
    let page = search::service::search(&mut tx, &query.q, &filter, &query.page()).await?;
    Ok(Json(Findings {
        items: page.items,
        next: page.next,
        counts: page.counts,
        named,
        complete: page.complete,
    }))
}

/// How the index is to be made anew.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RebuildInput {
    /// Empty the index first; otherwise what is right in it stays as it is.
    #[serde(default)]
    from_nothing: bool,
}

/// The job that makes the index anew.
#[derive(Debug, Serialize, ToSchema)]
struct RebuildBegun {
    /// The job; null when such a job is waiting already.
    job_id: Option<JobId>,
}

/// Have the index made anew, in the background. Searching goes on meanwhile.
#[utoipa::path(post, path = "/search/rebuild", tag = "search", request_body = RebuildInput,
    responses((status = 202, description = "The job was accepted", body = RebuildBegun), CreateErrors))]
async fn rebuild(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<RebuildInput>,
) -> WebResult<(StatusCode, Json<RebuildBegun>)> {
    let caller = api.may(Action::SystemOperate)?;
    let mut tx = app.store.write(&caller).await?;
    let job_id = search::service::request_rebuild(&mut tx, input.from_nothing).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(RebuildBegun { job_id })))
}
