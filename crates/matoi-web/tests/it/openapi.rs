//! The OpenAPI document: its snapshot, and that no operation answers somebody who has not signed in.

use axum::http::StatusCode;

use matoi_core::Action;
use serde_json::{Value, json};

use crate::support::contract::{document, operations};
use crate::support::{Api, TestApp};

/// Operations that are public by design, like `GET /api/v1/x`.
const PUBLIC: &[&str] = &[];

#[test]
fn the_document_is_the_one_in_the_repository() {
    let text = serde_json::to_string_pretty(document()).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    if std::env::var_os("MATOI_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/openapi.json is not what the routes say: run `cargo xtask openapi` and look at the difference"
    );
}

#[test]
fn every_operation_has_a_tag_and_says_what_it_answers_to_strangers() {
    for (method, path, operation) in operations() {
        assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
        assert!(
            operation["summary"].is_string() || operation["description"].is_string(),
            "{method} {path} is not explained"
        );
        if !PUBLIC.contains(&format!("{method} {path}").as_str()) {
            assert!(
                operation["responses"]["401"].is_object(),
                "{method} {path} does not describe 401"
            );
        }
    }
}

/// Operations for everybody who has signed in, about themselves or what is theirs.
const FOR_EVERYBODY: &[&str] = &["GET /api/v1/me", "PUT /api/v1/me"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_answers_a_stranger() {
    let app = TestApp::new().await;
    walk(&app.anonymous_api(), PUBLIC, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_answers_a_token_without_its_permission() {
    let app = TestApp::new().await;
    let open: Vec<&str> = PUBLIC.iter().chain(FOR_EVERYBODY).copied().collect();
    // Somebody whose roles permit next to nothing, and somebody who may do much by a token that may not.
    for role in ["member", "administrator", "csirt_lead"] {
        let api = app.api_with(role, &[Action::ReportReadOwn]).await;
        walk(&api, &open, StatusCode::FORBIDDEN).await;
    }
}

/// Sends every operation what it asks for and wants it refused, naming all that answer otherwise.
async fn walk(api: &Api<'_>, open: &[&str], expect: StatusCode) {
    let mut wrong = Vec::new();
    for (method, path, operation) in operations() {
        let name = format!("{method} {path}");
        if open.contains(&name.as_str()) {
            continue;
        }
        let body = operation["requestBody"]["content"]["application/json"]["schema"].clone();
        let body = if body.is_null() { json!({}) } else { sample(&body) };
        let concrete = concrete(&path, &operation);
        let answer = api
            .request(method.clone(), &concrete, &[("if-match", "\"1\"")], Some(body))
            .await;
        if answer.status != expect {
            wrong.push(format!("{name}: {} {}", answer.status, answer.text()));
        }
    }
    assert!(wrong.is_empty(), "expected {expect}:\n{}", wrong.join("\n"));
}

/// The path with an example for each parameter.
fn concrete(path: &str, operation: &Value) -> String {
    let parts = path.split('/').map(|part| {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            return part.to_owned();
        };
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let schema = parameters
            .iter()
            .find(|parameter| parameter["name"] == name && parameter["in"] == "path")
            .map_or(Value::Null, |parameter| parameter["schema"].clone());
        match sample(&schema) {
            Value::String(text) if text != "x" => text,
            Value::Number(number) => number.to_string(),
            _ => ID.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

const ID: &str = "0190a8b2-0000-7000-8000-000000000000";

/// A value of this shape with all that is required and nothing else.
fn sample(schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        let found = document().pointer(pointer);
        return sample(found.unwrap_or_else(|| panic!("{name} is not in the document")));
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    for one_of in ["oneOf", "anyOf"] {
        if let Some(schemas) = schema[one_of].as_array() {
            let real = schemas.iter().find(|schema| schema["type"] != "null");
            return real.map_or(Value::Null, sample);
        }
    }
    if let Some(schemas) = schema["allOf"].as_array() {
        let mut all = serde_json::Map::new();
        for part in schemas {
            if let Value::Object(part) = sample(part) {
                all.extend(part);
            }
        }
        return Value::Object(all);
    }
    let kind = schema["type"].as_str().or_else(|| {
        let kinds = schema["type"].as_array()?;
        kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
    });
    match kind {
        Some("object") => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().filter_map(Value::as_str);
            fields
                .map(|name| (name.to_owned(), sample(&schema["properties"][name])))
                .collect()
        }
        Some("array") => json!([]),
        Some("integer" | "number") => json!(schema["minimum"].as_i64().unwrap_or(1)),
        Some("boolean") => json!(false),
        Some("string") => match schema["format"].as_str() {
            Some("uuid") => json!(ID),
            Some("date-time") => json!("2026-11-20T00:00:00Z"),
            _ => json!("x"),
        },
        _ => Value::Null,
    }
}
