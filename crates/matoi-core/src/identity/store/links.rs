//! SQL of one-time links and of the throttle of log-ins.

use matoi_db::v;
use matoi_types::{AccountId, Timestamp};

use super::super::links::OpenLink;
use super::super::model::LinkPurpose;
use crate::kernel::{Result, Tx};

pub(in crate::identity) async fn add_link(
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

pub(in crate::identity) async fn end_links(
    tx: &mut Tx,
    purpose: LinkPurpose,
    account: Option<AccountId>,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE one_time_link SET used_at = $3 WHERE purpose = $1 AND COALESCE(account_id, '') = COALESCE($2, '') AND used_at IS NULL",
        [v(purpose.as_str()), v(account), v(now)],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn open_link(tx: &mut Tx, digest: &str) -> Result<Option<OpenLink>> {
    let now = tx.now();
    tx.fetch_optional(
        "SELECT purpose, account_id FROM one_time_link WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2",
        [v(digest), v(now)],
    )
    .await?
    .map(|row| Ok(OpenLink { purpose: row.parsed("purpose")?, account: row.opt_id("account_id")? }))
    .transpose()
}

pub(in crate::identity) async fn use_link(tx: &mut Tx, digest: &str) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE one_time_link SET used_at = $2 WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2",
            [v(digest), v(now)],
        )
        .await?
        > 0)
}

pub(in crate::identity) struct Throttle {
    pub(in crate::identity) failures: i64,
    pub(in crate::identity) first_at: Timestamp,
    pub(in crate::identity) blocked_until: Timestamp,
}

pub(in crate::identity) async fn throttle(tx: &mut Tx, source: &str) -> Result<Option<Throttle>> {
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

pub(in crate::identity) async fn set_throttle(
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

pub(in crate::identity) async fn clear_throttle(tx: &mut Tx, source: &str) -> Result<()> {
    tx.execute("DELETE FROM login_throttle WHERE source = $1", [v(source)])
        .await?;
    Ok(())
}
