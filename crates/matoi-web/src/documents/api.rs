//! `/api/v1/documents`: reports of cases.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::report_doc::external::Finding;
use matoi_core::report_doc::service::{self, DocumentEdit};
use matoi_core::report_doc::{Document, DocumentForm, DocumentInput};
use matoi_types::{CaseId, DocumentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::download;
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};
use crate::http::idempotency::{Create, Made};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, edit))
        .routes(routes!(review))
        .routes(routes!(approve))
        .routes(routes!(send_back))
        .routes(routes!(distribute))
        .routes(routes!(withdraw))
        .routes(routes!(make_again))
        .routes(routes!(file))
}

/// A document with what must not leave in it.
#[derive(Debug, Serialize, ToSchema)]
struct DocumentAnswer {
    #[serde(flatten)]
    document: Document,
    /// What stands in an external document that must not: names of persons and hosts, observables beyond its label.
    findings: Vec<Finding>,
}

/// Documents of a case, latest first, without their texts.
#[utoipa::path(get, path = "/cases/{id}/documents", tag = "documents", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Documents", body = List<Document>), ReadErrors))]
async fn list(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Document>>> {
    let caller = api.may(Action::DocumentRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = service::of_case(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// Draw up a document from what the case knows now. Its files are made in the background; `ready` says when they are there.
#[utoipa::path(post, path = "/cases/{id}/documents", tag = "documents", request_body = DocumentInput,
    params(("id" = CaseId, Path, description = "The case"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses((status = 201, description = "The document", body = Document), CreateErrors))]
async fn create(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    body: Create<DocumentInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentCreate)?;
    body.run(&app, &caller, async |tx, input| {
        let document = service::create(tx, id, input).await?;
        Ok(Made {
            location: format!("/api/v1/documents/{}", document.id),
            version: Some(document.version),
            body: document,
            existed: false,
        })
    })
    .await
}

/// One document with its text.
#[utoipa::path(get, path = "/documents/{id}", tag = "documents", params(("id" = DocumentId, Path, description = "The document")),
    responses((status = 200, description = "The document", body = DocumentAnswer, headers(("ETag" = String, description = "The version"))), ReadErrors))]
async fn get(State(app): State<App>, api: Api, ApiPath(id): ApiPath<DocumentId>) -> WebResult<Response> {
    let caller = api.may(Action::DocumentRead)?;
    let mut tx = app.store.read(&caller).await?;
    let document = service::get(&mut tx, id).await?;
    let findings = service::findings(&mut tx, &document).await?;
    Ok(versioned(document.version, DocumentAnswer { document, findings }))
}

/// What can be changed of a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentEditInput {
    /// Its text (Markdown), at most 500,000 characters.
    content: String,
    /// 機密区分 in the organisation's own words, at most 50 characters.
    #[serde(default)]
    classification: String,
    /// 配布先, a line for each, at most 1,000 characters.
    #[serde(default)]
    audience: String,
}

/// Change the text of a draft. Its files are made anew.
#[utoipa::path(put, path = "/documents/{id}", tag = "documents", request_body = DocumentEditInput,
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn edit(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<DocumentEditInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentCreate)?;
    let edit = DocumentEdit {
        content: input.content,
        classification: input.classification,
        audience: input.audience,
    };
    let mut tx = app.store.write(&caller).await?;
    let document = service::edit(&mut tx, id, version, edit).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// Say that one has read a draft and stands for it (審査). Its authors cannot.
#[utoipa::path(post, path = "/documents/{id}/review", tag = "documents",
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn review(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentReview)?;
    let mut tx = app.store.write(&caller).await?;
    let document = service::review(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// How a document is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentApproveInput {
    /// Whether a deputy approves it for the holder of the office (代決).
    #[serde(default)]
    deputy: bool,
}

/// Approve a reviewed document (承認). Its authors cannot.
#[utoipa::path(post, path = "/documents/{id}/approve", tag = "documents", request_body = DocumentApproveInput,
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn approve(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<DocumentApproveInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentApprove)?;
    let mut tx = app.store.write(&caller).await?;
    let document = service::approve(&mut tx, id, version, input.deputy).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentReasonInput {
    /// Why, at most 2,000 characters.
    reason: String,
}

/// Send a reviewed or approved document back to its authors (差戻し).
#[utoipa::path(post, path = "/documents/{id}/return", tag = "documents", request_body = DocumentReasonInput,
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn send_back(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<DocumentReasonInput>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let document = service::send_back(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// To whom a document went.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentDistributeInput {
    /// To whom and by which way, at most 2,000 characters.
    to: String,
}

/// Record that an approved document was given to those it is for (配布).
#[utoipa::path(post, path = "/documents/{id}/distribute", tag = "documents", request_body = DocumentDistributeInput,
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn distribute(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<DocumentDistributeInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentDistribute)?;
    let mut tx = app.store.write(&caller).await?;
    let document = service::distribute(&mut tx, id, version, &input.to).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// Withdraw a document: it is not to be used.
#[utoipa::path(post, path = "/documents/{id}/withdraw", tag = "documents", request_body = DocumentReasonInput,
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn withdraw(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<DocumentReasonInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentCreate)?;
    let mut tx = app.store.write(&caller).await?;
    let document = service::withdraw(&mut tx, id, version, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// Have the files of a document made again after they could not be.
#[utoipa::path(post, path = "/documents/{id}/make", tag = "documents",
    params(("id" = DocumentId, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The document as it is now", body = Document), ChangeErrors))]
async fn make_again(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<DocumentId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentCreate)?;
    let mut tx = app.store.write(&caller).await?;
    let document = service::make_again(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(document.version, document))
}

/// One form of a document, to be saved. Taking it out is noted in the audit log.
#[utoipa::path(get, path = "/documents/{id}/files/{form}", tag = "documents",
    params(("id" = DocumentId, Path, description = "The document"), ("form" = inline(DocumentForm), Path, description = "The form")),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 409, description = "It has not been made yet", body = crate::http::error::Problem, content_type = "application/problem+json"), ReadErrors))]
async fn file(
    State(app): State<App>,
    api: Api,
    ApiPath((id, form)): ApiPath<(DocumentId, DocumentForm)>,
) -> WebResult<Response> {
    let caller = api.may(Action::DocumentRead)?;
    let mut tx = app.store.write(&caller).await?;
    let stored = service::open(&mut tx, id, form).await?;
    tx.commit().await?;
    download::saved_as(&app, &stored.blob, &stored.name).await
}
