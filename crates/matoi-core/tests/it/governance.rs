//! Who governs: accounts and roles, the rule book, the audit log, background work.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matoi_core::audit::{self, AuditFilter, FaultKind, Sealer};
use matoi_core::identity::{
    AccountFilter, AccountInput, AccountKind, AccountState, RoleInput, accounts, links, roles, sessions,
    tokens,
};
use matoi_core::jobs::{self, JobState, Lane, NewJob, Runner};
use matoi_core::kernel::data::Bilingual;
use matoi_core::kernel::{Change, PageRequest, access};
use matoi_core::rulebook::{self, DataFileState, DataKind};
use matoi_core::{Action, Caller, Error, Result, Tx};
use matoi_db::Isolation;
use matoi_testkit::{World, on_both_databases};
use matoi_types::{AccountId, Tlp};

async fn with<T>(world: &World, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    let mut tx = world.store.store.write(caller).await?;
    let value = work(&mut tx).await?;
    tx.commit().await?;
    Ok(value)
}

fn rule_key<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Rule(message)) => message.key.into_owned(),
        other => format!("{other:?}"),
    }
}

fn is_forbidden<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Forbidden(_)))
}

#[test]
fn the_matrix_of_roles_and_actions_is_the_one_in_the_repository() {
    let roles = roles::shipped().unwrap();
    let mut text =
        String::from("# Who may do what, from roles/roles.yaml. Renew with MATOI_UPDATE_SNAPSHOTS=1.\n");
    let width = Action::ALL
        .iter()
        .map(|action| action.as_str().len())
        .max()
        .unwrap();
    let head: Vec<&str> = roles.iter().map(|role| role.id.as_str()).collect();
    text.push_str(&format!("{:width$}  {}\n", "action", head.join("  ")));
    for action in Action::ALL {
        let cells = roles.iter().map(|role| {
            let mark = if role.actions.contains(action) { "x" } else { "." };
            format!("{mark:<width$}", width = role.id.len())
        });
        let line = format!(
            "{:width$}  {}",
            action.as_str(),
            cells.collect::<Vec<_>>().join("  ")
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for role in &roles {
        text.push_str(&format!(
            "{:width$}  {}\n",
            format!("clearance {}", role.id),
            role.clearance
        ));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/roles.snap");
    if std::env::var_os("MATOI_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept, text,
        "roles/roles.yaml permits something else than tests/roles.snap says"
    );
}

/// Actions of rooms that are still to come. Whoever builds one takes its actions out of here.
const TO_COME: &[&str] = &[];

#[test]
fn every_action_is_asked_for_somewhere() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = String::new();
    for file in rust_files(&crates) {
        if !file.ends_with("kernel/action.rs") && !file.components().any(|part| part.as_os_str() == "tests") {
            sources.push_str(&std::fs::read_to_string(file).unwrap());
        }
    }
    let asked: BTreeMap<String, bool> = Action::ALL
        .iter()
        .map(|action| {
            let name = format!("{action:?}");
            let call = format!("Action::{name}");
            let found = sources.match_indices(&call).any(|(at, _)| {
                let next = sources[at + call.len()..].chars().next();
                !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
            });
            (name, found)
        })
        .collect();
    for (name, found) in &asked {
        let to_come = TO_COME.contains(&name.as_str());
        assert!(
            *found || to_come,
            "nothing asks for the action {name}: a role that has it permits nothing by it"
        );
        assert!(
            !(*found && to_come),
            "the action {name} is asked for now: take it out of TO_COME"
        );
    }
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn role(id: &str, actions: &[Action]) -> RoleInput {
    RoleInput {
        id: id.to_owned(),
        name: Bilingual {
            ja: "試験".to_owned(),
            en: String::new(),
        },
        about: Bilingual {
            ja: String::new(),
            en: String::new(),
        },
        clearance: Tlp::Green,
        actions: actions.to_vec(),
    }
}

fn service_account(login: &str) -> AccountInput {
    AccountInput {
        kind: AccountKind::Service,
        login: login.to_owned(),
        name: login.to_owned(),
        mail: String::new(),
        lang: None,
        zone: None,
        grants: Vec::new(),
        break_glass: false,
    }
}

async fn state_of(world: &World, admin: &Caller, id: AccountId) -> (AccountState, i64) {
    let account = with(world, admin, async |tx| accounts::get(tx, id).await)
        .await
        .unwrap();
    (account.state, account.version)
}

fn logins(page: &matoi_core::kernel::Page<matoi_core::identity::Account>) -> Vec<&str> {
    page.items.iter().map(|account| account.login.as_str()).collect()
}

/// A row on the log, in a scope that only `member` may see.
async fn restricted_row(world: &World, member: AccountId) {
    let system = world.store.system();
    with(world, &system, async |tx| {
        let scope = access::create(tx, Tlp::Red, true, None).await?;
        access::add_member(tx, scope, member, "test", false).await?;
        tx.record(
            Change::named("case.secret", "case", "secret".to_owned())
                .within(scope)
                .set("title", "何人も知らない"),
        )
        .await
    })
    .await
    .unwrap();
}

on_both_databases! {
    async fn a_role_never_takes_the_last_administrator_away(store: TestStore) {
        let world = World::set_up(store).await;
        let admin = world.caller("administrator").await;
        let refused = with(&world, &admin, async |tx| {
            let version = roles::get(tx, "administrator").await?.version;
            roles::update(tx, "administrator", version, role("administrator", &[Action::AccountRead])).await
        }).await;
        assert_eq!(rule_key(refused), "error-last-administrator");
        let made = with(&world, &admin, async |tx| roles::create(tx, role("night_watch", &[Action::AlertRead, Action::AlertRead])).await).await.unwrap();
        assert_eq!((made.name.en.as_str(), made.actions.as_slice(), made.shipped), ("試験", [Action::AlertRead].as_slice(), false));
    }

    async fn an_account_is_shut_and_opened_again_as_it_was(store: TestStore) {
        let world = World::set_up(store).await;
        let admin = world.caller("administrator").await;
        let id = world.account("member");
        let first = with(&world, &admin, async |tx| accounts::invite_again(tx, id).await).await.unwrap();
        let (state, version) = state_of(&world, &admin, id).await;
        assert_eq!(state, AccountState::Invited);
        with(&world, &admin, async |tx| accounts::disable(tx, id, version).await).await.unwrap();
        let open = with(&world, &admin, async |tx| links::open(tx, &first).await).await.unwrap();
        assert!(open.is_none(), "an invitation dies with its account");
        assert_eq!(rule_key(with(&world, &admin, async |tx| accounts::disable(tx, id, version + 1).await).await), "error-account-disabled");
        assert_eq!(rule_key(with(&world, &admin, async |tx| accounts::reset_password(tx, id, false).await).await), "error-account-disabled");
        let (_, version) = state_of(&world, &admin, id).await;
        let opened = with(&world, &admin, async |tx| accounts::enable(tx, id, version).await).await.unwrap();
        assert_eq!(opened.state, AccountState::Invited, "who never had a password still has none");
        assert_eq!(rule_key(with(&world, &admin, async |tx| accounts::enable(tx, id, opened.version).await).await), "error-account-not-disabled");
    }

    async fn accounts_are_found_by_state_kind_role_and_text(store: TestStore) {
        let world = World::set_up(store).await;
        let admin = world.caller("administrator").await;
        with(&world, &admin, async |tx| accounts::create(tx, service_account("SIEM_bridge")).await).await.unwrap();
        let find = async |filter: AccountFilter| {
            with(&world, &admin, async |tx| accounts::list(tx, &filter, &PageRequest::default()).await).await.unwrap()
        };
        let service = find(AccountFilter { kind: Some(AccountKind::Service), ..AccountFilter::default() }).await;
        assert_eq!(logins(&service), ["SIEM_bridge"]);
        for text in ["siem", "ＳＩＥＭ＿", "_bridge"] {
            let found = find(AccountFilter { text: Some(text.to_owned()), ..AccountFilter::default() }).await;
            assert_eq!(logins(&found), ["SIEM_bridge"], "{text}");
        }
        let percent = find(AccountFilter { text: Some("%".to_owned()), ..AccountFilter::default() }).await;
        assert_eq!(logins(&percent), Vec::<&str>::new(), "a wildcard is a character like any other");
        let auditors = find(AccountFilter { role: Some("auditor".to_owned()), ..AccountFilter::default() }).await;
        assert_eq!(logins(&auditors), ["auditor"]);
        assert_eq!(auditors.items[0].grants[0].role, "auditor");
    }

    async fn sessions_and_tokens_of_all_are_for_those_who_manage_them(store: TestStore) {
        let world = World::set_up(store).await;
        let (admin, auditor) = (world.caller("administrator").await, world.caller("auditor").await);
        let handler = world.account("handler");
        let system = world.store.system();
        with(&world, &system, async |tx| sessions::begin_for_tests(tx, sessions::Limits::default(), handler).await).await.unwrap();
        let page = PageRequest::default();
        let sessions = with(&world, &admin, async |tx| sessions::list_all(tx, &page).await).await.unwrap().items;
        assert_eq!(sessions.iter().map(|session| session.account_id).collect::<Vec<_>>(), [handler]);
        assert!(is_forbidden(with(&world, &auditor, async |tx| sessions::list_all(tx, &page).await).await));
        assert!(is_forbidden(with(&world, &auditor, async |tx| tokens::list_all(tx, &page).await).await));
        assert!(is_forbidden(with(&world, &auditor, async |tx| sessions::revoke_any(tx, sessions[0].id).await).await));
        with(&world, &admin, async |tx| sessions::revoke_any(tx, sessions[0].id).await).await.unwrap();
        assert!(matches!(with(&world, &admin, async |tx| sessions::revoke_any(tx, sessions[0].id).await).await, Err(Error::NotFound("session"))));
    }

    async fn a_draft_is_approved_by_somebody_else_and_a_former_version_can_come_back(store: TestStore) {
        let world = World::set_up(store).await;
        let (lead, approver) = (world.caller("csirt_lead").await, world.caller("approver").await);
        let shipped = with(&world, &lead, async |tx| rulebook::service::current(tx, DataKind::Desk, "desk").await).await.unwrap().unwrap();
        let text = shipped.content.replacen("critical: 15", "critical: 10", 1);
        let prepared = || rulebook::service::prepare(&lead, DataKind::Desk, &text, "速く").unwrap();
        let draft = with(&world, &lead, async |tx| rulebook::service::draft(tx, prepared()).await).await.unwrap();
        assert_eq!((draft.version, draft.state, draft.created_by), (2, DataFileState::Draft, lead.account()));
        let again = with(&world, &lead, async |tx| rulebook::service::draft(tx, prepared()).await).await;
        assert!(matches!(again, Err(Error::Exists(field)) if field.pointer == "/content"));

        assert!(is_forbidden(with(&world, &lead, async |tx| rulebook::service::approve(tx, &draft.hash, "試験").await).await));
        let mut both = lead.clone();
        both.actions = both.actions.union(approver.actions);
        assert_eq!(rule_key(with(&world, &both, async |tx| rulebook::service::approve(tx, &draft.hash, "試験").await).await), "error-approve-own");
        with(&world, &approver, async |tx| rulebook::service::approve(tx, &draft.hash, "試験").await).await.unwrap();
        assert_eq!(rule_key(with(&world, &approver, async |tx| rulebook::service::approve(tx, &draft.hash, "試験").await).await), "error-data-file-in-force");
        let states = async || {
            let list = with(&world, &lead, async |tx| rulebook::service::list(tx, Some(DataKind::Desk), None).await).await.unwrap();
            list.iter().map(|entry| (entry.version, entry.state)).collect::<Vec<_>>()
        };
        assert_eq!(states().await, [(2, DataFileState::Approved), (1, DataFileState::Superseded)]);
        with(&world, &approver, async |tx| rulebook::service::approve(tx, &shipped.hash, "試験").await).await.unwrap();
        assert_eq!(states().await, [(2, DataFileState::Superseded), (1, DataFileState::Approved)]);
    }

    async fn a_wrong_text_names_every_line_in_the_callers_language(store: TestStore) {
        let world = World::set_up(store).await;
        let lead = world.caller("csirt_lead").await;
        let file = with(&world, &lead, async |tx| rulebook::service::current(tx, DataKind::Lifecycle, "incident").await).await.unwrap().unwrap();
        let text = file.content.replacen("next: [triage, investigate]", "next: [triage, nowhere]", 1).replacen("when: convergence_declared", "when: convergance_declared", 1);
        let Err(Error::Invalid(fields)) = rulebook::service::prepare(&lead, DataKind::Lifecycle, &text, "") else { panic!("must be refused") };
        let said: Vec<_> = fields.iter().map(|field| matoi_core::kernel::words::Words::get().say(lead.lang, &field.message)).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("phase detect: next") && said[0].contains("段階「nowhere」はありません"), "{said:?}");
        assert!(said[1].contains("「convergence_declared」の誤り"), "{said:?}");
        let handler = world.caller("handler").await;
        assert!(is_forbidden(rulebook::service::check(&handler, DataKind::Lifecycle, &text)));
    }

    async fn the_log_is_listed_by_filter_and_without_what_is_restricted(store: TestStore) {
        let world = World::set_up(store).await;
        let (auditor, lead) = (world.caller("auditor").await, world.caller("csirt_lead").await);
        restricted_row(&world, world.account("csirt_lead")).await;
        let list = async |caller: &Caller, filter: AuditFilter| {
            with(&world, caller, async |tx| audit::service::list(tx, &filter, &PageRequest { limit: Some(200), cursor: None }).await).await.unwrap().items
        };
        let secret = || AuditFilter { verb: Some("case.secret".to_owned()), ..AuditFilter::default() };
        assert!(list(&auditor, secret()).await.is_empty());
        let seen = list(&lead, secret()).await;
        assert_eq!(seen[0].detail.as_ref().unwrap().after["title"], "何人も知らない");
        assert!(list(&auditor, AuditFilter::default()).await.iter().all(|row| row.entity_id != "secret"));

        let now = world.store.store.now();
        let made = AuditFilter { verb: Some("account.create".to_owned()), entity_kind: Some("account".to_owned()), actor_kind: Some("system".to_owned()), from: Some(now), until: Some(now.plus_seconds(1)), ..AuditFilter::default() };
        assert_eq!(list(&auditor, made.clone()).await.len(), 8);
        assert!(list(&auditor, AuditFilter { from: Some(now.plus_seconds(1)), until: None, ..made.clone() }).await.is_empty());
        assert!(list(&auditor, AuditFilter { until: Some(now), from: None, ..made.clone() }).await.is_empty());
        let one = AuditFilter { entity_id: Some(world.account("handler").to_string()), ..made };
        assert_eq!(list(&auditor, one).await.len(), 1);
        assert!(is_forbidden(with(&world, &world.caller("handler").await, async |tx| audit::service::list(tx, &AuditFilter::default(), &PageRequest::default()).await).await));
    }

    async fn an_export_withholds_what_its_reader_may_not_see(store: TestStore) {
        let world = World::set_up(store).await;
        restricted_row(&world, world.account("csirt_lead")).await;
        Sealer::new(world.store.store.clone()).unwrap().seal_all().await.unwrap();
        for (role, withheld) in [("auditor", 1), ("csirt_lead", 0)] {
            let caller = world.caller(role).await;
            let lines = with(&world, &caller, async |tx| audit::service::export(tx, 0).await).await.unwrap();
            assert!(lines[0].1.contains("\"type\":\"key\"") && lines.last().unwrap().1.contains("\"type\":\"seal\""));
            assert_eq!(lines.iter().filter(|(_, line)| line.contains("\"withheld\":true")).count(), withheld, "{role}");
            assert_eq!(lines.iter().any(|(_, line)| line.contains("何人も")), withheld == 0);
        }
    }

    async fn a_verification_runs_in_the_background_and_is_kept(store: TestStore) {
        let world = World::set_up(store).await;
        let auditor = world.caller("auditor").await;
        Sealer::new(world.store.store.clone()).unwrap().seal_all().await.unwrap();
        for _ in 0..2 {
            with(&world, &auditor, async |tx| audit::job::enqueue(tx).await).await.unwrap();
        }
        let handler: Arc<dyn jobs::Handler> = Arc::new(audit::job::VerifyHandler::new(world.store.store.clone()));
        let runner = Runner::new(world.store.store.clone(), HashMap::from([(audit::job::VERIFY, handler)])).unwrap();
        assert_eq!(runner.run_due().await.unwrap(), 1, "one that waits is enough");
        let kept = with(&world, &auditor, async |tx| audit::service::last_verification(tx).await).await.unwrap().unwrap();
        assert!(kept.found.is_intact() && kept.found.verified > 10, "{kept:?}");
        assert_eq!((kept.checked_by, kept.checked_by_name.as_str()), (auditor.account(), "監査人"));
        let state = with(&world, &auditor, async |tx| audit::service::state(tx).await).await.unwrap();
        assert_eq!((state.sealed, &state.head, state.unsealed), (kept.found.verified, &kept.found.head, 1));
    }

    async fn a_row_kept_from_the_chain_behind_the_program_is_found(store: TestStore) {
        let world = World::set_up(store).await;
        let system = world.store.system();
        with(&world, &system, async |tx| tx.record(Change::named("thing.change", "thing", "1".to_owned())).await).await.unwrap();
        let mut tx = world.store.store.db().begin(Isolation::Write).await.unwrap();
        tx.execute("DELETE FROM change_unsealed WHERE change_id IN (SELECT id FROM change WHERE verb = 'thing.change')", []).await.unwrap();
        tx.commit().await.unwrap();
        Sealer::new(world.store.store.clone()).unwrap().seal_all().await.unwrap();
        let mut tx = world.store.store.snapshot(&system).await.unwrap();
        let found = audit::service::verify(&mut tx).await.unwrap();
        assert_eq!(found.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Unchained]);
    }

    async fn a_job_of_a_restricted_scope_is_not_there_for_others(store: TestStore) {
        let world = World::set_up(store).await;
        let (admin, lead) = (world.caller("administrator").await, world.caller("csirt_lead").await);
        let handler = world.caller("handler").await;
        let id = with(&world, &handler, async |tx| {
            let scope = access::create(tx, Tlp::Red, true, None).await?;
            access::add_member(tx, scope, lead.account().unwrap(), "test", false).await?;
            let job = NewJob { scope: Some(scope), lane: Lane::Bulk, ..NewJob::interactive("test", serde_json::json!({})) };
            jobs::service::enqueue(tx, job).await
        }).await.unwrap().unwrap();
        assert!(matches!(with(&world, &admin, async |tx| jobs::service::get(tx, id).await).await, Err(Error::NotFound("job"))));
        assert!(matches!(with(&world, &admin, async |tx| jobs::service::cancel(tx, id).await).await, Err(Error::NotFound("job"))));
        assert!(with(&world, &admin, async |tx| jobs::service::list(tx, None, &PageRequest::default()).await).await.unwrap().items.is_empty());
        assert!(with(&world, &lead, async |tx| jobs::service::get(tx, id).await).await.is_ok());
        assert!(is_forbidden(with(&world, &world.caller("member").await, async |tx| jobs::service::get(tx, id).await).await));
        let stopped = with(&world, &handler, async |tx| jobs::service::cancel(tx, id).await).await.unwrap();
        assert_eq!(stopped.state, JobState::Cancelled, "one's own job needs no right");
        let lanes = with(&world, &admin, async |tx| jobs::service::overview(tx).await).await.unwrap();
        assert_eq!(lanes.len(), 3);
    }
}
