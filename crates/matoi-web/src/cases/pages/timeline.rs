//! Entries of the timeline: written, corrected by their author, pinned, taken back.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::cases::model::EntryInput;
use matoi_core::cases::{Entry, EntryKind, service, timeline};
use matoi_core::kernel::check::Fields;
use matoi_core::{Action, Caller, Error};
use matoi_types::{CaseId, EntryId};
use serde::Deserialize;

use super::show::newest;
use super::{back, is_stale, kept_time, or_field_errors, time};
use crate::App;
use crate::cases::small_form::{Control, FormPage, SmallForm};
use crate::cases::views::EntryEditPage;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/entries", post(write))
        .route("/cases/{id}/entries/{entry}", get(edit).post(save))
        .route("/cases/{id}/entries/{entry}/pin", post(pin))
        .route("/cases/{id}/entries/{entry}/take-back", post(take_back))
}

/// What is typed into the timeline.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct EntryForm {
    kind: String,
    body: String,
    at: String,
    pinned: bool,
    version: i64,
}

async fn write(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    headers: HeaderMap,
    PageForm(form): PageForm<EntryForm>,
) -> WebResult<Response> {
    let is_fragment = headers.contains_key("hx-request");
    match write_down(&app, &caller, &ui, id, &form).await {
        Ok(_) if is_fragment => {
            let mut tx = app.store.read(&caller).await?;
            let fragment = newest(&mut tx, ui.clone(), id).await?;
            ui.page(&fragment)
        }
        Ok(entry) => Ok(ui.done(format!("/cases/{id}#e-{}", entry.id), "notice-entry-written")),
        // A fragment shows its refusal as a notice; the text stays in the form.
        Err(error) if is_fragment => Err(error.into()),
        Err(error) => {
            let errors = or_field_errors(error.into(), &ui)?;
            let mut tx = app.store.read(&caller).await?;
            let case = service::get(&mut tx, id).await?;
            let above = (format!("/cases/{id}"), format!("{} {}", case.number, case.title));
            let page = FormPage {
                title: ui.t("entry-write"),
                above,
                form: write_again(&ui, id, &form).with_errors(errors),
                ui: ui.at(Place::Cases),
            };
            page.ui.refused(&page, page.errors())
        }
    }
}

fn write_again(ui: &Ui, id: CaseId, form: &EntryForm) -> SmallForm {
    let kinds = EntryKind::ALL
        .iter()
        .filter(|kind| kind.is_written())
        .map(|kind| (kind.to_string(), ui.named("entry-", kind)));
    SmallForm::new(ui, &format!("/cases/{id}/entries"), "entry-add")
        .field("body", "entry-write", &form.body, Control::Text { rows: 8 })
        .required()
        .field("kind", "entry-kind", &form.kind, Control::Choice(kinds.collect()))
        .field("at", "entry-at", &form.at, Control::Time)
}

async fn write_down(
    app: &App,
    caller: &Caller,
    ui: &Ui,
    id: CaseId,
    form: &EntryForm,
) -> Result<Entry, Error> {
    let mut fields = Fields::new();
    let input = EntryInput {
        kind: fields
            .parsed("/kind", &form.kind, "error-choose")
            .unwrap_or(EntryKind::Note),
        body: form.body.clone(),
        at: time(&mut fields, ui, "/at", &form.at),
        pinned: form.pinned,
    };
    fields.done()?;
    let mut tx = app.store.write(caller).await?;
    let entry = timeline::write(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(entry)
}

async fn edit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
) -> WebResult<Response> {
    caller.require(Action::CaseUpdate)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let entry = timeline::get(&mut tx, id, entry).await?;
    let ui = ui.at(Place::Cases);
    let template = EntryEditPage {
        body: entry.body.clone(),
        at: ui.input_time(&entry.at),
        ui: ui.clone(),
        case,
        entry,
        errors: FieldErrors::none(),
        theirs: None,
    };
    ui.page(&template)
}

async fn save(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, entry_id)): ApiPath<(CaseId, EntryId)>,
    PageForm(form): PageForm<EntryForm>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Cases);
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let entry = timeline::get(&mut tx, id, entry_id).await?;
    drop(tx);
    let Err(error) = correct(&app, &caller, &ui, &entry, id, &form).await else {
        return Ok(ui.done(format!("/cases/{id}#e-{entry_id}"), "notice-entry-saved"));
    };
    let theirs = is_stale(&error).then(|| entry.body.clone());
    let errors = if theirs.is_some() {
        FieldErrors::none()
    } else {
        or_field_errors(error.into(), &ui)?
    };
    let conflict = theirs.is_some();
    let template = EntryEditPage {
        ui: ui.clone(),
        case,
        entry,
        body: form.body,
        at: form.at,
        errors: errors.clone(),
        theirs,
    };
    if conflict {
        let mut response = ui.page(&template)?;
        *response.status_mut() = StatusCode::CONFLICT;
        return Ok(response);
    }
    ui.refused(&template, &errors)
}

async fn correct(
    app: &App,
    caller: &Caller,
    ui: &Ui,
    before: &Entry,
    id: CaseId,
    form: &EntryForm,
) -> Result<(), Error> {
    let mut fields = Fields::new();
    let at = kept_time(&mut fields, ui, "/at", &form.at, Some(before.at));
    fields.done()?;
    let input = EntryInput {
        kind: before.kind,
        body: form.body.clone(),
        at,
        pinned: form.pinned,
    };
    let mut tx = app.store.write(caller).await?;
    timeline::edit(&mut tx, id, before.id, form.version, input).await?;
    tx.commit().await
}

#[derive(Debug, Deserialize)]
struct PinForm {
    pinned: bool,
}

async fn pin(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
    PageForm(form): PageForm<PinForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    timeline::pin(&mut tx, id, entry, form.pinned).await?;
    tx.commit().await?;
    Ok(ui.done(
        format!("/cases/{id}#h-time"),
        if form.pinned {
            "notice-entry-pinned"
        } else {
            "notice-entry-unpinned"
        },
    ))
}

#[derive(Debug, Deserialize)]
struct VersionForm {
    version: i64,
}

async fn take_back(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, entry)): ApiPath<(CaseId, EntryId)>,
    PageForm(form): PageForm<VersionForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    timeline::delete(&mut tx, id, entry, form.version).await?;
    tx.commit().await?;
    Ok(back(&ui, id, "notice-entry-taken-back"))
}
