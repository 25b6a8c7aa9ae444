//! Who has broken the glass of a case, and who must be told.

use matoi_db::{Sql, v};
use matoi_types::{AccountId, CaseId, NoticeId};

use crate::cases::glass::GlassNotice;
use crate::kernel::{Result, Tx, access};

pub(in crate::cases) async fn unseen_glass_notices(
    tx: &mut Tx,
    account: AccountId,
    at_most: u32,
) -> Result<Vec<GlassNotice>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT n.id, n.case_id, c.number, c.title, n.by_id, a.name AS by_name, n.reason, n.at
         FROM glass_notice n JOIN case_file c ON c.id = n.case_id JOIN account a ON a.id = n.by_id
         WHERE n.seen_at IS NULL",
    );
    sql.push(" AND n.account_id = ?", [v(account)]);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push(" ORDER BY n.at DESC, n.id DESC LIMIT ?", [v(at_most)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(GlassNotice {
                id: row.id("id")?,
                case_id: row.id("case_id")?,
                case_number: row.text("number")?,
                case_title: row.text("title")?,
                by_id: row.id("by_id")?,
                by: row.text("by_name")?,
                reason: row.text("reason")?,
                at: row.time("at")?,
            })
        })
        .collect()
}

/// The case a notice to this account is about.
pub(in crate::cases) async fn case_of_glass_notice(
    tx: &mut Tx,
    id: NoticeId,
    account: AccountId,
) -> Result<Option<CaseId>> {
    let rows = tx
        .fetch_all(
            "SELECT case_id FROM glass_notice WHERE id = $1 AND account_id = $2",
            [v(id), v(account)],
        )
        .await?;
    Ok(rows.first().map(|row| row.id("case_id")).transpose()?)
}

/// Whether it had not been seen before.
pub(in crate::cases) async fn mark_glass_notice_seen(tx: &mut Tx, id: NoticeId) -> Result<bool> {
    let now = tx.now();
    let marked = tx
        .execute(
            "UPDATE glass_notice SET seen_at = $2 WHERE id = $1 AND seen_at IS NULL",
            [v(id), v(now)],
        )
        .await?;
    Ok(marked > 0)
}

pub(in crate::cases) async fn insert_glass_notice(
    tx: &mut Tx,
    account: AccountId,
    case: CaseId,
    by: AccountId,
    reason: &str,
) -> Result<()> {
    let (id, now): (NoticeId, _) = (tx.new_id()?, tx.now());
    tx.execute(
        "INSERT INTO glass_notice (id, account_id, case_id, by_id, reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
        [v(id), v(account), v(case), v(by), v(reason), v(now)],
    )
    .await?;
    Ok(())
}
