//! The desk by the API: every answer is held against the OpenAPI document by the client.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{alert, id, report};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_goes_its_whole_way() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    let said = report(&app, "添付を開いた").await;
    let path = format!("/api/v1/reports/{}", id(&said));
    assert_eq!(api.get(&path).await.status, StatusCode::OK);
    let change = async |name: &str, version: i64, body| {
        api.change(Method::POST, &format!("{path}/{name}"), version, body)
            .await
    };
    let taken = change("acknowledge", 1, json!({})).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
    assert_eq!(
        change("acknowledge", 2, json!({})).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        change("acknowledge", 1, json!({})).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    let early = change("close", 2, json!({})).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "unanswered");
    let answered = api
        .post(
            &format!("{path}/messages"),
            json!({ "body": "調べています", "is_answer": true }),
        )
        .await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text());
    let version = answered.json()["version"].as_i64().unwrap();
    let facts = json!({ "contact_type": "event", "attack_type": "phishing", "progress": "executed" });
    let propose = api
        .post("/api/v1/triage/evaluate", json!({ "facts": facts }))
        .await;
    assert_eq!(propose.status, StatusCode::OK, "{}", propose.text());
    let triaged = change(
        "triage",
        version,
        json!({ "facts": facts, "outcome": "incident" }),
    )
    .await;
    assert_eq!(triaged.status, StatusCode::OK, "{}", triaged.text());
    let version = triaged.json()["item"]["version"].as_i64().unwrap();
    let closed = change("close", version, json!({})).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text());
    let version = closed.json()["version"].as_i64().unwrap();
    let reopened = change("reopen", version, json!({ "reason": "また来た" })).await;
    assert_eq!(reopened.json()["state"], "triaged");
    for part in ["messages", "attachments", "observables", "triage"] {
        assert_eq!(
            api.get(&format!("{path}/{part}")).await.status,
            StatusCode::OK,
            "{part}"
        );
    }
    let code = api.post(&format!("{path}/follow-up"), json!({})).await;
    assert!(code.status.is_success(), "{}", code.text());
    for list in [
        "/api/v1/reports?state=all&severity.gte=low",
        "/api/v1/queue",
        "/api/v1/queue/counts",
        "/api/v1/clocks",
        "/api/v1/first-response",
        "/api/v1/taxonomy",
        "/api/v1/triage/criteria",
    ] {
        assert_eq!(api.get(list).await.status, StatusCode::OK, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_never_there_twice_and_is_changed_judged_and_merged() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    let one = alert(&app, "A-1").await;
    let again = json!({ "title": "同じもの", "source": "siem", "source_ref": "A-1" });
    let existed = api.post("/api/v1/alerts", again).await;
    assert_eq!(
        (existed.status, existed.json()["id"].clone()),
        (StatusCode::OK, one["id"].clone())
    );
    let batch = json!([
        { "title": "一つ目", "source": "edr", "source_ref": "E-1" },
        { "title": "", "source": "edr", "source_ref": "E-2" },
    ]);
    let many = api.post("/api/v1/alerts/bulk", json!({ "alerts": batch })).await;
    assert_eq!(many.status, StatusCode::OK, "{}", many.text());
    let results = many.json();
    assert!(
        results[1]["problem"].is_string() && results[0]["id"].is_string(),
        "{results}"
    );

    let path = format!("/api/v1/alerts/{}", id(&one));
    let patched = api
        .change(
            Method::PATCH,
            &path,
            1,
            json!({ "severity": "critical", "tlp": "TLP:GREEN", "tags": ["vpn"] }),
        )
        .await;
    assert_eq!(patched.status, StatusCode::OK, "{}", patched.text());
    assert_eq!(
        (patched.json()["severity"].clone(), patched.json()["tlp"].clone()),
        (json!("critical"), json!("TLP:GREEN"))
    );
    let version = patched.json()["version"].as_i64().unwrap();
    let silent = api
        .change(
            Method::POST,
            &format!("{path}/verdict"),
            version,
            json!({ "verdict": "false_positive" }),
        )
        .await;
    assert_eq!(
        silent.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a dismissal teaches the rule"
    );
    let judged = api
        .change(
            Method::POST,
            &format!("{path}/verdict"),
            version,
            json!({ "verdict": "false_positive", "reason": "保守" }),
        )
        .await;
    assert_eq!(judged.status, StatusCode::OK, "{}", judged.text());
    let other = alert(&app, "A-2").await;
    let merged = api
        .change(
            Method::POST,
            &format!("/api/v1/alerts/{}/merge", id(&other)),
            1,
            json!({ "into": id(&one) }),
        )
        .await;
    assert_eq!(merged.json()["state"], "closed", "{}", merged.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_input_is_named_by_field_and_what_is_not_permitted_is_not_done() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    for (body, pointer) in [
        (json!({ "text": "" }), "/text"),
        (json!({ "text": "x", "category": "none-such" }), "/category"),
        (
            json!({ "text": "x", "event_at": "2999-01-01T00:00:00Z" }),
            "/event_at",
        ),
        (json!({ "text": "x", "title": "二\n行" }), "/title"),
    ] {
        let refused = api.post("/api/v1/reports", body.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(refused.pointers(), [pointer], "{body}");
    }
    for query in [
        "severity.gte=awful",
        "sort=sideways",
        "received.gte=soon",
        "assignee=x",
        "state=lost",
        "cursor=zz",
    ] {
        let refused = api.get(&format!("/api/v1/reports?{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    let said = report(&app, "権限").await;
    let path = format!("/api/v1/reports/{}", id(&said));
    let without = api
        .request(Method::POST, &format!("{path}/acknowledge"), &[], Some(json!({})))
        .await;
    assert_eq!(without.status, StatusCode::PRECONDITION_REQUIRED);
    for role in ["member", "auditor", "administrator"] {
        let other = app.api(role).await;
        for (name, body) in [
            ("acknowledge", json!({})),
            (
                "triage",
                json!({ "outcome": "incident", "class": "fraud.phishing" }),
            ),
            ("close", json!({})),
        ] {
            let refused = other
                .change(Method::POST, &format!("{path}/{name}"), 1, body)
                .await;
            assert!(
                matches!(refused.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                "{role} {name}: {}",
                refused.status
            );
        }
    }
    let bulk = json!({ "items": [{ "id": id(&said), "version": 1 }, { "id": id(&said), "version": 9 }], "command": { "action": "acknowledge" } });
    let results = api.post("/api/v1/queue/bulk", bulk).await;
    assert_eq!(results.status, StatusCode::OK, "{}", results.text());
    assert_eq!(
        (
            results.json()[0]["done"].clone(),
            results.json()[1]["done"].clone()
        ),
        (json!(true), json!(false))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_makes_nothing_new() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    let send = async |text: &str| {
        let body = json!({ "channel": "desk", "text": text });
        api.request(
            Method::POST,
            "/api/v1/reports",
            &[("idempotency-key", "k-1")],
            Some(body),
        )
        .await
    };
    let (first, again) = (send("一度だけ").await, send("一度だけ").await);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(send("別のこと").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
