//! The door that TheHive has: `POST /api/alert` of TheHive 3 and 4, and what `thehive4py` needs of API v1.
//!
//! Identifiers are ours with a `~` in front, numbers of cases are integers made of ours. Alerts become cases by our triage, with
//! the criteria in force; cases are closed by our rules. What TheHive has and we do not is answered with 501.

mod alert;
mod case;
mod columns;
mod error;
mod fields;
mod find;
mod observable;
mod promote;
mod query;
mod read;
mod show;
mod task;
mod words;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post};

use self::error::HiveError;
use crate::App;

/// What the paths of this door begin with; the program's own API has nouns in the plural.
const PREFIXES: [&str; 12] = [
    "/api/alert",
    "/api/case",
    "/api/v1/alert",
    "/api/v1/attachment",
    "/api/v1/case",
    "/api/v1/comment",
    "/api/v1/customField",
    "/api/v1/log",
    "/api/v1/observable",
    "/api/v1/procedure",
    "/api/v1/task",
    "/api/v1/user",
];

/// The answer to a path that nothing is at, if it is one of TheHive's: it has something there, and Matoi does not.
pub fn unknown_path(path: &str) -> Option<Response> {
    PREFIXES
        .iter()
        .filter_map(|prefix| path.strip_prefix(prefix))
        .any(|rest| rest.is_empty() || rest.starts_with('/'))
        .then(|| HiveError::Unsupported("this operation").into_response())
}

/// The routes of this door.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/alert", post(alert::create_v0))
        .route("/api/alert/{id}", get(alert::get_v0).patch(alert::update_v0))
        .route("/api/alert/{id}/createCase", post(promote::promote_v0))
        .route("/api/v1/alert", post(alert::create_v1))
        .route("/api/v1/alert/_bulk", patch(alert::bulk_update))
        .route("/api/v1/alert/merge/_bulk", post(promote::bulk_merge))
        .route("/api/v1/alert/{id}", get(alert::get_v1).patch(alert::update_v1))
        .route("/api/v1/alert/{id}/case", post(promote::promote_v1))
        .route("/api/v1/alert/{id}/merge/{case}", post(promote::merge))
        .route("/api/v1/alert/{id}/follow", post(alert::follow))
        .route("/api/v1/alert/{id}/unfollow", post(alert::unfollow))
        .route("/api/v1/alert/{id}/observable", post(observable::create_in_alert))
        .route("/api/v1/case", post(case::create))
        .route("/api/v1/case/_bulk", patch(case::bulk_update))
        .route("/api/v1/case/_merge/{ids}", post(case::merge))
        .route("/api/v1/case/{id}", get(case::get).patch(case::update))
        .route("/api/v1/case/{id}/task", post(task::create))
        .route("/api/v1/case/{id}/observable", post(observable::create_in_case))
        .route("/api/v1/case/{id}/comment", post(case::comment))
        .route("/api/v1/task/{id}", get(task::get).patch(task::update))
        .route("/api/v1/query", post(find::run))
        .route("/api/v1/user/current", get(find::current_user))
        .method_not_allowed_fallback(async || HiveError::Unsupported("this operation"))
}
