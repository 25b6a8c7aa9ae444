//! What every handler can reach.

use std::sync::Arc;

use ipnet::IpNet;
use matoi_core::Store;
use matoi_core::identity::password::Passwords;
use matoi_core::identity::sessions;

use crate::http::assets::Assets;

/// How the web side is set up.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// The path everything lives under behind a proxy, like `/matoi`; empty for the root.
    pub base_path: String,
    /// Where users reach the program, like `https://matoi.example/matoi`; used in links that leave it.
    pub public_url: String,
    /// Whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long sessions live.
    pub session_limits: sessions::Limits,
    /// Largest request body without attachments, in bytes.
    pub max_body: usize,
    /// Largest request body with attachments, in bytes.
    pub max_upload: usize,
}

impl WebSettings {
    /// Whether cookies are for HTTPS only.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What every handler can reach. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

/// The inside of [`App`].
#[derive(Debug)]
pub struct Inner {
    /// The way to the database.
    pub store: Store,
    /// Hashing, a few at a time.
    pub passwords: Passwords,
    /// How the web side is set up.
    pub settings: WebSettings,
    /// Styles, scripts, icons and fonts.
    pub assets: Assets,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, passwords: Passwords, settings: WebSettings) -> Self {
        Self(Arc::new(Inner {
            store,
            passwords,
            settings,
            assets: Assets::load(),
        }))
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
