//! Fields that Matoi has no use for, kept and given back: custom fields, PAP, flags, and whatever else was sent.

use serde_json::{Map, Value as Json, json};

use super::super::values::Object;

/// Custom fields in the form of API v1: a list of `{name, value, order}`, whichever form they were given in.
pub(super) fn custom_fields_v1(kept: Option<&Json>) -> Json {
    match kept {
        Some(Json::Array(list)) => Json::Array(list.iter().enumerate().map(|(at, one)| one_v1(one, at)).collect()),
        Some(Json::Object(map)) => Json::Array(
            map.iter()
                .enumerate()
                .map(|(at, (name, value))| {
                    let (kind, value, order) = typed(value);
                    json!({"_id": name, "name": name, "type": kind, "value": value, "order": order.unwrap_or(at as i64)})
                })
                .collect(),
        ),
        _ => Json::Array(Vec::new()),
    }
}

fn one_v1(given: &Json, at: usize) -> Json {
    let name = given.get("name").cloned().unwrap_or(Json::Null);
    let value = given.get("value").cloned().unwrap_or(Json::Null);
    let kind = given
        .get("type")
        .cloned()
        .unwrap_or_else(|| json!(type_of(&value)));
    let order = given.get("order").cloned().unwrap_or_else(|| json!(at));
    json!({"_id": name, "name": name, "type": kind, "value": value, "order": order})
}

/// Custom fields in the form of API v0: an object by name.
pub(super) fn custom_fields_v0(kept: Option<&Json>) -> Json {
    match kept {
        Some(Json::Object(map)) => Json::Object(map.clone()),
        Some(Json::Array(list)) => Json::Object(
            list.iter()
                .filter_map(|one| {
                    let name = one.get("name")?.as_str()?.to_owned();
                    let value = one.get("value").cloned().unwrap_or(Json::Null);
                    Some((name, json!({type_of(&value): value})))
                })
                .collect(),
        ),
        _ => json!({}),
    }
}

/// `{"string": "x", "order": 0}`, as v0 writes a custom field, or a bare value.
fn typed(value: &Json) -> (String, Json, Option<i64>) {
    if let Some(map) = value.as_object() {
        let order = map.get("order").and_then(Json::as_i64);
        if let Some((kind, value)) = map.iter().find(|(key, _)| *key != "order") {
            return (kind.clone(), value.clone(), order);
        }
    }
    (type_of(value).to_owned(), value.clone(), None)
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "float",
        Json::Number(_) => "integer",
        _ => "string",
    }
}

/// What of an object is neither known nor null.
pub(super) fn others(object: &Object, known: &[&str]) -> Map<String, Json> {
    object
        .iter()
        .filter(|(name, value)| !known.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Lays fields over those that are kept; null takes one away.
pub(super) fn overlay(kept: &mut Map<String, Json>, given: Map<String, Json>) {
    for (name, value) in given {
        if value.is_null() {
            kept.remove(&name);
        } else {
            kept.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_fields_are_given_back_in_either_form() {
        let v0 = json!({"host": {"string": "PC-1", "order": 3}, "count": {"integer": 2}});
        let list = custom_fields_v1(Some(&v0));
        assert_eq!(
            list[0],
            json!({"_id": "host", "name": "host", "type": "string", "value": "PC-1", "order": 3})
        );
        assert_eq!(list[1]["value"], json!(2));
        let v1 = json!([{"name": "host", "value": "PC-1"}]);
        assert_eq!(custom_fields_v0(Some(&v1)), json!({"host": {"string": "PC-1"}}));
        assert_eq!(custom_fields_v1(None), json!([]));
    }
}
