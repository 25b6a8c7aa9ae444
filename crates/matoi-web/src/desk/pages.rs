//! Pages of the desk.

mod alert;
mod entry;
mod follow_up;
mod form;
mod item;
mod lists;
mod now;
mod report;
mod triage;

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use matoi_core::Error;

use crate::App;

pub(in crate::desk) use entry::EntryForm;
pub(in crate::desk) use form::PublicForm;
pub(in crate::desk) use item::ItemForm;
pub(in crate::desk) use triage::DecisionForm;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(form::routes())
        .merge(follow_up::routes())
        .merge(now::routes())
        .merge(lists::routes())
        .merge(entry::routes())
        .merge(report::routes())
        .merge(alert::routes())
        .merge(triage::routes())
}

/// A page for anybody stays out of search engines.
fn unlisted(mut response: Response) -> Response {
    response.headers_mut().insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    );
    response
}

/// What a refused file belongs beside: the field that files are chosen in.
fn at_files(error: Error) -> Error {
    use matoi_core::Message;
    match error {
        Error::TooLarge { limit } => {
            let limit = i64::try_from(limit / (1024 * 1024)).unwrap_or(i64::MAX);
            Error::field("/file", Message::new("error-file-too-large").with("limit", limit))
        }
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|mut field| {
                    if field.pointer.is_empty() {
                        "/file".clone_into(&mut field.pointer);
                    }
                    field
                })
                .collect(),
        ),
        other => other,
    }
}

/// The largest file, as the forms say it, in megabytes.
fn max_file(app: &App) -> i64 {
    i64::try_from(app.settings.max_file / (1024 * 1024)).unwrap_or(i64::MAX)
}
