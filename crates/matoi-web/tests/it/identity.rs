//! Signing in, one's own account, what protects a browser.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_sends_a_stranger_to_the_log_in_and_back() {
    let app = TestApp::new().await;
    let answer = app.stranger().get("/me?x=1").await;
    assert_eq!(
        (answer.status, answer.header(header::LOCATION)),
        (StatusCode::SEE_OTHER, "/login?next=%2Fme%3Fx%3D1")
    );
    let page = app.stranger().get("/login?next=%2Fme").await;
    assert!(page.text().contains("value=\"/me\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_from_another_site() {
    let app = TestApp::new().await;
    let browser = app.browser("handler").await;
    assert_eq!(
        browser
            .post("/me/theme", &[("theme", "dark"), ("next", "/me")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/login")
            .header(name, value)
            .header(header::HOST, "matoi.minatono.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("login=a&password=b"))
            .unwrap();
        assert_eq!(
            app.send(request).await.status,
            StatusCode::CONFLICT,
            "{name}: {value}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_the_headers_that_protect() {
    let app = TestApp::new().await;
    for path in ["/login", "/nowhere", "/static/app.css", "/api/v1/me"] {
        let answer = app.stranger().get(path).await;
        assert!(
            answer
                .header(header::CONTENT_SECURITY_POLICY)
                .contains("default-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(answer.header("x-request-id").len(), 16);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_problems_for_programs_and_pages_for_people_in_their_language() {
    let app = TestApp::new().await;
    let problem = app.anonymous_api().get("/api/v1/me").await;
    assert_eq!(
        (problem.status, problem.header(header::CONTENT_TYPE)),
        (StatusCode::UNAUTHORIZED, "application/problem+json")
    );
    assert_eq!(problem.json()["type"], "/problems/unauthenticated");

    let api = app.api("handler").await;
    let wrong = api
        .request(
            Method::PUT,
            "/api/v1/me",
            &[("if-match", "\"1\""), ("accept-language", "en")],
            Some(json!({"name": "", "lang": "fr"})),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.pointers(), ["/lang"]);
    assert_eq!(
        api.request(Method::PUT, "/api/v1/me", &[], Some(json!({})))
            .await
            .status,
        StatusCode::PRECONDITION_REQUIRED
    );

    let page = app.browser("handler").await.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("ページが見つかりません"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_own_account_is_read_and_changed_by_version() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    let me = api.get("/api/v1/me").await;
    let version: i64 = me.header(header::ETAG).trim_matches('"').parse().unwrap();
    let profile = json!({"name": "佐々木", "mail": "", "lang": "en", "zone": "UTC", "theme": "dark", "density": "compact"});
    assert_eq!(
        api.change(Method::PUT, "/api/v1/me", version, profile.clone())
            .await
            .json()["name"],
        "佐々木"
    );
    let stale = api.change(Method::PUT, "/api/v1/me", version, profile).await;
    assert_eq!(
        (stale.status, stale.json()["current_version"].as_i64()),
        (StatusCode::PRECONDITION_FAILED, Some(version + 1))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_shown_once_and_dies_when_revoked() {
    let app = TestApp::new().await;
    let api = app.api("handler").await;
    let made = api
        .post(
            "/api/v1/me/tokens",
            json!({"name": "x", "scopes": ["case.read"], "days": 1}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let id = made.json()["token"]["id"].as_str().unwrap().to_owned();
    assert!(
        !api.get("/api/v1/me/tokens")
            .await
            .text()
            .contains(made.json()["secret"].as_str().unwrap())
    );
    assert_eq!(
        api.delete(&format!("/api/v1/me/tokens/{id}")).await.status,
        StatusCode::NO_CONTENT
    );
    let much = api
        .post(
            "/api/v1/me/tokens",
            json!({"name": "x", "scopes": ["account.manage"], "days": 1}),
        )
        .await;
    assert_eq!(much.pointers(), ["/scopes/0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_only_a_trusted_one_says_where_a_request_came_from() {
    let app = TestApp::with(|settings| "/matoi".clone_into(&mut settings.base_path)).await;
    let page = app.stranger().get("/matoi/login").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("action=\"/matoi/login\"")
            && page.text().contains("href=\"/matoi/static/app.css")
    );
    assert_eq!(app.stranger().get("/login").await.status, StatusCode::NOT_FOUND);
}
