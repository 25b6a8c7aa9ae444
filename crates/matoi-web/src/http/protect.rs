//! What protects a browser and its user: headers on every response, and no writing from foreign sites.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use matoi_core::{Error, Message};

use super::cookies;
use super::error::WebError;
use crate::App;

/// Nothing inline, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Sets the security headers. A handler that set one of them itself is left alone.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    );
    set(header::CACHE_CONTROL, "no-store");
    if app.settings.secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Refuses a request that writes with a cookie's authority but does not come from our own pages.
///
/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`; a page of ours always sends one.
/// Requests with a token in `Authorization` carry no ambient authority and pass.
pub async fn same_site_writes(State(app): State<App>, request: Request, next: Next) -> Response {
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    let by_cookie =
        cookies::get(headers, cookies::SESSION).is_some() && !headers.contains_key(header::AUTHORIZATION);
    // The public form and the log-in have no session yet, and must not be filled in by foreign pages either.
    let from_a_browser = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    if writes && (by_cookie || from_a_browser) && !is_own(&app, &request) {
        return WebError(Error::Rule(Message::new("error-foreign-site"))).into_response();
    }
    next.run(request).await
}

fn is_own(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let expected = app.settings.public_url.split_once("://");
    if let Some((public_scheme, rest)) = expected
        && scheme == public_scheme
        && rest.split('/').next() == Some(host)
    {
        return true;
    }
    headers.get(header::HOST).is_some_and(|own| own == host)
}
