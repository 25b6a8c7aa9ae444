//! SQL of what only reports have.

use matoi_db::{Sql, v};
use matoi_types::{AccountId, ItemId, Timestamp};

use crate::desk::model::ReportDetail;
use crate::kernel::{Result, Tx};

/// A new row of what only reports have.
pub(in crate::desk) struct NewReport<'a> {
    pub(in crate::desk) item: ItemId,
    pub(in crate::desk) category: &'a str,
    pub(in crate::desk) noticed: &'a str,
    pub(in crate::desk) device: &'a str,
    pub(in crate::desk) reporter_name: &'a str,
    pub(in crate::desk) reporter_contact: &'a str,
    pub(in crate::desk) reporter_account: Option<AccountId>,
    pub(in crate::desk) anonymous: bool,
    pub(in crate::desk) secret_digest: Option<&'a str>,
}

pub(in crate::desk) async fn insert_report(tx: &mut Tx, report: NewReport<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO report_detail (item_id, category, noticed, device, reporter_name, reporter_contact, reporter_account_id, anonymous, secret_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            v(report.item),
            v(report.category),
            v(report.noticed),
            v(report.device),
            v(report.reporter_name),
            v(report.reporter_contact),
            v(report.reporter_account),
            v(report.anonymous),
            v(report.secret_digest),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::desk) async fn report(tx: &mut Tx, id: ItemId) -> Result<Option<ReportDetail>> {
    let now = tx.now();
    tx.fetch_optional(
        "SELECT category, noticed, device, reporter_name, reporter_contact, reporter_account_id, anonymous, secret_digest, secret_until, mail_from, mail_headers, original_blob, not_incident_reason FROM report_detail WHERE item_id = $1",
        [v(id)],
    )
    .await?
    .map(|row| {
        Ok(ReportDetail {
            category: row.text("category")?,
            noticed: row.text("noticed")?,
            device: row.text("device")?,
            reporter_name: row.text("reporter_name")?,
            reporter_contact: row.text("reporter_contact")?,
            reporter_account_id: row.opt_id("reporter_account_id")?,
            anonymous: row.flag("anonymous")?,
            has_follow_up: row.opt_text("secret_digest")?.is_some()
                && row.opt_time("secret_until")?.is_none_or(|until| until > now),
            mail_from: row.opt_text("mail_from")?,
            original_blob: row.opt_text("original_blob")?,
            mail_headers: row.opt_text("mail_headers")?,
            not_incident_reason: row.opt_text("not_incident_reason")?,
        })
    })
    .transpose()
}

/// Lets the follow-up link end at a time, or live on.
pub(in crate::desk) async fn set_secret_until(
    tx: &mut Tx,
    id: ItemId,
    until: Option<Timestamp>,
) -> Result<()> {
    tx.execute(
        "UPDATE report_detail SET secret_until = $2 WHERE item_id = $1",
        [v(id), v(until)],
    )
    .await?;
    Ok(())
}

/// Gives a report another follow-up secret, which lives until the report is closed.
pub(in crate::desk) async fn set_secret(tx: &mut Tx, id: ItemId, digest: &str) -> Result<()> {
    tx.execute(
        "UPDATE report_detail SET secret_digest = $2, secret_until = NULL WHERE item_id = $1",
        [v(id), v(digest)],
    )
    .await?;
    Ok(())
}

pub(in crate::desk) async fn set_not_incident_reason(tx: &mut Tx, id: ItemId, reason: &str) -> Result<()> {
    tx.execute(
        "UPDATE report_detail SET not_incident_reason = $2 WHERE item_id = $1",
        [v(id), v(reason)],
    )
    .await?;
    Ok(())
}

/// Counts a public submission from a source within a window. Gives the count and when the window began.
pub(in crate::desk) async fn count_public(
    tx: &mut Tx,
    source: &str,
    window_seconds: i64,
) -> Result<(i64, Timestamp)> {
    let now = tx.now();
    let row = tx
        .fetch_one(
            "INSERT INTO public_throttle (source, count, since) VALUES ($1, 1, $2)
             ON CONFLICT (source) DO UPDATE SET count = CASE WHEN public_throttle.since < $3 THEN 1 ELSE public_throttle.count + 1 END,
               since = CASE WHEN public_throttle.since < $3 THEN EXCLUDED.since ELSE public_throttle.since END
             RETURNING count, since",
            [v(source), v(now), v(now.plus_seconds(-window_seconds))],
        )
        .await?;
    let (count, since) = (row.int("count")?, row.time("since")?);
    if count == 1 {
        // Whoever begins a window clears away those that ended long ago: who wrote is kept no longer than is needed.
        tx.execute(
            "DELETE FROM public_throttle WHERE since < $1",
            [v(now.plus_seconds(-86_400))],
        )
        .await?;
    }
    Ok((count, since))
}

/// How often a source was counted within a window, without counting.
pub(in crate::desk) async fn public_count(
    tx: &mut Tx,
    source: &str,
    window_seconds: i64,
) -> Result<(i64, Timestamp)> {
    let now = tx.now();
    let row = tx
        .fetch_optional(
            "SELECT count, since FROM public_throttle WHERE source = $1 AND since >= $2",
            [v(source), v(now.plus_seconds(-window_seconds))],
        )
        .await?;
    match row {
        Some(row) => Ok((row.int("count")?, row.time("since")?)),
        None => Ok((0, now)),
    }
}

/// Removes counts of public submissions whose window began before a time.
pub(crate) async fn forget_submissions(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Ok(tx
        .execute("DELETE FROM public_throttle WHERE since < $1", [v(before)])
        .await?)
}

/// The original of every report that came by mail.
pub(crate) async fn all_originals(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = tx
        .fetch_all(
            "SELECT original_blob FROM report_detail WHERE original_blob IS NOT NULL",
            [],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text("original_blob")?)).collect()
}

/// Which of these stored files are the original of a report that came by mail.
pub(crate) async fn originals_in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT original_blob FROM report_detail WHERE");
    sql.push_in("original_blob", blobs.iter().map(v));
    let rows = tx.fetch_sql(sql).await?;
    rows.iter().map(|row| Ok(row.text("original_blob")?)).collect()
}
