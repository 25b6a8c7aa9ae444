//! Triage: what the criteria ask and propose, and what was decided.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::cases::Case;
use matoi_core::criteria;
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::triage::{self, TriageInput, TriageRecord};
use matoi_core::desk::{DeskItem, ItemKind};
use matoi_core::kernel::data::Bilingual;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Action, Caller};
use matoi_types::ItemId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json_};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::of_kind;
use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_criteria))
        .routes(routes!(evaluate))
        .routes(routes!(list_report_triage, triage_report))
        .routes(routes!(list_alert_triage, triage_alert))
}

/// One thing the criteria ask for.
#[derive(Debug, Serialize, ToSchema)]
struct CriteriaQuestion {
    /// The name of the fact.
    name: String,
    /// What it can be: `{"type": "choice", "steps": ["low", "high"], "ordered": true}`.
    #[serde(rename = "type")]
    #[schema(value_type = Object)]
    fact_type: Json_,
    /// The question as a person is asked it.
    question: Bilingual,
    /// What helps to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Bilingual>,
    /// The steps in words.
    #[schema(value_type = Object)]
    labels: Json_,
}

/// The triage criteria in force, as far as they are asked.
#[derive(Debug, Serialize, ToSchema)]
struct CriteriaQuestions {
    /// Their hash, by which a triage pins them.
    hash: String,
    /// The version people know them by.
    version: i64,
    /// Their name.
    title: Bilingual,
    /// What is asked, in the order of asking.
    facts: Vec<CriteriaQuestion>,
}

/// What the triage criteria in force ask for.
#[utoipa::path(get, path = "/triage/criteria", tag = "triage",
    responses((status = 200, description = "The questions", body = CriteriaQuestions), ReadErrors))]
async fn get_criteria(State(app): State<App>, api: Api) -> WebResult<Json<CriteriaQuestions>> {
    let caller = api.may(Action::CriteriaRead)?;
    let mut tx = app.store.read(&caller).await?;
    let pinned = criteria::service::in_force(&mut tx, criteria::service::INCIDENT).await?;
    let facts = pinned.criteria.facts.iter().map(|fact| CriteriaQuestion {
        name: fact.name.clone(),
        fact_type: serde_json::to_value(&fact.fact_type).unwrap_or_default(),
        question: fact.question.clone(),
        hint: fact.hint.clone(),
        labels: serde_json::to_value(&fact.labels).unwrap_or_default(),
    });
    Ok(Json(CriteriaQuestions {
        facts: facts.collect(),
        hash: pinned.hash,
        version: pinned.version,
        title: pinned.criteria.title.clone(),
    }))
}

/// Facts, as far as they are known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatIf {
    /// By the criteria's names; `null` or missing is unknown, `{"assumed": …}` is assumed.
    #[serde(default)]
    #[schema(value_type = Object)]
    facts: Map<String, Json_>,
}

/// What the criteria say.
#[derive(Debug, Serialize, ToSchema)]
struct Evaluated {
    /// The hash of the criteria.
    criteria_hash: String,
    /// Their version.
    criteria_version: i64,
    /// The proposal, how certain it is, what to ask next, and every row with its trace.
    #[schema(value_type = Object)]
    evaluation: Json_,
}

/// What would the criteria propose for these facts? Nothing is kept.
#[utoipa::path(post, path = "/triage/evaluate", tag = "triage", request_body = WhatIf,
    responses((status = 200, description = "What they say", body = Evaluated), CreateErrors))]
async fn evaluate(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<WhatIf>,
) -> WebResult<Json<Evaluated>> {
    let caller = api.may(Action::CriteriaRead)?;
    let mut tx = app.store.read(&caller).await?;
    let (pinned, evaluation) = triage::propose(&mut tx, &input.facts).await?;
    Ok(Json(Evaluated {
        criteria_hash: pinned.hash,
        criteria_version: pinned.version,
        evaluation: serde_json::to_value(evaluation).map_err(matoi_core::Error::from)?,
    }))
}

/// How a report was triaged, oldest first.
#[utoipa::path(get, path = "/reports/{id}/triage", tag = "triage", params(("id" = ItemId, Path, description = "The report")),
    responses((status = 200, description = "Triage records", body = List<TriageRecord>), ReadErrors))]
async fn list_report_triage(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<TriageRecord>>> {
    records(&app, &caller, id, ItemKind::Report).await
}

/// How an alert was triaged, oldest first.
#[utoipa::path(get, path = "/alerts/{id}/triage", tag = "triage", params(("id" = ItemId, Path, description = "The alert")),
    responses((status = 200, description = "Triage records", body = List<TriageRecord>), ReadErrors))]
async fn list_alert_triage(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<TriageRecord>>> {
    records(&app, &caller, id, ItemKind::Alert).await
}

async fn records(
    app: &App,
    caller: &Caller,
    id: ItemId,
    kind: ItemKind,
) -> WebResult<Json<List<TriageRecord>>> {
    caller.require(Action::CriteriaRead)?;
    let mut tx = app.store.read(caller).await?;
    of_kind(&mut tx, id, kind).await?;
    let items = triage::records(&mut tx, Some(id), None).await?;
    Ok(Json(List { items, next: None }))
}

/// What came of a triage.
#[derive(Debug, Serialize, ToSchema)]
struct TriageResult {
    /// The report or alert as it is now.
    item: DeskItem,
    /// The case it now belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<Case>,
}

/// Decide what a report is: an incident or an inquiry, which opens a case or joins one, or neither, with the reason.
#[utoipa::path(post, path = "/reports/{id}/triage", tag = "triage", request_body = TriageInput,
    params(("id" = ItemId, Path, description = "The report"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "What came of it", body = TriageResult), ChangeErrors))]
async fn triage_report(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<TriageInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportTriage)?;
    decide(&app, &caller, id, ItemKind::Report, version, input).await
}

/// Decide what an alert is.
#[utoipa::path(post, path = "/alerts/{id}/triage", tag = "triage", request_body = TriageInput,
    params(("id" = ItemId, Path, description = "The alert"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "What came of it", body = TriageResult), ChangeErrors))]
async fn triage_alert(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<TriageInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::ReportTriage)?;
    decide(&app, &caller, id, ItemKind::Alert, version, input).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    id: ItemId,
    kind: ItemKind,
    version: i64,
    input: TriageInput,
) -> WebResult<Response> {
    let number = number_for(app, caller, id, version, &input).await?;
    let mut tx = app.store.write(caller).await?;
    of_kind(&mut tx, id, kind).await?;
    let triaged = triage::decide(&mut tx, id, version, &number, input).await?;
    tx.commit().await?;
    let result = TriageResult {
        item: triaged.item,
        case: triaged.case,
    };
    Ok(versioned(result.item.version, result))
}

/// The number of the case that will be opened; empty when none will. What would be refused draws none.
pub(in crate::desk) async fn number_for(
    app: &App,
    caller: &Caller,
    id: ItemId,
    version: i64,
    input: &TriageInput,
) -> Result<String, matoi_core::Error> {
    let mut tx = app.store.read(caller).await?;
    triage::examine(&mut tx, id, version, input).await?;
    drop(tx);
    let series = match input.outcome {
        _ if input.case_id.is_some() => return Ok(String::new()),
        TriageOutcome::NotIncident => return Ok(String::new()),
        TriageOutcome::Incident => Series::Incident,
        TriageOutcome::Inquiry => Series::Inquiry,
    };
    numbers::next(&app.store, caller, series).await
}
