//! The centre: who sees which page, accounts, roles, organisation.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{Answer, TestApp};

/// The pages of the centre, with the roles that see them among those of the test.
const PAGES: &[(&str, &[&str])] = &[
    (
        "/centre",
        &["administrator", "csirt_lead", "auditor", "approver", "member"],
    ),
    (
        "/accounts",
        &["administrator", "csirt_lead", "auditor", "approver"],
    ),
    ("/accounts/new", &["administrator"]),
    ("/roles", &["administrator", "csirt_lead", "auditor", "approver"]),
    (
        "/roles/handler",
        &["administrator", "csirt_lead", "auditor", "approver"],
    ),
    ("/roles/new?from=handler", &["administrator"]),
    (
        "/organisation",
        &["administrator", "csirt_lead", "auditor", "approver"],
    ),
    ("/units", &["administrator", "csirt_lead", "auditor", "approver"]),
    ("/tokens", &["administrator"]),
    ("/sessions", &["administrator"]),
    ("/audit", &["administrator", "csirt_lead", "auditor"]),
    ("/jobs", &["administrator", "csirt_lead", "auditor"]),
    (
        "/rulebook",
        &["administrator", "csirt_lead", "auditor", "approver"],
    ),
    (
        "/rulebook/criteria/incident",
        &["administrator", "csirt_lead", "auditor", "approver"],
    ),
    ("/rulebook/new?kind=criteria", &["csirt_lead"]),
    ("/break-glass", &["administrator", "csirt_lead"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_is_there_for_those_whose_role_permits_it() {
    let app = TestApp::new().await;
    for role in ["administrator", "csirt_lead", "auditor", "approver", "member"] {
        let browser = app.browser(role).await;
        for (path, roles) in PAGES {
            let expect = if roles.contains(&role) {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            let answer = browser.get(path).await;
            assert_eq!(answer.status, expect, "{role} {path}: {}", answer.text());
        }
        let centre = browser.get("/centre").await.text();
        for (path, roles) in PAGES.iter().filter(|(path, _)| !path.contains('?')) {
            let link = format!("href=\"{path}\"");
            assert!(
                roles.contains(&role) || !centre.contains(&format!("<h3><a {link}")),
                "the centre leads {role} to {path}, which is closed to them"
            );
        }
    }
}

pub(crate) fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header(header::LOCATION).to_owned()
}

fn version_in(page: &str) -> String {
    let rest = page.split("name=\"version\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_invited_by_a_link_that_is_shown_once_and_works_once() {
    let app = TestApp::new().await;
    let admin = app.browser("administrator").await;
    let form = [
        ("kind", "human"),
        ("login", "k.tanaka"),
        ("name", "田中 恵子"),
        ("lang", "ja"),
        ("zone", "Asia/Tokyo"),
        ("role", "handler"),
        ("unit", ""),
    ];
    let shown = admin.post("/accounts", &form).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    let page = shown.text();
    let secret = page.split("/link/").nth(1).unwrap();
    let secret = secret.split('<').next().unwrap().trim();
    let link = format!("/link/{secret}");
    assert!(app.stranger().get(&link).await.text().contains("田中 恵子"));
    let taken = admin.post("/accounts", &form).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert!(
        taken.text().contains("value=\"田中 恵子\""),
        "what was typed is kept"
    );

    let list = admin.get("/accounts?q=tanaka&state=invited").await.text();
    assert!(
        list.contains("田中 恵子") && !list.contains("login\">handler"),
        "{list}"
    );
    assert!(
        admin
            .get("/accounts?q=nobody-at-all")
            .await
            .text()
            .contains("条件に合うアカウントはありません")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_changed_shut_and_opened_and_a_stale_form_comes_back() {
    let app = TestApp::new().await;
    let admin = app.browser("administrator").await;
    let path = format!("/accounts/{}", app.world.account("handler"));
    let page = admin.get(&path).await.text();
    let version = version_in(&page);
    let form = [
        ("kind", "human"),
        ("login", "handler"),
        ("name", "佐々木"),
        ("lang", "ja"),
        ("zone", "Asia/Tokyo"),
        ("role", "handler"),
        ("unit", ""),
        ("version", &version),
    ];
    assert!(location(&admin.post(&path, &form).await).ends_with(&path));
    let stale = admin.post(&path, &form).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert!(stale.text().contains("佐々木"));

    let version = version_in(&admin.get(&path).await.text());
    let handler = app.browser("handler").await;
    assert_eq!(handler.get("/me").await.status, StatusCode::OK);
    location(
        &admin
            .post(&format!("{path}/disable"), &[("version", &version)])
            .await,
    );
    assert!(
        location(&handler.get("/me").await).starts_with("/login"),
        "a shut account is out at once"
    );
    let version = version_in(&admin.get(&path).await.text());
    location(
        &admin
            .post(&format!("{path}/enable"), &[("version", &version)])
            .await,
    );

    let me = format!("/accounts/{}", app.world.account("administrator"));
    let version = version_in(&admin.get(&me).await.text());
    let last = admin
        .post(&format!("{me}/disable"), &[("version", &version)])
        .await;
    assert_eq!(last.status, StatusCode::CONFLICT, "nobody would be left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_a_service_account_are_made_by_the_api_and_ended_by_it() {
    let app = TestApp::new().await;
    let api = app.api("administrator").await;
    let made = api
        .post(
            "/api/v1/accounts",
            json!({"kind": "service", "login": "siem", "name": "SIEM", "mail": "", "grants": [{"role": "soc_operator"}]}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert!(
        made.json()["invitation"].is_null(),
        "a program gets no invitation"
    );
    let id = made.json()["account"]["id"].as_str().unwrap().to_owned();
    let tokens = format!("/api/v1/accounts/{id}/tokens");
    let more = api
        .post(
            &tokens,
            json!({"name": "x", "scopes": ["account.manage"], "days": 1}),
        )
        .await;
    assert_eq!(
        more.pointers(),
        ["/scopes/0"],
        "no token does more than its account"
    );
    let token = api
        .post(
            &tokens,
            json!({"name": "取り込み", "scopes": ["alert.create"], "days": 30}),
        )
        .await;
    assert_eq!(token.status, StatusCode::CREATED, "{}", token.text());
    let listed = api.get(&tokens).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(
        !listed
            .to_string()
            .contains(token.json()["secret"].as_str().unwrap())
    );
    let path = format!("{tokens}/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let reset = api.post(&format!("/api/v1/accounts/{id}/reset"), json!({})).await;
    assert_eq!(reset.status, StatusCode::CONFLICT, "a program has no password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_copied_changed_and_seen_in_the_matrix() {
    let app = TestApp::new().await;
    let admin = app.browser("administrator").await;
    let copy = admin.get("/roles/new?from=soc_operator").await.text();
    assert!(
        copy.contains("value=\"alert.update\" checked")
            && copy.contains("name=\"id\" type=\"text\" value=\"\"")
    );
    let form = [
        ("id", "night_watch"),
        ("name_ja", "夜間監視"),
        ("name_en", "Night watch"),
        ("clearance", "TLP:GREEN"),
        ("actions", "alert.read"),
        ("actions", "alert.update"),
    ];
    assert!(location(&admin.post("/roles", &form).await).ends_with("/roles/night_watch"));
    assert!(admin.get("/roles").await.text().contains("夜間監視"));
    let again = admin.post("/roles", &form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(
        again.text().contains("value=\"alert.read\" checked"),
        "what was chosen is kept"
    );
    let lead = app.browser("csirt_lead").await;
    assert!(
        !lead
            .get("/roles/night_watch")
            .await
            .text()
            .contains("<form class=\"form mt\"")
    );

    let api = app.api("administrator").await;
    let role = api.get("/api/v1/roles/night_watch").await;
    assert_eq!(role.json()["actions"], json!(["alert.read", "alert.update"]));
    let mut changed = json!({"id": "night_watch", "name": {"ja": "夜間", "en": "Night"}, "about": {"ja": "", "en": ""}, "clearance": "TLP:RED", "actions": []});
    let red = api
        .change(Method::PUT, "/api/v1/roles/night_watch", 1, changed.clone())
        .await;
    assert_eq!(red.pointers(), ["/clearance"]);
    changed["clearance"] = json!("TLP:AMBER");
    let stale = api
        .change(Method::PUT, "/api/v1/roles/night_watch", 9, changed.clone())
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let done = api
        .change(Method::PUT, "/api/v1/roles/night_watch", 1, changed)
        .await;
    assert_eq!(done.json()["clearance"], "TLP:AMBER");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_organisation_and_its_units_are_settled_at_their_pages() {
    let app = TestApp::new().await;
    let admin = app.browser("administrator").await;
    let version = version_in(&admin.get("/organisation").await.text());
    let mut form = vec![
        ("version", version.as_str()),
        ("name_ja", "みなと野精機"),
        ("name_en", ""),
        ("constituency_ja", "全従業員"),
        ("constituency_en", ""),
        ("lang", "ja"),
        ("zone", "Asia/Tokyo"),
        ("own_domains", "minatono.example\nみなと野.example"),
        ("own_networks", "203.0.113.0/24, 2001:db8::/32"),
        ("default_tlp", "TLP:GREEN"),
        ("fiscal_year_start", "13"),
    ];
    let wrong = admin.post("/organisation", &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text());
    assert!(wrong.text().contains("2001:db8::/32"), "what was typed is kept");
    form.retain(|(name, _)| *name != "fiscal_year_start");
    form.push(("fiscal_year_start", "4"));
    location(&admin.post("/organisation", &form).await);
    let api = app.api("administrator").await;
    let settings = api.get("/api/v1/organisation").await.json();
    assert_eq!(settings["default_tlp"], "TLP:GREEN");
    assert_eq!(settings["own_networks"].as_array().unwrap().len(), 2);

    location(
        &admin
            .post(
                "/units",
                &[("name_ja", "横浜工場"), ("name_en", ""), ("parent_id", "")],
            )
            .await,
    );
    let units = api.get("/api/v1/units").await.json();
    let unit = units["items"][0]["id"].as_str().unwrap().to_owned();
    location(
        &admin
            .post(
                "/units",
                &[("name_ja", "設備課"), ("name_en", ""), ("parent_id", &unit)],
            )
            .await,
    );
    let page = admin.get("/units").await.text();
    assert!(page.contains("横浜工場") && page.contains("設備課"));
    let nameless = admin
        .post("/units", &[("name_ja", ""), ("name_en", ""), ("parent_id", "")])
        .await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
}
