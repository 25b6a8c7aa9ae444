//! The centre: the audit log, background work, the rule book, the broken glass.

use std::process::Command;

use axum::http::{Method, StatusCode, header};
use matoi_core::audit::Sealer;
use matoi_core::jobs::{self, NewJob};
use serde_json::{Value, json};

use crate::administration::location;
use crate::support::{Browser, TestApp};

async fn seal(app: &TestApp) {
    let sealer = Sealer::new(app.world.store.store.clone()).unwrap();
    sealer.seal_all().await.unwrap();
}

/// Opens a case that only those who are named may see.
async fn restricted_case(app: &TestApp) -> Value {
    let lead = app.api("csirt_lead").await;
    let case = lead
        .post(
            "/api/v1/cases",
            json!({"title": "役員の端末", "class": "intrusions.privileged-account-compromise", "severity": "high", "priority": "p2", "tlp": "TLP:RED", "restricted": true}),
        )
        .await;
    assert_eq!(case.status, StatusCode::CREATED, "{}", case.text());
    case.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_is_read_filtered_and_hides_what_is_restricted() {
    let app = TestApp::new().await;
    let case = restricted_case(&app).await;
    seal(&app).await;
    let (auditor, lead) = (app.api("auditor").await, app.api("csirt_lead").await);
    let path = format!(
        "/api/v1/audit?entity_kind=case&entity_id={}",
        case["id"].as_str().unwrap()
    );
    assert_eq!(auditor.get(&path).await.json()["items"], json!([]));
    let rows = lead.get(&path).await.json();
    assert_eq!(rows["items"][0]["verb"], "case.open");
    let row = format!("/api/v1/audit/{}", rows["items"][0]["id"].as_str().unwrap());
    assert_eq!(lead.get(&row).await.status, StatusCode::OK);
    assert_eq!(auditor.get(&row).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        auditor.get("/api/v1/audit?from=yesterday").await.pointers(),
        ["/from"]
    );
    let chain = auditor.get("/api/v1/audit/chain").await.json();
    assert!(chain["sealed"].as_i64().unwrap() > 10 && chain["key_id"].is_string());

    let page = app
        .browser("csirt_lead")
        .await
        .get("/audit?kind=case")
        .await
        .text();
    assert!(
        page.contains("案件を起票") && page.contains("役員の端末"),
        "{page}"
    );
    let page = app.browser("auditor").await.get("/audit?kind=case").await.text();
    assert!(!page.contains("役員の端末"));
    let everything = app.browser("auditor").await.get("/audit").await.text();
    assert!(everything.contains("アカウントを作成") && !everything.contains(case["id"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_is_asked_for_at_the_page_and_by_the_api() {
    let app = TestApp::new().await;
    seal(&app).await;
    let (browser, api) = (app.browser("auditor").await, app.api("auditor").await);
    assert!(
        browser
            .get("/audit")
            .await
            .text()
            .contains("まだ検証していません")
    );
    location(&browser.post("/audit/verification", &[]).await);
    let asked = api.post("/api/v1/audit/verification", json!({})).await;
    assert_eq!(
        (asked.status, &asked.json()["under_way"]),
        (StatusCode::ACCEPTED, &json!(true))
    );
    assert!(browser.get("/audit").await.text().contains("検証中"));
    app.run_jobs().await;
    let state = api.get("/api/v1/audit/verification").await.json();
    assert_eq!(
        (&state["under_way"], &state["last"]["found"]["faults"]),
        (&json!(false), &json!([]))
    );
    assert!(browser.get("/audit").await.text().contains("改ざんなし"));
}

/// Runs the script of the documentation on an export. Gives whether it ended well, and what it said.
fn verify_outside(export: &str) -> (bool, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), export).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify-audit.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(file.path())
        .output()
        .expect("python3 is installed by the test set-up");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_verifies_without_the_program_and_a_changed_one_does_not() {
    let app = TestApp::new().await;
    restricted_case(&app).await;
    seal(&app).await;
    let api = app.api("auditor").await;
    seal(&app).await;
    let answer = api.get("/api/v1/audit/export").await;
    assert!(
        answer
            .header(header::CONTENT_DISPOSITION)
            .starts_with("attachment; filename=\"matoi-audit-")
    );
    let export = answer.text();
    assert!(export.contains("\"withheld\":true") && !export.contains("役員の端末"));
    let head = api.get("/api/v1/audit/chain").await.json()["head"]
        .as_str()
        .unwrap()
        .to_owned();
    let (intact, said) = verify_outside(&export);
    assert!(intact && said.contains(&format!("head: {head}")), "{said}");

    let lines: Vec<&str> = export.lines().collect();
    let changed_detail = export.replacen(
        "\\\"login\\\":\\\"handler\\\"",
        "\\\"login\\\":\\\"hindler\\\"",
        1,
    );
    let changed_actor = export.replacen("\"actor_kind\":\"system\"", "\"actor_kind\":\"account\"", 1);
    let changed_time = export.replacen("\"sealed_at\":1", "\"sealed_at\":2", 1);
    let at = lines
        .iter()
        .position(|line| line.contains("\"seq\":5,") || line.contains("\"seq\":5}"))
        .unwrap();
    let without_a_row: String = lines
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != at)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let without_the_seal: String = lines
        .iter()
        .take(lines.len() - 1)
        .map(|line| format!("{line}\n"))
        .collect();
    for (what, text) in [
        ("a detail", changed_detail),
        ("an actor", changed_actor),
        ("the time of a signature", changed_time),
        ("a row taken out", without_a_row),
        ("the last signature taken out", without_the_seal),
        ("nothing at all", String::new()),
    ] {
        assert_ne!(text, export, "{what}: nothing was changed");
        let (intact, said) = verify_outside(&text);
        assert!(!intact, "{what} was not noticed: {said}");
        assert!(!said.contains("Traceback"), "{what}: {said}");
    }

    let packed = axum::http::Request::get("/api/v1/audit/export")
        .header(header::AUTHORIZATION, format!("Bearer {}", api.secret()))
        .header(header::ACCEPT_ENCODING, "gzip")
        .body(axum::body::Body::empty());
    let packed = app.send(packed.unwrap()).await;
    assert_eq!(packed.header(header::CONTENT_ENCODING), "gzip");
    assert!(packed.body.starts_with(&[0x1f, 0x8b]), "it comes to its end");

    let from_page = app.browser("auditor").await.post("/audit/export", &[]).await;
    assert!(verify_outside(&from_page.text()).0);
    let rows = api.get("/api/v1/audit?verb=audit.export").await.json();
    assert_eq!(
        rows["items"].as_array().unwrap().len(),
        3,
        "each export is on the log"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_job_is_tried_again_and_one_that_waits_is_stopped() {
    let app = TestApp::new().await;
    let store = &app.world.store.store;
    let mut tx = store.write(&app.world.caller("handler").await).await.unwrap();
    let job = NewJob {
        max_attempts: 1,
        ..NewJob::interactive("nobody.knows", json!({}))
    };
    let id = jobs::service::enqueue(&mut tx, job).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let admin = app.browser("administrator").await;
    let page = admin.get("/jobs?state=failed").await.text();
    assert!(
        page.contains("nobody.knows") && page.contains(&format!("/jobs/{id}/retry")),
        "{page}"
    );
    let auditor = app.browser("auditor").await;
    assert!(!auditor.get("/jobs").await.text().contains("/retry"));
    assert_eq!(
        auditor.post(&format!("/jobs/{id}/retry"), &[]).await.status,
        StatusCode::FORBIDDEN
    );
    location(&admin.post(&format!("/jobs/{id}/retry"), &[]).await);
    assert_eq!(
        admin.post(&format!("/jobs/{id}/retry"), &[]).await.status,
        StatusCode::CONFLICT
    );
    let api = app.api("administrator").await;
    assert_eq!(
        api.get("/api/v1/jobs?state=waiting").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let stopped = api.post(&format!("/api/v1/jobs/{id}/cancel"), json!({})).await;
    assert_eq!(stopped.json()["state"], "cancelled");
    assert_eq!(
        api.get("/api/v1/jobs/lanes").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(api.get("/api/v1/jobs?state=lost").await.pointers(), ["/state"]);
}

async fn in_force(browser: &Browser<'_>, kind: &str) -> String {
    let page = browser.get(&format!("/rulebook/{kind}")).await.text();
    let rest = page.split("data-href=\"/rulebook/files/").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_drafted_checked_line_by_line_and_approved_by_somebody_else() {
    let app = TestApp::new().await;
    let (lead, approver) = (app.browser("csirt_lead").await, app.browser("approver").await);
    let hash = in_force(&lead, "desk/desk").await;
    let text = lead.get(&format!("/rulebook/files/{hash}/text")).await;
    assert!(
        text.header(header::CONTENT_DISPOSITION)
            .contains("desk-desk-1.yaml")
    );
    let wrong = text.text().replacen("critical: 15", "critical: soon", 1);
    for (what, status) in [
        ("check", StatusCode::OK),
        ("keep", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = lead
            .post(
                "/rulebook/new",
                &[("kind", "desk"), ("content", &wrong), ("do", what)],
            )
            .await;
        assert_eq!(answer.status, status);
        let page = answer.text();
        assert!(page.contains("行目") && page.contains("critical: soon"), "{page}");
    }
    let right = text.text().replacen("critical: 15", "critical: 10", 1);
    let form = [
        ("kind", "desk"),
        ("content", right.as_str()),
        ("note", "速く"),
        ("do", "keep"),
    ];
    let path = location(&lead.post("/rulebook/new", &form).await);
    assert_eq!(
        lead.post("/rulebook/new", &form).await.status,
        StatusCode::CONFLICT
    );
    let page = lead.get(&path).await.text();
    assert!(page.contains("class=\"add\"") && page.contains("critical: 10") && !page.contains("/approve\""));
    let approve = format!("{path}/approve");
    assert_eq!(
        lead.post(&approve, &[("reason", "x")]).await.status,
        StatusCode::FORBIDDEN
    );
    let silent = approver.post(&approve, &[("reason", " ")]).await;
    assert_eq!(
        silent.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a reason is needed"
    );
    location(&approver.post(&approve, &[("reason", "訓練で遅れたため")]).await);
    assert!(
        approver
            .get("/rulebook/desk/desk")
            .await
            .text()
            .contains("以前の版")
    );
    let auditor = app.browser("auditor").await;
    assert!(
        auditor
            .get("/audit?verb=rulebook.approve")
            .await
            .text()
            .contains("訓練で遅れたため")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn criteria_and_mappings_are_tried_without_storing_anything() {
    let app = TestApp::new().await;
    let lead = app.browser("csirt_lead").await;
    let hash = in_force(&lead, "criteria/incident").await;
    let path = format!("/rulebook/files/{hash}/try");
    assert_eq!(lead.get(&path).await.status, StatusCode::OK);
    let drill = lead
        .get(&format!(
            "{path}?fact.verification=drill&fact.business.impact=none"
        ))
        .await;
    let page = drill.text();
    assert!(
        page.contains("インシデントではない") && page.contains("class=\"applies\""),
        "{page}"
    );
    let example = lead.get(&format!("{path}?example=0")).await;
    assert!(example.text().contains("判定の根拠"));
    let wrong = lead.get(&format!("{path}?fact.verification=perhaps")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let api = app.api("csirt_lead").await;
    let tried = api
        .post(
            &format!("/api/v1/rulebook/{hash}/try"),
            json!({"facts": {"verification": "drill", "business.impact": "none"}}),
        )
        .await;
    assert_eq!(
        tried.json()["evaluation"]["proposal"]["outcome"],
        "not_incident",
        "{}",
        tried.text()
    );
    let checked = api
        .post(
            "/api/v1/rulebook/check",
            json!({"kind": "criteria", "content": "id: x\ntitle: 3\n"}),
        )
        .await;
    assert_eq!(checked.json()["errors"][0]["line"], 2, "{}", checked.text());

    let hash = in_force(&lead, "mapping/plain").await;
    let path = format!("/rulebook/files/{hash}/try");
    let broken = lead.post(&path, &[("body", "{")]).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = json!({"title": "不審な通信", "source": "proxy", "source_ref": "a-1", "severity": "high"})
        .to_string();
    let page = lead.post(&path, &[("body", &body)]).await.text();
    assert!(page.contains("不審な通信"), "{page}");
    let desk = in_force(&lead, "desk/desk").await;
    let nothing = api.post(&format!("/api/v1/rulebook/{desk}/try"), json!({})).await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
    let alerts = api.get("/api/v1/audit?verb=alert.create").await.json();
    assert_eq!(alerts["items"], json!([]), "nothing was taken in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_goes_the_same_way_through_the_api() {
    let app = TestApp::new().await;
    let (lead, approver) = (app.api("csirt_lead").await, app.api("approver").await);
    let list = lead.get("/api/v1/rulebook?kind=desk").await.json();
    let former = format!("/api/v1/rulebook/{}", list["items"][0]["hash"].as_str().unwrap());
    let content = lead.get(&former).await.json()["content"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"kind": "desk", "content": content.replacen("critical: 15", "critical: 12", 1)});
    let headers = [("idempotency-key", "draft-1")];
    let draft = lead
        .request(Method::POST, "/api/v1/rulebook", &headers, Some(body.clone()))
        .await;
    assert_eq!(draft.status, StatusCode::CREATED, "{}", draft.text());
    let again = lead
        .request(Method::POST, "/api/v1/rulebook", &headers, Some(body))
        .await;
    assert_eq!(again.json()["hash"], draft.json()["hash"]);
    let path = draft.header(header::LOCATION).to_owned();
    let approve = format!("{path}/approve");
    assert_eq!(
        approver.post(&approve, json!({"reason": ""})).await.pointers(),
        ["/reason"]
    );
    let done = approver.post(&approve, json!({"reason": "短縮"})).await;
    assert_eq!(done.json()["state"], "approved");
    assert_eq!(lead.get(&former).await.json()["state"], "superseded");
    assert_eq!(
        lead.get("/api/v1/rulebook/0000").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_glass_is_broken_with_a_reason_that_the_owner_sees_first() {
    let app = TestApp::new().await;
    let case = restricted_case(&app).await;
    let path = format!("/cases/{}", case["id"].as_str().unwrap());
    let number = case["number"].as_str().unwrap();
    let admin = app.browser("administrator").await;
    assert_eq!(admin.get(&path).await.status, StatusCode::FORBIDDEN);
    for (number, reason) in [
        (number, "急ぐ"),
        (number, ""),
        ("INC-1999-0001", "担当者に連絡がつかず、待てないため"),
    ] {
        let refused = admin
            .post("/break-glass", &[("number", number), ("reason", reason)])
            .await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{number} {reason}"
        );
        assert!(
            refused.text().contains(&format!("value=\"{number}\"")),
            "what was typed is kept"
        );
    }
    let reason = "担当者に連絡がつかず、工場が停止するため";
    let answer = admin
        .post("/break-glass", &[("number", number), ("reason", reason)])
        .await;
    assert!(location(&answer).ends_with(&path));
    let page = admin.get(&path).await;
    assert!(
        page.text().contains("役員の端末"),
        "{} {}",
        page.status,
        page.text()
    );
    let owner = app.browser("csirt_lead").await;
    assert!(owner.get(&path).await.text().contains(reason));
    let told = |page: &str| page.contains("緊急閲覧のお知らせ") && page.contains(reason);
    assert!(
        told(&owner.get("/").await.text()),
        "it is the first thing they see"
    );
    assert!(!told(&admin.get("/").await.text()));
    let notices = app
        .api("csirt_lead")
        .await
        .get("/api/v1/glass-notices")
        .await
        .json();
    let seen = format!(
        "/glass-notices/{}/seen",
        notices["items"][0]["id"].as_str().unwrap()
    );
    assert_eq!(admin.post(&seen, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(location(&owner.post(&seen, &[]).await), "/");
    assert!(!told(&owner.get("/").await.text()), "once seen it is gone");
    assert!(
        owner
            .get("/audit?verb=case.break_glass")
            .await
            .text()
            .contains(reason)
    );
    let handler = app.browser("handler").await;
    let refused = handler
        .post("/break-glass", &[("number", number), ("reason", reason)])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
