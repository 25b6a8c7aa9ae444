//! What is said of a case, its phases, and who may see it.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::cases::{Case, CaseState, CaseUpdate, access, progress, service};
use matoi_core::kernel::check::Fields;
use matoi_core::lifecycle::Lifecycle;
use matoi_core::{Action, Caller, Error, Tx, taxonomy};
use matoi_types::{AccountId, CaseId, Timestamp};
use serde::Deserialize;

use super::show::people;
use super::{back, is_stale, kept_time, or_field_errors};
use crate::App;
use crate::cases::views::{AccessPage, EditPage, NextPhase, PhasePage};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/edit", get(edit).post(save))
        .route("/cases/{id}/phase", get(show_phase).post(step))
        .route("/cases/{id}/access", get(show_access).post(restrict))
        .route("/cases/{id}/members", post(name))
        .route("/cases/{id}/members/{account}/remove", post(unname))
}

// What is said of it

/// What is typed of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::cases) struct EditForm {
    pub(in crate::cases) version: i64,
    pub(in crate::cases) title: String,
    pub(in crate::cases) summary: String,
    pub(in crate::cases) class: String,
    pub(in crate::cases) apt_suspected: String,
    pub(in crate::cases) severity: String,
    pub(in crate::cases) priority: String,
    pub(in crate::cases) commander_id: String,
    pub(in crate::cases) handler_id: String,
    pub(in crate::cases) occurred_at: String,
    pub(in crate::cases) contained_at: String,
    pub(in crate::cases) recovered_at: String,
    pub(in crate::cases) review_at: String,
    pub(in crate::cases) review_held_at: String,
    pub(in crate::cases) impact_direct: String,
    pub(in crate::cases) impact_indirect: String,
    pub(in crate::cases) cause: String,
    pub(in crate::cases) prevention: String,
    pub(in crate::cases) review_notes: String,
}

impl EditForm {
    fn of(ui: &Ui, case: &Case) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| ui.input_time(&at)).unwrap_or_default();
        let id = |id: Option<AccountId>| id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            version: case.version,
            title: case.title.clone(),
            summary: case.summary.clone(),
            class: case.class.clone(),
            apt_suspected: case.apt_suspected.to_string(),
            severity: case.severity.to_string(),
            priority: case.priority.to_string(),
            commander_id: id(case.commander_id),
            handler_id: id(case.handler_id),
            occurred_at: time(case.occurred_at),
            contained_at: time(case.contained_at),
            recovered_at: time(case.recovered_at),
            review_at: time(case.review_at),
            review_held_at: time(case.review_held_at),
            impact_direct: case.impact_direct.clone(),
            impact_indirect: case.impact_indirect.clone(),
            cause: case.cause.clone(),
            prevention: case.prevention.clone(),
            review_notes: case.review_notes.clone(),
        }
    }

    fn read(
        &self,
        ui: &Ui,
        case: &Case,
    ) -> Result<(CaseUpdate, Option<AccountId>, Option<AccountId>), Error> {
        let mut fields = Fields::new();
        let time =
            |fields: &mut Fields, pointer, text: &str, now| Some(kept_time(fields, ui, pointer, text, now));
        let update = CaseUpdate {
            title: Some(self.title.clone()),
            summary: Some(self.summary.clone()),
            class: Some(self.class.clone()),
            severity: fields.parsed("/severity", &self.severity, "error-choose"),
            priority: fields.parsed("/priority", &self.priority, "error-choose"),
            apt_suspected: fields.parsed("/apt_suspected", &self.apt_suspected, "error-choose"),
            occurred_at: time(&mut fields, "/occurred_at", &self.occurred_at, case.occurred_at),
            contained_at: time(
                &mut fields,
                "/contained_at",
                &self.contained_at,
                case.contained_at,
            ),
            recovered_at: time(
                &mut fields,
                "/recovered_at",
                &self.recovered_at,
                case.recovered_at,
            ),
            cause: Some(self.cause.clone()),
            impact_direct: Some(self.impact_direct.clone()),
            impact_indirect: Some(self.impact_indirect.clone()),
            prevention: Some(self.prevention.clone()),
            review_at: time(&mut fields, "/review_at", &self.review_at, case.review_at),
            review_held_at: time(
                &mut fields,
                "/review_held_at",
                &self.review_held_at,
                case.review_held_at,
            ),
            review_notes: Some(self.review_notes.clone()),
        };
        let commander = account(&mut fields, "/commander_id", &self.commander_id);
        let handler = account(&mut fields, "/handler_id", &self.handler_id);
        fields.done()?;
        Ok((update, commander, handler))
    }
}

fn account(fields: &mut Fields, pointer: &str, text: &str) -> Option<AccountId> {
    let text = text.trim();
    if text.is_empty() {
        None
    } else {
        fields.parsed(pointer, text, "error-unknown-account")
    }
}

async fn edit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Response> {
    caller.require(Action::CaseUpdate)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let form = EditForm::of(&ui, &case);
    let template = edit_page(&mut tx, ui, case, form, FieldErrors::none(), false).await?;
    template.ui.page(&template)
}

async fn edit_page(
    tx: &mut Tx,
    ui: Ui,
    case: Case,
    form: EditForm,
    errors: FieldErrors,
    conflict: bool,
) -> Result<EditPage, Error> {
    let people = people(tx, &ui).await?;
    Ok(EditPage {
        ui: ui.at(Place::Cases),
        case,
        form,
        errors,
        groups: taxonomy::groups(),
        people,
        conflict,
    })
}

async fn save(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<EditForm>,
) -> WebResult<Response> {
    let Err(error) = change(&app, &caller, &ui, id, &form).await else {
        return Ok(back(&ui, id, "notice-case-saved"));
    };
    let conflict = is_stale(&error);
    let errors = if conflict {
        FieldErrors::none()
    } else {
        or_field_errors(error.into(), &ui)?
    };
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let template = edit_page(&mut tx, ui, case, form, errors.clone(), conflict).await?;
    if conflict {
        let mut response = template.ui.page(&template)?;
        *response.status_mut() = StatusCode::CONFLICT;
        return Ok(response);
    }
    template.ui.refused(&template, &errors)
}

async fn change(app: &App, caller: &Caller, ui: &Ui, id: CaseId, form: &EditForm) -> Result<(), Error> {
    let mut tx = app.store.write(caller).await?;
    let before = service::get(&mut tx, id).await?;
    let (update, commander, handler) = form.read(ui, &before)?;
    let case = service::update(&mut tx, id, form.version, update).await?;
    if (commander, handler) != (case.commander_id, case.handler_id) {
        service::assign(&mut tx, id, case.version, commander, handler).await?;
    }
    tx.commit().await
}

// Phases

/// The step that is taken.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PhaseForm {
    version: i64,
    phase: String,
    reason: String,
    statement: String,
}

async fn show_phase(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Response> {
    let template = phase_page(&app, &caller, ui, id, PhaseForm::default(), FieldErrors::none()).await?;
    template.ui.page(&template)
}

async fn phase_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: CaseId,
    form: PhaseForm,
    errors: FieldErrors,
) -> Result<PhasePage, Error> {
    let mut tx = app.store.read(caller).await?;
    let case = service::get(&mut tx, id).await?;
    let lifecycle = progress::lifecycle_of(&mut tx, &case).await?;
    let next = if case.state == CaseState::Open {
        next_phases(&mut tx, &ui, &case, &lifecycle).await?
    } else {
        Vec::new()
    };
    let current = lifecycle
        .phase(&case.phase)
        .map_or_else(String::new, |phase| phase.name.get(ui.lang).to_owned());
    Ok(PhasePage {
        ui: ui.at(Place::Cases),
        case,
        current,
        next,
        chosen: form.phase,
        reason: form.reason,
        statement: form.statement,
        errors,
    })
}

async fn next_phases(
    tx: &mut Tx,
    ui: &Ui,
    case: &Case,
    lifecycle: &Lifecycle,
) -> Result<Vec<NextPhase>, Error> {
    let here = lifecycle.phase(&case.phase);
    let at = lifecycle.phases.iter().position(|phase| phase.id == case.phase);
    let mut phases: Vec<_> = lifecycle
        .phases
        .iter()
        .enumerate()
        .filter(|(_, phase)| here.is_some_and(|here| here.next.contains(&phase.id)))
        .collect();
    // On first, back last: the first one is proposed.
    phases.sort_by_key(|(position, _)| (Some(*position) < at, *position));
    let mut next = Vec::new();
    for (_, phase) in phases {
        let missing = progress::missing(tx, case, &phase.id).await?;
        let permitted = ui.may(match phase.id.as_str() {
            "converge" => Action::CaseConverge,
            "close" => Action::CaseClose,
            _ => Action::CaseAdvance,
        });
        let may_override = phase.id != "close" || ui.may(Action::CaseCloseOverride);
        next.push(NextPhase {
            id: phase.id.clone(),
            name: phase.name.get(ui.lang).to_owned(),
            missing,
            permitted,
            may_override,
        });
    }
    Ok(next)
}

async fn step(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<PhaseForm>,
) -> WebResult<Response> {
    match take_step(&app, &caller, id, &form).await {
        Ok(_) => Ok(back(&ui, id, "notice-case-phase")),
        Err(error) => {
            let errors = or_field_errors(error.into(), &ui)?;
            let template = phase_page(&app, &caller, ui, id, form, errors.clone()).await?;
            template.ui.refused(&template, &errors)
        }
    }
}

async fn take_step(app: &App, caller: &Caller, id: CaseId, form: &PhaseForm) -> Result<Case, Error> {
    let mut tx = app.store.write(caller).await?;
    let case = match form.phase.as_str() {
        "converge" => progress::converge(&mut tx, id, form.version, &form.statement, &form.reason).await?,
        "close" => progress::close(&mut tx, id, form.version, &form.reason).await?,
        "reopen" => progress::reopen(&mut tx, id, form.version, &form.reason).await?,
        phase => progress::advance(&mut tx, id, form.version, phase, &form.reason).await?,
    };
    tx.commit().await?;
    Ok(case)
}

// Who may see it

async fn show_access(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Response> {
    caller.require(Action::CaseRestrict)?;
    let template = access_page(&app, &caller, ui, id, FieldErrors::none()).await?;
    template.ui.page(&template)
}

async fn access_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: CaseId,
    errors: FieldErrors,
) -> Result<AccessPage, Error> {
    let mut tx = app.store.read(caller).await?;
    let case = service::get(&mut tx, id).await?;
    let members = access::members(&mut tx, id).await?;
    let people = people(&mut tx, &ui).await?;
    Ok(AccessPage {
        ui: ui.at(Place::Cases),
        case,
        members,
        people,
        errors,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AccessForm {
    version: i64,
    tlp: String,
    restricted: bool,
}

async fn restrict(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<AccessForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut fields = Fields::new();
        let tlp = fields.parsed("/tlp", &form.tlp, "error-choose");
        fields.done()?;
        let Some(tlp) = tlp else {
            return Err(Error::NotFound("page"));
        };
        let mut tx = app.store.write(&caller).await?;
        access::restrict(&mut tx, id, form.version, tlp, form.restricted).await?;
        tx.commit().await
    }
    .await;
    access_done(&app, &caller, ui, id, outcome).await
}

async fn access_done(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: CaseId,
    outcome: Result<(), Error>,
) -> WebResult<Response> {
    match outcome {
        Ok(()) => Ok(ui.done(format!("/cases/{id}/access"), "notice-case-access")),
        Err(error) => {
            let errors = or_field_errors(error.into(), &ui)?;
            let template = access_page(app, caller, ui, id, errors.clone()).await?;
            template.ui.refused(&template, &errors)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MemberForm {
    account_id: String,
    reason: String,
}

async fn name(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<MemberForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut fields = Fields::new();
        let account: Option<AccountId> =
            fields.parsed("/account_id", &form.account_id, "error-unknown-account");
        fields.done()?;
        let Some(account) = account else {
            return Err(Error::NotFound("account"));
        };
        let mut tx = app.store.write(&caller).await?;
        access::add_member(&mut tx, id, account, &form.reason).await?;
        tx.commit().await
    }
    .await;
    access_done(&app, &caller, ui, id, outcome).await
}

async fn unname(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, account)): ApiPath<(CaseId, AccountId)>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        access::remove_member(&mut tx, id, account).await?;
        tx.commit().await
    }
    .await;
    access_done(&app, &caller, ui, id, outcome).await
}
