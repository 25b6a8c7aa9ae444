//! Observables and files of a case.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::files::{self, Attachment};
use matoi_core::observables::{self, ObservableInput, Sighting};
use matoi_core::{Action, Error, Message};
use matoi_types::{CaseId, ObservableId, Tlp};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{CreateErrors, List, ReadErrors, created};
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{Api, ApiJson, ApiPath};
use crate::http::upload::{self, Upload};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(update, remove))
        .routes(routes!(attachments, attach))
}

/// Observables of a case, with where else the caller may know they were seen.
#[utoipa::path(get, path = "/cases/{id}/observables", tag = "observables", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Observables", body = List<Sighting>), ReadErrors))]
async fn list(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Sighting>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = observables::service::of_case(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// Note an observable in a case.
#[utoipa::path(post, path = "/cases/{id}/observables", tag = "observables", request_body = ObservableInput,
    params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Observables as they are now", body = List<Sighting>), CreateErrors))]
async fn add(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    ApiJson(input): ApiJson<ObservableInput>,
) -> WebResult<Json<List<Sighting>>> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let items = observables::service::add(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(Json(List { items, next: None }))
}

/// Label and note of an observable here.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SightingUpdate {
    /// Its label here.
    tlp: Tlp,
    /// What it is, at most 500 characters.
    #[serde(default)]
    note: String,
}

/// Change label and note of an observable of a case.
#[utoipa::path(put, path = "/cases/{id}/observables/{observable}", tag = "observables", request_body = SightingUpdate,
    params(("id" = CaseId, Path, description = "The case"), ("observable" = ObservableId, Path, description = "The observable")),
    responses((status = 200, description = "Observables as they are now", body = List<Sighting>), CreateErrors))]
async fn update(
    State(app): State<App>,
    api: Api,
    ApiPath((id, observable)): ApiPath<(CaseId, ObservableId)>,
    ApiJson(input): ApiJson<SightingUpdate>,
) -> WebResult<Json<List<Sighting>>> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let items = observables::service::update(&mut tx, id, observable, input.tlp, &input.note).await?;
    tx.commit().await?;
    Ok(Json(List { items, next: None }))
}

/// Take an observable off a case.
#[utoipa::path(delete, path = "/cases/{id}/observables/{observable}", tag = "observables",
    params(("id" = CaseId, Path, description = "The case"), ("observable" = ObservableId, Path, description = "The observable")),
    responses((status = 204, description = "Taken off"), ReadErrors))]
async fn remove(
    State(app): State<App>,
    api: Api,
    ApiPath((id, observable)): ApiPath<(CaseId, ObservableId)>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    observables::service::remove(&mut tx, id, observable).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Files of a case.
#[utoipa::path(get, path = "/cases/{id}/attachments", tag = "attachments", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Attachments", body = List<Attachment>), ReadErrors))]
async fn attachments(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Attachment>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = files::service::of_case(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// The form a file is sent in.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the request; the bytes are read as a stream")]
struct AttachForm {
    /// The file.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Nothing but files.
#[derive(Debug, Default, Deserialize)]
struct NoFields {}

/// Add one file to a case.
#[utoipa::path(post, path = "/cases/{id}/attachments", tag = "attachments",
    request_body(content = AttachForm, content_type = "multipart/form-data"),
    params(("id" = CaseId, Path, description = "The case")),
    responses((status = 201, description = "The attachment", body = Attachment), CreateErrors))]
async fn attach(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    upload: Upload<NoFields>,
) -> WebResult<Response> {
    let files = upload.files;
    let outcome = async {
        let caller = api.may(Action::CaseUpdate)?;
        let [file] = files.as_slice() else {
            return Err(WebError(Error::field("/file", Message::new("error-one-file"))));
        };
        let mut tx = app.store.write(&caller).await?;
        let attachment = files::service::add_to_case(&mut tx, id, file.clone()).await?;
        tx.commit().await?;
        Ok(attachment)
    }
    .await;
    match outcome {
        Ok(attachment) => {
            let location = format!("{}/api/v1/attachments/{}", app.settings.base_path, attachment.id);
            Ok(created(&location, None, attachment))
        }
        Err(error) => {
            upload::discard(&app, &files).await;
            Err(error)
        }
    }
}
