//! What hangs on a report or an alert: messages, files, observables.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::desk::messages::{self, Reporter};
use matoi_core::desk::model::{Message as DeskMessage, MessageChannel};
use matoi_core::desk::{DeskItem, ItemKind};
use matoi_core::files::{self, Attachment};
use matoi_core::observables::{self, Sighting};
use matoi_core::{Action, Caller, Error, Message};
use matoi_types::ItemId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::of_kind;
use crate::App;
use crate::http::answer::{CreateErrors, List, ReadErrors, created};
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{Api, ApiJson, ApiPath};
use crate::http::upload::{self, Upload};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_messages, answer_reporter))
        .routes(routes!(write_as_reporter))
        .routes(routes!(list_report_files, attach_to_report))
        .routes(routes!(list_alert_files, attach_to_alert))
        .routes(routes!(list_report_observables))
        .routes(routes!(list_alert_observables))
}

/// What was said between the desk and the reporter, oldest first. The reporter is not told who of the desk wrote.
#[utoipa::path(get, path = "/reports/{id}/messages", tag = "reports", params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "Messages", body = List<DeskMessage>), ReadErrors))]
async fn list_messages(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<DeskMessage>>> {
    let mut tx = app.store.read(&caller).await?;
    of_kind(&mut tx, id, ItemKind::Report).await?;
    let items = messages::list(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// What the reporter is told, or was told elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// The text, at most 20,000 characters.
    body: String,
    /// By which way: `web` puts it on the follow-up page, the others record what was said elsewhere.
    #[serde(default = "by_web")]
    channel: MessageChannel,
    /// Whether it is the answer every report gets; false for word that it is being worked on.
    #[serde(default)]
    is_answer: bool,
}

const fn by_web() -> MessageChannel {
    MessageChannel::Web
}

/// Answer the reporter, or record how they were answered.
#[utoipa::path(post, path = "/reports/{id}/messages", tag = "reports", request_body = Answer, params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "The report as it is now", body = DeskItem), CreateErrors))]
async fn answer_reporter(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    ApiJson(input): ApiJson<Answer>,
) -> WebResult<Json<DeskItem>> {
    let caller = api.may(Action::ReportAnswer)?;
    let mut tx = app.store.write(&caller).await?;
    let item = messages::answer(&mut tx, id, input.channel, &input.body, input.is_answer).await?;
    tx.commit().await?;
    Ok(Json(item))
}

/// What the reporter adds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Addition {
    /// The text, at most 20,000 characters.
    body: String,
}

/// Add something to one's own report. A closed one is open again thereby.
#[utoipa::path(post, path = "/reports/{id}/additions", tag = "reports", request_body = Addition, params(("id" = ItemId, Path, description = "The report")),
    responses((status = 204, description = "Added"), CreateErrors,
        (status = 429, description = "Too much in too short a time", body = crate::http::error::Problem, content_type = "application/problem+json")))]
async fn write_as_reporter(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    ApiJson(input): ApiJson<Addition>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::ReportReadOwn)?;
    let mut tx = app.store.write(&caller).await?;
    messages::from_reporter(&mut tx, Reporter::Own(id), &input.body, Vec::new()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Files of a report.
#[utoipa::path(get, path = "/reports/{id}/attachments", tag = "attachments", params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "Attachments", body = List<Attachment>), ReadErrors))]
async fn list_report_files(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<Attachment>>> {
    list_files(&app, &caller, id, ItemKind::Report).await
}

/// Files of an alert.
#[utoipa::path(get, path = "/alerts/{id}/attachments", tag = "attachments", params(("id" = ItemId, Path, description = "The alert")),
    responses((status = 200, description = "Attachments", body = List<Attachment>), ReadErrors))]
async fn list_alert_files(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<Attachment>>> {
    let caller = api.may(Action::AlertRead)?;
    list_files(&app, &caller, id, ItemKind::Alert).await
}

async fn list_files(
    app: &App,
    caller: &Caller,
    id: ItemId,
    kind: ItemKind,
) -> WebResult<Json<List<Attachment>>> {
    let mut tx = app.store.read(caller).await?;
    of_kind(&mut tx, id, kind).await?;
    let items = files::service::of_item(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// The form files are sent in.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the request; the bytes are read as a stream")]
struct FilesForm {
    /// The files, at most 20.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<String>,
}

/// Nothing but files.
#[derive(Debug, Default, Deserialize)]
struct NoFields {}

/// Add files to a report. The reporter may, and whoever works on reports.
#[utoipa::path(post, path = "/reports/{id}/attachments", tag = "attachments",
    request_body(content = FilesForm, content_type = "multipart/form-data"), params(("id" = ItemId, Path, description = "The report")),
    responses((status = 201, description = "Attachments as they are now", body = List<Attachment>), CreateErrors,
        (status = 429, description = "Too much in too short a time", body = crate::http::error::Problem, content_type = "application/problem+json")))]
async fn attach_to_report(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
    upload: Upload<NoFields>,
) -> WebResult<Response> {
    attach(&app, &caller, id, ItemKind::Report, upload).await
}

/// Add files to an alert.
#[utoipa::path(post, path = "/alerts/{id}/attachments", tag = "attachments",
    request_body(content = FilesForm, content_type = "multipart/form-data"), params(("id" = ItemId, Path, description = "The alert")),
    responses((status = 201, description = "Attachments as they are now", body = List<Attachment>), CreateErrors))]
async fn attach_to_alert(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
    upload: Upload<NoFields>,
) -> WebResult<Response> {
    attach(&app, &caller, id, ItemKind::Alert, upload).await
}

async fn attach(
    app: &App,
    caller: &Caller,
    id: ItemId,
    kind: ItemKind,
    upload: Upload<NoFields>,
) -> WebResult<Response> {
    let new = upload.files;
    let outcome = async {
        let mut tx = app.store.write(caller).await?;
        of_kind(&mut tx, id, kind).await?;
        if new.is_empty() {
            return Err(Error::field("/file", Message::new("error-required")));
        }
        let works_on_it = match kind {
            ItemKind::Report => caller.may(Action::ReportUpdate),
            ItemKind::Alert => true,
        };
        if works_on_it {
            for file in &new {
                files::service::add_to_item(&mut tx, id, file.clone()).await?;
            }
        } else {
            messages::from_reporter(&mut tx, Reporter::Own(id), "", new.clone()).await?;
        }
        let items = files::service::of_item(&mut tx, id).await?;
        tx.commit().await?;
        Ok(items)
    }
    .await;
    match outcome {
        Ok(items) => {
            let place = format!(
                "{}/api/v1/{}s/{id}/attachments",
                app.settings.base_path,
                kind.as_str()
            );
            Ok(created(&place, None, List { items, next: None }))
        }
        Err(error) => {
            upload::discard(app, &new).await;
            Err(WebError(error))
        }
    }
}

/// Observables of a report, with where else the caller may know they were seen.
#[utoipa::path(get, path = "/reports/{id}/observables", tag = "observables", params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "Observables", body = List<Sighting>), ReadErrors))]
async fn list_report_observables(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<Sighting>>> {
    let caller = api.may(Action::ReportRead)?;
    list_observables(&app, &caller, id, ItemKind::Report).await
}

/// Observables of an alert, with where else the caller may know they were seen.
#[utoipa::path(get, path = "/alerts/{id}/observables", tag = "observables", params(("id" = ItemId, Path, description = "The alert")),
    responses((status = 200, description = "Observables", body = List<Sighting>), ReadErrors))]
async fn list_alert_observables(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<Sighting>>> {
    let caller = api.may(Action::AlertRead)?;
    list_observables(&app, &caller, id, ItemKind::Alert).await
}

async fn list_observables(
    app: &App,
    caller: &Caller,
    id: ItemId,
    kind: ItemKind,
) -> WebResult<Json<List<Sighting>>> {
    let mut tx = app.store.read(caller).await?;
    of_kind(&mut tx, id, kind).await?;
    let items = observables::service::of_item(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}
