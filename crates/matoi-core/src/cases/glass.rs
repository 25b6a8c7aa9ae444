//! Broken glass: whoever answers for a case is told who entered it in an emergency, until they have seen it.

use matoi_db::{Sql, v};
use matoi_types::{AccountId, CaseId, NoticeId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::Case;
use super::{progress, service};
use crate::kernel::access;
use crate::kernel::{Action, Error, Result, Tx};

/// Notices shown at once, the newest first.
const AT_MOST: u32 = 50;

/// That somebody entered a case in an emergency, for one of those who answer for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GlassNotice {
    /// The notice.
    pub id: NoticeId,
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_number: String,
    /// Its title.
    pub case_title: String,
    /// Who entered.
    pub by_id: AccountId,
    /// Their name.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What the caller has not seen yet, of cases they still may see.
pub async fn unseen(tx: &mut Tx) -> Result<Vec<GlassNotice>> {
    let caller = tx.caller().clone();
    let Some(me) = caller.account().filter(|_| caller.may(Action::CaseRead)) else {
        return Ok(Vec::new());
    };
    let mut sql = Sql::new(
        "SELECT n.id, n.case_id, c.number, c.title, n.by_id, a.name AS by_name, n.reason, n.at
         FROM glass_notice n JOIN case_file c ON c.id = n.case_id JOIN account a ON a.id = n.by_id
         WHERE n.seen_at IS NULL",
    );
    sql.push(" AND n.account_id = ?", [v(me)]);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push(" ORDER BY n.at DESC, n.id DESC LIMIT ?", [v(AT_MOST)]);
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

/// The caller has seen it; having seen it before changes nothing.
pub async fn seen(tx: &mut Tx, id: NoticeId) -> Result<()> {
    tx.require(Action::CaseRead)?;
    let me = tx.caller().require_account()?;
    let rows = tx
        .fetch_all(
            "SELECT case_id, seen_at FROM glass_notice WHERE id = $1 AND account_id = $2",
            [v(id), v(me)],
        )
        .await?;
    let row = rows.first().ok_or(Error::NotFound("notice"))?;
    let case = service::get(tx, row.id("case_id")?)
        .await
        .map_err(|_| Error::NotFound("notice"))?;
    if row.opt_time("seen_at")?.is_some() {
        return Ok(());
    }
    let now = tx.now();
    tx.execute(
        "UPDATE glass_notice SET seen_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    tx.record(progress::change("case.break_glass_seen", &case).set("notice_id", id))
        .await
}

/// Tells commander and handler of a case, or all who are on its list when it has neither, that the caller has entered.
pub(super) async fn tell(tx: &mut Tx, case: &Case, reason: &str) -> Result<()> {
    let me = tx.caller().require_account()?;
    let mut told: Vec<AccountId> = [case.commander_id, case.handler_id]
        .into_iter()
        .flatten()
        .collect();
    if told.is_empty() {
        let members = access::members(tx, case.scope_id).await?;
        told = members.into_iter().map(|member| member.account).collect();
    }
    told.sort_unstable();
    told.dedup();
    let now = tx.now();
    for account in told.into_iter().filter(|account| *account != me) {
        let id: NoticeId = tx.new_id()?;
        tx.execute(
            "INSERT INTO glass_notice (id, account_id, case_id, by_id, reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
            [v(id), v(account), v(case.id), v(me), v(reason), v(now)],
        )
        .await?;
    }
    Ok(())
}
