//! Cases: opened, read, changed, merged, commented on.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use matoi_core::cases::find::{self, CaseField};
use matoi_core::cases::model::{CaseInput, EntryInput};
use matoi_core::cases::{
    self, Case, CaseKind, CaseState, CaseUpdate, EntryKind, access, links, progress, timeline,
};
use matoi_core::intake::foreign::{self, ForeignFields, ForeignOwner};
use matoi_core::kernel::find::{Condition, Window};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Action, Error, Tx};
use matoi_types::{CaseId, Priority, Severity};
use serde_json::Value;

use super::super::values::{Object, list, required_text, text, texts};
use super::error::{Hive, HiveError, HiveResult, Input, wrong};
use super::fields::overlay;
use super::show::{self, Logins};
use super::words::{CLOSING, Version, case_status, kind_and_class};
use super::{read, task};
use crate::App;

/// Fields that are ours, or that the program works out itself.
const KNOWN: &[&str] = &[
    "_id",
    "id",
    "_type",
    "_createdBy",
    "_createdAt",
    "_updatedAt",
    "_updatedBy",
    "number",
    "title",
    "description",
    "severity",
    "startDate",
    "endDate",
    "tags",
    "addTags",
    "removeTags",
    "tlp",
    "status",
    "assignee",
    "tasks",
    "caseTemplate",
    "pages",
    "sharingParameters",
    "taskRule",
    "observableRule",
    "access",
    "ids",
    "stage",
];

/// Refuses what a case of ours has no place for.
pub(super) fn refuse_unsupported(given: &Object) -> HiveResult<()> {
    for (field, what) in [
        ("pages", "pages of a case"),
        ("sharingParameters", "sharing between organisations"),
    ] {
        let filled = match given.get(field) {
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Null) | None => false,
            Some(_) => true,
        };
        if filled {
            return Err(HiveError::Unsupported(what));
        }
    }
    Ok(())
}

pub(super) async fn create(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    caller.require(Action::CaseCreate)?;
    refuse_unsupported(&given)?;
    let tags = texts(&given, "tags")?.unwrap_or_default();
    let (kind, class) = kind_and_class(text(&given, "caseTemplate")?.as_deref(), &tags);
    let severity = read::severity(&given)?.unwrap_or(Severity::Medium);
    let input = CaseInput {
        kind,
        title: required_text(&given, "title")?,
        summary: text(&given, "description")?.unwrap_or_default(),
        class,
        severity,
        priority: priority_of(severity),
        tlp: read::tlp(&given, Version::V1)?,
        restricted: false,
        unit_id: None,
        occurred_at: read::time(&given, "startDate")?,
        detected_at: None,
    };
    cases::service::check_input(&input, caller.now)?;
    let series = match kind {
        CaseKind::Incident => Series::Incident,
        CaseKind::Inquiry => Series::Inquiry,
    };
    let number = numbers::next(&app.store, &caller, series).await?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::service::create(&mut tx, &number, input).await?;
    let id = case.id;
    let mut rest = given.clone();
    for done in ["title", "description", "severity", "tlp", "startDate"] {
        rest.remove(done);
    }
    change(&mut tx, case, &rest, Version::V1).await?;
    add_tasks(&mut tx, Some(id), &given).await?;
    let answer = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// TheHive has no priority: the worse, the more urgent.
const fn priority_of(severity: Severity) -> Priority {
    match severity {
        Severity::Critical => Priority::P1,
        Severity::High => Priority::P2,
        Severity::Medium => Priority::P3,
        Severity::Low | Severity::Info => Priority::P4,
    }
}

pub(super) async fn get(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
) -> HiveResult<Json<Value>> {
    let mut tx = app.store.read(&caller).await?;
    let case = read::case(&mut tx, &id).await?;
    Ok(Json(shown(&mut tx, case.id).await?))
}

/// A case as TheHive gives it.
pub(super) async fn shown(tx: &mut Tx, id: CaseId) -> HiveResult<Value> {
    let condition = Condition::equals(CaseField::Id, id.to_string());
    let found = find::cases(tx, &condition, &[], Window { from: 0, limit: 1 }).await?;
    let found = found.first().copied().ok_or(Error::NotFound("case"))?;
    shown_found(tx, found).await
}

/// A case that was found, as TheHive gives it.
pub(super) async fn shown_found(tx: &mut Tx, found: find::FoundCase) -> HiveResult<Value> {
    let case = cases::service::get(tx, found.id).await?;
    let kept = foreign::get(tx, ForeignOwner::Case(case.id)).await?;
    let logins = Logins::of(tx, [found.created_by, case.handler_id]).await?;
    Ok(show::case(&case, found.created_by, &kept, &logins))
}

pub(super) async fn update(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<StatusCode> {
    refuse_unsupported(&given)?;
    caller.require(Action::CaseUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let case = read::case(&mut tx, &id).await?;
    change(&mut tx, case, &given, Version::V1).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same change of many cases: of all of them, or of none.
pub(super) async fn bulk_update(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<StatusCode> {
    refuse_unsupported(&given)?;
    caller.require(Action::CaseUpdate)?;
    let ids = read::ids(&given, "ids")?;
    let mut tx = app.store.write(&caller).await?;
    for id in ids {
        let case = read::case(&mut tx, &id).await?;
        change(&mut tx, case, &given, Version::V1).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a case as far as the fields say something of it.
pub(super) async fn change(tx: &mut Tx, case: Case, given: &Object, version: Version) -> HiveResult<()> {
    tx.require(Action::CaseUpdate)?;
    let id = case.id;
    let owner = ForeignOwner::Case(id);
    let mut kept = foreign::get(tx, owner).await?;
    let before = kept.clone();
    if let Some(tags) = read::tags(given, &kept.tags)? {
        kept.tags = tags;
    }
    overlay(&mut kept.fields, other_fields(given));
    let update = CaseUpdate {
        title: text(given, "title")?,
        summary: text(given, "description")?,
        severity: read::severity(given)?,
        occurred_at: read::time(given, "startDate")?.map(Some),
        ..CaseUpdate::default()
    };
    let says_something = update.title.is_some()
        || update.summary.is_some()
        || update.severity.is_some()
        || update.occurred_at.is_some();
    let mut case = if says_something {
        cases::service::update(tx, id, case.version, update).await?
    } else {
        case
    };
    if let Some(tlp) = read::tlp(given, version)?.filter(|tlp| *tlp != case.tlp) {
        case = access::restrict(tx, id, case.version, tlp, case.restricted).await?;
    }
    if let Some(handler) = read::assignee(tx, given).await?
        && handler != case.handler_id
    {
        case = cases::service::assign(tx, id, case.version, case.commander_id, handler).await?;
    }
    if let Some(status) = text(given, "status")? {
        set_status(tx, case, &status, given, &mut kept).await?;
    }
    if kept != before {
        foreign::put(tx, owner, &kept).await?;
    }
    Ok(())
}

fn other_fields(given: &Object) -> serde_json::Map<String, Value> {
    given
        .iter()
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

async fn set_status(
    tx: &mut Tx,
    case: Case,
    status: &str,
    given: &Object,
    kept: &mut ForeignFields,
) -> HiveResult<()> {
    let (now, _) = case_status(&case, &kept.status);
    if now == status {
        return Ok(());
    }
    let summary = text(given, "summary")?.unwrap_or_default();
    match status {
        "InProgress" | "New" if case.state == CaseState::Closed => {
            let reason = if summary.trim().is_empty() {
                "opened again through the TheHive interface".to_owned()
            } else {
                summary
            };
            progress::reopen(tx, case.id, case.version, &reason).await?;
            kept.status.clear();
        }
        "InProgress" => {
            progress::advance(tx, case.id, case.version, "investigate", &summary).await?;
        }
        "New" => return Err(wrong("status", "what somebody works on is not new any more")),
        _ if CLOSING.contains(&status) => {
            close(tx, case, &summary).await?;
            status.clone_into(&mut kept.status);
        }
        _ => {
            return Err(wrong(
                "status",
                format!(
                    "no such status; known are New, InProgress, {}",
                    CLOSING.join(", ")
                ),
            ));
        }
    }
    Ok(())
}

/// Closes a case on the way its life cycle has. What it demands and is missing is named; whoever may close in spite of it does,
/// with the summary as the reason.
async fn close(tx: &mut Tx, mut case: Case, summary: &str) -> HiveResult<()> {
    let lifecycle = progress::lifecycle_of(tx, &case).await?;
    if !lifecycle.may_go(&case.phase, "close") && lifecycle.may_go(&case.phase, "investigate") {
        case = progress::advance(tx, case.id, case.version, "investigate", summary).await?;
    }
    if !lifecycle.may_go(&case.phase, "close") && lifecycle.may_go(&case.phase, "converge") {
        case = progress::converge(tx, case.id, case.version, summary, summary).await?;
    }
    progress::close(tx, case.id, case.version, summary).await?;
    Ok(())
}

/// Merges cases into the first of them.
pub(super) async fn merge(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(ids): Path<String>,
) -> HiveResult<Json<Value>> {
    let mut ids = ids.split(',').filter(|id| !id.trim().is_empty());
    let Some(first) = ids.next() else {
        return Err(wrong("ids", "identifiers of cases are expected"));
    };
    let others: Vec<&str> = ids.collect();
    if others.is_empty() || others.len() > read::MAX_BULK {
        return Err(wrong(
            "ids",
            format!("from 2 to {} cases are expected", read::MAX_BULK),
        ));
    }
    let mut tx = app.store.write(&caller).await?;
    let target = read::case(&mut tx, first).await?;
    for other in others {
        let case = read::case(&mut tx, other).await?;
        links::merge(
            &mut tx,
            case.id,
            case.version,
            target.id,
            "merged through the TheHive interface",
        )
        .await?;
    }
    let answer = shown(&mut tx, target.id).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// A comment is a note on the timeline.
pub(super) async fn comment(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    let body = required_text(&given, "message")?;
    let mut tx = app.store.write(&caller).await?;
    let case = read::case(&mut tx, &id).await?;
    let input = EntryInput {
        kind: EntryKind::Note,
        body,
        at: None,
        pinned: false,
    };
    let entry = timeline::write(&mut tx, case.id, input).await?;
    let logins = Logins::of(&mut tx, [entry.author_id]).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(show::comment(&entry, &logins))))
}

/// The tasks that a new case begins with.
pub(super) async fn add_tasks(tx: &mut Tx, case: Option<CaseId>, given: &Object) -> HiveResult<()> {
    let (Some(case), Some(tasks)) = (case, list(given, "tasks")?) else {
        return Ok(());
    };
    if tasks.len() > 200 {
        return Err(wrong("tasks", "at most 200 tasks"));
    }
    for one in tasks {
        let one = super::super::values::object(one, "tasks")?;
        task::add(tx, case, one).await?;
    }
    Ok(())
}
