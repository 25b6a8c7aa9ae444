//! Styles, scripts, icons and fonts: embedded, named by what is in them, cached for a year.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use matoi_core::kernel::change::hex;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::App;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Own;

#[derive(RustEmbed)]
#[folder = "../../node_modules/htmx.org/dist"]
#[include = "htmx.min.js"]
struct Htmx;

#[derive(RustEmbed)]
#[folder = "../../node_modules/@fontsource-variable/noto-sans-jp"]
#[include = "wght.css"]
#[include = "files/*.woff2"]
struct Font;

/// The style sheets whose layers come first; the others follow by name, and the one for paper is last.
const FIRST_STYLES: [&str; 2] = ["tokens.css", "components.css"];
const LAST_STYLE: &str = "print.css";

/// What is served under `/static/`.
#[derive(Debug)]
pub struct Assets {
    files: HashMap<String, Asset>,
    versions: HashMap<&'static str, String>,
}

#[derive(Debug)]
struct Asset {
    kind: &'static str,
    data: Cow<'static, [u8]>,
}

impl Assets {
    /// Collects them from what is embedded.
    #[must_use]
    pub fn load() -> Self {
        let mut files = HashMap::new();
        let mut names: Vec<String> = Own::iter()
            .filter(|name| name.ends_with(".css"))
            .map(String::from)
            .collect();
        names.sort_by_key(|name| {
            let first = FIRST_STYLES
                .iter()
                .position(|style| style == name)
                .unwrap_or(FIRST_STYLES.len());
            (name == LAST_STYLE, first, name.clone())
        });
        let styles: Vec<u8> = names
            .iter()
            .filter_map(|name| Own::get(name))
            .flat_map(|f| f.data.into_owned())
            .collect();
        files.insert(
            "app.css".to_owned(),
            Asset {
                kind: "text/css; charset=utf-8",
                data: styles.into(),
            },
        );
        for name in Own::iter().filter(|name| !name.ends_with(".css")) {
            if let Some(file) = Own::get(&name) {
                files.insert(
                    name.to_string(),
                    Asset {
                        kind: media_type(&name),
                        data: file.data,
                    },
                );
            }
        }
        if let Some(file) = Htmx::get("htmx.min.js") {
            files.insert(
                "htmx.js".to_owned(),
                Asset {
                    kind: media_type("x.js"),
                    data: file.data,
                },
            );
        }
        if let Some(file) = Font::get("wght.css") {
            // The family gets a name of our own, so that a font of that name on the machine is not passed over.
            let text = String::from_utf8_lossy(&file.data)
                .replace("'Noto Sans JP Variable'", "'Matoi JP'")
                .replace("./files/", "fonts/");
            files.insert(
                "fonts.css".to_owned(),
                Asset {
                    kind: "text/css; charset=utf-8",
                    data: text.into_bytes().into(),
                },
            );
        }
        for name in Font::iter().filter(|name| name.ends_with(".woff2")) {
            if let Some(file) = Font::get(&name) {
                let name = name.replace("files/", "fonts/");
                files.insert(
                    name,
                    Asset {
                        kind: "font/woff2",
                        data: file.data,
                    },
                );
            }
        }
        let versions = ["app.css", "app.js", "htmx.js", "fonts.css", "icons.svg"]
            .into_iter()
            .map(|name| {
                let digest = files.get(name).map(|asset| hex(&Sha256::digest(&asset.data)));
                (name, digest.unwrap_or_default().chars().take(12).collect())
            })
            .collect();
        Self { files, versions }
    }

    /// The path of a file below the base path, with its version, so that a new build is fetched at once.
    #[must_use]
    pub fn path(&self, name: &'static str) -> String {
        format!(
            "/static/{name}?v={}",
            self.versions.get(name).map_or("", String::as_str)
        )
    }
}

/// `GET /static/{name}`.
pub async fn get(State(app): State<App>, Path(name): Path<String>) -> Response {
    let Some(asset) = app.assets.files.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = asset.data.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}
