//! What is forgotten, which files are in use, and that no table is overlooked.

use std::collections::BTreeSet;

use matoi_core::desk::{self, ReportInput};
use matoi_core::files::{self, FileFacts, NewFile};
use matoi_core::identity::sessions::{self, Limits};
use matoi_core::jobs::{NewJob, service as jobs};
use matoi_core::kernel::idempotency;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{audit, upkeep};
use matoi_db::Isolation;
use matoi_testkit::{Backend, TestStore, World, on_both_databases};
use serde_json::json;

fn file(blob: &str) -> NewFile {
    NewFile {
        blob: blob.to_owned(),
        name: "a.txt".to_owned(),
        declared_type: "text/plain".to_owned(),
        size: 1,
        sha256: "00".to_owned(),
        facts: FileFacts::default(),
    }
}

on_both_databases! {
    async fn what_has_served_its_time_is_forgotten_and_nothing_else(store: TestStore) {
        let world = World::set_up(store).await;
        let system = world.store.system();
        let mut tx = world.store.store.write(&system).await.unwrap();
        sessions::begin_for_tests(&mut tx, Limits::default(), world.account("handler")).await.unwrap();
        idempotency::keep(&mut tx, "k", "d", 201, "{}").await.unwrap();
        jobs::enqueue(&mut tx, NewJob::interactive("nothing", json!({}))).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = world.store.store.write(&world.store.system()).await.unwrap();
        assert!(upkeep::forget(&mut tx).await.unwrap().is_empty());
        tx.commit().await.unwrap();

        world.store.clock.advance_seconds(9 * 86_400);
        let mut tx = world.store.store.write(&world.store.system()).await.unwrap();
        let forgotten = upkeep::forget(&mut tx).await.unwrap();
        // One session, and the invitation of every person of the sample organisation.
        assert_eq!(forgotten.answers, 1);
        assert!(forgotten.sign_in >= 2, "{forgotten:?}");
        assert_eq!(forgotten.jobs, 0, "a job that waits is not forgotten");
        assert!(idempotency::find(&mut tx, "k").await.unwrap().is_none());
        assert!(upkeep::forget(&mut tx).await.unwrap().is_empty());
        let due = jobs::oldest_due(&mut tx).await.unwrap().unwrap();
        assert_eq!(tx.now().seconds_since(due), 9 * 86_400);
        assert!(audit::service::unsealed(&mut tx).await.unwrap().0 > 0);
    }

    async fn a_file_is_in_use_while_an_attachment_that_was_not_deleted_names_it(store: TestStore) {
        let world = World::set_up(store).await;
        let caller = world.caller("handler").await;
        let number = numbers::next(&world.store.store, &caller, Series::Report).await.unwrap();
        let mut tx = world.store.store.write(&caller).await.unwrap();
        let input: ReportInput = serde_json::from_value(json!({"text": "x"})).unwrap();
        let report = desk::reports::create(&mut tx, &number, input).await.unwrap().item;
        files::service::add_to_item(&mut tx, report.id, file("aa")).await.unwrap();
        let gone = files::service::add_to_item(&mut tx, report.id, file("bb")).await.unwrap();
        tx.commit().await.unwrap();

        let lead = world.caller("csirt_lead").await;
        let mut tx = world.store.store.write(&lead).await.unwrap();
        files::service::delete(&mut tx, gone.id, "asked for").await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = world.store.store.read(&world.store.system()).await.unwrap();
        let asked: Vec<String> = ["aa", "bb", "cc"].map(str::to_owned).to_vec();
        let in_use = upkeep::files_in_use(&mut tx, &asked).await.unwrap();
        assert_eq!(in_use, BTreeSet::from(["aa".to_owned()]));
        assert!(upkeep::files_in_use(&mut tx, &[]).await.unwrap().is_empty());
        let named = upkeep::files_named(&mut tx).await.unwrap();
        assert_eq!(named.keys().collect::<Vec<_>>(), ["aa"]);
    }

    async fn everything_can_be_copied_out_and_in(store: TestStore) {
        let world = World::set_up(store).await;
        let mut tx = world.store.store.snapshot(&world.store.system()).await.unwrap();
        let tables = tx.tables(upkeep::NOT_IN_BACKUPS).await.unwrap();
        let place = |name: &str| tables.iter().position(|table| table.name == name);
        assert!(place("account") < place("role_grant") && place("case_file") < place("entry"));
        assert!(place("session").is_none() && place("search_words").is_none());
        let mut copies = Vec::new();
        for table in &tables {
            // In pages of one row, so that going on is tested too.
            let (mut rows, mut after) = (Vec::new(), None);
            loop {
                let page = tx.rows_after(table, after.as_deref(), 1).await.unwrap();
                after = page.last().and_then(|row| table.key_of(row));
                rows.extend(page);
                if after.is_none() {
                    break;
                }
            }
            copies.push(table.parents_first(rows));
        }
        drop(tx);
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let Some(empty) = TestStore::open(backend).await else {
                continue;
            };
            let mut tx = empty.store.write(&empty.system()).await.unwrap();
            for (table, rows) in tables.iter().zip(&copies) {
                assert!(!tx.has_rows(table).await.unwrap(), "{}", table.name);
                let put = tx
                    .put_rows(&table.name, &table.column_names(), rows.clone())
                    .await
                    .unwrap();
                assert_eq!(put as usize, rows.len(), "{}", table.name);
            }
            for (table, rows) in tables.iter().zip(&copies) {
                let mut back = table.parents_first(tx.rows_after(table, None, 10_000).await.unwrap());
                let mut rows = rows.clone();
                back.sort_by_key(|row| format!("{row:?}"));
                rows.sort_by_key(|row| format!("{row:?}"));
                assert_eq!(back, rows, "{}", table.name);
            }
            assert!(audit::service::verify(&mut tx).await.unwrap().is_intact());
            upkeep::after_restore(&mut tx, "test").await.unwrap();
        }
    }

    async fn upkeep_is_the_programs_own_work(store: TestStore) {
        let world = World::set_up(store).await;
        let caller = world.caller("handler").await;
        let mut tx = world.store.store.write(&caller).await.unwrap();
        assert!(upkeep::forget(&mut tx).await.is_err());
        assert!(upkeep::files_in_use(&mut tx, &[]).await.is_err());
        assert!(upkeep::reseal_secrets(&mut tx).await.is_err());
        assert!(upkeep::files_named(&mut tx).await.is_err());
        assert!(upkeep::after_restore(&mut tx, "").await.is_err());
        assert!(tx.tables(&[]).await.is_err());
    }
}

/// A table that names files or holds sealed secrets, and that upkeep does not know of, loses them.
#[tokio::test]
async fn every_column_that_names_a_file_or_holds_a_secret_is_known_to_upkeep() {
    let store = TestStore::open(Backend::Sqlite).await.unwrap();
    let mut tx = store.store.db().begin(Isolation::Read).await.unwrap();
    let rows = tx
        .fetch_all(
            "SELECT m.name || '.' || p.name AS place FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND (p.name LIKE '%blob%' OR p.name LIKE '%secret%' OR p.name LIKE '%sealed%') ORDER BY 1",
            [],
        )
        .await
        .unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.text("place").unwrap()).collect();
    // Files: upkeep::files_in_use and upkeep::files_named. Sealed secrets: upkeep::reseal_secrets. The rest is neither.
    let known = [
        "account.totp_secret",
        "attachment.blob",
        "document.docx_blob",
        "document.markdown_blob",
        "document.pdf_blob",
        "mail.blob",
        "mail.sealed_passwords",
        "report_detail.original_blob",
        "report_detail.secret_digest",
        "report_detail.secret_until",
        "seal.sealed_at",
        "seal_key.sealed_secret",
        "webhook.sealed_secret",
    ];
    assert_eq!(found, known, "tell matoi_core::upkeep of the new column");
}
