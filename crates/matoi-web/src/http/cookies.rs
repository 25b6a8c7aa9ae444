//! Cookies: few, host-only, never readable by scripts.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::WebSettings;

/// The session.
pub const SESSION: &str = "matoi_session";
/// The language chosen by somebody who is not signed in.
pub const LANGUAGE: &str = "matoi_lang";
/// The key of a notice to show once, after a redirect.
pub const NOTICE: &str = "matoi_notice";
/// What single sign-on needs to remember between leaving and coming back.
pub const SIGN_ON: &str = "matoi_sign_on";

/// The value of a cookie of the request.
#[must_use]
pub fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name && !value.is_empty()).then_some(value)
        })
}

/// A `Set-Cookie` value. `seconds` is its life; none ends it with the browser session, 0 removes it.
///
/// The value must be made of characters that need no quoting: all cookies here are tokens, keys and names.
#[must_use]
pub fn set(settings: &WebSettings, name: &str, value: &str, seconds: Option<i64>) -> HeaderValue {
    let path = if settings.base_path.is_empty() {
        "/"
    } else {
        settings.base_path.as_str()
    };
    let mut text = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax");
    if let Some(seconds) = seconds {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    if settings.secure() {
        text.push_str("; Secure");
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("matoi_invalid=; Max-Age=0"))
}
