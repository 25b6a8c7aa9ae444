//! SQL of accounts and their second factors.

use matoi_db::{Row, Sql, v};
use matoi_types::AccountId;

use super::super::model::{
    Account, AccountFilter, AccountInput, AccountKind, AccountName, AccountState, Grant, Profile,
};
use super::roles::{grants, read_actions};
use crate::kernel::{Action, Cursor, Result, Tx};

const ACCOUNT: &str = "SELECT id, kind, login, name, mail, lang, zone, theme, density, state, CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password, totp_confirmed_at, oidc_subject, break_glass, created_at, last_login_at, version FROM account";

pub(in crate::identity) async fn get_account(tx: &mut Tx, id: AccountId) -> Result<Option<Account>> {
    let mut sql = Sql::new(ACCOUNT);
    sql.push(" WHERE id = ?", [v(id)]);
    one_account(tx, sql).await
}

pub(in crate::identity) async fn account_by_login(tx: &mut Tx, key: &str) -> Result<Option<Account>> {
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

pub(in crate::identity) async fn list_accounts(
    tx: &mut Tx,
    filter: &AccountFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Account>> {
    let mut sql = Sql::new(ACCOUNT);
    sql.push(" WHERE 1 = 1", []);
    if let Some(state) = filter.state {
        sql.push(" AND state = ?", [v(state.as_str())]);
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND kind = ?", [v(kind.as_str())]);
    }
    if let Some(role) = &filter.role {
        sql.push(
            " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = account.id AND g.role_id = ?)",
            [v(role)],
        );
    }
    if let Some(text) = &filter.text {
        let escaped: String = text
            .chars()
            .flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c]))
            .collect();
        let pattern = format!("%{escaped}%");
        sql.push(
            " AND (login_key LIKE ? ESCAPE '!' OR LOWER(name) LIKE ? ESCAPE '!' OR LOWER(mail) LIKE ? ESCAPE '!')",
            [v(&pattern), v(&pattern), v(&pattern)],
        );
    }
    if let Some(after) = after {
        sql.push(" AND id < ?", [v(&after.id)]);
    }
    sql.push(" ORDER BY id DESC LIMIT ?", [v(limit + 1)]);
    let mut accounts = tx
        .fetch_sql(sql)
        .await?
        .iter()
        .map(account)
        .collect::<Result<Vec<_>>>()?;
    let mut granted = Sql::new("SELECT account_id, role_id, unit_id FROM role_grant WHERE");
    granted
        .push_in("account_id", accounts.iter().map(|account| v(account.id)))
        .push(" ORDER BY role_id, COALESCE(unit_id, '')", []);
    for row in tx.fetch_sql(granted).await? {
        let id: AccountId = row.id("account_id")?;
        if let Some(account) = accounts.iter_mut().find(|account| account.id == id) {
            account.grants.push(Grant {
                role: row.text("role_id")?,
                unit_id: row.opt_id("unit_id")?,
            });
        }
    }
    Ok(accounts)
}

pub(in crate::identity) async fn account_counts(tx: &mut Tx) -> Result<Vec<(AccountState, i64)>> {
    tx.fetch_all(
        "SELECT state, COUNT(*) AS n FROM account GROUP BY state ORDER BY state",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.parsed("state")?, row.int("n")?)))
    .collect()
}

pub(in crate::identity) async fn names_of_people(tx: &mut Tx) -> Result<Vec<String>> {
    tx.fetch_all(
        "SELECT name FROM account WHERE kind = 'human' ORDER BY name, id LIMIT 20000",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok(row.text("name")?))
    .collect()
}

pub(in crate::identity) async fn account_names(tx: &mut Tx) -> Result<Vec<AccountName>> {
    tx.fetch_all(
        "SELECT id, name, login, state FROM account ORDER BY name, id LIMIT 2000",
        [],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(AccountName {
            id: row.id("id")?,
            name: row.text("name")?,
            login: row.text("login")?,
            state: row.parsed("state")?,
        })
    })
    .collect()
}

pub(in crate::identity) async fn names_of(
    tx: &mut Tx,
    ids: &[AccountId],
) -> Result<Vec<(AccountId, String)>> {
    let mut sql = Sql::new("SELECT id, name FROM account WHERE");
    sql.push_in("id", ids.iter().map(|id| v(*id)));
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| Ok((row.id("id")?, row.text("name")?)))
        .collect()
}

pub(in crate::identity) async fn logins_of(
    tx: &mut Tx,
    ids: &[AccountId],
) -> Result<Vec<(AccountId, String)>> {
    let mut sql = Sql::new("SELECT id, login FROM account WHERE");
    sql.push_in("id", ids.iter().map(|id| v(*id)));
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| Ok((row.id("id")?, row.text("login")?)))
        .collect()
}

pub(in crate::identity) async fn active_people(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    tx.fetch_all(
        "SELECT id, name FROM account WHERE kind = 'human' AND state <> 'disabled' ORDER BY name, id LIMIT 2000",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.id("id")?, row.text("name")?)))
    .collect()
}

pub(in crate::identity) async fn account_name(tx: &mut Tx, id: AccountId) -> Result<Option<String>> {
    Ok(tx
        .fetch_optional("SELECT name FROM account WHERE id = $1", [v(id)])
        .await?
        .map(|row| row.text("name"))
        .transpose()?)
}

pub(in crate::identity) async fn login_exists(tx: &mut Tx, key: &str) -> Result<bool> {
    Ok(tx
        .fetch_optional("SELECT id FROM account WHERE login_key = $1", [v(key)])
        .await?
        .is_some())
}

pub(in crate::identity) async fn insert_account(
    tx: &mut Tx,
    id: AccountId,
    input: &AccountInput,
    key: &str,
) -> Result<()> {
    let now = tx.now();
    let state = match input.kind {
        AccountKind::Human => AccountState::Invited,
        AccountKind::Service => AccountState::Active,
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

pub(in crate::identity) async fn update_account(
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

pub(in crate::identity) async fn update_profile(
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

pub(in crate::identity) async fn set_state(
    tx: &mut Tx,
    id: AccountId,
    version: i64,
    state: AccountState,
) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE account SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
            [v(id), v(version), v(state.as_str())],
        )
        .await?
        > 0)
}

pub(in crate::identity) async fn password_hash(tx: &mut Tx, id: AccountId) -> Result<Option<String>> {
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
pub(in crate::identity) async fn set_password(tx: &mut Tx, id: AccountId, hash: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE account SET password_hash = $2, password_changed_at = $3, state = CASE WHEN state = 'invited' THEN 'active' ELSE state END, version = version + 1 WHERE id = $1",
        [v(id), v(hash), v(now)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn logged_in(tx: &mut Tx, id: AccountId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE account SET last_login_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

/// How many accounts that can be used may manage accounts in the whole organisation.
pub(in crate::identity) async fn usable_managers(tx: &mut Tx) -> Result<i64> {
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

pub(in crate::identity) struct TotpState {
    pub(in crate::identity) sealed: String,
    pub(in crate::identity) confirmed: bool,
}

pub(in crate::identity) async fn totp_state(tx: &mut Tx, account: AccountId) -> Result<Option<TotpState>> {
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

pub(in crate::identity) async fn set_pending_totp(
    tx: &mut Tx,
    account: AccountId,
    sealed: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp_secret = $2, totp_last_step = 0 WHERE id = $1 AND totp_confirmed_at IS NULL",
        [v(account), v(sealed)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn confirm_totp(tx: &mut Tx, account: AccountId, step: i64) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE account SET totp_confirmed_at = $2, totp_last_step = $3, version = version + 1 WHERE id = $1",
        [v(account), v(now), v(step)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn clear_totp(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = 0, version = version + 1 WHERE id = $1",
        [v(account)],
    )
    .await?;
    Ok(())
}

/// Uses a time step up; says no when it, or a later one, was used before.
pub(in crate::identity) async fn use_totp_step(tx: &mut Tx, account: AccountId, step: i64) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE account SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2",
            [v(account), v(step)],
        )
        .await?
        > 0)
}

pub(in crate::identity) async fn delete_recovery_codes(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM recovery_code WHERE account_id = $1", [v(account)])
        .await?;
    Ok(())
}

pub(in crate::identity) async fn add_recovery_code(
    tx: &mut Tx,
    account: AccountId,
    digest: &str,
) -> Result<()> {
    tx.execute(
        "INSERT INTO recovery_code (account_id, code_digest) VALUES ($1, $2)",
        [v(account), v(digest)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn use_recovery_code(
    tx: &mut Tx,
    account: AccountId,
    digest: &str,
) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND code_digest = $2 AND used_at IS NULL",
            [v(account), v(digest), v(now)],
        )
        .await?
        > 0)
}

/// Active people with a role, for the whole organisation, that holds the action.
pub(in crate::identity) async fn people_with(tx: &mut Tx, action: Action) -> Result<Vec<AccountId>> {
    let rows = tx
        .fetch_all(
            "SELECT a.id, r.actions FROM account a JOIN role_grant g ON g.account_id = a.id JOIN role r ON r.id = g.role_id
             WHERE a.kind = 'human' AND a.state <> 'disabled' AND g.unit_id IS NULL ORDER BY a.id LIMIT 2000",
            [],
        )
        .await?;
    let mut people = Vec::new();
    for row in &rows {
        let id: AccountId = row.id("id")?;
        if read_actions(&row.text("actions")?).contains(&action) && people.last() != Some(&id) {
            people.push(id);
        }
    }
    Ok(people)
}

/// Every account with a second factor, set up or begun, with its sealed secret.
pub(in crate::identity) async fn totp_secrets(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    tx.fetch_all(
        "SELECT id, totp_secret FROM account WHERE totp_secret IS NOT NULL ORDER BY id",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.id("id")?, row.text("totp_secret")?)))
    .collect()
}

pub(in crate::identity) async fn replace_totp_secret(
    tx: &mut Tx,
    account: AccountId,
    sealed: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp_secret = $2 WHERE id = $1",
        [v(account), v(sealed)],
    )
    .await?;
    Ok(())
}
