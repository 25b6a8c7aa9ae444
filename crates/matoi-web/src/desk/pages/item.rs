//! What is done with a report or an alert from its page. Both have the same actions; where it leads back is the page of the
//! item, with what was typed when it was refused.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use matoi_core::audit::{self, AuditEntry};
use matoi_core::clocks::{self, ClockOwner};
use matoi_core::desk::{self, DeskItem, ItemKind, reports};
use matoi_core::identity::accounts;
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::{Action, Caller, Error, Message, Tx, files, observables};
use matoi_types::{AccountId, ItemId, MailId, Severity};
use serde::Deserialize;

use super::{alert, at_files, report};
use crate::App;
use crate::desk::views::{ClockView, Common, ConflictPage, FileView, triage_records};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::http::upload::{self, FormUpload};
use crate::ui::{FieldErrors, Place, Ui};

/// The routes of what both kinds have, below the path of each.
pub(super) fn routes(kind: ItemKind) -> Router<App> {
    let path = |name: &str| format!("/{}s/{{id}}/{name}", kind.as_str());
    Router::new()
        .route(&path("acknowledge"), post(acknowledge))
        .route(&path("assign"), post(assign))
        .route(&path("edit"), post(edit))
        .route(&path("merge"), post(merge))
        .route(&path("close"), post(close))
        .route(&path("reopen"), post(reopen))
        .route(&path("attach"), post(attach))
}

/// What is typed into the small forms of the page. Each form fills in its own fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::desk) struct ItemForm {
    pub(in crate::desk) version: i64,
    pub(in crate::desk) nonce: String,
    pub(in crate::desk) title: String,
    pub(in crate::desk) severity: String,
    pub(in crate::desk) assignee_id: String,
    pub(in crate::desk) into: String,
    pub(in crate::desk) reason: String,
    pub(in crate::desk) body: String,
    pub(in crate::desk) channel: String,
    pub(in crate::desk) kind: String,
    pub(in crate::desk) verdict: String,
}

/// What a page of an item is shown with, when a form of it was refused.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// Which form.
    pub(super) failed: &'static str,
    pub(super) form: ItemForm,
    pub(super) errors: FieldErrors,
    pub(super) status: StatusCode,
    /// A new follow-up code, shown this once.
    pub(super) new_code: Option<String>,
    /// The passwords that a mail tells, shown this once.
    pub(super) passwords: Option<(MailId, Vec<String>)>,
}

/// The page of an item, whichever kind it is.
pub(super) async fn page_of(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: ItemId,
    refused: Refused,
) -> WebResult<Response> {
    let mut tx = app.store.read(caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    let status = refused.status;
    let mut response = match item.kind {
        ItemKind::Report => report::page(app, tx, ui.at(Place::Now), item, refused).await?,
        ItemKind::Alert => alert::page(tx, ui.at(Place::Watch), item, refused).await?,
    };
    if status != StatusCode::OK {
        *response.status_mut() = status;
    }
    Ok(response)
}

/// Ends an action: back to the page with a notice, or the page again with what was typed and why it was refused.
pub(super) async fn finish(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: ItemId,
    (failed, form): (&'static str, ItemForm),
    outcome: Result<DeskItem, Error>,
    notice: &'static str,
) -> WebResult<Response> {
    match outcome {
        Ok(item) => Ok(ui.done(format!("/{}s/{}", item.kind.as_str(), item.id), notice)),
        Err(error) => {
            let (error, status) = softened(error);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let refused = Refused {
                failed,
                form,
                status: status.unwrap_or(errors.status()),
                errors,
                ..Refused::default()
            };
            page_of(app, caller, ui, id, refused).await
        }
    }
}

/// An old version is something to say on the page: what is there now stands beside it.
fn softened(error: Error) -> (Error, Option<StatusCode>) {
    match error {
        Error::Stale { .. } => (
            Error::rule("error-desk-stale"),
            Some(StatusCode::PRECONDITION_FAILED),
        ),
        Error::TooLarge { limit } => (
            at_files(Error::TooLarge { limit }),
            Some(StatusCode::PAYLOAD_TOO_LARGE),
        ),
        other => (other, None),
    }
}

/// Reads what the pages of both kinds show.
pub(super) async fn common(tx: &mut Tx, ui: Ui, item: DeskItem, refused: Refused) -> Result<Common, Error> {
    let id = item.id;
    let clocks = clocks::service::of(tx, ClockOwner::Item(id)).await?;
    let mut running: Vec<_> = clocks
        .into_iter()
        .filter(matoi_core::clocks::Clock::is_running)
        .collect();
    running.sort_by_key(|clock| clock.due_at);
    let views = running
        .into_iter()
        .map(|clock| {
            let name = ui.named("desk-clock-", &clock.kind);
            let whose = item.assignee.clone().unwrap_or_else(|| ui.t("nobody"));
            ClockView::new(ui.now, clock, name, String::new(), whose)
        })
        .collect();
    let attachments = files::service::of_item(tx, id).await?;
    let people = if ui.may(Action::AccountRead) {
        accounts::assignable(tx).await?
    } else {
        Vec::new()
    };
    let merged_into = match item.merged_into {
        Some(into) => desk::queue::get(tx, into).await.ok(),
        None => None,
    };
    Ok(Common {
        clocks: views,
        observables: observables::service::of_item(tx, id).await?,
        files: attachments
            .into_iter()
            .map(|file| FileView::new(&ui, file))
            .collect(),
        people,
        triage: triage_records(tx, &ui, Some(id), None).await?,
        history: history(tx, &ui, &item).await?,
        merged_into,
        form: refused.form,
        failed: refused.failed,
        errors: refused.errors,
        ui,
        item,
    })
}

async fn history(tx: &mut Tx, ui: &Ui, item: &DeskItem) -> Result<Vec<AuditEntry>, Error> {
    if !ui.may(Action::AuditRead) {
        return Ok(Vec::new());
    }
    let filter = audit::AuditFilter {
        entity_kind: Some(item.kind.as_str().to_owned()),
        entity_id: Some(item.id.to_string()),
        ..audit::AuditFilter::default()
    };
    let page = PageRequest {
        cursor: None,
        limit: Some(15),
    };
    Ok(audit::service::list(tx, &filter, &page).await?.items)
}

async fn acknowledge(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        let item = reports::acknowledge(&mut tx, id, form.version).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("acknowledge", form),
        outcome,
        "notice-desk-acknowledged",
    )
    .await
}

async fn assign(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let assignee: Option<AccountId> = match form.assignee_id.trim() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| Error::field("/assignee_id", Message::new("error-unknown-account")))?,
            ),
        };
        let mut tx = app.store.write(&caller).await?;
        let item = reports::assign(&mut tx, id, form.version, assignee).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("assign", form),
        outcome,
        "notice-desk-assigned",
    )
    .await
}

async fn edit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut fields = Fields::new();
        let severity: Option<Severity> = fields.parsed("/severity", &form.severity, "error-choose");
        fields.done()?;
        let mut tx = app.store.write(&caller).await?;
        let severity = severity.unwrap_or(Severity::Medium);
        let item = reports::update(&mut tx, id, form.version, &form.title, severity).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    if matches!(outcome, Err(Error::Stale { .. })) {
        return conflict(&app, &caller, ui, id, form).await;
    }
    finish(&app, &caller, ui, id, ("edit", form), outcome, "notice-saved").await
}

/// Both texts, to choose from: nobody's is lost.
async fn conflict(app: &App, caller: &Caller, ui: Ui, id: ItemId, form: ItemForm) -> WebResult<Response> {
    let mut tx = app.store.read(caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    let page = ConflictPage {
        ui: ui.clone(),
        item,
        form,
    };
    let mut response = ui.page(&page)?;
    *response.status_mut() = StatusCode::PRECONDITION_FAILED;
    Ok(response)
}

async fn merge(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        let into = by_number(&mut tx, "/into", &form.into).await?;
        let item = reports::merge(&mut tx, id, form.version, into.id).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("merge", form),
        outcome,
        "notice-desk-merged",
    )
    .await
}

/// An item by the number somebody typed.
pub(super) async fn by_number(tx: &mut Tx, pointer: &str, typed: &str) -> Result<DeskItem, Error> {
    if typed.trim().is_empty() {
        return Err(Error::field(pointer, Message::new("error-required")));
    }
    desk::queue::by_number(tx, typed)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => Error::field(pointer, Message::new("error-unknown-item")),
            other => other,
        })
}

async fn close(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        let item = reports::close(&mut tx, id, form.version).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("close", form),
        outcome,
        "notice-desk-closed",
    )
    .await
}

async fn reopen(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        let item = reports::reopen(&mut tx, id, form.version, &form.reason).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("reopen", form),
        outcome,
        "notice-desk-reopened",
    )
    .await
}

async fn attach(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    upload: FormUpload<ItemForm>,
) -> WebResult<Response> {
    let FormUpload {
        form,
        files: new,
        refused,
    } = upload;
    let outcome = async {
        if let Some(error) = refused {
            return Err(error);
        }
        if new.is_empty() {
            return Err(Error::field("/file", Message::new("error-required")));
        }
        let mut tx = app.store.write(&caller).await?;
        for file in &new {
            files::service::add_to_item(&mut tx, id, file.clone()).await?;
        }
        let item = desk::queue::get(&mut tx, id).await?;
        tx.commit().await?;
        Ok(item)
    }
    .await;
    if outcome.is_err() {
        upload::discard(&app, &new).await;
    }
    finish(
        &app,
        &caller,
        ui,
        id,
        ("attach", form),
        outcome,
        "notice-desk-attached",
    )
    .await
}
