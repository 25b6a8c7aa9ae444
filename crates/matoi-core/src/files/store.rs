//! SQL of files.

use matoi_db::{Row, Sql, v};
use matoi_types::{AttachmentId, ScopeId};

use super::model::{Attachment, FileFacts, NewFile, Owner};
use crate::kernel::{Result, Tx, access};

const ATTACHMENT: &str = "SELECT f.id, f.scope_id, f.blob, f.name, f.declared_type, f.sniffed_type, f.size, f.sha256, f.facts, f.uploaded_by, f.created_at, f.deleted_at, f.delete_reason, f.owner_kind, f.owner_id FROM attachment f WHERE 1 = 1";

pub(super) async fn insert(
    tx: &mut Tx,
    id: AttachmentId,
    owner: Owner,
    scope: ScopeId,
    file: &NewFile,
    name: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    let sniffed = file
        .facts
        .sniffed
        .as_ref()
        .map_or("application/octet-stream", |s| s.media_type.as_str());
    tx.execute(
        "INSERT INTO attachment (id, owner_kind, owner_id, scope_id, blob, name, declared_type, sniffed_type, size, sha256, facts, uploaded_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            v(id),
            v(owner.kind()),
            v(owner.id()),
            v(scope),
            v(&file.blob),
            v(name),
            v(&file.declared_type),
            v(sniffed),
            v(i64::try_from(file.size).unwrap_or(i64::MAX)),
            v(&file.sha256),
            v(serde_json::to_string(&file.facts)?),
            v(by),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn of(tx: &mut Tx, owner: Owner) -> Result<Vec<Attachment>> {
    let mut sql = Sql::new(ATTACHMENT);
    sql.push(
        " AND f.owner_kind = ? AND f.owner_id = ? ORDER BY f.created_at, f.name, f.id LIMIT 2000",
        [v(owner.kind()), v(owner.id())],
    );
    tx.fetch_sql(sql).await?.iter().map(attachment).collect()
}

/// A file that this transaction added, whoever asks.
pub(super) async fn just_added(tx: &mut Tx, id: AttachmentId) -> Result<Option<Attachment>> {
    let mut sql = Sql::new(ATTACHMENT);
    sql.push(" AND f.id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(attachment).transpose()
}

/// The file if the caller may see what it belongs to, with that.
pub(super) async fn get(tx: &mut Tx, id: AttachmentId) -> Result<Option<(Attachment, Owner)>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(ATTACHMENT);
    sql.push(" AND f.id = ?", [v(id)]);
    access::and_visible(&mut sql, &caller, "f.scope_id");
    tx.fetch_sql(sql)
        .await?
        .first()
        .map(|row| {
            let owner = match row.text("owner_kind")?.as_str() {
                "case" => Owner::Case(row.id("owner_id")?),
                _ => Owner::Item(row.id("owner_id")?),
            };
            Ok((attachment(row)?, owner))
        })
        .transpose()
}

pub(super) async fn delete(tx: &mut Tx, id: AttachmentId, reason: &str) -> Result<bool> {
    let (now, by) = (tx.now(), tx.caller().account());
    Ok(tx
        .execute(
            "UPDATE attachment SET deleted_at = $2, deleted_by = $3, delete_reason = $4 WHERE id = $1 AND deleted_at IS NULL",
            [v(id), v(now), v(by), v(reason)],
        )
        .await?
        > 0)
}

pub(super) async fn in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT blob FROM attachment WHERE deleted_at IS NULL AND");
    sql.push_in("blob", blobs.iter().map(v));
    let rows = tx.fetch_sql(sql).await?;
    rows.iter().map(|row| Ok(row.text("blob")?)).collect()
}

/// Every attachment whose content was not deleted: where it is, how long, and its SHA-256.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<(String, i64, String)>> {
    let rows = tx
        .fetch_all(
            "SELECT blob, size, sha256 FROM attachment WHERE deleted_at IS NULL",
            [],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text("blob")?, row.int("size")?, row.text("sha256")?)))
        .collect()
}

pub(super) async fn move_scope(tx: &mut Tx, owner: Owner, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE attachment SET scope_id = $3 WHERE owner_kind = $1 AND owner_id = $2",
        [v(owner.kind()), v(owner.id()), v(scope)],
    )
    .await?;
    Ok(())
}

fn attachment(row: &Row) -> Result<Attachment> {
    let facts: FileFacts = serde_json::from_str(&row.text("facts")?)?;
    Ok(Attachment {
        id: row.id("id")?,
        name: row.text("name")?,
        declared_type: row.text("declared_type")?,
        sniffed_type: row.text("sniffed_type")?,
        size: row.int("size")?,
        sha256: row.text("sha256")?,
        encrypted: facts.is_encrypted(),
        suspicious: facts.is_suspicious(),
        uploaded_by: row.opt_id("uploaded_by")?,
        created_at: row.time("created_at")?,
        deleted_at: row.opt_time("deleted_at")?,
        delete_reason: row.opt_text("delete_reason")?,
        facts,
        blob: row.text("blob")?,
        scope_id: row.id("scope_id")?,
    })
}
