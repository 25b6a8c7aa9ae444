//! The doors that TheHive and DFIR-IRIS have. `scripts/compat-test` drives the real clients; here stands what they never send.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestApp};

async fn post(app: &TestApp, token: &str, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap();
    app.send(request).await
}

fn hive(reference: &str) -> Json {
    json!({"type": "siem", "source": "test", "sourceRef": reference, "title": "t", "description": "d"})
}

#[tokio::test]
async fn every_refusal_is_in_the_dialect_of_the_door() {
    let app = TestApp::new().await;
    let token = app.api("handler").await.secret();
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(3 * 1024 * 1024));
    for (body, status, hint) in [
        ("{", StatusCode::BAD_REQUEST, "line"),
        ("[]", StatusCode::BAD_REQUEST, "object"),
        ("{\"title\": 1}", StatusCode::BAD_REQUEST, "title"),
        (
            "{\"title\": \"a\", \"title\": \"b\"}",
            StatusCode::BAD_REQUEST,
            "title",
        ),
        (large.as_str(), StatusCode::PAYLOAD_TOO_LARGE, "2097152"),
    ] {
        for path in ["/api/alert", "/api/v1/alert", "/api/v1/case"] {
            let answer = post(&app, &token, path, body.to_owned()).await;
            assert_eq!(answer.status, status, "{path} {}", answer.text());
            let said = answer.json();
            assert!(said["type"].is_string(), "{path} {said}");
            assert!(said["message"].as_str().unwrap().contains(hint), "{path} {said}");
        }
        let answer = post(&app, &token, "/alerts/add", body.to_owned()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.json()["status"], json!("error"));
    }
    let nobody = post(&app, "matoi_wrong", "/api/alert", hive("1").to_string()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.json()["type"], json!("AuthenticationError"));
    let member = app.api("member").await.secret();
    let forbidden = post(
        &app,
        &member,
        "/alerts/add",
        json!({"alert_title": "t"}).to_string(),
    )
    .await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    assert_eq!(forbidden.json()["status"], json!("error"));
}

#[tokio::test]
async fn a_browser_session_is_no_token_for_foreign_doors() {
    let app = TestApp::new().await;
    let browser = app.browser("handler").await;
    assert_eq!(
        browser.get("/api/v1/user/current").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn what_is_restricted_is_not_there_for_others() {
    let app = TestApp::new().await;
    let lead = app.api("csirt_lead").await.secret();
    let made = post(
        &app,
        &lead,
        "/api/v1/case",
        json!({"title": "secret", "description": "d", "tlp": 4}).to_string(),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let id = made.json()["_id"].as_str().unwrap().to_owned();
    let other = app.api("soc_operator").await.secret();
    let query = json!({"query": [{"_name": "listCase"}]}).to_string();
    let found = post(&app, &other, "/api/v1/query", query.clone()).await;
    assert_eq!(found.json(), json!([]));
    let count = json!({"query": [{"_name": "listCase"}, {"_name": "count"}]}).to_string();
    assert_eq!(post(&app, &other, "/api/v1/query", count).await.json(), json!(0));
    assert_eq!(
        post(&app, &lead, "/api/v1/query", query)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let alert = post(&app, &other, "/api/v1/alert", hive("r").to_string())
        .await
        .json();
    let path = format!("/api/v1/alert/{}/merge/{id}", alert["_id"].as_str().unwrap());
    assert_eq!(post(&app, &other, &path, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_label_of_the_older_form_is_never_taken_for_less() {
    let app = TestApp::new().await;
    let token = app.api("handler").await.secret();
    let mut alert = hive("tlp");
    alert["tlp"] = json!(3);
    let made = post(&app, &token, "/api/alert", alert.to_string()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let id = made.json()["_id"].as_str().unwrap().to_owned();
    let request = Request::get(format!("/api/v1/alert/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let got = app.send(request).await;
    assert_eq!(got.json()["tlpLabel"], json!("RED"), "{}", got.text());
}
