//! HTTP: pages and the JSON API as two thin adapters over the same services.
//!
//! No SQL and no rules live here. Every route declares its path, its permission and its OpenAPI description together;
//! a handler opens the transaction, calls one service and commits. What goes wrong is mapped once, in [`http::error`].

pub mod accounts;
pub mod app;
pub mod assets;
pub mod audit;
pub mod cases;
pub mod centre;
pub mod compat;
pub mod desk;
pub mod documents;
pub mod files;
pub mod http;
pub mod identity;
pub mod intake;
pub mod jobs;
pub mod live;
pub mod metrics;
pub mod organisation;
pub mod roles;
pub mod rulebook;
pub mod search;
pub mod ui;

mod router;

pub use app::{App, AppParts, WebSettings};
pub use http::files::BlobFiles;
pub use router::{openapi, router};
