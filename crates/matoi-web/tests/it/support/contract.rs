//! Every answer of the API against the OpenAPI document: the operation is described, the status is one of those it names,
//! the content type is the described one and the body has the described shape.

use std::sync::OnceLock;

use axum::http::{Method, header};
use serde_json::{Value as Json, json};

use super::Answer;

pub(crate) fn document() -> &'static Json {
    static DOCUMENT: OnceLock<Json> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(matoi_web::openapi()).unwrap())
}

pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let Some((template, operation)) = operation(method, path) else {
        // The doors of other tools are described in the documentation, not in the document.
        let foreign = path.starts_with("/api/alert") || path.starts_with("/alerts");
        assert!(
            foreign || answer.status.as_u16() == 404 || answer.status.as_u16() == 405,
            "{method} {path} is not described"
        );
        return;
    };
    let status = answer.status.as_u16().to_string();
    let responses = &operation["responses"];
    let response = &responses[&status];
    assert!(
        response.is_object(),
        "{method} {template}: status {status} is not described; answer: {}",
        answer.text()
    );
    let kind = answer
        .header(header::CONTENT_TYPE)
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    let content = &response["content"];
    if content.is_null() {
        assert!(
            answer.body.is_empty() || kind.is_empty(),
            "{method} {template} {status}: a body where none is described"
        );
        return;
    }
    let media = &content[&kind];
    assert!(
        media.is_object(),
        "{method} {template} {status}: content type {kind} is not described"
    );
    if kind != "application/json" && !kind.ends_with("+json") {
        return;
    }
    let mut schema = media["schema"].clone();
    if let Some(object) = schema.as_object_mut() {
        object.insert("components".to_owned(), document()["components"].clone());
    }
    let validator =
        jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{template}: {error}"));
    let body = answer.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .take(5)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{method} {template} {status}: {errors:?}\n{body}"
    );
}

fn operation(method: &Method, path: &str) -> Option<(String, Json)> {
    let wanted: Vec<&str> = path.split('/').collect();
    let paths = document()["paths"].as_object()?;
    let name = method.as_str().to_lowercase();
    let mut found: Vec<_> = paths
        .iter()
        .filter(|(template, operations)| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == wanted.len()
                && parts
                    .iter()
                    .zip(&wanted)
                    .all(|(part, value)| part.starts_with('{') || part == value)
                && !operations[&name].is_null()
        })
        .collect();
    // A literal part is nearer than a parameter.
    found.sort_by_key(|(template, _)| template.matches('{').count());
    found
        .first()
        .map(|(template, operations)| ((*template).clone(), operations[&name].clone()))
}

/// Every operation as method and path template.
pub(crate) fn operations() -> Vec<(Method, String, Json)> {
    let mut all = Vec::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if let Ok(method) = method.to_uppercase().parse::<Method>()
                && operation.is_object()
            {
                all.push((method, path.clone(), operation.clone()));
            }
        }
    }
    assert!(!all.is_empty(), "{}", json!("the document has no operations"));
    all
}
