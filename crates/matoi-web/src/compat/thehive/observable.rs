//! Traces, which TheHive calls observables and once called artifacts.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use matoi_core::desk::alerts;
use matoi_core::desk::model::NamedObservable;
use matoi_core::observables::{self, ObservableInput, ObservableKind, Sighting};
use serde_json::Value;

use super::super::values::{Object, object, required_text, text, texts};
use super::error::{Hive, HiveError, HiveResult, Input, wrong};
use super::read;
use super::show;
use super::words::{Version, kind_of};
use crate::App;

/// Traces of one request.
const MAX: usize = 2000;

/// Reads a list of them.
pub(super) fn read_list(list: &[Value], field: &str, version: Version) -> HiveResult<Vec<NamedObservable>> {
    let mut all = Vec::new();
    for (at, one) in list.iter().enumerate() {
        let place = format!("{field}[{at}]");
        let one = object(one, &place)?;
        all.extend(read_one(one, version).map_err(|error| within(error, &place))?);
        if all.len() > MAX {
            return Err(wrong(field, format!("at most {MAX} observables")));
        }
    }
    Ok(all)
}

fn within(error: HiveError, place: &str) -> HiveError {
    match error {
        HiveError::Wrong(inner) => wrong(format!("{place}.{}", inner.field), inner.problem),
        other => other,
    }
}

/// Reads one; it may name several values.
fn read_one(given: &Object, version: Version) -> HiveResult<Vec<NamedObservable>> {
    let data_type = required_text(given, "dataType")?;
    if given.get("attachment").is_some_and(|value| !value.is_null()) {
        return Err(HiveError::Unsupported("files as observables"));
    }
    let values = match given.get("data") {
        Some(Value::String(text)) if data_type == "file" && text.contains(';') => {
            return Err(HiveError::Unsupported(if text.len() > 200 {
                "files as observables"
            } else {
                "files as observables (file;type;content)"
            }));
        }
        Some(Value::Array(_)) => texts(given, "data")?.unwrap_or_default(),
        Some(Value::Number(number)) => vec![number.to_string()],
        _ => vec![required_text(given, "data")?],
    };
    let tlp = read::tlp(given, version)?;
    let mut note = text(given, "message")?.unwrap_or_default();
    // A trace of ours has no tags: they are kept in what is said of it.
    let tags = texts(given, "tags")?.unwrap_or_default();
    if !tags.is_empty() {
        if !note.is_empty() {
            note.push(' ');
        }
        note.push_str(&format!("[{}]", tags.join(", ")));
    }
    let kind = kind_of(&data_type).map_or("", ObservableKind::as_str);
    Ok(values
        .into_iter()
        .map(|value| NamedObservable {
            kind: kind.to_owned(),
            value,
            tlp,
            note: note.clone(),
        })
        .collect())
}

pub(super) async fn create_in_alert(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    let id = read::alert_id(&id)?;
    let named = read_one(&given, Version::V1)?;
    let mut tx = app.store.write(&caller).await?;
    read::only_alert(matoi_core::desk::queue::get(&mut tx, id).await?)?;
    let before = observables::service::of_item(&mut tx, id).await?;
    alerts::add_observables(&mut tx, id, &named).await?;
    let after = observables::service::of_item(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(added(&before, &after, &named))))
}

pub(super) async fn create_in_case(
    State(app): State<App>,
    Hive(caller): Hive,
    Path(id): Path<String>,
    Input(given): Input,
) -> HiveResult<(StatusCode, Json<Value>)> {
    let named = read_one(&given, Version::V1)?;
    let mut tx = app.store.write(&caller).await?;
    let case = read::case(&mut tx, &id).await?;
    let before = observables::service::of_case(&mut tx, case.id).await?;
    let mut after = before.clone();
    for one in &named {
        let input = ObservableInput {
            kind: one.kind.parse().ok(),
            value: one.value.clone(),
            tlp: one.tlp,
            note: one.note.clone(),
        };
        after = observables::service::add(&mut tx, case.id, input).await?;
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(added(&before, &after, &named))))
}

/// What was not there before; when all of it was, what was named.
fn added(before: &[Sighting], after: &[Sighting], named: &[NamedObservable]) -> Value {
    let new: Vec<Value> = after
        .iter()
        .filter(|one| !before.iter().any(|other| other.id == one.id))
        .map(show::observable)
        .collect();
    if !new.is_empty() {
        return Value::Array(new);
    }
    let known = after.iter().filter(|one| {
        named
            .iter()
            .any(|named| named.value.trim().eq_ignore_ascii_case(&one.value))
    });
    Value::Array(known.map(show::observable).collect())
}
