//! Lists of alerts and of reports with their filters, which stand in the address; and one's own reports.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_core::desk::model::{ItemFilter, ItemOrder};
use matoi_core::desk::{self, ItemKind};
use matoi_core::identity::accounts;
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, Caller, Error};
use serde::Deserialize;

use crate::App;
use crate::desk::query::ItemQuery;
use crate::desk::views::{ListPage, OwnListPage};
use crate::http::error::WebResult;
use crate::http::extract::{ApiQuery, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/watch", get(show_alerts))
        .route("/reports", get(show_reports))
        .route("/reports/mine", get(show_own))
}

async fn show_alerts(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<ItemQuery>,
) -> WebResult<Response> {
    caller.require(Action::AlertRead)?;
    list(&app, &caller, ui.at(Place::Watch), ItemKind::Alert, query).await
}

async fn show_reports(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<ItemQuery>,
) -> WebResult<Response> {
    caller.require(Action::ReportRead)?;
    list(&app, &caller, ui.at(Place::Now), ItemKind::Report, query).await
}

async fn list(app: &App, caller: &Caller, ui: Ui, kind: ItemKind, query: ItemQuery) -> WebResult<Response> {
    // A filter that cannot be read is said beside it, over the list without filters.
    let (filter, order, errors) = match query.read(caller) {
        Ok((filter, order)) => (filter, order, FieldErrors::none()),
        Err(error) => (
            ItemFilter::default(),
            ItemOrder::default(),
            FieldErrors::from_error(error, ui.lang)?,
        ),
    };
    let filter = ItemFilter {
        kind: Some(kind),
        ..filter
    };
    let mut tx = app.store.read(caller).await?;
    let page = desk::queue::list(&mut tx, &filter, order, &query.page()).await?;
    let count = desk::queue::count(&mut tx, &filter).await?;
    let sources = desk::queue::recent_sources(&mut tx, kind).await?;
    let people = if caller.may(Action::AccountRead) {
        accounts::assignable(&mut tx).await?
    } else {
        Vec::new()
    };
    let page = ListPage {
        ui: ui.clone(),
        kind,
        query,
        errors: errors.clone(),
        items: page.items,
        count,
        next: page.next,
        people,
        sources,
    };
    if errors.any() {
        ui.refused(&page, &errors)
    } else {
        ui.page(&page)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OwnQuery {
    cursor: Option<String>,
}

async fn show_own(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<OwnQuery>,
) -> WebResult<Response> {
    caller.require(Action::ReportReadOwn)?;
    let ui = ui.at(Place::Now);
    let filter = ItemFilter {
        kind: Some(ItemKind::Report),
        reporter: Some(caller.account().ok_or(Error::Unauthenticated)?),
        all: true,
        ..ItemFilter::default()
    };
    let page = PageRequest {
        cursor: query.cursor.filter(|cursor| !cursor.is_empty()),
        limit: None,
    };
    let mut tx = app.store.read(&caller).await?;
    let page = desk::queue::list(&mut tx, &filter, ItemOrder::Newest, &page).await?;
    let page = OwnListPage {
        ui: ui.clone(),
        items: page.items,
        next: page.next,
    };
    ui.page(&page)
}
