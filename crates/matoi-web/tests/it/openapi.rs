//! The OpenAPI document: its snapshot, and that no operation answers somebody who has not signed in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// Operations for everybody who has signed in: about themselves, what everybody may know, and lists that hold no more than
/// what the caller may see.
const FOR_EVERYBODY: &[&str] = &[
    "GET /api/v1/me",
    "PUT /api/v1/me",
    "GET /api/v1/me/sessions",
    "GET /api/v1/me/tokens",
    "GET /api/v1/clocks",
    "GET /api/v1/first-response",
    "GET /api/v1/taxonomy",
];

/// Operations on what may be the caller's own: whatever is not is not there for them.
const OWN_OR_NOT_THERE: &[&str] = &[
    "DELETE /api/v1/me/sessions/{id}",
    "DELETE /api/v1/me/tokens/{id}",
    "GET /api/v1/attachments/{id}",
    "GET /api/v1/tasks/{id}",
    "POST /api/v1/alerts/{id}/attachments",
    "POST /api/v1/tasks/{id}/progress",
];

/// What the one permission of the walking token is for: one's own reports.
const FOR_REPORTERS: &[&str] = &[
    "GET /api/v1/queue",
    "GET /api/v1/queue/counts",
    "GET /api/v1/reports",
];

/// The same, of one report that is not the caller's.
const OF_OTHERS: &[&str] = &[
    "GET /api/v1/reports/{id}",
    "GET /api/v1/reports/{id}/attachments",
    "GET /api/v1/reports/{id}/messages",
    "POST /api/v1/reports/{id}/additions",
    "POST /api/v1/reports/{id}/attachments",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_answers_a_stranger() {
    let app = TestApp::new().await;
    walk(&app.anonymous_api(), |name| {
        (!PUBLIC.contains(&name)).then_some(StatusCode::UNAUTHORIZED)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_answers_a_token_without_its_permission() {
    let app = TestApp::new().await;
    let expect = |name: &str| {
        let is_in = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&name));
        if is_in(&[PUBLIC, FOR_EVERYBODY, FOR_REPORTERS]) {
            None
        } else if is_in(&[OWN_OR_NOT_THERE, OF_OTHERS]) {
            Some(StatusCode::NOT_FOUND)
        } else {
            Some(StatusCode::FORBIDDEN)
        }
    };
    // Somebody whose roles permit next to nothing, and people who may do much by a token that may not.
    for role in ["member", "administrator", "csirt_lead"] {
        let api = app.api_with(role, &[Action::ReportReadOwn]).await;
        walk(&api, expect).await;
    }
}

/// Sends every operation what it asks for, and names all that do not answer as expected. None is any answer but a failure.
async fn walk(api: &Api<'_>, expect: impl Fn(&str) -> Option<StatusCode>) {
    let mut wrong = Vec::new();
    for (method, path, operation) in operations() {
        let name = format!("{method} {path}");
        let concrete = concrete(&path, &operation);
        let content = &operation["requestBody"]["content"];
        let answer = if content["multipart/form-data"].is_object() {
            api.upload(&concrete, "file", b"hello").await
        } else {
            let schema = &content["application/json"]["schema"];
            let body = if schema.is_null() {
                json!({})
            } else {
                sample(schema)
            };
            api.request(method.clone(), &concrete, &[("if-match", "\"1\"")], Some(body))
                .await
        };
        let right = match expect(&name) {
            Some(status) => answer.status == status,
            None => !answer.status.is_server_error(),
        };
        if !right {
            let text: String = answer.text().chars().take(300).collect();
            wrong.push(format!("{name}: {} {text}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "answered otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn no_two_schemas_have_the_same_name() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in rust_files(&crates) {
        let text = std::fs::read_to_string(&file).unwrap();
        for part in text.split("ToSchema)]").skip(1) {
            // What stands between a derive and its item: attributes and comments.
            let item = part
                .lines()
                .find(|line| line.contains("struct ") || line.contains("enum "));
            let words = item.unwrap_or_default().split(|c: char| !c.is_alphanumeric());
            let name = words
                .skip_while(|word| *word != "struct" && *word != "enum")
                .nth(1);
            // In a macro the name is a parameter.
            let Some(name) = name.filter(|name| !name.is_empty()) else {
                continue;
            };
            places.entry(name.to_owned()).or_default().push(file.clone());
        }
    }
    let doubled: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(
        doubled.is_empty(),
        "the document has one of each alone: rename the others: {doubled:?}"
    );
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.components().any(|part| part.as_os_str() == "src")
        {
            files.push(path);
        }
    }
    files
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

#[test]
fn every_example_belongs_to_a_body_and_fits_its_schema() {
    let document = serde_json::to_value(matoi_web::openapi()).unwrap();
    let examples: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(include_str!("../../src/http/examples.json")).unwrap();
    for (name, example) in &examples {
        let reference = format!("#/components/schemas/{name}");
        let text = document["paths"].to_string();
        assert!(
            text.contains(&format!("{{\"$ref\":\"{reference}\"}}")),
            "no body is a {name}"
        );
        let schema = serde_json::json!({ "$ref": reference, "components": document["components"] });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(example)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}
