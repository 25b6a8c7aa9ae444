//! What is asked at every turn must not go through a large table: SQLite is asked for the plan of each statement that the
//! hot paths send.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use matoi_core::audit::Sealer;
use matoi_core::cases::{self, CaseFilter, CaseOrder, CaseState};
use matoi_core::clocks::{self, ClockOwner};
use matoi_core::desk::model::{ItemFilter, ItemOrder};
use matoi_core::desk::{self, ItemKind};
use matoi_core::identity::sessions::{self, Limits, RequestFacts};
use matoi_core::kernel::PageRequest;
use matoi_core::search::model::SearchFilter;
use matoi_core::search::{self, FoundKind};
use matoi_core::{Caller, files, observables};
use matoi_db::Isolation;
use matoi_testkit::{Backend, TestStore, World};
use matoi_types::{Priority, Severity};
use tracing::field::{Field, Visit};
use tracing::span;

use crate::search::{alert, incident, index, join, note, report, report_input};

/// Tables that grow with the work of years.
const LARGE: &[&str] = &[
    "scope",
    "scope_member",
    "change",
    "change_detail",
    "desk_item",
    "report_detail",
    "alert_detail",
    "message",
    "clock",
    "case_file",
    "triage_record",
    "entry",
    "glass_notice",
    "task",
    "decision",
    "case_link",
    "case_merge",
    "case_asset",
    "observable",
    "sighting",
    "attachment",
    "document",
    "search_document",
    "mail",
    "session",
    "idempotency",
];

/// Hears which statements are sent.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeSet<String>>>);

impl tracing::Subscriber for Heard {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "matoi_db::statement"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Visit for Heard {
    fn record_str(&mut self, _: &Field, value: &str) {
        self.0.lock().unwrap().insert(value.to_owned());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[tokio::test]
async fn no_statement_of_the_hot_paths_goes_through_a_large_table() {
    let Some(store) = TestStore::open(Backend::Sqlite).await else {
        return;
    };
    let world = World::set_up(store).await;
    let lead = world.caller("csirt_lead").await;
    let case = incident(&world, &lead, "図面共有の暗号化").await;
    let heard = Heard::default();
    // With one subscriber alone, an event that another test's thread comes to first would be off for good.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let listening = tracing::subscriber::set_default(heard.clone());

    incident(&world, &lead, "二つ目").await;
    note(&world, &lead, &case, "端末を隔離した").await;
    let item = report(&world, &lead, report_input("開けない")).await;
    join(&world, &lead, &item, &case).await;
    alert(&world, &lead, "a-1", "不審な通信", &["c2"], &["203.0.113.9"]).await;
    Sealer::new(world.store.store.clone())
        .unwrap()
        .seal_all()
        .await
        .unwrap();
    index(&world).await;
    for role in ["csirt_lead", "handler", "soc_operator", "member"] {
        read_everything(&world, &world.caller(role).await, &case).await;
    }
    drop(listening);

    let heard = heard.0.lock().unwrap().clone();
    assert!(heard.len() > 60, "only {} statements were heard", heard.len());
    let mut wrong = Vec::new();
    let mut tx = world.store.store.db().begin(Isolation::Read).await.unwrap();
    for statement in heard {
        let asked: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {statement}").into_boxed_str());
        let rows = tx.fetch_all(asked, []).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.text("detail").unwrap()).collect();
        if let Some(step) = through_a_large_table(&statement, &steps) {
            wrong.push(format!("{step}\n  in {statement}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn read_everything(world: &World, caller: &Caller, case: &cases::Case) {
    let store = &world.store.store;
    let account = caller.account().unwrap();
    let mut tx = store.write(&store.system("test")).await.unwrap();
    let session = sessions::begin_for_tests(&mut tx, Limits::default(), account)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let facts = RequestFacts {
        address: None,
        request_id: "r1".to_owned(),
    };
    sessions::caller(store, Limits::default(), &session, facts)
        .await
        .unwrap();

    let mut tx = store.read(caller).await.unwrap();
    let page = PageRequest {
        cursor: None,
        limit: Some(1),
    };
    // What a role may not read is refused before anything is asked; what it may is asked.
    for filter in case_filters(caller) {
        for order in [CaseOrder::Updated, CaseOrder::Priority, CaseOrder::Detected] {
            let first = cases::service::list(&mut tx, &filter, order, &page).await;
            if let Ok(Some(next)) = first.map(|page| page.next) {
                let page = PageRequest {
                    cursor: Some(next),
                    limit: Some(1),
                };
                drop(cases::service::list(&mut tx, &filter, order, &page).await);
            }
        }
        drop(cases::service::count(&mut tx, &filter).await);
    }
    drop(cases::service::by_number(&mut tx, &case.number).await);
    if cases::service::get(&mut tx, case.id).await.is_ok() {
        drop(cases::timeline::list(&mut tx, case.id, &[], &page).await);
        drop(cases::timeline::list(&mut tx, case.id, &[cases::EntryKind::Note], &page).await);
        drop(cases::timeline::pinned(&mut tx, case.id).await);
        drop(cases::timeline::counts(&mut tx, case.id).await);
        drop(cases::tasks::list(&mut tx, case.id).await);
        drop(cases::decisions::list(&mut tx, case.id).await);
        drop(cases::links::list(&mut tx, case.id).await);
        drop(cases::links::merged_here(&mut tx, case.id).await);
        drop(cases::access::members(&mut tx, case.id).await);
        drop(cases::progress::missing(&mut tx, case, "close").await);
        drop(desk::queue::of_case(&mut tx, case.id).await);
        drop(observables::service::of_case(&mut tx, case.id).await);
        drop(files::service::of_case(&mut tx, case.id).await);
        drop(clocks::service::of(&mut tx, ClockOwner::Case(case.id)).await);
        drop(desk::triage::records(&mut tx, None, Some(case.id)).await);
    }
    drop(cases::tasks::mine(&mut tx, 20).await);
    drop(clocks::service::running(&mut tx, 20).await);
    for filter in item_filters(caller) {
        for order in [ItemOrder::Urgency, ItemOrder::Newest, ItemOrder::Oldest] {
            let first = desk::queue::list(&mut tx, &filter, order, &page).await;
            for item in first.map(|page| page.items).unwrap_or_default() {
                drop(desk::queue::get(&mut tx, item.id).await);
                drop(desk::messages::list(&mut tx, item.id).await);
                drop(observables::service::of_item(&mut tx, item.id).await);
                drop(files::service::of_item(&mut tx, item.id).await);
            }
        }
        drop(desk::queue::count(&mut tx, &filter).await);
    }
    drop(desk::queue::tab_counts(&mut tx).await);
    for kind in [desk::ItemKind::Report, desk::ItemKind::Alert] {
        drop(desk::queue::recent_sources(&mut tx, kind).await);
    }
    drop(cases::glass::unseen(&mut tx).await);
    drop(cases::service::numbers_of(&mut tx, [case.id]).await);
    for (typed, kinds) in [
        ("暗号", vec![]),
        ("-隔離", vec![]),
        ("隔離 端末", vec![FoundKind::Entry, FoundKind::Case]),
    ] {
        for within in [None, Some(case.id.to_string())] {
            let filter = SearchFilter {
                kinds: kinds.clone(),
                from: Some(caller.now.plus_seconds(-86_400)),
                until: Some(caller.now.plus_seconds(86_400)),
                within,
            };
            drop(search::service::search(&mut tx, typed, &filter, &page).await);
        }
        drop(search::service::suggest(&mut tx, typed, 6).await);
    }
    drop(search::service::jump(&mut tx, &case.number).await);
    drop(search::service::jump(&mut tx, &case.id.to_string()).await);
}

fn case_filters(caller: &Caller) -> Vec<CaseFilter> {
    let all = CaseFilter {
        all: true,
        ..CaseFilter::default()
    };
    vec![
        CaseFilter::default(),
        all.clone(),
        CaseFilter {
            phases: vec!["contain".to_owned(), "recover".to_owned()],
            priority_at_least: Some(Priority::P2),
            ..CaseFilter::default()
        },
        CaseFilter {
            states: vec![CaseState::Closed],
            class: Some("malicious-code.ransomware".to_owned()),
            ..CaseFilter::default()
        },
        CaseFilter {
            class: Some("malicious-code".to_owned()),
            severity_at_least: Some(Severity::High),
            ..all.clone()
        },
        CaseFilter {
            person: caller.account(),
            ..CaseFilter::default()
        },
        CaseFilter {
            unassigned: true,
            ..CaseFilter::default()
        },
        CaseFilter {
            detected_from: Some(caller.now.plus_seconds(-86_400)),
            detected_until: Some(caller.now),
            ..all
        },
    ]
}

fn item_filters(caller: &Caller) -> Vec<ItemFilter> {
    let mut filters = vec![
        ItemFilter {
            waiting: true,
            ..ItemFilter::default()
        },
        ItemFilter {
            all: true,
            ..ItemFilter::default()
        },
        ItemFilter {
            assignee: caller.account(),
            ..ItemFilter::default()
        },
        ItemFilter {
            all: true,
            reporter: caller.account(),
            ..ItemFilter::default()
        },
    ];
    for kind in [ItemKind::Report, ItemKind::Alert] {
        filters.push(ItemFilter {
            kind: Some(kind),
            ..ItemFilter::default()
        });
        filters.push(ItemFilter {
            kind: Some(kind),
            all: true,
            received_from: Some(caller.now.plus_seconds(-86_400)),
            ..ItemFilter::default()
        });
    }
    filters
}

/// The step that goes through a large table, if there is one: `SCAN c`, or `SEARCH d USING AUTOMATIC INDEX (owner=?)`,
/// whose index is made for the statement. Going along a table is right where it ends when there are enough rows: with a
/// limit, and in an order that needs no sorting.
fn through_a_large_table<'a>(statement: &str, steps: &'a [String]) -> Option<&'a String> {
    let sorted = steps.iter().any(|step| step == "USE TEMP B-TREE FOR ORDER BY");
    let ends_early = statement.contains(" LIMIT ") && !sorted;
    let names = tables_by_name(statement);
    steps.iter().find(|step| {
        let mut words = step.split(' ');
        let (what, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_large = names.get(name).is_some_and(|table| LARGE.contains(table));
        let is_made_up =
            statement.contains(&format!(") {name}")) || statement.contains(&format!(") AS {name}"));
        is_large && !is_made_up && (step.contains(" AUTOMATIC ") || (what == "SCAN" && !ends_early))
    })
}

/// The tables of a statement, by the names they have in it.
fn tables_by_name(statement: &str) -> HashMap<&str, &str> {
    let words: Vec<&str> = statement
        .split([' ', '\n', '(', ')', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let mut names = HashMap::new();
    for (n, word) in words.iter().enumerate() {
        if matches!(*word, "FROM" | "JOIN" | "UPDATE" | "INTO") {
            let table = words.get(n + 1).copied().unwrap_or_default();
            let alias = words.get(n + 2).copied().unwrap_or_default();
            let is_alias = alias
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
            names.insert(table, table);
            if is_alias {
                names.insert(alias, table);
            }
        }
    }
    names
}

#[test]
fn a_walk_through_a_table_is_recognised() {
    let limited = "SELECT c.id FROM case_file c JOIN scope sc ON sc.id = c.scope_id ORDER BY c.id LIMIT 5";
    let all = "SELECT COUNT(*) FROM entry";
    for (statement, steps, expect) in [
        (limited, vec!["SCAN c"], false),
        (limited, vec!["SCAN c USING INDEX case_updated"], false),
        (limited, vec!["SCAN c", "USE TEMP B-TREE FOR ORDER BY"], true),
        (
            limited,
            vec!["SEARCH sc USING INDEX sqlite_autoindex_scope_1 (id=?)"],
            false,
        ),
        (
            limited,
            vec!["SEARCH c USING AUTOMATIC COVERING INDEX (scope_id=?)"],
            true,
        ),
        (limited, vec!["SCAN x", "USE TEMP B-TREE FOR ORDER BY"], false),
        (all, vec!["SCAN entry USING COVERING INDEX entry_case"], true),
    ] {
        let steps: Vec<String> = steps.into_iter().map(str::to_owned).collect();
        assert_eq!(
            through_a_large_table(statement, &steps).is_some(),
            expect,
            "{steps:?}"
        );
    }
}
