//! Alerts: handed in, read, changed one by one and many at once.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use matoi_core::desk::alerts::{self, AlertUpdate};
use matoi_core::desk::find::{self, AlertField};
use matoi_core::desk::model::AlertDetail;
use matoi_core::desk::{AlertInput, DeskItem, ItemState, Verdict, reports};
use matoi_core::intake;
use matoi_core::kernel::find::{Condition, Window};
use matoi_core::{Action, Error, Tx};
use matoi_types::{ItemId, Severity};
use serde_json::{Map, Value, json};

use super::super::values::{Object, list, required_text, text, texts};
use super::error::{Hive, HiveError, HiveResult, Input, wrong};
use super::fields::{others, overlay};
use super::observable;
use super::read;
use super::show::{self, Logins, ShownAlert};
use super::words::{ALERT_STATUSES, Version};
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
    "type",
    "source",
    "sourceRef",
    "title",
    "description",
    "severity",
    "date",
    "tags",
    "addTags",
    "removeTags",
    "tlp",
    "externalLink",
    "observables",
    "artifacts",
    "status",
    "assignee",
    "ids",
    "lastSyncDate",
    "caseId",
    "case",
    "stage",
];

pub(super) async fn create_v0(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    create(app, caller, given, Version::V0).await
}

pub(super) async fn create_v1(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    create(app, caller, given, Version::V1).await
}

async fn create(
    app: App,
    caller: matoi_core::Caller,
    given: Object,
    version: Version,
) -> HiveResult<(StatusCode, Json<Value>)> {
    caller.require(Action::AlertCreate)?;
    let input = read_input(given, version)?;
    let detail = AlertDetail {
        alert_type: input.alert_type.clone(),
        tags: input.tags.clone(),
        link: input.link.clone(),
        raw: Value::Null,
        extra: input.extra.clone(),
    };
    let (kind, source, source_ref) = (
        input.alert_type.clone(),
        input.source.clone(),
        input.source_ref.clone(),
    );
    let observables = input.observables.len() as i64;
    let accepted = intake::alerts::hand_in(&app.store, &caller, vec![input]).await?;
    let Some(accepted) = accepted.into_iter().next() else {
        return Err(Error::Internal("no alert came of one".to_owned()).into());
    };
    if accepted.existed {
        return Err(HiveError::AlreadyExists(format!(
            "Alert {{\"type\":\"{kind}\",\"source\":\"{source}\",\"sourceRef\":\"{source_ref}\"}} already exists in Matoi as {}",
            accepted.item.number
        )));
    }
    let mut tx = app.store.read(&caller).await?;
    let logins = Logins::of(&mut tx, [caller.account()]).await?;
    let shown = ShownAlert {
        item: accepted.item,
        detail,
        created_by: caller.account(),
        observables,
    };
    Ok((StatusCode::CREATED, Json(show::alert(&shown, &logins, version))))
}

fn read_input(given: Object, version: Version) -> HiveResult<AlertInput> {
    for (field, what) in [
        ("attachments", "files with an alert"),
        ("procedures", "procedures (ATT&CK) of an alert"),
    ] {
        if given
            .get(field)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
        {
            return Err(HiveError::Unsupported(what));
        }
    }
    match text(&given, "status")?.as_deref() {
        None | Some("" | "New") => {}
        Some("Updated") if version == Version::V0 => {}
        Some(_) => {
            return Err(wrong(
                "status",
                "a new alert is \"New\"; change its status afterwards",
            ));
        }
    }
    if given.get("assignee").is_some_and(|value| !value.is_null()) {
        return Err(wrong(
            "assignee",
            "a new alert belongs to nobody; assign it afterwards",
        ));
    }
    let mut observables = Vec::new();
    for field in ["observables", "artifacts"] {
        if let Some(list) = list(&given, field)? {
            observables.extend(observable::read_list(list, field, version)?);
        }
    }
    Ok(AlertInput {
        title: required_text(&given, "title")?,
        description: text(&given, "description")?.unwrap_or_default(),
        source: required_text(&given, "source")?,
        source_ref: required_text(&given, "sourceRef")?,
        alert_type: required_text(&given, "type")?,
        severity: read::severity(&given)?.unwrap_or(Severity::Medium),
        tlp: read::tlp(&given, version)?,
        tags: texts(&given, "tags")?.unwrap_or_default(),
        event_at: read::time(&given, "date")?,
        link: text(&given, "externalLink")?.unwrap_or_default(),
        observables,
        extra: Value::Object(others(&given, KNOWN)),
        raw: Value::Object(given),
    })
}

pub(super) async fn get_v0(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
) -> HiveResult<Json<Value>> {
    get(app, caller, &id, Version::V0).await
}

pub(super) async fn get_v1(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
) -> HiveResult<Json<Value>> {
    get(app, caller, &id, Version::V1).await
}

async fn get(app: App, caller: matoi_core::Caller, id: &str, version: Version) -> HiveResult<Json<Value>> {
    let id = read::alert_id(id)?;
    let mut tx = app.store.read(&caller).await?;
    let shown = load(&mut tx, id).await?;
    let logins = Logins::of(&mut tx, [shown.created_by, shown.item.assignee_id]).await?;
    Ok(Json(show::alert(&shown, &logins, version)))
}

/// An alert with what stands beside it.
pub(super) async fn load(tx: &mut Tx, id: ItemId) -> HiveResult<ShownAlert> {
    let condition = Condition::equals(AlertField::Id, id.to_string());
    let window = Window { from: 0, limit: 1 };
    let found = find::alerts(tx, &condition, &[], window).await?;
    let found = found.first().copied().ok_or(Error::NotFound("alert"))?;
    load_found(tx, found).await
}

/// An alert that was found, with what stands beside it.
pub(super) async fn load_found(tx: &mut Tx, found: find::FoundAlert) -> HiveResult<ShownAlert> {
    let (item, detail) = alerts::get(tx, found.id).await?;
    Ok(ShownAlert {
        item,
        detail,
        created_by: found.created_by,
        observables: found.observables,
    })
}

pub(super) async fn update_v0(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<Json<Value>> {
    let alert = read::alert_id(&id)?;
    let mut tx = app.store.write(&caller).await?;
    change(&mut tx, alert, &given, Version::V0).await?;
    tx.commit().await?;
    get(app, caller, &id, Version::V0).await
}

pub(super) async fn update_v1(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<StatusCode> {
    let mut tx = app.store.write(&caller).await?;
    change(&mut tx, read::alert_id(&id)?, &given, Version::V1).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same change of many alerts: of all of them, or of none.
pub(super) async fn bulk_update(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<StatusCode> {
    let ids = read::ids(&given, "ids")?;
    let mut tx = app.store.write(&caller).await?;
    for id in ids {
        change(&mut tx, read::alert_id(&id)?, &given, Version::V1).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn follow(state: State<App>, hive: Hive, id: Path<String>) -> HiveResult<StatusCode> {
    let given = Map::from_iter([("follow".to_owned(), json!(true))]);
    update_v1(state, hive, id, Input(given)).await
}

pub(super) async fn unfollow(state: State<App>, hive: Hive, id: Path<String>) -> HiveResult<StatusCode> {
    let given = Map::from_iter([("follow".to_owned(), json!(false))]);
    update_v1(state, hive, id, Input(given)).await
}

async fn change(tx: &mut Tx, id: ItemId, given: &Object, version: Version) -> HiveResult<()> {
    // Said before the alert is looked for: whoever may not change any is not told which there are.
    tx.require(Action::AlertUpdate)?;
    let (item, detail) = alerts::get(tx, id).await?;
    read::unchanged(given, "type", &json!(detail.alert_type))?;
    read::unchanged(given, "source", &json!(item.source))?;
    read::unchanged(given, "sourceRef", &json!(item.source_ref))?;
    let date = item.event_at.unwrap_or(item.received_at);
    read::unchanged(given, "date", &json!(date.as_millis()))?;
    for field in ["observables", "artifacts"] {
        if given
            .get(field)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
        {
            return Err(HiveError::Unsupported(
                "observables in an update (add them one by one)",
            ));
        }
    }
    let mut extra = detail.extra.as_object().cloned().unwrap_or_default();
    let kept_before = extra.clone();
    let mut given_others = others_with_nulls(given);
    // Notes of a decision belong to the decision.
    given_others.remove("impactStatus");
    overlay(&mut extra, given_others);
    let update = AlertUpdate {
        title: text(given, "title")?,
        description: text(given, "description")?,
        severity: read::severity(given)?,
        tlp: read::tlp(given, version)?,
        tags: read::tags(given, &detail.tags)?,
        link: text(given, "externalLink")?,
        extra: (extra != kept_before).then_some(Value::Object(extra)),
    };
    let says_something = update.title.is_some()
        || update.description.is_some()
        || update.severity.is_some()
        || update.tlp.is_some()
        || update.tags.is_some()
        || update.link.is_some()
        || update.extra.is_some();
    let mut item = if says_something {
        alerts::update(tx, id, item.version, update).await?
    } else {
        item
    };
    if let Some(status) = text(given, "status")? {
        let reason = text(given, "summary")?.unwrap_or_default();
        item = set_status(tx, item, &status, &reason).await?;
    }
    if let Some(assignee) = read::assignee(tx, given).await?
        && assignee != item.assignee_id
    {
        reports::assign(tx, id, item.version, assignee).await?;
    }
    Ok(())
}

fn others_with_nulls(given: &Object) -> Map<String, Value> {
    given
        .iter()
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

async fn set_status(tx: &mut Tx, item: DeskItem, status: &str, reason: &str) -> HiveResult<DeskItem> {
    let (id, version) = (item.id, item.version);
    if super::words::alert_status(&item).0 == status {
        return Ok(item);
    }
    let reason = if reason.trim().is_empty() {
        format!("set to \"{status}\" through the TheHive interface")
    } else {
        reason.to_owned()
    };
    Ok(match status {
        "New" | "InProgress" | "Updated" if item.state == ItemState::Closed => {
            reports::reopen(tx, id, version, &reason).await?
        }
        "InProgress" if item.state == ItemState::New => reports::acknowledge(tx, id, version).await?,
        "New" | "Updated" => return Err(wrong("status", "what somebody has looked at is not new any more")),
        "InProgress" => item,
        "FalsePositive" => alerts::give_verdict(tx, id, version, Verdict::FalsePositive, &reason).await?,
        "Ignored" => alerts::give_verdict(tx, id, version, Verdict::Undetermined, &reason).await?,
        "Imported" | "Duplicate" => {
            return Err(wrong(
                "status",
                "promote the alert to a case, or merge it into one",
            ));
        }
        _ => {
            return Err(wrong(
                "status",
                format!("no such status; known are {}", ALERT_STATUSES.join(", ")),
            ));
        }
    })
}
