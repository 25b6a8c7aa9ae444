//! The page of numbers, its files and its API.

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::support::TestApp;

async fn open_case(app: &TestApp, restricted: bool) {
    let made = app
        .api("csirt_lead")
        .await
        .post(
            "/api/v1/cases",
            json!({ "title": "不審なメール", "class": "fraud.phishing", "restricted": restricted }),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_counted_from_what_their_reader_may_see() {
    let app = TestApp::new().await;
    open_case(&app, false).await;
    open_case(&app, true).await;
    for (role, expect) in [("csirt_lead", 2), ("handler", 1), ("approver", 1)] {
        let figures = app.api(role).await.get("/api/v1/metrics").await.json();
        assert_eq!(figures["volume"][0]["count"], expect, "{role}");
        assert_eq!(figures["open"][0]["count"], expect, "{role}");
        let page = app.browser(role).await.get("/numbers").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains(&format!("<dd>{expect}<i>件</i>")), "{role}");
    }
    for role in ["member", "system_owner"] {
        assert_eq!(
            app.browser(role).await.get("/numbers").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.browser(role).await.get("/numbers/workbook").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.api(role).await.get("/api/v1/metrics").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.api(role)
                .await
                .get("/api/v1/metrics/tables/volume")
                .await
                .status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_a_file_and_all_are_a_workbook() {
    let app = TestApp::new().await;
    open_case(&app, false).await;
    let api = app.api("handler").await;
    let browser = app.browser("handler").await;
    for table in [
        "volume", "times", "clocks", "open", "intake", "outcomes", "verdicts",
    ] {
        let file = api
            .get(&format!("/api/v1/metrics/tables/{table}?kind=incident"))
            .await;
        assert_eq!(file.status, StatusCode::OK, "{table}");
        assert!(file.text().starts_with('\u{feff}'), "{table}");
        let same = browser.get(&format!("/numbers/tables/{table}")).await;
        assert!(
            same.header(header::CONTENT_DISPOSITION).contains(".csv"),
            "{table}"
        );
    }
    assert!(
        api.get("/api/v1/metrics/tables/volume")
            .await
            .text()
            .contains("フィッシング")
    );
    assert_eq!(
        api.get("/api/v1/metrics/tables/secrets").await.status,
        StatusCode::NOT_FOUND
    );
    let book = api.get("/api/v1/metrics/workbook").await;
    assert_eq!(book.json().as_array().unwrap().len(), 7);
    assert!(
        browser
            .get("/numbers/workbook")
            .await
            .header(header::CONTENT_DISPOSITION)
            .contains(".xlsx")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_that_is_none_is_refused_with_its_field() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    for (query, pointer) in [
        ("from=2026-13", "/from"),
        ("from=2026-05&until=2026-04", "/from"),
        ("kind=x", "/kind"),
        ("priority=9", "/priority"),
    ] {
        let refused = api.get(&format!("/api/v1/metrics?{query}")).await;
        assert_eq!(
            (refused.status, refused.pointers()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![pointer.to_owned()]),
            "{query}"
        );
    }
    let page = app.browser("handler").await.get("/numbers?from=x").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("「2026-11」のように"));
    let quiet = app
        .browser("handler")
        .await
        .get("/numbers?from=2020-01&until=2020-02&kind=&priority=")
        .await;
    assert!(quiet.text().contains("この期間に検知した案件はありません"));
}
