//! Whose account it is when somebody comes from the identity provider, and above all: whose it is not.

use std::sync::{Arc, Mutex};

use matoi_core::identity::login::{self, PasswordsOpen};
use matoi_core::identity::password::Passwords;
use matoi_core::identity::sessions::{self, Limits, RequestFacts};
use matoi_core::identity::sign_on::service::{self, Back, Begun, Browser, Outcome, Purpose};
use matoi_core::identity::sign_on::{
    Answer, Attempt, Identity, IdentityProvider, ProviderError, Refusal, SignOn, SignOnSettings,
};
use matoi_core::identity::{Account, AccountInput, AccountKind, AccountState, Grant, accounts, links};
use matoi_core::kernel::ports::Boxed;
use matoi_core::{Caller, Error};
use matoi_testkit::{TestStore, World, on_both_databases};
use matoi_types::{AccountId, Lang, Timestamp};

const PASSWORD: &str = "夜明けの火消しは纏を掲げて走る";
const ADDRESS: &str = "203.0.113.9";

/// A provider that vouches for whoever the test says, once the code is `right`.
#[derive(Default)]
struct Scripted {
    says: Mutex<Option<Result<Identity, ProviderError>>>,
    attempts: Mutex<Vec<Attempt>>,
}

impl IdentityProvider for Scripted {
    fn address<'a>(&'a self, attempt: &'a Attempt, _: Timestamp) -> Boxed<'a, Result<String, ProviderError>> {
        self.attempts.lock().unwrap().push(attempt.clone());
        Box::pin(async move { Ok(format!("https://login.example/?state={}", attempt.state)) })
    }

    fn identity(&self, answer: Answer, _: Timestamp) -> Boxed<'_, Result<Identity, ProviderError>> {
        assert!(answer.attempt.verifier.len() >= 43, "RFC 7636, section 4.1");
        let says = self.says.lock().unwrap().clone().unwrap();
        Box::pin(async move { says })
    }
}

/// An organisation with a provider.
struct Here {
    world: World,
    provider: Arc<Scripted>,
    sign_on: SignOn,
}

impl Here {
    async fn new(store: TestStore, change: impl FnOnce(&mut SignOnSettings)) -> Self {
        let mut settings = SignOnSettings {
            name: "社内アカウント".to_owned(),
            only: false,
            create_accounts: false,
            roles: Vec::new(),
        };
        change(&mut settings);
        let provider = Arc::new(Scripted::default());
        Self {
            world: World::set_up(store).await,
            sign_on: SignOn {
                settings,
                provider: provider.clone(),
            },
            provider,
        }
    }

    fn anonymous(&self) -> Caller {
        let mut caller = Caller::anonymous(Lang::Ja, "Asia/Tokyo".to_owned(), self.world.store.store.now());
        caller.address = Some(ADDRESS.to_owned());
        caller
    }

    fn says(&self, identity: Identity) {
        *self.provider.says.lock().unwrap() = Some(Ok(identity));
    }

    async fn begin(&self, purpose: Purpose) -> (Begun, Back) {
        let store = &self.world.store.store;
        let begun = service::begin(store, &self.sign_on, &self.anonymous(), purpose, "/cases")
            .await
            .unwrap()
            .unwrap();
        let state = self
            .provider
            .attempts
            .lock()
            .unwrap()
            .last()
            .unwrap()
            .state
            .clone();
        let back = Back {
            state,
            code: "right".to_owned(),
            ..Back::default()
        };
        (begun, back)
    }

    async fn finish(
        &self,
        cookie: Option<&str>,
        back: Back,
        signed_in: Option<AccountId>,
    ) -> Result<Outcome, Error> {
        let browser = Browser {
            cookie,
            signed_in,
            agent: "test",
        };
        let store = &self.world.store.store;
        service::finish(
            store,
            &self.sign_on,
            Limits::default(),
            &self.anonymous(),
            browser,
            back,
        )
        .await
    }

    /// Goes there and back.
    async fn come(&self, purpose: Purpose, identity: Identity, signed_in: Option<AccountId>) -> Outcome {
        self.says(identity);
        let (begun, back) = self.begin(purpose).await;
        self.finish(Some(&begun.cookie), back, signed_in).await.unwrap()
    }

    async fn sign_in(&self, identity: Identity) -> Outcome {
        self.come(Purpose::SignIn, identity, None).await
    }

    async fn refused(&self, identity: Identity) -> Refusal {
        match self.sign_in(identity).await {
            Outcome::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    /// Signs in and gives the account of the session.
    async fn account(&self, identity: Identity) -> Account {
        let outcome = self.sign_in(identity).await;
        self.account_of(outcome).await
    }

    async fn account_of(&self, outcome: Outcome) -> Account {
        let Outcome::SignedIn { secret, next } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(next, "/cases");
        let facts = RequestFacts {
            address: None,
            request_id: String::new(),
        };
        let store = &self.world.store.store;
        let (caller, _) = sessions::caller(store, Limits::default(), &secret, facts)
            .await
            .unwrap()
            .unwrap();
        let mut tx = store.read(&caller).await.unwrap();
        let id = caller.account().unwrap();
        let own = sessions::list(&mut tx, id).await.unwrap();
        assert_eq!(own[0].method, "single_sign_on");
        accounts::get(&mut tx, id).await.unwrap()
    }

    async fn read(&self, id: AccountId) -> Account {
        let store = &self.world.store.store;
        let mut tx = store.read(&self.world.store.system()).await.unwrap();
        accounts::get(&mut tx, id).await.unwrap()
    }

    /// Makes an account by invitation. Gives the secret of the link.
    async fn invite(
        &self,
        login: &str,
        mail: &str,
        change: impl FnOnce(&mut AccountInput),
    ) -> (AccountId, String) {
        let store = &self.world.store.store;
        let mut tx = store.write(&self.world.store.system()).await.unwrap();
        let mut input = AccountInput {
            kind: AccountKind::Human,
            login: login.to_owned(),
            name: login.to_owned(),
            mail: mail.to_owned(),
            lang: None,
            zone: None,
            grants: vec![grant("handler")],
            break_glass: false,
        };
        change(&mut input);
        let (account, link) = accounts::create(&mut tx, input).await.unwrap();
        tx.commit().await.unwrap();
        (account.id, link.unwrap_or_default())
    }

    /// The same, with the password chosen already.
    async fn with_password(&self, login: &str, mail: &str, break_glass: bool) -> AccountId {
        let (id, link) = self
            .invite(login, mail, |input| input.break_glass = break_glass)
            .await;
        let store = &self.world.store.store;
        accounts::accept_link(store, &Passwords::new(1), &link, PASSWORD)
            .await
            .unwrap();
        id
    }

    async fn disable(&self, id: AccountId) {
        let account = self.read(id).await;
        let store = &self.world.store.store;
        let mut tx = store.write(&self.world.store.system()).await.unwrap();
        accounts::disable(&mut tx, id, account.version).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn grants(&self, id: AccountId, grants: Vec<Grant>) {
        let account = self.read(id).await;
        let store = &self.world.store.store;
        let mut tx = store.write(&self.world.store.system()).await.unwrap();
        let input = AccountInput {
            kind: account.kind,
            login: account.login,
            name: account.name,
            mail: account.mail,
            lang: None,
            zone: None,
            grants,
            break_glass: account.break_glass,
        };
        accounts::update(&mut tx, id, account.version, input)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

fn grant(role: &str) -> Grant {
    Grant {
        role: role.to_owned(),
        unit_id: None,
    }
}

fn person(subject: &str, login: &str) -> Identity {
    Identity {
        issuer: "https://login.example".to_owned(),
        subject: subject.to_owned(),
        login: Some(login.to_owned()),
        name: Some("田中 花".to_owned()),
        mail: Some(format!("{login}@minatono.example")),
        mail_verified: true,
        groups: vec!["csirt".to_owned()],
    }
}

fn mapped() -> Vec<(String, Vec<String>)> {
    vec![
        ("csirt".to_owned(), vec!["handler".to_owned()]),
        (
            "leads".to_owned(),
            vec!["csirt_lead".to_owned(), "handler".to_owned()],
        ),
        ("odd".to_owned(), vec!["no_such_role".to_owned()]),
    ]
}

fn roles(account: &Account) -> Vec<&str> {
    account.grants.iter().map(|grant| grant.role.as_str()).collect()
}

on_both_databases! {
    async fn somebody_unknown_gets_an_account_only_where_that_is_wanted(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        assert_eq!(here.refused(person("u1", "tanaka")).await, Refusal::Unknown);
        let here = Here { sign_on: SignOn { settings: SignOnSettings { create_accounts: true, ..here.sign_on.settings.clone() }, ..here.sign_on.clone() }, ..here };
        let made = here.account(person("u1", "tanaka")).await;
        assert_eq!((made.login.as_str(), made.name.as_str(), made.mail.as_str()), ("tanaka", "田中 花", "tanaka@minatono.example"));
        assert_eq!((made.state, made.has_password, made.has_single_sign_on), (AccountState::Active, false, true));
        assert_eq!(roles(&made), ["member"], "without a mapping the least there is");
        let again = here.account(Identity { login: Some("renamed".to_owned()), mail: None, ..person("u1", "x") }).await;
        assert_eq!(again.id, made.id, "the subject says who it is, whatever the name");
        let other_issuer = Identity { issuer: "https://other.example".to_owned(), ..person("u1", "tanaka") };
        assert_eq!(here.refused(other_issuer).await, Refusal::Taken, "a subject is worth something only with its issuer");
    }

    async fn nobody_gets_an_account_by_its_name_or_mail_address(store: TestStore) {
        let here = Here::new(store, |settings| settings.create_accounts = true).await;
        let victim = here.with_password("sasaki2", "sasaki2@minatono.example", false).await;
        let (invited, _) = here.invite("invited", "invited@minatono.example", |_| {}).await;
        let (emergency, _) = here.invite("emergency", "emergency@minatono.example", |input| input.break_glass = true).await;
        let (program, _) = here.invite("siem", "siem@minatono.example", |input| input.kind = AccountKind::Service).await;
        let unverified = |login: &str| Identity { mail_verified: false, ..person("evil", login) };
        for identity in [
            person("evil", "sasaki2"),
            Identity { login: Some("Ｓａｓａｋｉ２".to_owned()), mail: None, ..person("evil", "x") },
            Identity { login: Some("other".to_owned()), mail: Some("SASAKI2@minatono.example".to_owned()), ..person("evil", "x") },
            unverified("invited"),
            Identity { login: Some("other".to_owned()), ..unverified("invited") },
            Identity { mail: Some("other@minatono.example".to_owned()), ..person("evil", "invited") },
            person("evil", "emergency"),
            Identity { mail: None, ..person("evil", "siem") },
        ] {
            let said = format!("{identity:?}");
            assert_eq!(here.refused(identity).await, Refusal::Taken, "{said}");
        }
        for id in [victim, invited, emergency, program] {
            assert!(!here.read(id).await.has_single_sign_on);
        }
    }

    async fn an_invitation_to_a_verified_address_is_for_whoever_has_it(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        let (id, link) = here.invite("tanaka", "Tanaka@Minatono.example", |_| {}).await;
        let account = here.account(person("u1", "tanaka")).await;
        assert_eq!((account.id, account.state), (id, AccountState::Active));
        assert_eq!(roles(&account), ["handler"], "what the administrator gave stays");
        let mut tx = here.world.store.store.read(&here.world.store.system()).await.unwrap();
        assert!(links::open(&mut tx, &link).await.unwrap().is_none(), "the link is of no use any more");
        drop(tx);
        assert_eq!(here.refused(person("u2", "tanaka")).await, Refusal::Taken, "once");

        here.invite("a1", "shared@minatono.example", |_| {}).await;
        here.invite("a2", "shared@minatono.example", |_| {}).await;
        let shared = Identity { mail: Some("shared@minatono.example".to_owned()), ..person("u3", "x") };
        assert_eq!(here.refused(shared).await, Refusal::Taken, "an address of two says nothing");
    }

    async fn an_invitation_link_binds_whoever_holds_it_once(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        let (id, link) = here.invite("tanaka", "", |_| {}).await;
        let outcome = here.come(Purpose::Invitation(link.clone()), Identity { mail_verified: false, ..person("u1", "x") }, None).await;
        assert_eq!(here.account_of(outcome).await.id, id);
        let again = here.come(Purpose::Invitation(link), person("u2", "x"), None).await;
        assert_eq!(again, Outcome::Refused(Refusal::Lost));
        let (_, second) = here.invite("suzuki", "", |_| {}).await;
        let taken = here.come(Purpose::Invitation(second), person("u1", "x"), None).await;
        assert_eq!(taken, Outcome::Refused(Refusal::Connected), "one person, one account");
        let (_, emergency) = here.invite("emergency", "", |input| input.break_glass = true).await;
        let refused = here.come(Purpose::Invitation(emergency), person("u3", "x"), None).await;
        assert_eq!(refused, Outcome::Refused(Refusal::Lost), "it needs a password");
    }

    async fn an_account_is_connected_by_its_owner_with_the_password(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        let id = here.with_password("tanaka", "", false).await;
        let other = here.with_password("suzuki", "", false).await;
        let (store, passwords) = (&here.world.store.store, Passwords::new(1));
        let owner = accounts::caller_for(store, id, RequestFacts { address: None, request_id: String::new() }).await.unwrap().unwrap();
        let wrong = service::require_own_password(store, &passwords, &owner, "wrong").await.unwrap_err();
        assert!(matches!(&wrong, Error::Invalid(fields) if fields[0].pointer == "/password"), "{wrong}");
        assert_eq!(service::require_own_password(store, &passwords, &owner, PASSWORD).await.unwrap(), id);

        let purpose = Purpose::Connect(id);
        let stolen = here.come(purpose.clone(), person("evil", "x"), Some(other)).await;
        assert_eq!(stolen, Outcome::Refused(Refusal::Lost), "another session finishes it");
        let nobody = here.come(purpose.clone(), person("evil", "x"), None).await;
        assert_eq!(nobody, Outcome::Refused(Refusal::Lost));
        assert_eq!(here.come(purpose, person("u1", "x"), Some(id)).await, Outcome::Connected);
        assert_eq!(here.account(person("u1", "x")).await.id, id);
        let second = here.come(Purpose::Connect(other), person("u1", "x"), Some(other)).await;
        assert_eq!(second, Outcome::Refused(Refusal::Connected));

        let mut tx = store.write(&here.world.store.system()).await.unwrap();
        service::unbind(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(here.refused(person("u1", "x")).await, Refusal::Unknown, "and disconnected");
    }

    async fn an_operator_binds_a_person_and_cannot_slip_into_need_to_know(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        let id = here.with_password("tanaka", "", false).await;
        let store = &here.world.store.store;
        let mut tx = store.write(&here.world.store.system()).await.unwrap();
        service::bind_by_operator(&mut tx, id, "https://login.example", "u1").await.unwrap();
        assert!(service::bind_by_operator(&mut tx, id, "https://login.example", "").await.is_err());
        tx.commit().await.unwrap();
        assert_eq!(here.account(person("u1", "x")).await.id, id);
        let other = here.with_password("suzuki", "", false).await;
        let mut tx = store.write(&here.world.store.system()).await.unwrap();
        let taken = service::bind_by_operator(&mut tx, other, "https://login.example", "u1").await.unwrap_err();
        assert!(matches!(taken, Error::Rule(message) if message.key == "error-sign-on-connected"));
        drop(tx);
        let lead = here.world.caller("csirt_lead").await;
        let mut tx = store.write(&lead).await.unwrap();
        assert!(matches!(service::bind_by_operator(&mut tx, other, "i", "s").await, Err(Error::Forbidden(_))));
    }

    async fn a_shut_account_stays_shut(store: TestStore) {
        let here = Here::new(store, |settings| settings.create_accounts = true).await;
        let id = here.account(person("u1", "tanaka")).await.id;
        here.disable(id).await;
        assert_eq!(here.refused(person("u1", "tanaka")).await, Refusal::Disabled);
        assert_eq!(here.refused(person("u2", "tanaka")).await, Refusal::Taken, "no second account of the same name");
        let (invited, link) = here.invite("suzuki", "", |_| {}).await;
        here.disable(invited).await;
        let outcome = here.come(Purpose::Invitation(link), person("u3", "x"), None).await;
        assert_eq!(outcome, Outcome::Refused(Refusal::Lost));
    }

    async fn groups_give_and_take_the_roles_they_name(store: TestStore) {
        let here = Here::new(store, |settings| { settings.create_accounts = true; settings.roles = mapped(); }).await;
        let with = |groups: &[&str]| Identity { groups: groups.iter().map(|g| (*g).to_owned()).collect(), ..person("u1", "tanaka") };
        assert_eq!(here.refused(with(&[])).await, Refusal::NoRole);
        assert_eq!(here.refused(with(&["odd"])).await, Refusal::NoRole, "a role that there is not");
        assert_eq!(here.refused(with(&["CSIRT"])).await, Refusal::NoRole, "groups are compared letter by letter");
        let made = here.account(with(&["csirt", "other"])).await;
        assert_eq!(roles(&made), ["handler"]);
        let promoted = here.account(with(&["leads", "csirt"])).await;
        assert_eq!(roles(&promoted), ["csirt_lead", "handler"]);
        assert!(promoted.version > made.version);

        here.grants(made.id, vec![grant("csirt_lead"), grant("handler"), grant("auditor")]).await;
        let back = here.account(with(&["csirt"])).await;
        assert_eq!(roles(&back), ["auditor", "handler"], "what no group decides about stays");
        here.grants(made.id, vec![grant("handler")]).await;
        assert_eq!(here.refused(with(&[])).await, Refusal::NoRole);
        assert_eq!(roles(&here.read(made.id).await), [""; 0], "taken away although nobody came in");
        assert_eq!(roles(&here.account(with(&["leads"])).await), ["csirt_lead", "handler"], "and given again");
    }

    async fn a_mistake_at_the_provider_does_not_take_the_last_way_in(store: TestStore) {
        let administrators = vec![("admins".to_owned(), vec!["administrator".to_owned()])];
        let here = Here::new(store, |settings| settings.roles = administrators).await;
        let emergency = here.with_password("emergency", "", true).await;
        here.grants(emergency, vec![grant("administrator")]).await;
        let mut tx = here.world.store.store.write(&here.world.store.system()).await.unwrap();
        service::bind_by_operator(&mut tx, emergency, "https://login.example", "u1").await.unwrap();
        tx.commit().await.unwrap();
        let account = here.account(person("u1", "x")).await;
        assert_eq!(roles(&account), ["administrator"], "the groups of an emergency account do not matter");
    }

    async fn an_answer_works_once_in_its_browser_and_in_time(store: TestStore) {
        let here = Here::new(store, |settings| settings.create_accounts = true).await;
        here.says(person("u1", "tanaka"));
        let lost = Outcome::Refused(Refusal::Lost);
        let (begun, back) = here.begin(Purpose::SignIn).await;
        assert_eq!(here.finish(None, back.clone(), None).await.unwrap(), lost, "another browser");
        let (other, _) = here.begin(Purpose::SignIn).await;
        assert_eq!(here.finish(Some(&other.cookie), back.clone(), None).await.unwrap(), lost, "another attempt");
        assert_eq!(here.finish(Some("nonsense"), back.clone(), None).await.unwrap(), lost);
        assert_eq!(here.finish(Some(&begun.cookie), Back { state: String::new(), ..back.clone() }, None).await.unwrap(), lost);
        let first = here.finish(Some(&begun.cookie), back.clone(), None).await.unwrap();
        assert!(matches!(first, Outcome::SignedIn { .. }));
        assert_eq!(here.finish(Some(&begun.cookie), back, None).await.unwrap(), lost, "a second time");

        let (begun, back) = here.begin(Purpose::SignIn).await;
        here.world.store.clock.advance_seconds(601);
        assert_eq!(here.finish(Some(&begun.cookie), back, None).await.unwrap(), lost, "too late");
    }

    async fn what_the_provider_says_instead_of_a_code_is_understood(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        for (error, expect) in [
            ("access_denied", Refusal::Denied), ("login_required", Refusal::Denied),
            ("temporarily_unavailable", Refusal::Unreachable), ("<script>", Refusal::Unreachable), ("", Refusal::Unreachable),
        ] {
            let (begun, back) = here.begin(Purpose::SignIn).await;
            let back = Back { code: String::new(), error: error.to_owned(), ..back };
            assert_eq!(here.finish(Some(&begun.cookie), back, None).await.unwrap(), Outcome::Refused(expect), "{error}");
        }
        for (error, expect) in [
            (ProviderError::Unreachable("x".to_owned()), Refusal::Unreachable), (ProviderError::Untrusted("x".to_owned()), Refusal::Untrusted),
            (ProviderError::Clock("x".to_owned()), Refusal::Clock), (ProviderError::Incomplete("x".to_owned()), Refusal::Claims),
        ] {
            *here.provider.says.lock().unwrap() = Some(Err(error));
            let (begun, back) = here.begin(Purpose::SignIn).await;
            assert_eq!(here.finish(Some(&begun.cookie), back, None).await.unwrap(), Outcome::Refused(expect));
        }
        let here = Here { sign_on: SignOn { settings: SignOnSettings { create_accounts: true, ..here.sign_on.settings.clone() }, ..here.sign_on.clone() }, ..here };
        for identity in [
            Identity { login: None, ..person("u1", "x") },
            Identity { login: Some("no/slash".to_owned()), ..person("u1", "y") },
            Identity { subject: String::new(), ..person("u1", "z") },
            Identity { subject: "s".repeat(256), ..person("u1", "z") },
        ] {
            assert_eq!(here.refused(identity).await, Refusal::Claims);
        }
    }

    async fn guessing_slows_down_signing_on_and_nothing_else(store: TestStore) {
        let here = Here::new(store, |_| {}).await;
        let id = here.with_password("tanaka", "", false).await;
        for _ in 0..40 {
            let lost = here.finish(None, Back::default(), None).await;
            assert_eq!(lost.unwrap(), Outcome::Refused(Refusal::Lost), "any web page can send a browser here: it shuts nobody out");
        }
        let audited = async || {
            let mut tx = here.world.store.store.read(&here.world.store.system()).await.unwrap();
            let rows = tx.fetch_all("SELECT id FROM change WHERE verb = 'account.sign_on_refused'", []).await.unwrap();
            rows.len()
        };
        assert_eq!(audited().await, 0, "nor does it fill the audit log");
        *here.provider.says.lock().unwrap() = Some(Err(ProviderError::Untrusted("forged".to_owned())));
        for _ in 0..31 {
            let (begun, back) = here.begin(Purpose::SignIn).await;
            let forged = here.finish(Some(&begun.cookie), back, None).await;
            assert_eq!(forged.unwrap(), Outcome::Refused(Refusal::Untrusted));
        }
        assert_eq!(audited().await, 31);
        let slowed = here.finish(None, Back::default(), None).await.unwrap_err();
        assert!(matches!(slowed, Error::TooMany { .. }), "{slowed}");
        let begun = service::begin(&here.world.store.store, &here.sign_on, &here.anonymous(), Purpose::SignIn, "/").await;
        assert!(matches!(begun, Err(Error::TooMany { .. })));
        let by_password = login::with_password(&here.world.store.store, &Passwords::new(1), Limits::default(), PasswordsOpen::Everybody, &here.anonymous(), "tanaka", PASSWORD, "t").await;
        assert!(by_password.is_ok(), "{id}");
    }

    async fn where_only_single_sign_on_is_wanted_a_password_opens_emergency_accounts(store: TestStore) {
        let here = Here::new(store, |settings| settings.only = true).await;
        here.with_password("tanaka", "", false).await;
        let way_in = async || {
            let store = &here.world.store.store;
            service::has_a_way_in_without(&mut store.read(&here.world.store.system()).await.unwrap()).await.unwrap()
        };
        assert!(!way_in().await);
        here.with_password("emergency", "", true).await;
        assert!(way_in().await);
        let passwords = Passwords::new(1);
        let log_in = async |login: &str, password: &str| {
            login::with_password(&here.world.store.store, &passwords, Limits::default(), PasswordsOpen::BreakGlass, &here.anonymous(), login, password, "t").await
        };
        for (login, password) in [("tanaka", PASSWORD), ("tanaka", "wrong"), ("nobody", PASSWORD), ("emergency", "wrong")] {
            let refused = log_in(login, password).await.unwrap_err();
            assert!(matches!(&refused, Error::Rule(message) if message.key == "error-login-failed-sign-on"), "{login} {refused}");
        }
        assert!(log_in("emergency", PASSWORD).await.is_ok());
    }

    async fn what_happened_stands_in_the_audit_log(store: TestStore) {
        let here = Here::new(store, |settings| { settings.create_accounts = true; settings.roles = mapped(); }).await;
        let made = here.account(person("u1", "tanaka")).await;
        here.account(Identity { groups: vec!["leads".to_owned()], ..person("u1", "tanaka") }).await;
        here.refused(Identity { groups: Vec::new(), ..person("u1", "tanaka") }).await;
        let mut tx = here.world.store.store.read(&here.world.store.system()).await.unwrap();
        let rows = tx.fetch_all("SELECT verb, detail FROM change c JOIN change_detail d ON d.change_id = c.id WHERE entity_id = $1", [matoi_db::v(made.id)]).await.unwrap();
        let mut rows: Vec<_> = rows.iter().map(|row| (row.text("verb").unwrap(), row.text("detail").unwrap())).collect();
        rows.sort();
        let verbs: Vec<_> = rows.iter().map(|(verb, _)| verb.as_str()).collect();
        assert_eq!(verbs, ["account.connect", "account.create", "account.login", "account.login", "account.sign_on_refused", "account.update", "account.update"]);
        for (at, part) in [(0, "first_sign_on"), (2, "single_sign_on"), (4, "no-role"), (5, "groups of the identity provider"), (5, "csirt_lead")] {
            assert!(rows[at].1.contains(part), "{part}: {rows:?}");
        }
    }
}
