//! `/api/v1/rulebook`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::kernel::words::Words;
use matoi_core::rulebook::{DataFile, DataFileEntry, DataKind, service};
use matoi_core::{Action, Error, Message, criteria, intake};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::forms::{CheckResult, check_apart};
use crate::App;
use crate::http::answer::{CreateErrors, List, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery};
use crate::http::idempotency::{Create, Made};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_data_files, draft_data_file))
        .routes(routes!(check_data_file))
        .routes(routes!(get_data_file))
        .routes(routes!(approve_data_file))
        .routes(routes!(try_data_file))
}

/// Which versions.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// Only of this kind.
    #[param(inline)]
    kind: Option<DataKind>,
    /// Only of this name.
    name: Option<String>,
}

/// List all versions without their content, the newest first within each name.
#[utoipa::path(get, path = "/rulebook", tag = "rulebook", params(FileQuery),
    responses((status = 200, description = "The versions", body = List<DataFileEntry>), ReadErrors))]
async fn list_data_files(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<FileQuery>,
) -> WebResult<Json<List<DataFileEntry>>> {
    let caller = api.may(Action::CriteriaRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = service::list(&mut tx, query.kind, query.name.as_deref()).await?;
    Ok(Json(List { items, next: None }))
}

/// Read a version with its content.
#[utoipa::path(get, path = "/rulebook/{hash}", tag = "rulebook",
    params(("hash" = String, Path, description = "SHA-256 of the content, in hex")),
    responses((status = 200, description = "The version", body = DataFile), ReadErrors))]
async fn get_data_file(
    State(app): State<App>,
    api: Api,
    ApiPath(hash): ApiPath<String>,
) -> WebResult<Json<DataFile>> {
    let caller = api.may(Action::CriteriaRead)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(service::get(&mut tx, &hash).await?))
}

/// A text to be checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckInput {
    /// What it holds.
    kind: DataKind,
    /// The YAML text, at most 1 MB.
    content: String,
}

/// Check a text without keeping it: everything that is wrong, line by line.
#[utoipa::path(post, path = "/rulebook/check", tag = "rulebook", request_body = CheckInput,
    responses((status = 200, description = "What was found", body = CheckResult), CreateErrors))]
async fn check_data_file(api: Api, ApiJson(input): ApiJson<CheckInput>) -> WebResult<Json<CheckResult>> {
    let caller = api.may(Action::CriteriaDraft)?;
    Ok(Json(check_apart(&caller, input.kind, &input.content).await?))
}

/// A new version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftInput {
    /// What it holds.
    kind: DataKind,
    /// The YAML text, at most 1 MB.
    content: String,
    /// What is new, at most 2,000 characters.
    #[serde(default)]
    note: String,
}

/// Keep a text as draft, the next version of the name it calls itself by. A wrong one is refused, line by line.
#[utoipa::path(post, path = "/rulebook", tag = "rulebook", request_body = DraftInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes nothing new when the request is sent again")),
    responses((status = 201, description = "The draft", body = DataFile, headers(("Location" = String, description = "Where it is"))), CreateErrors))]
async fn draft_data_file(State(app): State<App>, api: Api, input: Create<DraftInput>) -> WebResult<Response> {
    let caller = api.may(Action::CriteriaDraft)?;
    // Checking a large table takes a while: done before the transaction, away from the threads that answer.
    let (asker, text) = (caller.clone(), input.input.clone());
    let prepare = move || service::prepare(&asker, text.kind, &text.content, &text.note);
    let prepared = tokio::task::spawn_blocking(prepare)
        .await
        .map_err(|error| Error::Internal(error.to_string()))??;
    input
        .run(&app, &caller, async move |tx, _| {
            let file = service::draft(tx, prepared).await?;
            Ok(Made {
                location: format!("/api/v1/rulebook/{}", file.hash),
                version: None,
                body: file,
                existed: false,
            })
        })
        .await
}

/// A decision to put a version in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutInForce {
    /// Why, at most 2,000 characters.
    reason: String,
}

/// Put a version in force. Its author cannot.
#[utoipa::path(post, path = "/rulebook/{hash}/approve", tag = "rulebook", request_body = PutInForce,
    params(("hash" = String, Path, description = "SHA-256 of the content, in hex")),
    responses((status = 200, description = "The version, in force", body = DataFile), CreateErrors))]
async fn approve_data_file(
    State(app): State<App>,
    api: Api,
    ApiPath(hash): ApiPath<String>,
    ApiJson(input): ApiJson<PutInForce>,
) -> WebResult<Json<DataFile>> {
    let caller = api.may(Action::CriteriaApprove)?;
    let mut tx = app.store.write(&caller).await?;
    let file = service::approve(&mut tx, &hash, &input.reason).await?;
    tx.commit().await?;
    Ok(Json(file))
}

/// What to try a version with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TryInput {
    /// For criteria: what is known. Null or missing is unknown, `{"assumed": …}` is assumed.
    #[serde(default)]
    #[schema(value_type = Object)]
    facts: serde_json::Map<String, Value>,
    /// For a mapping: what the sender would send.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    body: Value,
}

/// What a version makes of it. Nothing is stored.
#[derive(Debug, Serialize, ToSchema)]
struct TryResult {
    /// For criteria: certainty, proposal and every row with its trace.
    #[schema(value_type = Option<Object>)]
    evaluation: Option<Value>,
    /// For a mapping: the alerts it makes.
    alerts: Option<Vec<TriedAlert>>,
    /// For a mapping: how many parts of the body it passes over.
    passed_over: Option<usize>,
}

/// An alert that a mapping would make.
#[derive(Debug, Serialize, ToSchema)]
struct TriedAlert {
    /// The alert.
    #[schema(value_type = Object)]
    alert: Value,
    /// What the mapping could not make anything of.
    remarks: Vec<String>,
}

/// Try a version, in force or not: criteria with facts, a mapping with a body.
#[utoipa::path(post, path = "/rulebook/{hash}/try", tag = "rulebook", request_body = TryInput,
    params(("hash" = String, Path, description = "SHA-256 of the content, in hex")),
    responses((status = 200, description = "What comes of it", body = TryResult), CreateErrors))]
async fn try_data_file(
    State(app): State<App>,
    api: Api,
    ApiPath(hash): ApiPath<String>,
    ApiJson(input): ApiJson<TryInput>,
) -> WebResult<Json<TryResult>> {
    let caller = api.may(Action::CriteriaRead)?;
    let mut tx = app.store.read(&caller).await?;
    let file = service::get(&mut tx, &hash).await?;
    let result = match file.kind {
        DataKind::Criteria => {
            let (_, evaluation) = criteria::service::try_out(&mut tx, &hash, &input.facts).await?;
            TryResult {
                evaluation: Some(serde_json::to_value(evaluation).map_err(Error::from)?),
                alerts: None,
                passed_over: None,
            }
        }
        DataKind::Mapping => {
            let mapped = intake::mapping::try_out(&mut tx, &hash, &input.body).await?;
            let alert = |one: &intake::mapping::MappedAlert| {
                let remarks = one.remarks.iter();
                Ok(TriedAlert {
                    alert: serde_json::to_value(&one.input)?,
                    remarks: remarks.map(|r| Words::get().say(caller.lang, r)).collect(),
                })
            };
            let alerts: Result<Vec<_>, Error> = mapped.alerts.iter().map(alert).collect();
            TryResult {
                evaluation: None,
                alerts: Some(alerts?),
                passed_over: Some(mapped.passed_over),
            }
        }
        DataKind::Lifecycle | DataKind::Desk | DataKind::Template => {
            return Err(Error::Rule(Message::new("error-nothing-to-try")).into());
        }
    };
    Ok(Json(result))
}
