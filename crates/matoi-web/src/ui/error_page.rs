//! The page for what goes wrong: what happened, what to do, and the number the administrator needs.

use askama::Template;
use axum::http::HeaderMap;
use matoi_core::Caller;

use super::Ui;
use crate::App;
use crate::http::error::Problem;
use crate::http::info::RequestInfo;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    ui: Ui,
    problem: &'a Problem,
}

/// The whole page. It asks the database nothing: the database may be what is broken.
#[must_use]
pub fn page(app: &App, info: &RequestInfo, problem: &Problem) -> String {
    let caller = Caller::anonymous(info.lang(), "UTC".to_owned(), app.store.now());
    let ui = Ui::bare(app, info, &HeaderMap::new(), &caller);
    ErrorPage { ui, problem }
        .render()
        .unwrap_or_else(|_| problem.title.clone())
}

#[derive(Template)]
#[template(path = "error_fragment.html")]
struct ErrorFragment<'a> {
    problem: &'a Problem,
}

/// The same inside a page that is already there.
#[must_use]
pub fn fragment(problem: &Problem) -> String {
    ErrorFragment { problem }
        .render()
        .unwrap_or_else(|_| problem.title.clone())
}
