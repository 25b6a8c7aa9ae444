//! `audit verify` and `audit export`.

use matoi_db::{Db, DbUrl, Isolation, PoolOptions};

use crate::support::Place;

#[test]
fn an_untouched_log_is_intact() {
    let place = Place::set_up();
    let before = place.run(&["--format", "json", "audit", "verify"]).ok().json();
    assert!(
        before["unsealed"].as_i64().unwrap() > 0,
        "no server has sealed yet: {before}"
    );
    place.serve(&[]).stop();
    let after = place.run(&["--format", "json", "audit", "verify"]).ok().json();
    assert_eq!(after["intact"], true);
    assert_eq!(after["unsealed"], 0);
    assert!(after["verified"].as_i64().unwrap() > 0 && after["seals"].as_i64().unwrap() > 0);
    let text = place.run(&["audit", "verify"]).ok().out;
    assert!(text.ends_with("intact\n") && !text.contains("FAULT"), "{text}");
}

#[test]
fn an_export_goes_to_a_file_once() {
    let place = Place::set_up();
    place.serve(&[]).stop();
    let file = place.path("audit.jsonl");
    let done = place
        .run(&["audit", "export", "--output", file.to_str().unwrap()])
        .ok();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        done.out,
        format!("{} lines in {}\n", text.lines().count(), file.display())
    );
    let kinds: std::collections::BTreeSet<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].to_string())
        .collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["\"change\"", "\"key\"", "\"seal\""]
    );
    assert_eq!(
        place
            .run(&["audit", "export", "--output", file.to_str().unwrap()])
            .code,
        1
    );
    assert_eq!(place.run(&["audit", "export"]).ok().out, text);
}

#[tokio::test]
async fn a_changed_detail_is_found() {
    let place = Place::set_up();
    place.serve(&[]).stop();
    let url = DbUrl::Sqlite(place.path("data/matoi.db"));
    let db = Db::connect(&url, PoolOptions::default()).await.unwrap();
    let mut tx = db.begin(Isolation::Write).await.unwrap();
    let changed = tx
        .execute(
            "UPDATE change_detail SET detail = replace(detail, 'admin', 'nobody') WHERE detail LIKE '%admin%'",
            [],
        )
        .await
        .unwrap();
    assert!(changed > 0);
    tx.commit().await.unwrap();
    db.close().await;
    let done = place.run(&["--format", "json", "audit", "verify"]);
    assert_eq!(done.code, 5, "{done:?}");
    assert_eq!(done.error()["kind"], "faults");
    let found = done.json();
    assert_eq!(found["intact"], false);
    assert_eq!(found["faults"][0]["kind"], "digest");
}
