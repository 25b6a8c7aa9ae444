//! What is known of a request before anybody looks at it: its identifier, where it came from, which language it wants.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use matoi_core::identity::sessions::RequestFacts;
use matoi_core::kernel::Env;
use matoi_types::Lang;

use super::cookies;
use crate::App;

/// The header that carries a request's identifier back to the caller.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a request.
#[derive(Debug, Clone, Default)]
pub struct RequestInfo {
    /// 16 hexadecimal digits, made here: shown with errors and written to the log.
    pub id: String,
    /// Where it came from: the peer, or what a trusted proxy says of it.
    pub address: Option<IpAddr>,
    /// What the browser prefers, or the cookie of the language switch; none when it says neither.
    pub wanted: Option<Lang>,
    /// Path and query below the base path.
    pub path: String,
    /// Whether it is for the API, which answers in JSON, or for pages.
    pub is_api: bool,
    /// The language of the signed-in person, once that is known.
    signed_in: Arc<OnceLock<Lang>>,
}

impl RequestInfo {
    /// The language to answer in.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.signed_in.get().copied().or(self.wanted).unwrap_or(Lang::Ja)
    }

    /// Notes the language of the signed-in person.
    pub fn signed_in(&self, lang: Lang) {
        let _ = self.signed_in.set(lang);
    }

    /// For the services.
    #[must_use]
    pub fn facts(&self) -> RequestFacts {
        RequestFacts {
            address: self.address.map(|a| a.to_string()),
            request_id: self.id.clone(),
        }
    }
}

/// A new identifier of a request: 16 hexadecimal digits.
#[must_use]
pub fn new_request_id(env: &Env) -> String {
    env.random_bytes::<8>().map_or_else(
        |_| "0".repeat(16),
        |bytes| matoi_core::kernel::change::hex(&bytes),
    )
}

/// Makes the [`RequestInfo`] of every request and sends its identifier back.
pub async fn attach(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = new_request_id(app.store.env());
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let path = request.uri().path();
    let path = path.strip_prefix(app.settings.base_path.as_str()).unwrap_or(path);
    let query = request
        .uri()
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let info = RequestInfo {
        id: id.clone(),
        address: client_address(&app, peer, request.headers()),
        wanted: wanted_language(request.headers()),
        path: format!("{path}{query}"),
        is_api: path.starts_with("/api/"),
        signed_in: Arc::default(),
    };
    request.extensions_mut().insert(info);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The last address in `X-Forwarded-For` that is not a trusted proxy, if the peer is one; else the peer.
fn client_address(app: &App, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    let trusted = |address: &IpAddr| {
        app.settings
            .trusted_proxies
            .iter()
            .any(|net| net.contains(address))
    };
    if !trusted(&peer) {
        return Some(peer);
    }
    let mut nearest = peer;
    let values: Vec<_> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .collect();
    for text in values.iter().flat_map(|value| value.split(',')).rev() {
        let Ok(address) = text.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = address.to_canonical();
        if !trusted(&nearest) {
            break;
        }
    }
    Some(nearest)
}

fn wanted_language(headers: &HeaderMap) -> Option<Lang> {
    cookies::get(headers, cookies::LANGUAGE)
        .and_then(|text| text.parse().ok())
        .or_else(|| {
            headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|v| v.to_str().ok())
                .and_then(Lang::from_accept_language)
        })
}
