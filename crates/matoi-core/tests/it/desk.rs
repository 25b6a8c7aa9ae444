//! The desk: what a reporter may do without an account, what is told to whom, what waits.

use matoi_core::assets::{AssetInput, AssetKind};
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::messages::{self, Reporter};
use matoi_core::desk::model::{ItemFilter, MessageChannel};
use matoi_core::desk::triage::TriageInput;
use matoi_core::desk::{self, AlertInput, Channel, DeskItem, ItemKind, ItemState, ReportInput};
use matoi_core::files::{FileFacts, NewFile};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::{PageRequest, Result};
use matoi_core::{Caller, Error, Tx, cases, clocks, files, observables};
use matoi_testkit::{World, on_both_databases};
use matoi_types::{Importance, Lang, Severity, Tlp};
use serde_json::{Map, json};

fn report(channel: Channel, text: &str) -> ReportInput {
    ReportInput {
        channel,
        lang: Lang::Ja,
        category: "suspicious_mail".to_owned(),
        title: String::new(),
        text: text.to_owned(),
        noticed: "now".to_owned(),
        device: String::new(),
        reporter_name: "山田".to_owned(),
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
        title: "海外からのVPNログオン".to_owned(),
        description: "198.51.100[.]23 から".to_owned(),
        source: "siem".to_owned(),
        source_ref: source_ref.to_owned(),
        alert_type: String::new(),
        severity: Severity::High,
        tlp: None,
        tags: Vec::new(),
        event_at: None,
        link: String::new(),
        observables: Vec::new(),
        raw: json!({}),
        extra: json!({}),
    }
}

fn file(name: &str) -> NewFile {
    NewFile {
        blob: "0".repeat(32),
        name: name.to_owned(),
        declared_type: "image/png".to_owned(),
        size: 3,
        sha256: "ab".repeat(32),
        facts: FileFacts::default(),
    }
}

fn not_incident(answer: bool) -> TriageInput {
    TriageInput {
        facts: Map::new(),
        outcome: TriageOutcome::NotIncident,
        class: None,
        priority: None,
        title: String::new(),
        case_id: None,
        override_reason: "送信元に確認した".to_owned(),
        not_incident_reason: "取引先が送った本物のメールでした。".to_owned(),
        answer,
    }
}

fn nobody_at(world: &World, address: &str) -> Caller {
    Caller {
        address: Some(address.to_owned()),
        ..Caller::anonymous(Lang::Ja, "Asia/Tokyo".to_owned(), world.store.store.now())
    }
}

async fn with<T>(world: &World, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    let mut tx = world.store.store.write(caller).await?;
    let result = work(&mut tx).await?;
    tx.commit().await?;
    Ok(result)
}

async fn number(world: &World, caller: &Caller, series: Series) -> String {
    numbers::next(&world.store.store, caller, series).await.unwrap()
}

async fn take_report(world: &World, caller: &Caller, input: ReportInput) -> desk::reports::Accepted {
    let number = number(world, caller, Series::Report).await;
    with(world, caller, async |tx| {
        if caller.account().is_some() {
            desk::reports::create(tx, &number, input).await
        } else {
            desk::reports::submit_public(tx, &number, input).await
        }
    })
    .await
    .unwrap()
}

async fn take_alert(world: &World, caller: &Caller, source_ref: &str) -> DeskItem {
    let number = number(world, caller, Series::Alert).await;
    with(world, caller, async |tx| {
        desk::alerts::create(tx, &number, alert(source_ref)).await
    })
    .await
    .unwrap()
    .item
}

async fn triage(
    world: &World,
    caller: &Caller,
    item: &DeskItem,
    input: TriageInput,
) -> Result<desk::triage::Triaged> {
    let number = number(world, caller, Series::Incident).await;
    with(world, caller, async |tx| {
        desk::triage::decide(tx, item.id, item.version, &number, input).await
    })
    .await
}

async fn read<T>(world: &World, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    let mut tx = world.store.store.read(caller).await?;
    work(&mut tx).await
}

on_both_databases! {
    async fn guessing_follow_up_codes_is_slowed_down_by_address(store: TestStore) {
        let world = World::set_up(store).await;
        let here = nobody_at(&world, "2001:db8::1");
        let secret = take_report(&world, &here, report(Channel::Form, "x")).await.follow_up.unwrap();
        for _ in 0..messages::WRONG_LIMIT {
            assert!(matches!(messages::open(&world.store.store, &here, "AAAAA-AAAAA-AAAAA-AAAAA").await, Err(Error::NotFound(_))));
        }
        let beside = nobody_at(&world, "2001:db8::ffff");
        for caller in [&here, &beside] {
            let refused = messages::open(&world.store.store, caller, &secret).await.unwrap_err();
            assert!(matches!(refused, Error::TooMany { retry_after: 1..=600 }), "{refused:?}");
        }
        assert!(messages::open(&world.store.store, &nobody_at(&world, "198.51.100.7"), &secret).await.is_ok(), "others are not locked out");
        world.store.clock.advance_seconds(messages::WRONG_WINDOW_SECONDS + 1);
        assert!(messages::open(&world.store.store, &nobody_at(&world, "2001:db8::1"), &secret).await.is_ok());
    }

    async fn what_a_reporter_sends_later_opens_a_closed_report_again(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let nobody = nobody_at(&world, "198.51.100.7");
        let taken = take_report(&world, &nobody, report(Channel::Form, "変なメール")).await;
        let secret = taken.follow_up.unwrap();
        let triaged = triage(&world, &handler, &taken.item, not_incident(true)).await.unwrap().item;
        assert!(triaged.answered_at.is_some(), "the reason was given as the answer");
        let closed = with(&world, &handler, async |tx| desk::reports::close(tx, triaged.id, triaged.version).await).await.unwrap();
        assert_eq!(closed.state, ItemState::Closed);

        world.store.clock.advance_seconds(60);
        let nobody = nobody_at(&world, "198.51.100.7");
        let refused = with(&world, &nobody, async |tx| messages::from_reporter(tx, Reporter::Secret(&secret), " ", Vec::new()).await).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "nothing at all is no message");
        with(&world, &nobody, async |tx| messages::from_reporter(tx, Reporter::Secret(&secret), "", vec![file("写真.png")]).await).await.unwrap();
        let seen = messages::open(&world.store.store, &nobody, &secret).await.unwrap();
        assert_eq!((seen.item.state, seen.item.awaits_reply), (ItemState::Triaged, true));
        assert_eq!(seen.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["写真.png"]);
        assert_eq!(seen.messages.len(), 2);
        assert!(seen.messages.iter().all(|m| m.author.is_none()));
    }

    async fn a_new_follow_up_code_ends_the_former_one(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let taken = take_report(&world, &handler, report(Channel::Phone, "電話")).await;
        let (first, id) = (taken.follow_up.unwrap(), taken.item.id);
        let soc = world.caller("soc_operator").await;
        let refused = with(&world, &soc, async |tx| desk::reports::renew_follow_up(tx, id).await).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        let second = with(&world, &handler, async |tx| desk::reports::renew_follow_up(tx, id).await).await.unwrap();
        let nobody = nobody_at(&world, "198.51.100.7");
        assert!(messages::open(&world.store.store, &nobody, &first).await.is_err());
        assert_eq!(messages::open(&world.store.store, &nobody, &second).await.unwrap().item.id, id);
    }

    async fn an_employee_reads_the_own_report_and_no_more(store: TestStore) {
        let mut world = World::set_up(store).await;
        world.add("ishii", "member").await;
        let (member, other, handler) = (world.caller("member").await, world.caller("ishii").await, world.caller("handler").await);
        let taken = take_report(&world, &member, report(Channel::Account, "あやしい")).await.item;
        let incident = TriageInput { outcome: TriageOutcome::Incident, class: Some("fraud.phishing".to_owned()), ..not_incident(false) };
        let case = triage(&world, &handler, &taken, incident).await.unwrap().case.unwrap();
        with(&world, &handler, async |tx| messages::answer(tx, taken.id, MessageChannel::Web, "確認しています", false).await).await.unwrap();
        with(&world, &handler, async |tx| cases::access::restrict(tx, case.id, case.version, Tlp::Red, true).await).await.unwrap();

        let own = read(&world, &member, async |tx| messages::own(tx, taken.id).await).await.unwrap();
        assert_eq!((own.messages.len(), own.messages[0].author.clone()), (1, None));
        let item = read(&world, &member, async |tx| desk::queue::get(tx, taken.id).await).await.unwrap();
        assert_eq!((item.case_number, item.case_id, item.assignee, item.assignee_id), (None, None, None, None), "the case is a secret");
        let mine = ItemFilter { all: true, ..ItemFilter::default() };
        let listed = read(&world, &member, async |tx| desk::queue::list(tx, &mine, desk::model::ItemOrder::Newest, &PageRequest::default()).await).await.unwrap();
        assert_eq!(listed.items.iter().map(|i| (i.id, i.case_number.clone())).collect::<Vec<_>>(), [(taken.id, None)]);
        for refused in [
            read(&world, &other, async |tx| messages::own(tx, taken.id).await).await.err(),
            with(&world, &other, async |tx| messages::from_reporter(tx, Reporter::Own(taken.id), "x", Vec::new()).await).await.err(),
            read(&world, &other, async |tx| desk::queue::get(tx, taken.id).await).await.err(),
        ] {
            assert!(matches!(refused, Some(Error::NotFound(_))), "{refused:?}");
        }
        world.store.clock.advance_seconds(60);
        let (member, handler) = (world.caller("member").await, world.caller("handler").await);
        with(&world, &member, async |tx| messages::from_reporter(tx, Reporter::Own(taken.id), "追加です", Vec::new()).await).await.unwrap();
        assert!(read(&world, &handler, async |tx| desk::queue::get(tx, taken.id).await).await.unwrap().awaits_reply);
    }

    async fn a_reference_of_somebody_else_tells_nothing_of_their_item(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, member) = (world.caller("handler").await, world.caller("member").await);
        let input = ReportInput { source: Some("mail".to_owned()), source_ref: Some("<1@x>".to_owned()), ..report(Channel::Api, "秘密") };
        take_report(&world, &handler, input.clone()).await;
        let number = number(&world, &member, Series::Report).await;
        let refused = with(&world, &member, async |tx| desk::reports::create(tx, &number, input.clone()).await).await.unwrap_err();
        assert!(matches!(refused, Error::Exists(_)), "{refused:?}");
        assert!(take_report(&world, &handler, input).await.existed, "who may see it gets it");
    }

    async fn what_belongs_to_a_case_waits_no_more(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let first = take_report(&world, &handler, report(Channel::Desk, "一")).await.item;
        let second = take_report(&world, &handler, report(Channel::Desk, "二")).await.item;
        take_alert(&world, &handler, "a-1").await;
        with(&world, &handler, async |tx| desk::reports::acknowledge(tx, second.id, second.version).await).await.unwrap();
        let incident = TriageInput { outcome: TriageOutcome::Incident, class: Some("fraud.phishing".to_owned()), ..not_incident(false) };
        let case = triage(&world, &handler, &first, incident).await.unwrap().case.unwrap();
        let counts = read(&world, &handler, async |tx| desk::queue::tab_counts(tx).await).await.unwrap();
        assert_eq!((counts.all, counts.reports, counts.alerts, counts.mine, counts.unassigned, counts.more), (2, 1, 1, 1, 1, false));
        let waiting = ItemFilter { waiting: true, ..ItemFilter::default() };
        assert_eq!(read(&world, &handler, async |tx| desk::queue::count_to(tx, &waiting, 1).await).await.unwrap(), 1, "counting stops");
        let sources = read(&world, &handler, async |tx| desk::queue::recent_sources(tx, ItemKind::Alert).await).await.unwrap();
        assert_eq!(sources, ["siem"]);
        let found = read(&world, &handler, async |tx| desk::queue::by_number(tx, &second.number.to_lowercase()).await).await.unwrap();
        assert_eq!(found.id, second.id);

        let records = read(&world, &handler, async |tx| desk::triage::records(tx, None, Some(case.id)).await).await.unwrap();
        assert_eq!(records.iter().map(|r| r.item_number.as_str()).collect::<Vec<_>>(), [first.number.as_str()]);
        let member = world.caller("member").await;
        assert!(read(&world, &member, async |tx| desk::triage::records(tx, Some(first.id), None).await).await.is_err());
    }

    async fn only_what_one_may_read_shows_its_clock_and_its_traces(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, approver) = (world.caller("handler").await, world.caller("approver").await);
        let taken = take_report(&world, &handler, report(Channel::Desk, "10.9.8.7")).await.item;
        let all = read(&world, &handler, async |tx| clocks::service::running(tx, 50).await).await.unwrap();
        assert_eq!(all.len(), 2);
        let seen = read(&world, &approver, async |tx| clocks::service::running(tx, 50).await).await.unwrap();
        assert!(seen.is_empty(), "an approver reads cases, not reports");
        let trace = read(&world, &handler, async |tx| observables::service::of_item(tx, taken.id).await).await.unwrap()[0].id;
        let (observable, places) = read(&world, &handler, async |tx| observables::service::sightings(tx, trace).await).await.unwrap();
        assert_eq!((observable.value.as_str(), places.len()), ("10.9.8.7", 1));
        let hidden = read(&world, &approver, async |tx| observables::service::sightings(tx, trace).await).await;
        assert!(matches!(hidden, Err(Error::NotFound(_))));
    }

    async fn an_answer_with_the_triage_needs_the_right_to_answer(store: TestStore) {
        let world = World::set_up(store).await;
        let (handler, soc) = (world.caller("handler").await, world.caller("soc_operator").await);
        let taken = take_report(&world, &handler, report(Channel::Desk, "x")).await.item;
        let suggested = read(&world, &soc, async |tx| desk::triage::suggested_facts(tx, &taken).await).await.unwrap();
        assert_eq!(suggested.get("attack_type"), Some(&json!({"assumed": "phishing"})));
        let refused = triage(&world, &soc, &taken, not_incident(true)).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        let now = read(&world, &soc, async |tx| desk::queue::get(tx, taken.id).await).await.unwrap();
        assert_eq!((now.version, now.state), (taken.version, ItemState::New), "nothing half-done");
        assert!(triage(&world, &soc, &taken, not_incident(false)).await.unwrap().item.answered_at.is_none());
    }

    async fn a_registered_asset_that_is_named_says_how_important_it_is(store: TestStore) {
        let world = World::set_up(store).await;
        let (lead, soc) = (world.caller("csirt_lead").await, world.caller("soc_operator").await);
        for (name, importance, identifiers) in [
            ("図面サーバー", Importance::Critical, vec!["fs-02".to_owned()]),
            ("VPN装置", Importance::High, vec!["198.51.100.23".to_owned()]),
        ] {
            let input = AssetInput { name: name.to_owned(), kind: AssetKind::Server, importance, owner_id: None, unit_id: None, identifiers, note: String::new() };
            with(&world, &lead, async |tx| matoi_core::assets::service::create(tx, input).await).await.unwrap();
        }
        for (device, text, expect) in [
            ("ＦＳ－０２", "開けない", Some("critical")),
            ("図面ｻｰﾊﾞｰ", "開けない", Some("critical")),
            ("", "198.51.100[.]23 から", Some("high")),
            ("FS-02", "198.51.100[.]23 から", Some("critical")),
            ("PC-2041", "開けない", None),
        ] {
            let input = ReportInput { device: device.to_owned(), ..report(Channel::Desk, text) };
            let taken = take_report(&world, &soc, input).await.item;
            let facts = read(&world, &soc, async |tx| desk::triage::suggested_facts(tx, &taken).await).await.unwrap();
            let assumed = expect.map(|step| json!({ "assumed": step }));
            assert_eq!(facts.get("asset.importance"), assumed.as_ref(), "{device} {text}");
        }
    }

    async fn the_clock_of_an_alert_follows_its_severity(store: TestStore) {
        let world = World::set_up(store).await;
        let soc = world.caller("soc_operator").await;
        let alert = take_alert(&world, &soc, "a-1").await;
        let update = desk::alerts::AlertUpdate { severity: Some(Severity::Critical), ..desk::alerts::AlertUpdate::default() };
        let changed = with(&world, &soc, async |tx| desk::alerts::update(tx, alert.id, alert.version, update).await).await.unwrap();
        assert!(changed.due_at < alert.due_at);
    }

    async fn files_come_with_a_report_and_not_with_one_that_was_there(store: TestStore) {
        let world = World::set_up(store).await;
        let nobody = nobody_at(&world, "198.51.100.7");
        let number = number(&world, &nobody, Series::Report).await;
        let taken = with(&world, &nobody, async |tx| {
            let taken = desk::reports::submit_public(tx, &number, report(Channel::Form, "写真あり")).await?;
            desk::reports::attach(tx, &taken, vec![file("a.png"), file("../../b.png")]).await?;
            Ok(taken)
        }).await.unwrap();
        let handler = world.caller("handler").await;
        let kept = read(&world, &handler, async |tx| files::service::of_item(tx, taken.item.id).await).await.unwrap();
        assert_eq!(kept.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a.png", "b.png"]);
        let existed = desk::reports::Accepted { existed: true, ..taken };
        let refused = with(&world, &nobody, async |tx| desk::reports::attach(tx, &existed, vec![file("c.png")]).await).await;
        assert!(matches!(refused, Err(Error::Rule(_))));
    }

    async fn a_mail_address_without_its_at_is_refused_on_the_form_only(store: TestStore) {
        let world = World::set_up(store).await;
        let nobody = nobody_at(&world, "198.51.100.7");
        let wrong = ReportInput { reporter_contact: "yamada.minatono.example".to_owned(), ..report(Channel::Form, "x") };
        let refused = with(&world, &nobody, async |tx| desk::reports::submit_public(tx, "RPT-1", wrong.clone()).await).await.unwrap_err();
        let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].pointer, "/reporter_contact");
        let handler = world.caller("handler").await;
        take_report(&world, &handler, ReportInput { channel: Channel::Phone, ..wrong }).await;
    }
}
