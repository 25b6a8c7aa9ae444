//! SQL of sessions.

use matoi_db::{Row, Sql, v};
use matoi_types::{AccountId, SessionId, Timestamp, Tlp};

use super::super::model::{Principal, Session};
use super::super::sessions::Limits;
use super::roles::read_actions;
use crate::kernel::{ActionSet, Cursor, Result, Tx};

pub(in crate::identity) struct NewSession {
    pub(in crate::identity) id: SessionId,
    pub(in crate::identity) digest: String,
    pub(in crate::identity) account: AccountId,
    pub(in crate::identity) method: &'static str,
    pub(in crate::identity) second_factor: &'static str,
    pub(in crate::identity) agent: String,
    pub(in crate::identity) limits: Limits,
}

pub(in crate::identity) async fn insert_session(tx: &mut Tx, new: NewSession) -> Result<()> {
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

pub(in crate::identity) struct LiveSession {
    pub(in crate::identity) id: SessionId,
    pub(in crate::identity) account: AccountId,
    pub(in crate::identity) last_seen_at: Timestamp,
    pub(in crate::identity) second_factor: String,
}

pub(in crate::identity) async fn live_session(tx: &mut Tx, digest: &str) -> Result<Option<LiveSession>> {
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

pub(in crate::identity) async fn touch_session(tx: &mut Tx, id: SessionId, limits: Limits) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE session SET last_seen_at = $2, idle_until = $3 WHERE id = $1 AND revoked_at IS NULL",
        [v(id), v(now), v(now.plus_seconds(limits.idle))],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn second_factor_given(tx: &mut Tx, id: SessionId) -> Result<()> {
    tx.execute(
        "UPDATE session SET second_factor = 'given' WHERE id = $1",
        [v(id)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn sessions(tx: &mut Tx, account: AccountId) -> Result<Vec<Session>> {
    let (now, current) = (tx.now(), tx.caller().session);
    tx.fetch_all(
        "SELECT id, account_id, created_at, last_seen_at, expires_at, address, agent, method FROM session
         WHERE account_id = $1 AND revoked_at IS NULL AND idle_until > $2 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC LIMIT 100",
        [v(account), v(now)],
    )
    .await?
    .iter()
    .map(|row| session(row, current))
    .collect()
}

/// Live sessions of everybody, the latest begun first.
pub(in crate::identity) async fn all_sessions(
    tx: &mut Tx,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Session>> {
    let (now, current) = (tx.now(), tx.caller().session);
    let mut sql = Sql::new(
        "SELECT id, account_id, created_at, last_seen_at, expires_at, address, agent, method FROM session",
    );
    sql.push(
        " WHERE revoked_at IS NULL AND idle_until > ? AND expires_at > ?",
        [v(now), v(now)],
    );
    if let Some(after) = after {
        sql.push(" AND id < ?", [v(&after.id)]);
    }
    sql.push(" ORDER BY id DESC LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| session(row, current))
        .collect()
}

/// Whose session it is, if it is alive.
pub(in crate::identity) async fn session_owner(tx: &mut Tx, id: SessionId) -> Result<Option<AccountId>> {
    let now = tx.now();
    Ok(tx
        .fetch_optional(
            "SELECT account_id FROM session WHERE id = $1 AND revoked_at IS NULL AND idle_until > $2 AND expires_at > $2",
            [v(id), v(now)],
        )
        .await?
        .map(|row| row.id("account_id"))
        .transpose()?)
}

fn session(row: &Row, current: Option<SessionId>) -> Result<Session> {
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
}

pub(in crate::identity) async fn revoke_session(
    tx: &mut Tx,
    account: AccountId,
    id: SessionId,
) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE session SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL",
            [v(id), v(account), v(now)],
        )
        .await?
        > 0)
}

pub(in crate::identity) async fn revoke_all_sessions(
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
pub(in crate::identity) async fn principal(tx: &mut Tx, id: AccountId) -> Result<Option<Principal>> {
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

/// Removes sessions, links, counts of failed log-ins and used answers of the identity provider that ended before a time. Gives how many.
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
    let answers = tx
        .execute("DELETE FROM sign_on_answer WHERE expires_at < $1", [v(before)])
        .await?;
    Ok(sessions + links + throttles + answers)
}
