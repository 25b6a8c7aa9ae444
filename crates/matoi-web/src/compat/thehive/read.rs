//! Reading what TheHive's objects share: identifiers, scales, tags, people.

use matoi_core::cases::{self, Case};
use matoi_core::desk::{DeskItem, ItemKind};
use matoi_core::identity::accounts;
use matoi_core::{Error, Tx};
use matoi_types::{AccountId, CaseId, ItemId, Severity, TaskId, Timestamp, Tlp};
use serde_json::Value as Json;

use super::super::number;
use super::super::values::{Object, Read, integer, integer_within, millis, text, texts};
use super::error::{HiveResult, wrong};
use super::words::{Version, severity_from, tlp_from};

/// Changes of one request with many identifiers.
pub(super) const MAX_BULK: usize = 500;

/// An alert by its identifier.
pub(super) fn alert_id(given: &str) -> HiveResult<ItemId> {
    bare(given).parse().map_err(|_| Error::NotFound("alert").into())
}

/// A task by its identifier.
pub(super) fn task_id(given: &str) -> HiveResult<TaskId> {
    bare(given).parse().map_err(|_| Error::NotFound("task").into())
}

fn bare(given: &str) -> &str {
    given.trim().trim_start_matches('~')
}

/// A case by its identifier or its number, whether TheHive's or ours.
pub(super) async fn case(tx: &mut Tx, given: &str) -> HiveResult<Case> {
    let given = bare(given);
    if let Ok(id) = given.parse::<CaseId>() {
        return Ok(cases::service::get(tx, id).await?);
    }
    let number = given.parse().ok().and_then(number::case);
    let number = number.unwrap_or_else(|| given.to_ascii_uppercase());
    Ok(cases::service::by_number(tx, &number).await?)
}

/// An item that is an alert.
pub(super) fn only_alert(item: DeskItem) -> HiveResult<DeskItem> {
    match item.kind {
        ItemKind::Alert => Ok(item),
        ItemKind::Report => Err(Error::NotFound("alert").into()),
    }
}

/// Severity, 1 to 4.
pub(super) fn severity(object: &Object) -> Read<Option<Severity>> {
    Ok(integer_within(object, "severity", 1, 4)?.map(severity_from))
}

/// TLP as a number.
pub(super) fn tlp(object: &Object, version: Version) -> Read<Option<Tlp>> {
    let last = match version {
        Version::V0 => 4,
        Version::V1 => 4,
    };
    Ok(integer_within(object, "tlp", 0, last)?.map(|number| tlp_from(number, version)))
}

/// Tags after a change: a whole new list, some added, some taken away; nothing when the request says nothing of them.
pub(super) fn tags(object: &Object, before: &[String]) -> Read<Option<Vec<String>>> {
    let (whole, add, remove) = (
        texts(object, "tags")?,
        texts(object, "addTags")?,
        texts(object, "removeTags")?,
    );
    if whole.is_none() && add.is_none() && remove.is_none() {
        return Ok(None);
    }
    let mut tags = whole.unwrap_or_else(|| before.to_vec());
    tags.extend(add.unwrap_or_default());
    let remove = remove.unwrap_or_default();
    tags.retain(|tag| !remove.contains(tag));
    let mut seen = std::collections::HashSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    Ok(Some(tags))
}

/// Somebody by the name they sign in with; none when the request takes the assignee away, nothing when it says nothing.
pub(super) async fn assignee(tx: &mut Tx, object: &Object) -> HiveResult<Option<Option<AccountId>>> {
    let Some(given) = object.get("assignee") else {
        return Ok(None);
    };
    if given.is_null() || given.as_str() == Some("") {
        return Ok(Some(None));
    }
    let login = text(object, "assignee")?.unwrap_or_default();
    match accounts::assignee_by_login(tx, &login).await? {
        Some(account) => Ok(Some(Some(account))),
        None => Err(wrong(
            "assignee",
            format!("nobody who can be given work signs in as \"{login}\""),
        )),
    }
}

/// A time in milliseconds. Some senders write seconds; nothing that is reported now happened in January 1970.
pub(super) fn time(object: &Object, field: &str) -> Read<Option<Timestamp>> {
    const LAST_IN_SECONDS: i64 = 100_000_000_000;
    match integer(object, field)? {
        Some(seconds) if (1..LAST_IN_SECONDS).contains(&seconds) => {
            Ok(Some(Timestamp::from_micros(seconds.saturating_mul(1_000_000))))
        }
        _ => millis(object, field),
    }
}

/// The identifiers of a request for many, each once.
pub(super) fn ids(object: &Object, field: &'static str) -> HiveResult<Vec<String>> {
    let mut ids = texts(object, field)?.ok_or_else(|| wrong(field, "a list of identifiers is expected"))?;
    if ids.len() > MAX_BULK {
        return Err(wrong(field, format!("at most {MAX_BULK} at a time")));
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    Ok(ids)
}

/// Refuses a change of what Matoi keeps as it came.
pub(super) fn unchanged(object: &Object, field: &str, is: &Json) -> HiveResult<()> {
    match object.get(field) {
        Some(given) if !given.is_null() && given != is => {
            Err(wrong(field, "cannot be changed once the alert is there"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_replaced_added_and_taken_away() {
        let before = ["a".to_owned(), "b".to_owned()];
        for (given, expect) in [
            (json!({}), None),
            (json!({"tags": ["x", "x"]}), Some(vec!["x"])),
            (json!({"addTags": ["c", "a"]}), Some(vec!["a", "b", "c"])),
            (json!({"removeTags": ["a"]}), Some(vec!["b"])),
            (json!({"tags": []}), Some(vec![])),
        ] {
            let found = tags(given.as_object().unwrap(), &before).unwrap();
            assert_eq!(
                found,
                expect.map(|tags| tags.into_iter().map(ToOwned::to_owned).collect()),
                "{given}"
            );
        }
    }

    #[test]
    fn seconds_are_taken_for_what_they_are() {
        let at = |value: Json| time(json!({"date": value}).as_object().unwrap(), "date").unwrap();
        assert_eq!(at(json!(1_790_000_000)), at(json!(1_790_000_000_000_i64)));
        assert_eq!(at(json!(null)), None);
    }
}
