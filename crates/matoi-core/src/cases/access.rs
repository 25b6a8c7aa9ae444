//! Who needs to know: label, restriction and list of a case, and the glass that is broken in an emergency.

use matoi_types::{AccountId, CaseId, Tlp};

use super::model::{Case, EntryKind};
use super::{glass, progress, service, store, timeline};
use crate::identity::accounts;
use crate::kernel::access::{self, ScopeMember};
use crate::kernel::check::Fields;
use crate::kernel::words::Words;
use crate::kernel::{Action, Error, Message, Result, Tx};

/// Who is named on the case's list.
pub async fn members(tx: &mut Tx, id: CaseId) -> Result<Vec<ScopeMember>> {
    let case = service::get(tx, id).await?;
    access::members(tx, case.scope_id).await
}

/// Changes label and restriction. Whoever makes a case invisible to others stays on its list.
pub async fn restrict(tx: &mut Tx, id: CaseId, version: i64, tlp: Tlp, restricted: bool) -> Result<Case> {
    tx.require(Action::CaseRestrict)?;
    let (before, case) = service::begin(tx, id, version).await?;
    let mut scope = access::get(tx, case.scope_id).await?;
    (scope.tlp, scope.restricted) = (tlp, restricted);
    if let Some(me) = tx.caller().account() {
        access::add_member(tx, scope.id, me, &why(tx, "member-reason-set"), false).await?;
    }
    for person in [case.commander_id, case.handler_id].into_iter().flatten() {
        access::add_member(tx, scope.id, person, &why(tx, "member-reason-works"), false).await?;
    }
    access::update(tx, &scope).await?;
    let text = Message::new("timeline-restricted")
        .with("tlp", tlp.as_str())
        .with("restricted", if restricted { "yes" } else { "no" });
    timeline::system(tx, id, EntryKind::State, text, None).await?;
    let change = progress::change("case.restrict", &before)
        .changed("tlp", before.tlp, tlp)
        .changed("restricted", before.restricted, restricted);
    tx.record(change).await?;
    service::get(tx, id).await
}

/// Names somebody who needs to know, or confirms a place that rested after a password reset.
pub async fn add_member(
    tx: &mut Tx,
    id: CaseId,
    account: AccountId,
    reason: &str,
) -> Result<Vec<ScopeMember>> {
    tx.require(Action::CaseRestrict)?;
    let case = service::get(tx, id).await?;
    let mut fields = Fields::new();
    let reason = fields.line("/reason", reason, 500);
    if !accounts::is_active(tx, account).await? {
        fields.wrong("/account_id", Message::new("error-unknown-account"));
    }
    fields.done()?;
    access::add_member(tx, case.scope_id, account, &reason, false).await?;
    let name = accounts::name_of(tx, account).await?;
    let text = Message::new("timeline-member-added")
        .with("name", name)
        .with("reason", reason.clone());
    timeline::system(tx, id, EntryKind::State, text, None).await?;
    tx.record(
        progress::change("case.member_add", &case)
            .set("account_id", account)
            .because(&reason),
    )
    .await?;
    access::members(tx, case.scope_id).await
}

/// Takes somebody off the list. The last one stays: a restricted case nobody sees would be lost.
pub async fn remove_member(tx: &mut Tx, id: CaseId, account: AccountId) -> Result<Vec<ScopeMember>> {
    tx.require(Action::CaseRestrict)?;
    let case = service::get(tx, id).await?;
    let others = access::members(tx, case.scope_id)
        .await?
        .iter()
        .any(|m| m.account != account && !m.suspended);
    if !others && (case.restricted || case.tlp == Tlp::Red) {
        return Err(Error::rule("error-last-member"));
    }
    if !access::remove_member(tx, case.scope_id, account).await? {
        return Err(Error::NotFound("member"));
    }
    let name = accounts::name_of(tx, account).await?;
    timeline::system(
        tx,
        id,
        EntryKind::State,
        Message::new("timeline-member-removed").with("name", name),
        None,
    )
    .await?;
    tx.record(progress::change("case.member_remove", &case).set("account_id", account))
        .await?;
    access::members(tx, case.scope_id).await
}

/// Enters a case one may not see, in an emergency: by its number, with a reason, at the head of its timeline.
///
/// Whoever answers for the case is told who entered and why until they have seen it ([`glass::unseen`]), reads it at the
/// head of the timeline, and finds it in the audit log.
pub async fn break_glass(tx: &mut Tx, number: &str, reason: &str) -> Result<Case> {
    tx.require(Action::CaseBreakGlass)?;
    let me = tx.caller().require_account()?;
    let mut fields = Fields::new();
    let number = fields.line("/number", number, 40);
    let reason = fields.required_text("/reason", reason, 2000);
    fields.wrong_if(reason.chars().count() < 10, "/reason", "error-break-glass-reason");
    fields.done()?;
    let system = crate::Caller::system("break glass", tx.now());
    let case = tx
        .as_caller(system, async |tx| store::by_number(tx, &number).await)
        .await?
        .ok_or_else(|| Error::field("/number", Message::new("error-unknown-case")))?;
    access::add_member(tx, case.scope_id, me, &reason, true).await?;
    let text = Message::new("timeline-glass-broken").with("reason", reason.clone());
    timeline::system_pinned(tx, case.id, EntryKind::State, text).await?;
    glass::tell(tx, &case, &reason).await?;
    tx.record(progress::change("case.break_glass", &case).because(&reason))
        .await?;
    service::get(tx, case.id).await
}

/// Why somebody is named by the program itself, in the language of the one whose deed it was: as if they had written it.
pub(super) fn why(tx: &Tx, key: &str) -> String {
    Words::get().text(tx.caller().lang, key)
}
