//! The page of numbers and its files.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_core::Action;

use super::api;
use super::query::MetricsQuery;
use super::views::NumbersPage;
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, SignedIn};
use crate::ui::{FieldErrors, Place};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/numbers", get(show))
        .route("/numbers/workbook", get(workbook))
        .route("/numbers/tables/{table}", get(table))
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<MetricsQuery>,
) -> WebResult<Response> {
    caller.require(Action::MetricsRead)?;
    let ui = ui.at(Place::Centre);
    match api::counted(&app, &caller, &query).await {
        Ok((figures, names)) => {
            let page = NumbersPage {
                ui,
                query,
                figures,
                names,
                errors: FieldErrors::none(),
            };
            page.ui.page(&page)
        }
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            // What cannot be counted as asked is shown as it is counted without being asked, with what was wrong.
            let (figures, names) = api::counted(&app, &caller, &MetricsQuery::default()).await?;
            let page = NumbersPage {
                ui,
                query,
                figures,
                names,
                errors,
            };
            page.ui.refused(&page, &page.errors)
        }
    }
}

async fn workbook(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiQuery(query): ApiQuery<MetricsQuery>,
) -> WebResult<Response> {
    caller.require(Action::MetricsRead)?;
    api::book(&app, &caller, &query).await
}

async fn table(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiPath(table): ApiPath<String>,
    ApiQuery(query): ApiQuery<MetricsQuery>,
) -> WebResult<Response> {
    caller.require(Action::MetricsRead)?;
    api::file(&app, &caller, &table, &query).await
}
