//! Figures: counted rightly, and only from what their reader may know; on both databases.

use matoi_core::cases::figures::{CaseAge, CaseStretch};
use matoi_core::cases::model::CaseInput;
use matoi_core::cases::{self, Case, CaseKind, CaseUpdate};
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::{self, AlertInput, DeskItem, ItemKind, Verdict};
use matoi_core::kernel::Result;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::metrics::{Figures, MetricsFilter, service};
use matoi_core::{Caller, Error, Tx};
use matoi_testkit::{World, on_both_databases};
use matoi_types::{Priority, Severity, Timestamp, Tlp};
use serde_json::json;

async fn with<T>(world: &World, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    let caller = Caller {
        now: world.store.store.now(),
        ..caller.clone()
    };
    let mut tx = world.store.store.write(&caller).await?;
    let result = work(&mut tx).await?;
    tx.commit().await?;
    Ok(result)
}

fn incident(class: &str, restricted: bool, detected_at: Timestamp) -> CaseInput {
    CaseInput {
        kind: CaseKind::Incident,
        title: class.to_owned(),
        summary: String::new(),
        class: class.to_owned(),
        severity: Severity::High,
        priority: Priority::P2,
        tlp: None,
        restricted,
        unit_id: None,
        occurred_at: None,
        detected_at: Some(detected_at),
    }
}

async fn open(world: &World, caller: &Caller, input: CaseInput) -> Case {
    let number = numbers::next(&world.store.store, caller, Series::Incident)
        .await
        .unwrap();
    with(world, caller, async |tx| {
        cases::service::create(tx, &number, input).await
    })
    .await
    .unwrap()
}

async fn take_alert(world: &World, caller: &Caller, source_ref: &str, tlp: Option<Tlp>) -> DeskItem {
    let number = numbers::next(&world.store.store, caller, Series::Alert)
        .await
        .unwrap();
    let input = AlertInput {
        title: "検知".to_owned(),
        description: String::new(),
        source: "edr".to_owned(),
        source_ref: source_ref.to_owned(),
        alert_type: String::new(),
        severity: Severity::Low,
        tlp,
        tags: Vec::new(),
        event_at: None,
        link: String::new(),
        observables: Vec::new(),
        raw: json!({}),
        extra: json!({}),
    };
    with(world, caller, async |tx| {
        desk::alerts::create(tx, &number, input).await
    })
    .await
    .unwrap()
    .item
}

async fn figures(world: &World, caller: &Caller, filter: MetricsFilter) -> Result<Figures> {
    let caller = Caller {
        now: world.store.store.now(),
        ..caller.clone()
    };
    let mut tx = world.store.store.snapshot(&caller).await?;
    service::figures(&mut tx, &filter).await
}

on_both_databases! {
    async fn percentiles_are_times_that_were_taken(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let now = world.store.store.now();
        // Not in order, with one noted before it was noticed.
        let minutes = [70, 10, 30, 20, 110, 40, 50, 60, -5, 80, 90, 100];
        for taken in minutes {
            let detected = now.plus_seconds(-4 * 3600);
            let case = open(&world, &lead, incident("malicious-code.ransomware", false, detected)).await;
            let update = CaseUpdate { contained_at: Some(Some(detected.plus_seconds(taken * 60))), ..CaseUpdate::default() };
            with(&world, &lead, async |tx| cases::service::update(tx, case.id, case.version, update).await).await.unwrap();
        }
        let counted = figures(&world, &lead, MetricsFilter::default()).await.unwrap();
        let contain = counted.times.iter().find(|one| one.stretch == CaseStretch::Contain).unwrap();
        // By nearest rank: the 6th and the 11th of 12.
        assert_eq!((contain.count, contain.median_seconds, contain.p90_seconds), (12, Some(50 * 60), Some(100 * 60)));
        let close = counted.times.iter().find(|one| one.stretch == CaseStretch::Close).unwrap();
        assert_eq!((close.count, close.median_seconds, close.p90_seconds), (0, None, None));
        assert_eq!(counted.open_cases(None, Some(CaseAge::Day)), 12);
        assert_eq!(counted.cases(None), 12);
        let other = MetricsFilter { priority: Some(Priority::P1), ..MetricsFilter::default() };
        assert_eq!(figures(&world, &lead, other).await.unwrap().cases(None), 0);
        let inquiries = MetricsFilter { kind: Some(CaseKind::Inquiry), ..MetricsFilter::default() };
        let none = figures(&world, &lead, inquiries).await.unwrap();
        assert_eq!((none.cases(None), none.open_cases(None, None)), (0, 0));
    }

    async fn months_are_those_of_the_organisation(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let at = |text: &str| Timestamp::from_jiff(text.parse().unwrap());
        // Tokyo is nine hours ahead: the second is in February there.
        for text in ["2026-01-31T14:59:59Z", "2026-01-31T15:00:00Z", "2026-02-10T00:00:00Z"] {
            open(&world, &lead, incident("fraud.phishing", false, at(text))).await;
        }
        let wanted = |from: &str, until: &str| MetricsFilter { from: Some(from.to_owned()), until: Some(until.to_owned()), ..MetricsFilter::default() };
        let counted = figures(&world, &lead, wanted("2026-01", "2026-03")).await.unwrap();
        assert_eq!(counted.months, ["2026-01", "2026-02", "2026-03"]);
        assert_eq!((0..3).map(|month| counted.cases(Some(month))).collect::<Vec<_>>(), [1, 2, 0]);
        assert_eq!(counted.classes(), [("fraud.phishing", 3)]);
        assert_eq!(figures(&world, &lead, wanted("2026-02", "2026-02")).await.unwrap().cases(None), 2);
        assert!(matches!(figures(&world, &lead, wanted("2026-03", "2026-01")).await, Err(Error::Invalid(_))));
    }

    async fn a_figure_never_tells_of_what_its_reader_may_not_see(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let handler = world.caller("handler").await;
        let now = world.store.store.now();
        open(&world, &lead, incident("fraud.phishing", false, now)).await;
        let secret = open(&world, &lead, incident("malicious-code.ransomware", true, now)).await;
        open(&world, &lead, CaseInput { tlp: Some(Tlp::Red), ..incident("fraud.phishing", false, now) }).await;
        for (caller, expect) in [(&lead, 3), (&handler, 1)] {
            let counted = figures(&world, caller, MetricsFilter::default()).await.unwrap();
            assert_eq!((counted.cases(None), counted.open_cases(None, None)), (expect, expect));
            // What is listed is what is counted.
            let mut tx = world.store.store.read(caller).await.unwrap();
            assert_eq!(cases::service::count(&mut tx, &cases::CaseFilter::default()).await.unwrap(), expect);
        }
        // The same of what came in, and of its clocks, for those who are not of the desk.
        let approver = world.caller("approver").await;
        take_alert(&world, &lead, "open", None).await;
        let alone = figures(&world, &approver, MetricsFilter::default()).await.unwrap();
        take_alert(&world, &lead, "secret", Some(Tlp::Red)).await;
        let counted = figures(&world, &approver, MetricsFilter::default()).await.unwrap();
        assert_eq!((&counted.clocks, &counted.intake, &counted.outcomes), (&alone.clocks, &alone.intake, &alone.outcomes));
        assert!(alone.clocks.iter().any(|one| one.running == 1));
        with(&world, &lead, async |tx| cases::access::add_member(tx, secret.id, handler.account().unwrap(), "応援").await).await.unwrap();
        assert_eq!(figures(&world, &handler, MetricsFilter::default()).await.unwrap().cases(None), 2);
        for role in ["member", "system_owner"] {
            let caller = world.caller(role).await;
            assert!(matches!(figures(&world, &caller, MetricsFilter::default()).await, Err(Error::Forbidden(_))), "{role}");
        }
    }

    async fn a_merged_case_counts_once_and_a_late_clock_is_missed(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let now = world.store.store.now();
        let from = open(&world, &lead, incident("fraud.phishing", false, now)).await;
        let into = open(&world, &lead, incident("fraud.phishing", false, now)).await;
        take_alert(&world, &lead, "late", None).await;
        let before = figures(&world, &lead, MetricsFilter::default()).await.unwrap();
        assert!(before.clocks.iter().all(|one| one.missed == 0));
        with(&world, &lead, async |tx| cases::links::merge(tx, from.id, from.version, into.id, "同じ").await).await.unwrap();
        world.store.clock.advance_seconds(400 * 86_400);
        let period = MetricsFilter { from: before.months.last().cloned(), until: before.months.last().cloned(), ..MetricsFilter::default() };
        let counted = figures(&world, &lead, period).await.unwrap();
        assert_eq!((counted.cases(None), counted.open_cases(None, Some(CaseAge::Older))), (1, 1));
        assert!(counted.clocks.iter().all(|one| one.running == 0 && one.kept == 0 && one.missed == 1), "{:?}", counted.clocks);
        assert_eq!(counted.kept_share(), Some(0.0));
    }

    async fn verdicts_are_shares_of_the_alerts(store: TestStore) {
        let world = World::set_up(store).await;
        let operator = world.caller("soc_operator").await;
        for at in 0..3 {
            let taken = take_alert(&world, &operator, &format!("a-{at}"), None).await;
            if at > 0 {
                with(&world, &operator, async |tx| desk::alerts::give_verdict(tx, taken.id, taken.version, Verdict::FalsePositive, "検証用").await).await.unwrap();
            }
        }
        let counted = figures(&world, &operator, MetricsFilter::default()).await.unwrap();
        let verdict = |wanted: Option<Verdict>| counted.verdicts.iter().find(|one| one.verdict == wanted).unwrap().count;
        assert_eq!((verdict(Some(Verdict::FalsePositive)), verdict(Some(Verdict::TruePositive)), verdict(None)), (2, 0, 1));
        assert_eq!((counted.intake.last().unwrap().alerts, counted.intake.last().unwrap().reports), (3, 0));
        let decided: i64 = counted.outcomes.iter().filter(|one| one.kind == ItemKind::Alert && one.outcome == Some(TriageOutcome::NotIncident)).map(|one| one.count).sum();
        assert_eq!(decided, 2);
    }
}
