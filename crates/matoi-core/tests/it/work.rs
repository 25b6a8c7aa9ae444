//! The work: a report becomes an incident and is closed; what is restricted is seen by nobody else.

use matoi_core::cases::tasks::TaskProgress;
use matoi_core::cases::{
    self, AptSuspected, Case, CaseFilter, CaseKind, CaseOrder, CaseUpdate, DecisionInput, DecisionKind,
    EntryKind, TaskInput, TaskState, model::CaseInput, model::EntryInput,
};
use matoi_core::clocks::{self, ClockOwner};
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::model::{ItemFilter, ItemOrder, MessageChannel};
use matoi_core::desk::triage::TriageInput;
use matoi_core::desk::{self, AlertInput, Channel, DeskItem, ItemKind, ItemState, ReportInput, Verdict};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::{PageRequest, Result};
use matoi_core::{Caller, Error, Tx, observables};
use matoi_testkit::{World, on_both_databases};
use matoi_types::{CaseId, ItemId, Lang, Priority, Severity, Tlp};
use serde_json::json;

fn report(text: &str) -> ReportInput {
    ReportInput {
        channel: Channel::Phone,
        lang: Lang::Ja,
        category: "file_locked".to_owned(),
        title: String::new(),
        text: text.to_owned(),
        noticed: "now".to_owned(),
        device: "PC-2118".to_owned(),
        reporter_name: "第二工場 生産管理課 石井".to_owned(),
        reporter_contact: "内線 2041".to_owned(),
        anonymous: false,
        severity: None,
        event_at: None,
        source: None,
        source_ref: None,
    }
}

fn alert(source_ref: &str) -> AlertInput {
    AlertInput {
        title: "短時間に多数のファイル名を変更".to_owned(),
        description: "FS-02 198.51.100[.]23 から".to_owned(),
        source: "edr".to_owned(),
        source_ref: source_ref.to_owned(),
        alert_type: String::new(),
        severity: Severity::High,
        tlp: None,
        tags: vec!["attack.t1486".to_owned()],
        event_at: None,
        link: String::new(),
        observables: Vec::new(),
        raw: json!({}),
        extra: json!({}),
    }
}

async fn with<T>(world: &World, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    let mut tx = world.store.store.write(caller).await?;
    let result = work(&mut tx).await?;
    tx.commit().await?;
    Ok(result)
}

async fn take_report(world: &World, caller: &Caller, text: &str) -> (DeskItem, String) {
    let number = numbers::next(&world.store.store, caller, Series::Report)
        .await
        .unwrap();
    let accepted = with(world, caller, async |tx| {
        desk::reports::create(tx, &number, report(text)).await
    })
    .await
    .unwrap();
    (accepted.item, accepted.follow_up.unwrap())
}

async fn take_alert(world: &World, caller: &Caller, source_ref: &str) -> desk::alerts::AcceptedAlert {
    let number = numbers::next(&world.store.store, caller, Series::Alert)
        .await
        .unwrap();
    with(world, caller, async |tx| {
        desk::alerts::create(tx, &number, alert(source_ref)).await
    })
    .await
    .unwrap()
}

fn incident() -> TriageInput {
    TriageInput {
        facts: serde_json::Map::new(),
        outcome: TriageOutcome::Incident,
        class: Some("malicious-code.ransomware".to_owned()),
        priority: Some(Priority::P1),
        title: String::new(),
        case_id: None,
        override_reason: "画面で確認した".to_owned(),
        not_incident_reason: String::new(),
        answer: false,
    }
}

async fn triage(
    world: &World,
    caller: &Caller,
    item: &DeskItem,
    input: TriageInput,
) -> Result<desk::triage::Triaged> {
    let number = numbers::next(&world.store.store, caller, Series::Incident).await?;
    with(world, caller, async |tx| {
        desk::triage::decide(tx, item.id, item.version, &number, input).await
    })
    .await
}

async fn open_incident(world: &World, caller: &Caller, title: &str) -> Case {
    let number = numbers::next(&world.store.store, caller, Series::Incident)
        .await
        .unwrap();
    let input = CaseInput {
        kind: CaseKind::Incident,
        title: title.to_owned(),
        summary: String::new(),
        class: "malicious-code.ransomware".to_owned(),
        severity: Severity::High,
        priority: Priority::P2,
        tlp: None,
        restricted: false,
        unit_id: None,
        occurred_at: None,
        detected_at: None,
    };
    with(world, caller, async |tx| {
        cases::service::create(tx, &number, input).await
    })
    .await
    .unwrap()
}

async fn get(world: &World, caller: &Caller, id: CaseId) -> Result<Case> {
    let mut tx = world.store.store.read(caller).await?;
    cases::service::get(&mut tx, id).await
}

async fn item(world: &World, caller: &Caller, id: ItemId) -> DeskItem {
    let mut tx = world.store.store.read(caller).await.unwrap();
    desk::queue::get(&mut tx, id).await.unwrap()
}

fn rule(error: &Error) -> Vec<String> {
    match error {
        Error::Rule(message) => vec![message.key.to_string()],
        Error::Rules(messages) => messages
            .iter()
            .map(|m| serde_json::to_string(&m.args).unwrap())
            .collect(),
        Error::Invalid(fields) => fields
            .iter()
            .map(|f| format!("{} {}", f.pointer, f.message.key))
            .collect(),
        other => vec![other.to_string()],
    }
}

on_both_databases! {
    async fn a_report_is_taken_in_with_its_clocks_and_traces(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let (taken, _) = take_report(&world, &handler, "図面が開けない。hxxp://evil[.]example/x と 203.0.113.5 が見えた").await;
        assert_eq!(taken.title, "ファイルが開けない・脅迫文が出た (PC-2118)");
        assert_eq!((taken.state, taken.severity), (ItemState::New, Severity::Critical));
        let mut tx = world.store.store.read(&handler).await.unwrap();
        let kinds: Vec<_> = clocks::service::of(&mut tx, ClockOwner::Item(taken.id)).await.unwrap().into_iter().map(|c| c.kind).collect();
        assert_eq!(kinds.len(), 2);
        assert!(kinds.contains(&"acknowledge".to_owned()) && kinds.contains(&"answer".to_owned()));
        let traces = observables::service::of_item(&mut tx, taken.id).await.unwrap();
        let values: Vec<_> = traces.iter().map(|s| (s.value.as_str(), s.own)).collect();
        assert!(values.contains(&("203.0.113.5", true)), "{values:?}");
        assert!(values.iter().any(|(value, own)| value.starts_with("http://evil.example/") && !own), "{values:?}");
    }

    async fn the_same_source_and_reference_never_make_a_second_item(store: TestStore) {
        let world = World::set_up(store).await;
        let soc = world.caller("soc_operator").await;
        let first = take_alert(&world, &soc, "a-1").await;
        let again = take_alert(&world, &soc, "a-1").await;
        assert!(!first.existed && again.existed);
        assert_eq!(first.item.id, again.item.id);
        assert_ne!(first.item.id, take_alert(&world, &soc, "a-2").await.item.id);
    }

    async fn a_report_cannot_be_closed_unanswered(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let (taken, follow_up) = take_report(&world, &handler, "営業のメールでした").await;
        let input = TriageInput { outcome: TriageOutcome::NotIncident, not_incident_reason: "通常の営業メールです".to_owned(), ..incident() };
        let triaged = triage(&world, &handler, &taken, input).await.unwrap().item;
        let refused = with(&world, &handler, async |tx| desk::reports::close(tx, triaged.id, triaged.version).await).await.unwrap_err();
        assert_eq!(rule(&refused), ["error-report-unanswered"]);

        let answered = with(&world, &handler, async |tx| desk::messages::answer(tx, triaged.id, MessageChannel::Web, "ご報告ありがとうございます。", true).await).await.unwrap();
        assert!(answered.answered_at.is_some());
        let closed = with(&world, &handler, async |tx| desk::reports::close(tx, answered.id, answered.version).await).await.unwrap();
        assert_eq!(closed.state, ItemState::Closed);

        let nobody = Caller::anonymous(Lang::Ja, "Asia/Tokyo".to_owned(), world.store.store.now());
        let mut tx = world.store.store.read(&nobody).await.unwrap();
        let seen = desk::messages::follow_up(&mut tx, &follow_up.to_lowercase().replace('-', " ")).await.unwrap();
        assert_eq!(seen.messages.len(), 1);
        assert_eq!(seen.messages[0].author, None, "the reporter is not told who of the desk wrote");
        assert_eq!(seen.detail.not_incident_reason.as_deref(), Some("通常の営業メールです"));
    }

    async fn differing_from_the_criteria_needs_a_reason(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let (taken, _) = take_report(&world, &handler, "何かおかしい").await;
        let input = TriageInput { outcome: TriageOutcome::NotIncident, override_reason: String::new(), not_incident_reason: String::new(), ..incident() };
        let refused = triage(&world, &handler, &taken, input).await.unwrap_err();
        assert_eq!(rule(&refused), ["/override_reason error-override-reason", "/not_incident_reason error-required"]);
        assert_eq!(item(&world, &handler, taken.id).await.version, taken.version, "nothing half-done");
    }

    async fn an_incident_goes_its_way_and_closes_only_when_everything_is_done(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, lead) = (world.caller("handler").await, world.caller("csirt_lead").await);
        let (taken, _) = take_report(&world, &handler, "ファイル名の最後が .locked3 に変わっている").await;
        let case = triage(&world, &handler, &taken, incident()).await.unwrap().case.unwrap();
        assert_eq!((case.phase.as_str(), case.priority), ("investigate", Priority::P1));
        let accepted = take_alert(&world, &handler, "edr-1").await;
        let joined = triage(&world, &handler, &accepted.item, TriageInput { case_id: Some(case.id), ..incident() }).await.unwrap();
        assert_eq!(joined.case.unwrap().id, case.id);

        // A suspected targeted attack must be decided on before it is contained.
        let mut case = get(&world, &handler, case.id).await.unwrap();
        case = with(&world, &handler, async |tx| cases::service::update(tx, case.id, case.version, CaseUpdate { apt_suspected: Some(AptSuspected::Yes), ..CaseUpdate::default() }).await).await.unwrap();
        let refused = with(&world, &handler, async |tx| cases::progress::advance(tx, case.id, case.version, "contain", "").await).await.unwrap_err();
        assert!(rule(&refused)[0].contains("標的型攻撃"), "{:?}", rule(&refused));
        let decision = DecisionInput { kind: DecisionKind::ScopeFirst, question: String::new(), choice: "範囲の特定を先にする".to_owned(), grounds: "侵入経路が不明".to_owned(), authority: "CSIRT規程 8条".to_owned(), decided_at: None };
        with(&world, &lead, async |tx| cases::decisions::record(tx, case.id, decision).await).await.unwrap();

        let task = with(&world, &handler, async |tx| cases::tasks::create(tx, case.id, TaskInput { title: "FS-02のメモリ取得".to_owned(), body: String::new(), service: "C-4".to_owned(), assignee_id: None, due_at: None, evidence_first: true }).await).await.unwrap();
        let mut case = get(&world, &handler, case.id).await.unwrap();
        for phase in ["contain", "recover", "investigate", "contain", "recover"] {
            case = with(&world, &handler, async |tx| cases::progress::advance(tx, case.id, case.version, phase, "").await).await.unwrap();
        }
        assert!(case.contained_at.is_some(), "leaving containment for recovery is the first containment");
        let skip = with(&world, &handler, async |tx| cases::progress::close(tx, case.id, case.version, "").await).await.unwrap_err();
        assert_eq!(rule(&skip), ["/phase error-phase-order"], "convergence is not closing");
        let forbidden = with(&world, &handler, async |tx| cases::progress::converge(tx, case.id, case.version, "収束", "").await).await.unwrap_err();
        assert!(matches!(forbidden, Error::Forbidden(_)), "a handler does not declare convergence");
        let case = with(&world, &lead, async |tx| cases::progress::converge(tx, case.id, case.version, "新たな感染がないことを確認し、収束を宣言します。", "").await).await.unwrap();
        assert!(case.converged_at.is_some() && case.recovered_at.is_some() && case.closed_at.is_none());

        let refused = with(&world, &handler, async |tx| cases::progress::close(tx, case.id, case.version, "急ぐため").await).await.unwrap_err();
        assert_eq!(rule(&refused).len(), 7, "a handler may not pass conditions over: {:?}", rule(&refused));
        with(&world, &handler, async |tx| cases::tasks::progress(tx, task.id, task.version, TaskProgress { state: TaskState::Done, result: String::new() }).await).await.unwrap();
        with(&world, &handler, async |tx| desk::messages::answer(tx, taken.id, MessageChannel::Phone, "状況を説明した", true).await).await.unwrap();
        let now_alert = item(&world, &handler, accepted.item.id).await;
        with(&world, &handler, async |tx| desk::alerts::give_verdict(tx, now_alert.id, now_alert.version, Verdict::TruePositive, "").await).await.unwrap();
        with(&world, &lead, async |tx| cases::decisions::record(tx, case.id, DecisionInput { kind: DecisionKind::NoExternalReport, question: String::new(), choice: "外部報告は不要".to_owned(), grounds: "社外への影響がない".to_owned(), authority: String::new(), decided_at: None }).await).await.unwrap();
        let case = get(&world, &handler, case.id).await.unwrap();
        let review = world.store.store.now().plus_seconds(7 * 86_400);
        let case = with(&world, &handler, async |tx| cases::service::update(tx, case.id, case.version, CaseUpdate { cause: Some("保守用アカウントの漏えい".to_owned()), review_at: Some(Some(review)), ..CaseUpdate::default() }).await).await.unwrap();
        let left = with(&world, &lead, async |tx| cases::progress::close(tx, case.id, case.version, "").await).await.unwrap_err();
        assert_eq!(rule(&left).len(), 1, "only the internal report is missing: {:?}", rule(&left));
        let closed = with(&world, &lead, async |tx| cases::progress::close(tx, case.id, case.version, "報告書は翌営業日に配布する").await).await.unwrap();
        assert_eq!(closed.state, cases::CaseState::Closed);

        let mut tx = world.store.store.read(&handler).await.unwrap();
        let running = clocks::service::of(&mut tx, ClockOwner::Case(case.id)).await.unwrap().into_iter().filter(clocks::Clock::is_running).count();
        assert_eq!(running, 0, "nothing runs on a closed case");
        let entries = cases::timeline::list(&mut tx, case.id, &[], &PageRequest { cursor: None, limit: Some(200) }).await.unwrap().items;
        let kinds: Vec<_> = entries.iter().map(|entry| entry.kind).collect();
        for kind in [EntryKind::Item, EntryKind::Decision, EntryKind::Task, EntryKind::State, EntryKind::Message] {
            assert!(kinds.contains(&kind), "{kind} is missing");
        }
        assert!(entries.iter().any(|e| e.message.as_ref().is_some_and(|m| m.key == "timeline-override")), "the passed-over condition is visible");
    }

    async fn a_stale_version_changes_nothing_and_appends_need_none(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let case = open_incident(&world, &handler, "版").await;
        let update = |summary: &str| CaseUpdate { summary: Some(summary.to_owned()), ..CaseUpdate::default() };
        with(&world, &handler, async |tx| cases::service::update(tx, case.id, case.version, update("一人目")).await).await.unwrap();
        let second = with(&world, &handler, async |tx| cases::service::update(tx, case.id, case.version, update("二人目")).await).await.unwrap_err();
        assert!(matches!(second, Error::Stale { current } if current == case.version + 1));
        for text in ["一つ目", "二つ目"] {
            let input = EntryInput { kind: EntryKind::Note, body: text.to_owned(), at: None, pinned: false };
            with(&world, &handler, async |tx| cases::timeline::write(tx, case.id, input).await).await.unwrap();
        }
        assert_eq!(get(&world, &handler, case.id).await.unwrap().summary, "一人目");
    }

    async fn a_merge_moves_what_is_open_and_can_be_undone(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let (taken, _) = take_report(&world, &lead, "同じ症状").await;
        let from = triage(&world, &lead, &taken, incident()).await.unwrap().case.unwrap();
        let into = open_incident(&world, &lead, "本体").await;
        let note = EntryInput { kind: EntryKind::Note, body: "統合前のメモ".to_owned(), at: None, pinned: false };
        with(&world, &lead, async |tx| cases::timeline::write(tx, from.id, note).await).await.unwrap();
        let from = get(&world, &lead, from.id).await.unwrap();
        with(&world, &lead, async |tx| cases::links::merge(tx, from.id, from.version, into.id, "同じ事象").await).await.unwrap();

        assert_eq!(item(&world, &lead, taken.id).await.case_id, Some(into.id));
        let mut tx = world.store.store.read(&lead).await.unwrap();
        let stream = cases::timeline::list(&mut tx, into.id, &[], &PageRequest::default()).await.unwrap().items;
        assert!(stream.iter().any(|entry| entry.body == "統合前のメモ"), "one stream to read");
        drop(tx);
        let merged = get(&world, &lead, from.id).await.unwrap();
        assert_eq!((merged.state, merged.merged_into), (cases::CaseState::Merged, Some(into.id)));
        let undone = with(&world, &lead, async |tx| cases::links::undo_merge(tx, merged.id, merged.version, "別の事象だった").await).await.unwrap();
        assert_eq!(undone.state, cases::CaseState::Open);
        assert_eq!(item(&world, &lead, taken.id).await.case_id, Some(from.id));
    }

    async fn parents_never_form_a_circle(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let (a, b, c) = (open_incident(&world, &lead, "a").await, open_incident(&world, &lead, "b").await, open_incident(&world, &lead, "c").await);
        let link = async |from: &Case, to: &Case, relation| with(&world, &lead, async |tx| cases::links::link(tx, from.id, to.id, relation, "").await).await;
        link(&a, &b, cases::Relation::ParentOf).await.unwrap();
        link(&c, &b, cases::Relation::ChildOf).await.unwrap();
        for (from, to, relation) in [(&c, &a, cases::Relation::ParentOf), (&a, &c, cases::Relation::ChildOf)] {
            let refused = link(from, to, relation).await.unwrap_err();
            assert_eq!(rule(&refused), ["/relation error-link-cycle"]);
        }
        assert!(link(&a, &a, cases::Relation::Related).await.is_err());
    }

    async fn a_restricted_case_is_not_there_for_others(store: TestStore) {
        let mut world = World::set_up(store).await;
        let other = world.add("nakamura", "handler").await;
        let (handler, lead, admin) = (world.caller("handler").await, world.caller("csirt_lead").await, world.caller("administrator").await);
        let (taken, _) = take_report(&world, &handler, "内部の件 10.1.2.3").await;
        let case = triage(&world, &handler, &taken, incident()).await.unwrap().case.unwrap();
        let case = with(&world, &handler, async |tx| cases::access::restrict(tx, case.id, case.version, Tlp::Red, true).await).await.unwrap();
        assert!(get(&world, &handler, case.id).await.is_ok(), "whoever restricts stays on the list");

        let nakamura = world.caller("nakamura").await;
        for outsider in [&lead, &nakamura, &admin] {
            assert!(get(&world, outsider, case.id).await.is_err(), "{:?}", outsider.actor);
            let mut tx = world.store.store.read(outsider).await.unwrap();
            if let Ok(page) = cases::service::list(&mut tx, &CaseFilter::default(), CaseOrder::Updated, &PageRequest::default()).await {
                assert!(page.items.is_empty());
                assert_eq!(cases::service::count(&mut tx, &CaseFilter::default()).await.unwrap(), 0);
                let queue = desk::queue::list(&mut tx, &ItemFilter::default(), ItemOrder::Urgency, &PageRequest::default()).await.unwrap();
                assert!(queue.items.is_empty(), "its report is not there either");
                assert!(clocks::service::running(&mut tx, 50).await.unwrap().is_empty(), "nor its clocks");
            }
        }
        let added = with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, other, "対応を手伝う").await).await.unwrap();
        assert_eq!(added.len(), 2);
        assert!(get(&world, &nakamura, case.id).await.is_ok());
    }

    async fn broken_glass_opens_one_case_and_tells(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, admin) = (world.caller("handler").await, world.caller("administrator").await);
        let case = open_incident(&world, &handler, "限定").await;
        with(&world, &handler, async |tx| cases::access::restrict(tx, case.id, case.version, Tlp::Red, true).await).await.unwrap();
        assert!(matches!(with(&world, &admin, async |tx| cases::access::break_glass(tx, &case.number, "急ぐ").await).await, Err(Error::Invalid(_))));
        with(&world, &admin, async |tx| cases::access::break_glass(tx, &case.number, "担当者に連絡がつかず、工場が停止するため").await).await.unwrap();
        assert!(get(&world, &admin, case.id).await.is_ok());
        let mut tx = world.store.store.read(&handler).await.unwrap();
        let pinned = cases::timeline::pinned(&mut tx, case.id).await.unwrap();
        assert_eq!(pinned[0].message.as_ref().unwrap().key, "timeline-glass-broken");
        assert!(cases::access::members(&mut tx, case.id).await.unwrap().iter().any(|m| m.broke_glass));
        let told = cases::glass::unseen(&mut tx).await.unwrap();
        drop(tx);
        assert_eq!(told.len(), 1, "who answers for the case is told");
        assert_eq!(told[0].reason, "担当者に連絡がつかず、工場が停止するため");
        let lead = world.caller("csirt_lead").await;
        let by_other = with(&world, &lead, async |tx| cases::glass::seen(tx, told[0].id).await).await;
        assert!(matches!(by_other, Err(Error::NotFound(_))), "only they can say that they have seen it");
        with(&world, &handler, async |tx| cases::glass::seen(tx, told[0].id).await).await.unwrap();
        let mut tx = world.store.store.read(&handler).await.unwrap();
        assert!(cases::glass::unseen(&mut tx).await.unwrap().is_empty());
    }

    async fn the_glass_cannot_be_broken_behind_the_back_of_those_on_the_list(store: TestStore) {
        let mut world = World::set_up(store).await;
        let other = world.add("nakamura", "handler").await;
        let (handler, lead, admin) = (world.caller("handler").await, world.caller("csirt_lead").await, world.caller("administrator").await);
        let case = open_incident(&world, &handler, "限定").await;
        with(&world, &handler, async |tx| cases::access::restrict(tx, case.id, case.version, Tlp::Red, true).await).await.unwrap();
        with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, other, "手伝い").await).await.unwrap();
        with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, lead.account().unwrap(), "指揮").await).await.unwrap();
        // The places of those who would be told are put to rest, and the lead wakes their own by breaking the glass.
        for account in [handler.account().unwrap(), lead.account().unwrap()] {
            with(&world, &admin, async |tx| matoi_core::identity::accounts::reset_password(tx, account, false).await).await.unwrap();
        }
        with(&world, &lead, async |tx| cases::access::break_glass(tx, &case.number, "担当者に連絡がつかず、工場が停止するため").await).await.unwrap();
        let nakamura = world.caller("nakamura").await;
        let mut tx = world.store.store.read(&nakamura).await.unwrap();
        assert_eq!(cases::glass::unseen(&mut tx).await.unwrap().len(), 1, "whoever still sees the case is told");
        let members = cases::access::members(&mut tx, case.id).await.unwrap();
        let entered = members.iter().find(|m| Some(m.account) == lead.account()).unwrap();
        assert!(entered.broke_glass && !entered.suspended, "a place woken so is marked");
    }

    async fn a_password_reset_lets_need_to_know_rest(store: TestStore) {
        let mut world = World::set_up(store).await;
        let other = world.add("nakamura", "handler").await;
        let (handler, admin) = (world.caller("handler").await, world.caller("administrator").await);
        let case = open_incident(&world, &handler, "限定").await;
        with(&world, &handler, async |tx| cases::access::restrict(tx, case.id, case.version, Tlp::Red, true).await).await.unwrap();
        with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, other, "手伝い").await).await.unwrap();
        let nakamura = world.caller("nakamura").await;
        assert!(get(&world, &nakamura, case.id).await.is_ok());
        with(&world, &admin, async |tx| matoi_core::identity::accounts::reset_password(tx, other, false).await).await.unwrap();
        assert!(get(&world, &nakamura, case.id).await.is_err(), "whoever holds the reset link does not see it");
        with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, other, "本人に確認した").await).await.unwrap();
        assert!(get(&world, &nakamura, case.id).await.is_ok());
    }

    async fn a_system_owner_sees_the_own_task_and_nothing_of_the_case(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, owner) = (world.caller("handler").await, world.caller("system_owner").await);
        let case = open_incident(&world, &handler, "サーバー").await;
        let task = with(&world, &handler, async |tx| cases::tasks::create(tx, case.id, TaskInput { title: "遮断".to_owned(), body: String::new(), service: "D-4".to_owned(), assignee_id: Some(world.account("system_owner")), due_at: None, evidence_first: false }).await).await.unwrap();
        assert!(matches!(get(&world, &owner, case.id).await, Err(Error::Forbidden(_))));
        let mut tx = world.store.store.read(&owner).await.unwrap();
        assert_eq!(cases::tasks::mine(&mut tx, 10).await.unwrap().len(), 1);
        drop(tx);
        let done = with(&world, &owner, async |tx| cases::tasks::progress(tx, task.id, task.version, TaskProgress { state: TaskState::Done, result: "遮断した".to_owned() }).await).await.unwrap();
        assert_eq!(done.state, TaskState::Done);
    }

    async fn the_queue_is_worst_first_and_pages_without_gaps(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        for i in 0..7 {
            take_alert(&world, &handler, &format!("a-{i}")).await;
            take_report(&world, &handler, &format!("報告 {i}")).await;
            world.store.clock.advance_seconds(1);
        }
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let mut tx = world.store.store.read(&handler).await.unwrap();
            let page = desk::queue::list(&mut tx, &ItemFilter::default(), ItemOrder::Urgency, &PageRequest { cursor, limit: Some(4) }).await.unwrap();
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        assert_eq!(seen.len(), 14);
        assert!(seen.windows(2).all(|pair| pair[0].urgency >= pair[1].urgency));
        let mut tx = world.store.store.read(&handler).await.unwrap();
        let only = ItemFilter { kind: Some(ItemKind::Alert), ..ItemFilter::default() };
        assert_eq!(desk::queue::count(&mut tx, &only).await.unwrap(), 7);
        let wrong = desk::queue::list(&mut tx, &ItemFilter::default(), ItemOrder::Newest, &PageRequest { cursor: Some("x".to_owned()), limit: None }).await;
        assert!(matches!(wrong, Err(Error::Invalid(_))), "a cursor that is none of ours is refused");
    }
}
