//! Who signs in and what they may do.

use matoi_core::identity::login::PasswordsOpen;
use matoi_core::identity::sessions::{self, Limits, RequestFacts};
use matoi_core::identity::setup::SetupInput;
use matoi_core::identity::tokens::{self, TokenInput};
use matoi_core::identity::{
    AccountInput, AccountKind, Grant, LinkPurpose, accounts, links, login, password::Passwords, setup, totp,
};
use matoi_core::kernel::data::Bilingual;
use matoi_core::organisation::OrganisationInput;
use matoi_core::{Action, Caller, Error};
use matoi_testkit::{TestStore, on_both_databases};
use matoi_types::{AccountId, Lang, Tlp};
use totp_rs::{Algorithm, Builder};

const PASSWORD: &str = "夜明けの火消しは纏を掲げて走る";

fn facts() -> RequestFacts {
    RequestFacts {
        address: Some("203.0.113.9".to_owned()),
        request_id: "r1".to_owned(),
    }
}

fn anonymous(store: &TestStore, address: &str) -> Caller {
    let mut caller = Caller::anonymous(Lang::Ja, "Asia/Tokyo".to_owned(), store.store.now());
    caller.address = Some(address.to_owned());
    caller
}

fn organisation() -> OrganisationInput {
    OrganisationInput {
        name: Bilingual {
            ja: "みなと野精機".to_owned(),
            en: "Minatono Seiki".to_owned(),
        },
        constituency: Bilingual {
            ja: "全従業員".to_owned(),
            en: "All employees".to_owned(),
        },
        lang: Lang::Ja,
        zone: "Asia/Tokyo".to_owned(),
        desk_phone: String::new(),
        desk_mail: String::new(),
        own_domains: vec!["minatono.example".to_owned()],
        own_networks: vec!["203.0.113.0/24".to_owned()],
        default_tlp: Tlp::Amber,
        fiscal_year_start: 4,
    }
}

async fn set_up(store: &TestStore) -> Passwords {
    let passwords = Passwords::new(2);
    let mut tx = store.store.write(&store.system()).await.unwrap();
    let token = setup::issue_link(&mut tx).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let input = SetupInput {
        organisation: organisation(),
        login: "takahashi".to_owned(),
        name: "高橋 健".to_owned(),
        mail: "takahashi@minatono.example".to_owned(),
        password: PASSWORD.to_owned(),
    };
    setup::complete(&store.store, &passwords, &token, input.clone())
        .await
        .unwrap();
    let again = setup::complete(&store.store, &passwords, &token, input)
        .await
        .unwrap_err();
    assert!(
        matches!(again, Error::NotFound("link")),
        "the link works once: {again}"
    );
    passwords
}

async fn log_in(
    store: &TestStore,
    passwords: &Passwords,
    address: &str,
    password: &str,
) -> Result<String, Error> {
    let caller = anonymous(store, address);
    login::with_password(
        &store.store,
        passwords,
        Limits::default(),
        PasswordsOpen::Everybody,
        &caller,
        "Takahashi",
        password,
        "test",
    )
    .await
    .map(|logged_in| logged_in.secret)
}

async fn caller_of(store: &TestStore, cookie: &str) -> Option<Caller> {
    sessions::caller(&store.store, Limits::default(), cookie, facts())
        .await
        .unwrap()
        .map(|(caller, _)| caller)
}

async fn new_account(
    store: &TestStore,
    admin: &Caller,
    login: &str,
    role: &str,
    kind: AccountKind,
) -> (AccountId, Option<String>) {
    let mut tx = store.store.write(admin).await.unwrap();
    let input = AccountInput {
        kind,
        login: login.to_owned(),
        name: login.to_owned(),
        mail: String::new(),
        lang: None,
        zone: None,
        grants: vec![Grant {
            role: role.to_owned(),
            unit_id: None,
        }],
        break_glass: false,
    };
    let (account, link) = accounts::create(&mut tx, input).await.unwrap();
    tx.commit().await.unwrap();
    (account.id, link)
}

on_both_databases! {
    async fn set_up_makes_the_organisation_and_an_administrator_who_can_sign_in(store: TestStore) {
        let passwords = set_up(&store).await;
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        let caller = caller_of(&store, &cookie).await.unwrap();
        assert!(caller.may(Action::AccountManage) && caller.may(Action::CaseCreate));
        assert_eq!((caller.lang, caller.zone.as_str()), (Lang::Ja, "Asia/Tokyo"));
        let mut tx = store.store.write(&store.system()).await.unwrap();
        assert!(setup::issue_link(&mut tx).await.unwrap().is_none(), "there is no second set-up");
    }

    async fn set_up_names_every_wrong_field(store: TestStore) {
        let passwords = Passwords::new(2);
        let mut tx = store.store.write(&store.system()).await.unwrap();
        let token = setup::issue_link(&mut tx).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let input = SetupInput {
            organisation: OrganisationInput { zone: "Tokyo".to_owned(), own_networks: vec!["300.1.2.3".to_owned()], ..organisation() },
            login: "takahashi".to_owned(), name: "高橋".to_owned(), mail: String::new(), password: PASSWORD.to_owned(),
        };
        let Err(Error::Invalid(fields)) = setup::complete(&store.store, &passwords, &token, input).await else { panic!("must be refused") };
        let pointers: Vec<_> = fields.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(pointers, ["/organisation/zone", "/organisation/own_networks/0"]);
        let mut tx = store.store.read(&store.system()).await.unwrap();
        assert!(links::open(&mut tx, &token).await.unwrap().is_some(), "a refused form leaves the link alive");
    }

    async fn a_wrong_password_an_unknown_login_and_a_shut_account_look_the_same(store: TestStore) {
        let passwords = set_up(&store).await;
        let wrong = log_in(&store, &passwords, "203.0.113.9", "wrong").await.unwrap_err();
        let unknown = login::with_password(&store.store, &passwords, Limits::default(), PasswordsOpen::Everybody, &anonymous(&store, "203.0.113.10"), "nobody", PASSWORD, "t").await.unwrap_err();
        for error in [wrong, unknown] {
            assert!(matches!(error, Error::Rule(message) if message.key == "error-login-failed"));
        }
    }

    async fn failures_slow_the_source_and_lock_nobody_else_out(store: TestStore) {
        let passwords = set_up(&store).await;
        for _ in 0..6 {
            let _ = log_in(&store, &passwords, "198.51.100.7", "wrong").await;
        }
        let attacker = log_in(&store, &passwords, "198.51.100.7", PASSWORD).await.unwrap_err();
        assert!(matches!(attacker, Error::TooMany { .. }), "{attacker}");
        assert!(log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.is_ok(), "the owner signs in from elsewhere");
        store.clock.advance_seconds(5);
        assert!(log_in(&store, &passwords, "198.51.100.7", PASSWORD).await.is_ok(), "and the source waits only a while");
    }

    async fn a_session_ends_by_idleness_age_and_revocation(store: TestStore) {
        let passwords = set_up(&store).await;
        let idle = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        store.clock.advance_seconds(2 * 3600 - 10);
        assert!(caller_of(&store, &idle).await.is_some(), "use prolongs it");
        store.clock.advance_seconds(3600);
        assert!(caller_of(&store, &idle).await.is_some());
        store.clock.advance_seconds(2 * 3600 + 10);
        assert!(caller_of(&store, &idle).await.is_none(), "idle too long");

        let old = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        for _ in 0..13 {
            store.clock.advance_seconds(3600);
            let _ = caller_of(&store, &old).await;
        }
        assert!(caller_of(&store, &old).await.is_none(), "older than the absolute limit although used");

        let (one, two) = (log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap(), log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap());
        let caller = caller_of(&store, &one).await.unwrap();
        let mut tx = store.store.write(&caller).await.unwrap();
        sessions::revoke_others(&mut tx, caller.account().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(caller_of(&store, &one).await.is_some() && caller_of(&store, &two).await.is_none());
    }

    async fn a_second_factor_is_demanded_works_once_and_has_recovery_codes(store: TestStore) {
        let passwords = set_up(&store).await;
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        let caller = caller_of(&store, &cookie).await.unwrap();
        let mut tx = store.store.write(&caller).await.unwrap();
        let enrolment = totp::begin(&mut tx, "Matoi").await.unwrap();
        assert!(enrolment.url.starts_with("otpauth://totp/"), "{}", enrolment.url);
        let app = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30)
            .with_secret(totp_rs::Secret::try_from_base32(&enrolment.secret).unwrap())
            .with_account_name("x").build().unwrap();
        let code = |store: &TestStore| app.generate(u64::try_from(store.store.now().as_millis() / 1000).unwrap()).to_string();
        assert!(totp::confirm(&mut tx, "000000").await.is_err());
        let recovery = totp::confirm(&mut tx, &code(&store)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(recovery.len(), 10);

        store.clock.advance_seconds(60);
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        assert!(caller_of(&store, &cookie).await.is_none(), "a password alone opens nothing");
        let from = anonymous(&store, "203.0.113.9");
        let now_code = code(&store);
        login::give_second_factor(&store.store, &from, &cookie, &now_code).await.unwrap();
        assert!(caller_of(&store, &cookie).await.unwrap().second_factor);

        let replay = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        assert!(login::give_second_factor(&store.store, &from, &replay, &now_code).await.is_err(), "a code works once");
        login::give_second_factor(&store.store, &from, &replay, &recovery[0].to_uppercase()).await.unwrap();
        let third = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        assert!(login::give_second_factor(&store.store, &from, &third, &recovery[0]).await.is_err(), "so does a recovery code");
    }

    async fn a_token_never_does_more_than_its_scopes_nor_than_its_account(store: TestStore) {
        let passwords = set_up(&store).await;
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        let admin = caller_of(&store, &cookie).await.unwrap();
        let (service, link) = new_account(&store, &admin, "siem", "soc_operator", AccountKind::Service).await;
        assert!(link.is_none(), "a program gets no invitation");

        let mut tx = store.store.write(&admin).await.unwrap();
        let too_much = TokenInput { name: "x".to_owned(), scopes: vec![Action::AccountManage], days: 30 };
        assert!(matches!(tokens::create(&mut tx, service, too_much).await, Err(Error::Invalid(fields)) if fields[0].pointer == "/scopes/0"));
        let input = TokenInput { name: "elastalert".to_owned(), scopes: vec![Action::AlertCreate], days: 30 };
        let (token, secret) = tokens::create(&mut tx, service, input).await.unwrap();
        tx.commit().await.unwrap();

        let (caller, _) = tokens::caller(&store.store, &secret, facts()).await.unwrap().unwrap();
        assert!(caller.may(Action::AlertCreate) && !caller.may(Action::AlertRead));
        assert!(tokens::caller(&store.store, "matoi_wrong", facts()).await.unwrap().is_none());
        store.clock.advance_seconds(31 * 86_400);
        assert!(tokens::caller(&store.store, &secret, facts()).await.unwrap().is_none(), "ended");

        let mut tx = store.store.write(&admin).await.unwrap();
        tokens::revoke(&mut tx, token.id).await.unwrap();
    }

    async fn an_invitation_sets_the_password_once(store: TestStore) {
        let passwords = set_up(&store).await;
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        let admin = caller_of(&store, &cookie).await.unwrap();
        let (_, link) = new_account(&store, &admin, "sasaki", "handler", AccountKind::Human).await;
        let link = link.unwrap();
        let mut tx = store.store.read(&store.system()).await.unwrap();
        assert_eq!(links::open(&mut tx, &link).await.unwrap().unwrap().purpose, LinkPurpose::Invitation);
        drop(tx);
        assert!(matches!(accounts::accept_link(&store.store, &passwords, &link, "sasaki-sasaki").await, Err(Error::Invalid(_))));
        accounts::accept_link(&store.store, &passwords, &link, PASSWORD).await.unwrap();
        assert!(accounts::accept_link(&store.store, &passwords, &link, PASSWORD).await.is_err());
    }

    async fn the_last_administrator_cannot_be_taken_away(store: TestStore) {
        let passwords = set_up(&store).await;
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        let admin = caller_of(&store, &cookie).await.unwrap();
        let id = admin.account().unwrap();
        let mut tx = store.store.write(&admin).await.unwrap();
        let account = accounts::get(&mut tx, id).await.unwrap();
        let refused = accounts::disable(&mut tx, id, account.version).await.unwrap_err();
        assert!(matches!(refused, Error::Rule(message) if message.key == "error-last-administrator"));
    }

    async fn what_somebody_may_not_do_is_refused(store: TestStore) {
        let passwords = set_up(&store).await;
        let cookie = log_in(&store, &passwords, "203.0.113.9", PASSWORD).await.unwrap();
        let admin = caller_of(&store, &cookie).await.unwrap();
        let (_, link) = new_account(&store, &admin, "ishii", "member", AccountKind::Human).await;
        accounts::accept_link(&store.store, &passwords, &link.unwrap(), PASSWORD).await.unwrap();
        let session = login::with_password(&store.store, &passwords, Limits::default(), PasswordsOpen::Everybody, &anonymous(&store, "203.0.113.9"), "ishii", PASSWORD, "t").await.unwrap();
        let member = caller_of(&store, &session.secret).await.unwrap();
        let mut tx = store.store.write(&member).await.unwrap();
        let me = member.account().unwrap();
        assert!(accounts::get(&mut tx, me).await.is_ok(), "one's own account");
        assert!(matches!(accounts::get(&mut tx, admin.account().unwrap()).await, Err(Error::Forbidden(Action::AccountRead))));
        assert!(matches!(accounts::reset_password(&mut tx, me, false).await, Err(Error::Forbidden(Action::AccountManage))));
        drop(tx);
        let anonymous = anonymous(&store, "203.0.113.9");
        let mut tx = store.store.write(&anonymous).await.unwrap();
        assert!(matches!(accounts::get(&mut tx, me).await, Err(Error::Unauthenticated)));
    }
}
