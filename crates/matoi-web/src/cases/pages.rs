//! The pages of cases.

use axum::Router;

/// The routes of this room.
pub fn routes() -> Router<crate::App> {
    Router::new()
}
