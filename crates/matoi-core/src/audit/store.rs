//! SQL of the audit log.

use matoi_db::{Row, Sql, v};
use matoi_types::{ChangeId, Timestamp};

use super::model::{AuditEntry, AuditFilter, KeptVerification, SealedChange};
use crate::kernel::{Cursor, Result, Tx, access};

/// A row to be sealed.
pub(super) struct Unsealed {
    pub(super) id: String,
    pub(super) digest: String,
}

/// The last link of the chain.
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) link: String,
    pub(super) epoch: i64,
}

pub(super) async fn head(tx: &mut Tx) -> Result<Head> {
    let epoch = tx
        .fetch_optional(
            "SELECT epoch, previous_link FROM audit_epoch ORDER BY epoch DESC LIMIT 1",
            [],
        )
        .await?;
    let (epoch, first_link) = match &epoch {
        Some(row) => (row.int("epoch")?, row.text("previous_link")?),
        None => (1, super::rules::GENESIS.to_owned()),
    };
    let last = tx
        .fetch_optional("SELECT seq, link, epoch FROM chain ORDER BY seq DESC LIMIT 1", [])
        .await?;
    Ok(match &last {
        Some(row) => Head {
            seq: row.int("seq")?,
            link: row.text("link")?,
            epoch,
        },
        None => Head {
            seq: 0,
            link: first_link,
            epoch,
        },
    })
}

pub(super) async fn begin_epoch(tx: &mut Tx, epoch: i64, reason: &str, previous: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO audit_epoch (epoch, started_at, reason, previous_link) VALUES ($1, $2, $3, $4)",
        [v(epoch), v(now), v(reason), v(previous)],
    )
    .await?;
    Ok(())
}

pub(super) async fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<Unsealed>> {
    tx.fetch_all(
        "SELECT c.id, c.digest FROM change_unsealed u JOIN change c ON c.id = u.change_id ORDER BY u.change_id LIMIT $1",
        [v(limit)],
    )
    .await?
    .iter()
    .map(|row| Ok(Unsealed { id: row.text("id")?, digest: row.text("digest")? }))
    .collect()
}

pub(super) async fn append(tx: &mut Tx, seq: i64, epoch: i64, id: &str, link: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO chain (seq, epoch, change_id, link) VALUES ($1, $2, $3, $4)",
        [v(seq), v(epoch), v(id), v(link)],
    )
    .await?;
    tx.execute("DELETE FROM change_unsealed WHERE change_id = $1", [v(id)])
        .await?;
    Ok(())
}

pub(super) async fn add_seal(
    tx: &mut Tx,
    head: &Head,
    sealed_at: Timestamp,
    key_id: &str,
    signature: &str,
) -> Result<()> {
    tx.execute(
        "INSERT INTO seal (last_seq, epoch, sealed_at, link, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6)",
        [v(head.seq), v(head.epoch), v(sealed_at), v(&head.link), v(key_id), v(signature)],
    )
    .await?;
    Ok(())
}

/// Public key, sealed secret.
pub(super) async fn newest_key(tx: &mut Tx) -> Result<Option<(String, String)>> {
    tx.fetch_optional(
        "SELECT public_key, sealed_secret FROM seal_key WHERE sealed_secret IS NOT NULL ORDER BY created_at DESC, key_id LIMIT 1",
        [],
    )
    .await?
    .map(|row| Ok((row.text("public_key")?, row.text("sealed_secret")?)))
    .transpose()
}

/// Every signing key whose secret half is kept.
pub(super) async fn sealed_keys(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    tx.fetch_all(
        "SELECT key_id, sealed_secret FROM seal_key WHERE sealed_secret IS NOT NULL ORDER BY key_id",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.text("key_id")?, row.text("sealed_secret")?)))
    .collect()
}

pub(super) async fn replace_sealed_key(tx: &mut Tx, key_id: &str, sealed: &str) -> Result<()> {
    tx.execute(
        "UPDATE seal_key SET sealed_secret = $2 WHERE key_id = $1",
        [v(key_id), v(sealed)],
    )
    .await?;
    Ok(())
}

pub(super) async fn add_key(tx: &mut Tx, key_id: &str, public_key: &str, sealed: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO seal_key (key_id, public_key, sealed_secret, created_at) VALUES ($1, $2, $3, $4)",
        [v(key_id), v(public_key), v(sealed), v(now)],
    )
    .await?;
    Ok(())
}

/// Key id, public key.
pub(super) async fn keys(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    tx.fetch_all(
        "SELECT key_id, public_key FROM seal_key ORDER BY created_at, key_id",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.text("key_id")?, row.text("public_key")?)))
    .collect()
}

/// Everything a verification needs of one row, sealed or erased.
pub(super) struct ChainRow {
    pub(super) seq: i64,
    pub(super) epoch: i64,
    pub(super) change_id: String,
    pub(super) link: String,
    pub(super) change: Option<ChangeRow>,
}

pub(super) struct ChangeRow {
    pub(super) at: i64,
    pub(super) actor_kind: String,
    pub(super) actor_id: Option<String>,
    pub(super) actor_name: String,
    pub(super) session_id: Option<String>,
    pub(super) token_id: Option<String>,
    pub(super) address: Option<String>,
    pub(super) request_id: String,
    pub(super) verb: String,
    pub(super) entity_kind: String,
    pub(super) entity_id: String,
    pub(super) scope_id: Option<String>,
    pub(super) digest: String,
    pub(super) salt: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) inner_digest: Option<String>,
}

pub(super) async fn chain_after(tx: &mut Tx, seq: i64, limit: i64) -> Result<Vec<ChainRow>> {
    tx.fetch_all(
        "SELECT h.seq, h.epoch, h.change_id, h.link, c.at, c.actor_kind, c.actor_id, c.actor_name, c.session_id, c.token_id, c.address,
                c.request_id, c.verb, c.entity_kind, c.entity_id, c.scope_id, c.digest, d.salt, d.detail, d.inner_digest
         FROM chain h LEFT JOIN change c ON c.id = h.change_id LEFT JOIN change_detail d ON d.change_id = h.change_id
         WHERE h.seq > $1 ORDER BY h.seq LIMIT $2",
        [v(seq), v(limit)],
    )
    .await?
    .iter()
    .map(chain_row)
    .collect()
}

fn chain_row(row: &Row) -> Result<ChainRow> {
    let change = match row.opt_text("digest")? {
        None => None,
        Some(digest) => Some(ChangeRow {
            at: row.int("at")?,
            actor_kind: row.text("actor_kind")?,
            actor_id: row.opt_text("actor_id")?,
            actor_name: row.text("actor_name")?,
            session_id: row.opt_text("session_id")?,
            token_id: row.opt_text("token_id")?,
            address: row.opt_text("address")?,
            request_id: row.text("request_id")?,
            verb: row.text("verb")?,
            entity_kind: row.text("entity_kind")?,
            entity_id: row.text("entity_id")?,
            scope_id: row.opt_text("scope_id")?,
            digest,
            salt: row.opt_text("salt")?,
            detail: row.opt_text("detail")?,
            inner_digest: row.opt_text("inner_digest")?,
        }),
    };
    Ok(ChainRow {
        seq: row.int("seq")?,
        epoch: row.int("epoch")?,
        change_id: row.text("change_id")?,
        link: row.text("link")?,
        change,
    })
}

pub(super) struct SealRow {
    pub(super) last_seq: i64,
    pub(super) epoch: i64,
    pub(super) sealed_at: i64,
    pub(super) link: String,
    pub(super) key_id: String,
    pub(super) signature: String,
}

pub(super) async fn seals_between(tx: &mut Tx, after: i64, up_to: i64) -> Result<Vec<SealRow>> {
    tx.fetch_all(
        "SELECT last_seq, epoch, sealed_at, link, key_id, signature FROM seal WHERE last_seq > $1 AND last_seq <= $2 ORDER BY last_seq",
        [v(after), v(up_to)],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(SealRow {
            last_seq: row.int("last_seq")?,
            epoch: row.int("epoch")?,
            sealed_at: row.int("sealed_at")?,
            link: row.text("link")?,
            key_id: row.text("key_id")?,
            signature: row.text("signature")?,
        })
    })
    .collect()
}

/// Number, time of the oldest.
pub(super) async fn unsealed_tail(tx: &mut Tx) -> Result<(i64, Option<Timestamp>)> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(*) AS n, MIN(c.at) AS oldest FROM change_unsealed u JOIN change c ON c.id = u.change_id",
            [],
        )
        .await?;
    Ok((row.int("n")?, row.opt_time("oldest")?))
}

pub(super) async fn sealed_after(tx: &mut Tx, seq: i64, limit: i64) -> Result<Vec<SealedChange>> {
    tx.fetch_all(
        "SELECT h.seq, c.verb, c.entity_kind, c.entity_id, c.scope_id, c.at FROM chain h JOIN change c ON c.id = h.change_id WHERE h.seq > $1 ORDER BY h.seq LIMIT $2",
        [v(seq), v(limit)],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(SealedChange {
            seq: row.int("seq")?,
            verb: row.text("verb")?,
            entity_kind: row.text("entity_kind")?,
            entity_id: row.text("entity_id")?,
            scope: row.opt_id("scope_id")?,
            at: row.time("at")?,
        })
    })
    .collect()
}

pub(super) async fn consumer(tx: &mut Tx, name: &'static str) -> Result<i64> {
    Ok(tx
        .fetch_optional("SELECT seq FROM consumer WHERE name = $1", [v(name)])
        .await?
        .map_or(Ok(0), |row| row.int("seq"))?)
}

pub(super) async fn set_consumer(tx: &mut Tx, name: &'static str, seq: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO consumer (name, seq) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seq = EXCLUDED.seq",
        [v(name), v(seq)],
    )
    .await?;
    Ok(())
}

/// Rows, newest first. Those of scopes the caller may not see are not among them.
pub(super) async fn list(
    tx: &mut Tx,
    filter: &AuditFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<AuditEntry>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT c.id, h.seq, c.at, c.actor_kind, c.actor_id, c.actor_name, c.session_id, c.token_id, c.address, c.request_id,
                c.verb, c.entity_kind, c.entity_id, d.detail FROM change c
         LEFT JOIN chain h ON h.change_id = c.id LEFT JOIN change_detail d ON d.change_id = c.id WHERE (c.scope_id IS NULL OR (1 = 1",
    );
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push("))", []);
    if let Some(id) = filter.id {
        sql.push(" AND c.id = ?", [v(id)]);
    }
    if let Some(kind) = &filter.actor_kind {
        sql.push(" AND c.actor_kind = ?", [v(kind)]);
    }
    if let Some(actor) = &filter.actor_id {
        sql.push(" AND c.actor_id = ?", [v(actor)]);
    }
    if let Some(kind) = &filter.entity_kind {
        sql.push(" AND c.entity_kind = ?", [v(kind)]);
    }
    if let Some(id) = &filter.entity_id {
        sql.push(" AND c.entity_id = ?", [v(id)]);
    }
    if let Some(verb) = &filter.verb {
        sql.push(" AND c.verb = ?", [v(verb)]);
    }
    // Identifiers carry the time to the millisecond, so a stretch of time is a stretch of the primary key.
    if let Some(from) = filter.from {
        sql.push(
            " AND c.id >= ? AND c.at >= ?",
            [v(first_id_at(from.as_millis())), v(from)],
        );
    }
    if let Some(until) = filter.until {
        sql.push(
            " AND c.id < ? AND c.at < ?",
            [v(first_id_at(until.as_millis() + 1)), v(until)],
        );
    }
    if let Some(after) = after {
        sql.push(" AND c.id < ?", [v(&after.id)]);
    }
    sql.push(" ORDER BY c.id DESC LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(AuditEntry {
                id: row.id("id")?,
                seq: row.opt_int("seq")?,
                at: row.time("at")?,
                actor_kind: row.text("actor_kind")?,
                actor_id: row.opt_text("actor_id")?,
                actor_name: row.text("actor_name")?,
                session_id: row.opt_text("session_id")?,
                token_id: row.opt_text("token_id")?,
                address: row.opt_text("address")?,
                request_id: row.text("request_id")?,
                verb: row.text("verb")?,
                entity_kind: row.text("entity_kind")?,
                entity_id: row.text("entity_id")?,
                detail: row
                    .opt_text("detail")?
                    .map(|text| serde_json::from_str(&text))
                    .transpose()?,
            })
        })
        .collect()
}

/// The smallest identifier that carries this time.
fn first_id_at(millis: i64) -> ChangeId {
    ChangeId::from_parts(u64::try_from(millis).unwrap_or(0), [0; 10])
}

/// Rows that are neither in the chain nor wait for it: somebody took them out of the queue behind the program.
pub(super) async fn unchained(tx: &mut Tx) -> Result<i64> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(*) AS n FROM change c WHERE NOT EXISTS (SELECT 1 FROM chain h WHERE h.change_id = c.id)
             AND NOT EXISTS (SELECT 1 FROM change_unsealed u WHERE u.change_id = c.id)",
            [],
        )
        .await?;
    Ok(row.int("n")?)
}

/// When the newest seal was made, and with which key.
pub(super) async fn newest_seal(tx: &mut Tx) -> Result<Option<(Timestamp, String)>> {
    tx.fetch_optional(
        "SELECT sealed_at, key_id FROM seal ORDER BY last_seq DESC LIMIT 1",
        [],
    )
    .await?
    .map(|row| Ok((row.time("sealed_at")?, row.text("key_id")?)))
    .transpose()
}

pub(super) async fn keep_check(tx: &mut Tx, id: &str, kept: &KeptVerification) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_check (id, started_at, finished_at, checked_by, checked_by_name, result) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            v(id),
            v(kept.started_at),
            v(kept.finished_at),
            v(kept.checked_by),
            v(&kept.checked_by_name),
            v(serde_json::to_string(&kept.found)?),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn last_check(tx: &mut Tx) -> Result<Option<KeptVerification>> {
    tx.fetch_optional(
        "SELECT started_at, finished_at, checked_by, checked_by_name, result FROM audit_check ORDER BY finished_at DESC, id DESC LIMIT 1",
        [],
    )
    .await?
    .map(|row| {
        Ok(KeptVerification {
            started_at: row.time("started_at")?,
            finished_at: row.time("finished_at")?,
            checked_by: row.opt_id("checked_by")?,
            checked_by_name: row.text("checked_by_name")?,
            found: serde_json::from_str(&row.text("result")?)?,
        })
    })
    .transpose()
}
