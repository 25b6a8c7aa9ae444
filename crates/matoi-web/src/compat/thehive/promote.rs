//! From alerts to cases: by our triage, with the criteria in force.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use matoi_core::cases::CaseKind;
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::triage::{self, TriageInput};
use matoi_core::desk::{DeskItem, queue};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Action, Caller, Tx};
use matoi_types::CaseId;
use serde_json::{Value, json};

use super::super::values::{Object, required_text, text, texts};
use super::error::{Hive, HiveResult, Input};
use super::words::{Version, kind_and_class};
use super::{alert, case, read};
use crate::App;

/// The reason that stands where a program decides otherwise than the criteria propose.
const REASON: &str = "decided by the program that promoted the alert";

pub(super) async fn promote_v0(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    promote(app, caller, &id, &given, Version::V0).await
}

pub(super) async fn promote_v1(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    promote(app, caller, &id, &given, Version::V1).await
}

async fn promote(
    app: App,
    caller: Caller,
    id: &str,
    given: &Object,
    version: Version,
) -> HiveResult<(StatusCode, Json<Value>)> {
    caller.require(Action::ReportTriage)?;
    case::refuse_unsupported(given)?;
    let id = read::alert_id(id)?;
    let (shown, template, tags) = {
        let mut tx = app.store.read(&caller).await?;
        let shown = alert::load(&mut tx, id).await?;
        let kept = shown.detail.extra.get("caseTemplate").and_then(Value::as_str);
        let template = text(given, "caseTemplate")?.or_else(|| kept.map(ToOwned::to_owned));
        let tags = texts(given, "tags")?.unwrap_or_else(|| shown.detail.tags.clone());
        (shown, template, tags)
    };
    let (kind, class) = kind_and_class(template.as_deref(), &tags);
    let series = match kind {
        CaseKind::Incident => Series::Incident,
        CaseKind::Inquiry => Series::Inquiry,
    };
    let number = numbers::next(&app.store, &caller, series).await?;
    let mut tx = app.store.write(&caller).await?;
    let item = queue::get(&mut tx, id).await?;
    let input = TriageInput {
        facts: triage::suggested_facts(&mut tx, &item).await?,
        outcome: outcome_of(kind),
        class: (kind == CaseKind::Incident).then_some(class),
        priority: None,
        title: text(given, "title")?.unwrap_or_default(),
        case_id: None,
        override_reason: REASON.to_owned(),
        not_incident_reason: String::new(),
        answer: false,
    };
    let triaged = triage::decide(&mut tx, id, item.version, &number, input).await?;
    let Some(opened) = triaged.case else {
        return Err(matoi_core::Error::Internal("a promoted alert has no case".to_owned()).into());
    };
    // What the sender kept with the alert goes with it: custom fields and PAP, as TheHive does.
    let mut fields = Object::new();
    for name in ["customFields", "pap"] {
        if let Some(value) = shown.detail.extra.get(name) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    for (name, value) in given {
        fields.insert(name.clone(), value.clone());
    }
    fields.insert("tags".to_owned(), json!(tags));
    // The title was given to the triage, and a new case has its status from its phase.
    fields.remove("title");
    fields.remove("status");
    // Joining it changed the case once more.
    let opened = matoi_core::cases::service::get(&mut tx, opened.id).await?;
    case::change(&mut tx, opened, &fields, version).await?;
    case::add_tasks(&mut tx, triaged.item.case_id, given).await?;
    let case_id = triaged.item.case_id;
    tx.commit().await?;
    Ok((StatusCode::CREATED, shown_case(&app, &caller, case_id).await?))
}

pub(super) async fn merge(
    State(app): State<App>,
    Hive(caller): Hive,
    Path((id, case)): Path<(String, String)>,
) -> HiveResult<Json<Value>> {
    join_all(app, caller, &case, &[id]).await
}

/// Merges many alerts into a case: all of them, or none.
pub(super) async fn bulk_merge(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<Json<Value>> {
    let case = required_text(&given, "caseId")?;
    let ids = read::ids(&given, "alertIds")?;
    join_all(app, caller, &case, &ids).await
}

async fn join_all(app: App, caller: Caller, case: &str, ids: &[String]) -> HiveResult<Json<Value>> {
    caller.require(Action::ReportTriage)?;
    let mut tx = app.store.write(&caller).await?;
    let case = read::case(&mut tx, case).await?;
    for id in ids {
        let item = read::only_alert(queue::get(&mut tx, read::alert_id(id)?).await?)?;
        // Merging again is no mistake: the alert is where it should be.
        if item.case_id != Some(case.id) {
            join(&mut tx, item, &case).await?;
        }
    }
    tx.commit().await?;
    shown_case(&app, &caller, Some(case.id)).await
}

async fn join(tx: &mut Tx, item: DeskItem, case: &matoi_core::cases::Case) -> HiveResult<()> {
    let input = TriageInput {
        facts: triage::suggested_facts(tx, &item).await?,
        outcome: outcome_of(case.kind),
        class: (case.kind == CaseKind::Incident).then(|| case.class.clone()),
        priority: None,
        title: String::new(),
        case_id: Some(case.id),
        override_reason: REASON.to_owned(),
        not_incident_reason: String::new(),
        answer: false,
    };
    triage::decide(tx, item.id, item.version, "", input).await?;
    Ok(())
}

const fn outcome_of(kind: CaseKind) -> TriageOutcome {
    match kind {
        CaseKind::Incident => TriageOutcome::Incident,
        CaseKind::Inquiry => TriageOutcome::Inquiry,
    }
}

async fn shown_case(app: &App, caller: &Caller, id: Option<CaseId>) -> HiveResult<Json<Value>> {
    let id = id.ok_or(matoi_core::Error::NotFound("case"))?;
    let mut tx = app.store.read(caller).await?;
    Ok(Json(case::shown(&mut tx, id).await?))
}
