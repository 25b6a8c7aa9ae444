//! Pages: the settings of the organisation, the tree of units.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::organisation::service;
use matoi_core::{Action, Caller};
use matoi_types::UnitId;

use super::views::{SettingsForm, SettingsPage, UnitForm, UnitsPage};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organisation", get(show_settings).post(update_settings))
        .route("/units", get(show_units).post(create_unit))
        .route("/units/{id}", post(rename_unit))
}

async fn show_settings(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    caller.require(Action::OrganisationRead)?;
    let mut tx = app.store.read(&caller).await?;
    let organisation = service::require(&mut tx).await?;
    let ui = ui.at(Place::Centre);
    ui.clone().page(&SettingsPage {
        ui,
        form: SettingsForm::of(organisation),
        errors: FieldErrors::none(),
    })
}

async fn update_settings(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<SettingsForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match service::update(&mut tx, form.version, form.input()).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done("/organisation", "notice-saved"))
        }
        Err(error) => {
            let (errors, current) = FieldErrors::or_stale(error, ui.lang)?;
            let page = SettingsPage {
                form: SettingsForm {
                    version: current.unwrap_or(form.version),
                    ..form
                },
                errors: errors.clone(),
                ui: ui.at(Place::Centre),
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

async fn units_page(app: &App, ui: Ui, caller: &Caller) -> WebResult<UnitsPage> {
    let mut tx = app.store.read(caller).await?;
    Ok(UnitsPage {
        units: service::units(&mut tx).await?,
        form: UnitForm::default(),
        errors: FieldErrors::none(),
        refused: FieldErrors::none(),
        ui: ui.at(Place::Centre),
    })
}

async fn show_units(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let page = units_page(&app, ui, &caller).await?;
    page.ui.clone().page(&page)
}

async fn create_unit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<UnitForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match service::create_unit(&mut tx, form.input()).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done("/units", "notice-unit-created"))
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = UnitsPage {
                form,
                errors: errors.clone(),
                ..units_page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

async fn rename_unit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<UnitId>,
    PageForm(form): PageForm<UnitForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match service::rename_unit(&mut tx, id, form.version, form.name()).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done("/units", "notice-saved"))
        }
        Err(error) => {
            drop(tx);
            let (errors, _) = FieldErrors::or_stale(error, ui.lang)?;
            let page = UnitsPage {
                refused: errors.clone(),
                ..units_page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}
