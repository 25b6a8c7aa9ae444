//! What the API answers: typed bodies with an `ETag`, pages of lists, creations with a `Location`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use matoi_core::kernel::{Page, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::Problem;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; null at the end.
    pub next: Option<String>,
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items,
            next: page.next,
        }
    }
}

/// The part of a query that pages a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl From<Paging> for PageRequest {
    fn from(paging: Paging) -> Self {
        Self {
            cursor: paging.cursor,
            limit: paging.limit,
        }
    }
}

/// A body whose version stands in the `ETag`.
#[must_use]
pub fn versioned(version: i64, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

/// `201 Created` with the place of what was made.
#[must_use]
pub fn created(location: &str, version: Option<i64>, body: impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    if let Some(version) = version {
        response.headers_mut().insert(header::ETAG, etag(version));
    }
    response
}

/// `"7"`.
#[must_use]
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// What reading can be refused with.
#[derive(utoipa::IntoResponses)]
pub enum ReadErrors {
    /// Not signed in, or the token is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The permission is missing.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing, or the caller may not know that there is.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// A parameter is not right.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
}

/// What a create or an append can be refused with.
#[derive(utoipa::IntoResponses)]
pub enum CreateErrors {
    /// Not signed in, or the token is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The permission is missing.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// What it would belong to does not exist, or the caller may not know that it does.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// A rule forbids it now, or it exists already.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// Larger than is accepted.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// A field is not right.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
}

/// What a change can be refused with.
#[derive(utoipa::IntoResponses)]
pub enum ChangeErrors {
    /// Not signed in, or the token is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The permission is missing.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing, or the caller may not know that there is.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// A rule forbids it now; each condition that is missing is named.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// Somebody else changed it since it was read.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(Problem),
    /// A field is not right.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// `If-Match` is missing.
    #[response(status = 428, content_type = "application/problem+json")]
    VersionNeeded(Problem),
}
