//! A mail on the page of its report.

use axum::http::{StatusCode, header};

use super::place;
use crate::support::TestApp;

const FORWARDED: &[u8] = include_bytes!("../../../../../samples/mail/02-forwarded-phishing.eml");
const LOCKED: &[u8] = include_bytes!("../../../../../samples/mail/04-password-zip.eml");
const PASSWORD: &[u8] = include_bytes!("../../../../../samples/mail/05-zip-password.eml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_shown_with_what_is_odd_about_it_and_its_original_is_saved_never_shown() {
    let app = TestApp::new().await;
    let handler = app.browser("handler").await;
    let path = place(
        &handler
            .upload(
                "/intake/mail",
                &[],
                &[("mail", "a.eml", "message/rfc822", FORWARDED)],
            )
            .await,
    );
    let page = handler.get(&path).await.text();
    assert!(
        page.contains("届いたメール") && page.contains("転送されたメール"),
        "{page}"
    );
    assert!(
        page.contains("表示と異なる行き先") || page.contains("名前が別のアドレスを装っている"),
        "{page}"
    );
    assert!(
        !page.contains("href=\"http://minatono-support"),
        "nothing a sender wrote is a link"
    );
    let original = page
        .split_once("/mails/")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap()
        .0
        .to_owned();
    let item = path.split('?').next().unwrap();
    let saved = handler.get(&format!("{item}/mails/{original}")).await;
    assert_eq!(saved.status, StatusCode::OK);
    assert_eq!(saved.body, FORWARDED, "byte for byte");
    assert_eq!(saved.header(header::CONTENT_TYPE), "application/octet-stream");
    let other = "0190a8b2-0000-7000-8000-000000000000";
    assert_eq!(
        handler
            .get(&format!("/reports/{other}/mails/{original}"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let member = app
        .browser("member")
        .await
        .get(&format!("{item}/mails/{original}"))
        .await;
    assert!(matches!(
        member.status,
        StatusCode::NOT_FOUND | StatusCode::FORBIDDEN
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_shown_on_demand_only() {
    let app = TestApp::new().await;
    let handler = app.browser("handler").await;
    let send = async |content: &[u8]| {
        place(
            &handler
                .upload(
                    "/intake/mail",
                    &[],
                    &[("mail", "a.eml", "message/rfc822", content)],
                )
                .await,
        )
    };
    let path = send(LOCKED).await;
    app.world.store.clock.advance_seconds(60);
    assert_eq!(
        send(PASSWORD).await.split('?').next(),
        path.split('?').next(),
        "it joins the mail with the file"
    );
    let item = path.split('?').next().unwrap();
    let page = handler.get(item).await.text();
    assert!(
        page.contains("パスワード付き。中身は未検査") && page.contains("パスワードを表示する"),
        "{page}"
    );
    assert!(!page.contains("class=\"secret\""));
    let action = page
        .split("action=\"")
        .find(|part| part.contains("/passwords"))
        .and_then(|part| part.split(['#', '"']).next())
        .unwrap()
        .to_owned();
    let shown = handler.post(&action, &[]).await.text();
    assert!(shown.contains("class=\"secret\""), "{shown}");
    assert!(
        !handler.get(item).await.text().contains("class=\"secret\""),
        "only this once"
    );
}
