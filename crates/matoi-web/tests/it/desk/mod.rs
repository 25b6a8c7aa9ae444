//! The desk, as the people who use it do: a reporter without an account, the desk in a browser without JavaScript, programs
//! by the API.

mod api;
mod handling;
mod mail;
mod public;
mod triage;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// The value of the first field of this name in a page.
fn value(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no field {name} in the page"));
    rest.split_once('"').unwrap().0.to_owned()
}

fn id(item: &Value) -> String {
    item["id"].as_str().unwrap().to_owned()
}

/// Where an answer leads.
fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header(header::LOCATION).to_owned()
}

/// A report that a program handed in.
async fn report(app: &TestApp, text: &str) -> Value {
    let input =
        json!({ "channel": "phone", "category": "suspicious_mail", "text": text, "device": "PC-2041" });
    let made = app.api("handler").await.post("/api/v1/reports", input).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

/// An alert that a detection sent.
async fn alert(app: &TestApp, reference: &str) -> Value {
    let input = json!({
        "title": "海外からのVPNログオン成功",
        "description": "VPN-GW-1 に 203.0.113.47 から",
        "source": "siem",
        "source_ref": reference,
        "severity": "high",
        "observables": [{ "kind": "ipv4", "value": "203.0.113.47" }],
        "raw": { "rule": "VPN-0007", "html": "<script>alert(1)</script>" },
    });
    let made = app.api("handler").await.post("/api/v1/alerts", input).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

/// Sends the public form as a stranger would, and gives the follow-up code.
async fn report_publicly(app: &TestApp, text: &str) -> String {
    let stranger = app.stranger();
    let nonce = value(&stranger.get("/report").await.text(), "nonce");
    let fields = [
        ("nonce", nonce.as_str()),
        ("category", "suspicious_mail"),
        ("text", text),
        ("anonymous", "true"),
    ];
    let sent = stranger.upload("/report", &fields, &[]).await;
    place(&sent).rsplit('/').next().unwrap().to_owned()
}
