//! Accounts: made by an administrator, finished by their owner through a link, never deleted (the audit log names them).

use std::collections::HashMap;

use matoi_types::AccountId;

use super::model::{
    Account, AccountFilter, AccountInput, AccountKind, AccountName, AccountState, Grant, LinkPurpose, Profile,
};
use super::password::{OwnWords, Passwords, problem};
use super::{links, store, totp};
use crate::kernel::check::Fields;
use crate::kernel::{
    Action, Change, Error, FieldError, Message, Page, PageRequest, Result, Store, Tx, access,
};
use crate::organisation;

/// How long an invitation or a password reset works, in hours.
pub const LINK_HOURS: i64 = 72;

/// Accounts, the newest first.
pub async fn list(tx: &mut Tx, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>> {
    tx.require(Action::AccountRead)?;
    let limit = page.rows()?;
    let after = page.after("accounts")?;
    let text = filter
        .text
        .as_deref()
        .map(login_key)
        .filter(|text| !text.is_empty());
    let filter = AccountFilter {
        text,
        ..filter.clone()
    };
    let rows = store::list_accounts(tx, &filter, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "accounts", |account| {
        (0, account.id.to_string())
    }))
}

/// How many accounts are in each state.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(AccountState, i64)>> {
    tx.require(Action::AccountRead)?;
    store::account_counts(tx).await
}

/// Every account there ever was, by name: for filters over what was done. At most 2,000.
pub async fn everybody(tx: &mut Tx) -> Result<Vec<AccountName>> {
    tx.require(Action::AccountRead)?;
    store::account_names(tx).await
}

/// The names of some accounts, whoever asks: names stand on every timeline.
pub async fn names_of(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = AccountId>,
) -> Result<HashMap<AccountId, String>> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable_by_key(ToString::to_string);
    ids.dedup();
    let mut names = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        names.extend(store::names_of(tx, some).await?);
    }
    Ok(names)
}

/// The names of all people who ever had an account: what must not leave in documents for outside.
pub(crate) async fn names_of_people(tx: &mut Tx) -> Result<Vec<String>> {
    store::names_of_people(tx).await
}

/// The names some accounts sign in with: what other tools know people by.
pub async fn logins_of(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = AccountId>,
) -> Result<HashMap<AccountId, String>> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable_by_key(ToString::to_string);
    ids.dedup();
    let mut logins = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        logins.extend(store::logins_of(tx, some).await?);
    }
    Ok(logins)
}

/// Everybody who can be given work: active people, by name. For choosing, so it is not paged.
pub async fn assignable(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    tx.require(Action::AccountRead)?;
    store::active_people(tx).await
}

/// One account.
pub async fn get(tx: &mut Tx, id: AccountId) -> Result<Account> {
    if tx.caller().account() != Some(id) {
        tx.require(Action::AccountRead)?;
    }
    store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))
}

/// The account that signs in with this name.
pub async fn by_login(tx: &mut Tx, login: &str) -> Result<Account> {
    tx.require(Action::AccountRead)?;
    store::account_by_login(tx, &login_key(login))
        .await?
        .ok_or(Error::NotFound("account"))
}

/// The name to show for an account, whoever asks: names stand on every timeline.
pub async fn name_of(tx: &mut Tx, id: AccountId) -> Result<String> {
    store::account_name(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))
}

/// A caller with everything an account may do, for the program acting in its name: the command line, a test.
pub async fn caller_for(
    store: &Store,
    id: AccountId,
    facts: super::sessions::RequestFacts,
) -> Result<Option<crate::Caller>> {
    let system = store.system("account");
    let mut tx = store.read(&system).await?;
    let principal = store::principal(&mut tx, id).await?;
    Ok(principal.map(|principal| super::sessions::of(&principal, facts, system.now)))
}

/// What the holder of a link that works is shown of its account.
#[derive(Debug, Clone)]
pub struct LinkHolder {
    /// The name to show.
    pub name: String,
    /// The name to sign in with.
    pub login: String,
    /// Whether it needs a password in any case.
    pub break_glass: bool,
}

/// Whose account it is that a link that works belongs to.
pub async fn link_holder(tx: &mut Tx, id: AccountId) -> Result<LinkHolder> {
    let account = store::get_account(tx, id).await?.ok_or(Error::NotFound("link"))?;
    Ok(LinkHolder {
        name: account.name,
        login: account.login,
        break_glass: account.break_glass,
    })
}

/// The account behind a login, if work can be given to it.
pub async fn assignee_by_login(tx: &mut Tx, login: &str) -> Result<Option<AccountId>> {
    let account = store::account_by_login(tx, &login_key(login)).await?;
    Ok(account
        .filter(|account| account.state != AccountState::Disabled)
        .map(|account| account.id))
}

/// The people whose roles permit an action anywhere in the organisation: those it is meant for when nobody can be named.
pub(crate) async fn people_who_may(tx: &mut Tx, action: Action) -> Result<Vec<AccountId>> {
    store::people_with(tx, action).await
}

/// Whether this is an account that work can be given to.
pub async fn is_active(tx: &mut Tx, id: AccountId) -> Result<bool> {
    Ok(store::get_account(tx, id)
        .await?
        .is_some_and(|account| account.state != AccountState::Disabled))
}

/// Makes an account. A person gets an invitation link, whose secret is given here and nowhere else.
pub async fn create(tx: &mut Tx, input: AccountInput) -> Result<(Account, Option<String>)> {
    tx.require(Action::AccountManage)?;
    let kind = input.kind;
    let id = create_as(tx, input).await?;
    let link = match kind {
        AccountKind::Human => Some(links::issue(tx, LinkPurpose::Invitation, Some(id), LINK_HOURS).await?),
        AccountKind::Service => None,
    };
    Ok((get(tx, id).await?, link))
}

pub(super) async fn create_as(tx: &mut Tx, input: AccountInput) -> Result<AccountId> {
    let organisation = organisation::service::require(tx).await?;
    let mut fields = Fields::new();
    let login = check_login(&mut fields, &input.login);
    let name = fields.line("/name", &input.name, 100);
    let mail = fields.mail("/mail", &input.mail);
    let zone = match &input.zone {
        Some(zone) => fields.zone("/zone", zone),
        None => organisation.zone,
    };
    check_grants(tx, &mut fields, &input.grants).await?;
    fields.done()?;
    if store::login_exists(tx, &login_key(&login)).await? {
        return Err(Error::Exists(FieldError::new(
            "/login",
            Message::new("error-login-exists"),
        )));
    }
    let id = tx.new_id()?;
    let input = AccountInput {
        login,
        name,
        mail,
        zone: Some(zone),
        lang: input.lang.or(Some(organisation.lang)),
        ..input
    };
    store::insert_account(tx, id, &input, &login_key(&input.login)).await?;
    store::set_grants(tx, id, &input.grants).await?;
    let change = Change::of("account.create", id)
        .set("kind", input.kind)
        .set("login", &input.login)
        .set("name", &input.name)
        .set("mail", &input.mail)
        .set("grants", &input.grants)
        .set("break_glass", input.break_glass);
    tx.record(change).await?;
    Ok(id)
}

/// Changes an account's name, address and roles.
pub async fn update(tx: &mut Tx, id: AccountId, version: i64, input: AccountInput) -> Result<Account> {
    tx.require(Action::AccountManage)?;
    let before = store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))?;
    let mut fields = Fields::new();
    let login = check_login(&mut fields, &input.login);
    let name = fields.line("/name", &input.name, 100);
    let mail = fields.mail("/mail", &input.mail);
    let zone = match &input.zone {
        Some(zone) => fields.zone("/zone", zone),
        None => before.zone.clone(),
    };
    check_grants(tx, &mut fields, &input.grants).await?;
    fields.wrong_if(input.kind != before.kind, "/kind", "error-account-kind");
    fields.done()?;
    if login_key(&login) != login_key(&before.login) && store::login_exists(tx, &login_key(&login)).await? {
        return Err(Error::Exists(FieldError::new(
            "/login",
            Message::new("error-login-exists"),
        )));
    }
    let input = AccountInput {
        login,
        name,
        mail,
        zone: Some(zone),
        lang: Some(input.lang.unwrap_or(before.lang)),
        ..input
    };
    if !store::update_account(tx, id, version, &input, &login_key(&input.login)).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    store::set_grants(tx, id, &input.grants).await?;
    require_an_administrator(tx).await?;
    let change = Change::of("account.update", id)
        .changed("login", &before.login, &input.login)
        .changed("name", &before.name, &input.name)
        .changed("mail", &before.mail, &input.mail)
        .changed("grants", &before.grants, &input.grants)
        .changed("break_glass", before.break_glass, input.break_glass);
    tx.record(change).await?;
    get(tx, id).await
}

/// Shuts an account: its sessions and tokens end at once.
pub async fn disable(tx: &mut Tx, id: AccountId, version: i64) -> Result<Account> {
    tx.require(Action::AccountManage)?;
    let account = get(tx, id).await?;
    if account.state == AccountState::Disabled {
        return Err(Error::rule("error-account-disabled"));
    }
    set_state(tx, &account, version, AccountState::Disabled, "account.disable").await?;
    store::revoke_all_sessions(tx, id, None).await?;
    store::revoke_all_tokens(tx, id).await?;
    links::end_all(tx, id).await?;
    require_an_administrator(tx).await?;
    get(tx, id).await
}

/// Opens a shut account again. Its tokens stay dead. A person who never set a password needs a new link.
pub async fn enable(tx: &mut Tx, id: AccountId, version: i64) -> Result<Account> {
    tx.require(Action::AccountManage)?;
    let account = get(tx, id).await?;
    if account.state != AccountState::Disabled {
        return Err(Error::rule("error-account-not-disabled"));
    }
    let was_used = account.has_password || account.has_single_sign_on || account.last_login_at.is_some();
    let state = if account.kind == AccountKind::Service || was_used {
        AccountState::Active
    } else {
        AccountState::Invited
    };
    set_state(tx, &account, version, state, "account.enable").await?;
    get(tx, id).await
}

/// Makes a new invitation for somebody who has not come yet; the former link ends. Gives its secret.
pub async fn invite_again(tx: &mut Tx, id: AccountId) -> Result<String> {
    tx.require(Action::AccountManage)?;
    let account = get(tx, id).await?;
    if account.state != AccountState::Invited {
        return Err(Error::rule("error-account-not-invited"));
    }
    tx.record(Change::of("account.invite_again", id)).await?;
    links::issue(tx, LinkPurpose::Invitation, Some(id), LINK_HOURS).await
}

/// Makes a password-reset link for somebody who lost theirs, with the second factor taken off if asked.
/// Their places on need-to-know lists rest until each list's owner confirms them: an administrator could use the link.
pub async fn reset_password(tx: &mut Tx, id: AccountId, second_factor_too: bool) -> Result<String> {
    tx.require(Action::AccountManage)?;
    let account = store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))?;
    if account.kind == AccountKind::Service {
        return Err(Error::rule("error-service-account-password"));
    }
    if account.state == AccountState::Disabled {
        return Err(Error::rule("error-account-disabled"));
    }
    let suspended = access::suspend_member_everywhere(tx, id).await?;
    store::revoke_all_sessions(tx, id, None).await?;
    if second_factor_too && account.has_second_factor {
        totp::remove_for(tx, id).await?;
    }
    let change = Change::of("account.password_reset_link", id).set("suspended_lists", suspended);
    tx.record(change).await?;
    links::issue(tx, LinkPurpose::PasswordReset, Some(id), LINK_HOURS).await
}

/// Sets the password through an invitation or reset link, and makes the account usable. Other sessions end.
pub async fn accept_link(
    store: &Store,
    passwords: &Passwords,
    token: &str,
    password: &str,
) -> Result<AccountId> {
    let caller = store.system("account link");
    let mut look = store.read(&caller).await?;
    let account = link_account(&mut look, token).await?;
    check_password(&mut look, &account, "/password", password).await?;
    drop(look);
    let hash = passwords.hash(store.env(), password).await?;
    let mut tx = store.write(&caller).await?;
    let account = link_account(&mut tx, token).await?;
    if !links::consume(&mut tx, token).await? {
        return Err(Error::NotFound("link"));
    }
    // Who manages accounts has seen the invitation: need-to-know waits until somebody has confirmed it.
    let suspended = match account.state {
        AccountState::Invited => access::suspend_member_everywhere(&mut tx, account.id).await?,
        _ => 0,
    };
    store::set_password(&mut tx, account.id, &hash).await?;
    store::revoke_all_sessions(&mut tx, account.id, None).await?;
    let change = Change::of("account.password_set", account.id).set("suspended_lists", suspended);
    tx.record(change).await?;
    tx.commit().await?;
    Ok(account.id)
}

/// Changes one's own password; every other session ends.
pub async fn change_password(
    store: &Store,
    passwords: &Passwords,
    caller: &crate::Caller,
    old: &str,
    new: &str,
) -> Result<()> {
    let id = caller.require_account()?;
    let mut look = store.read(caller).await?;
    let account = store::get_account(&mut look, id)
        .await?
        .ok_or(Error::NotFound("account"))?;
    let hash = store::password_hash(&mut look, id).await?;
    check_password(&mut look, &account, "/new_password", new).await?;
    drop(look);
    if !passwords.verify(old, hash).await? {
        return Err(Error::field(
            "/old_password",
            Message::new("error-password-wrong"),
        ));
    }
    let hash = passwords.hash(store.env(), new).await?;
    let mut tx = store.write(caller).await?;
    store::set_password(&mut tx, id, &hash).await?;
    store::revoke_all_sessions(&mut tx, id, caller.session).await?;
    tx.record(Change::of("account.password_change", id)).await?;
    tx.commit().await
}

/// Changes what people may of their own account.
pub async fn update_profile(tx: &mut Tx, version: i64, profile: Profile) -> Result<Account> {
    let id = tx.caller().require_account()?;
    let before = store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))?;
    let mut fields = Fields::new();
    let profile = Profile {
        name: fields.line("/name", &profile.name, 100),
        mail: fields.mail("/mail", &profile.mail),
        zone: fields.zone("/zone", &profile.zone),
        ..profile
    };
    fields.done()?;
    if !store::update_profile(tx, id, version, &profile).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    let change = Change::of("account.profile", id)
        .changed("name", &before.name, &profile.name)
        .changed("mail", &before.mail, &profile.mail)
        .changed("lang", before.lang, profile.lang)
        .changed("zone", &before.zone, &profile.zone);
    if !change.is_empty() {
        tx.record(change).await?;
    }
    get(tx, id).await
}

/// The login of an account, whoever asks: other programs know people by it.
pub async fn login_of(tx: &mut Tx, id: AccountId) -> Result<String> {
    Ok(store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))?
        .login)
}

/// The form by which logins are told apart: NFKC and lower case, so that `Sasaki` and `ｓａｓａｋｉ` are one.
#[must_use]
pub fn login_key(login: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    login
        .nfkc()
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .trim()
        .to_owned()
}

async fn set_state(
    tx: &mut Tx,
    before: &Account,
    version: i64,
    state: AccountState,
    verb: &'static str,
) -> Result<()> {
    if !store::set_state(tx, before.id, version, state).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    tx.record(Change::of(verb, before.id).changed("state", before.state, state))
        .await
}

/// Stops what would leave nobody who can manage accounts.
pub(super) async fn require_an_administrator(tx: &mut Tx) -> Result<()> {
    if store::usable_managers(tx).await? == 0 {
        return Err(Error::rule("error-last-administrator"));
    }
    Ok(())
}

async fn link_account(tx: &mut Tx, token: &str) -> Result<Account> {
    let link = links::open(tx, token)
        .await?
        .filter(|link| link.purpose != LinkPurpose::Setup);
    let id = link
        .and_then(|link| link.account)
        .ok_or(Error::NotFound("link"))?;
    store::get_account(tx, id)
        .await?
        .filter(|account| account.state != AccountState::Disabled)
        .ok_or(Error::NotFound("link"))
}

async fn check_password(tx: &mut Tx, account: &Account, pointer: &str, password: &str) -> Result<()> {
    let organisation = organisation::service::require(tx).await?;
    let own = OwnWords(vec![
        account.login.clone(),
        account.name.clone(),
        account.mail.split('@').next().unwrap_or_default().to_owned(),
        organisation.name.ja,
        organisation.name.en,
    ]);
    problem(password, &own).map_or(Ok(()), |problem| Err(Error::field(pointer, problem)))
}

pub(super) fn check_login(fields: &mut Fields, login: &str) -> String {
    let login = login.trim();
    let right = (2..=64).contains(&login.chars().count())
        && login
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@'));
    fields.wrong_if(!right, "/login", "error-login");
    login.to_owned()
}

async fn check_grants(tx: &mut Tx, fields: &mut Fields, grants: &[Grant]) -> Result<()> {
    let roles = store::roles(tx).await?;
    for (i, grant) in grants.iter().enumerate() {
        if !roles.iter().any(|role| role.id == grant.role) {
            fields.wrong(
                &format!("/grants/{i}/role"),
                Message::new("error-unknown-role").with("value", grant.role.clone()),
            );
        }
        if let Some(unit) = grant.unit_id
            && !store::unit_exists(tx, unit).await?
        {
            fields.wrong(
                &format!("/grants/{i}/unit_id"),
                Message::new("error-unknown-unit"),
            );
        }
        if grants.iter().take(i).any(|other| other == grant) {
            fields.wrong(&format!("/grants/{i}"), Message::new("error-grant-twice"));
        }
    }
    Ok(())
}
