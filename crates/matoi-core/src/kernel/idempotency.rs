//! What was answered to a create, kept with what it made, per actor.

use matoi_db::v;

use super::{Actor, Result, Tx};

/// A former answer.
#[derive(Debug, Clone)]
pub struct Former {
    /// Digest of the request it answered.
    pub request_digest: String,
    /// The status.
    pub status: u16,
    /// The answer as JSON.
    pub response: String,
}

/// The answer that was given to this actor under this key.
pub async fn find(tx: &mut Tx, key: &str) -> Result<Option<Former>> {
    let actor = actor(tx);
    tx.fetch_optional(
        "SELECT request_digest, status, response FROM idempotency WHERE actor = $1 AND key = $2",
        [v(actor), v(key)],
    )
    .await?
    .map(|row| {
        Ok(Former {
            request_digest: row.text("request_digest")?,
            status: u16::try_from(row.int("status")?).unwrap_or(200),
            response: row.text("response")?,
        })
    })
    .transpose()
}

/// Keeps an answer in the transaction that made what it tells of. Two at once with one key: the second fails and, tried
/// again, finds the first.
pub async fn keep(tx: &mut Tx, key: &str, request_digest: &str, status: u16, response: &str) -> Result<()> {
    let (actor, now) = (actor(tx), tx.now());
    tx.execute(
        "INSERT INTO idempotency (actor, key, request_digest, status, response, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [v(actor), v(key), v(request_digest), v(i64::from(status)), v(response), v(now)],
    )
    .await?;
    Ok(())
}

/// Forgets answers older than `days`. Gives how many.
pub async fn forget(tx: &mut Tx, days: i64) -> Result<u64> {
    let before = tx.now().plus_seconds(-days * 86_400);
    Ok(tx
        .execute("DELETE FROM idempotency WHERE created_at < $1", [v(before)])
        .await?)
}

fn actor(tx: &Tx) -> String {
    match &tx.caller().actor {
        Actor::Account { id, .. } => id.to_string(),
        Actor::System(duty) => format!("system {duty}"),
        Actor::Anonymous => "anonymous".to_owned(),
        Actor::Reporter(item) => format!("reporter {item}"),
    }
}
