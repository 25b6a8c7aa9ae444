//! HTTP: pages and the JSON API as two thin adapters over the same services.
//!
//! No SQL and no rules live here. Every route declares its path, its permission and its OpenAPI description together;
//! a handler opens the transaction, calls one service and commits. What goes wrong is mapped once, in [`http::error`].

pub mod app;
pub mod cases;
pub mod compat;
pub mod desk;
pub mod files;
pub mod http;
pub mod identity;
pub mod intake;
pub mod live;
pub mod ui;

mod router;

pub use app::{App, AppParts, WebSettings};
pub use http::files::BlobFiles;
pub use router::{openapi, router};
