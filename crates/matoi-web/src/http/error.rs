//! What goes wrong, mapped once: to problem details (RFC 9457) for the API and to a page for people.
//!
//! A handler returns `WebError`; it becomes a bare response that carries the error, and [`render`], which knows the
//! reader's language, gives it a body. The inner text of a defect goes to the log under the request's identifier.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use matoi_core::kernel::words::Words;
use matoi_core::{Error, Message};
use matoi_types::Lang;
use serde::Serialize;
use utoipa::ToSchema;

use super::info::RequestInfo;
use crate::App;
use crate::ui::error_page;

/// A domain error on its way out.
#[derive(Debug)]
pub struct WebError(pub Error);

/// Result of a handler.
pub type WebResult<T> = Result<T, WebError>;

impl From<Error> for WebError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        if let Error::TooMany { retry_after } = &self.0 {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        if matches!(self.0, Error::Unavailable(_)) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(5));
        }
        response.extensions_mut().insert(Carried(Arc::new(self.0)));
        response
    }
}

#[derive(Clone)]
struct Carried(Arc<Error>);

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI reference that names the kind of problem, like `/problems/invalid`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Give this to the administrator: the log has the rest.
    pub request_id: String,
    /// Each field that cannot be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// The version now, when the one that was sent is old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
}

/// One field that cannot be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemField {
    /// A JSON pointer (RFC 6901) into what was sent; empty for the whole.
    pub pointer: String,
    /// The stable name of the problem.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// Marks an answer of a door that speaks another tool's language: it says itself what went wrong.
#[derive(Debug, Clone, Copy)]
pub struct OwnWords;

/// Gives every error response its body, in the reader's language.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let info = request.extensions().get::<RequestInfo>().cloned();
    let wants_fragment = request.headers().contains_key("hx-request");
    let mut response = next.run(request).await;
    let Some(info) = info else { return response };
    if response.extensions().get::<OwnWords>().is_some() {
        return response;
    }
    let carried = response
        .extensions_mut()
        .remove::<Carried>()
        .map(|carried| carried.0);
    let status = response.status();
    let error = match carried {
        Some(error) => error,
        // What the router and its layers refuse by themselves.
        None if status == StatusCode::NOT_FOUND && is_bare(&response) => Arc::new(Error::NotFound("page")),
        None if status == StatusCode::METHOD_NOT_ALLOWED && is_bare(&response) => {
            Arc::new(Error::Rule(Message::new("error-method")))
        }
        None if status == StatusCode::PAYLOAD_TOO_LARGE && is_bare(&response) => Arc::new(Error::TooLarge {
            limit: app.settings.max_upload as u64,
        }),
        None if status == StatusCode::REQUEST_TIMEOUT => {
            Arc::new(Error::Unavailable("the request took too long".to_owned()))
        }
        None if status == StatusCode::INTERNAL_SERVER_ERROR && is_bare(&response) => {
            Arc::new(Error::Internal("a handler panicked".to_owned()))
        }
        None => return response,
    };
    log(&error, &info);
    let problem = problem(&error, status, &info);
    let kept: Vec<_> = [header::RETRY_AFTER, header::ALLOW]
        .into_iter()
        .filter_map(|name| response.headers().get(&name).cloned().map(|value| (name, value)))
        .collect();
    let mut rendered = if info.is_api {
        let mut rendered = (status, Json(problem)).into_response();
        rendered.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        rendered
    } else if wants_fragment {
        // Beside what is there, not in its place: what was typed and read stays.
        let to = [("hx-retarget", "#problems"), ("hx-reswap", "innerHTML")];
        (status, to, Html(error_page::fragment(&problem))).into_response()
    } else {
        (status, Html(error_page::page(&app, &info, &problem))).into_response()
    };
    for (name, value) in kept {
        rendered.headers_mut().insert(name, value);
    }
    rendered
}

/// The status of a domain error.
#[must_use]
pub const fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Rule(_) | Error::Rules(_) | Error::Exists(_) => StatusCode::CONFLICT,
        Error::Stale { .. } => StatusCode::PRECONDITION_FAILED,
        Error::VersionNeeded => StatusCode::PRECONDITION_REQUIRED,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The error as text for people.
#[must_use]
pub fn problem(error: &Error, status: StatusCode, info: &RequestInfo) -> Problem {
    let (lang, words) = (info.lang(), Words::get());
    let name = kind(error);
    let mut errors = Vec::new();
    let mut current_version = None;
    let detail = match error {
        Error::Invalid(fields) => {
            errors = fields
                .iter()
                .map(|field| problem_field(&field.pointer, &field.message, lang))
                .collect();
            words.say(
                lang,
                &Message::new("problem-invalid-detail").with("count", fields.len() as i64),
            )
        }
        Error::Exists(field) => {
            errors = vec![problem_field(&field.pointer, &field.message, lang)];
            words.say(lang, &field.message)
        }
        Error::Rule(message) => {
            errors = vec![problem_field("", message, lang)];
            words.say(lang, message)
        }
        Error::Rules(messages) => {
            errors = messages
                .iter()
                .map(|message| problem_field("", message, lang))
                .collect();
            words.say(
                lang,
                &Message::new("problem-rules-detail").with("count", messages.len() as i64),
            )
        }
        Error::Stale { current } => {
            current_version = Some(*current);
            words.text(lang, "problem-stale-detail")
        }
        Error::TooLarge { limit } => {
            let megabytes = i64::try_from(limit / (1024 * 1024)).unwrap_or(i64::MAX);
            words.say(
                lang,
                &Message::new("problem-too-large-detail").with("limit", megabytes),
            )
        }
        Error::TooMany { retry_after } => words.say(
            lang,
            &Message::new("problem-too-many-detail").with("seconds", *retry_after),
        ),
        Error::Forbidden(action) => words.say(
            lang,
            &Message::new("problem-forbidden-detail").with("action", action.as_str()),
        ),
        _ => words.text(lang, &format!("problem-{name}-detail")),
    };
    Problem {
        kind: format!("/problems/{name}"),
        title: words.text(lang, &format!("problem-{name}")),
        status: status.as_u16(),
        detail,
        request_id: info.id.clone(),
        errors,
        current_version,
    }
}

/// The stable name of a kind of error, part of its message keys and of the problem's `type`.
#[must_use]
pub const fn kind(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => "invalid",
        Error::NotFound(_) => "not-found",
        Error::Unauthenticated => "unauthenticated",
        Error::Forbidden(_) => "forbidden",
        Error::Rule(_) => "rule",
        Error::Rules(_) => "rules",
        Error::Exists(_) => "exists",
        Error::Stale { .. } => "stale",
        Error::VersionNeeded => "version-needed",
        Error::TooLarge { .. } => "too-large",
        Error::TooMany { .. } => "too-many",
        Error::Unavailable(_) => "unavailable",
        Error::Internal(_) => "internal",
    }
}

fn problem_field(pointer: &str, message: &Message, lang: Lang) -> ProblemField {
    ProblemField {
        pointer: pointer.to_owned(),
        code: message.key.clone().into_owned(),
        detail: Words::get().say(lang, message),
    }
}

fn is_bare(response: &Response) -> bool {
    !response.headers().contains_key(header::CONTENT_TYPE)
        || response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|v| v.as_bytes().starts_with(b"text/plain"))
}

fn log(error: &Error, info: &RequestInfo) {
    match error {
        Error::Internal(text) => tracing::error!(request_id = %info.id, error = %text, "request failed"),
        Error::Unavailable(text) => {
            tracing::warn!(request_id = %info.id, error = %text, "request could not be served now");
        }
        _ => tracing::debug!(request_id = %info.id, kind = kind(error), "request refused"),
    }
}
