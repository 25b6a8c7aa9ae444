//! The register of assets and the assets of a case, as pages and API.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::TestApp;

async fn register(app: &TestApp, input: Value) -> Value {
    let made = app.api("csirt_lead").await.post("/api/v1/assets", input).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

async fn open_case(app: &TestApp, restricted: bool) -> String {
    let made = app
        .api("csirt_lead")
        .await
        .post("/api/v1/cases", json!({ "title": "暗号化の疑い", "class": "malicious-code.ransomware", "restricted": restricted }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

fn id(asset: &Value) -> &str {
    asset["id"].as_str().unwrap()
}

/// The value of the first hidden field of a name.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asset_is_registered_changed_and_retired_on_its_pages() {
    let app = TestApp::new().await;
    let browser = app.browser("csirt_lead").await;
    let form = [
        ("name", "ファイルサーバー FS-02"),
        ("kind", "server"),
        ("importance", "critical"),
        ("owner_id", ""),
        ("unit_id", ""),
        ("identifiers", "fs-02\nnot one"),
        ("note", "=1+1"),
    ];
    let refused = browser.post("/assets", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("「not one」") && refused.text().contains("fs-02\nnot one"),
        "{}",
        refused.text()
    );
    let form = form.map(|(name, value)| {
        if name == "identifiers" {
            (name, "fs-02\n203.0.113[.]5")
        } else {
            (name, value)
        }
    });
    let made = browser.post("/assets", &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let path = made.header(header::LOCATION).to_owned();
    let shown = browser.get(&path).await.text();
    for text in [
        "ファイルサーバー FS-02",
        "203.0.113.5",
        "最重要",
        "責任者も部署も決まっていません",
    ] {
        assert!(shown.contains(text), "{text}");
    }
    // Two change it at the same time: the second sees what it is now, and keeps what was typed.
    let first = browser.get(&format!("{path}/edit")).await.text();
    let version = hidden(&first, "version");
    let with_name = |name: &'static str, version: String| {
        let mut fields: Vec<(&str, String)> = form
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()))
            .collect();
        fields[0].1 = name.to_owned();
        fields.push(("version", version));
        fields
    };
    let mine = with_name("FS-02 新", version.clone());
    let fields: Vec<(&str, &str)> = mine.iter().map(|(key, value)| (*key, value.as_str())).collect();
    assert_eq!(
        browser.post(&format!("{path}/edit"), &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let theirs = with_name("FS-02 別", version);
    let fields: Vec<(&str, &str)> = theirs.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let stale = browser.post(&format!("{path}/edit"), &fields).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert!(stale.text().contains("FS-02 別") && stale.text().contains("FS-02 新"));
    let shown = browser.get(&path).await.text();
    assert!(
        shown.contains("名称 ファイルサーバー FS-02 → FS-02 新"),
        "the history says what changed"
    );
    let version = hidden(&shown, "version");
    let retired = browser
        .post(
            &format!("{path}/retire"),
            &[("version", &version), ("reason", "更改")],
        )
        .await;
    assert_eq!(retired.status, StatusCode::SEE_OTHER, "{}", retired.text());
    assert!(!browser.get("/assets").await.text().contains("FS-02 新"));
    assert!(
        browser
            .get("/assets?state=retired")
            .await
            .text()
            .contains("FS-02 新")
    );
    let shown = browser.get(&path).await.text();
    let back = browser
        .post(
            &format!("{path}/restore"),
            &[("version", &hidden(&shown, "version"))],
        )
        .await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_register_is_read_by_those_who_may() {
    let app = TestApp::new().await;
    let asset = register(
        &app,
        json!({ "name": "WEB-01", "kind": "server", "importance": "high" }),
    )
    .await;
    let path = format!("/assets/{}", id(&asset));
    for role in ["handler", "auditor"] {
        let browser = app.browser(role).await;
        for page in ["/exposure", "/assets", &path] {
            assert_eq!(browser.get(page).await.status, StatusCode::OK, "{role} {page}");
        }
        assert!(browser.get("/exposure").await.text().contains("サーバー"));
    }
    let auditor = app.browser("auditor").await;
    assert!(!auditor.get("/assets").await.text().contains("/assets/new"));
    assert_eq!(auditor.get("/assets/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(auditor.get("/assets/import").await.status, StatusCode::FORBIDDEN);
    // Who reads the own assets only does not learn that there is another.
    let owner = app.browser("system_owner").await;
    assert!(!owner.get("/assets").await.text().contains("WEB-01"));
    assert_eq!(owner.get(&path).await.status, StatusCode::NOT_FOUND);
    let member = app.browser("member").await;
    for page in ["/exposure", "/assets", &path] {
        assert_eq!(member.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_keeps_the_register() {
    let app = TestApp::new().await;
    let api = app.api("csirt_lead").await;
    let asset = register(
        &app,
        json!({ "name": "DB-01", "kind": "server", "identifiers": ["DB-01.minatono.example"] }),
    )
    .await;
    let path = format!("/api/v1/assets/{}", id(&asset));
    let twice = api.post("/api/v1/assets", json!({ "name": "ＤＢ-01" })).await;
    assert_eq!(
        (twice.status, twice.pointers()),
        (StatusCode::CONFLICT, vec!["/name".to_owned()])
    );
    let wrong = api
        .post("/api/v1/assets", json!({ "name": "", "identifiers": ["a b"] }))
        .await;
    assert_eq!(wrong.pointers(), ["/name", "/identifiers/0"]);
    let changed = api
        .change(Method::PATCH, &path, 1, json!({ "importance": "critical" }))
        .await;
    assert_eq!(changed.json()["version"], 2);
    assert_eq!(
        api.change(Method::PATCH, &path, 1, json!({})).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    assert_eq!(api.get(&path).await.header(header::ETAG), "\"2\"");
    let listed = api
        .get("/api/v1/assets?q=db-01.minatono.example&importance.gte=high&kind=server,cloud&sort=-importance")
        .await;
    assert_eq!(listed.json()["items"][0]["name"], "DB-01");
    assert_eq!(
        api.get("/api/v1/assets?kind=spaceship&sort=x").await.pointers(),
        ["/kind", "/sort"]
    );
    assert_eq!(api.get("/api/v1/assets/overview").await.json()["in_use"], 1);
    let history = api.get(&format!("{path}/history")).await.json();
    let verbs: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["verb"].clone())
        .collect();
    assert!(verbs.contains(&json!("asset.update")), "{verbs:?}");
    let retired = api
        .change(
            Method::POST,
            &format!("{path}/retire"),
            2,
            json!({ "reason": "更改" }),
        )
        .await;
    assert_eq!(retired.json()["state"], "retired");
    let again = api
        .change(Method::POST, &format!("{path}/retire"), 3, json!({}))
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(
        api.change(Method::POST, &format!("{path}/restore"), 3, json!({}))
            .await
            .status,
        StatusCode::OK
    );
    let operator = app.api("soc_operator").await;
    assert_eq!(
        operator
            .post("/api/v1/assets", json!({ "name": "X" }))
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        app.api("system_owner").await.get(&path).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.api("member").await.get("/api/v1/assets").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_says_what_it_affects_and_forgets_nothing() {
    let app = TestApp::new().await;
    register(&app, json!({ "name": "ファイルサーバー FS-02", "kind": "server", "importance": "high", "identifiers": ["203.0.113.5"] })).await;
    let case = open_case(&app, false).await;
    let browser = app.browser("handler").await;
    let near = browser
        .post(
            &format!("/cases/{case}/assets"),
            &[("name", "ファイルサーバー"), ("condition", "affected")],
        )
        .await;
    assert_eq!(near.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        near.text().contains("近い資産") && near.text().contains("FS-02"),
        "what comes near is offered"
    );
    let added = browser
        .post(
            &format!("/cases/{case}/assets"),
            &[
                ("name", "203.0.113.5"),
                ("condition", "affected"),
                ("note", "共有フォルダ"),
            ],
        )
        .await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    let new = [
        ("name", "新しいNAS"),
        ("kind", "server"),
        ("importance", "medium"),
        ("identifiers", "nas-9"),
        ("condition", "suspected"),
    ];
    assert_eq!(
        browser
            .post(&format!("/cases/{case}/assets/new"), &new)
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let again = browser.post(&format!("/cases/{case}/assets/new"), &new).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let part = browser.get(&format!("/cases/{case}/traces")).await.text();
    for text in ["影響あり", "共有フォルダ", "新しいNAS", "影響の疑い"] {
        assert!(part.contains(text), "{text}");
    }
    let api = app.api("handler").await;
    let listed = api.get(&format!("/api/v1/cases/{case}/assets")).await.json();
    let of = |name: &str| {
        let items = listed["items"].as_array().unwrap();
        items.iter().find(|one| one["name"] == name).unwrap()["asset_id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (server, nas) = (of("ファイルサーバー FS-02"), of("新しいNAS"));
    let edit = browser.get(&format!("/cases/{case}/assets/{server}")).await;
    assert!(edit.text().contains("共有フォルダ"));
    assert_eq!(
        browser
            .post(
                &format!("/cases/{case}/assets/{server}"),
                &[("condition", "contained"), ("note", "切り離した")]
            )
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        browser
            .post(&format!("/cases/{case}/assets/{nas}/remove"), &[])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let page = browser.get(&format!("/cases/{case}")).await.text();
    for text in [
        "「影響あり」から「隔離・停止中」へ",
        "資産「新しいNAS」を案件から外した",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(browser.get("/exposure").await.text().contains("暗号化の疑い"));
    // The same by the API, and what is wrong with it.
    let put = api
        .request(
            Method::PUT,
            &format!("/api/v1/cases/{case}/assets/{server}"),
            &[],
            Some(json!({ "condition": "recovered" })),
        )
        .await;
    assert_eq!(put.json()["items"][0]["condition"], "recovered");
    let both = api
        .post(
            &format!("/api/v1/cases/{case}/assets"),
            json!({ "name": "x", "asset_id": server }),
        )
        .await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        api.delete(&format!("/api/v1/cases/{case}/assets/{server}"))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        api.delete(&format!("/api/v1/cases/{case}/assets/{server}"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let auditor = app.api("auditor").await;
    assert_eq!(
        auditor
            .post(&format!("/api/v1/cases/{case}/assets"), json!({ "name": "x" }))
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assets_page_tells_nobody_of_a_case_they_may_not_see() {
    let app = TestApp::new().await;
    let asset = register(&app, json!({ "name": "FS-02" })).await;
    let case = open_case(&app, true).await;
    let lead = app.browser("csirt_lead").await;
    assert_eq!(
        lead.post(&format!("/cases/{case}/assets"), &[("name", "FS-02")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let path = format!("/assets/{}", id(&asset));
    assert!(lead.get(&path).await.text().contains("暗号化の疑い"));
    assert!(lead.get("/exposure").await.text().contains("暗号化の疑い"));
    let handler = app.browser("handler").await;
    for page in [path.as_str(), "/exposure"] {
        assert!(!handler.get(page).await.text().contains("暗号化の疑い"), "{page}");
    }
    let api = app.api("handler").await;
    assert_eq!(
        api.get(&format!("/api/v1{path}/cases")).await.json()["items"],
        json!([])
    );
    assert_eq!(
        api.get("/api/v1/assets/affected").await.json()["items"],
        json!([])
    );
    assert_eq!(api.get("/api/v1/assets/overview").await.json()["affected"], 0);
    assert_eq!(
        api.get(&format!("/api/v1{path}/history")).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        api.get(&format!("/api/v1/cases/{case}/assets")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_looked_at_before_it_is_taken() {
    let app = TestApp::new().await;
    register(&app, json!({ "name": "FS-02" })).await;
    let browser = app.browser("csirt_lead").await;
    // 名称,種類 in code page 932, and a kind that there is not.
    let bad = b"\x96\xbc\x8f\xcc,\x8e\xed\x97\xde\r\nFS-02,\x83T\x81[\x83o\x81[\r\nX,\x89F\x92\x88\x91D\r\n";
    let looked = browser
        .upload("/assets/import", &[], &[("file", "a.csv", "text/csv", bad)])
        .await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.text());
    let page = looked.text();
    assert!(
        page.contains("「宇宙船」は使えません")
            && page.contains("まだ取り込めません")
            && !page.contains("name=\"digest\"")
    );
    let good = "名称,種類,棚番\r\nFS-02,サーバー,1\r\n新規-01,端末,2\r\n";
    let looked = browser
        .upload(
            "/assets/import",
            &[],
            &[("file", "a.csv", "text/csv", good.as_bytes())],
        )
        .await
        .text();
    assert!(looked.contains("棚番") && looked.contains("新規-01"));
    let digest = hidden(&looked, "digest");
    let taken = browser
        .upload(
            "/assets/import/apply",
            &[("text", good), ("digest", &digest)],
            &[],
        )
        .await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
    assert!(browser.get("/assets").await.text().contains("新規-01"));
    let late = browser
        .upload(
            "/assets/import/apply",
            &[("text", good), ("digest", &digest)],
            &[],
        )
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let nothing = browser
        .upload(
            "/assets/import",
            &[],
            &[("file", "a.csv", "text/csv", b"\xff\xfe\x00")],
        )
        .await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);

    let api = app.api("csirt_lead").await;
    let planned = api
        .post_file("/api/v1/assets/import", "text/csv", b"name,kind\nFS-02,cloud\n")
        .await
        .json();
    assert_eq!(
        (&planned["applied"], &planned["lines"][0]["step"]),
        (&json!(false), &json!("update"))
    );
    let done = api
        .post_file(
            "/api/v1/assets/import?apply=true",
            "text/csv",
            b"name,kind\nFS-02,cloud\n",
        )
        .await
        .json();
    assert_eq!(done["result"]["updated"], 1);
    let wrong = api
        .post_file(
            "/api/v1/assets/import?apply=true",
            "text/csv",
            b"name,kind\nFS-02,x\n",
        )
        .await;
    assert_eq!(wrong.pointers(), ["/lines/2/kind"]);
    let file = api.get("/api/v1/assets/export?kind=cloud").await;
    assert!(
        file.text().starts_with('\u{feff}')
            && file.text().contains("FS-02")
            && !file.text().contains("新規-01")
    );
    assert!(
        browser
            .get("/assets/export")
            .await
            .header(header::CONTENT_DISPOSITION)
            .starts_with("attachment")
    );
    let operator = app.api("soc_operator").await;
    assert_eq!(
        operator
            .post_file("/api/v1/assets/import", "text/csv", b"name\nA\n")
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}
