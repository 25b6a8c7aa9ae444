//! SQL of identity.

use matoi_db::{Row, Sql, v};
use matoi_types::{AccountId, SessionId, Timestamp, Tlp, TokenId, UnitId};

use super::links::OpenLink;
use super::model::{
    Account, AccountInput, AccountState, ApiToken, Grant, LinkPurpose, Principal, Profile, Role, RoleInput,
    Session,
};
use super::sessions::Limits;
use crate::kernel::data::Bilingual;
use crate::kernel::{Action, ActionSet, Cursor, Result, Tx};

// Accounts

const ACCOUNT: &str = "SELECT id, kind, login, name, mail, lang, zone, theme, density, state, CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password, totp_confirmed_at, oidc_subject, break_glass, created_at, last_login_at, version FROM account";

pub(super) async fn get_account(tx: &mut Tx, id: AccountId) -> Result<Option<Account>> {
    let mut sql = Sql::new(ACCOUNT);
    sql.push(" WHERE id = ?", [v(id)]);
    one_account(tx, sql).await
}

pub(super) async fn account_by_login(tx: &mut Tx, key: &str) -> Result<Option<Account>> {
    let mut sql = Sql::new(ACCOUNT);
    sql.push(" WHERE login_key = ?", [v(key)]);
    one_account(tx, sql).await
}

async fn one_account(tx: &mut Tx, sql: Sql) -> Result<Option<Account>> {
    let Some(row) = tx.fetch_sql(sql).await?.into_iter().next() else {
        return Ok(None);
    };
    let mut account = account(&row)?;
    account.grants = grants(tx, account.id).await?;
    Ok(Some(account))
}

pub(super) async fn list_accounts(tx: &mut Tx, after: Option<&Cursor>, limit: u32) -> Result<Vec<Account>> {
    let mut sql = Sql::new(ACCOUNT);
    if let Some(after) = after {
        sql.push(" WHERE id < ?", [v(&after.id)]);
    }
    sql.push(" ORDER BY id DESC LIMIT ?", [v(limit + 1)]);
    let mut accounts = tx
        .fetch_sql(sql)
        .await?
        .iter()
        .map(account)
        .collect::<Result<Vec<_>>>()?;
    for account in &mut accounts {
        account.grants = grants(tx, account.id).await?;
    }
    Ok(accounts)
}

pub(super) async fn active_people(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    tx.fetch_all(
        "SELECT id, name FROM account WHERE kind = 'human' AND state <> 'disabled' ORDER BY name, id LIMIT 2000",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.id("id")?, row.text("name")?)))
    .collect()
}

pub(super) async fn account_name(tx: &mut Tx, id: AccountId) -> Result<Option<String>> {
    Ok(tx
        .fetch_optional("SELECT name FROM account WHERE id = $1", [v(id)])
        .await?
        .map(|row| row.text("name"))
        .transpose()?)
}

pub(super) async fn login_exists(tx: &mut Tx, key: &str) -> Result<bool> {
    Ok(tx
        .fetch_optional("SELECT id FROM account WHERE login_key = $1", [v(key)])
        .await?
        .is_some())
}

pub(super) async fn insert_account(
    tx: &mut Tx,
    id: AccountId,
    input: &AccountInput,
    key: &str,
) -> Result<()> {
    let now = tx.now();
    let state = match input.kind {
        super::model::AccountKind::Human => AccountState::Invited,
        super::model::AccountKind::Service => AccountState::Active,
    };
    tx.execute(
        "INSERT INTO account (id, kind, login, login_key, name, mail, lang, zone, theme, density, state, totp_last_step, break_glass, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'auto', 'comfortable', $9, 0, $10, $11, 1)",
        [
            v(id),
            v(input.kind.as_str()),
            v(&input.login),
            v(key),
            v(&input.name),
            v(&input.mail),
            v(input.lang.map(matoi_types::Lang::as_str)),
            v(&input.zone),
            v(state.as_str()),
            v(input.break_glass),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update_account(
    tx: &mut Tx,
    id: AccountId,
    version: i64,
    input: &AccountInput,
    key: &str,
) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE account SET login = $3, login_key = $4, name = $5, mail = $6, lang = $7, zone = $8, break_glass = $9, version = version + 1 WHERE id = $1 AND version = $2",
            [
                v(id),
                v(version),
                v(&input.login),
                v(key),
                v(&input.name),
                v(&input.mail),
                v(input.lang.map(matoi_types::Lang::as_str)),
                v(&input.zone),
                v(input.break_glass),
            ],
        )
        .await?
        > 0)
}

pub(super) async fn update_profile(
    tx: &mut Tx,
    id: AccountId,
    version: i64,
    profile: &Profile,
) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE account SET name = $3, mail = $4, lang = $5, zone = $6, theme = $7, density = $8, version = version + 1 WHERE id = $1 AND version = $2",
            [
                v(id),
                v(version),
                v(&profile.name),
                v(&profile.mail),
                v(profile.lang),
                v(&profile.zone),
                v(profile.theme.as_str()),
                v(profile.density.as_str()),
            ],
        )
        .await?
        > 0)
}

pub(super) async fn set_state(tx: &mut Tx, id: AccountId, version: i64, state: AccountState) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE account SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
            [v(id), v(version), v(state.as_str())],
        )
        .await?
        > 0)
}

pub(super) async fn password_hash(tx: &mut Tx, id: AccountId) -> Result<Option<String>> {
    Ok(
        match tx
            .fetch_optional("SELECT password_hash FROM account WHERE id = $1", [v(id)])
            .await?
        {
            Some(row) => row.opt_text("password_hash")?,
            None => None,
        },
    )
}

/// Sets the password; an invited account becomes active.
pub(super) async fn set_password(tx: &mut Tx, id: AccountId, hash: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE account SET password_hash = $2, password_changed_at = $3, state = CASE WHEN state = 'invited' THEN 'active' ELSE state END, version = version + 1 WHERE id = $1",
        [v(id), v(hash), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn logged_in(tx: &mut Tx, id: AccountId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE account SET last_login_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

/// How many accounts that can be used may manage accounts in the whole organisation.
pub(super) async fn usable_managers(tx: &mut Tx) -> Result<i64> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(DISTINCT a.id) AS n FROM account a JOIN role_grant g ON g.account_id = a.id JOIN role r ON r.id = g.role_id
             WHERE a.kind = 'human' AND a.state <> 'disabled' AND g.unit_id IS NULL AND r.actions LIKE '%\"account.manage\"%'",
            [],
        )
        .await?;
    Ok(row.int("n")?)
}

fn account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.id("id")?,
        kind: row.parsed("kind")?,
        login: row.text("login")?,
        name: row.text("name")?,
        mail: row.text("mail")?,
        lang: row.parsed("lang")?,
        zone: row.text("zone")?,
        theme: row.parsed("theme")?,
        density: row.parsed("density")?,
        state: row.parsed("state")?,
        has_password: row.flag("has_password")?,
        has_second_factor: row.opt_int("totp_confirmed_at")?.is_some(),
        has_single_sign_on: row.opt_text("oidc_subject")?.is_some(),
        break_glass: row.flag("break_glass")?,
        created_at: row.time("created_at")?,
        last_login_at: row.opt_time("last_login_at")?,
        version: row.int("version")?,
        grants: Vec::new(),
    })
}

// Roles

pub(super) async fn grants(tx: &mut Tx, account: AccountId) -> Result<Vec<Grant>> {
    tx.fetch_all(
        "SELECT role_id, unit_id FROM role_grant WHERE account_id = $1 ORDER BY role_id, COALESCE(unit_id, '')",
        [v(account)],
    )
    .await?
    .iter()
    .map(|row| Ok(Grant { role: row.text("role_id")?, unit_id: row.opt_id("unit_id")? }))
    .collect()
}

pub(super) async fn set_grants(tx: &mut Tx, account: AccountId, grants: &[Grant]) -> Result<()> {
    let (by, now) = (tx.caller().account(), tx.now());
    tx.execute("DELETE FROM role_grant WHERE account_id = $1", [v(account)])
        .await?;
    for grant in grants {
        tx.execute(
            "INSERT INTO role_grant (account_id, role_id, unit_id, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5)",
            [v(account), v(&grant.role), v(grant.unit_id), v(by), v(now)],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn unit_exists(tx: &mut Tx, unit: UnitId) -> Result<bool> {
    Ok(tx
        .fetch_optional("SELECT id FROM unit WHERE id = $1", [v(unit)])
        .await?
        .is_some())
}

const ROLE: &str = "SELECT id, name_ja, name_en, about_ja, about_en, clearance, actions, shipped, changed, version FROM role";

pub(super) async fn roles(tx: &mut Tx) -> Result<Vec<Role>> {
    let mut sql = Sql::new(ROLE);
    sql.push(" ORDER BY shipped DESC, id", []);
    tx.fetch_sql(sql).await?.iter().map(role).collect()
}

pub(super) async fn get_role(tx: &mut Tx, id: &str) -> Result<Option<Role>> {
    let mut sql = Sql::new(ROLE);
    sql.push(" WHERE id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(role).transpose()
}

/// Writes a shipped role unless it was changed here. Says whether anything is new.
pub(super) async fn seed_role(tx: &mut Tx, input: &RoleInput) -> Result<bool> {
    let actions = serde_json::to_string(&input.actions)?;
    Ok(tx
        .execute(
            "INSERT INTO role (id, name_ja, name_en, about_ja, about_en, clearance, actions, shipped, changed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 1)
             ON CONFLICT (id) DO UPDATE SET name_ja = EXCLUDED.name_ja, name_en = EXCLUDED.name_en, about_ja = EXCLUDED.about_ja, about_en = EXCLUDED.about_en,
               clearance = EXCLUDED.clearance, actions = EXCLUDED.actions, version = role.version + 1
             WHERE role.changed = 0 AND role.shipped = 1 AND (role.actions <> EXCLUDED.actions OR role.clearance <> EXCLUDED.clearance OR role.name_ja <> EXCLUDED.name_ja
               OR role.name_en <> EXCLUDED.name_en OR role.about_ja <> EXCLUDED.about_ja OR role.about_en <> EXCLUDED.about_en)",
            [
                v(&input.id),
                v(&input.name.ja),
                v(&input.name.en),
                v(&input.about.ja),
                v(&input.about.en),
                v(input.clearance),
                v(actions),
            ],
        )
        .await?
        > 0)
}

pub(super) async fn insert_role(tx: &mut Tx, input: &RoleInput) -> Result<()> {
    tx.execute(
        "INSERT INTO role (id, name_ja, name_en, about_ja, about_en, clearance, actions, shipped, changed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, 1)",
        [
            v(&input.id),
            v(&input.name.ja),
            v(&input.name.en),
            v(&input.about.ja),
            v(&input.about.en),
            v(input.clearance),
            v(serde_json::to_string(&input.actions)?),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update_role(tx: &mut Tx, version: i64, input: &RoleInput) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE role SET name_ja = $3, name_en = $4, about_ja = $5, about_en = $6, clearance = $7, actions = $8, changed = 1, version = version + 1 WHERE id = $1 AND version = $2",
            [
                v(&input.id),
                v(version),
                v(&input.name.ja),
                v(&input.name.en),
                v(&input.about.ja),
                v(&input.about.en),
                v(input.clearance),
                v(serde_json::to_string(&input.actions)?),
            ],
        )
        .await?
        > 0)
}

fn role(row: &Row) -> Result<Role> {
    Ok(Role {
        id: row.text("id")?,
        name: Bilingual {
            ja: row.text("name_ja")?,
            en: row.text("name_en")?,
        },
        about: Bilingual {
            ja: row.text("about_ja")?,
            en: row.text("about_en")?,
        },
        clearance: row.ranked("clearance", Tlp::from_rank)?,
        actions: read_actions(&row.text("actions")?),
        shipped: row.flag("shipped")?,
        changed: row.flag("changed")?,
        version: row.int("version")?,
    })
}

/// Names of actions that this program does not know (written by a newer one) permit nothing.
fn read_actions(json: &str) -> Vec<Action> {
    let names: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

// Sessions

pub(super) struct NewSession {
    pub(super) id: SessionId,
    pub(super) digest: String,
    pub(super) account: AccountId,
    pub(super) method: &'static str,
    pub(super) second_factor: &'static str,
    pub(super) agent: String,
    pub(super) limits: Limits,
}

pub(super) async fn insert_session(tx: &mut Tx, new: NewSession) -> Result<()> {
    let (now, address) = (tx.now(), tx.caller().address.clone());
    tx.execute(
        "INSERT INTO session (id, token_digest, account_id, created_at, last_seen_at, idle_until, expires_at, address, agent, method, second_factor)
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10)",
        [
            v(new.id),
            v(new.digest),
            v(new.account),
            v(now),
            v(now.plus_seconds(new.limits.idle)),
            v(now.plus_seconds(new.limits.absolute)),
            v(address),
            v(new.agent),
            v(new.method),
            v(new.second_factor),
        ],
    )
    .await?;
    Ok(())
}

pub(super) struct LiveSession {
    pub(super) id: SessionId,
    pub(super) account: AccountId,
    pub(super) last_seen_at: Timestamp,
    pub(super) second_factor: String,
}

pub(super) async fn live_session(tx: &mut Tx, digest: &str) -> Result<Option<LiveSession>> {
    let now = tx.now();
    tx.fetch_optional(
        "SELECT id, account_id, last_seen_at, second_factor FROM session WHERE token_digest = $1 AND revoked_at IS NULL AND idle_until > $2 AND expires_at > $2",
        [v(digest), v(now)],
    )
    .await?
    .map(|row| {
        Ok(LiveSession {
            id: row.id("id")?,
            account: row.id("account_id")?,
            last_seen_at: row.time("last_seen_at")?,
            second_factor: row.text("second_factor")?,
        })
    })
    .transpose()
}

pub(super) async fn touch_session(tx: &mut Tx, id: SessionId, limits: Limits) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE session SET last_seen_at = $2, idle_until = $3 WHERE id = $1 AND revoked_at IS NULL",
        [v(id), v(now), v(now.plus_seconds(limits.idle))],
    )
    .await?;
    Ok(())
}

pub(super) async fn second_factor_given(tx: &mut Tx, id: SessionId) -> Result<()> {
    tx.execute(
        "UPDATE session SET second_factor = 'given' WHERE id = $1",
        [v(id)],
    )
    .await?;
    Ok(())
}

pub(super) async fn sessions(tx: &mut Tx, account: AccountId) -> Result<Vec<Session>> {
    let (now, current) = (tx.now(), tx.caller().session);
    tx.fetch_all(
        "SELECT id, account_id, created_at, last_seen_at, expires_at, address, agent, method FROM session
         WHERE account_id = $1 AND revoked_at IS NULL AND idle_until > $2 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC LIMIT 100",
        [v(account), v(now)],
    )
    .await?
    .iter()
    .map(|row| {
        let id = row.id("id")?;
        Ok(Session {
            id,
            account_id: row.id("account_id")?,
            created_at: row.time("created_at")?,
            last_seen_at: row.time("last_seen_at")?,
            expires_at: row.time("expires_at")?,
            address: row.opt_text("address")?,
            agent: row.text("agent")?,
            method: row.text("method")?,
            current: current == Some(id),
        })
    })
    .collect()
}

pub(super) async fn revoke_session(tx: &mut Tx, account: AccountId, id: SessionId) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE session SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL",
            [v(id), v(account), v(now)],
        )
        .await?
        > 0)
}

pub(super) async fn revoke_all_sessions(
    tx: &mut Tx,
    account: AccountId,
    but: Option<SessionId>,
) -> Result<u64> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE session SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL AND id <> COALESCE($3, '')",
            [v(account), v(now), v(but)],
        )
        .await?)
}

/// What the kernel needs of an account that is not shut.
pub(super) async fn principal(tx: &mut Tx, id: AccountId) -> Result<Option<Principal>> {
    let rows = tx
        .fetch_all(
            "SELECT a.name, a.lang, a.zone, a.theme, a.density, g.unit_id, r.id AS role_id, r.actions, r.clearance FROM account a
             LEFT JOIN role_grant g ON g.account_id = a.id LEFT JOIN role r ON r.id = g.role_id WHERE a.id = $1 AND a.state <> 'disabled'",
            [v(id)],
        )
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut principal = Principal {
        account: id,
        name: first.text("name")?,
        lang: first.parsed("lang")?,
        zone: first.text("zone")?,
        theme: first.parsed("theme")?,
        density: first.parsed("density")?,
        actions: ActionSet::default(),
        clearance: Tlp::Clear,
        all_units: false,
    };
    for row in &rows {
        let Some(actions) = row.opt_text("actions")? else {
            continue;
        };
        principal.actions = principal
            .actions
            .union(read_actions(&actions).into_iter().collect());
        principal.clearance = principal.clearance.max(row.ranked("clearance", Tlp::from_rank)?);
        principal.all_units |= row.opt_text("unit_id")?.is_none();
    }
    Ok(Some(principal))
}

// Tokens

pub(super) struct NewToken {
    pub(super) id: TokenId,
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) hint: String,
    pub(super) scopes: ActionSet,
    pub(super) expires_at: Timestamp,
}

pub(super) async fn insert_token(tx: &mut Tx, new: &NewToken) -> Result<()> {
    let now = tx.now();
    let scopes = serde_json::to_string(&new.scopes.iter().collect::<Vec<_>>())?;
    tx.execute(
        "INSERT INTO api_token (id, account_id, name, token_digest, hint, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            v(new.id),
            v(new.account),
            v(&new.name),
            v(&new.digest),
            v(&new.hint),
            v(scopes),
            v(now),
            v(new.expires_at),
        ],
    )
    .await?;
    Ok(())
}

const TOKEN: &str = "SELECT id, account_id, name, hint, scopes, created_at, expires_at, last_used_at, revoked_at FROM api_token";

pub(super) async fn get_token(tx: &mut Tx, id: TokenId) -> Result<Option<ApiToken>> {
    let mut sql = Sql::new(TOKEN);
    sql.push(" WHERE id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(token).transpose()
}

pub(super) async fn tokens(tx: &mut Tx, account: AccountId) -> Result<Vec<ApiToken>> {
    let mut sql = Sql::new(TOKEN);
    sql.push(
        " WHERE account_id = ? ORDER BY created_at DESC, id DESC LIMIT 500",
        [v(account)],
    );
    tx.fetch_sql(sql).await?.iter().map(token).collect()
}

pub(super) async fn revoke_token(tx: &mut Tx, id: TokenId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn revoke_all_tokens(tx: &mut Tx, account: AccountId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE api_token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        [v(account), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) struct LiveToken {
    pub(super) id: TokenId,
    pub(super) account: AccountId,
    pub(super) scopes: ActionSet,
    pub(super) last_used_at: Option<Timestamp>,
}

pub(super) async fn live_token(tx: &mut Tx, digest: &str) -> Result<Option<LiveToken>> {
    let now = tx.now();
    tx.fetch_optional(
        "SELECT id, account_id, scopes, last_used_at FROM api_token WHERE token_digest = $1 AND revoked_at IS NULL AND expires_at > $2",
        [v(digest), v(now)],
    )
    .await?
    .map(|row| {
        Ok(LiveToken {
            id: row.id("id")?,
            account: row.id("account_id")?,
            scopes: read_actions(&row.text("scopes")?).into_iter().collect(),
            last_used_at: row.opt_time("last_used_at")?,
        })
    })
    .transpose()
}

pub(super) async fn touch_token(tx: &mut Tx, id: TokenId, address: Option<&str>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE api_token SET last_used_at = $2, last_address = $3 WHERE id = $1",
        [v(id), v(now), v(address)],
    )
    .await?;
    Ok(())
}

fn token(row: &Row) -> Result<ApiToken> {
    Ok(ApiToken {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        name: row.text("name")?,
        hint: row.text("hint")?,
        scopes: read_actions(&row.text("scopes")?),
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        last_used_at: row.opt_time("last_used_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

// Second factor

pub(super) struct TotpState {
    pub(super) sealed: String,
    pub(super) confirmed: bool,
}

pub(super) async fn totp_state(tx: &mut Tx, account: AccountId) -> Result<Option<TotpState>> {
    let Some(row) = tx
        .fetch_optional(
            "SELECT totp_secret, totp_confirmed_at FROM account WHERE id = $1",
            [v(account)],
        )
        .await?
    else {
        return Ok(None);
    };
    Ok(match row.opt_text("totp_secret")? {
        Some(sealed) => Some(TotpState {
            sealed,
            confirmed: row.opt_int("totp_confirmed_at")?.is_some(),
        }),
        None => None,
    })
}

pub(super) async fn set_pending_totp(tx: &mut Tx, account: AccountId, sealed: &str) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp_secret = $2, totp_last_step = 0 WHERE id = $1 AND totp_confirmed_at IS NULL",
        [v(account), v(sealed)],
    )
    .await?;
    Ok(())
}

/// Every account with a second factor, set up or begun, with its sealed secret.
pub(super) async fn totp_secrets(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    tx.fetch_all(
        "SELECT id, totp_secret FROM account WHERE totp_secret IS NOT NULL ORDER BY id",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.id("id")?, row.text("totp_secret")?)))
    .collect()
}

pub(super) async fn replace_totp_secret(tx: &mut Tx, account: AccountId, sealed: &str) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp_secret = $2 WHERE id = $1",
        [v(account), v(sealed)],
    )
    .await?;
    Ok(())
}

pub(super) async fn confirm_totp(tx: &mut Tx, account: AccountId, step: i64) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE account SET totp_confirmed_at = $2, totp_last_step = $3, version = version + 1 WHERE id = $1",
        [v(account), v(now), v(step)],
    )
    .await?;
    Ok(())
}

pub(super) async fn clear_totp(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = 0, version = version + 1 WHERE id = $1",
        [v(account)],
    )
    .await?;
    Ok(())
}

/// Uses a time step up; says no when it, or a later one, was used before.
pub(super) async fn use_totp_step(tx: &mut Tx, account: AccountId, step: i64) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE account SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2",
            [v(account), v(step)],
        )
        .await?
        > 0)
}

pub(super) async fn delete_recovery_codes(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM recovery_code WHERE account_id = $1", [v(account)])
        .await?;
    Ok(())
}

pub(super) async fn add_recovery_code(tx: &mut Tx, account: AccountId, digest: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO recovery_code (account_id, code_digest) VALUES ($1, $2)",
        [v(account), v(digest)],
    )
    .await?;
    Ok(())
}

pub(super) async fn use_recovery_code(tx: &mut Tx, account: AccountId, digest: &str) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND code_digest = $2 AND used_at IS NULL",
            [v(account), v(digest), v(now)],
        )
        .await?
        > 0)
}

/// Removes sessions, links and counts of failed log-ins that ended before a time. Gives how many.
pub(crate) async fn forget_ended(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let sessions = tx
        .execute(
            "DELETE FROM session WHERE expires_at < $1 OR idle_until < $1 OR revoked_at < $1",
            [v(before)],
        )
        .await?;
    let links = tx
        .execute("DELETE FROM one_time_link WHERE expires_at < $1", [v(before)])
        .await?;
    let throttles = tx
        .execute(
            "DELETE FROM login_throttle WHERE first_at < $1 AND blocked_until < $1",
            [v(before)],
        )
        .await?;
    Ok(sessions + links + throttles)
}

// Links

pub(super) async fn add_link(
    tx: &mut Tx,
    digest: &str,
    purpose: LinkPurpose,
    account: Option<AccountId>,
    until: Timestamp,
) -> Result<()> {
    let (by, now) = (tx.caller().account(), tx.now());
    tx.execute(
        "INSERT INTO one_time_link (token_digest, purpose, account_id, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [v(digest), v(purpose.as_str()), v(account), v(by), v(now), v(until)],
    )
    .await?;
    Ok(())
}

pub(super) async fn end_links(tx: &mut Tx, purpose: LinkPurpose, account: Option<AccountId>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE one_time_link SET used_at = $3 WHERE purpose = $1 AND COALESCE(account_id, '') = COALESCE($2, '') AND used_at IS NULL",
        [v(purpose.as_str()), v(account), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn open_link(tx: &mut Tx, digest: &str) -> Result<Option<OpenLink>> {
    let now = tx.now();
    tx.fetch_optional(
        "SELECT purpose, account_id FROM one_time_link WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2",
        [v(digest), v(now)],
    )
    .await?
    .map(|row| Ok(OpenLink { purpose: row.parsed("purpose")?, account: row.opt_id("account_id")? }))
    .transpose()
}

pub(super) async fn use_link(tx: &mut Tx, digest: &str) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE one_time_link SET used_at = $2 WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2",
            [v(digest), v(now)],
        )
        .await?
        > 0)
}

// Throttling

pub(super) struct Throttle {
    pub(super) failures: i64,
    pub(super) first_at: Timestamp,
    pub(super) blocked_until: Timestamp,
}

pub(super) async fn throttle(tx: &mut Tx, source: &str) -> Result<Option<Throttle>> {
    tx.fetch_optional(
        "SELECT failures, first_at, blocked_until FROM login_throttle WHERE source = $1",
        [v(source)],
    )
    .await?
    .map(|row| {
        Ok(Throttle {
            failures: row.int("failures")?,
            first_at: row.time("first_at")?,
            blocked_until: row.time("blocked_until")?,
        })
    })
    .transpose()
}

pub(super) async fn set_throttle(
    tx: &mut Tx,
    source: &str,
    failures: i64,
    first_at: Timestamp,
    until: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO login_throttle (source, failures, first_at, blocked_until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (source) DO UPDATE SET failures = EXCLUDED.failures, first_at = EXCLUDED.first_at, blocked_until = EXCLUDED.blocked_until",
        [v(source), v(failures), v(first_at), v(until)],
    )
    .await?;
    Ok(())
}

pub(super) async fn clear_throttle(tx: &mut Tx, source: &str) -> Result<()> {
    tx.execute("DELETE FROM login_throttle WHERE source = $1", [v(source)])
        .await?;
    Ok(())
}
