//! Pages of cases: the list, a new one, the incident page and its fragments; their parts are beside this file.

mod assets;
mod break_glass;
mod change;
mod links;
mod say;
mod show;
mod timeline;
mod traces;
mod work;

pub(super) use change::EditForm;
pub(super) use say::say_entry;
pub(super) use show::NewForm;

use axum::Router;
use axum::response::Response;
use matoi_core::Error;
use matoi_types::{CaseId, Timestamp};

use crate::App;
use crate::http::error::{WebError, WebResult};
use crate::ui::{FieldErrors, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    show::routes()
        .merge(timeline::routes())
        .merge(work::routes())
        .merge(traces::routes())
        .merge(assets::routes())
        .merge(change::routes())
        .merge(links::routes())
        .merge(break_glass::routes())
}

/// Back to the page of a case after something was done to it.
fn back(ui: &Ui, id: CaseId, notice: &'static str) -> Response {
    ui.done(format!("/cases/{id}"), notice)
}

/// A time as a form says it: empty is none, and one that cannot be read is wrong.
fn time(
    fields: &mut matoi_core::kernel::check::Fields,
    ui: &Ui,
    pointer: &str,
    text: &str,
) -> Option<Timestamp> {
    if text.trim().is_empty() {
        return None;
    }
    let time = ui.read_time(text);
    fields.wrong_if(time.is_none(), pointer, "error-time-field");
    time
}

/// A time that was there and whose field was not touched keeps its seconds, which the field does not show.
fn kept_time(
    fields: &mut matoi_core::kernel::check::Fields,
    ui: &Ui,
    pointer: &str,
    text: &str,
    now: Option<Timestamp>,
) -> Option<Timestamp> {
    match now {
        Some(now) if ui.input_time(&now) == text.trim() => Some(now),
        _ => time(fields, ui, pointer, text),
    }
}

/// Where a small form is refused whose page is another one, the reader sees what was wrong and goes back by themselves:
/// fields are few and checked by the browser first.
fn or_field_errors(error: WebError, ui: &Ui) -> WebResult<FieldErrors> {
    FieldErrors::from_error(error.0, ui.lang)
}

/// Whether an error says that somebody else was first.
const fn is_stale(error: &Error) -> bool {
    matches!(error, Error::Stale { .. })
}
