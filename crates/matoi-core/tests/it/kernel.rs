//! The kernel: one audit row per command, in a chain that shows every tampering; migrations; need-to-know.

use matoi_core::audit::{self, Sealer};
use matoi_core::kernel::{Caller, Change, access};
use matoi_core::migrations::MIGRATIONS;
use matoi_db::{Isolation, MigrateError, Migration, v};
use matoi_testkit::{START, TestStore, on_both_databases};
use matoi_types::{Lang, ScopeId, Tlp};

async fn record(store: &TestStore, n: i64, scope: Option<ScopeId>) {
    let mut tx = store.store.write(&store.system()).await.unwrap();
    let mut change = Change::named("thing.change", "thing", n.to_string()).changed("size", n, n + 1);
    if let Some(scope) = scope {
        change = change.within(scope);
    }
    tx.record(change).await.unwrap();
    tx.commit().await.unwrap();
}

async fn verify(store: &TestStore) -> audit::Verification {
    let mut tx = store.store.snapshot(&store.system()).await.unwrap();
    audit::service::verify(&mut tx).await.unwrap()
}

on_both_databases! {
    async fn sealed_rows_verify_and_unsealed_ones_are_counted(store: TestStore) {
        let sealer = Sealer::new(store.store.clone()).unwrap();
        for n in 0..5 {
            record(&store, n, None).await;
        }
        sealer.seal_all().await.unwrap();
        record(&store, 5, None).await;
        let found = verify(&store).await;
        assert!(found.is_intact(), "{:?}", found.faults);
        assert_eq!((found.verified, found.seals, found.unsealed), (5, 1, 1));
    }

    async fn only_one_sealer_has_the_duty(store: TestStore) {
        let (one, two) = (Sealer::new(store.store.clone()).unwrap(), Sealer::new(store.store.clone()).unwrap());
        record(&store, 1, None).await;
        assert!(one.seal().await.unwrap().is_some());
        record(&store, 2, None).await;
        assert!(two.seal().await.unwrap().is_none(), "the first one still holds the lease");
        store.clock.advance_seconds(60);
        assert_eq!(two.seal().await.unwrap().unwrap().last_seq, 2, "a holder that is gone is replaced");
        assert!(verify(&store).await.is_intact());
    }

    async fn a_row_changed_behind_the_program_is_found(store: TestStore) {
        let sealer = Sealer::new(store.store.clone()).unwrap();
        for n in 0..3 {
            record(&store, n, None).await;
        }
        sealer.seal_all().await.unwrap();
        let mut tx = store.store.db().begin(Isolation::Write).await.unwrap();
        tx.execute("UPDATE change_detail SET detail = '{\"before\":{},\"after\":{}}' WHERE change_id = (SELECT change_id FROM chain WHERE seq = 2)", [])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let found = verify(&store).await;
        assert_eq!(found.faults, [audit::Fault { seq: 2, kind: audit::FaultKind::Digest }]);
    }

    async fn the_log_refuses_updates_and_deletes(store: TestStore) {
        record(&store, 1, None).await;
        for sql in ["UPDATE change SET verb = 'x'", "DELETE FROM change"] {
            let mut tx = store.store.db().begin(Isolation::Write).await.unwrap();
            assert!(tx.execute(sql, []).await.unwrap_err().to_string().contains("append-only"));
        }
    }

    async fn nothing_is_recorded_when_the_transaction_is_dropped(store: TestStore) {
        let mut tx = store.store.write(&store.system()).await.unwrap();
        tx.record(Change::named("thing.change", "thing", "1".to_owned())).await.unwrap();
        drop(tx);
        assert_eq!(verify(&store).await.unsealed, 0);
    }

    async fn a_newer_schema_is_refused_unless_it_says_it_is_compatible(store: TestStore) {
        let next = |min_compatible| Migration {
            version: MIGRATIONS.len() as i64 + 1, name: "future", sql: "CREATE TABLE future (x BIGINT)", sqlite: "", postgres: "", min_compatible,
        };
        let mut newer = MIGRATIONS.to_vec();
        newer.push(next(1));
        store.store.db().migrate(&newer, START).await.unwrap();
        let state = store.store.db().migrate(MIGRATIONS, START).await.unwrap();
        assert_eq!(state.version, MIGRATIONS.len() as i64 + 1, "an old node may go on beside a compatible schema");

        let mut breaking = newer.clone();
        breaking.push(Migration { version: MIGRATIONS.len() as i64 + 2, name: "contract", sql: "DROP TABLE future", ..next(MIGRATIONS.len() as i64 + 2) });
        store.store.db().migrate(&breaking, START).await.unwrap();
        let refused = store.store.db().migrate(MIGRATIONS, START).await.unwrap_err();
        assert!(matches!(refused, MigrateError::Newer { .. }), "{refused}");
    }

    async fn an_applied_migration_must_not_change(store: TestStore) {
        let mut edited = MIGRATIONS.to_vec();
        edited[0].sqlite = "SELECT 1;";
        let refused = store.store.db().migrate(&edited, START).await.unwrap_err();
        assert!(matches!(refused, MigrateError::Changed { version: 1 }), "{refused}");
    }

    async fn a_failed_migration_leaves_nothing_behind(store: TestStore) {
        let mut broken = MIGRATIONS.to_vec();
        broken.push(Migration {
            version: MIGRATIONS.len() as i64 + 1, name: "broken", sql: "CREATE TABLE half (x BIGINT); SELECT * FROM nowhere;", sqlite: "", postgres: "", min_compatible: 1,
        });
        assert!(matches!(store.store.db().migrate(&broken, START).await, Err(MigrateError::Failed { name: "broken", .. })));
        let mut tx = store.store.db().begin(Isolation::Read).await.unwrap();
        assert!(tx.fetch_all("SELECT x FROM half", []).await.is_err(), "the half-made table is gone");
    }

    async fn processes_that_start_together_migrate_once(store: TestStore) {
        let (a, b, c) = tokio::join!(store.reopen(), store.reopen(), store.reopen());
        for other in [a, b, c] {
            assert_eq!(other.store.db().schema_state().await.unwrap().version, MIGRATIONS.len() as i64);
        }
    }

    async fn a_scope_is_seen_by_clearance_unless_restricted_or_red(store: TestStore) {
        let mut tx = store.store.write(&store.system()).await.unwrap();
        let green = access::create(&mut tx, Tlp::Green, false, None).await.unwrap();
        let red = access::create(&mut tx, Tlp::Red, false, None).await.unwrap();
        let restricted = access::create(&mut tx, Tlp::Green, true, None).await.unwrap();
        tx.commit().await.unwrap();

        let mut caller = Caller::anonymous(Lang::En, "UTC".to_owned(), store.store.now());
        caller.all_units = true;
        caller.clearance = Tlp::Red;
        for (scope, visible) in [(green, true), (red, false), (restricted, false)] {
            let mut tx = store.store.read(&caller).await.unwrap();
            assert_eq!(access::is_visible(&mut tx, scope).await.unwrap(), visible);
        }
        caller.clearance = Tlp::Clear;
        let mut tx = store.store.read(&caller).await.unwrap();
        assert!(!access::is_visible(&mut tx, green).await.unwrap());
    }

    async fn reads_cannot_write(store: TestStore) {
        for isolation in [Isolation::Read, Isolation::Snapshot] {
            let mut tx = store.store.db().begin(isolation).await.unwrap();
            assert!(tx.execute("INSERT INTO lease (name, holder, until) VALUES ('a', 'b', $1)", [v(1)]).await.is_err());
        }
    }
}
