//! The list of cases, a new case, and the incident page.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_core::assets::affected;
use matoi_core::cases::model::CaseInput;
use matoi_core::cases::{Case, CaseKind, EntryKind, decisions, links, progress, service, tasks, timeline};
use matoi_core::clocks::{self, ClockOwner};
use matoi_core::kernel::check::Fields;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::page::PageRequest;
use matoi_core::lifecycle::Lifecycle;
use matoi_core::{Action, Caller, Error, Tx, desk, files, identity, observables, report_doc, taxonomy};
use matoi_types::{CaseId, EntryId};
use serde::Deserialize;

use super::assets::{AffectedForm, NewAssetForm};
use super::traces::ObservableForm;
use super::work::{DecisionForm, TaskForm};
use super::{or_field_errors, time};
use crate::App;
use crate::cases::query::CaseQuery;
use crate::cases::views::{
    CasePage, ClockView, ListPage, NewPage, Person, PhaseName, PhaseStep, Timeline, Traces, Work,
};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases", get(list))
        .route("/cases/new", get(new).post(create))
        .route("/cases/{id}", get(show))
        .route("/cases/{id}/work", get(show_work))
        .route("/cases/{id}/timeline", get(show_timeline))
        .route("/cases/{id}/traces", get(show_traces))
}

async fn list(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<CaseQuery>,
) -> WebResult<Response> {
    caller.require(Action::CaseRead)?;
    let ui = ui.at(Place::Cases);
    let (filter, order) = query.read(&caller)?;
    let mut tx = app.store.read(&caller).await?;
    let page = PageRequest {
        cursor: query.cursor.clone(),
        limit: query.limit,
    };
    let page = service::list(&mut tx, &filter, order, &page).await?;
    let count = service::count(&mut tx, &filter).await?;
    let mut phases = Vec::new();
    for kind in CaseKind::ALL {
        let lifecycle = progress::lifecycle_in_force(&mut tx, *kind).await?;
        phases.extend(phase_names(&ui, *kind, &lifecycle));
    }
    let template = ListPage {
        ui: ui.clone(),
        query,
        cases: page.items,
        count,
        next: page.next,
        phases,
        groups: taxonomy::groups(),
    };
    ui.page(&template)
}

pub(super) fn phase_names(ui: &Ui, kind: CaseKind, lifecycle: &Lifecycle) -> Vec<PhaseName> {
    lifecycle
        .phases
        .iter()
        .map(|phase| PhaseName {
            kind,
            id: phase.id.clone(),
            name: phase.name.get(ui.lang).to_owned(),
        })
        .collect()
}

/// What is typed to open a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::cases) struct NewForm {
    pub(in crate::cases) kind: String,
    pub(in crate::cases) title: String,
    pub(in crate::cases) summary: String,
    pub(in crate::cases) class: String,
    pub(in crate::cases) severity: String,
    pub(in crate::cases) priority: String,
    pub(in crate::cases) tlp: String,
    pub(in crate::cases) occurred_at: String,
    pub(in crate::cases) detected_at: String,
    pub(in crate::cases) restricted: bool,
}

impl NewForm {
    fn read(&self, ui: &Ui) -> Result<CaseInput, Error> {
        let mut fields = Fields::new();
        let kind = fields
            .parsed("/kind", &self.kind, "error-choose")
            .unwrap_or(CaseKind::Incident);
        let input = CaseInput {
            kind,
            title: self.title.clone(),
            summary: self.summary.clone(),
            class: self.class.clone(),
            severity: fields
                .parsed("/severity", &self.severity, "error-choose")
                .unwrap_or(matoi_types::Severity::Medium),
            priority: fields
                .parsed("/priority", &self.priority, "error-choose")
                .unwrap_or(matoi_types::Priority::P3),
            tlp: if self.tlp.is_empty() {
                None
            } else {
                fields.parsed("/tlp", &self.tlp, "error-choose")
            },
            restricted: self.restricted,
            unit_id: None,
            occurred_at: time(&mut fields, ui, "/occurred_at", &self.occurred_at),
            detected_at: time(&mut fields, ui, "/detected_at", &self.detected_at),
        };
        fields.done()?;
        Ok(input)
    }
}

async fn new(SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    caller.require(Action::CaseCreate)?;
    let form = NewForm {
        kind: "incident".to_owned(),
        severity: "medium".to_owned(),
        priority: "p3".to_owned(),
        ..NewForm::default()
    };
    new_page(ui, form, FieldErrors::none())
}

fn new_page(ui: Ui, form: NewForm, errors: FieldErrors) -> WebResult<Response> {
    let ui = ui.at(Place::Cases);
    let template = NewPage {
        ui: ui.clone(),
        form,
        errors: errors.clone(),
        groups: taxonomy::groups(),
    };
    if errors.any() {
        ui.refused(&template, &errors)
    } else {
        ui.page(&template)
    }
}

async fn create(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<NewForm>,
) -> WebResult<Response> {
    match make(&app, &caller, &ui, &form).await {
        Ok(case) => Ok(ui.done(format!("/cases/{}", case.id), "notice-case-opened")),
        Err(error) => {
            let errors = or_field_errors(error.into(), &ui)?;
            new_page(ui, form, errors)
        }
    }
}

const fn series(kind: CaseKind) -> Series {
    match kind {
        CaseKind::Incident => Series::Incident,
        CaseKind::Inquiry => Series::Inquiry,
    }
}

async fn make(app: &App, caller: &Caller, ui: &Ui, form: &NewForm) -> Result<Case, Error> {
    caller.require(Action::CaseCreate)?;
    let input = form.read(ui)?;
    service::check_input(&input, caller.now)?;
    let number = numbers::next(&app.store, caller, series(input.kind)).await?;
    let mut tx = app.store.write(caller).await?;
    let case = service::create(&mut tx, &number, input).await?;
    tx.commit().await?;
    Ok(case)
}

/// Which part of the timeline is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TimelineQuery {
    kind: String,
    cursor: Option<String>,
    /// An entry that must be shown: where a result of the search leads.
    entry: Option<EntryId>,
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    ApiQuery(query): ApiQuery<TimelineQuery>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Cases);
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let lifecycle = progress::lifecycle_of(&mut tx, &case).await?;
    let clocks = clocks_of(&mut tx, &ui, &case, &lifecycle).await?;
    let work = work(&mut tx, ui.clone(), case.clone()).await?;
    let traces = traces(&mut tx, ui.clone(), case.clone()).await?;
    let timeline = timeline_of(&mut tx, ui.clone(), case.clone(), query).await?;
    let phases = steps(&ui, &case, &lifecycle);
    let scope = case.scope_id.to_string();
    ui.page(&CasePage {
        ui: ui.clone(),
        case,
        scope,
        phases,
        clocks,
        work,
        traces,
        timeline,
    })
}

async fn show_work(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let fragment = work(&mut tx, ui.clone(), case).await?;
    ui.page(&fragment)
}

async fn show_traces(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let fragment = traces(&mut tx, ui.clone(), case).await?;
    ui.page(&fragment)
}

async fn show_timeline(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    ApiQuery(query): ApiQuery<TimelineQuery>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let fragment = timeline_of(&mut tx, ui.clone(), case, query).await?;
    ui.page(&fragment)
}

/// The newest part of a timeline, all kinds: what a written entry is answered with.
pub(super) async fn newest(tx: &mut Tx, ui: Ui, id: CaseId) -> Result<Timeline, Error> {
    let case = service::get(tx, id).await?;
    timeline_of(tx, ui, case, TimelineQuery::default()).await
}

async fn timeline_of(tx: &mut Tx, ui: Ui, case: Case, query: TimelineQuery) -> Result<Timeline, Error> {
    let mut kinds: Vec<EntryKind> = Vec::new();
    for kind in query.kind.split(',').filter(|kind| !kind.is_empty()) {
        kinds.push(kind.parse().map_err(|_| Error::NotFound("page"))?);
    }
    let mut older = query.cursor.is_some();
    let page = PageRequest {
        cursor: query.cursor,
        limit: None,
    };
    let mut page = timeline::list(tx, case.id, &kinds, &page).await?;
    if let Some(wanted) = query.entry
        && !page.items.iter().any(|entry| entry.id == wanted)
    {
        match timeline::list_from(tx, case.id, &kinds, wanted).await {
            Ok(from) => (page, older) = (from, true),
            // Taken back or moved meanwhile: the newest are shown.
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let pinned = if older {
        Vec::new()
    } else {
        timeline::pinned(tx, case.id).await?
    };
    let counts = timeline::counts(tx, case.id).await?;
    let lifecycle = progress::lifecycle_of(tx, &case).await?;
    let phases = phase_names(&ui, case.kind, &lifecycle);
    Ok(Timeline {
        ui,
        case,
        phases,
        pinned,
        entries: page.items,
        next: page.next,
        filter: query.kind,
        counts,
        older,
    })
}

async fn work(tx: &mut Tx, ui: Ui, case: Case) -> Result<Work, Error> {
    let tasks = tasks::list(tx, case.id).await?;
    let decisions = decisions::list(tx, case.id).await?;
    let items = desk::queue::of_case(tx, case.id).await?;
    let people = people(tx, &ui).await?;
    let task_form = TaskForm::default()
        .page(&ui, &people, &format!("/cases/{}/tasks", case.id), "task-add-do")
        .with_prefix("task");
    let decision_form = DecisionForm::default().page(&ui, case.id).with_prefix("decision");
    Ok(Work {
        ui,
        case,
        tasks,
        decisions,
        items,
        task_form,
        decision_form,
    })
}

/// Who can be given work; empty for those who give none.
pub(super) async fn people(tx: &mut Tx, ui: &Ui) -> Result<Vec<Person>, Error> {
    if ui.may(Action::AccountRead) {
        identity::accounts::assignable(tx).await
    } else {
        Ok(Vec::new())
    }
}

async fn traces(tx: &mut Tx, ui: Ui, case: Case) -> Result<Traces, Error> {
    let missing = progress::missing(tx, &case, "close").await?;
    let observables = observables::service::of_case(tx, case.id).await?;
    let affected = affected::of_case(tx, case.id).await?;
    let suggested = affected::suggested_by(tx, &observables, &affected).await?;
    let attachments = files::service::of_case(tx, case.id).await?;
    let documents = if ui.may(Action::DocumentRead) {
        report_doc::service::of_case(tx, case.id).await?
    } else {
        Vec::new()
    };
    let links = links::list(tx, case.id).await?;
    let merged = links::merged_here(tx, case.id).await?;
    let members = matoi_core::cases::access::members(tx, case.id).await?;
    let affected_form = AffectedForm::default().page(&ui, case.id).with_prefix("affected");
    let new_asset_form = NewAssetForm::default().page(&ui, case.id).with_prefix("asset");
    let observable_form = ObservableForm::default()
        .page(&ui, &case)
        .with_prefix("observable");
    Ok(Traces {
        ui,
        case,
        missing,
        affected,
        suggested,
        affected_form,
        new_asset_form,
        observables,
        attachments,
        documents,
        links,
        merged,
        members,
        observable_form,
    })
}

fn steps(ui: &Ui, case: &Case, lifecycle: &Lifecycle) -> Vec<PhaseStep> {
    let at = lifecycle.position(&case.phase).unwrap_or(0);
    let all_done = case.state == matoi_core::cases::CaseState::Closed;
    let step = |(position, phase): (usize, &matoi_core::lifecycle::Phase)| PhaseStep {
        name: phase.name.get(ui.lang).to_owned(),
        class: match position.cmp(&at) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal if all_done => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "",
        },
        services: phase.services.join(" "),
    };
    lifecycle.phases.iter().enumerate().map(step).collect()
}

/// The running clocks and the last met one of each kind, in the order of the life cycle.
async fn clocks_of(
    tx: &mut Tx,
    ui: &Ui,
    case: &Case,
    lifecycle: &Lifecycle,
) -> Result<Vec<ClockView>, Error> {
    let all = clocks::service::of(tx, ClockOwner::Case(case.id)).await?;
    let view = |definition: &matoi_core::lifecycle::CaseClock| {
        let latest = all
            .iter()
            .rev()
            .find(|clock| clock.kind == definition.id && clock.cancelled_at.is_none())?;
        let assignee = case.handler.clone().or_else(|| case.commander.clone());
        Some(ClockView::new(ui, definition.name.get(ui.lang), latest, assignee))
    };
    Ok(lifecycle.clocks.iter().filter_map(view).collect())
}
