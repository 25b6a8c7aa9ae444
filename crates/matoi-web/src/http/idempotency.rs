//! `Idempotency-Key` on creates: a request that is sent again after a lost answer makes nothing new.
//!
//! The key commits with what it made, in the same transaction, for one actor. Sent again with the same body it gives the
//! answer of the first time, after the permission was checked again; with another body it is refused.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use matoi_core::kernel::change::hex;
use matoi_core::kernel::idempotency;
use matoi_core::{Caller, Error, Message, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::answer::etag;
use super::error::{WebError, WebResult};
use super::extract::{body, from_json};
use crate::App;

fn key(headers: &HeaderMap) -> Result<Option<String>, WebError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().map(str::trim).unwrap_or_default();
    if text.is_empty() || text.len() > 255 {
        return Err(Error::field("/Idempotency-Key", Message::new("error-idempotency-key")).into());
    }
    Ok(Some(text.to_owned()))
}

/// A JSON body of a create, with the key it was sent under and a digest of what was sent.
#[derive(Debug)]
pub struct Create<T> {
    /// The body.
    pub input: T,
    key: Option<String>,
    digest: String,
}

impl<T: DeserializeOwned> FromRequest<App> for Create<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        let key = key(request.headers())?;
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json") || value.contains("+json"));
        if !is_json {
            return Err(Error::field("", Message::new("error-not-json")).into());
        }
        let place = format!("{} {}\n", request.method(), request.uri().path());
        let bytes = body(request, app).await?;
        let mut hash = Sha256::new();
        hash.update(place.as_bytes());
        hash.update(&bytes);
        Ok(Self {
            input: from_json(&bytes)?,
            key,
            digest: hex(&hash.finalize()),
        })
    }
}

/// What a create made.
#[derive(Debug)]
pub struct Made<B> {
    /// Its place, below the base path.
    pub location: String,
    /// Its version, if it has one.
    pub version: Option<i64>,
    /// What to answer.
    pub body: B,
    /// Whether it was there already: answered with 200 instead of 201.
    pub existed: bool,
}

impl<T> Create<T> {
    /// Runs a create in one transaction with its key. `work` gets the input once; a repeated request does not reach it.
    pub async fn run<B: Serialize>(
        self,
        app: &App,
        caller: &Caller,
        work: impl AsyncFnOnce(&mut Tx, T) -> Result<Made<B>, Error>,
    ) -> WebResult<Response> {
        let Self { input, key, digest } = self;
        let mut tx = app.store.write(caller).await?;
        if let Some(key) = &key
            && let Some(former) = idempotency::find(&mut tx, key).await?
        {
            if former.request_digest != digest {
                let message = Message::new("error-idempotency-other");
                return Err(Error::field("/Idempotency-Key", message).into());
            }
            let stored: serde_json::Value =
                serde_json::from_str(&former.response).map_err(|error| WebError(Error::from(error)))?;
            return answer(app, former.status, &stored);
        }
        let made = work(&mut tx, input).await?;
        let status = if made.existed {
            StatusCode::OK
        } else {
            StatusCode::CREATED
        };
        let stored = serde_json::json!({
            "location": made.location,
            "version": made.version,
            "body": serde_json::to_value(&made.body).map_err(|error| WebError(Error::from(error)))?,
        });
        if let Some(key) = &key {
            idempotency::keep(&mut tx, key, &digest, status.as_u16(), &stored.to_string()).await?;
        }
        tx.commit().await?;
        answer(app, status.as_u16(), &stored)
    }
}

/// A form of a page that was sent: sent again by a double click or a reload, it gives what the first one made.
///
/// The page carries a random number; together with what was typed it names the submission. A form that was corrected and
/// sent again from the same page is another one: nothing that was typed is lost.
#[derive(Debug)]
pub struct FormOnce {
    key: String,
}

impl FormOnce {
    /// A number for a fresh form.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn nonce(app: &App) -> Result<String, Error> {
        Ok(hex(&app.store.env().random_bytes::<16>()?))
    }

    /// The submission of a form: its number and everything that was sent in it.
    #[must_use]
    pub fn new(nonce: &str, content: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(nonce.as_bytes());
        hash.update(b"\n");
        hash.update(content.as_bytes());
        Self {
            key: format!("form {}", hex(&hash.finalize())),
        }
    }

    /// What the same submission made before.
    pub async fn former(&self, tx: &mut Tx) -> Result<Option<String>, Error> {
        Ok(idempotency::find(tx, &self.key)
            .await?
            .map(|former| former.response))
    }

    /// Keeps what it made, in the transaction that made it.
    pub async fn keep(&self, tx: &mut Tx, made: &str) -> Result<(), Error> {
        idempotency::keep(tx, &self.key, "", StatusCode::SEE_OTHER.as_u16(), made).await
    }
}

fn answer(app: &App, status: u16, stored: &serde_json::Value) -> WebResult<Response> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, Json(stored.get("body"))).into_response();
    let location = stored
        .get("location")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(&format!("{}{location}", app.settings.base_path)) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    if let Some(version) = stored.get("version").and_then(serde_json::Value::as_i64) {
        response.headers_mut().insert(header::ETAG, etag(version));
    }
    Ok(response)
}
