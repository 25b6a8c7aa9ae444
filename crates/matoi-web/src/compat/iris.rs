//! The door that DFIR-IRIS has: `POST /alerts/add`, answered as DFIR-IRIS answers.
//!
//! What the fields mean is in the mapping `dfir-iris`, a data file like that of any webhook.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use matoi_core::desk::DeskItem;
use matoi_core::intake::mapping;
use matoi_core::intake::{alerts, webhooks};
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Caller, Error};
use matoi_types::Lang;
use serde_json::{Map, Value, json};

use super::number;
use crate::App;
use crate::http::error::{OwnWords, WebError, status};
use crate::http::extract::{Api, body};
use crate::http::json as strict;

/// The mapping of this door.
const MAPPING: &str = "dfir-iris";

/// The routes of this door.
pub fn routes() -> Router<App> {
    let refused = any(async || IrisError::Unsupported);
    Router::new()
        .route("/alerts/add", post(add))
        .route("/manage/cases/add", refused.clone())
        .route("/case/ioc/add", refused)
        .method_not_allowed_fallback(async || IrisError::Unsupported)
}

async fn add(State(app): State<App>, request: Request) -> Result<Json<Value>, IrisError> {
    let (mut parts, sent) = request.into_parts();
    if !parts.headers.contains_key(header::AUTHORIZATION) {
        return Err(Error::Unauthenticated.into());
    }
    let Api(caller) = Api::from_request_parts(&mut parts, &app).await?;
    if caller.token.is_none() {
        return Err(Error::Unauthenticated.into());
    }
    caller.require(Action::AlertCreate)?;
    let bytes = body(Request::from_parts(parts, sent), &app).await?;
    let given = strict::read(&bytes)?;
    if !given.is_object() {
        return Err(IrisError::Data("the body must be one JSON object".to_owned()));
    }
    if given
        .get("alert_title")
        .and_then(Value::as_str)
        .is_none_or(|title| title.trim().is_empty())
    {
        return Err(IrisError::Field(
            "alert_title",
            "Missing data for required field.",
        ));
    }
    let item = take(&app, &caller, &given).await?;
    Ok(Json(
        json!({"status": "success", "message": "Alert added", "data": shown(&item, &given)}),
    ))
}

async fn take(app: &App, caller: &Caller, given: &Value) -> Result<DeskItem, IrisError> {
    let mapping = {
        let mut tx = app.store.read(caller).await?;
        webhooks::mapping(&mut tx, MAPPING).await?
    };
    let mapped = mapping::apply(&mapping, given)?;
    let inputs = mapped.alerts.into_iter().map(|alert| alert.input).collect();
    let accepted = alerts::hand_in(&app.store, caller, inputs).await?;
    match accepted.into_iter().next() {
        Some(alert) => Ok(alert.item),
        None => Err(IrisError::Data(
            "the mapping dfir-iris does not accept this alert".to_owned(),
        )),
    }
}

/// The alert as DFIR-IRIS gives it back: what was sent, and what it is now.
fn shown(item: &DeskItem, given: &Value) -> Value {
    let mut all = given.as_object().cloned().unwrap_or_default();
    all.insert("alert_id".to_owned(), json!(number::to_integer(&item.number)));
    all.insert("alert_uuid".to_owned(), json!(item.id));
    all.insert("alert_title".to_owned(), json!(item.title));
    all.insert("alert_source".to_owned(), json!(item.source));
    all.insert("alert_source_ref".to_owned(), json!(item.source_ref));
    all.insert("alert_creation_time".to_owned(), json!(item.received_at));
    all.insert("matoi_number".to_owned(), json!(item.number));
    all.remove("alert_source_content");
    Value::Object(all)
}

/// What goes wrong at this door.
#[derive(Debug)]
enum IrisError {
    Domain(Error),
    Data(String),
    Field(&'static str, &'static str),
    Unsupported,
}

impl From<Error> for IrisError {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<WebError> for IrisError {
    fn from(error: WebError) -> Self {
        Self::Domain(error.0)
    }
}

impl IntoResponse for IrisError {
    fn into_response(self) -> Response {
        let words = Words::get();
        let (status, message, data) = match &self {
            Self::Data(problem) => (StatusCode::BAD_REQUEST, problem.clone(), json!({})),
            Self::Field(field, problem) => (
                StatusCode::BAD_REQUEST,
                "Data error".to_owned(),
                json!({(*field): [problem]}),
            ),
            Self::Unsupported => (
                StatusCode::NOT_IMPLEMENTED,
                "Matoi takes alerts at /alerts/add and nothing else through the DFIR-IRIS interface; see docs/compat.md"
                    .to_owned(),
                json!({}),
            ),
            Self::Domain(Error::Invalid(fields)) => {
                let mut data = Map::new();
                for field in fields.iter().take(20) {
                    let name = field.pointer.trim_start_matches('/');
                    let name = if name.is_empty() { "body" } else { name };
                    data.insert(name.to_owned(), json!([words.say(Lang::En, &field.message)]));
                }
                (StatusCode::BAD_REQUEST, "Data error".to_owned(), Value::Object(data))
            }
            Self::Domain(Error::Unauthenticated) => (
                StatusCode::UNAUTHORIZED,
                "Authentication required: a valid API token is needed".to_owned(),
                json!([]),
            ),
            Self::Domain(Error::Forbidden(action)) => (
                StatusCode::FORBIDDEN,
                format!("Permission denied: this needs the permission {action}"),
                json!([]),
            ),
            Self::Domain(Error::TooLarge { limit }) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("at most {limit} bytes are accepted"),
                json!([]),
            ),
            Self::Domain(Error::Rule(message)) => (
                StatusCode::CONFLICT,
                words.say(Lang::En, message),
                json!([]),
            ),
            Self::Domain(Error::Exists(field)) => (
                StatusCode::CONFLICT,
                words.say(Lang::En, &field.message),
                json!([]),
            ),
            Self::Domain(error) => {
                tracing::warn!(%error, "a request of the DFIR-IRIS interface was not served");
                let message = match error {
                    Error::Unavailable(_) => "not available for the moment; try again later",
                    Error::NotFound(_) => "the mapping dfir-iris is not in force; put it in force again",
                    _ => "a fault in the program",
                };
                (status(error), message.to_owned(), json!([]))
            }
        };
        let body = json!({"status": "error", "message": message, "data": data});
        let mut response = (status, Json(body)).into_response();
        response.extensions_mut().insert(OwnWords);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(5));
        }
        response
    }
}
