//! The doors of the intake: webhooks with secrets, the page where they are set up, mail by form.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::TestApp;

const MAIL: &[u8] = b"From: Yamada <yamada@partner.example>\r\nTo: csirt@minatono.example\r\nSubject: Suspicious login\r\nMessage-ID: <one@partner.example>\r\nDate: Wed, 18 Nov 2026 10:00:00 +0900\r\n\r\nWe saw logins from 198.51.100.9 to your server.\r\n";

fn alert(reference: &str) -> serde_json::Value {
    json!({"title": "Disk failing", "source": "nas", "source_ref": reference, "severity": "high"})
}

#[tokio::test]
async fn a_webhook_takes_alerts_with_its_secret_until_it_is_switched_off() {
    let app = TestApp::new().await;
    let admin = app.api("administrator").await;
    let made = admin
        .post(
            "/api/v1/intake/webhooks",
            json!({"name": "nas", "mapping": "plain"}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whs_"));
    let stranger = app.anonymous_api();
    let path = "/api/v1/intake/webhooks/nas";
    let send = async |secret: &str, reference: &str| {
        stranger
            .request(
                Method::POST,
                path,
                &[("x-matoi-secret", secret)],
                Some(alert(reference)),
            )
            .await
    };
    let first = send(&secret, "1").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.json()["items"][0]["existed"], json!(false));
    let again = send(&secret, "1").await;
    assert_eq!(again.json()["items"][0]["existed"], json!(true));
    assert_eq!(again.json()["items"][0]["id"], first.json()["items"][0]["id"]);
    assert_eq!(send("wrong", "2").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        stranger.post(path, alert("2")).await.status,
        StatusCode::UNAUTHORIZED
    );

    let listed = admin.get("/api/v1/intake/webhooks").await.json();
    assert_eq!(listed["items"][0]["name"], json!("nas"));
    assert!(!listed.to_string().contains(&secret), "the secret is shown once");
    let version = listed["items"][0]["version"].as_i64().unwrap();
    let rotated = admin
        .change(
            Method::POST,
            "/api/v1/intake/webhooks/nas/rotate",
            version,
            json!(null),
        )
        .await;
    assert_eq!(rotated.status, StatusCode::OK);
    let other = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(send(&secret, "3").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&other, "3").await.status, StatusCode::OK);
    let off = admin
        .change(Method::PATCH, path, version + 1, json!({"enabled": false}))
        .await;
    assert_eq!(off.status, StatusCode::OK);
    assert_eq!(send(&other, "4").await.status, StatusCode::UNAUTHORIZED);
    let stale = admin.change(Method::DELETE, path, version, json!(null)).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let gone = admin.change(Method::DELETE, path, version + 2, json!(null)).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn only_those_who_run_the_program_set_webhooks_up() {
    let app = TestApp::new().await;
    for role in ["handler", "soc_operator", "auditor", "member"] {
        let api = app.api(role).await;
        let input = json!({"name": "nas", "mapping": "plain"});
        assert_eq!(
            api.post("/api/v1/intake/webhooks", input).await.status,
            StatusCode::FORBIDDEN,
            "{role}"
        );
        assert_eq!(
            api.get("/api/v1/intake/webhooks").await.status,
            StatusCode::FORBIDDEN,
            "{role}"
        );
    }
    let nobody = app.anonymous_api();
    for path in [
        "/api/v1/intake/webhooks",
        "/api/v1/intake/webhooks/x",
        "/api/v1/intake/mappings",
    ] {
        assert_eq!(nobody.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let admin = app.api("administrator").await;
    for (input, pointer) in [
        (json!({"name": "N AS", "mapping": "plain"}), "/name"),
        (json!({"name": "../x", "mapping": "plain"}), "/name"),
        (json!({"name": "nas", "mapping": "no-such"}), "/mapping"),
    ] {
        let refused = admin.post("/api/v1/intake/webhooks", input).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.pointers(), [pointer]);
    }
}

#[tokio::test]
async fn the_page_shows_a_new_secret_once_and_says_what_tools_enter() {
    let app = TestApp::new().await;
    let browser = app.browser("administrator").await;
    let page = browser.get("/intake").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("ElastAlert 2"));
    let made = browser
        .post("/intake/webhooks", &[("name", "ups"), ("mapping", "plain")])
        .await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.text().contains("whs_"), "the secret stands there");
    assert!(made.text().contains("/api/v1/intake/webhooks/ups"));
    let again = browser.get("/intake").await;
    assert!(
        !again.text().contains("class=\"secret\""),
        "it does not stand there again"
    );
    let taken = browser
        .post("/intake/webhooks", &[("name", "ups"), ("mapping", "plain")])
        .await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert!(taken.text().contains("value=\"ups\""), "what was typed stays");
    let off = browser
        .post(
            "/intake/webhooks/ups/switch",
            &[("version", "1"), ("enabled", "false")],
        )
        .await;
    assert_eq!(off.status, StatusCode::SEE_OTHER);
    let gone = browser
        .post("/intake/webhooks/ups/delete", &[("version", "2")])
        .await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    for role in ["member", "auditor"] {
        let other = app.browser(role).await;
        assert_eq!(other.get("/intake").await.status, StatusCode::FORBIDDEN, "{role}");
    }
}

#[tokio::test]
async fn a_mail_is_taken_in_by_form_and_by_api_and_stays_one() {
    let app = TestApp::new().await;
    let browser = app.browser("handler").await;
    let file = [("mail", "one.eml", "message/rfc822", MAIL)];
    let taken = browser.upload("/intake/mail", &[], &file).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    let place = taken.headers["location"].to_str().unwrap().to_owned();
    assert!(place.contains("/reports/"), "{place}");
    let again = browser.upload("/intake/mail", &[], &file).await;
    let second = again.headers["location"].to_str().unwrap();
    assert_eq!(second.split('?').next(), place.split('?').next());
    let empty = browser
        .upload("/intake/mail", &[], &[("mail", "e.eml", "message/rfc822", b"")])
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = vec![b'x'; 2 * 1024 * 1024];
    let refused = browser
        .upload(
            "/intake/mail",
            &[],
            &[("mail", "l.eml", "message/rfc822", &large)],
        )
        .await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let member = app.browser("member").await;
    let forbidden = member.upload("/intake/mail", &[], &file).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
}
