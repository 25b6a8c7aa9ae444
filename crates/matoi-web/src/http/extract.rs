//! Extractors: who asks and what is sent. A refusal of any of them is a [`WebError`] like all others.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use matoi_core::identity::model::Principal;
use matoi_core::identity::{sessions, tokens};
use matoi_core::{Action, Caller, Error, Message, organisation};
use matoi_types::Lang;
use serde::de::DeserializeOwned;

use super::cookies;
use super::error::WebError;
use super::info::RequestInfo;
use super::unread;
use crate::App;
use crate::ui::Ui;

/// A signed-in browser at a page. Somebody who is not signed in is sent to the log-in and back.
#[derive(Debug)]
pub struct SignedIn {
    /// Who asks.
    pub caller: Caller,
    /// What the page needs to know of them.
    pub ui: Ui,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let info = info(parts);
        let (caller, principal) = match by_cookie(parts, app, &info).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(to_log_in(parts, app)),
            Err(error) => return Err(error.into_response()),
        };
        info.signed_in(principal.lang);
        let ui = Ui::signed_in(app, &info, &parts.headers, &caller, &principal)
            .await
            .map_err(|error| WebError(error).into_response())?;
        Ok(Self { caller, ui })
    }
}

/// A caller of the API: a token in `Authorization: Bearer`, or the session of our own pages.
#[derive(Debug)]
pub struct Api(pub Caller);

impl FromRequestParts<App> for Api {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let info = info(parts);
        let found = match bearer(&parts.headers) {
            Some(token) => tokens::caller(&app.store, token, info.facts()).await?,
            None => by_cookie(parts, app, &info).await?,
        };
        let (caller, _) = found.ok_or(Error::Unauthenticated)?;
        // A program says the language it wants; without a word it gets that of its account.
        let lang = parts
            .headers
            .get(header::ACCEPT_LANGUAGE)
            .and(info.wanted)
            .unwrap_or(caller.lang);
        info.signed_in(lang);
        Ok(Self(Caller { lang, ..caller }))
    }
}

impl Api {
    /// The caller, if this action is permitted; said in the route so that it stands beside path and description.
    ///
    /// # Errors
    /// As [`Caller::require`].
    pub fn may(self, action: Action) -> Result<Caller, WebError> {
        self.0.require(action)?;
        Ok(self.0)
    }
}

/// Somebody at a public page, signed in or not.
#[derive(Debug)]
pub struct Public {
    /// Nobody, as the services see it.
    pub caller: Caller,
    /// What the page needs.
    pub ui: Ui,
}

impl FromRequestParts<App> for Public {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let info = info(parts);
        let caller = public_caller(app, &info).await?;
        info.signed_in(caller.lang);
        let ui = Ui::public(app, &info, &parts.headers, &caller).await?;
        Ok(Self { caller, ui })
    }
}

/// Nobody, in the language they want or that of the organisation.
pub async fn public_caller(app: &App, info: &RequestInfo) -> Result<Caller, WebError> {
    let now = app.store.now();
    let look = Caller::anonymous(Lang::Ja, "UTC".to_owned(), now);
    let mut tx = app.store.read(&look).await?;
    let organisation = organisation::service::get(&mut tx).await?;
    let (lang, zone) = organisation.map_or((Lang::Ja, "UTC".to_owned()), |o| (o.lang, o.zone));
    let mut caller = Caller::anonymous(info.wanted.unwrap_or(lang), zone, now);
    caller.address = info.address.map(|address| address.to_string());
    caller.request_id.clone_from(&info.id);
    Ok(caller)
}

/// A JSON body. Unknown and missing fields are named by pointer.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for ApiJson<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json") || value.contains("+json"));
        if !is_json {
            return Err(Error::field("", Message::new("error-not-json")).into());
        }
        let bytes = body(request, app).await?;
        from_json(&bytes).map(Self)
    }
}

/// Reads JSON, naming the field that is wrong.
///
/// # Errors
/// [`Error::Invalid`] with a pointer.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WebError> {
    unread::json(bytes).map_err(|unread| WebError(Error::Invalid(vec![unread.field])))
}

/// A query string. A wrong value is named by pointer, like a field of a body.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for ApiQuery<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, WebError> {
        from_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// A form of a page, URL-encoded.
#[derive(Debug)]
pub struct PageForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for PageForm<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        let bytes = body(request, app).await?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| WebError(Error::field("", Message::new("error-form"))))?;
        from_query(text).map(Self)
    }
}

/// A part of the path. One that is no identifier is a page that does not exist.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for ApiPath<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::NotFound("page").into()),
        }
    }
}

/// The version in `If-Match` (RFC 9110, section 13.1.1), as our `ETag`s give it: `"7"`.
#[derive(Debug)]
pub struct IfMatch(pub i64);

impl FromRequestParts<App> for IfMatch {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, WebError> {
        let value = parts.headers.get(header::IF_MATCH).ok_or(Error::VersionNeeded)?;
        let version = value
            .to_str()
            .ok()
            .map(|text| text.trim().trim_start_matches("W/").trim_matches('"'))
            .and_then(|text| text.parse().ok())
            .ok_or(Error::VersionNeeded)?;
        Ok(Self(version))
    }
}

/// The body of a request without files.
pub(crate) async fn body(request: Request, app: &App) -> Result<Bytes, WebError> {
    let limit = app.settings.max_body;
    let too_large = || WebError(Error::TooLarge { limit: limit as u64 });
    if request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .is_some_and(|length| length > limit as u64)
    {
        return Err(too_large());
    }
    axum::body::to_bytes(request.into_body(), limit)
        .await
        .map_err(|_| too_large())
}

/// Reads a query string or URL-encoded form, naming the field that is wrong.
///
/// # Errors
/// [`Error::Invalid`] with a pointer.
pub fn from_query<T: DeserializeOwned>(text: &str) -> Result<T, WebError> {
    let deserializer = serde_html_form::Deserializer::from_bytes(text.as_bytes());
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let problem = error.inner().to_string();
        WebError(Error::Invalid(vec![unread::value(error.path(), &problem)]))
    })
}

fn info(parts: &Parts) -> RequestInfo {
    parts.extensions.get::<RequestInfo>().cloned().unwrap_or_default()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
        .map(str::trim)
}

async fn by_cookie(
    parts: &Parts,
    app: &App,
    info: &RequestInfo,
) -> Result<Option<(Caller, Principal)>, WebError> {
    let Some(cookie) = cookies::get(&parts.headers, cookies::SESSION) else {
        return Ok(None);
    };
    Ok(sessions::caller(&app.store, app.settings.session_limits, cookie, info.facts()).await?)
}

fn to_log_in(parts: &Parts, app: &App) -> Response {
    let base = &app.settings.base_path;
    if parts.headers.contains_key("hx-request") {
        // A fragment cannot show the log-in: the whole page goes there.
        return ([("hx-redirect", format!("{base}/login"))], "").into_response();
    }
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let next = if parts.method == axum::http::Method::GET {
        path
    } else {
        "/"
    };
    Redirect::to(&format!("{base}/login?next={}", crate::ui::url_encode(next))).into_response()
}
