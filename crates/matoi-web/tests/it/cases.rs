//! The pages of cases, as a person uses them without JavaScript, and the fragments that JavaScript fetches.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::TestApp;

async fn open_case(app: &TestApp, title: &str) -> Value {
    let made = app
        .api("handler")
        .await
        .post("/api/v1/cases", json!({ "title": title, "class": "malicious-code.ransomware", "severity": "high", "priority": "p2" }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

/// The version that the first form of a page would send.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn id(case: &Value) -> String {
    case["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_opened_written_in_and_shown() {
    let app = TestApp::new().await;
    let browser = app.browser("handler").await;
    let refused = browser
        .post(
            "/cases/new",
            &[
                ("kind", "incident"),
                ("title", ""),
                ("summary", "書きかけ"),
                ("severity", "high"),
                ("priority", "p1"),
            ],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("書きかけ"), "what was typed stays");

    let form = [
        ("kind", "incident"),
        ("title", "共有フォルダが開けない"),
        ("class", "malicious-code.ransomware"),
        ("severity", "high"),
        ("priority", "p1"),
        ("detected_at", "2026-11-20T03:12"),
    ];
    let opened = browser.post("/cases/new", &form).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let path = opened.header(header::LOCATION).to_owned();
    let written = browser
        .post(
            &format!("{path}/entries"),
            &[
                ("kind", "note"),
                ("body", "**LAN**を抜いた <script>alert(1)</script>"),
            ],
        )
        .await;
    assert_eq!(written.status, StatusCode::SEE_OTHER);
    let page = browser.get(&path).await.text();
    assert!(
        page.contains("<strong>LAN</strong>を抜いた &lt;script&gt;"),
        "Markdown, and nothing that runs"
    );
    assert!(page.contains("共有フォルダが開けない") && page.contains("INC-2026-0001"));
    let list = browser.get("/cases?priority.gte=p2").await.text();
    assert!(list.contains("共有フォルダが開けない"));
    let other = browser.get("/cases?kind=inquiry").await.text();
    assert!(!other.contains("共有フォルダが開けない"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_sent_by_script_is_answered_with_the_timeline_and_a_refusal_beside_it() {
    let app = TestApp::new().await;
    let (case, browser) = (
        open_case(&app, "断片").await,
        app.browser("handler").await.by_script(),
    );
    let path = format!("/cases/{}/entries", id(&case));
    let fragment = browser
        .post(&path, &[("kind", "phone"), ("body", "電話した")])
        .await;
    assert_eq!(fragment.status, StatusCode::OK);
    assert!(fragment.text().starts_with("<div id=\"timeline\"") && fragment.text().contains("電話した"));
    let refused = browser.post(&path, &[("kind", "note"), ("body", "")]).await;
    assert_eq!(
        (refused.status, refused.header("hx-retarget")),
        (StatusCode::UNPROCESSABLE_ENTITY, "#problems")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_second_sees_what_the_first_wrote_and_keeps_what_they_typed() {
    let app = TestApp::new().await;
    let (case, browser) = (open_case(&app, "二人で直す").await, app.browser("handler").await);
    let path = format!("/cases/{}/edit", id(&case));
    let save = async |title: &str, version: &str| {
        let form = [
            ("version", version),
            ("title", title),
            ("class", "malicious-code.ransomware"),
            ("severity", "high"),
            ("priority", "p2"),
            ("apt_suspected", "unknown"),
        ];
        browser.post(&path, &form).await
    };
    let read = version(&browser.get(&path).await.text());
    assert_eq!(save("先の人の件名", &read).await.status, StatusCode::SEE_OTHER);
    let second = save("後の人の件名", &read).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    let page = second.text();
    assert!(page.contains("value=\"後の人の件名\"") && page.contains("先の人の件名"));
    let again = save("後の人の件名", &version(&page)).await;
    assert_eq!(
        again.status,
        StatusCode::SEE_OTHER,
        "saving again is a decision of the one who compared"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_was_not_touched_keeps_its_seconds() {
    let app = TestApp::new().await;
    let case = open_case(&app, "秒").await;
    let api = app.api("handler").await;
    let path = format!("/api/v1/cases/{}", id(&case));
    let changed = api
        .change(
            Method::PATCH,
            &path,
            1,
            json!({ "occurred_at": "2026-11-19T03:12:45Z" }),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let browser = app.browser("handler").await;
    let form = [
        ("version", "2"),
        ("title", "秒"),
        ("class", "malicious-code.ransomware"),
        ("severity", "high"),
        ("priority", "p2"),
        ("apt_suspected", "unknown"),
        ("occurred_at", "2026-11-19T12:12"),
    ];
    assert_eq!(
        browser
            .post(&format!("/cases/{}/edit", id(&case)), &form)
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let now = api.get(&path).await.json();
    assert_eq!(now["occurred_at"], "2026-11-19T03:12:45Z");
    assert_eq!(now["handler_id"], Value::Null, "the empty choice is nobody");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phases_name_what_is_missing() {
    let mut app = TestApp::new().await;
    app.world.add("elena", "csirt_lead").await;
    let (case, browser) = (open_case(&app, "段階").await, app.browser("csirt_lead").await);
    let path = format!("/cases/{}/phase", id(&case));
    let step = async |phase: &str, reason: &str| {
        let now = version(&browser.get(&path).await.text());
        let form = [("version", now.as_str()), ("phase", phase), ("reason", reason)];
        browser.post(&path, &form).await
    };
    assert_eq!(step("investigate", "").await.status, StatusCode::SEE_OTHER);
    let unknown = step("contain", "").await;
    assert_eq!(unknown.status, StatusCode::CONFLICT);
    assert!(
        unknown.text().contains("根絶を先にする"),
        "that an attack is targeted is not ruled out"
    );
    assert_eq!(
        step("contain", "拡大を止めるのが先").await.status,
        StatusCode::SEE_OTHER
    );
    let refused = step("close", "").await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "closing follows convergence only"
    );
    let page = app
        .browser("elena")
        .await
        .get(&format!("/cases/{}", id(&case)))
        .await
        .text();
    assert!(
        page.contains("Needed before closing") && page.contains("Phase “"),
        "the timeline speaks the reader's language"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_and_decisions_are_refused_with_what_was_typed() {
    let app = TestApp::new().await;
    let (case, browser) = (open_case(&app, "作業").await, app.browser("csirt_lead").await);
    let path = format!("/cases/{}", id(&case));
    let wrong = browser
        .post(
            &format!("{path}/tasks"),
            &[("title", "ログを集める"), ("service", "Z-99")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("value=\"ログを集める\"") && wrong.text().contains("id=\"f-service\""));
    let set = browser
        .post(
            &format!("{path}/tasks"),
            &[
                ("title", "ログを集める"),
                ("service", "c-1"),
                ("evidence_first", "true"),
            ],
        )
        .await;
    assert_eq!(set.status, StatusCode::SEE_OTHER);
    let tasks = app
        .api("csirt_lead")
        .await
        .get(&format!("/api/v1{path}/tasks"))
        .await
        .json();
    let task = tasks["items"][0]["id"].as_str().unwrap();
    assert_eq!(tasks["items"][0]["service"], "C-1");
    let dropped = browser
        .post(
            &format!("/tasks/{task}"),
            &[("state", "dropped"), ("version", "1")],
        )
        .await;
    assert_eq!(dropped.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser
        .post(
            &format!("/tasks/{task}"),
            &[("state", "done"), ("version", "1"), ("result", "7日分")],
        )
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let groundless = browser
        .post(
            &format!("{path}/decisions"),
            &[("kind", "containment"), ("choice", "切り離す"), ("grounds", " ")],
        )
        .await;
    assert_eq!(groundless.status, StatusCode::UNPROCESSABLE_ENTITY);
    let decided = browser
        .post(
            &format!("{path}/decisions"),
            &[
                ("kind", "containment"),
                ("choice", "切り離す"),
                ("grounds", "暗号化が進行中"),
            ],
        )
        .await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER);
    let page = browser.get(&path).await.text();
    assert!(page.contains("切り離す") && page.contains("7日分"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_named_see_a_restricted_case() {
    let app = TestApp::new().await;
    let (case, lead) = (
        open_case(&app, "内部不正の疑い").await,
        app.browser("csirt_lead").await,
    );
    let path = format!("/cases/{}", id(&case));
    let shut = lead
        .post(
            &format!("{path}/access"),
            &[
                ("version", "1"),
                ("tlp", "TLP:AMBER+STRICT"),
                ("restricted", "true"),
            ],
        )
        .await;
    assert_eq!(shut.status, StatusCode::SEE_OTHER, "{}", shut.text());
    let handler = app.browser("handler").await;
    assert_eq!(
        handler.get(&path).await.status,
        StatusCode::OK,
        "the one who opened it was named"
    );
    let manager = app.browser("soc_operator").await;
    for part in ["", "/work", "/timeline", "/traces", "/edit", "/links", "/phase"] {
        assert_eq!(
            manager.get(&format!("{path}{part}")).await.status,
            StatusCode::NOT_FOUND,
            "{part}"
        );
    }
    assert!(!manager.get("/cases").await.text().contains("内部不正の疑い"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_are_linked_and_merged_by_number() {
    let app = TestApp::new().await;
    let (one, two, lead) = (
        open_case(&app, "一つ目").await,
        open_case(&app, "二つ目").await,
        app.browser("csirt_lead").await,
    );
    let links = format!("/cases/{}/links", id(&one));
    let unknown = lead
        .post(&links, &[("number", "INC-1999-0001"), ("relation", "related")])
        .await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let number = two["number"].as_str().unwrap();
    assert_eq!(
        lead.post(
            &links,
            &[
                ("number", number),
                ("relation", "related"),
                ("note", "送信元が一致")
            ]
        )
        .await
        .status,
        StatusCode::SEE_OTHER
    );
    let merged = lead
        .post(
            &format!("/cases/{}/merge", id(&one)),
            &[("number", number), ("reason", "同じ事象"), ("version", "1")],
        )
        .await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.text());
    assert!(merged.header(header::LOCATION).ends_with(&id(&two)));
    assert!(
        lead.get(&format!("/cases/{}", id(&one)))
            .await
            .text()
            .contains("統合先を開く")
    );
    let undone = lead
        .post(
            &format!("/cases/{}/unmerge", id(&one)),
            &[("reason", "別の事象だった"), ("version", "2")],
        )
        .await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_given_a_task_sees_the_task_and_not_the_case() {
    let app = TestApp::new().await;
    let case = open_case(&app, "部門へ依頼").await;
    let api = app.api("handler").await;
    let department = app.world.account("system_owner").to_string();
    let task = json!({ "title": "保守用アカウントの無効化", "assignee_id": department });
    let set = api
        .post(&format!("/api/v1/cases/{}/tasks", id(&case)), task)
        .await;
    assert_eq!(set.status, StatusCode::CREATED, "{}", set.text());
    let task = set.json()["id"].as_str().unwrap().to_owned();
    let browser = app.browser("system_owner").await;
    let page = browser.get(&format!("/tasks/{task}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("保守用アカウントの無効化") && !page.text().contains("部門へ依頼"));
    assert_eq!(
        browser.get(&format!("/cases/{}", id(&case))).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        browser
            .post(&format!("/tasks/{task}"), &[("state", "done"), ("version", "1")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_added_with_their_hash() {
    let app = TestApp::new().await;
    let (case, browser) = (open_case(&app, "添付").await, app.browser("handler").await);
    let path = format!("/cases/{}/attachments", id(&case));
    let none = browser.upload(&path, &[], &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let file = (
        "file",
        "脅迫文.txt",
        "text/plain",
        "あなたのファイルは".as_bytes(),
    );
    assert_eq!(
        browser.upload(&path, &[], &[file]).await.status,
        StatusCode::SEE_OTHER
    );
    let kept = app
        .api("handler")
        .await
        .get(&format!("/api/v1/cases/{}/attachments", id(&case)))
        .await
        .json();
    let digest = "35d74ece";
    assert_eq!(kept["items"][0]["name"], "脅迫文.txt");
    assert!(kept["items"][0]["sha256"].as_str().unwrap().starts_with(digest));
}
