//! Search: everything a caller may see is found, nothing else is, and the index keeps up with what happens.

use matoi_core::audit::Sealer;
use matoi_core::cases::model::{CaseInput, EntryInput};
use matoi_core::cases::{self, Case, CaseKind, DecisionInput, DecisionKind, EntryKind, TaskInput};
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::alerts::AlertUpdate;
use matoi_core::desk::model::{MessageChannel, NamedObservable};
use matoi_core::desk::triage::TriageInput;
use matoi_core::desk::{self, AlertInput, Channel, DeskItem, ReportInput};
use matoi_core::files::{self, FileFacts, NewFile};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::{PageRequest, Result};
use matoi_core::search::model::SearchFilter;
use matoi_core::search::{self, Found, FoundKind, Indexer, Rebuild, SearchPage};
use matoi_core::{Caller, Error, Tx, observables};
use matoi_testkit::{Backend, TestStore, World, on_both_databases};
use matoi_types::{Lang, Priority, Severity, Tlp};
use proptest::prelude::*;
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

/// Lets the index take in everything.
pub(crate) async fn index(world: &World) {
    Sealer::new(world.store.store.clone())
        .unwrap()
        .seal_all()
        .await
        .unwrap();
    world.store.clock.advance_seconds(30);
    Indexer::new(world.store.store.clone())
        .unwrap()
        .catch_up()
        .await
        .unwrap();
}

async fn page(
    world: &World,
    caller: &Caller,
    typed: &str,
    filter: &SearchFilter,
    page: PageRequest,
) -> SearchPage {
    let mut tx = world.store.store.read(caller).await.unwrap();
    search::service::search(&mut tx, typed, filter, &page)
        .await
        .unwrap()
}

async fn find(world: &World, caller: &Caller, typed: &str) -> Vec<Found> {
    let page = page(
        world,
        caller,
        typed,
        &SearchFilter::default(),
        PageRequest::default(),
    )
    .await;
    let counts = page.counts.unwrap();
    assert_eq!(
        counts.total,
        page.items.len() as i64,
        "{typed}: what is counted is what is shown"
    );
    page.items
}

async fn kinds(world: &World, caller: &Caller, typed: &str) -> Vec<FoundKind> {
    let mut kinds: Vec<_> = find(world, caller, typed)
        .await
        .iter()
        .map(|found| found.kind)
        .collect();
    kinds.sort_unstable();
    kinds
}

/// The text of a result with what was found in brackets.
fn marked(parts: &[search::FoundPart]) -> String {
    parts
        .iter()
        .map(|part| {
            if part.hit {
                format!("[{}]", part.text)
            } else {
                part.text.clone()
            }
        })
        .collect()
}

pub(crate) fn report_input(text: &str) -> ReportInput {
    ReportInput {
        channel: Channel::Phone,
        lang: Lang::Ja,
        category: "other".to_owned(),
        title: "件名".to_owned(),
        text: text.to_owned(),
        noticed: "now".to_owned(),
        device: "PC-2118".to_owned(),
        reporter_name: "生産管理課 石井".to_owned(),
        reporter_contact: "内線 2041".to_owned(),
        anonymous: false,
        severity: None,
        event_at: None,
        source: None,
        source_ref: None,
    }
}

pub(crate) async fn report(world: &World, caller: &Caller, input: ReportInput) -> DeskItem {
    let number = numbers::next(&world.store.store, caller, Series::Report)
        .await
        .unwrap();
    with(world, caller, async |tx| {
        desk::reports::create(tx, &number, input).await
    })
    .await
    .unwrap()
    .item
}

pub(crate) async fn alert(
    world: &World,
    caller: &Caller,
    reference: &str,
    title: &str,
    tags: &[&str],
    values: &[&str],
) -> DeskItem {
    let number = numbers::next(&world.store.store, caller, Series::Alert)
        .await
        .unwrap();
    let named = |value: &&str| NamedObservable {
        kind: String::new(),
        value: (*value).to_owned(),
        tlp: None,
        note: String::new(),
    };
    let input = AlertInput {
        title: title.to_owned(),
        description: String::new(),
        source: "edr".to_owned(),
        source_ref: reference.to_owned(),
        alert_type: String::new(),
        severity: Severity::High,
        tlp: None,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        event_at: None,
        link: String::new(),
        observables: values.iter().map(named).collect(),
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

pub(crate) async fn incident(world: &World, caller: &Caller, title: &str) -> Case {
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

pub(crate) async fn note(world: &World, caller: &Caller, case: &Case, body: &str) -> cases::Entry {
    let input = EntryInput {
        kind: EntryKind::Note,
        body: body.to_owned(),
        at: None,
        pinned: false,
    };
    with(world, caller, async |tx| {
        cases::timeline::write(tx, case.id, input).await
    })
    .await
    .unwrap()
}

async fn get(world: &World, caller: &Caller, case: &Case) -> Case {
    let mut tx = world.store.store.read(caller).await.unwrap();
    cases::service::get(&mut tx, case.id).await.unwrap()
}

fn task_input(title: &str, assignee: Option<matoi_types::AccountId>) -> TaskInput {
    TaskInput {
        title: title.to_owned(),
        body: String::new(),
        service: String::new(),
        assignee_id: assignee,
        due_at: None,
        evidence_first: false,
    }
}

pub(crate) async fn join(world: &World, caller: &Caller, item: &DeskItem, case: &Case) -> DeskItem {
    let input = TriageInput {
        facts: serde_json::Map::new(),
        outcome: TriageOutcome::Incident,
        class: Some("malicious-code.ransomware".to_owned()),
        priority: Some(Priority::P1),
        title: String::new(),
        case_id: Some(case.id),
        override_reason: "画面で確認した".to_owned(),
        not_incident_reason: String::new(),
        answer: false,
    };
    with(world, caller, async |tx| {
        desk::triage::decide(tx, item.id, item.version, "INC-2099-0001", input).await
    })
    .await
    .unwrap()
    .item
}

async fn restrict(world: &World, caller: &Caller, case: &Case) {
    let case = get(world, caller, case).await;
    with(world, caller, async |tx| {
        cases::access::restrict(tx, case.id, case.version, Tlp::Red, true).await
    })
    .await
    .unwrap();
}

fn file(name: &str) -> NewFile {
    NewFile {
        blob: "b".to_owned(),
        name: name.to_owned(),
        declared_type: String::new(),
        size: 3,
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        facts: FileFacts::default(),
    }
}

on_both_databases! {
    async fn words_are_found_as_people_write_them(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        for text in [
            "PCがｳｲﾙｽに感染した。情報漏洩のおそれ",
            "サーバーのＥｍｏｔｅｔ感染、APT攻撃の疑い",
            "The attacker used Emotet and svc-maint from 203.0.113.47",
            "①株式会社　髙﨑から㈱纏へ 不審な\nメール",
        ] {
            report(&world, &handler, report_input(text)).await;
            world.store.clock.advance_seconds(1);
        }
        index(&world).await;
        for (typed, expect) in [
            ("ウイルス", "0"), ("ｳｲﾙｽ", "0"), ("感染", "01"), ("情報", "0"), ("報漏", "0"), ("漏洩", "0"), ("情", "0"),
            ("emotet", "12"), ("ＥＭＯＴＥＴ", "12"), ("emo*", "12"), ("emo", ""), ("apt", "1"), ("APT攻撃", "1"), ("apt-攻撃", "1"),
            ("emotet 感染", "1"), ("emotet OR 情報", "012"), ("emotet -apt", "2"), ("感染 -「情報漏洩」", "1"),
            ("203.0.113.47", "2"), ("203.0.113", "2"), ("113.203", ""), ("svc-maint", "2"), ("maint svc", "2"), ("\"maint svc\"", ""),
            ("\"used emotet\"", "2"), ("\"emotet used\"", ""), ("不審なメール", "3"), ("「不審なメール」", "3"), ("株纏", ""), ("(株)", "3"), ("㈱", "3"),
            ("髙﨑", "3"), ("PC-2118", "0123"), ("石井", "0123"), ("内線 2041", "0123"), ("感染に", ""), ("ウィルス", ""),
        ] {
            let mut found: Vec<_> = find(&world, &handler, typed).await.iter().filter(|f| f.kind == FoundKind::Report).map(|f| f.number.chars().last().unwrap()).collect();
            found.sort_unstable();
            let found: String = found.into_iter().map(|c| char::from_digit(c.to_digit(10).unwrap() - 1, 10).unwrap()).collect();
            assert_eq!(found, expect, "{typed}");
        }
        let hits = find(&world, &handler, "ウイルス").await;
        assert_eq!(marked(&hits[0].snippet), "PCが[ｳｲﾙｽ]に感染した。情報漏洩のおそれ", "in the spelling of the original");
        let hits = find(&world, &handler, "石井 感染").await;
        assert!(marked(&hits[0].snippet).contains("[感染]"));
        assert_eq!(marked(&find(&world, &handler, "pc-2118").await[0].snippet).matches("[PC-2118]").count(), 1, "what it is also found by is shown then");
    }

    async fn words_of_a_long_text_are_found_together(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let case = incident(&world, &handler, "長い記録").await;
        let lines: String = (0..3_000).map(|n| format!("row{n} ")).collect();
        note(&world, &handler, &case, &format!("始まりの合図\n{lines}\n途中の翡翠\n{lines}\n終わりの合図")).await;
        note(&world, &handler, &case, "始まりの合図だけ").await;
        index(&world).await;
        for (typed, count) in [
            ("始まりの合図", 2), ("始まりの合図 終わりの合図", 1), ("始まりの合図 翡翠 終わりの合図", 1), ("row5 row2999", 1), ("翡翠 -終わりの合図", 0),
            ("始まりの合図 -翡翠", 1), ("翡翠 OR 水晶 終わり", 1), ("-翡翠 -row7", 2), ("翡翠 水晶", 0), ("\"row2998 row2999\" 翡翠", 1), ("翡*", 1),
        ] {
            let found = find(&world, &handler, typed).await;
            assert_eq!(found.len(), count, "{typed}: {found:?}");
        }
        let within = SearchFilter { within: Some(case.id.to_string()), ..SearchFilter::default() };
        for (typed, count) in [("始まりの合図 終わりの合図", 1), ("始まりの合図 -翡翠", 1), ("row7", 1), ("翡翠 水晶", 0)] {
            assert_eq!(page(&world, &handler, typed, &within, PageRequest::default()).await.items.len(), count, "{typed}");
        }
    }

    async fn everything_that_hangs_on_a_case_and_the_desk_is_found(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, lead) = (world.caller("handler").await, world.caller("csirt_lead").await);
        let case = incident(&world, &handler, "金剛石の案件").await;
        note(&world, &handler, &case, "金剛石の記録").await;
        with(&world, &handler, async |tx| cases::tasks::create(tx, case.id, task_input("金剛石の作業", None)).await).await.unwrap();
        let decision = DecisionInput { kind: DecisionKind::Other, question: "金剛石をどうするか".to_owned(), choice: "残す".to_owned(), grounds: "理由".to_owned(), authority: String::new(), decided_at: None };
        with(&world, &lead, async |tx| cases::decisions::record(tx, case.id, decision).await).await.unwrap();
        with(&world, &handler, async |tx| files::service::add_to_case(tx, case.id, file("金剛石.zip")).await).await.unwrap();
        let taken = report(&world, &handler, report_input("金剛石の報告")).await;
        with(&world, &handler, async |tx| desk::messages::answer(tx, taken.id, MessageChannel::Web, "金剛石の返答", true).await).await.unwrap();
        alert(&world, &handler, "a-1", "金剛石の検知", &["attack.t1486"], &[]).await;
        let input = observables::ObservableInput { kind: None, value: "kongoseki.example".to_owned(), tlp: None, note: String::new() };
        with(&world, &handler, async |tx| observables::service::add(tx, case.id, input).await).await.unwrap();
        index(&world).await;
        use FoundKind::{Alert, Attachment, Case, Decision, Entry, Message, Observable, Report, Task};
        assert_eq!(kinds(&world, &handler, "金剛石").await, [Case, Entry, Task, Decision, Report, Alert, Message, Attachment]);
        assert_eq!(kinds(&world, &handler, "ランサムウェア").await, [Case], "by the name of its class");
        assert_eq!(kinds(&world, &handler, "ransomware").await, [Case]);
        assert_eq!(kinds(&world, &handler, "t1486").await, [Alert]);
        assert_eq!(kinds(&world, &handler, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08").await, [Attachment]);
        assert_eq!(kinds(&world, &handler, "kongoseki[.]example").await, [Entry, Observable]);
        let only = SearchFilter { kinds: vec![Entry, Task], ..SearchFilter::default() };
        let some = page(&world, &handler, "金剛石", &only, PageRequest::default()).await;
        assert_eq!(some.items.len(), 2);
        let counts = some.counts.unwrap();
        assert_eq!((counts.total, counts.of(Case), counts.of(Entry), counts.more), (8, 1, 1, false), "the other tabs are counted too");
        let entry = &some.items.iter().find(|found| found.kind == Entry).unwrap();
        assert_eq!((entry.number.as_str(), marked(&entry.title).as_str(), entry.place.kind), (case.number.as_str(), "[金剛石]の案件", Case));
    }

    async fn traces_are_found_by_their_parts_and_however_they_are_typed(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        report(&world, &handler, report_input("hxxps://login.evil[.]example/a?b=1 を開いた")).await;
        alert(&world, &handler, "a-1", "通信", &[], &["203.0.113.200", "bad-host.example"]).await;
        index(&world).await;
        for typed in ["https://login.evil.example/a", "hxxps://login.evil[.]example/a", "login.evil.example", "evil[.]example", "evil", "ｅｖｉｌ．example"] {
            let found = kinds(&world, &handler, typed).await;
            assert!(found.contains(&FoundKind::Report) && found.contains(&FoundKind::Observable), "{typed}: {found:?}");
        }
        for typed in ["203.0.113.200", "203[.]0[.]113[.]200", "bad-host", "hxxp://bad-host[.]example"] {
            assert_eq!(kinds(&world, &handler, typed).await, [FoundKind::Alert, FoundKind::Observable], "{typed}");
        }
    }

    async fn what_is_restricted_is_found_by_the_named_only(store: TestStore) {
        let mut world = World::set_up(store).await;
        let other = world.add("nakamura", "handler").await;
        let (handler, lead, admin) = (world.caller("handler").await, world.caller("csirt_lead").await, world.caller("administrator").await);
        let nakamura = world.caller("nakamura").await;
        let case = incident(&world, &handler, "瑠璃の件").await;
        note(&world, &handler, &case, "瑠璃の記録 ruri.example").await;
        let taken = report(&world, &handler, report_input("瑠璃の報告 198.51.100.77")).await;
        index(&world).await;
        assert_eq!(find(&world, &nakamura, "瑠璃").await.len(), 3);
        assert_eq!(find(&world, &nakamura, "198.51.100.77").await.len(), 2);
        assert!(find(&world, &admin, "瑠璃").await.is_empty(), "an administrator does not read cases");

        // The restriction holds at once, before the index learns of it; so does joining and leaving.
        restrict(&world, &handler, &case).await;
        assert_eq!(find(&world, &nakamura, "瑠璃").await.len(), 1, "the report is not restricted yet");
        join(&world, &handler, &taken, &case).await;
        for outsider in [&nakamura, &lead, &admin] {
            assert!(find(&world, outsider, "瑠璃").await.is_empty(), "{:?}", outsider.actor);
            assert!(find(&world, outsider, "198.51.100.77").await.is_empty());
            let mut tx = world.store.store.read(outsider).await.unwrap();
            assert_eq!(search::service::jump(&mut tx, &case.number).await.unwrap(), None);
            assert_eq!(search::service::jump(&mut tx, &taken.id.to_string()).await.unwrap(), None);
        }
        assert_eq!(find(&world, &handler, "瑠璃").await.len(), 3);
        index(&world).await;
        assert!(find(&world, &nakamura, "瑠璃").await.is_empty());
        with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, other, "手伝う").await).await.unwrap();
        assert_eq!(find(&world, &nakamura, "瑠璃").await.len(), 3);
        assert_eq!(find(&world, &nakamura, "198.51.100.77").await.len(), 2);
        with(&world, &handler, async |tx| cases::access::remove_member(tx, case.id, other).await).await.unwrap();
        assert!(find(&world, &nakamura, "瑠璃").await.is_empty());
    }

    async fn a_merge_takes_everything_along_and_an_undone_one_brings_it_back(store: TestStore) {
        let mut world = World::set_up(store).await;
        world.add("nakamura", "handler").await;
        let (lead, nakamura) = (world.caller("csirt_lead").await, world.caller("nakamura").await);
        let from = incident(&world, &lead, "珊瑚の件").await;
        note(&world, &lead, &from, "珊瑚の記録").await;
        let task = with(&world, &lead, async |tx| cases::tasks::create(tx, from.id, task_input("珊瑚の作業", None)).await).await.unwrap();
        let into = incident(&world, &lead, "限定された本体").await;
        index(&world).await;
        restrict(&world, &lead, &into).await;
        let from = get(&world, &lead, &from).await;
        with(&world, &lead, async |tx| cases::links::merge(tx, from.id, from.version, into.id, "同じ事象").await).await.unwrap();
        assert!(find(&world, &nakamura, "珊瑚").await.is_empty(), "before the index learns of it");
        assert_eq!(find(&world, &lead, "珊瑚").await.len(), 3);
        index(&world).await;
        assert!(find(&world, &nakamura, "珊瑚").await.is_empty());
        let update = task_input("珊瑚の作業（更新）", None);
        with(&world, &lead, async |tx| cases::tasks::update(tx, task.id, task.version, update).await).await.unwrap();
        index(&world).await;
        let merged = get(&world, &lead, &from).await;
        with(&world, &lead, async |tx| cases::links::undo_merge(tx, merged.id, merged.version, "別の事象").await).await.unwrap();
        assert_eq!(find(&world, &nakamura, "珊瑚").await.len(), 3, "its own again");
        restrict(&world, &lead, &from).await;
        assert!(find(&world, &nakamura, "珊瑚").await.is_empty(), "the task went back with it");
        index(&world).await;
        assert!(find(&world, &nakamura, "珊瑚").await.is_empty());
        assert_consistent(&world).await;
    }

    async fn people_find_what_is_their_own(store: TestStore) {
        let mut world = World::set_up(store).await;
        world.add("mori", "member").await;
        let (handler, member, mori, owner) = (world.caller("handler").await, world.caller("member").await, world.caller("mori").await, world.caller("system_owner").await);
        let own = ReportInput { channel: Channel::Account, ..report_input("琥珀の報告 own.example") };
        let taken = report(&world, &member, own).await;
        report(&world, &handler, report_input("琥珀の別の報告")).await;
        with(&world, &handler, async |tx| desk::messages::answer(tx, taken.id, MessageChannel::Web, "琥珀への返答", true).await).await.unwrap();
        let case = incident(&world, &handler, "琥珀の件").await;
        let task = with(&world, &handler, async |tx| cases::tasks::create(tx, case.id, task_input("琥珀の作業", Some(world.account("system_owner")))).await).await.unwrap();
        index(&world).await;
        assert_eq!(kinds(&world, &member, "琥珀").await, [FoundKind::Report, FoundKind::Message]);
        let answer = find(&world, &member, "返答").await;
        assert_eq!(answer[0].who, None, "a reporter is not told who of the desk wrote");
        assert!(find(&world, &handler, "返答").await[0].who.is_some());
        assert!(find(&world, &mori, "琥珀").await.is_empty());
        assert!(find(&world, &member, "own.example").await.iter().all(|found| found.kind == FoundKind::Report));
        assert_eq!(kinds(&world, &owner, "琥珀").await, [FoundKind::Task]);

        // What becomes of the label of the report does not hide it from its reporter; nor does the case open to them.
        join(&world, &handler, &taken_now(&world, &handler, &taken).await, &case).await;
        restrict(&world, &handler, &case).await;
        assert_eq!(kinds(&world, &member, "琥珀").await, [FoundKind::Report, FoundKind::Message]);
        assert_eq!(kinds(&world, &owner, "琥珀").await, [FoundKind::Task]);
        with(&world, &handler, async |tx| cases::tasks::update(tx, task.id, task.version, task_input("琥珀の作業", None)).await).await.unwrap();
        index(&world).await;
        assert!(find(&world, &owner, "琥珀").await.is_empty(), "no longer the own task");
        with(&world, &handler, async |tx| cases::access::add_member(tx, case.id, world.account("system_owner"), "現場").await).await.unwrap();
        assert_eq!(kinds(&world, &owner, "琥珀").await, [FoundKind::Case, FoundKind::Task], "whoever is named on a case reads it");
    }

    async fn what_is_taken_back_leaves_the_index_at_once(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let case = incident(&world, &lead, "件").await;
        let entry = note(&world, &lead, &case, "孔雀石").await;
        let attachment = with(&world, &lead, async |tx| files::service::add_to_case(tx, case.id, file("孔雀石.docx")).await).await.unwrap();
        index(&world).await;
        assert_eq!(find(&world, &lead, "孔雀石").await.len(), 2);
        with(&world, &lead, async |tx| cases::timeline::delete(tx, case.id, entry.id, entry.version).await).await.unwrap();
        assert_eq!(kinds(&world, &lead, "孔雀石").await, [FoundKind::Attachment]);
        with(&world, &lead, async |tx| files::service::delete(tx, attachment.id, "個人情報").await).await.unwrap();
        assert!(find(&world, &lead, "孔雀石").await.is_empty());
        index(&world).await;
        assert!(find(&world, &lead, "孔雀石").await.is_empty(), "and does not come back");
        assert_consistent(&world).await;
    }

    async fn results_are_newest_first_and_page_without_gaps(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let case = incident(&world, &handler, "件").await;
        let begin = world.store.store.now();
        for n in 0..23 {
            note(&world, &handler, &case, &format!("水晶 {n}")).await;
            world.store.clock.advance_seconds(3600);
        }
        index(&world).await;
        let (mut seen, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let next = page(&world, &handler, "水晶", &SearchFilter::default(), PageRequest { cursor, limit: Some(5) }).await;
            assert_eq!(next.counts.map(|counts| counts.total), (pages == 0).then_some(23), "counted once");
            seen.extend(next.items.iter().map(|found| marked(&found.snippet)));
            cursor = next.next;
            pages += 1;
            if cursor.is_none() { break; }
        }
        assert_eq!(pages, 5);
        assert_eq!(seen, (0..23).rev().map(|n| format!("[水晶] {n}")).collect::<Vec<_>>());

        let hour = |n: i64| Some(begin.plus_seconds(n * 3600 - 1));
        for (from, until, count) in [(hour(20), None, 3), (None, hour(3), 3), (hour(5), hour(10), 5), (hour(10), hour(5), 0), (hour(100), None, 0)] {
            let filter = SearchFilter { from, until, ..SearchFilter::default() };
            assert_eq!(page(&world, &handler, "水晶", &filter, PageRequest::default()).await.items.len(), count, "{from:?} {until:?}");
        }
        let mut tx = world.store.store.read(&handler).await.unwrap();
        let wrong = PageRequest { cursor: Some("x".to_owned()), limit: None };
        assert!(matches!(search::service::search(&mut tx, "水晶", &SearchFilter::default(), &wrong).await, Err(Error::Invalid(_))));
        let nothing = search::service::search(&mut tx, "  !? ", &SearchFilter::default(), &PageRequest::default()).await.unwrap();
        assert!(nothing.items.is_empty() && nothing.next.is_none());
    }

    async fn counting_stops(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let case = incident(&world, &handler, "件").await;
        with(&world, &handler, async |tx| {
            for n in 0..1_020 {
                let input = EntryInput { kind: EntryKind::Note, body: format!("蛍石 {n}"), at: None, pinned: false };
                cases::timeline::write(tx, case.id, input).await?;
            }
            Ok(())
        }).await.unwrap();
        index(&world).await;
        let counts = page(&world, &handler, "蛍石", &SearchFilter::default(), PageRequest::default()).await.counts.unwrap();
        assert_eq!((counts.total, counts.more, counts.of(FoundKind::Entry)), (500, true, 500));
        let counts = page(&world, &handler, "蛍石 7*", &SearchFilter::default(), PageRequest::default()).await.counts.unwrap();
        assert_eq!((counts.total, counts.more), (111, false));
    }

    async fn a_number_or_an_identifier_leads_straight_to_what_it_names(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, member) = (world.caller("handler").await, world.caller("member").await);
        let case = incident(&world, &handler, "件").await;
        let taken = report(&world, &handler, report_input("報告")).await;
        for (typed, kind, id) in [
            (case.number.clone(), FoundKind::Case, case.id.to_string()),
            (case.number.to_lowercase(), FoundKind::Case, case.id.to_string()),
            (case.id.to_string(), FoundKind::Case, case.id.to_string()),
            (taken.number.clone(), FoundKind::Report, taken.id.to_string()),
            (taken.id.to_string(), FoundKind::Report, taken.id.to_string()),
        ] {
            let mut tx = world.store.store.read(&handler).await.unwrap();
            let found = search::service::jump(&mut tx, &typed).await.unwrap().unwrap();
            assert_eq!((found.kind, found.id), (kind, id), "{typed}");
            drop(tx);
            let mut tx = world.store.store.read(&member).await.unwrap();
            assert_eq!(search::service::jump(&mut tx, &typed).await.unwrap(), None, "{typed}");
        }
        let mut tx = world.store.store.read(&handler).await.unwrap();
        for typed in ["INC-2099-0001", "件", "00000000-0000-7000-8000-000000000000"] {
            assert_eq!(search::service::jump(&mut tx, typed).await.unwrap(), None, "{typed}");
        }
    }

    async fn another_process_goes_on_where_one_was_lost(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let sealer = Sealer::new(world.store.store.clone()).unwrap();
        let (one, two) = (Indexer::new(world.store.store.clone()).unwrap(), Indexer::new(world.store.store.clone()).unwrap());
        let first = report(&world, &handler, report_input("石榴石 一")).await;
        sealer.seal_all().await.unwrap();
        assert!(one.step().await.unwrap().is_some());
        report(&world, &handler, report_input("石榴石 二")).await;
        sealer.seal_all().await.unwrap();
        assert_eq!(two.step().await.unwrap(), None, "the first one still has the duty");
        assert_eq!(find(&world, &handler, "石榴石").await.len(), 1);
        world.store.clock.advance_seconds(60);
        two.catch_up().await.unwrap();
        assert_eq!(find(&world, &handler, "石榴石").await.len(), 2);
        assert_eq!(one.step().await.unwrap(), Some(false), "nothing waits");

        // A change that leaves the words as they are writes nothing anew, and taking in again changes nothing.
        with(&world, &handler, async |tx| desk::reports::acknowledge(tx, first.id, first.version).await).await.unwrap();
        index(&world).await;
        assert_consistent(&world).await;
    }

    async fn changed_words_replace_the_former_ones(store: TestStore) {
        let world = World::set_up(store).await;
        let soc = world.caller("soc_operator").await;
        let item = alert(&world, &soc, "a-1", "旧い題", &["alpha"], &[]).await;
        index(&world).await;
        let update = AlertUpdate { title: Some("新しい題".to_owned()), tags: Some(vec!["beta".to_owned()]), ..AlertUpdate::default() };
        with(&world, &soc, async |tx| desk::alerts::update(tx, item.id, item.version, update).await).await.unwrap();
        index(&world).await;
        for (typed, count) in [("旧い題", 0), ("alpha", 0), ("新しい題", 1), ("beta", 1)] {
            assert_eq!(find(&world, &soc, typed).await.len(), count, "{typed}");
        }
    }

    async fn only_those_who_may_search_and_only_operators_rebuild(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, admin) = (world.caller("handler").await, world.caller("administrator").await);
        let nobody = Caller::anonymous(Lang::Ja, "UTC".to_owned(), world.store.store.now());
        let mut tx = world.store.store.read(&nobody).await.unwrap();
        assert!(matches!(search::service::search(&mut tx, "x", &SearchFilter::default(), &PageRequest::default()).await, Err(Error::Unauthenticated)));
        assert!(matches!(search::service::jump(&mut tx, "x").await, Err(Error::Unauthenticated)));
        drop(tx);
        assert!(matches!(with(&world, &handler, async |tx| search::service::request_rebuild(tx, true).await).await, Err(Error::Forbidden(_))));
        let asked = with(&world, &admin, async |tx| Ok((search::service::request_rebuild(tx, true).await?, search::service::request_rebuild(tx, true).await?))).await.unwrap();
        assert!(asked.0.is_some() && asked.1.is_none(), "one at a time");
    }
}

async fn taken_now(world: &World, caller: &Caller, item: &DeskItem) -> DeskItem {
    let mut tx = world.store.store.read(caller).await.unwrap();
    desk::queue::get(&mut tx, item.id).await.unwrap()
}

/// Whether a rebuild would change anything.
async fn assert_consistent(world: &World) {
    let mut rebuild = Rebuild::begin(world.store.store.clone(), false).await.unwrap();
    while rebuild.step().await.unwrap() {}
    let rebuilt = rebuild.finish().await.unwrap();
    assert_eq!((rebuilt.written, rebuilt.removed), (0, 0), "{rebuilt:?}");
}

/// Something that people do.
#[derive(Debug, Clone)]
enum Step {
    Report(u8),
    Alert(u8),
    Case(u8),
    Note(usize, u8),
    EditNote(usize, u8),
    DeleteNote(usize),
    Task(usize, u8),
    Join(usize, usize),
    Answer(usize, u8),
    Restrict(usize),
    Merge(usize, usize),
    UndoMerge(usize),
    Trace(usize, u8),
    Index,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let word = 0u8..6;
    let at = 0usize..4;
    let step = prop_oneof![
        word.clone().prop_map(Step::Report),
        word.clone().prop_map(Step::Alert),
        word.clone().prop_map(Step::Case),
        (at.clone(), word.clone()).prop_map(|(a, w)| Step::Note(a, w)),
        (at.clone(), word.clone()).prop_map(|(a, w)| Step::EditNote(a, w)),
        at.clone().prop_map(Step::DeleteNote),
        (at.clone(), word.clone()).prop_map(|(a, w)| Step::Task(a, w)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Step::Join(a, b)),
        (at.clone(), word.clone()).prop_map(|(a, w)| Step::Answer(a, w)),
        at.clone().prop_map(Step::Restrict),
        (at.clone(), at.clone()).prop_map(|(a, b)| Step::Merge(a, b)),
        at.clone().prop_map(Step::UndoMerge),
        (at, word).prop_map(|(a, w)| Step::Trace(a, w)),
        Just(Step::Index),
    ];
    proptest::collection::vec(step, 4..24)
}

const WORDS: [&str; 6] = [
    "紅玉 alpha",
    "碧玉 beta.example",
    "黄玉 gamma",
    "白玉 203.0.113.9",
    "黒玉 delta",
    "緑玉 epsilon",
];

#[derive(Default)]
struct Made {
    cases: Vec<Case>,
    items: Vec<DeskItem>,
    notes: Vec<(Case, cases::Entry)>,
}

/// Does a step; one that cannot be done now is refused and leaves nothing behind.
async fn perform(world: &World, lead: &Caller, made: &mut Made, step: &Step) {
    let word = |n: &u8| WORDS[usize::from(*n)];
    world.store.clock.advance_seconds(1);
    match step {
        Step::Report(w) => made.items.push(report(world, lead, report_input(word(w))).await),
        Step::Alert(w) => {
            let reference = format!("a-{}", made.items.len());
            made.items
                .push(alert(world, lead, &reference, word(w), &["tag"], &["named.example"]).await);
        }
        Step::Case(w) => made.cases.push(incident(world, lead, word(w)).await),
        Step::Note(at, w) => {
            let Some(case) = made.cases.get(*at).cloned() else {
                return;
            };
            let input = EntryInput {
                kind: EntryKind::Note,
                body: word(w).to_owned(),
                at: None,
                pinned: false,
            };
            if let Ok(entry) = with(world, lead, async |tx| {
                cases::timeline::write(tx, case.id, input).await
            })
            .await
            {
                made.notes.push((case, entry));
            }
        }
        Step::EditNote(at, w) => {
            let Some((case, entry)) = made.notes.get(*at) else {
                return;
            };
            let input = EntryInput {
                kind: EntryKind::Note,
                body: word(w).to_owned(),
                at: None,
                pinned: false,
            };
            let _ = with(world, lead, async |tx| {
                cases::timeline::edit(tx, case.id, entry.id, entry.version, input).await
            })
            .await;
        }
        Step::DeleteNote(at) => {
            let Some((case, entry)) = made.notes.get(*at) else {
                return;
            };
            let _ = with(world, lead, async |tx| {
                cases::timeline::delete(tx, case.id, entry.id, entry.version).await
            })
            .await;
        }
        Step::Task(at, w) => {
            let Some(case) = made.cases.get(*at) else { return };
            let _ = with(world, lead, async |tx| {
                cases::tasks::create(tx, case.id, task_input(word(w), None)).await
            })
            .await;
        }
        Step::Join(item, case) => {
            let (Some(item), Some(case)) = (made.items.get(*item), made.cases.get(*case)) else {
                return;
            };
            let item = taken_now(world, lead, item).await;
            let input = TriageInput {
                facts: serde_json::Map::new(),
                outcome: TriageOutcome::Incident,
                class: Some("malicious-code.ransomware".to_owned()),
                priority: None,
                title: String::new(),
                case_id: Some(case.id),
                override_reason: "確認した".to_owned(),
                not_incident_reason: String::new(),
                answer: false,
            };
            let _ = with(world, lead, async |tx| {
                desk::triage::decide(tx, item.id, item.version, "INC-2099-0001", input).await
            })
            .await;
        }
        Step::Answer(item, w) => {
            let Some(item) = made.items.get(*item) else { return };
            let _ = with(world, lead, async |tx| {
                desk::messages::answer(tx, item.id, MessageChannel::Web, word(w), true).await
            })
            .await;
        }
        Step::Restrict(at) => {
            let Some(case) = made.cases.get(*at) else { return };
            restrict(world, lead, case).await;
        }
        Step::Merge(from, into) => {
            let (Some(from), Some(into)) = (made.cases.get(*from), made.cases.get(*into)) else {
                return;
            };
            let from = get(world, lead, from).await;
            let _ = with(world, lead, async |tx| {
                cases::links::merge(tx, from.id, from.version, into.id, "同じ").await
            })
            .await;
        }
        Step::UndoMerge(at) => {
            let Some(case) = made.cases.get(*at) else { return };
            let case = get(world, lead, case).await;
            let _ = with(world, lead, async |tx| {
                cases::links::undo_merge(tx, case.id, case.version, "別").await
            })
            .await;
        }
        Step::Trace(at, w) => {
            let Some(case) = made.cases.get(*at) else { return };
            let input = observables::ObservableInput {
                kind: None,
                value: format!("trace{w}.example"),
                tlp: None,
                note: String::new(),
            };
            let _ = with(world, lead, async |tx| {
                observables::service::add(tx, case.id, input).await
            })
            .await;
        }
        Step::Index => index(world).await,
    }
}

/// What a caller finds, by every word.
async fn all_found(world: &World, caller: &Caller) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for typed in WORDS
        .iter()
        .flat_map(|words| words.split(' '))
        .chain(["件名", "named", "trace*", "tag", "同じ", "-alpha"])
    {
        let mut ids: Vec<_> = find(world, caller, typed)
            .await
            .into_iter()
            .map(|found| found.id)
            .collect();
        ids.sort();
        all.push((typed.to_owned(), ids));
    }
    all
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn an_index_that_followed_is_the_one_that_a_rebuild_makes(steps in steps()) {
        run(async {
            let mut world = World::set_up(TestStore::open(Backend::Sqlite).await.unwrap()).await;
            world.add("nakamura", "handler").await;
            let (lead, other) = (world.caller("csirt_lead").await, world.caller("nakamura").await);
            let mut made = Made::default();
            for step in &steps {
                perform(&world, &lead, &mut made, step).await;
            }
            index(&world).await;
            let followed = (all_found(&world, &lead).await, all_found(&world, &other).await);
            assert_consistent(&world).await;
            let mut rebuild = Rebuild::begin(world.store.store.clone(), true).await.unwrap();
            while rebuild.step().await.unwrap() {}
            rebuild.finish().await.unwrap();
            assert_eq!(followed, (all_found(&world, &lead).await, all_found(&world, &other).await));
        });
    }

    #[test]
    fn nothing_that_is_typed_is_an_error(typed in proptest::collection::vec(r#"[-"'「」*()|&!:<>\\;%_$ ]|OR|NEAR|AND|NOT|\PC|情報|zyany|words:|[a-z]{1,3}| "#, 0..12).prop_map(|parts| parts.concat())) {
        use std::sync::OnceLock;
        static WORLDS: OnceLock<Vec<World>> = OnceLock::new();
        static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
        let runtime = RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap());
        let worlds = WORLDS.get_or_init(|| runtime.block_on(async {
            let mut worlds = Vec::new();
            for backend in [Backend::Sqlite, Backend::Postgres] {
                let Some(store) = TestStore::open(backend).await else { continue };
                let world = World::set_up(store).await;
                let handler = world.caller("handler").await;
                report(&world, &handler, report_input("情報 a b c")).await;
                index(&world).await;
                worlds.push(world);
            }
            worlds
        }));
        runtime.block_on(async {
            for world in worlds {
                let (handler, member) = (world.caller("handler").await, world.caller("member").await);
                for caller in [&handler, &member] {
                    let mut tx = world.store.store.read(caller).await.unwrap();
                    for filter in [SearchFilter::default(), SearchFilter { kinds: vec![FoundKind::Report], within: Some("x".to_owned()), ..SearchFilter::default() }] {
                        search::service::search(&mut tx, &typed, &filter, &PageRequest::default()).await.unwrap();
                    }
                    search::service::jump(&mut tx, &typed).await.unwrap();
                }
            }
        });
    }
}
