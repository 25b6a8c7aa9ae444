//! Alerts, cases, tasks, traces and comments as TheHive gives them.

use std::collections::HashMap;

use matoi_core::cases::{Case, Entry, Task};
use matoi_core::desk::DeskItem;
use matoi_core::desk::model::AlertDetail;
use matoi_core::identity::accounts;
use matoi_core::intake::foreign::ForeignFields;
use matoi_core::observables::Sighting;
use matoi_core::{Result, Tx};
use matoi_types::{AccountId, Timestamp};
use serde_json::{Map, Value as Json, json};

use super::super::number;
use super::fields::{custom_fields_v0, custom_fields_v1};
use super::words::{
    Version, alert_status, case_status, data_type, pap_label, severity_label, severity_to, task_status,
    tlp_label, tlp_to,
};

/// PAP when nobody said one: amber.
const PAP: i64 = 2;

/// The names people sign in with.
#[derive(Debug, Default)]
pub(super) struct Logins(HashMap<AccountId, String>);

impl Logins {
    pub(super) async fn of(tx: &mut Tx, ids: impl IntoIterator<Item = Option<AccountId>>) -> Result<Self> {
        Ok(Self(accounts::logins_of(tx, ids.into_iter().flatten()).await?))
    }

    fn get(&self, id: Option<AccountId>) -> Option<&str> {
        self.0.get(&id?).map(String::as_str)
    }

    fn or_system(&self, id: Option<AccountId>) -> &str {
        self.get(id).unwrap_or("system@matoi.local")
    }
}

/// An alert with what stands beside it.
#[derive(Debug)]
pub(super) struct ShownAlert {
    pub(super) item: DeskItem,
    pub(super) detail: AlertDetail,
    pub(super) created_by: Option<AccountId>,
    pub(super) observables: i64,
}

pub(super) fn alert(shown: &ShownAlert, logins: &Logins, version: Version) -> Json {
    match version {
        Version::V0 => alert_v0(shown, logins),
        Version::V1 => alert_v1(shown, logins),
    }
}

fn alert_v1(shown: &ShownAlert, logins: &Logins) -> Json {
    let ShownAlert { item, detail, .. } = shown;
    let (status, stage) = alert_status(item);
    let date = item.event_at.unwrap_or(item.received_at);
    let pap = kept_integer(&detail.extra, "pap").unwrap_or(PAP);
    let mut all = json!({
        "_id": format!("~{}", item.id),
        "_type": "Alert",
        "_createdBy": logins.or_system(shown.created_by),
        "_createdAt": item.received_at.as_millis(),
        "_updatedAt": item.updated_at.as_millis(),
        "type": detail.alert_type,
        "source": item.source,
        "sourceRef": item.source_ref,
        "title": item.title,
        "description": item.body,
        "severity": severity_to(item.severity),
        "severityLabel": severity_label(item.severity),
        "date": date.as_millis(),
        "tags": detail.tags,
        "tlp": tlp_to(item.tlp, Version::V1),
        "tlpLabel": tlp_label(item.tlp),
        "pap": pap,
        "papLabel": pap_label(pap),
        "follow": kept(&detail.extra, "follow").and_then(Json::as_bool).unwrap_or(true),
        "customFields": custom_fields_v1(kept(&detail.extra, "customFields")),
        "observableCount": shown.observables,
        "status": status,
        "stage": stage,
        "extraData": {"number": item.number},
        "newDate": item.received_at.as_millis(),
        "timeToDetect": item.received_at.as_millis() - date.as_millis(),
    });
    put_text(&mut all, "externalLink", &detail.link);
    put(&mut all, "caseId", item.case_id.map(|id| format!("~{id}")));
    put(&mut all, "assignee", logins.get(item.assignee_id));
    put(
        &mut all,
        "inProgressDate",
        item.acknowledged_at.map(Timestamp::as_millis),
    );
    put(&mut all, "closedDate", item.closed_at.map(Timestamp::as_millis));
    if item.case_id.is_some() {
        put(
            &mut all,
            "importedDate",
            item.triaged_at.map(Timestamp::as_millis),
        );
    }
    give_back(&mut all, &detail.extra);
    all
}

fn alert_v0(shown: &ShownAlert, logins: &Logins) -> Json {
    let ShownAlert { item, detail, .. } = shown;
    let status = match alert_status(item).0 {
        "Imported" | "Duplicate" => "Imported",
        "FalsePositive" | "Ignored" => "Ignored",
        _ => "New",
    };
    let mut all = json!({
        "_id": format!("~{}", item.id),
        "id": format!("~{}", item.id),
        "_type": "alert",
        "createdBy": logins.or_system(shown.created_by),
        "createdAt": item.received_at.as_millis(),
        "updatedAt": item.updated_at.as_millis(),
        "type": detail.alert_type,
        "source": item.source,
        "sourceRef": item.source_ref,
        "case": item.case_id.map(|id| format!("~{id}")),
        "title": item.title,
        "description": item.body,
        "severity": severity_to(item.severity),
        "date": item.event_at.unwrap_or(item.received_at).as_millis(),
        "tags": detail.tags,
        "tlp": tlp_to(item.tlp, Version::V0),
        "pap": kept_integer(&detail.extra, "pap").unwrap_or(PAP),
        "status": status,
        "follow": kept(&detail.extra, "follow").and_then(Json::as_bool).unwrap_or(true),
        "customFields": custom_fields_v0(kept(&detail.extra, "customFields")),
        "artifacts": [],
        "similarCases": [],
    });
    put_text(&mut all, "externalLink", &detail.link);
    give_back(&mut all, &detail.extra);
    all
}

/// A case. `created_by` is who opened it.
pub(super) fn case(
    case: &Case,
    created_by: Option<AccountId>,
    foreign: &ForeignFields,
    logins: &Logins,
) -> Json {
    let (status, stage) = case_status(case, &foreign.status);
    let begin = case.occurred_at.unwrap_or(case.detected_at);
    let pap = foreign.fields.get("pap").and_then(Json::as_i64).unwrap_or(PAP);
    let mut all = json!({
        "_id": format!("~{}", case.id),
        "_type": "Case",
        "_createdBy": logins.or_system(created_by),
        "_createdAt": case.created_at.as_millis(),
        "_updatedAt": case.updated_at.as_millis(),
        "number": number::to_integer(&case.number),
        "title": case.title,
        "description": case.summary,
        "severity": severity_to(case.severity),
        "severityLabel": severity_label(case.severity),
        "startDate": begin.as_millis(),
        "tags": foreign.tags,
        "flag": foreign.fields.get("flag").and_then(Json::as_bool).unwrap_or(false),
        "tlp": tlp_to(case.tlp, Version::V1),
        "tlpLabel": tlp_label(case.tlp),
        "pap": pap,
        "papLabel": pap_label(pap),
        "status": status,
        "stage": stage,
        "access": {"_kind": if case.restricted { "UserAccessKind" } else { "OrganisationAccessKind" }},
        "customFields": custom_fields_v1(foreign.fields.get("customFields")),
        "userPermissions": [],
        "extraData": {"number": case.number, "class": case.class, "phase": case.phase},
        "newDate": case.created_at.as_millis(),
        "timeToDetect": case.detected_at.as_millis() - begin.as_millis(),
    });
    put(&mut all, "assignee", logins.get(case.handler_id));
    put(&mut all, "endDate", case.closed_at.map(Timestamp::as_millis));
    put(&mut all, "closedDate", case.closed_at.map(Timestamp::as_millis));
    put(
        &mut all,
        "inProgressDate",
        case.acknowledged_at.map(Timestamp::as_millis),
    );
    give_back(&mut all, &Json::Object(foreign.fields.clone()));
    all
}

pub(super) fn task(task: &Task, foreign: &ForeignFields, logins: &Logins) -> Json {
    let mut all = json!({
        "_id": format!("~{}", task.id),
        "_type": "Task",
        "_createdBy": "system@matoi.local",
        "_createdAt": task.created_at.as_millis(),
        "title": task.title,
        "group": "default",
        "description": task.body,
        "status": task_status(task.state),
        "flag": false,
        "order": 0,
        "mandatory": false,
        "extraData": {"caseId": format!("~{}", task.case_id), "result": task.result},
    });
    put(&mut all, "assignee", logins.get(task.assignee_id));
    put(&mut all, "dueDate", task.due_at.map(Timestamp::as_millis));
    put(&mut all, "endDate", task.done_at.map(Timestamp::as_millis));
    for (name, value) in &foreign.fields {
        put(&mut all, name, Some(value));
    }
    all
}

pub(super) fn observable(sighting: &Sighting) -> Json {
    json!({
        "_id": format!("~{}", sighting.id),
        "_type": "Observable",
        "_createdBy": "system@matoi.local",
        "_createdAt": sighting.at.as_millis(),
        "dataType": data_type(sighting.kind),
        "data": sighting.value,
        "startDate": sighting.at.as_millis(),
        "tlp": tlp_to(sighting.tlp, Version::V1),
        "tlpLabel": tlp_label(sighting.tlp),
        "pap": PAP,
        "papLabel": pap_label(PAP),
        "tags": [],
        "ioc": false,
        "sighted": true,
        "reports": {},
        "message": sighting.note,
        "ignoreSimilarity": false,
        "external": false,
        "extraData": {"kind": sighting.kind, "own": sighting.own, "elsewhere": sighting.elsewhere},
    })
}

pub(super) fn comment(entry: &Entry, logins: &Logins) -> Json {
    json!({
        "_id": format!("~{}", entry.id),
        "_type": "Comment",
        "createdBy": logins.or_system(entry.author_id),
        "createdAt": entry.entered_at.as_millis(),
        "message": entry.body,
        "isEdited": entry.version > 1,
        "external": false,
        "extraData": {},
    })
}

fn kept<'a>(extra: &'a Json, name: &str) -> Option<&'a Json> {
    extra.get(name).filter(|value| !value.is_null())
}

fn kept_integer(extra: &Json, name: &str) -> Option<i64> {
    kept(extra, name).and_then(Json::as_i64)
}

fn put(all: &mut Json, name: &str, value: Option<impl serde::Serialize>) {
    let value = value.and_then(|value| serde_json::to_value(value).ok());
    if let (Some(all), Some(value)) = (all.as_object_mut(), value) {
        all.insert(name.to_owned(), value);
    }
}

fn put_text(all: &mut Json, name: &str, text: &str) {
    put(all, name, Some(text).filter(|text| !text.is_empty()));
}

/// What was kept for the sender, where nothing of ours stands under that name.
fn give_back(all: &mut Json, extra: &Json) {
    let empty = Map::new();
    let extra = extra.as_object().unwrap_or(&empty);
    if let Some(all) = all.as_object_mut() {
        for (name, value) in extra {
            if !all.contains_key(name) && !name.starts_with('_') {
                all.insert(name.clone(), value.clone());
            }
        }
    }
}
