//! What every handler can reach.

use std::sync::Arc;

use ipnet::IpNet;
use matoi_blob::store::AsyncBlobStore;
use matoi_core::Store;
use matoi_core::identity::password::Passwords;
use matoi_core::identity::sessions;
use matoi_core::identity::sign_on::SignOn;
use matoi_core::kernel::ports::{Documents, Parsers};

use crate::http::assets::Assets;
use crate::live::Hub;

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
    /// Largest single attachment, in bytes.
    pub max_file: u64,
    /// Largest mail, in bytes.
    pub max_mail: u64,
}

impl WebSettings {
    /// Whether cookies are for HTTPS only.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What an [`App`] is put together from.
pub struct AppParts {
    /// The way to the database.
    pub store: Store,
    /// Hashing, a few at a time.
    pub passwords: Passwords,
    /// How the web side is set up.
    pub settings: WebSettings,
    /// Encrypted files.
    pub blobs: AsyncBlobStore,
    /// Hostile parsing.
    pub parsers: Arc<dyn Parsers>,
    /// Document making.
    pub documents: Arc<dyn Documents>,
    /// Single sign-on, where it is set up.
    pub sign_on: Option<SignOn>,
}

impl std::fmt::Debug for AppParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppParts")
    }
}

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// The inside of [`App`].
pub struct Inner {
    /// The way to the database.
    pub store: Store,
    /// Hashing, a few at a time.
    pub passwords: Passwords,
    /// How the web side is set up.
    pub settings: WebSettings,
    /// Encrypted files.
    pub blobs: AsyncBlobStore,
    /// Hostile parsing.
    pub parsers: Arc<dyn Parsers>,
    /// Document making.
    pub documents: Arc<dyn Documents>,
    /// Single sign-on, where it is set up.
    pub sign_on: Option<SignOn>,
    /// Styles, scripts, icons and fonts.
    pub assets: Assets,
    /// Live updates.
    pub hub: Hub,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(Inner {
            hub: Hub::new(parts.store.clone()),
            store: parts.store,
            passwords: parts.passwords,
            settings: parts.settings,
            blobs: parts.blobs,
            parsers: parts.parsers,
            documents: parts.documents,
            sign_on: parts.sign_on,
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
