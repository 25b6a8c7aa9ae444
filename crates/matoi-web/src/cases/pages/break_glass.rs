//! Entering a restricted case in an emergency: by its number, with a reason, in the sight of those who work on it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::{Action, cases};
use matoi_types::NoticeId;
use serde::Deserialize;

use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/break-glass", get(show).post(enter))
        .route("/glass-notices/{id}/seen", post(seen))
}

/// The emergency as its form sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct BreakGlassForm {
    number: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "cases/break_glass.html")]
struct BreakGlassPage {
    ui: Ui,
    form: BreakGlassForm,
    errors: FieldErrors,
}

async fn show(
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(form): ApiQuery<BreakGlassForm>,
) -> WebResult<Response> {
    caller.require(Action::CaseBreakGlass)?;
    let page = BreakGlassPage {
        ui: ui.at(Place::Centre),
        form,
        errors: FieldErrors::none(),
    };
    page.ui.clone().page(&page)
}

async fn enter(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<BreakGlassForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match cases::access::break_glass(&mut tx, &form.number, &form.reason).await {
        Ok(case) => {
            tx.commit().await?;
            Ok(ui.done(format!("/cases/{}", case.id), "notice-glass-broken"))
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = BreakGlassPage {
                ui: ui.at(Place::Centre),
                form,
                errors: errors.clone(),
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

/// Who answers for the case has read who entered it.
async fn seen(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<NoticeId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    cases::glass::seen(&mut tx, id).await?;
    tx.commit().await?;
    Ok(ui.done("/", "notice-glass-seen"))
}
