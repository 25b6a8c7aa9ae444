//! Tasks and decisions.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use matoi_core::cases::tasks::{self, TaskProgress};
use matoi_core::cases::{Decision, DecisionInput, DecisionKind, Task, TaskInput, decisions, service};
use matoi_core::desk::{self, ItemKind};
use matoi_core::kernel::check::Fields;
use matoi_core::{Action, Caller, Error};
use matoi_types::{CaseId, ItemId, TaskId};
use serde::Deserialize;

use super::show::people;
use super::{back, kept_time, or_field_errors};
use crate::App;
use crate::cases::small_form::{Control, FormPage, SmallForm};
use crate::cases::views::{Person, TaskPage};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/tasks", post(set_task))
        .route("/tasks/{id}", get(show_task).post(progress_task))
        .route("/tasks/{id}/edit", get(edit_task).post(save_task))
        .route("/cases/{id}/decisions", post(decide))
        .route("/items/{id}", get(to_item))
}

// Tasks

/// What is typed of a task.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TaskForm {
    title: String,
    body: String,
    service: String,
    assignee_id: String,
    due_at: String,
    evidence_first: bool,
    version: i64,
}

impl TaskForm {
    fn of(ui: &Ui, task: &Task) -> Self {
        Self {
            title: task.title.clone(),
            body: task.body.clone(),
            service: task.service.clone(),
            assignee_id: task.assignee_id.map(|id| id.to_string()).unwrap_or_default(),
            due_at: task.due_at.map(|at| ui.input_time(&at)).unwrap_or_default(),
            evidence_first: task.evidence_first,
            version: task.version,
        }
    }

    pub(super) fn page(&self, ui: &Ui, people: &[Person], action: &str, submit: &'static str) -> SmallForm {
        let mut choices = vec![(String::new(), ui.t("nobody"))];
        choices.extend(people.iter().map(|(id, name)| (id.to_string(), name.clone())));
        SmallForm::new(ui, action, submit)
            .field("title", "task-title", &self.title, Control::Line { max: 200 })
            .required()
            .field("body", "task-body", &self.body, Control::Text { rows: 2 })
            .field(
                "assignee_id",
                "task-assignee",
                &self.assignee_id,
                Control::Choice(choices),
            )
            .field("due_at", "task-due", &self.due_at, Control::Time)
            .field(
                "service",
                "task-service",
                &self.service,
                Control::Line { max: 10 },
            )
            .hint("task-service-hint")
            .field(
                "evidence_first",
                "task-evidence-first",
                if self.evidence_first { "true" } else { "" },
                Control::Check,
            )
    }

    fn read(&self, ui: &Ui, before: Option<&Task>) -> Result<TaskInput, Error> {
        let mut fields = Fields::new();
        let assignee = self.assignee_id.trim();
        let input = TaskInput {
            title: self.title.clone(),
            body: self.body.clone(),
            service: self.service.trim().to_uppercase(),
            assignee_id: if assignee.is_empty() {
                None
            } else {
                fields.parsed("/assignee_id", assignee, "error-unknown-account")
            },
            due_at: kept_time(
                &mut fields,
                ui,
                "/due_at",
                &self.due_at,
                before.and_then(|task| task.due_at),
            ),
            evidence_first: self.evidence_first,
        };
        fields.done()?;
        Ok(input)
    }
}

async fn set_task(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<TaskForm>,
) -> WebResult<Response> {
    let Err(error) = create_task(&app, &caller, &ui, id, &form).await else {
        return Ok(ui.done(format!("/cases/{id}#h-next"), "notice-task-set"));
    };
    let errors = or_field_errors(error.into(), &ui)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let people = people(&mut tx, &ui).await?;
    let above = (format!("/cases/{id}"), format!("{} {}", case.number, case.title));
    let form = form
        .page(&ui, &people, &format!("/cases/{id}/tasks"), "task-add-do")
        .with_errors(errors);
    let page = FormPage {
        title: ui.t("task-add"),
        above,
        form,
        ui: ui.at(Place::Cases),
    };
    page.ui.refused(&page, page.errors())
}

async fn create_task(
    app: &App,
    caller: &Caller,
    ui: &Ui,
    id: CaseId,
    form: &TaskForm,
) -> Result<Task, Error> {
    let input = form.read(ui, None)?;
    let mut tx = app.store.write(caller).await?;
    let task = tasks::create(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(task)
}

/// How a task goes on, as its page says it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ProgressForm {
    state: String,
    result: String,
    version: i64,
}

async fn show_task(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<TaskId>,
) -> WebResult<Response> {
    task_page(&app, &caller, ui, id, None, FieldErrors::none()).await
}

async fn task_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: TaskId,
    result: Option<String>,
    errors: FieldErrors,
) -> WebResult<Response> {
    let mut tx = app.store.read(caller).await?;
    let task = tasks::get(&mut tx, id).await?;
    // Whoever a task was given to does not see the rest of the case by that.
    let sees_case = service::get(&mut tx, task.case_id).await.is_ok();
    let result = result.unwrap_or_else(|| task.result.clone());
    let ui = ui.at(Place::Cases);
    let template = TaskPage {
        ui: ui.clone(),
        task,
        sees_case,
        result,
        errors: errors.clone(),
    };
    if errors.any() {
        ui.refused(&template, &errors)
    } else {
        ui.page(&template)
    }
}

async fn progress_task(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<TaskId>,
    PageForm(form): PageForm<ProgressForm>,
) -> WebResult<Response> {
    match move_on(&app, &caller, id, &form).await {
        Ok(_) => Ok(ui.done(format!("/tasks/{id}"), "notice-task-saved")),
        Err(error) => {
            let errors = or_field_errors(error.into(), &ui)?;
            task_page(&app, &caller, ui, id, Some(form.result), errors).await
        }
    }
}

async fn move_on(app: &App, caller: &Caller, id: TaskId, form: &ProgressForm) -> Result<Task, Error> {
    let mut fields = Fields::new();
    let state = fields.parsed("/state", &form.state, "error-choose");
    fields.done()?;
    let Some(state) = state else {
        return Err(Error::NotFound("page"));
    };
    let mut tx = app.store.write(caller).await?;
    let task = tasks::progress(
        &mut tx,
        id,
        form.version,
        TaskProgress {
            state,
            result: form.result.clone(),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(task)
}

async fn edit_task(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<TaskId>,
) -> WebResult<Response> {
    caller.require(Action::CaseUpdate)?;
    let mut tx = app.store.read(&caller).await?;
    let task = tasks::get(&mut tx, id).await?;
    let people = people(&mut tx, &ui).await?;
    let form = TaskForm::of(&ui, &task);
    let page = edit_page(ui, &task, &people, &form, FieldErrors::none());
    page.ui.page(&page)
}

fn edit_page(ui: Ui, task: &Task, people: &[Person], form: &TaskForm, errors: FieldErrors) -> FormPage {
    let fields = form
        .page(&ui, people, &format!("/tasks/{}/edit", task.id), "form-save")
        .with_version(task.version)
        .with_errors(errors);
    FormPage {
        title: ui.t("task-edit"),
        above: (format!("/tasks/{}", task.id), task.title.clone()),
        form: fields,
        ui: ui.at(Place::Cases),
    }
}

async fn save_task(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<TaskId>,
    PageForm(form): PageForm<TaskForm>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let task = tasks::get(&mut tx, id).await?;
    let people = people(&mut tx, &ui).await?;
    drop(tx);
    match change_task(&app, &caller, &ui, &task, &form).await {
        Ok(_) => Ok(ui.done(format!("/tasks/{id}"), "notice-task-saved")),
        Err(error) => {
            let errors = or_field_errors(error.into(), &ui)?;
            let page = edit_page(ui, &task, &people, &form, errors);
            page.ui.refused(&page, page.errors())
        }
    }
}

async fn change_task(
    app: &App,
    caller: &Caller,
    ui: &Ui,
    before: &Task,
    form: &TaskForm,
) -> Result<Task, Error> {
    let input = form.read(ui, Some(before))?;
    let mut tx = app.store.write(caller).await?;
    let task = tasks::update(&mut tx, before.id, form.version, input).await?;
    tx.commit().await?;
    Ok(task)
}

// Decisions

/// What is typed of a decision.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct DecisionForm {
    kind: String,
    question: String,
    choice: String,
    grounds: String,
    authority: String,
}

impl DecisionForm {
    pub(super) fn page(&self, ui: &Ui, id: CaseId) -> SmallForm {
        let kinds = DecisionKind::ALL
            .iter()
            .map(|kind| (kind.to_string(), ui.named("decision-kind-", kind)));
        SmallForm::new(ui, &format!("/cases/{id}/decisions"), "decision-add-do")
            .field(
                "kind",
                "decision-kind",
                &self.kind,
                Control::Choice(kinds.collect()),
            )
            .field(
                "question",
                "decision-question",
                &self.question,
                Control::Line { max: 500 },
            )
            .field(
                "choice",
                "decision-choice",
                &self.choice,
                Control::Line { max: 2000 },
            )
            .required()
            .field(
                "grounds",
                "decision-grounds",
                &self.grounds,
                Control::Text { rows: 3 },
            )
            .required()
            .field(
                "authority",
                "decision-authority",
                &self.authority,
                Control::Line { max: 500 },
            )
            .hint("decision-authority-hint")
            .with_note("decision-final")
    }
}

async fn decide(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<DecisionForm>,
) -> WebResult<Response> {
    let Err(error) = record(&app, &caller, id, &form).await else {
        return Ok(back(&ui, id, "notice-decision"));
    };
    let errors = or_field_errors(error.into(), &ui)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let above = (format!("/cases/{id}"), format!("{} {}", case.number, case.title));
    let page = FormPage {
        title: ui.t("decision-add"),
        above,
        form: form.page(&ui, id).with_errors(errors),
        ui: ui.at(Place::Cases),
    };
    page.ui.refused(&page, page.errors())
}

async fn record(app: &App, caller: &Caller, id: CaseId, form: &DecisionForm) -> Result<Decision, Error> {
    let mut fields = Fields::new();
    let kind = fields
        .parsed("/kind", &form.kind, "error-choose")
        .unwrap_or(DecisionKind::Other);
    fields.done()?;
    let input = DecisionInput {
        kind,
        question: form.question.clone(),
        choice: form.choice.clone(),
        grounds: form.grounds.clone(),
        authority: form.authority.clone(),
        decided_at: None,
    };
    let mut tx = app.store.write(caller).await?;
    let decision = decisions::record(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(decision)
}

/// Entries of the timeline know a report or an alert by its identifier only.
async fn to_item(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    let place = match item.kind {
        ItemKind::Report => "/reports",
        ItemKind::Alert => "/alerts",
    };
    Ok(Redirect::to(&ui.to(format!("{place}/{id}"))).into_response())
}
