//! The triage page: questions, what the criteria propose while they are answered, and the decision.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use matoi_condition::FactType;
use matoi_core::cases::{self, Case, CaseFilter, CaseOrder};
use matoi_core::criteria::service::Pinned;
use matoi_core::criteria::{self, Evaluation, TriageOutcome};
use matoi_core::desk::triage::{self, TriageInput};
use matoi_core::desk::{self, DeskItem, ItemKind};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::kernel::message::Arg;
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Caller, Error, Message, Tx, taxonomy};
use matoi_types::{ItemId, Lang, Priority};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::now::case_by_number;
use crate::App;
use crate::desk::api::triage::number_for;
use crate::desk::views::{ProposalView, TriagePage, questions};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/triage", get(show).post(decide))
        .route("/alerts/{id}/triage", get(show).post(decide))
        .route("/reports/{id}/triage/preview", post(preview))
        .route("/alerts/{id}/triage/preview", post(preview))
}

/// A form whose fields the criteria name: pairs as they were sent.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Pairs(Vec<(String, String)>);

/// What is typed of the decision.
#[derive(Debug, Clone, Default)]
pub(in crate::desk) struct DecisionForm {
    pub(in crate::desk) version: i64,
    /// `proposed`, or an outcome.
    pub(in crate::desk) outcome: String,
    pub(in crate::desk) class: String,
    pub(in crate::desk) priority: String,
    pub(in crate::desk) title: String,
    pub(in crate::desk) case_number: String,
    pub(in crate::desk) override_reason: String,
    pub(in crate::desk) not_incident_reason: String,
    pub(in crate::desk) answer: bool,
    /// The row that was proposed when the page was read.
    seen: String,
    /// The text that was offered for the reporter.
    suggested: String,
    action: String,
    answers: BTreeMap<String, Vec<String>>,
}

impl DecisionForm {
    fn of(pairs: Pairs) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs.0 {
            let field = match name.as_str() {
                "version" => {
                    form.version = value.parse().unwrap_or(0);
                    continue;
                }
                "answer" => {
                    form.answer = value == "true";
                    continue;
                }
                "outcome" => &mut form.outcome,
                "class" => &mut form.class,
                "priority" => &mut form.priority,
                "title" => &mut form.title,
                "case_number" => &mut form.case_number,
                "override_reason" => &mut form.override_reason,
                "not_incident_reason" => &mut form.not_incident_reason,
                "seen" => &mut form.seen,
                "suggested" => &mut form.suggested,
                "do" => &mut form.action,
                _ => {
                    form.answers.entry(name).or_default().push(value);
                    continue;
                }
            };
            *field = value;
        }
        form
    }

    fn values(&self, prefix: &str, fact: &str) -> Vec<&str> {
        let values = self.answers.get(&format!("{prefix}.{fact}"));
        values
            .into_iter()
            .flatten()
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// The answers as plain facts: what was left open is not there, what is assumed says so.
    fn facts(&self, pinned: &Pinned, ui: &Ui) -> Map<String, Json> {
        let mut facts = Map::new();
        for fact in &pinned.criteria.facts {
            let given = self.values("f", &fact.name);
            let none = !self.values("n", &fact.name).is_empty();
            let value = match &fact.fact_type {
                FactType::Choices { .. } if given.is_empty() && none => json!([]),
                FactType::Choices { .. } if !given.is_empty() => json!(given),
                _ => match given.first() {
                    None => continue,
                    Some(text) => plain(&fact.fact_type, text, ui),
                },
            };
            let assumed = !self.values("a", &fact.name).is_empty();
            let value = if assumed {
                json!({ "assumed": value })
            } else {
                value
            };
            facts.insert(fact.name.clone(), value);
        }
        facts
    }
}

/// What was typed, in the shape the criteria read; what cannot be of that shape stays text, and they say so.
fn plain(fact_type: &FactType, text: &str, ui: &Ui) -> Json {
    match fact_type {
        FactType::Boolean => match text {
            "true" => json!(true),
            "false" => json!(false),
            other => json!(other),
        },
        FactType::Number { .. } => text
            .parse::<i64>()
            .map(Json::from)
            .or_else(|_| text.parse::<f64>().map(Json::from))
            .unwrap_or_else(|_| json!(text)),
        FactType::DateTime => ui
            .read_time(text)
            .map_or_else(|| json!(text), |at| json!(at.to_string())),
        FactType::Texts => json!(
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
        ),
        _ => json!(text),
    }
}

/// What the criteria in force say of the answers; wrong answers count as none and are named.
async fn judge(tx: &mut Tx, form: &DecisionForm, ui: &Ui) -> Result<(Map<String, Json>, Judged), Error> {
    let pinned = criteria::service::in_force(tx, criteria::service::INCIDENT).await?;
    let facts = form.facts(&pinned, ui);
    judged(tx, facts, pinned).await
}

struct Judged {
    pinned: Pinned,
    evaluation: Evaluation,
    wrong: Option<Error>,
}

async fn judged(
    tx: &mut Tx,
    facts: Map<String, Json>,
    pinned: Pinned,
) -> Result<(Map<String, Json>, Judged), Error> {
    match triage::propose(tx, &facts).await {
        Ok((pinned, evaluation)) => Ok((
            facts,
            Judged {
                pinned,
                evaluation,
                wrong: None,
            },
        )),
        Err(Error::Invalid(fields)) => {
            let wrong: Vec<&str> = fields
                .iter()
                .filter_map(|field| field.pointer.strip_prefix("/facts/"))
                .collect();
            let kept: Map<String, Json> = facts
                .iter()
                .filter(|(name, _)| !wrong.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let kept = criteria::service::read_facts(&pinned.criteria, &kept)?;
            let evaluation = pinned.criteria.evaluate(&kept);
            Ok((
                facts,
                Judged {
                    pinned,
                    evaluation,
                    wrong: Some(Error::Invalid(fields)),
                },
            ))
        }
        Err(other) => Err(other),
    }
}

/// The text offered for a reporter whose report is no incident, in their language.
fn suggestion(evaluation: &Evaluation, lang: Lang) -> String {
    let words = Words::get();
    let reason = evaluation
        .proposal
        .as_ref()
        .filter(|proposal| proposal.outcome == TriageOutcome::NotIncident)
        .map(|proposal| proposal.reason.get(lang));
    match reason {
        Some(reason) => {
            let reason: Arg = reason.into();
            words.format(lang, "triage-suggestion", &[("reason", &reason)])
        }
        // Nothing is offered that could be sent without a reason in it.
        None => String::new(),
    }
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Response> {
    caller.require(Action::ReportTriage)?;
    let mut tx = app.store.read(&caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    if let Some(response) = already_decided(&ui, &item) {
        return Ok(response);
    }
    // What was answered when it was triaged before is what is known; else what the way it came in lets one assume.
    let before = triage::records(&mut tx, Some(id), None).await?.pop();
    let facts = match before.and_then(|record| record.facts.as_object().cloned()) {
        Some(facts) => facts,
        None => triage::suggested_facts(&mut tx, &item).await?,
    };
    let pinned = criteria::service::in_force(&mut tx, criteria::service::INCIDENT).await?;
    let (facts, judged) = judged(&mut tx, facts, pinned).await?;
    let offered = suggestion(&judged.evaluation, item.lang);
    let form = DecisionForm {
        version: item.version,
        outcome: "proposed".to_owned(),
        not_incident_reason: offered.clone(),
        suggested: offered,
        answer: true,
        ..DecisionForm::default()
    };
    page(tx, ui, item, facts, judged, form, FieldErrors::none()).await
}

/// What belongs to a case or is closed is not decided again here: back to its page, which says so.
fn already_decided(ui: &Ui, item: &DeskItem) -> Option<Response> {
    let decided = item.case_id.is_some() || item.state == desk::ItemState::Closed;
    decided.then(|| Redirect::to(&ui.item_path(item)).into_response())
}

async fn page(
    mut tx: Tx,
    ui: Ui,
    item: DeskItem,
    facts: Map<String, Json>,
    judged: Judged,
    mut form: DecisionForm,
    errors: FieldErrors,
) -> WebResult<Response> {
    let ui = ui.at(match item.kind {
        ItemKind::Report => Place::Now,
        ItemKind::Alert => Place::Watch,
    });
    let offered = suggestion(&judged.evaluation, item.lang);
    if form.not_incident_reason.trim().is_empty() || form.not_incident_reason == form.suggested {
        form.not_incident_reason.clone_from(&offered);
    }
    let page = TriagePage {
        questions: questions(&ui, &judged.pinned, Some(&judged.evaluation), &facts),
        proposal: ProposalView::new(&ui, &judged.pinned, &judged.evaluation, item.lang),
        groups: taxonomy::groups(),
        open_cases: open_cases(&mut tx).await?,
        about: judged.pinned.criteria.about.get(ui.lang).to_owned(),
        suggestion: offered,
        ui: ui.clone(),
        item,
        form,
        errors: errors.clone(),
    };
    if errors.any() {
        ui.refused(&page, &errors)
    } else {
        ui.page(&page)
    }
}

/// The latest open cases, to choose from.
async fn open_cases(tx: &mut Tx) -> Result<Vec<Case>, Error> {
    if !tx.caller().may(Action::CaseRead) {
        return Ok(Vec::new());
    }
    let page = PageRequest {
        cursor: None,
        limit: Some(20),
    };
    let page = cases::service::list(tx, &CaseFilter::default(), CaseOrder::Updated, &page).await?;
    Ok(page.items)
}

/// What the criteria say of the answers so far. Nothing is kept.
async fn preview(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(pairs): PageForm<Pairs>,
) -> WebResult<Response> {
    caller.require(Action::ReportTriage)?;
    let form = DecisionForm::of(pairs);
    let mut tx = app.store.read(&caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    let (_, judged) = judge(&mut tx, &form, &ui).await?;
    let offered = suggestion(&judged.evaluation, item.lang);
    // A text that somebody wrote is theirs; one that was offered makes room for a better one.
    let untouched = form.not_incident_reason.trim().is_empty()
        || lines(&form.not_incident_reason) == lines(&form.suggested);
    let fragment = ProposalView::new(&ui, &judged.pinned, &judged.evaluation, item.lang)
        .with_suggestion(Some(offered).filter(|_| untouched && item.kind == ItemKind::Report));
    ui.page(&fragment)
}

/// A text as it is compared: browsers send line ends in their own way.
pub(super) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

async fn decide(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(pairs): PageForm<Pairs>,
) -> WebResult<Response> {
    caller.require(Action::ReportTriage)?;
    let mut form = DecisionForm::of(pairs);
    let mut tx = app.store.read(&caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    let (facts, judged) = judge(&mut tx, &form, &ui).await?;
    let decided = if form.action == "decide" {
        read(&mut tx, &form, facts.clone(), &judged, &item).await
    } else {
        // Only looking: the page again with what the criteria say now.
        let errors = match judged.wrong {
            Some(error) => FieldErrors::from_error(error, ui.lang)?,
            None => FieldErrors::none(),
        };
        let judged = Judged {
            wrong: None,
            ..judged
        };
        return page(tx, ui, item, facts, judged, form, errors).await;
    };
    drop(tx);
    let outcome = match decided {
        Ok(input) => commit(&app, &caller, id, form.version, input).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(triaged) => Ok(match triaged.case {
            Some(case) if caller.may(Action::CaseRead) => {
                ui.done(format!("/cases/{}", case.id), "notice-desk-triaged")
            }
            _ => {
                let place = format!("/{}s/{}", triaged.item.kind.as_str(), triaged.item.id);
                ui.done(place, "notice-desk-triaged")
            }
        }),
        Err(error) => {
            let error = match error {
                Error::Stale { current } => {
                    form.version = current;
                    Error::rule("error-desk-stale-triage")
                }
                Error::Invalid(fields) => Error::Invalid(
                    fields
                        .into_iter()
                        .map(|mut field| {
                            if field.pointer == "/case_id" {
                                "/case_number".clone_into(&mut field.pointer);
                            }
                            field
                        })
                        .collect(),
                ),
                other => other,
            };
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let mut tx = app.store.read(&caller).await?;
            let item = desk::queue::get(&mut tx, id).await?;
            if let Some(response) = already_decided(&ui, &item) {
                return Ok(response);
            }
            page(tx, ui, item, facts, judged, form, errors).await
        }
    }
}

/// Reads the decision. Nobody decides on a proposal they have not seen.
async fn read(
    tx: &mut Tx,
    form: &DecisionForm,
    facts: Map<String, Json>,
    judged: &Judged,
    item: &DeskItem,
) -> Result<TriageInput, Error> {
    if let Some(Error::Invalid(fields)) = &judged.wrong {
        return Err(Error::Invalid(fields.clone()));
    }
    let mut fields = Fields::new();
    let proposal = judged.evaluation.proposal.as_ref();
    let outcome = match form.outcome.as_str() {
        "proposed" => {
            let unseen = proposal.map_or("", |p| p.row.as_str()) != form.seen;
            fields.wrong_if(unseen, "/outcome", "error-proposal-changed");
            fields.wrong_if(proposal.is_none() && !unseen, "/outcome", "error-no-proposal");
            proposal.map(|proposal| proposal.outcome)
        }
        text => fields.parsed("/outcome", text, "error-choose"),
    };
    let priority: Option<Priority> = match form.priority.as_str() {
        "" => None,
        text => fields.parsed("/priority", text, "error-choose"),
    };
    fields.done()?;
    let case = match form.case_number.trim() {
        "" => None,
        _ if outcome == Some(TriageOutcome::NotIncident) => None,
        typed => Some(case_by_number(tx, "/case_number", typed).await?.id),
    };
    Ok(TriageInput {
        facts,
        outcome: outcome.ok_or_else(|| Error::field("/outcome", Message::new("error-choose")))?,
        class: Some(form.class.clone()).filter(|class| !class.is_empty()),
        priority,
        title: form.title.clone(),
        case_id: case,
        override_reason: form.override_reason.clone(),
        not_incident_reason: form.not_incident_reason.clone(),
        answer: form.answer && item.kind == ItemKind::Report && tx.caller().may(Action::ReportAnswer),
    })
}

async fn commit(
    app: &App,
    caller: &Caller,
    id: ItemId,
    version: i64,
    input: TriageInput,
) -> Result<triage::Triaged, Error> {
    let number = number_for(app, caller, id, version, &input).await?;
    let mut tx = app.store.write(caller).await?;
    let triaged = triage::decide(&mut tx, id, version, &number, input).await?;
    tx.commit().await?;
    Ok(triaged)
}
