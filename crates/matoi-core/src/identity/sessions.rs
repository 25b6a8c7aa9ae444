//! Sessions in the database: an idle and an absolute limit, a list of one's own, revocation at once.

use matoi_types::{AccountId, Lang, SessionId};

use super::login::LoggedIn;
use super::model::{Principal, Session};
use super::{secret, store};
use crate::kernel::{Action, Actor, Caller, Change, Error, Page, PageRequest, Result, Store, Tx};

/// How long a session lives, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Without use.
    pub idle: i64,
    /// In any case.
    pub absolute: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: 2 * 3600,
            absolute: 12 * 3600,
        }
    }
}

/// What a request says about itself.
#[derive(Debug, Clone)]
pub struct RequestFacts {
    /// Where it came from, as far as it can be trusted.
    pub address: Option<String>,
    /// Its identifier.
    pub request_id: String,
}

pub(super) struct Waiting {
    pub(super) session: SessionId,
    pub(super) account: AccountId,
}

/// Begins a session. Its secret is given here and nowhere else.
pub(super) async fn begin(
    tx: &mut Tx,
    limits: Limits,
    account: AccountId,
    method: &'static str,
    wait_for_second_factor: bool,
    agent: &str,
) -> Result<LoggedIn> {
    let secret_text = secret::new_secret(tx.env())?;
    let session: SessionId = tx.new_id()?;
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
    let new = store::NewSession {
        id: session,
        digest: secret::digest(&secret_text),
        account,
        method,
        second_factor: if wait_for_second_factor { "wanted" } else { "none" },
        agent,
        limits,
    };
    store::insert_session(tx, new).await?;
    Ok(LoggedIn {
        secret: secret_text,
        session,
        needs_second_factor: wait_for_second_factor,
    })
}

/// Begins a session without a password: for tests of pages. Gives its secret.
pub async fn begin_for_tests(tx: &mut Tx, limits: Limits, account: AccountId) -> Result<String> {
    tx.require(Action::SystemOperate)?;
    if !tx.caller().is_system() {
        return Err(Error::Forbidden(Action::SystemOperate));
    }
    Ok(begin(tx, limits, account, "password", false, "test")
        .await?
        .secret)
}

pub(super) async fn waiting_for_second_factor(tx: &mut Tx, cookie: &str) -> Result<Option<Waiting>> {
    let found = store::live_session(tx, &secret::digest(cookie)).await?;
    Ok(found
        .filter(|session| session.second_factor == "wanted")
        .map(|session| Waiting {
            session: session.id,
            account: session.account,
        }))
}

/// Whether the cookie belongs to a session that still waits for its second factor.
pub async fn is_waiting(store: &Store, cookie: &str) -> Result<bool> {
    let caller = Caller::anonymous(Lang::En, "UTC".to_owned(), store.now());
    let mut tx = store.read(&caller).await?;
    Ok(waiting_for_second_factor(&mut tx, cookie).await?.is_some())
}

/// The caller behind a session cookie, or none when the session has ended. Prolongs the idle limit, at most once a minute.
pub async fn caller(
    store: &Store,
    limits: Limits,
    cookie: &str,
    facts: RequestFacts,
) -> Result<Option<(Caller, Principal)>> {
    let system = store.system("session");
    let now = system.now;
    let mut tx = store.read(&system).await?;
    let Some(session) = store::live_session(&mut tx, &secret::digest(cookie)).await? else {
        return Ok(None);
    };
    if session.second_factor == "wanted" {
        return Ok(None);
    }
    let Some(principal) = store::principal(&mut tx, session.account).await? else {
        return Ok(None);
    };
    drop(tx);
    if now.seconds_since(session.last_seen_at) >= 60 {
        let mut tx = store.write(&system).await?;
        store::touch_session(&mut tx, session.id, limits).await?;
        tx.commit().await?;
    }
    let caller = Caller {
        session: Some(session.id),
        second_factor: session.second_factor == "given",
        ..of(&principal, facts, now)
    };
    Ok(Some((caller, principal)))
}

/// A caller with everything an account may do.
pub(super) fn of(principal: &Principal, facts: RequestFacts, now: matoi_types::Timestamp) -> Caller {
    Caller {
        actor: Actor::Account {
            id: principal.account,
            name: principal.name.clone(),
        },
        session: None,
        token: None,
        actions: principal.actions,
        clearance: principal.clearance,
        all_units: principal.all_units,
        second_factor: false,
        lang: principal.lang,
        zone: principal.zone.clone(),
        address: facts.address,
        request_id: facts.request_id,
        now,
    }
}

/// One's own sessions that are alive, or those of another account for those who manage tokens.
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Session>> {
    require_own_or_manager(tx, account)?;
    store::sessions(tx, account).await
}

/// Live sessions of everybody, the latest begun first.
pub async fn list_all(tx: &mut Tx, page: &PageRequest) -> Result<Page<Session>> {
    tx.require(Action::TokenManage)?;
    let limit = page.rows()?;
    let after = page.after("sessions")?;
    let rows = store::all_sessions(tx, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "sessions", |session| {
        (0, session.id.to_string())
    }))
}

/// Ends anybody's session.
pub async fn revoke_any(tx: &mut Tx, session: SessionId) -> Result<()> {
    tx.require(Action::TokenManage)?;
    let account = store::session_owner(tx, session)
        .await?
        .ok_or(Error::NotFound("session"))?;
    revoke(tx, account, session).await
}

/// Ends one session.
pub async fn revoke(tx: &mut Tx, account: AccountId, session: SessionId) -> Result<()> {
    require_own_or_manager(tx, account)?;
    if !store::revoke_session(tx, account, session).await? {
        return Err(Error::NotFound("session"));
    }
    tx.record(Change::of("session.revoke", session).set("account_id", account))
        .await
}

/// Ends every session of an account but the one that asks.
pub async fn revoke_others(tx: &mut Tx, account: AccountId) -> Result<u64> {
    require_own_or_manager(tx, account)?;
    let current = tx.caller().session;
    let ended = store::revoke_all_sessions(tx, account, current).await?;
    tx.record(Change::of("session.revoke_others", account).set("ended", ended))
        .await?;
    Ok(ended)
}

/// Ends the session that asks.
pub async fn log_out(tx: &mut Tx) -> Result<()> {
    let (Some(account), Some(session)) = (tx.caller().account(), tx.caller().session) else {
        return Ok(());
    };
    store::revoke_session(tx, account, session).await?;
    tx.record(Change::of("account.logout", account)).await
}

fn require_own_or_manager(tx: &Tx, account: AccountId) -> Result<()> {
    if tx.caller().account() == Some(account) {
        Ok(())
    } else {
        tx.require(Action::TokenManage)
    }
}
