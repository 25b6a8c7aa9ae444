//! Cases that belong together: links, merging and its undoing.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::cases::{links, service};
use matoi_core::kernel::check::Fields;
use matoi_core::{Action, Caller, Error, Message, Tx};
use matoi_types::CaseId;
use serde::Deserialize;

use super::{back, or_field_errors};
use crate::App;
use crate::cases::views::LinksPage;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/links", get(show).post(link))
        .route("/cases/{id}/links/{other}/remove", post(unlink))
        .route("/cases/{id}/merge", post(merge))
        .route("/cases/{id}/unmerge", post(unmerge))
}

/// What is typed to link or merge a case with another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct LinkForm {
    number: String,
    relation: String,
    note: String,
    reason: String,
    version: i64,
}

/// Which of the page's forms was refused.
enum Refused {
    Link,
    Merge,
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Response> {
    caller.require(Action::CaseUpdate)?;
    let none = FieldErrors::none();
    let template = page(&app, &caller, ui, id, LinkForm::default(), none.clone(), none).await?;
    template.ui.page(&template)
}

async fn page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: CaseId,
    form: LinkForm,
    errors: FieldErrors,
    merge_errors: FieldErrors,
) -> Result<LinksPage, Error> {
    let mut tx = app.store.read(caller).await?;
    let case = service::get(&mut tx, id).await?;
    let links = links::list(&mut tx, id).await?;
    let merged = links::merged_here(&mut tx, id).await?;
    Ok(LinksPage {
        ui: ui.at(Place::Cases),
        case,
        links,
        merged,
        number: form.number,
        note: form.note,
        reason: form.reason,
        errors,
        merge_errors,
    })
}

async fn refuse(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: CaseId,
    form: LinkForm,
    which: Refused,
    error: Error,
) -> WebResult<Response> {
    let errors = or_field_errors(error.into(), &ui)?;
    let (link, merge) = match which {
        Refused::Link => (errors.clone(), FieldErrors::none()),
        Refused::Merge => (FieldErrors::none(), errors.clone()),
    };
    let template = page(app, caller, ui, id, form, link, merge).await?;
    template.ui.refused(&template, &errors)
}

/// The case with this number. One that may not be seen is one that is not there.
async fn by_number(tx: &mut Tx, number: &str, pointer: &str) -> Result<CaseId, Error> {
    let found = service::by_number(tx, number.trim()).await;
    found.map(|case| case.id).map_err(|error| match error {
        Error::NotFound(_) => Error::field(pointer, Message::new("error-unknown-case")),
        other => other,
    })
}

async fn link(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<LinkForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut fields = Fields::new();
        let relation = fields.parsed("/relation", &form.relation, "error-choose");
        fields.done()?;
        let Some(relation) = relation else {
            return Err(Error::NotFound("page"));
        };
        let mut tx = app.store.write(&caller).await?;
        let other = by_number(&mut tx, &form.number, "/case_id").await?;
        links::link(&mut tx, id, other, relation, &form.note).await?;
        tx.commit().await
    }
    .await;
    match outcome {
        Ok(()) => Ok(ui.done(format!("/cases/{id}/links"), "notice-link")),
        Err(error) => refuse(&app, &caller, ui, id, form, Refused::Link, error).await,
    }
}

async fn unlink(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, other)): ApiPath<(CaseId, CaseId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    links::unlink(&mut tx, id, other).await?;
    tx.commit().await?;
    Ok(ui.done(format!("/cases/{id}/links"), "notice-link-removed"))
}

async fn merge(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<LinkForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        let into = by_number(&mut tx, &form.number, "/into").await?;
        let case = links::merge(&mut tx, id, form.version, into, &form.reason).await?;
        tx.commit().await?;
        Ok(case.id)
    }
    .await;
    match outcome {
        Ok(into) => Ok(back(&ui, into, "notice-merged")),
        Err(error) => refuse(&app, &caller, ui, id, form, Refused::Merge, error).await,
    }
}

async fn unmerge(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<LinkForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        links::undo_merge(&mut tx, id, form.version, &form.reason).await?;
        tx.commit().await
    }
    .await;
    match outcome {
        Ok(()) => Ok(back(&ui, id, "notice-unmerged")),
        Err(error) => refuse(&app, &caller, ui, id, form, Refused::Merge, error).await,
    }
}
