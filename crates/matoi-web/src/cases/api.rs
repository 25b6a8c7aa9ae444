//! `/api/v1/cases`: everything a page of a case does.

mod access;
mod case;
mod decisions;
mod links;
mod progress;
mod tasks;
mod timeline;
mod traces;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(case::routes())
        .merge(progress::routes())
        .merge(timeline::routes())
        .merge(tasks::routes())
        .merge(decisions::routes())
        .merge(links::routes())
        .merge(access::routes())
        .merge(traces::routes())
}
