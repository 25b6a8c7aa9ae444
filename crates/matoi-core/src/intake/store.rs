//! SQL of the intake.

use matoi_db::{Row, Sql, v};
use matoi_types::{ItemId, MailId, MessageId, Timestamp};

use super::foreign::{ForeignFields, ForeignOwner};
use super::mail::{MailRole, MailSheet, ReceivedMail};
use crate::kernel::{Error, Result, Tx};

mod webhooks;

pub(super) use webhooks::{
    all_sealed_webhook_secrets, delete_webhook, get_webhook, insert_webhook, replace_sealed_webhook_secret,
    save_webhook, save_webhook_secret, sealed_webhook_secret, touch_webhook, webhooks,
};

/// A new row.
pub(super) struct NewMail<'a> {
    pub(super) id: MailId,
    pub(super) item: ItemId,
    pub(super) message: Option<MessageId>,
    pub(super) role: MailRole,
    pub(super) rfc_id: Option<&'a str>,
    pub(super) digest: &'a str,
    pub(super) sender: &'a str,
    pub(super) subject_key: &'a str,
    pub(super) locked_file: bool,
    pub(super) automatic: bool,
    pub(super) inspected: bool,
    pub(super) sheet: &'a str,
    pub(super) passwords: usize,
    pub(super) sealed_passwords: Option<String>,
    pub(super) blob: &'a str,
    pub(super) size: u64,
}

pub(super) async fn insert_mail(tx: &mut Tx, mail: NewMail<'_>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO mail (id, item_id, message_id, role, rfc_id, digest, sender, subject_key, locked_file, automatic, inspected, sheet, passwords, sealed_passwords, blob, size, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        [
            v(mail.id),
            v(mail.item),
            v(mail.message),
            v(mail.role.as_str()),
            v(mail.rfc_id),
            v(mail.digest),
            v(mail.sender),
            v(mail.subject_key),
            v(mail.locked_file),
            v(mail.automatic),
            v(mail.inspected),
            v(mail.sheet),
            v(i64::try_from(mail.passwords).unwrap_or(0)),
            v(mail.sealed_passwords),
            v(mail.blob),
            v(i64::try_from(mail.size).unwrap_or(i64::MAX)),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

/// What is known of a mail that had come before.
pub(super) struct KnownMail {
    pub(super) item: ItemId,
    pub(super) role: MailRole,
    pub(super) automatic: bool,
    pub(super) inspected: bool,
}

/// The same mail, if it had come before.
pub(super) async fn mail_by_digest(tx: &mut Tx, digest: &str) -> Result<Option<KnownMail>> {
    tx.fetch_optional(
        "SELECT item_id, role, automatic, inspected FROM mail WHERE digest = $1",
        [v(digest)],
    )
    .await?
    .map(|row| {
        Ok(KnownMail {
            item: row.id("item_id")?,
            role: row.parsed("role")?,
            automatic: row.flag("automatic")?,
            inspected: row.flag("inspected")?,
        })
    })
    .transpose()
}

/// The item of the latest mail with one of these identifiers, the first of them first.
pub(super) async fn item_by_rfc_ids(tx: &mut Tx, ids: &[String]) -> Result<Option<ItemId>> {
    for id in ids {
        let row = tx
            .fetch_optional(
                "SELECT item_id FROM mail WHERE rfc_id = $1 ORDER BY received_at DESC, id DESC LIMIT 1",
                [v(id)],
            )
            .await?;
        if let Some(row) = row {
            return Ok(Some(row.id("item_id")?));
        }
    }
    Ok(None)
}

/// The item of the latest mail with a locked file that this sender sent under this subject since a time.
pub(super) async fn item_with_locked_file(
    tx: &mut Tx,
    sender: &str,
    subject_key: &str,
    since: Timestamp,
) -> Result<Option<ItemId>> {
    tx.fetch_optional(
        "SELECT item_id FROM mail WHERE locked_file = 1 AND sender = $1 AND subject_key = $2 AND received_at >= $3 ORDER BY received_at DESC, id DESC LIMIT 1",
        [v(sender), v(subject_key), v(since)],
    )
    .await?
    .map(|row| Ok(row.id("item_id")?))
    .transpose()
}

const MAIL: &str = "SELECT id, item_id, message_id, role, automatic, inspected, passwords, size, received_at, sheet, blob FROM mail";

/// The mails of a report, oldest first.
pub(super) async fn mails_of(tx: &mut Tx, item: ItemId) -> Result<Vec<ReceivedMail>> {
    let mut sql = Sql::new(MAIL);
    sql.push(" WHERE item_id = ? ORDER BY received_at, id LIMIT 500", [v(item)]);
    tx.fetch_sql(sql).await?.iter().map(mail).collect()
}

pub(super) async fn get_mail(tx: &mut Tx, id: MailId) -> Result<Option<ReceivedMail>> {
    let mut sql = Sql::new(MAIL);
    sql.push(" WHERE id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(mail).transpose()
}

pub(super) async fn sealed_passwords(tx: &mut Tx, id: MailId) -> Result<Option<String>> {
    let row = tx
        .fetch_optional("SELECT sealed_passwords FROM mail WHERE id = $1", [v(id)])
        .await?
        .ok_or(Error::NotFound("mail"))?;
    Ok(row.opt_text("sealed_passwords")?)
}

/// Which of these stored files are originals of mails.
pub(crate) async fn files_in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT blob FROM mail WHERE");
    sql.push_in("blob", blobs.iter().map(v));
    let rows = tx.fetch_sql(sql).await?;
    rows.iter().map(|row| Ok(row.text("blob")?)).collect()
}

/// The original of every mail: where it is, and how long.
pub(crate) async fn all_files(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    let rows = tx.fetch_all("SELECT blob, size FROM mail", []).await?;
    rows.iter()
        .map(|row| Ok((row.text("blob")?, row.int("size")?)))
        .collect()
}

/// Every mail that tells passwords, with them, sealed.
pub(super) async fn all_sealed_passwords(tx: &mut Tx) -> Result<Vec<(MailId, String)>> {
    tx.fetch_all(
        "SELECT id, sealed_passwords FROM mail WHERE sealed_passwords IS NOT NULL ORDER BY id",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.id("id")?, row.text("sealed_passwords")?)))
    .collect()
}

pub(super) async fn replace_sealed_passwords(tx: &mut Tx, id: MailId, sealed: &str) -> Result<()> {
    tx.execute(
        "UPDATE mail SET sealed_passwords = $2 WHERE id = $1",
        [v(id), v(sealed)],
    )
    .await?;
    Ok(())
}

fn mail(row: &Row) -> Result<ReceivedMail> {
    let sheet: MailSheet = serde_json::from_str(&row.text("sheet")?)?;
    Ok(ReceivedMail {
        id: row.id("id")?,
        item_id: row.id("item_id")?,
        message_id: row.opt_id("message_id")?,
        role: row.parsed("role")?,
        automatic: row.flag("automatic")?,
        inspected: row.flag("inspected")?,
        passwords: row.int("passwords")?,
        size: row.int("size")?,
        received_at: row.time("received_at")?,
        sheet,
        blob: row.text("blob")?,
    })
}

// Fields of other tools

pub(super) async fn foreign(tx: &mut Tx, owner: ForeignOwner) -> Result<ForeignFields> {
    let Some(row) = tx
        .fetch_optional(
            "SELECT status, fields FROM foreign_fields WHERE owner_kind = $1 AND owner_id = $2",
            [v(owner.kind()), v(owner.id())],
        )
        .await?
    else {
        return Ok(ForeignFields::default());
    };
    let tags = tx
        .fetch_all(
            "SELECT tag FROM foreign_tag WHERE owner_kind = $1 AND owner_id = $2 ORDER BY tag",
            [v(owner.kind()), v(owner.id())],
        )
        .await?;
    Ok(ForeignFields {
        status: row.text("status")?,
        tags: tags
            .iter()
            .map(|row| Ok(row.text("tag")?))
            .collect::<Result<_>>()?,
        fields: serde_json::from_str(&row.text("fields")?)?,
    })
}

pub(super) async fn put_foreign(tx: &mut Tx, owner: ForeignOwner, foreign: &ForeignFields) -> Result<()> {
    let (kind, id) = (owner.kind(), owner.id());
    tx.execute(
        "INSERT INTO foreign_fields (owner_kind, owner_id, status, fields) VALUES ($1, $2, $3, $4)
         ON CONFLICT (owner_kind, owner_id) DO UPDATE SET status = EXCLUDED.status, fields = EXCLUDED.fields",
        [
            v(kind),
            v(&id),
            v(&foreign.status),
            v(serde_json::to_string(&foreign.fields)?),
        ],
    )
    .await?;
    tx.execute(
        "DELETE FROM foreign_tag WHERE owner_kind = $1 AND owner_id = $2",
        [v(kind), v(&id)],
    )
    .await?;
    for tag in &foreign.tags {
        tx.execute(
            "INSERT INTO foreign_tag (owner_kind, tag, owner_id) VALUES ($1, $2, $3) ON CONFLICT (owner_kind, owner_id, tag) DO NOTHING",
            [v(kind), v(tag), v(&id)],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn foreign_with_tag(
    tx: &mut Tx,
    kind: &'static str,
    tag: &str,
    at_most: u32,
) -> Result<Option<Vec<String>>> {
    let rows = tx
        .fetch_all(
            "SELECT owner_id FROM foreign_tag WHERE owner_kind = $1 AND tag = $2 ORDER BY owner_id DESC LIMIT $3",
            [v(kind), v(tag), v(at_most + 1)],
        )
        .await?;
    owners(&rows, at_most)
}

pub(super) async fn foreign_with_status(
    tx: &mut Tx,
    kind: &'static str,
    status: &str,
    at_most: u32,
) -> Result<Option<Vec<String>>> {
    let rows = tx
        .fetch_all(
            "SELECT owner_id FROM foreign_fields WHERE owner_kind = $1 AND status = $2 ORDER BY owner_id DESC LIMIT $3",
            [v(kind), v(status), v(at_most + 1)],
        )
        .await?;
    owners(&rows, at_most)
}

fn owners(rows: &[Row], at_most: u32) -> Result<Option<Vec<String>>> {
    if rows.len() > at_most as usize {
        return Ok(None);
    }
    rows.iter()
        .map(|row| Ok(row.text("owner_id")?))
        .collect::<Result<_>>()
        .map(Some)
}
