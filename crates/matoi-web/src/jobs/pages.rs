//! The page of background work.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use matoi_core::identity::accounts;
use matoi_core::jobs::{Job, JobState, LaneCounts};
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, Caller, Error, jobs};
use matoi_types::{AccountId, JobId};
use serde::Deserialize;

use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, SignedIn};
use crate::ui::{FieldErrors, Pager, Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/jobs", get(show))
        .route("/jobs/{id}", get(show_one))
        .route("/jobs/{id}/retry", post(retry))
        .route("/jobs/{id}/cancel", post(cancel))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    state: String,
    cursor: String,
}

#[derive(Template)]
#[template(path = "jobs/list.html")]
struct ListPage {
    ui: Ui,
    query: ListQuery,
    refused: FieldErrors,
    lanes: Vec<LaneCounts>,
    jobs: Vec<Job>,
    names: HashMap<AccountId, String>,
    pager: Pager,
}

impl ListPage {
    fn name_of(&self, job: &Job) -> String {
        let name = job.created_by.and_then(|id| self.names.get(&id).cloned());
        name.unwrap_or_else(|| self.ui.t("actor-system"))
    }

    fn can_retry(&self, job: &Job) -> bool {
        self.ui.may(Action::JobManage)
            && matches!(job.state, JobState::Failed | JobState::Cancelled | JobState::Held)
    }

    fn can_cancel(&self, job: &Job) -> bool {
        self.ui.may(Action::JobManage)
            && matches!(job.state, JobState::Waiting | JobState::Running | JobState::Held)
    }

    /// Whether the page has something to look at again by itself.
    fn is_busy(&self) -> bool {
        self.lanes.iter().any(|lane| lane.waiting + lane.running > 0)
    }
}

fn state_mark(state: &JobState) -> &'static str {
    match state {
        JobState::Waiting => "new",
        JobState::Running => "doing",
        JobState::Held => "wait",
        JobState::Done => "done",
        JobState::Failed => "late",
        JobState::Cancelled => "off",
    }
}

async fn page(
    app: &App,
    ui: Ui,
    caller: &Caller,
    query: ListQuery,
    refused: FieldErrors,
) -> WebResult<ListPage> {
    let mut tx = app.store.read(caller).await?;
    let request = PageRequest {
        cursor: Some(query.cursor.clone()).filter(|cursor| !cursor.is_empty()),
        limit: None,
    };
    let list = jobs::service::list(&mut tx, query.state.parse().ok(), &request).await?;
    let names = accounts::names_of(&mut tx, list.items.iter().filter_map(|job| job.created_by)).await?;
    let ui = ui.at(Place::Centre);
    Ok(ListPage {
        pager: Pager::new(
            &ui,
            "/jobs",
            &[("state", query.state.as_str())],
            &query.cursor,
            list.next.as_deref(),
        ),
        lanes: jobs::service::overview(&mut tx).await?,
        jobs: list.items,
        names,
        query,
        refused,
        ui,
    })
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> WebResult<Response> {
    let page = page(&app, ui, &caller, query, FieldErrors::none()).await?;
    page.ui.clone().page(&page)
}

/// A job has no page of its own: links to one lead to its row.
async fn show_one(SignedIn { ui, .. }: SignedIn, ApiPath(id): ApiPath<JobId>) -> Response {
    Redirect::to(&ui.to(format!("/jobs#job-{id}"))).into_response()
}

async fn retry(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<JobId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match jobs::service::retry(&mut tx, id).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done("/jobs", "notice-job-retried"))
        }
        Err(error) => {
            drop(tx);
            refuse(&app, ui, &caller, error).await
        }
    }
}

async fn cancel(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<JobId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match jobs::service::cancel(&mut tx, id).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done("/jobs", "notice-job-cancelled"))
        }
        Err(error) => {
            drop(tx);
            refuse(&app, ui, &caller, error).await
        }
    }
}

/// The job went on meanwhile: the list as it is now, with the reason at its head.
async fn refuse(app: &App, ui: Ui, caller: &Caller, error: Error) -> WebResult<Response> {
    let errors = FieldErrors::from_error(error, ui.lang)?;
    let page = page(app, ui, caller, ListQuery::default(), errors.clone()).await?;
    page.ui.clone().refused(&page, &errors)
}
