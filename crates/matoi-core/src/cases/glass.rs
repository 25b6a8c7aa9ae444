//! Broken glass: whoever answers for a case is told who entered it in an emergency, until they have seen it.

use matoi_types::{AccountId, CaseId, NoticeId, Timestamp, Tlp};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::Case;
use super::{progress, service, store};
use crate::identity::accounts;
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
    match tx.caller().account() {
        Some(me) if tx.caller().may(Action::CaseRead) => store::unseen_glass_notices(tx, me, AT_MOST).await,
        _ => Ok(Vec::new()),
    }
}

/// The caller has seen it; having seen it before changes nothing.
pub async fn seen(tx: &mut Tx, id: NoticeId) -> Result<()> {
    tx.require(Action::CaseRead)?;
    let me = tx.caller().require_account()?;
    let case = store::case_of_glass_notice(tx, id, me)
        .await?
        .ok_or(Error::NotFound("notice"))?;
    let case = service::get(tx, case)
        .await
        .map_err(|_| Error::NotFound("notice"))?;
    if !store::mark_glass_notice_seen(tx, id).await? {
        return Ok(());
    }
    tx.record(progress::change("case.break_glass_seen", &case).set("notice_id", id))
        .await
}

/// Tells commander and handler of a case that the caller has entered; when neither can be told, all who are on its list.
pub(super) async fn tell(tx: &mut Tx, case: &Case, reason: &str) -> Result<()> {
    let me = tx.caller().require_account()?;
    let mut on_list = Vec::new();
    for member in access::members(tx, case.scope_id).await? {
        if member.account != me && !member.suspended && accounts::is_active(tx, member.account).await? {
            on_list.push(member.account);
        }
    }
    // Whoever does not see the case would not see the notice either.
    let is_limited = case.restricted || case.tlp == Tlp::Red;
    let mut told = Vec::new();
    for account in [case.commander_id, case.handler_id].into_iter().flatten() {
        let sees_it = on_list.contains(&account) || !is_limited && accounts::is_active(tx, account).await?;
        if account != me && sees_it {
            told.push(account);
        }
    }
    if told.is_empty() {
        told = on_list;
    }
    told.sort_unstable();
    told.dedup();
    for account in told {
        store::insert_glass_notice(tx, account, case.id, me, reason).await?;
    }
    Ok(())
}
