//! Who asks and what goes wrong, as TheHive says it: `{"type": …, "message": …}`.

use std::fmt;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use matoi_core::kernel::words::Words;
use matoi_core::{Caller, Error};
use matoi_types::Lang;
use serde_json::{Value, json};

use super::super::values::{Object, Wrong};
use crate::App;
use crate::http::error::{OwnWords, WebError, status};
use crate::http::extract::{Api, body};
use crate::http::json as strict;

/// What goes wrong at this door.
#[derive(Debug)]
pub(super) enum HiveError {
    /// As everywhere.
    Domain(Error),
    /// A field cannot be accepted.
    Wrong(Wrong),
    /// The alert is there already. Senders know this answer and take it for success.
    AlreadyExists(String),
    /// TheHive can do this and Matoi does not.
    Unsupported(&'static str),
}

/// Result of a handler.
pub(super) type HiveResult<T> = Result<T, HiveError>;

impl From<Error> for HiveError {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<Wrong> for HiveError {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<WebError> for HiveError {
    fn from(error: WebError) -> Self {
        Self::Domain(error.0)
    }
}

impl fmt::Display for HiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, kind, message) = self.parts();
        write!(f, "{kind}: {message}")
    }
}

/// A field that cannot be accepted.
pub(super) fn wrong(field: impl Into<String>, problem: impl Into<String>) -> HiveError {
    HiveError::Wrong(Wrong::new(field, problem))
}

impl HiveError {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::Wrong(Wrong { field, problem }) if field.is_empty() => {
                (StatusCode::BAD_REQUEST, "BadRequest", problem.clone())
            }
            Self::Wrong(Wrong { field, problem }) => (
                StatusCode::BAD_REQUEST,
                "BadRequest",
                format!("{field}: {problem}"),
            ),
            Self::AlreadyExists(message) => (StatusCode::BAD_REQUEST, "CreateError", message.clone()),
            Self::Unsupported(what) => (
                StatusCode::NOT_IMPLEMENTED,
                "NotSupportedError",
                format!("Matoi does not support {what} through the TheHive interface; see docs/compat.md"),
            ),
            Self::Domain(error) => domain(error),
        }
    }
}

fn domain(error: &Error) -> (StatusCode, &'static str, String) {
    let words = Words::get();
    match error {
        Error::Invalid(fields) => {
            let all: Vec<String> = fields
                .iter()
                .take(20)
                .map(|field| {
                    let said = words.say(Lang::En, &field.message);
                    match field.pointer.trim_start_matches('/') {
                        "" => said,
                        name => format!("{name}: {said}"),
                    }
                })
                .collect();
            (StatusCode::BAD_REQUEST, "BadRequest", all.join("; "))
        }
        Error::Exists(field) => (
            StatusCode::BAD_REQUEST,
            "CreateError",
            words.say(Lang::En, &field.message),
        ),
        Error::Rule(message) => (
            StatusCode::BAD_REQUEST,
            "BadRequest",
            words.say(Lang::En, message),
        ),
        Error::Rules(messages) => {
            let all: Vec<String> = messages.iter().map(|m| words.say(Lang::En, m)).collect();
            (StatusCode::BAD_REQUEST, "BadRequest", all.join("; "))
        }
        Error::NotFound(what) => (
            StatusCode::NOT_FOUND,
            "NotFoundError",
            format!("{what} not found"),
        ),
        Error::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "AuthenticationError",
            "Authentication failure: a valid API token is needed".to_owned(),
        ),
        Error::Forbidden(action) => (
            StatusCode::FORBIDDEN,
            "AuthorizationError",
            format!("this needs the permission {action}"),
        ),
        Error::Stale { .. } | Error::VersionNeeded => (
            StatusCode::CONFLICT,
            "ConflictError",
            "somebody else changed it at the same time; try again".to_owned(),
        ),
        Error::TooLarge { limit } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "BadRequest",
            format!("at most {limit} bytes are accepted"),
        ),
        Error::TooMany { .. } => (status(error), "TooManyRequests", "too many requests".to_owned()),
        Error::Unavailable(_) => (
            status(error),
            "InternalError",
            "not available for the moment; try again later".to_owned(),
        ),
        Error::Internal(_) => (
            status(error),
            "InternalError",
            "a fault in the program".to_owned(),
        ),
    }
}

impl IntoResponse for HiveError {
    fn into_response(self) -> Response {
        match &self {
            Self::Domain(Error::Internal(text)) => {
                tracing::error!(error = %text, "a request of the TheHive interface failed");
            }
            Self::Domain(Error::Unavailable(text)) => {
                tracing::warn!(error = %text, "a request of the TheHive interface could not be served now");
            }
            _ => {}
        }
        let (status, kind, message) = self.parts();
        let mut response = (status, Json(json!({"type": kind, "message": message}))).into_response();
        response.extensions_mut().insert(OwnWords);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(5));
        }
        response
    }
}

/// A program with a token. Browsers and passwords have no business here.
#[derive(Debug)]
pub(super) struct Hive(pub(super) Caller);

impl FromRequestParts<App> for Hive {
    type Rejection = HiveError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, HiveError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(Error::Unauthenticated.into());
        }
        let Api(caller) = Api::from_request_parts(parts, app).await?;
        if caller.token.is_none() {
            return Err(Error::Unauthenticated.into());
        }
        Ok(Self(caller))
    }
}

/// A JSON object as it was sent. Nothing sent stands for an empty one.
#[derive(Debug)]
pub(super) struct Input(pub(super) Object);

impl FromRequest<App> for Input {
    type Rejection = HiveError;

    async fn from_request(request: Request, app: &App) -> Result<Self, HiveError> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("multipart/"));
        if is_form {
            return Err(HiveError::Unsupported("files in a request"));
        }
        let bytes: Bytes = body(request, app).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(Object::new()));
        }
        match strict::read(&bytes)? {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(wrong("", "an object is expected")),
        }
    }
}
