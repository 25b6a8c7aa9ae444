//! The OpenAPI document: its snapshot, and that no operation answers somebody who has not signed in.

use axum::http::StatusCode;

use crate::support::TestApp;
use crate::support::contract::{document, operations};

/// Operations that are public by design.
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
        if !PUBLIC.contains(&path.as_str()) {
            assert!(
                operation["responses"]["401"].is_object(),
                "{method} {path} does not describe 401"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_answers_a_stranger() {
    let app = TestApp::new().await;
    let nobody = app.anonymous_api();
    for (method, path, _) in operations() {
        if PUBLIC.contains(&path.as_str()) {
            continue;
        }
        let concrete: String = path
            .split('/')
            .map(|part| {
                if part.starts_with('{') {
                    "0190a8b2-0000-7000-8000-000000000000"
                } else {
                    part
                }
            })
            .collect::<Vec<_>>()
            .join("/");
        let answer = nobody
            .request(
                method.clone(),
                &concrete,
                &[("if-match", "\"1\"")],
                Some(serde_json::json!({})),
            )
            .await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{method} {path} answered a stranger: {}",
            answer.text()
        );
    }
}
