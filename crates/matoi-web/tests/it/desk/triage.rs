//! Triage: the criteria propose, a person decides, the reporter is told.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{id, place, report, report_publicly, value};
use crate::support::{Answer, Browser, TestApp};

/// Sends the triage form with the version and the proposal that the page shows for these answers.
async fn decide(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await.text();
    let version = value(&page, "version");
    let mut look = vec![("version", version.as_str()), ("do", "evaluate")];
    look.extend_from_slice(fields);
    let looked = browser.post(path, &look).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.text());
    let seen = value(&looked.text(), "seen");
    let mut all = vec![
        ("version", version.as_str()),
        ("seen", seen.as_str()),
        ("do", "decide"),
    ];
    all.extend_from_slice(fields);
    browser.post(path, &all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_which_rows_hold_and_why_and_asks_for_what_is_missing() {
    let app = TestApp::new().await;
    let path = format!("/reports/{}/triage", id(&report(&app, "開いてしまった").await));
    let browser = app.browser("handler").await;
    let page = browser.get(&path).await.text();
    assert!(page.contains("基準による提案") && page.contains("次に確かめること"));
    assert!(page.contains("フィッシング・不審なメール") && page.contains("class=\"cond\""));
    let preview = browser
        .post(
            &format!("{path}/preview"),
            &[
                ("f.attack_type", "ransomware"),
                ("f.progress", "completed"),
                ("f.contact_type", "event"),
            ],
        )
        .await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(
        preview
            .text()
            .starts_with("<section class=\"sec proposal is-incident\"")
            && preview.text().contains("P1")
    );
    let wrong = browser
        .post(
            &path,
            &[("version", "1"), ("do", "evaluate"), ("f.attack_type", "no-such")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_becomes_an_incident_as_proposed_and_keeps_its_reasons() {
    let app = TestApp::new().await;
    let said = report(&app, "暗号化された").await;
    let path = format!("/reports/{}", id(&said));
    let browser = app.browser("handler").await;
    let facts = [
        ("f.contact_type", "event"),
        ("f.verification", "real"),
        ("f.attack_type", "ransomware"),
        ("f.progress", "completed"),
        ("outcome", "proposed"),
        ("title", "第二工場のランサムウェア"),
    ];
    let unseen = browser
        .post(
            &format!("{path}/triage"),
            &[
                &[("version", "1"), ("seen", ""), ("do", "decide")],
                facts.as_slice(),
            ]
            .concat(),
        )
        .await;
    assert_eq!(
        unseen.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nobody decides on a proposal they have not seen"
    );
    let case = place(&decide(&browser, &format!("{path}/triage"), &facts).await);
    assert!(case.starts_with("/cases/"), "{case}");
    assert!(
        browser
            .get(&case)
            .await
            .text()
            .contains("第二工場のランサムウェア")
    );
    let page = browser.get(&path).await.text();
    assert!(
        page.contains("INC-2026-0001") && page.contains("トリアージの記録") && page.contains("基準の判定")
    );
    let again = browser.get(&format!("{path}/triage")).await;
    assert_eq!(place(&again), path, "it is decided");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_decide_otherwise_needs_a_reason_that_stays_on_record() {
    let app = TestApp::new().await;
    let path = format!("/reports/{}/triage", id(&report(&app, "開いてしまった").await));
    let browser = app.browser("handler").await;
    let otherwise = [
        ("f.contact_type", "event"),
        ("f.attack_type", "phishing"),
        ("f.progress", "executed"),
        ("outcome", "inquiry"),
    ];
    let refused = decide(&browser, &path, &otherwise).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("基準と異なる判断をする理由"));
    let with_reason = [
        otherwise.as_slice(),
        &[("override_reason", "訓練メールの問い合わせだった")],
    ]
    .concat();
    let case = place(&decide(&browser, &path, &with_reason).await);
    let page = browser.get(&case).await;
    assert!(page.text().contains("INQ-2026-0001"), "{case} {}", page.text());
    let item = browser.get(path.trim_end_matches("/triage")).await.text();
    assert!(item.contains("訓練メールの問い合わせだった"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_an_incident_is_answered_with_its_reason_and_closed() {
    let app = TestApp::new().await;
    let code = report_publicly(&app, "警告の画面が出た").await;
    let queue = app.api("handler").await.get("/api/v1/queue").await.json();
    let path = format!("/reports/{}", id(&queue["items"][0]));
    let browser = app.browser("handler").await;
    let facts = [
        ("f.contact_type", "event"),
        ("f.verification", "false_alarm"),
        ("f.business.impact", "none"),
        ("outcome", "proposed"),
    ];
    let silent = decide(&browser, &format!("{path}/triage"), &facts).await;
    assert_eq!(
        silent.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the reporter is owed a reason"
    );
    let told = [
        facts.as_slice(),
        &[
            ("not_incident_reason", "訓練の画面でした。ご連絡に感謝します。"),
            ("answer", "true"),
        ],
    ]
    .concat();
    assert_eq!(
        place(&decide(&browser, &format!("{path}/triage"), &told).await),
        path
    );
    let follow_up = app.stranger().get(&format!("/r/{code}")).await.text();
    assert!(
        follow_up.contains("訓練の画面でした") && follow_up.contains("インシデントではないと判断しました")
    );
    let page = browser.get(&path).await.text();
    let closed = browser
        .post(&format!("{path}/close"), &[("version", &value(&page, "version"))])
        .await;
    place(&closed);
    assert!(!browser.get("/").await.text().contains("RPT-2026-0001"));
    // What comes in later opens it again.
    let page = app.stranger().get(&format!("/r/{code}")).await.text();
    let fields = [("nonce", &*value(&page, "nonce")), ("body", "また出ました")];
    place(&app.stranger().upload(&format!("/r/{code}"), &fields, &[]).await);
    assert!(browser.get("/").await.text().contains("RPT-2026-0001"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_change_is_said_and_what_was_typed_stays() {
    let app = TestApp::new().await;
    let said = report(&app, "二人でトリアージ").await;
    let path = format!("/reports/{}", id(&said));
    let browser = app.browser("handler").await;
    let page = browser.get(&format!("{path}/triage")).await.text();
    let seen = value(&page, "seen");
    let taken = app
        .api("handler")
        .await
        .change(Method::POST, &format!("/api/v1{path}/acknowledge"), 1, json!({}))
        .await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
    let form = [
        ("version", "1"),
        ("seen", seen.as_str()),
        ("do", "decide"),
        ("outcome", "incident"),
        ("class", "fraud.phishing"),
        ("title", "書きかけの件名"),
        ("f.attack_type", "phishing"),
    ];
    let stale = browser.post(&format!("{path}/triage"), &form).await;
    assert!(stale.status.is_client_error());
    let text = stale.text();
    assert!(text.contains("ほかの人がこの件を変更しました") && text.contains("value=\"書きかけの件名\""));
}
