//! SQL of webhooks.

use matoi_db::{Row, Sql, v};

use crate::intake::webhooks::{StoredWebhook, WebhookSecret};
use crate::kernel::{Result, Tx};

const WEBHOOK: &str = "SELECT w.name, w.mapping, w.enabled, w.hint, a.name AS creator, w.created_at, w.rotated_at, w.last_used_at, w.version
  FROM webhook w LEFT JOIN account a ON a.id = w.created_by";

pub(in crate::intake) async fn webhooks(tx: &mut Tx) -> Result<Vec<StoredWebhook>> {
    let mut sql = Sql::new(WEBHOOK);
    sql.push(" ORDER BY w.name LIMIT 500", []);
    tx.fetch_sql(sql).await?.iter().map(webhook).collect()
}

pub(in crate::intake) async fn get_webhook(tx: &mut Tx, name: &str) -> Result<Option<StoredWebhook>> {
    let mut sql = Sql::new(WEBHOOK);
    sql.push(" WHERE w.name = ?", [v(name)]);
    tx.fetch_sql(sql).await?.first().map(webhook).transpose()
}

pub(in crate::intake) async fn insert_webhook(
    tx: &mut Tx,
    name: &str,
    mapping: &str,
    secret: &WebhookSecret,
) -> Result<()> {
    let (now, creator) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO webhook (name, mapping, enabled, sealed_secret, hint, created_by, created_at, rotated_at, version)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $6, 1)",
        [
            v(name),
            v(mapping),
            v(&secret.sealed),
            v(&secret.hint),
            v(creator),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

/// Saves what can be changed, if the version is still the one given.
pub(in crate::intake) async fn save_webhook(
    tx: &mut Tx,
    name: &str,
    version: i64,
    mapping: &str,
    enabled: bool,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE webhook SET mapping = $3, enabled = $4, version = version + 1 WHERE name = $1 AND version = $2",
            [v(name), v(version), v(mapping), v(enabled)],
        )
        .await?;
    Ok(changed == 1)
}

pub(in crate::intake) async fn save_webhook_secret(
    tx: &mut Tx,
    name: &str,
    version: i64,
    secret: &WebhookSecret,
) -> Result<bool> {
    let now = tx.now();
    let changed = tx
        .execute(
            "UPDATE webhook SET sealed_secret = $3, hint = $4, rotated_at = $5, version = version + 1 WHERE name = $1 AND version = $2",
            [v(name), v(version), v(&secret.sealed), v(&secret.hint), v(now)],
        )
        .await?;
    Ok(changed == 1)
}

pub(in crate::intake) async fn delete_webhook(tx: &mut Tx, name: &str, version: i64) -> Result<bool> {
    let changed = tx
        .execute(
            "DELETE FROM webhook WHERE name = $1 AND version = $2",
            [v(name), v(version)],
        )
        .await?;
    Ok(changed == 1)
}

/// Notes that it was used. The version stays: nobody changed it.
pub(in crate::intake) async fn touch_webhook(tx: &mut Tx, name: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhook SET last_used_at = $2 WHERE name = $1",
        [v(name), v(now)],
    )
    .await?;
    Ok(())
}

pub(in crate::intake) async fn sealed_webhook_secret(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row = tx
        .fetch_optional("SELECT sealed_secret FROM webhook WHERE name = $1", [v(name)])
        .await?;
    Ok(row.map(|row| row.text("sealed_secret")).transpose()?)
}

pub(in crate::intake) async fn all_sealed_webhook_secrets(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    tx.fetch_all("SELECT name, sealed_secret FROM webhook", [])
        .await?
        .iter()
        .map(|row| Ok((row.text("name")?, row.text("sealed_secret")?)))
        .collect()
}

pub(in crate::intake) async fn replace_sealed_webhook_secret(
    tx: &mut Tx,
    name: &str,
    sealed: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE webhook SET sealed_secret = $2 WHERE name = $1",
        [v(name), v(sealed)],
    )
    .await?;
    Ok(())
}

fn webhook(row: &Row) -> Result<StoredWebhook> {
    Ok(StoredWebhook {
        name: row.text("name")?,
        mapping: row.text("mapping")?,
        enabled: row.flag("enabled")?,
        hint: row.text("hint")?,
        created_by: row.opt_text("creator")?,
        created_at: row.time("created_at")?,
        rotated_at: row.time("rotated_at")?,
        last_used_at: row.opt_time("last_used_at")?,
        version: row.int("version")?,
    })
}
