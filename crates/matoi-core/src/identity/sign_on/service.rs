//! From the button to the session: what leaves with the browser, what comes back with it, and what is made of it.
//!
//! What an attempt needs to remember travels sealed in a cookie, so that nobody fills a table by pressing a button; only an
//! answer that comes back is written down, so that none works twice. The second factor is the identity provider's business:
//! one set up in Matoi is asked for with a password only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use matoi_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::rules::{self, Candidates, Whose};
use super::{Answer, Attempt, Identity, ProviderError, Refusal, SignOn};
use crate::identity::accounts::{self, login_key};
use crate::identity::login::{self, Sources};
use crate::identity::model::{Account, AccountInput, AccountKind, Grant, LinkPurpose};
use crate::identity::password::Passwords;
use crate::identity::{links, secret, sessions, store};
use crate::kernel::{Action, Caller, Change, Error, Message, Result, Store, Tx, access};

/// How long somebody may take at the identity provider, in seconds.
pub const ATTEMPT_SECONDS: i64 = 600;
/// How a session that began at the identity provider says so.
const METHOD: &str = "single_sign_on";
const SEAL: &str = "sign-on attempt";
/// The longest subject there may be (OpenID Connect Core 1.0, section 2).
const SUBJECT_CHARACTERS: usize = 255;

/// What somebody goes to the identity provider for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To sign in with an account for the first time: the secret of its invitation.
    Invitation(String),
    /// To connect the account they are signed in with.
    Connect(AccountId),
}

/// An attempt that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// What it has to bring back, for [`ATTEMPT_SECONDS`]: characters that need no quoting in a cookie.
    pub cookie: String,
}

/// What a browser comes back with (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    /// The state of the attempt.
    pub state: String,
    /// The code, when all went well.
    pub code: String,
    /// The name of what went wrong.
    pub error: String,
    /// Who answers.
    pub iss: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A session has begun.
    SignedIn {
        /// The secret for the cookie; known to nobody else.
        secret: String,
        /// Where the person wanted to go: a path, to be checked like every path that comes from outside.
        next: String,
    },
    /// The account of the session is connected now.
    Connected,
    /// Nothing was changed, unless roles were taken away.
    Refused(Refusal),
}

#[derive(Serialize, Deserialize)]
struct Carried {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    until: i64,
    purpose: Purpose,
}

/// Begins an attempt, or says why there is none to begin.
///
/// # Errors
/// [`Error::TooMany`] while the source has to wait.
pub async fn begin(
    store: &Store,
    sign_on: &SignOn,
    caller: &Caller,
    purpose: Purpose,
    next: &str,
) -> Result<std::result::Result<Begun, Refusal>> {
    let mut look = store.read(caller).await?;
    Sources::of_sign_on(caller.address.as_deref())
        .require_free(&mut look)
        .await?;
    drop(look);
    let env = store.env();
    let attempt = Attempt {
        state: secret::new_secret(env)?,
        nonce: secret::new_secret(env)?,
        verifier: secret::new_secret(env)?,
    };
    let address = match sign_on.provider.address(&attempt, caller.now).await {
        Ok(address) => address,
        Err(error) => return Ok(Err(refuse(caller, of_provider(&error), &error.to_string()))),
    };
    let carried = Carried {
        state: attempt.state,
        nonce: attempt.nonce,
        verifier: attempt.verifier,
        // A longer one would not fit into a cookie.
        next: if next.len() > 1000 { "/" } else { next }.to_owned(),
        until: caller.now.plus_seconds(ATTEMPT_SECONDS).as_micros(),
        purpose,
    };
    let sealed = env.secrets().seal(SEAL, &serde_json::to_vec(&carried)?)?;
    let cookie = URL_SAFE_NO_PAD.encode(sealed);
    Ok(Ok(Begun { address, cookie }))
}

/// Lets somebody who is signed in connect their account: they prove with their password that it is theirs, so that an open
/// screen is not enough for a lasting way in.
///
/// # Errors
/// [`Error::Invalid`] at `/password` when it is not theirs.
pub async fn require_own_password(
    store: &Store,
    passwords: &Passwords,
    caller: &Caller,
    password: &str,
) -> Result<AccountId> {
    let id = caller.require_account()?;
    let sources = Sources::of(caller.address.as_deref(), &id.to_string());
    let mut look = store.read(caller).await?;
    sources.require_free(&mut look).await?;
    let hash = store::password_hash(&mut look, id).await?;
    drop(look);
    if passwords.verify(password, hash).await? {
        return Ok(id);
    }
    let mut tx = store.write(caller).await?;
    sources.count_failure(&mut tx).await?;
    tx.commit().await?;
    Err(Error::field("/password", Message::new("error-password-wrong")))
}

/// What a browser that comes back brings, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct Browser<'a> {
    /// The cookie of [`Begun`].
    pub cookie: Option<&'a str>,
    /// Whose session it has.
    pub signed_in: Option<AccountId>,
    /// How it calls itself.
    pub agent: &'a str,
}

/// Ends an attempt: checks what came back, finds whose account it is, and begins a session.
///
/// # Errors
/// [`Error::TooMany`] while the source has to wait; what is wrong with the person or the provider is an [`Outcome`].
pub async fn finish(
    store: &Store,
    sign_on: &SignOn,
    limits: sessions::Limits,
    caller: &Caller,
    browser: Browser<'_>,
    back: Back,
) -> Result<Outcome> {
    let sources = Sources::of_sign_on(caller.address.as_deref());
    let mut look = store.read(caller).await?;
    sources.require_free(&mut look).await?;
    drop(look);
    let (refusal, account) = match try_to_finish(store, sign_on, limits, caller, browser, back).await {
        Ok(outcome) => return Ok(outcome),
        Err(Stop::Failed(error)) => return Err(error),
        Err(Stop::Refused(refusal, account)) => (refusal, account),
    };
    // What anybody can bring about as often as they like is in the program's log alone: the audit log only grows.
    if account.is_none() && refusal.costs_nothing() {
        return Ok(Outcome::Refused(refusal));
    }
    let mut tx = store.write(&login::system_for(store, caller)).await?;
    if refusal.counts() {
        sources.count_failure(&mut tx).await?;
    }
    let change = match account {
        Some(id) => Change::of("account.sign_on_refused", id),
        None => Change::named("account.sign_on_refused", "login", "-".to_owned()),
    };
    tx.record(change.set("reason", refusal.reason())).await?;
    tx.commit().await?;
    Ok(Outcome::Refused(refusal))
}

/// Why an attempt goes no further.
enum Stop {
    /// For a reason that the person is told; with the account, where it is known.
    Refused(Refusal, Option<AccountId>),
    /// Something broke.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

async fn try_to_finish(
    store: &Store,
    sign_on: &SignOn,
    limits: sessions::Limits,
    caller: &Caller,
    browser: Browser<'_>,
    back: Back,
) -> std::result::Result<Outcome, Stop> {
    let stop = |refusal, why: &str| Stop::Refused(refuse(caller, refusal, why), None);
    let carried = open(store, caller, browser.cookie, &back).await?;
    if let Purpose::Connect(account) = carried.purpose
        && browser.signed_in != Some(account)
    {
        return Err(stop(Refusal::Lost, "somebody else is signed in now"));
    }
    if back.code.is_empty() {
        let (refusal, why) = of_answer(&back.error);
        return Err(stop(refusal, &why));
    }
    let answer = Answer {
        code: back.code,
        issuer: Some(back.iss).filter(|issuer| !issuer.is_empty()),
        attempt: Attempt {
            state: carried.state,
            nonce: carried.nonce,
            verifier: carried.verifier,
        },
    };
    let identity = match sign_on.provider.identity(answer, caller.now).await {
        Ok(identity) => identity,
        Err(error) => return Err(stop(of_provider(&error), &error.to_string())),
    };
    if !is_subject(&identity.subject) {
        return Err(stop(Refusal::Claims, "sub is empty or too long"));
    }

    let mut tx = store.write(&login::system_for(store, caller)).await?;
    let bound = store::account_by_subject(&mut tx, &identity.issuer, &identity.subject).await?;
    let known = bound.as_ref().map(|account| account.id);
    let found = account_of(&mut tx, sign_on, &identity, bound, &carried.purpose).await;
    let account = found.map_err(|stop| logged(caller, stop, known, "by the rules of accounts"))?;
    if let Err(left_out) = follow_groups(&mut tx, sign_on, &identity, account).await {
        // What the provider takes away is taken away, even though nobody comes in. A new bond is not made for nobody.
        if matches!(left_out, Stop::Refused(..)) && known == Some(account) {
            tx.commit().await?;
        }
        return Err(logged(
            caller,
            left_out,
            known,
            "no group of the person gives a role",
        ));
    }
    Sources::of_sign_on(caller.address.as_deref())
        .forget(&mut tx)
        .await?;
    if matches!(carried.purpose, Purpose::Connect(_)) {
        tx.commit().await?;
        return Ok(Outcome::Connected);
    }
    let session = sessions::begin(&mut tx, limits, account, METHOD, false, browser.agent).await?;
    login::finish(&mut tx, account, METHOD).await?;
    tx.commit().await?;
    Ok(Outcome::SignedIn {
        secret: session.secret,
        next: carried.next,
    })
}

/// What the browser brought along, if it belongs to the answer and neither was used before.
async fn open(
    store: &Store,
    caller: &Caller,
    cookie: Option<&str>,
    back: &Back,
) -> std::result::Result<Carried, Stop> {
    let lost = |why: &str| Stop::Refused(refuse(caller, Refusal::Lost, why), None);
    let carried = cookie
        .and_then(|cookie| URL_SAFE_NO_PAD.decode(cookie).ok())
        .and_then(|sealed| String::from_utf8(sealed).ok())
        .and_then(|sealed| store.env().secrets().open(SEAL, &sealed).ok())
        .and_then(|bytes| serde_json::from_slice::<Carried>(&bytes).ok())
        .ok_or_else(|| lost("the browser brings nothing along"))?;
    let until = Timestamp::from_micros(carried.until);
    if until <= caller.now {
        return Err(lost("it took too long"));
    }
    let state = secret::digest(&carried.state);
    // Digests are compared: how long that takes says nothing of the state.
    if state != secret::digest(&back.state) {
        return Err(lost("the answer belongs to another attempt"));
    }
    if back.code.is_empty() {
        // Nothing comes of it, so nothing is lost when it comes again.
        return Ok(carried);
    }
    let mut tx = store.write(&login::system_for(store, caller)).await?;
    let first = store::use_answer(&mut tx, &state, until).await?;
    tx.commit().await?;
    if first {
        Ok(carried)
    } else {
        Err(lost("the answer was used before"))
    }
}

async fn account_of(
    tx: &mut Tx,
    sign_on: &SignOn,
    identity: &Identity,
    bound: Option<Account>,
    purpose: &Purpose,
) -> std::result::Result<AccountId, Stop> {
    let (target, proof) = match purpose {
        Purpose::SignIn => {
            let candidates = Candidates {
                bound,
                with_login: match &identity.login {
                    Some(login) => store::account_by_login(tx, &login_key(login)).await?,
                    None => None,
                },
                with_mail: match &identity.mail {
                    Some(mail) => store::people_by_mail(tx, mail).await?,
                    None => Vec::new(),
                },
            };
            let whose = rules::whose(identity, &candidates, sign_on.settings.create_accounts);
            return match whose.map_err(|refusal| Stop::Refused(refusal, None))? {
                Whose::Account(id) => Ok(id),
                Whose::Bind(id) => {
                    bind(tx, id, identity, "verified_mail").await?;
                    Ok(id)
                }
                Whose::New => create(tx, sign_on, identity).await,
            };
        }
        Purpose::Invitation(token) => (invited(tx, token).await?, "invitation"),
        Purpose::Connect(id) => (store::get_account(tx, *id).await?, "password"),
    };
    let target = target.ok_or(Stop::Refused(Refusal::Lost, None))?;
    rules::require_bindable(&target, bound.as_ref())
        .map_err(|refusal| Stop::Refused(refusal, Some(target.id)))?;
    bind(tx, target.id, identity, proof).await?;
    Ok(target.id)
}

/// The account of an invitation. A break-glass account is for the day without the provider: it needs its password.
async fn invited(tx: &mut Tx, token: &str) -> Result<Option<Account>> {
    let link = links::open(tx, token)
        .await?
        .filter(|link| link.purpose == LinkPurpose::Invitation);
    let Some(id) = link.and_then(|link| link.account) else {
        return Ok(None);
    };
    // Of two who come at once with the same link, one is first. What is refused later takes it back.
    if !links::consume(tx, token).await? {
        return Ok(None);
    }
    Ok(store::get_account(tx, id)
        .await?
        .filter(|account| !account.break_glass))
}

/// Makes an account for somebody new, or says what about them cannot be used.
async fn create(tx: &mut Tx, sign_on: &SignOn, identity: &Identity) -> std::result::Result<AccountId, Stop> {
    let refused = |refusal| Stop::Refused(refusal, None);
    let login = identity.login.clone().ok_or_else(|| refused(Refusal::Claims))?;
    let grants = rules::grants_after(&sign_on.settings.roles, &identity.groups, None);
    let grants = known_roles(tx, grants).await?;
    if grants.is_empty() {
        return Err(refused(Refusal::NoRole));
    }
    let input = AccountInput {
        kind: AccountKind::Human,
        name: identity.name.clone().unwrap_or_else(|| login.clone()),
        login,
        mail: identity.mail.clone().unwrap_or_default(),
        lang: None,
        zone: None,
        grants,
        break_glass: false,
    };
    match accounts::create_as(tx, input).await {
        Ok(id) => {
            bind(tx, id, identity, "first_sign_on").await?;
            Ok(id)
        }
        Err(Error::Invalid(_)) => Err(refused(Refusal::Claims)),
        Err(Error::Exists(_)) => Err(refused(Refusal::Taken)),
        Err(error) => Err(error.into()),
    }
}

async fn bind(tx: &mut Tx, id: AccountId, identity: &Identity, proof: &'static str) -> Result<()> {
    let before = store::subject_of(tx, id).await?;
    let after = Some((identity.issuer.clone(), identity.subject.clone()));
    if before == after {
        return Ok(());
    }
    links::end_all(tx, id).await?;
    store::set_subject(tx, id, &identity.issuer, &identity.subject).await?;
    // Who manages accounts can hand out links and set mail addresses: need-to-know waits until somebody has confirmed it.
    let suspended = if matches!(proof, "invitation" | "verified_mail") {
        access::suspend_member_everywhere(tx, id).await?
    } else {
        0
    };
    let change = Change::of("account.connect", id)
        .changed("single_sign_on", before, after)
        .set("proof", proof)
        .set("suspended_lists", suspended);
    tx.record(change).await
}

/// Gives and takes the roles that the groups decide about. Stops when none is left.
async fn follow_groups(
    tx: &mut Tx,
    sign_on: &SignOn,
    identity: &Identity,
    id: AccountId,
) -> std::result::Result<(), Stop> {
    let account = require_account(tx, id).await?;
    let grants = rules::grants_after(&sign_on.settings.roles, &identity.groups, Some(&account));
    let grants = known_roles(tx, grants).await?;
    if grants != account.grants {
        store::set_grants(tx, id, &grants).await?;
        store::touch_account(tx, id).await?;
        accounts::require_an_administrator(tx).await?;
        let change = Change::of("account.update", id)
            .changed("grants", &account.grants, &grants)
            .because("groups of the identity provider");
        tx.record(change).await?;
    }
    if grants.is_empty() {
        return Err(Stop::Refused(Refusal::NoRole, Some(id)));
    }
    Ok(())
}

/// Those that name a role there is. Another one is a mistake in the mapping, and gives nothing.
async fn known_roles(tx: &mut Tx, grants: Vec<Grant>) -> Result<Vec<Grant>> {
    let roles = store::roles(tx).await?;
    let (known, unknown): (Vec<_>, Vec<_>) = grants
        .into_iter()
        .partition(|grant| roles.iter().any(|role| role.id == grant.role));
    for grant in unknown {
        tracing::warn!(role = grant.role, "oidc.roles names a role that there is not");
    }
    Ok(known)
}

/// Names in the mapping of groups to roles that no role has, each once. Roles can be made and removed while the program
/// runs, so this is no error of the configuration.
pub async fn unknown_roles(tx: &mut Tx, mapping: &[(String, Vec<String>)]) -> Result<Vec<String>> {
    let roles = store::roles(tx).await?;
    let mut unknown: Vec<String> = mapping
        .iter()
        .flat_map(|(_, names)| names)
        .filter(|name| !roles.iter().any(|role| role.id == **name))
        .cloned()
        .collect();
    unknown.sort();
    unknown.dedup();
    Ok(unknown)
}

/// What an answer without a code says.
fn of_answer(error: &str) -> (Refusal, String) {
    let refusal = match error {
        "access_denied"
        | "login_required"
        | "consent_required"
        | "interaction_required"
        | "account_selection_required" => Refusal::Denied,
        _ => Refusal::Unreachable,
    };
    let said: String = error
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(60)
        .collect();
    (refusal, format!("the provider says: {said}"))
}

fn is_subject(subject: &str) -> bool {
    (1..=SUBJECT_CHARACTERS).contains(&subject.chars().count())
}

/// Tells the log why, and whose account it is where that is known.
fn logged(caller: &Caller, stop: Stop, known: Option<AccountId>, why: &str) -> Stop {
    match stop {
        Stop::Refused(refusal, account) => Stop::Refused(refuse(caller, refusal, why), account.or(known)),
        failed @ Stop::Failed(_) => failed,
    }
}

async fn require_account(tx: &mut Tx, id: AccountId) -> Result<Account> {
    store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))
}

const fn of_provider(error: &ProviderError) -> Refusal {
    match error {
        ProviderError::Unreachable(_) => Refusal::Unreachable,
        ProviderError::Untrusted(_) => Refusal::Untrusted,
        ProviderError::Clock(_) => Refusal::Clock,
        ProviderError::Incomplete(_) => Refusal::Claims,
    }
}

/// Tells the log once, where it is known why.
fn refuse(caller: &Caller, refusal: Refusal, why: &str) -> Refusal {
    tracing::warn!(request_id = %caller.request_id, reason = refusal.reason(), why, "single sign-on was refused");
    refusal
}

/// Binds an account to a person at an identity provider, by whoever operates the program. The account's places on
/// need-to-know lists rest until each list's owner confirms them, as after a new password from an administrator.
///
/// # Errors
/// When the person belongs to another account, or the account cannot sign in at all.
pub async fn bind_by_operator(tx: &mut Tx, id: AccountId, issuer: &str, subject: &str) -> Result<()> {
    tx.require(Action::SystemOperate)?;
    let target = require_account(tx, id).await?;
    let bound = store::account_by_subject(tx, issuer, subject).await?;
    rules::require_bindable(&target, bound.as_ref()).map_err(|refusal| Error::rule(refusal.key()))?;
    if !is_subject(subject) {
        return Err(Error::rule(Refusal::Claims.key()));
    }
    access::suspend_member_everywhere(tx, id).await?;
    store::revoke_all_sessions(tx, id, None).await?;
    let identity = Identity {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        login: None,
        name: None,
        mail: None,
        mail_verified: false,
        groups: Vec::new(),
    };
    bind(tx, id, &identity, "operator").await
}

/// Whether somebody could still sign in if passwords were for break-glass accounts only and the provider were down.
///
/// # Errors
/// When the caller does not operate the program.
pub async fn has_a_way_in_without(tx: &mut Tx) -> Result<bool> {
    tx.require(Action::SystemOperate)?;
    Ok(store::break_glass_with_password(tx).await? > 0)
}

/// Takes the bond to the identity provider off an account. Its sessions end.
///
/// # Errors
/// [`Error::NotFound`] when it has none.
pub async fn unbind(tx: &mut Tx, id: AccountId) -> Result<()> {
    tx.require(Action::AccountManage)?;
    let before = store::subject_of(tx, id)
        .await?
        .ok_or(Error::NotFound("single sign-on"))?;
    store::clear_subject(tx, id).await?;
    store::revoke_all_sessions(tx, id, None).await?;
    tx.record(Change::of("account.disconnect", id).removed("single_sign_on", before))
        .await
}
