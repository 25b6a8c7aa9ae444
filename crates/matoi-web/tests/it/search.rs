//! Searching, through the page, the palette and the API, on both databases.

use axum::http::{Method, StatusCode, header};
use matoi_core::audit::Sealer;
use matoi_core::search::Indexer;
use matoi_web::ui::url_encode;
use serde_json::{Value, json};

use crate::support::TestApp;

/// Lets the index take in everything.
async fn index(app: &TestApp) {
    let store = &app.world.store.store;
    Sealer::new(store.clone()).unwrap().seal_all().await.unwrap();
    app.world.store.clock.advance_seconds(30);
    Indexer::new(store.clone()).unwrap().catch_up().await.unwrap();
}

async fn open_case(app: &TestApp, title: &str, restricted: bool) -> Value {
    let body = json!({ "title": title, "class": "malicious-code.ransomware", "severity": "high", "priority": "p2", "restricted": restricted });
    let made = app.api("handler").await.post("/api/v1/cases", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

async fn write(app: &TestApp, case: &Value, body: &str) -> String {
    let path = format!("/api/v1/cases/{}/entries", case["id"].as_str().unwrap());
    let made = app
        .api("handler")
        .await
        .post(&path, json!({ "kind": "note", "body": body }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

fn search(typed: &str) -> String {
    format!("/search?q={}", url_encode(typed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_is_marked_in_its_own_spelling_in_both_databases() {
    for app in TestApp::on_each_database().await {
        let case = open_case(&app, "図面共有のファイルが暗号化された", false).await;
        let note = write(
            &app,
            &case,
            "ウイルス対策ソフトが<b>Emotet</b>を検知。端末はPC-2118。",
        )
        .await;
        index(&app).await;
        let (browser, api) = (app.browser("handler").await, app.api("handler").await);
        for (typed, marked) in [
            ("暗号", "<mark class=\"hit\">暗号</mark>化"),
            ("ｳｲﾙｽ", "<mark class=\"hit\">ウイルス</mark>対策"),
            ("ＥＭＯＴＥＴ", "&gt;<mark class=\"hit\">Emotet</mark>&lt;"),
            ("pc-2118", "<mark class=\"hit\">PC-2118</mark>"),
        ] {
            let page = browser.get(&search(typed)).await;
            assert_eq!(page.status, StatusCode::OK);
            let text = page.text().replace("&#60;", "&lt;").replace("&#62;", "&gt;");
            assert!(text.contains(marked), "{typed}: {text}");
            let found = api.get(&format!("/api/v1{}", search(typed))).await.json();
            let items = found["items"].as_array().unwrap();
            assert_eq!(
                (items.len(), &found["counts"]["total"]),
                (1, &json!(1)),
                "{typed}"
            );
        }
        // A result of a timeline leads to its place on the timeline, and the place is there.
        let page = browser.get(&search("emotet")).await.text();
        let place = format!("/cases/{}?entry={note}#e-{note}", case["id"].as_str().unwrap());
        assert!(page.contains(&place), "{page}");
        let (path, anchor) = place.split_once('#').unwrap();
        let timeline = browser.get(path).await.text();
        assert!(timeline.contains(&format!("id=\"{anchor}\"")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_entry_is_shown_although_the_first_page_ends_before_it() {
    let app = TestApp::new().await;
    let case = open_case(&app, "長い経過", false).await;
    let old = write(&app, &case, "最初の手がかり").await;
    for n in 0..60 {
        app.world.store.clock.advance_seconds(1);
        write(&app, &case, &format!("その{n}")).await;
    }
    let browser = app.browser("handler").await;
    let id = case["id"].as_str().unwrap();
    let anchor = format!("id=\"e-{old}\"");
    assert!(
        !browser
            .get(&format!("/cases/{id}"))
            .await
            .text()
            .contains(&anchor)
    );
    let page = browser.get(&format!("/cases/{id}?entry={old}")).await.text();
    assert!(page.contains(&anchor));
    let gone = format!("/cases/{id}?entry=0190a8b2-0000-7000-8000-000000000000");
    assert_eq!(browser.get(&gone).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_and_pages_stand_in_the_address() {
    for app in TestApp::on_each_database().await {
        let case = open_case(&app, "回線の調査", false).await;
        for n in 0..30 {
            app.world.store.clock.advance_seconds(60);
            write(&app, &case, &format!("回線を確認した {n}回目")).await;
        }
        index(&app).await;
        let browser = app.browser("handler").await;
        let first = browser.get(&search("回線")).await.text();
        assert_eq!(first.matches("<tr data-href=").count(), 25);
        assert!(first.contains("31件"), "all kinds are counted");
        let tab = format!("{}&amp;kind=case\"", search("回線"));
        let tab_raw = tab.replace("&amp;", "&#38;");
        assert!(first.contains(&tab) || first.contains(&tab_raw), "{first}");
        let next = first.split_once("rel=\"next\" href=\"").unwrap().1;
        let next = next
            .split_once('"')
            .unwrap()
            .0
            .replace("&#38;", "&")
            .replace("&amp;", "&");
        let second = browser.get(&next).await.text();
        assert_eq!(second.matches("<tr data-href=").count(), 6);
        let cases = browser.get(&format!("{}&kind=case", search("回線"))).await.text();
        assert_eq!(cases.matches("<tr data-href=").count(), 1);
        let never = format!("{}&at.lt=2020-01-01", search("回線"));
        assert!(browser.get(&never).await.text().contains("見つかりませんでした"));

        let api = app.api("handler").await;
        let (mut seen, mut at) = (Vec::new(), format!("/api/v1{}&limit=7", search("回線")));
        loop {
            let page = api.get(&at).await.json();
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            assert!(page["counts"].is_null() || !at.contains("cursor"));
            at = format!("/api/v1{}&limit=7&cursor={next}", search("回線"));
        }
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (31, 31));
        let within = format!(
            "/api/v1{}&within={}&kind=entry",
            search("回線"),
            case["id"].as_str().unwrap()
        );
        assert_eq!(
            api.get(&within).await.json()["items"].as_array().unwrap().len(),
            30
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_opens_what_it_names() {
    let app = TestApp::new().await;
    let case = open_case(&app, "番号で開く", false).await;
    index(&app).await;
    let browser = app.browser("handler").await;
    let number = case["number"].as_str().unwrap();
    for typed in [number, &number.to_lowercase()] {
        let answer = browser.get(&search(typed)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let expect = format!("/cases/{}", case["id"].as_str().unwrap());
        assert_eq!(answer.header(header::LOCATION), expect);
    }
    // In quotes it is searched for like any words.
    let page = browser.get(&search(&format!("\"{number}\""))).await;
    assert!(page.status == StatusCode::OK && page.text().contains("番号で開く"));
    let named = app
        .api("handler")
        .await
        .get(&format!("/api/v1{}", search(number)))
        .await;
    assert_eq!(named.json()["named"]["id"], case["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_restricted_is_neither_found_nor_counted_nor_suggested_nor_opened() {
    for app in TestApp::on_each_database().await {
        let secret = open_case(&app, "内部不正の翡翠調査", true).await;
        write(&app, &secret, "翡翠の記録").await;
        index(&app).await;
        let (number, id) = (secret["number"].as_str().unwrap(), secret["id"].as_str().unwrap());
        for role in ["csirt_lead", "administrator", "handler"] {
            let (browser, api) = (app.browser(role).await, app.api(role).await);
            let found = api.get(&format!("/api/v1{}", search("翡翠"))).await;
            if found.status == StatusCode::FORBIDDEN {
                assert_eq!(browser.get(&search("翡翠")).await.status, StatusCode::FORBIDDEN);
                continue;
            }
            let named = role == "handler";
            let count = if named { 2 } else { 0 };
            assert_eq!(found.json()["counts"]["total"], count, "{role}");
            for path in [
                search("翡翠"),
                format!("/search/suggest?q={}", url_encode("翡翠")),
            ] {
                let shown = browser.get(&path).await.text().contains("内部不正の");
                assert_eq!(shown, named, "{role} {path}");
            }
            let jump = browser.get(&search(number)).await.status;
            let opened = jump == StatusCode::SEE_OTHER;
            assert_eq!(opened, named, "{role}");
            let within = api.get(&format!("/api/v1/search?q=x&within={id}")).await.status;
            let expect = if named {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            assert_eq!(within, expect, "{role}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_palette_shows_what_is_found_while_typing() {
    let app = TestApp::new().await;
    open_case(&app, "複合機の<設定>", false).await;
    index(&app).await;
    let browser = app.browser("handler").await;
    let found = browser
        .get(&format!("/search/suggest?q={}", url_encode("複合")))
        .await
        .text();
    assert_eq!(found.matches("role=\"option\"").count(), 1);
    assert!(
        found.contains("<mark class=\"hit\">複合</mark>機の&#60;設定&#62;"),
        "{found}"
    );
    let nothing = browser.get("/search/suggest?q=").await;
    assert_eq!((nothing.status, nothing.text().trim()), (StatusCode::OK, ""));
    let page = browser.get("/cases").await.text();
    assert!(page.contains("data-suggest=\"/search/suggest\"") && page.contains("name=\"q\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_right_is_named() {
    let app = TestApp::new().await;
    let (browser, api) = (app.browser("handler").await, app.api("handler").await);
    for (query, pointer) in [
        ("kind=case,thing", "/kind"),
        ("at.gte=yesterday", "/at.gte"),
        ("at.lt=2026-13-01", "/at.lt"),
        ("limit=0", "/limit"),
        ("cursor=%21", "/cursor"),
    ] {
        let answer = api.get(&format!("/api/v1/search?q=x&{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    let page = browser.get("/search?q=x&at.gte=yesterday").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text().contains("value=\"yesterday\""),
        "what was typed stays"
    );
    let empty = browser.get("/search").await;
    assert!(empty.status == StatusCode::OK && empty.text().contains("検索のしかた"));
    for typed in [
        "\"",
        "-",
        "<script>alert(1)</script>",
        "%_*",
        "'; DROP TABLE search_words; --",
    ] {
        let page = browser.get(&search(typed)).await;
        assert_eq!(page.status, StatusCode::OK, "{typed}");
        assert!(!page.text().contains("<script>alert"), "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_may_search_and_only_operators_rebuild() {
    let app = TestApp::new().await;
    let anonymous = app.anonymous_api();
    assert_eq!(
        anonymous.get("/api/v1/search?q=x").await.status,
        StatusCode::UNAUTHORIZED
    );
    let rebuild = "/api/v1/search/rebuild";
    assert_eq!(
        anonymous.post(rebuild, json!({})).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.stranger().get("/search?q=x").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        app.stranger().get("/search/suggest?q=x").await.status,
        StatusCode::SEE_OTHER
    );
    let handler = app.api("handler").await;
    assert_eq!(
        handler.post(rebuild, json!({})).await.status,
        StatusCode::FORBIDDEN
    );
    let operator = app.api("administrator").await;
    let begun = operator.post(rebuild, json!({ "from_nothing": true })).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    assert!(begun.json()["job_id"].is_string());
    let again = operator
        .request(Method::POST, rebuild, &[], Some(json!({ "from_nothing": true })))
        .await;
    assert!(again.json()["job_id"].is_null(), "one is waiting already");
}
