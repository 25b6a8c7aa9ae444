//! What the desk does with what came in.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use super::{alert, id, place, report, value};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_worked_off_from_its_page() {
    let app = TestApp::new().await;
    let (one, two) = (alert(&app, "A-1").await, alert(&app, "A-2").await);
    let said = report(&app, "リンクを開いた").await;
    let browser = app.browser("handler").await;
    let page = browser.get("/?tab=alerts").await.text();
    assert!(page.contains("ALT-2026-0001") && !page.contains(">RPT-2026-0001<"));
    let nothing = browser
        .post("/queue/bulk", &[("do", "acknowledge"), ("tab", "all")])
        .await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
    assert!(nothing.text().contains("行を選んでください"));

    let row = |item: &serde_json::Value| format!("{}@{}", id(item), item["version"]);
    let rows = [row(&one), row(&two), row(&said)];
    let dismissed = browser
        .post(
            "/queue/bulk",
            &[
                ("row", &rows[0]),
                ("row", &rows[1]),
                ("row", &rows[2]),
                ("do", "verdict"),
                ("verdict", "false_positive"),
                ("reason", "既知の保守作業"),
                ("tab", "all"),
            ],
        )
        .await;
    assert_eq!(dismissed.status, StatusCode::CONFLICT, "a report has no verdict");
    let text = dismissed.text();
    assert!(
        text.contains("2件を処理しました")
            && text.contains("RPT-2026-0001")
            && text.contains("既知の保守作業")
    );
    let done = app
        .api("handler")
        .await
        .get(&format!("/api/v1/alerts/{}", id(&one)))
        .await
        .json();
    assert_eq!(done["verdict"], "false_positive");

    let taken = browser
        .post(
            "/queue/bulk",
            &[("row", &rows[2]), ("do", "take"), ("tab", "reports")],
        )
        .await;
    assert_eq!(place(&taken), "/?tab=reports");
    let mine = browser.get("/?tab=mine").await.text();
    assert!(mine.contains("RPT-2026-0001"));
    let empty = browser.get("/?tab=unassigned").await;
    assert_eq!(empty.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_shown_as_text_judged_and_closed() {
    let app = TestApp::new().await;
    let path = format!("/alerts/{}", id(&alert(&app, "A-1").await));
    let browser = app.browser("handler").await;
    let page = browser.get(&path).await.text();
    assert!(
        page.contains("203[.]0[.]113[.]47") && page.contains("&#60;script&#62;")
            || page.contains("&lt;script&gt;")
    );
    assert!(!page.contains("<script>alert"));
    let verdict = async |fields: &[(&str, &str)]| {
        let version = value(&browser.get(&path).await.text(), "version");
        let mut all = vec![("version", version.as_str())];
        all.extend_from_slice(fields);
        browser.post(&format!("{path}/verdict"), &all).await
    };
    let none = verdict(&[("reason", "作業の記録と一致")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text().contains("作業の記録と一致"), "what was typed stays");
    place(&verdict(&[("verdict", "benign_positive"), ("reason", "作業の記録と一致")]).await);
    let page = browser.get(&path).await.text();
    assert!(page.contains("検知は正しいが無害"));
    let stale = browser
        .post(&format!("{path}/acknowledge"), &[("version", "1")])
        .await;
    assert!(
        stale.status.is_client_error(),
        "what somebody else did is not done twice"
    );
    let observable = page
        .split_once("/observables/")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap()
        .0
        .to_owned();
    let places = browser.get(&format!("/observables/{observable}")).await.text();
    assert!(places.contains("ALT-2026-0001"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_second_sees_what_the_first_wrote_and_keeps_what_they_typed() {
    let app = TestApp::new().await;
    let path = format!("/reports/{}", id(&report(&app, "二人で直す").await));
    let browser = app.browser("handler").await;
    let version = value(&browser.get(&path).await.text(), "version");
    let edit = async |title: &str| {
        let fields = [
            ("version", version.as_str()),
            ("title", title),
            ("severity", "low"),
        ];
        browser.post(&format!("{path}/edit"), &fields).await
    };
    place(&edit("先の人の件名").await);
    let second = edit("後の人の件名").await;
    assert!(second.status.is_client_error());
    assert!(second.text().contains("先の人の件名") && second.text().contains("value=\"後の人の件名\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_saved_never_shown() {
    let app = TestApp::new().await;
    let path = format!("/reports/{}", id(&report(&app, "添付あり").await));
    let browser = app.browser("handler").await;
    let sent = browser
        .upload(
            &format!("{path}/attach"),
            &[],
            &[("file", "請求書.pdf.js", "text/html", b"<script>alert(1)</script>")],
        )
        .await;
    place(&sent);
    let page = browser.get(&path).await.text();
    assert!(page.contains("二重の拡張子"));
    let file = page
        .split_once("href=\"/attachments/")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap()
        .0
        .to_owned();
    let saved = browser.get(&format!("/attachments/{file}")).await;
    assert_eq!(saved.body, b"<script>alert(1)</script>");
    assert_eq!(saved.header(header::CONTENT_TYPE), "application/octet-stream");
    assert!(
        saved
            .header(header::CONTENT_DISPOSITION)
            .starts_with("attachment;")
    );
    assert!(saved.header(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    let stranger = app.stranger().get(&format!("/attachments/{file}")).await;
    assert_eq!(place(&stranger).split('?').next(), Some("/login"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_telephone_call_is_written_down_and_its_reporter_gets_a_code() {
    let app = TestApp::new().await;
    let browser = app.browser("handler").await;
    let page = browser.get("/reports/new").await.text();
    let nonce = value(&page, "nonce");
    let enter = async |fields: &[(&str, &str)]| {
        let mut all = vec![("nonce", nonce.as_str()), ("channel", "phone"), ("lang", "ja")];
        all.extend_from_slice(fields);
        browser.upload("/reports/new", &all, &[]).await
    };
    let wrong = enter(&[("text", "電話の内容")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("電話の内容"));
    let form = [
        ("category", "lost_device"),
        ("text", "名古屋駅でノートPCをなくした"),
        ("reporter_contact", "090-1234-5678"),
        ("reporter_name", "鈴木"),
        ("severity", "high"),
    ];
    let path = place(&enter(&form).await);
    assert_eq!(place(&enter(&form).await), path, "sent twice, entered once");
    let page = browser.get(&path).await.text();
    assert!(page.contains("鈴木") && page.contains("tel:09012345678"));
    let renewed = browser.post(&format!("{path}/follow-up"), &[]).await.text();
    let code = renewed
        .split_once("<p class=\"secret\">")
        .and_then(|(_, rest)| rest.split_once('<'))
        .unwrap()
        .0
        .to_owned();
    assert_eq!(
        app.stranger().get(&format!("/r/{code}")).await.status,
        StatusCode::OK
    );
    assert!(
        !browser.get(&path).await.text().contains(&code),
        "it is shown once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_employee_sees_the_own_reports_and_no_others() {
    let app = TestApp::new().await;
    let others = id(&report(&app, "ほかの人の報告").await);
    let member = app.browser("member").await;
    let page = member.get("/reports/new").await.text();
    let fields = [
        ("nonce", &*value(&page, "nonce")),
        ("category", "other"),
        ("text", "画面が一瞬暗くなった"),
        ("lang", "ja"),
    ];
    let path = place(&member.upload("/reports/new", &fields, &[]).await);
    let own = member.get(&path).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text().contains("画面が一瞬暗くなった"));
    let list = member.get("/reports/mine").await.text();
    assert!(list.contains("RPT-2026-0002") && !list.contains("ほかの人の報告"));
    let now = member.get("/").await.text();
    assert!(now.contains("RPT-2026-0002") && !now.contains("RPT-2026-0001"));
    for (path, expect) in [
        (format!("/reports/{others}"), StatusCode::NOT_FOUND),
        ("/reports".to_owned(), StatusCode::FORBIDDEN),
        ("/watch".to_owned(), StatusCode::FORBIDDEN),
        (format!("/reports/{others}/triage"), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(member.get(&path).await.status, expect, "{path}");
    }
    let nonce = value(&own.text(), "nonce");
    let added = member
        .upload(
            &format!("{path}/add"),
            &[("nonce", &nonce), ("body", "また起きた")],
            &[],
        )
        .await;
    place(&added);
    let written = app.browser("handler").await.get(&path).await.text();
    assert!(written.contains("また起きた"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_a_restricted_case_is_nowhere_for_others() {
    let app = TestApp::new().await;
    let handler = app.api("handler").await;
    let said = report(&app, "部長がデータを持ち出している 198.51.100.23").await;
    let path = format!("/api/v1/reports/{}", id(&said));
    let triaged = handler
        .change(
            Method::POST,
            &format!("{path}/triage"),
            1,
            json!({ "outcome": "incident", "class": "organisation.insider-misuse", "override_reason": "内部不正の疑い", "facts": {} }),
        )
        .await;
    let class = if triaged.status == StatusCode::UNPROCESSABLE_ENTITY {
        "intrusions.unprivileged-account-compromise"
    } else {
        ""
    };
    let triaged = if class.is_empty() {
        triaged
    } else {
        let input = json!({ "outcome": "incident", "class": class, "override_reason": "内部不正の疑い", "facts": {} });
        handler
            .change(Method::POST, &format!("{path}/triage"), 1, input)
            .await
    };
    assert_eq!(triaged.status, StatusCode::OK, "{}", triaged.text());
    let case = triaged.json()["case"]["id"].as_str().unwrap().to_owned();
    let browser = app.browser("handler").await;
    let shut = browser
        .post(
            &format!("/cases/{case}/access"),
            &[
                (
                    "version",
                    &value(
                        &browser.get(&format!("/cases/{case}/access")).await.text(),
                        "version",
                    ),
                ),
                ("tlp", "TLP:AMBER+STRICT"),
                ("restricted", "true"),
            ],
        )
        .await;
    place(&shut);

    let other = app.browser("soc_operator").await;
    let other_api = app.api("soc_operator").await;
    assert_eq!(
        browser.get(&format!("/reports/{}", id(&said))).await.status,
        StatusCode::OK
    );
    for part in ["", "/triage", "/mails/0190a8b2-0000-7000-8000-000000000000"] {
        let answer = other.get(&format!("/reports/{}{part}", id(&said))).await;
        assert!(
            matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
            "{part}: {}",
            answer.status
        );
    }
    for part in ["", "/messages", "/attachments", "/observables"] {
        let answer = other_api.get(&format!("{path}{part}")).await;
        assert!(
            matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
            "{part}: {}",
            answer.status
        );
    }
    for list in ["/", "/watch?state=all"] {
        assert!(!other.get(list).await.text().contains("RPT-2026-0001"), "{list}");
    }
    let seen = handler.get(&format!("{path}/observables")).await.json();
    let observable = seen["items"][0]["id"].as_str().unwrap();
    assert_eq!(
        other.get(&format!("/observables/{observable}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        browser.get(&format!("/observables/{observable}")).await.status,
        StatusCode::OK
    );
}
