//! The page of an alert, and of a trace with the places it was seen at.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::desk::{DeskItem, ItemKind, Verdict, alerts};
use matoi_core::kernel::check::Fields;
use matoi_core::{Action, Error, Tx, observables};
use matoi_types::{ItemId, ObservableId};

use super::item::{self, ItemForm, Refused, finish, page_of};
use crate::App;
use crate::desk::views::{AlertPage, ObservablePage};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{Place, Ui};

pub(super) fn routes() -> Router<App> {
    item::routes(ItemKind::Alert)
        .route("/alerts/{id}", get(show))
        .route("/alerts/{id}/verdict", post(give_verdict))
        .route("/observables/{id}", get(show_observable))
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Response> {
    caller.require(Action::AlertRead)?;
    page_of(&app, &caller, ui, id, Refused::default()).await
}

/// The page.
pub(super) async fn page(mut tx: Tx, ui: Ui, item: DeskItem, refused: Refused) -> WebResult<Response> {
    let (_, detail) = alerts::get(&mut tx, item.id).await?;
    let raw = serde_json::to_string_pretty(&detail.raw).map_err(Error::from)?;
    let page = AlertPage {
        ui: ui.clone(),
        c: item::common(&mut tx, ui.clone(), item, refused).await?,
        detail,
        raw,
    };
    ui.page(&page)
}

async fn give_verdict(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut fields = Fields::new();
        let verdict: Option<Verdict> = fields.parsed("/verdict", &form.verdict, "error-choose");
        fields.done()?;
        let mut tx = app.store.write(&caller).await?;
        let verdict = verdict.unwrap_or(Verdict::Undetermined);
        let item = alerts::give_verdict(&mut tx, id, form.version, verdict, &form.reason).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("verdict", form),
        outcome,
        "notice-desk-verdict",
    )
    .await
}

async fn show_observable(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ObservableId>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Watch);
    let mut tx = app.store.read(&caller).await?;
    let (observable, places) = observables::service::sightings(&mut tx, id).await?;
    let page = ObservablePage {
        ui: ui.clone(),
        observable,
        places,
    };
    ui.page(&page)
}
