//! What somebody without an account does.

use axum::http::StatusCode;

use super::{place, report_publicly, value};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_sent_followed_answered_and_closed_without_javascript() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    let form = stranger.get("/report").await;
    assert_eq!(form.status, StatusCode::OK);
    assert_eq!(form.header("x-robots-tag"), "noindex, nofollow");
    let page = form.text();
    assert!(page.contains("電源を切らない") && page.contains("報告した人が責められることはありません"));
    let nonce = value(&page, "nonce");

    let fields = [
        ("nonce", nonce.as_str()),
        ("category", "file_locked"),
        ("noticed", "now"),
        ("device", "PC-2118"),
        (
            "text",
            "図面の名前が .locked3 に変わった <script>alert(1)</script>",
        ),
        ("anonymous", "false"),
        ("reporter_name", "原田 翔"),
        ("reporter_contact", "内線 2118"),
    ];
    let files = [("file", "../画面.png", "image/png", b"not a picture".as_slice())];
    let receipt_path = place(&stranger.upload("/report", &fields, &files).await);
    let receipt = stranger.get(&receipt_path).await.text();
    let code = receipt_path.rsplit('/').next().unwrap();
    assert!(receipt.contains("RPT-2026-0001") && receipt.contains(code) && receipt.contains("1個のファイル"));

    let follow_up = format!("/r/{code}");
    let before = stranger.get(&follow_up).await.text();
    assert!(before.contains("&#60;script&#62;") && before.contains("担当者がまもなく確認します"));

    let handler = app.browser("handler").await;
    let now = handler.get("/").await.text();
    assert!(now.contains("RPT-2026-0001") && now.contains("緊急"));
    let item_path = now
        .split_once("<tr data-href=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap()
        .0
        .to_owned();
    let item = handler.get(&item_path).await.text();
    assert!(item.contains("原田 翔") && item.contains("href=\"tel:2118\""));
    assert!(item.contains("画面.png"), "a name without its path");
    let taken = handler
        .post(
            &format!("{item_path}/acknowledge"),
            &[("version", &value(&item, "version"))],
        )
        .await;
    assert_eq!(place(&taken), item_path);

    // A greeting alone answers nothing.
    let item = handler.get(&item_path).await.text();
    let greeting = "みなと野精機 セキュリティ窓口です。\r\nご報告ありがとうございます。";
    let message = format!("{item_path}/message");
    let nonce = value(&item, "nonce");
    let answer = async |body: &str| {
        handler
            .post(
                &message,
                &[
                    ("nonce", nonce.as_str()),
                    ("body", body),
                    ("channel", "web"),
                    ("kind", "answer"),
                ],
            )
            .await
    };
    assert!(item.contains(&greeting.replace("\r\n", "\n")), "{item}");
    assert_eq!(answer(greeting).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    place(&answer("ネットワークから切り離しました。電源はそのままにしてください。").await);
    // Sent twice, by a hand that trembles: said once.
    place(&answer("ネットワークから切り離しました。電源はそのままにしてください。").await);

    let after = stranger.get(&follow_up).await.text();
    assert_eq!(after.matches("電源はそのままにしてください").count(), 1);
    assert!(
        !after.contains("対応担当"),
        "the reporter is not told who of the desk wrote"
    );

    app.world.store.clock.advance_seconds(60);
    let nonce = value(&after, "nonce");
    let added = stranger
        .upload(
            &follow_up,
            &[("nonce", nonce.as_str()), ("body", "隣の端末も同じです")],
            &[("file", "隣.txt", "text/plain", "同じ".as_bytes())],
        )
        .await;
    assert_eq!(place(&added), follow_up);
    let item = handler.get(&item_path).await.text();
    assert!(item.contains("隣の端末も同じです"), "{item}");
    assert!(item.contains("報告者から連絡あり"), "{item}");
    assert!(
        item.contains("まだ終了できません") && item.contains("まだトリアージされていません"),
        "what is missing before it can be closed is said"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_form_comes_back_with_what_was_typed_and_what_to_do() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    let nonce = value(&stranger.get("/report").await.text(), "nonce");
    let send = async |fields: &[(&str, &str)]| {
        let mut all = vec![("nonce", nonce.as_str())];
        all.extend_from_slice(fields);
        stranger
            .upload("/report", &all, &[("file", "a.txt", "text/plain", b"a")])
            .await
    };
    let empty = send(&[("text", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = empty.text();
    assert!(
        page.contains("2か所を直してください")
            && page.contains("href=\"#f-category\"")
            && page.contains("href=\"#f-text\"")
    );
    assert!(page.contains("ファイルは、もう一度選んでください"));

    let unreachable = send(&[
        ("category", "other"),
        ("text", "おかしい音がする"),
        ("reporter_contact", "yamada.minatono.example"),
    ])
    .await;
    assert_eq!(unreachable.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unreachable.text().contains("「@」がありません") && unreachable.text().contains("おかしい音がする")
    );

    let time = send(&[("category", "other"), ("text", "音"), ("event_at", "きのう")]).await;
    assert_eq!(time.status, StatusCode::UNPROCESSABLE_ENTITY);

    let program = send(&[("category", "other"), ("text", "buy"), ("extension_b", "x")]).await;
    assert_eq!(program.status, StatusCode::UNPROCESSABLE_ENTITY);

    let unknown = send(&[("category", "no-such"), ("text", "音")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);

    let large = stranger
        .upload(
            "/report",
            &[
                ("nonce", nonce.as_str()),
                ("category", "other"),
                ("text", "大きい写真"),
            ],
            &[(
                "file",
                "big.bin",
                "application/octet-stream",
                &vec![0; 11 * 1024 * 1024],
            )],
        )
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let page = large.text();
    assert!(
        page.contains("大きい写真") && page.contains("10MBまでです"),
        "{page}"
    );
    let queue = app.api("handler").await.get("/api/v1/queue").await.json();
    assert_eq!(queue["items"], serde_json::json!([]), "nothing of it was kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_form_sent_twice_is_one_report() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    let nonce = value(&stranger.get("/report").await.text(), "nonce");
    let fields = [
        ("nonce", nonce.as_str()),
        ("category", "lost_device"),
        ("text", "スマートフォンをなくした"),
        ("anonymous", "true"),
        ("reporter_name", "山田"),
    ];
    let first = place(&stranger.upload("/report", &fields, &[]).await);
    let again = place(&stranger.upload("/report", &fields, &[]).await);
    assert_eq!(first, again);
    let queue = app.api("handler").await.get("/api/v1/queue").await.json();
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
    let path = format!("/api/v1/reports/{}", super::id(&queue["items"][0]));
    let report = app.api("handler").await.get(&path).await.json();
    assert_eq!(report["report"]["reporter_name"], "", "anonymous is anonymous");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_guesses_follow_up_codes_has_to_wait_and_a_right_code_is_understood_however_it_is_typed() {
    let app = TestApp::new().await;
    let code = report_publicly(&app, "あやしいメール").await;
    let stranger = app.stranger();
    let typed = code.replace('-', " ").to_lowercase();
    assert_eq!(
        place(&stranger.post("/r", &[("code", &typed)]).await),
        format!("/r/{code}")
    );
    let number = stranger.post("/r", &[("code", "RPT-2026-0001")]).await;
    assert!(number.text().contains("これは受付番号です"));
    let wrong = stranger.post("/r", &[("code", "AAAAA-AAAAA-AAAAA-AAAAA")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("そのコードの報告はありません") && wrong.text().contains("value=\"AAAAA"));
    for _ in 0..9 {
        let wrong = stranger.get("/r/AAAAA-AAAAA-AAAAA-AAAAB").await;
        assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    }
    let shut = stranger.get(&format!("/r/{code}")).await;
    assert_eq!(
        shut.status,
        StatusCode::TOO_MANY_REQUESTS,
        "even with the right one"
    );
    assert!(!shut.header("retry-after").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_languages_are_whole() {
    let app = TestApp::new().await;
    for (lang, expect) in [
        ("ja", "「おかしい」を知らせる"),
        ("en", "Tell us that something is wrong"),
    ] {
        let request = axum::http::Request::builder()
            .uri("/report")
            .header("accept-language", lang)
            .body(axum::body::Body::empty())
            .unwrap();
        let page = app.send(request).await.text();
        assert!(page.contains(expect) && page.contains(&format!("<html lang=\"{lang}\"")));
        for key in ["public-", "desk-", "error-", "follow-up-", "receipt-"] {
            assert!(
                !page.contains(&format!(">{key}")),
                "{lang}: a key stands in the page"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_pages_work_below_a_path() {
    let app = TestApp::with(|settings| settings.base_path = "/matoi".to_owned()).await;
    let page = app.stranger().get("/matoi/report").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("action=\"/matoi/report\""));
}
