//! The register of assets: what it keeps, who reads it, what cases affect, tables in and out; on both databases.

use matoi_core::assets::import::{self, ImportStep};
use matoi_core::assets::{
    AffectedInput, AffectedUpdate, Asset, AssetCondition, AssetFilter, AssetInput, AssetKind, AssetOrder,
    AssetState, AssetUpdate, affected, service, table,
};
use matoi_core::cases::model::CaseInput;
use matoi_core::cases::{self, Case, CaseKind, EntryKind};
use matoi_core::kernel::csv;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::{PageRequest, Result};
use matoi_core::{Caller, Error, Tx, observables};
use matoi_testkit::{World, on_both_databases};
use matoi_types::{AccountId, CaseId, Importance, Lang, Priority, Severity};

fn server(name: &str) -> AssetInput {
    AssetInput {
        name: name.to_owned(),
        kind: AssetKind::Server,
        importance: Importance::High,
        owner_id: None,
        unit_id: None,
        identifiers: Vec::new(),
        note: String::new(),
    }
}

fn named(name: &str) -> AffectedInput {
    AffectedInput {
        asset_id: None,
        name: Some(name.to_owned()),
        new: None,
        condition: AssetCondition::Suspected,
        note: String::new(),
    }
}

async fn with<T>(world: &World, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    world.store.clock.advance_seconds(1);
    let caller = Caller {
        now: world.store.store.now(),
        ..caller.clone()
    };
    let mut tx = world.store.store.write(&caller).await?;
    let result = work(&mut tx).await?;
    tx.commit().await?;
    Ok(result)
}

async fn register(world: &World, caller: &Caller, input: AssetInput) -> Asset {
    with(world, caller, async |tx| service::create(tx, input).await)
        .await
        .unwrap()
}

async fn open_case(world: &World, caller: &Caller, title: &str, restricted: bool) -> Case {
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
        restricted,
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

async fn names(world: &World, caller: &Caller, filter: AssetFilter) -> Vec<String> {
    let mut tx = world.store.store.read(caller).await.unwrap();
    let page = service::list(&mut tx, &filter, AssetOrder::Name, &PageRequest::default())
        .await
        .unwrap();
    page.items.into_iter().map(|asset| asset.name).collect()
}

fn wrong(error: &Error) -> Vec<String> {
    match error {
        Error::Rule(message) => vec![message.key.to_string()],
        Error::Exists(field) => vec![format!("{} {}", field.pointer, field.message.key)],
        Error::Invalid(fields) => fields
            .iter()
            .map(|field| format!("{} {}", field.pointer, field.message.key))
            .collect(),
        other => vec![other.to_string()],
    }
}

async fn timeline(world: &World, caller: &Caller, case: CaseId) -> Vec<String> {
    let mut tx = world.store.store.read(caller).await.unwrap();
    let page = cases::timeline::list(&mut tx, case, &[EntryKind::Trace], &PageRequest::default())
        .await
        .unwrap();
    let mut keys: Vec<_> = page
        .items
        .into_iter()
        .filter_map(|entry| entry.message.map(|message| message.key.to_string()))
        .collect();
    keys.sort();
    keys
}

on_both_databases! {
    async fn an_asset_is_recognised_however_it_is_spelt(store: TestStore) {
        let world = World::set_up(store).await;
        let handler = world.caller("handler").await;
        let lead = world.caller("csirt_lead").await;
        let input = AssetInput {
            identifiers: ["FS-02", "ｆｓ－０２", "203.0.113[.]47", ""].map(str::to_owned).to_vec(),
            ..server("ファイルサーバー FS-02")
        };
        let asset = register(&world, &lead, input).await;
        assert_eq!(asset.identifiers, ["fs-02", "203.0.113.47"]);
        let again = with(&world, &lead, async |tx| service::create(tx, server("ﾌｧｲﾙサーバー　ｆｓ-02")).await).await;
        assert_eq!(wrong(&again.unwrap_err()), ["/name error-asset-exists"]);
        for text in ["FS", "サーバー", "203.0.113.47", "ＦＳ－０２"] {
            let filter = AssetFilter { text: Some(text.to_owned()), ..AssetFilter::default() };
            assert_eq!(names(&world, &handler, filter).await, [asset.name.as_str()], "{text}");
        }
        for text in ["100%", "203.0.113.4", "_"] {
            let filter = AssetFilter { text: Some(text.to_owned()), ..AssetFilter::default() };
            assert_eq!(names(&world, &handler, filter).await, [""; 0], "{text}");
        }
        let bad = AssetInput {
            identifiers: vec!["ok".to_owned(), "two words".to_owned()],
            ..server("")
        };
        let refused = with(&world, &lead, async |tx| service::create(tx, bad).await).await;
        assert_eq!(wrong(&refused.unwrap_err()), ["/name error-required", "/identifiers/1 error-asset-identifier"]);
    }

    async fn an_asset_is_changed_by_version_and_retired_not_deleted(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let asset = register(&world, &lead, server("WEB-01")).await;
        let update = AssetUpdate { importance: Some(Importance::Critical), owner_id: Some(lead.account()), ..AssetUpdate::default() };
        let changed = with(&world, &lead, async |tx| service::update(tx, asset.id, asset.version, update.clone()).await).await.unwrap();
        assert_eq!((changed.importance, changed.owner_id, changed.version), (Importance::Critical, lead.account(), 2));
        let stale = with(&world, &lead, async |tx| service::update(tx, asset.id, asset.version, update).await).await;
        assert!(matches!(stale, Err(Error::Stale { current: 2 })));
        let retired = with(&world, &lead, async |tx| service::retire(tx, asset.id, 2, "更改").await).await.unwrap();
        assert_eq!(retired.state, AssetState::Retired);
        assert_eq!(names(&world, &lead, AssetFilter::default()).await, [""; 0]);
        let gone = AssetFilter { retired: true, ..AssetFilter::default() };
        assert_eq!(names(&world, &lead, gone).await, ["WEB-01"]);
        // The name is free again, and then taken when the old one comes back.
        register(&world, &lead, server("web-01")).await;
        let back = with(&world, &lead, async |tx| service::restore(tx, asset.id, 3).await).await;
        assert_eq!(wrong(&back.unwrap_err()), ["/name error-asset-exists"]);
        let mut tx = world.store.store.read(&lead).await.unwrap();
        let history = service::history(&mut tx, asset.id, &PageRequest::default()).await.unwrap();
        let verbs: Vec<_> = history.items.iter().map(|past| past.verb.as_str()).collect();
        assert_eq!(verbs, ["asset.retire", "asset.update", "asset.create"]);
        assert_eq!(history.items[0].note.as_deref(), Some("更改"));
        assert_eq!(history.items[1].before["importance"], "high");
    }

    async fn pages_hold_every_asset_once_in_every_order(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        for at in 0..7 {
            let importance = Importance::ALL[at % Importance::ALL.len()];
            register(&world, &lead, AssetInput { importance, ..server(&format!("PC-{at}")) }).await;
        }
        for order in [AssetOrder::Name, AssetOrder::Importance, AssetOrder::Updated] {
            let mut seen = Vec::new();
            let mut request = PageRequest { cursor: None, limit: Some(2) };
            loop {
                let mut tx = world.store.store.read(&lead).await.unwrap();
                let page = service::list(&mut tx, &AssetFilter::default(), order, &request).await.unwrap();
                seen.extend(page.items.into_iter().map(|asset| (asset.importance, asset.name)));
                request.cursor = page.next;
                if request.cursor.is_none() {
                    break;
                }
            }
            let mut unique = seen.clone();
            unique.sort();
            unique.dedup();
            assert_eq!((seen.len(), unique.len()), (7, 7), "{order:?}");
            if order == AssetOrder::Importance {
                assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0));
            }
        }
    }

    async fn a_system_owner_reads_own_assets_and_no_others(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let owner = world.caller("system_owner").await;
        let member = world.caller("member").await;
        let own = register(&world, &lead, AssetInput { owner_id: owner.account(), ..server("MINE") }).await;
        let other = register(&world, &lead, server("OTHER")).await;
        let case = open_case(&world, &lead, "暗号化", false).await;
        with(&world, &lead, async |tx| affected::add(tx, case.id, named("MINE")).await).await.unwrap();
        assert_eq!(names(&world, &owner, AssetFilter::default()).await, ["MINE"]);
        let mut tx = world.store.store.read(&owner).await.unwrap();
        assert!(service::get(&mut tx, own.id).await.is_ok());
        assert!(matches!(service::get(&mut tx, other.id).await, Err(Error::NotFound(_))));
        assert_eq!(service::overview(&mut tx).await.unwrap().in_use, 1);
        // Not named on the case, they do not learn of it.
        assert!(service::cases(&mut tx, own.id, &PageRequest::default()).await.unwrap().items.is_empty());
        assert!(service::affected_now(&mut tx).await.unwrap().is_empty());
        drop(tx);
        let change = with(&world, &owner, async |tx| service::retire(tx, own.id, own.version, "").await).await;
        assert!(matches!(change, Err(Error::Forbidden(_))));
        let mut tx = world.store.store.read(&member).await.unwrap();
        assert!(matches!(service::get(&mut tx, own.id).await, Err(Error::Forbidden(_))));
        drop(tx);
        let member_on_list = async |id: AccountId| with(&world, &lead, async |tx| cases::access::add_member(tx, case.id, id, "担当システム").await).await;
        member_on_list(owner.account().unwrap()).await.unwrap();
        let mut tx = world.store.store.read(&owner).await.unwrap();
        assert_eq!(service::cases(&mut tx, own.id, &PageRequest::default()).await.unwrap().items.len(), 1);
    }

    async fn what_a_case_affects_is_on_its_timeline_and_known_to_its_readers_only(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let handler = world.caller("handler").await;
        let fs = register(&world, &lead, AssetInput { identifiers: vec!["203.0.113.5".to_owned()], ..server("FS-02") }).await;
        let secret = open_case(&world, &lead, "内部不正の疑い", true).await;
        let open = open_case(&world, &handler, "暗号化", false).await;
        for case in [secret.id, open.id] {
            with(&world, &lead, async |tx| affected::add(tx, case, named("２０３.0.113.5")).await).await.unwrap();
        }
        let twice = with(&world, &lead, async |tx| affected::add(tx, open.id, named("fs-02")).await).await;
        assert_eq!(wrong(&twice.unwrap_err()), ["/name error-asset-noted"]);
        let unknown = with(&world, &lead, async |tx| affected::add(tx, open.id, named("NONE")).await).await;
        assert_eq!(wrong(&unknown.unwrap_err()), ["/name error-unknown-asset"]);
        let new = AffectedInput { name: None, new: Some(server("NEW-01")), ..named("") };
        let listed = with(&world, &handler, async |tx| affected::add(tx, open.id, new).await).await.unwrap();
        assert_eq!(listed.len(), 2);
        let update = AffectedUpdate { condition: AssetCondition::Contained, note: "LANから切り離した".to_owned() };
        with(&world, &handler, async |tx| affected::update(tx, open.id, fs.id, update).await).await.unwrap();
        let new_asset = listed.iter().find(|one| one.name == "NEW-01").unwrap().asset_id;
        with(&world, &handler, async |tx| affected::remove(tx, open.id, new_asset).await).await.unwrap();
        assert_eq!(
            timeline(&world, &handler, open.id).await,
            ["timeline-asset-added", "timeline-asset-added", "timeline-asset-condition", "timeline-asset-note", "timeline-asset-removed"]
        );
        // Whoever may not see the case learns of it nowhere.
        for (caller, expect) in [(&lead, 2), (&handler, 1)] {
            let mut tx = world.store.store.read(caller).await.unwrap();
            assert_eq!(service::cases(&mut tx, fs.id, &PageRequest::default()).await.unwrap().items.len(), expect);
            assert_eq!(service::affected_now(&mut tx).await.unwrap().len(), expect);
            assert_eq!(service::overview(&mut tx).await.unwrap().affected, 1);
            let history = service::history(&mut tx, fs.id, &PageRequest::default()).await.unwrap();
            assert_eq!(history.items.len(), 1);
        }
        let mut tx = world.store.store.read(&handler).await.unwrap();
        assert!(matches!(affected::of_case(&mut tx, secret.id).await, Err(Error::NotFound(_))));
        drop(tx);
        let hidden = with(&world, &handler, async |tx| affected::add(tx, secret.id, named("FS-02")).await).await;
        assert!(matches!(hidden, Err(Error::NotFound(_))));
    }

    async fn traces_of_a_case_suggest_the_assets_they_name(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        register(&world, &lead, AssetInput { identifiers: vec!["203.0.113.5".to_owned()], ..server("FS-02") }).await;
        let case = open_case(&world, &lead, "暗号化", false).await;
        let trace = observables::ObservableInput { value: "203.0.113[.]5".to_owned(), kind: None, note: String::new(), tlp: None };
        with(&world, &lead, async |tx| observables::service::add(tx, case.id, trace).await).await.unwrap();
        let mut tx = world.store.store.read(&lead).await.unwrap();
        let found = affected::suggested(&mut tx, case.id).await.unwrap();
        assert_eq!(found.iter().map(|(asset, by)| (asset.name.as_str(), by.as_str())).collect::<Vec<_>>(), [("FS-02", "203.0.113.5")]);
        drop(tx);
        with(&world, &lead, async |tx| affected::add(tx, case.id, named("FS-02")).await).await.unwrap();
        let mut tx = world.store.store.read(&lead).await.unwrap();
        assert!(affected::suggested(&mut tx, case.id).await.unwrap().is_empty());
    }

    async fn a_merge_shows_the_assets_of_both(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        for name in ["A", "B"] {
            register(&world, &lead, server(name)).await;
        }
        let from = open_case(&world, &lead, "片方", false).await;
        let into = open_case(&world, &lead, "もう片方", false).await;
        for (case, name) in [(from.id, "A"), (from.id, "B"), (into.id, "B")] {
            with(&world, &lead, async |tx| affected::add(tx, case, named(name)).await).await.unwrap();
        }
        let from = with(&world, &lead, async |tx| cases::service::get(tx, from.id).await).await.unwrap();
        with(&world, &lead, async |tx| cases::links::merge(tx, from.id, from.version, into.id, "同じ事象").await).await.unwrap();
        let mut tx = world.store.store.read(&lead).await.unwrap();
        let shown: Vec<_> = affected::of_case(&mut tx, into.id).await.unwrap().into_iter().map(|one| (one.name, one.case_id == into.id)).collect();
        assert_eq!(shown, [("A".to_owned(), false), ("B".to_owned(), true)]);
    }

    async fn an_import_says_what_it_would_do_and_does_all_of_it_or_nothing(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        register(&world, &lead, AssetInput { identifiers: vec!["fs-02".to_owned()], ..server("FS-02") }).await;
        register(&world, &lead, server("DB-01")).await;
        let text = "名称,種類,重要度,責任者,識別子,棚番\r\nＦＳ-02,サーバー,最重要,system-owner,fs-02 203.0.113.5,3\r\ndb-01,server,high,,,\r\nPC-2118,端末,低,システムオーナー,,\r\n";
        let (file, _, _) = encoding_rs::SHIFT_JIS.encode(text);
        let mut tx = world.store.store.read(&lead).await.unwrap();
        let plan = import::plan(&mut tx, &file).await.unwrap();
        drop(tx);
        assert_eq!(plan.characters, csv::Characters::Cp932);
        assert_eq!(plan.unknown, ["棚番"]);
        let steps: Vec<_> = plan.lines.iter().map(|line| (line.line, line.step, line.errors.clone())).collect();
        assert_eq!(steps, [(2, ImportStep::Update, vec![]), (3, ImportStep::Update, vec![]), (4, ImportStep::Create, vec![])]);
        let done = with(&world, &lead, async |tx| import::apply(tx, &file, Some(&plan.digest)).await).await.unwrap();
        assert_eq!((done.created, done.updated, done.unchanged), (1, 2, 0));
        let mut tx = world.store.store.read(&lead).await.unwrap();
        let all = service::list(&mut tx, &AssetFilter::default(), AssetOrder::Name, &PageRequest::default()).await.unwrap().items;
        drop(tx);
        let said: Vec<_> = all.iter().map(|asset| (asset.name.as_str(), asset.kind, asset.importance, asset.owner.is_some(), asset.identifiers.len())).collect();
        assert_eq!(said, [
            ("db-01", AssetKind::Server, Importance::High, false, 0),
            ("ＦＳ-02", AssetKind::Server, Importance::Critical, true, 2),
            ("PC-2118", AssetKind::Client, Importance::Low, true, 0),
        ]);
        // What was seen is not any more what would be done.
        let late = with(&world, &lead, async |tx| import::apply(tx, &file, Some(&plan.digest)).await).await;
        assert_eq!(wrong(&late.unwrap_err()), ["error-csv-changed"]);
    }

    async fn an_import_names_every_wrong_line_and_takes_nothing(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let handler = world.caller("soc_operator").await;
        let file = "name,kind,owner,identifiers\nA,server,,\nB,spaceship,nobody,a b c/d\na,,,\n,,x,\n".as_bytes();
        let refused = with(&world, &lead, async |tx| import::apply(tx, file, None).await).await;
        assert_eq!(wrong(&refused.unwrap_err()), [
            "/lines/3/kind error-csv-word",
            "/lines/3/owner error-csv-owner",
            "/lines/3/identifiers error-asset-identifier",
            "/lines/4/name error-csv-twice",
            "/lines/5/owner error-csv-owner",
            "/lines/5/name error-required",
        ]);
        assert_eq!(names(&world, &lead, AssetFilter::default()).await, [""; 0]);
        for (file, expect) in [("", "error-csv-empty"), ("kind\nserver\n", "error-csv-no-name"), ("name,名称\nA,A\n", "error-csv-column-twice")] {
            let refused = with(&world, &lead, async |tx| import::apply(tx, file.as_bytes(), None).await).await;
            assert_eq!(wrong(&refused.unwrap_err()), [format!("/file {expect}")]);
        }
        let forbidden = with(&world, &handler, async |tx| import::apply(tx, b"name\nA\n", None).await).await;
        assert!(matches!(forbidden, Err(Error::Forbidden(_))));
    }

    async fn what_was_exported_is_imported_without_a_change(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        register(&world, &lead, AssetInput { note: "=1+1\n\"二行目\"".to_owned(), owner_id: lead.account(), identifiers: vec!["203.0.113.9".to_owned()], ..server("A, B") }).await;
        let old = register(&world, &lead, server("OLD")).await;
        with(&world, &lead, async |tx| service::retire(tx, old.id, old.version, "").await).await.unwrap();
        for lang in [Lang::Ja, Lang::En] {
            let caller = Caller { lang, ..lead.clone() };
            let mut tx = world.store.store.read(&caller).await.unwrap();
            let everything = AssetFilter { all: true, ..AssetFilter::default() };
            let (header, rows) = table::export(&mut tx, &everything).await.unwrap();
            let file = csv::write(&header, rows.iter().map(Vec::as_slice));
            let plan = import::plan(&mut tx, &file).await.unwrap();
            assert_eq!(plan.lines.iter().map(|line| line.step).collect::<Vec<_>>(), [ImportStep::Unchanged, ImportStep::Skipped]);
        }
    }
}
