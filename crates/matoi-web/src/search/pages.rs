//! The search page, and what is shown while somebody types in the command palette.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use matoi_core::Action;
use matoi_core::search::{self, SearchFilter};
use serde::Deserialize;

use super::query::SearchQuery;
use super::views::{SearchPage, Suggestions, place_path};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiQuery, SignedIn};
use crate::ui::{FieldErrors, Place};

/// Results of a page: their texts are read to be shown, and nobody reads fifty at once.
const ROWS: u32 = 25;
const SUGGESTIONS: u32 = 6;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/search", get(show))
        .route("/search/suggest", get(suggest))
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> WebResult<Response> {
    caller.require(Action::SearchUse)?;
    let ui = ui.at(Place::Elsewhere);
    let mut tx = app.store.read(&caller).await?;
    if query.is_bare()
        && let Some(place) = search::service::jump(&mut tx, &query.q).await?
    {
        return Ok(Redirect::to(&ui.to(place_path(&place))).into_response());
    }
    // A filter that cannot be read is said beside it, over the results without filters.
    let (filter, errors) = match query.filter(&caller) {
        Ok(filter) => (filter, FieldErrors::none()),
        Err(error) => (SearchFilter::default(), FieldErrors::from_error(error, ui.lang)?),
    };
    if let Some(within) = &filter.within {
        search::service::require_within(&mut tx, within).await?;
    }
    let mut request = query.page();
    request.limit = request.limit.or(Some(ROWS));
    let found = search::service::search(&mut tx, &query.q, &filter, &request).await?;
    let page = SearchPage {
        ui: ui.clone(),
        query,
        kinds: filter.kinds,
        errors: errors.clone(),
        found,
    };
    if errors.any() {
        ui.refused(&page, &errors)
    } else {
        ui.page(&page)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    q: String,
}

async fn suggest(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(typed): ApiQuery<Typed>,
) -> WebResult<Response> {
    caller.require(Action::SearchUse)?;
    let mut tx = app.store.read(&caller).await?;
    let found = search::service::suggest(&mut tx, &typed.q, SUGGESTIONS).await?;
    ui.page(&Suggestions {
        ui: ui.clone(),
        found,
    })
}
