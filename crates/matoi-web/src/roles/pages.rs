//! Pages: the matrix of roles and actions, one role.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_core::Action;
use matoi_core::identity::roles;
use serde::Deserialize;

use super::views::{EditPage, ListPage, RoleForm, groups};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/roles", get(show_list).post(create))
        .route("/roles/new", get(show_new))
        .route("/roles/{id}", get(show).post(update))
}

async fn show_list(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let roles = roles::list(&mut tx).await?;
    let ui = ui.at(Place::Centre);
    ui.clone().page(&ListPage {
        ui,
        roles,
        groups: groups(),
    })
}

/// Which role a new one begins as.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewQuery {
    from: String,
}

async fn show_new(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<NewQuery>,
) -> WebResult<Response> {
    caller.require(Action::RoleManage)?;
    let form = if query.from.is_empty() {
        RoleForm::default()
    } else {
        let mut tx = app.store.read(&caller).await?;
        // A copy has no name yet: two roles of one name could not be told apart.
        RoleForm {
            id: String::new(),
            name_ja: String::new(),
            name_en: String::new(),
            ..RoleForm::of(&roles::get(&mut tx, &query.from).await?)
        }
    };
    let ui = ui.at(Place::Centre);
    ui.clone().page(&EditPage {
        ui,
        role: None,
        form,
        errors: FieldErrors::none(),
        groups: groups(),
    })
}

async fn create(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<RoleForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match roles::create(&mut tx, form.input()).await {
        Ok(role) => {
            tx.commit().await?;
            Ok(ui.done(format!("/roles/{}", role.id), "notice-role-created"))
        }
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = EditPage {
                ui: ui.at(Place::Centre),
                role: None,
                form,
                errors: errors.clone(),
                groups: groups(),
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<String>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let role = roles::get(&mut tx, &id).await?;
    let ui = ui.at(Place::Centre);
    ui.clone().page(&EditPage {
        ui,
        form: RoleForm::of(&role),
        role: Some(role),
        errors: FieldErrors::none(),
        groups: groups(),
    })
}

async fn update(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<String>,
    PageForm(form): PageForm<RoleForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match roles::update(&mut tx, &id, form.version, form.input()).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done(format!("/roles/{id}"), "notice-saved"))
        }
        Err(error) => {
            drop(tx);
            let (errors, current) = FieldErrors::or_stale(error, ui.lang)?;
            let mut tx = app.store.read(&caller).await?;
            let role = roles::get(&mut tx, &id).await?;
            let page = EditPage {
                ui: ui.at(Place::Centre),
                form: RoleForm {
                    version: current.unwrap_or(form.version),
                    id,
                    ..form
                },
                role: Some(role),
                errors: errors.clone(),
                groups: groups(),
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}
