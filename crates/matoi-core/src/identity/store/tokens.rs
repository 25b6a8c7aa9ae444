//! SQL of API tokens.

use matoi_db::{Row, Sql, v};
use matoi_types::{AccountId, Timestamp, TokenId};

use super::super::model::ApiToken;
use super::roles::read_actions;
use crate::kernel::{ActionSet, Cursor, Result, Tx};

pub(in crate::identity) struct NewToken {
    pub(in crate::identity) id: TokenId,
    pub(in crate::identity) account: AccountId,
    pub(in crate::identity) name: String,
    pub(in crate::identity) digest: String,
    pub(in crate::identity) hint: String,
    pub(in crate::identity) scopes: ActionSet,
    pub(in crate::identity) expires_at: Timestamp,
}

pub(in crate::identity) async fn insert_token(tx: &mut Tx, new: &NewToken) -> Result<()> {
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

pub(in crate::identity) async fn get_token(tx: &mut Tx, id: TokenId) -> Result<Option<ApiToken>> {
    let mut sql = Sql::new(TOKEN);
    sql.push(" WHERE id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(token).transpose()
}

pub(in crate::identity) async fn tokens(tx: &mut Tx, account: AccountId) -> Result<Vec<ApiToken>> {
    let mut sql = Sql::new(TOKEN);
    sql.push(
        " WHERE account_id = ? ORDER BY created_at DESC, id DESC LIMIT 500",
        [v(account)],
    );
    tx.fetch_sql(sql).await?.iter().map(token).collect()
}

/// Tokens of everybody that still work, the newest first.
pub(in crate::identity) async fn all_tokens(
    tx: &mut Tx,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<ApiToken>> {
    let now = tx.now();
    let mut sql = Sql::new(TOKEN);
    sql.push(" WHERE revoked_at IS NULL AND expires_at > ?", [v(now)]);
    if let Some(after) = after {
        sql.push(" AND id < ?", [v(&after.id)]);
    }
    sql.push(" ORDER BY id DESC LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql).await?.iter().map(token).collect()
}

pub(in crate::identity) async fn revoke_token(tx: &mut Tx, id: TokenId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn revoke_all_tokens(tx: &mut Tx, account: AccountId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE api_token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        [v(account), v(now)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) struct LiveToken {
    pub(in crate::identity) id: TokenId,
    pub(in crate::identity) account: AccountId,
    pub(in crate::identity) scopes: ActionSet,
    pub(in crate::identity) last_used_at: Option<Timestamp>,
}

pub(in crate::identity) async fn live_token(tx: &mut Tx, digest: &str) -> Result<Option<LiveToken>> {
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

pub(in crate::identity) async fn touch_token(tx: &mut Tx, id: TokenId, address: Option<&str>) -> Result<()> {
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
