//! An installation of an older version is brought up to date: nothing in it is lost, and it is then like a fresh one.
//!
//! Nothing is released yet, so that the older version is this one with fewer migrations. With the first release, a copy
//! that it made is kept beside this file and read here as well.

use matoi_core::audit;
use matoi_core::cases::model::CaseInput;
use matoi_core::cases::{self, CaseKind};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::migrations::MIGRATIONS;
use matoi_db::Isolation;
use matoi_testkit::{Backend, TestStore, World};
use matoi_types::{Priority, Severity};

/// The version that could do work for the first time.
const OLDEST: usize = 3;

/// Tables with their columns, as the database tells them.
async fn schema(store: &TestStore, backend: Backend) -> Vec<String> {
    let sql = match backend {
        Backend::Sqlite => {
            "SELECT m.name || '.' || p.name || ' ' || p.type AS x FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY 1"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type AS x FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1"
        }
    };
    let mut tx = store.store.db().begin(Isolation::Read).await.unwrap();
    let rows = tx.fetch_all(sql, []).await.unwrap();
    rows.iter().map(|row| row.text("x").unwrap()).collect()
}

async fn check(backend: Backend) {
    let Some(fresh) = TestStore::open(backend).await else {
        return;
    };
    let expected = schema(&fresh, backend).await;
    for steps in OLDEST..MIGRATIONS.len() {
        let old = TestStore::open_at(backend, steps).await.unwrap();
        let old = World::set_up(old).await;
        let lead = old.caller("csirt_lead").await;
        let number = numbers::next(&old.store.store, &lead, Series::Incident)
            .await
            .unwrap();
        let input = CaseInput {
            kind: CaseKind::Incident,
            title: "第二工場のファイルサーバー".to_owned(),
            summary: "**範囲**は調査中".to_owned(),
            class: "malicious-code.ransomware".to_owned(),
            severity: Severity::Critical,
            priority: Priority::P1,
            tlp: None,
            restricted: true,
            unit_id: None,
            occurred_at: None,
            detected_at: None,
        };
        let mut tx = old.store.store.write(&lead).await.unwrap();
        let before = cases::service::create(&mut tx, &number, input).await.unwrap();
        tx.commit().await.unwrap();

        let new = old.store.reopen().await;
        assert_eq!(schema(&new, backend).await, expected, "from {steps} migrations");
        let mut tx = new.store.read(&lead).await.unwrap();
        let after = cases::service::get(&mut tx, before.id).await.unwrap();
        assert_eq!(
            (&after.title, &after.summary, after.version),
            (&before.title, &before.summary, before.version)
        );
        assert!(after.restricted);
        drop(tx);
        let mut tx = new.store.snapshot(&new.system()).await.unwrap();
        let verified = audit::service::verify(&mut tx).await.unwrap();
        assert!(
            verified.faults.is_empty() && verified.unsealed > 0,
            "{verified:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_copy_is_brought_up_to_date_on_sqlite() {
    check(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_copy_is_brought_up_to_date_on_postgresql() {
    check(Backend::Postgres).await;
}
