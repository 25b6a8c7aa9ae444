//! The queue: reports and alerts together, worst and newest first, within what the caller may see.

use std::collections::HashMap;

use matoi_types::{CaseId, ItemId};

use super::model::{DeskItem, ItemFilter, ItemKind, ItemOrder, TabCounts};
use super::{reports, rules, store};
use crate::cases::Case;
use crate::kernel::{Action, Error, Page, PageRequest, Result, Tx, numbers};

/// Counting stops here: nobody works off a longer queue by its number.
pub const COUNT_STOPS_AT: u32 = 1000;

/// One page of the queue.
pub async fn list(
    tx: &mut Tx,
    filter: &ItemFilter,
    order: ItemOrder,
    page: &PageRequest,
) -> Result<Page<DeskItem>> {
    require_some_reading(tx)?;
    let limit = page.rows()?;
    let name = order_name(order);
    let after = page.after(name)?;
    let rows = store::list(tx, filter, order, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, name, |item| {
        let key = match order {
            ItemOrder::Urgency => item.urgency,
            ItemOrder::Newest | ItemOrder::Oldest => item.received_at.as_micros(),
        };
        (key, item.id.to_string())
    }))
}

/// How many items there are, counted to [`COUNT_STOPS_AT`].
pub async fn count(tx: &mut Tx, filter: &ItemFilter) -> Result<i64> {
    count_to(tx, filter, COUNT_STOPS_AT).await
}

/// How many items there are, counted to a number of the caller's: a badge needs no exact one.
pub async fn count_to(tx: &mut Tx, filter: &ItemFilter, at_most: u32) -> Result<i64> {
    require_some_reading(tx)?;
    store::count(tx, filter, at_most).await
}

/// How many items wait, by the tabs of the queue, counted to [`COUNT_STOPS_AT`].
pub async fn tab_counts(tx: &mut Tx) -> Result<TabCounts> {
    require_some_reading(tx)?;
    store::tab_counts(tx, COUNT_STOPS_AT).await
}

/// Who or what handed in the latest items of a kind, by name.
pub async fn recent_sources(tx: &mut Tx, kind: ItemKind) -> Result<Vec<String>> {
    require_some_reading(tx)?;
    store::recent_sources(tx, kind).await
}

/// One item by its number, like `RPT-2026-0042`, however it was typed.
pub async fn by_number(tx: &mut Tx, typed: &str) -> Result<DeskItem> {
    let number = rules::normal_number(typed);
    store::by_number(tx, &number)
        .await?
        .ok_or(Error::NotFound("item"))
}

/// One item.
pub async fn get(tx: &mut Tx, id: ItemId) -> Result<DeskItem> {
    store::get(tx, id).await?.ok_or(Error::NotFound("item"))
}

/// The numbers of some reports and alerts, of those the caller may see.
pub async fn numbers_of(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = ItemId>,
) -> Result<HashMap<ItemId, String>> {
    numbers::of(tx, "desk_item", ids).await
}

/// The items of a case, in the order they came in.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<DeskItem>> {
    // Whoever sees the case sees what belongs to it: also those who entered it by breaking the glass.
    crate::cases::service::get(tx, case).await?;
    store::items_of_case(tx, case).await
}

/// What still stands open among the items of a case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unfinished {
    /// Reports without an answer.
    pub unanswered_reports: i64,
    /// Alerts without a verdict.
    pub alerts_without_verdict: i64,
}

/// What still stands open among the items of a case. Asked by the life cycle before closing.
pub(crate) async fn unfinished_of_case(tx: &mut Tx, case: CaseId) -> Result<Unfinished> {
    let mut unfinished = Unfinished::default();
    for item in store::items_of_case(tx, case)
        .await?
        .iter()
        .filter(|item| item.merged_into.is_none())
    {
        match item.kind {
            ItemKind::Report if item.answered_at.is_none() => unfinished.unanswered_reports += 1,
            ItemKind::Alert if item.verdict.is_none() => unfinished.alerts_without_verdict += 1,
            _ => {}
        }
    }
    Ok(unfinished)
}

/// Gives the items of one case to another, which they are then seen with. Says which.
pub(crate) async fn move_case(tx: &mut Tx, from: CaseId, into: &Case) -> Result<Vec<ItemId>> {
    let items: Vec<ItemId> = store::items_of_case(tx, from)
        .await?
        .into_iter()
        .map(|item| item.id)
        .collect();
    give_back(tx, &items, into).await?;
    Ok(items)
}

/// Gives items to a case.
pub(crate) async fn give_back(tx: &mut Tx, items: &[ItemId], case: &Case) -> Result<()> {
    for id in items {
        let Some(item) = store::get(tx, *id).await? else {
            continue;
        };
        let (before, mut item) = reports::begin(tx, *id, item.version).await?;
        item.case_id = Some(case.id);
        let item = reports::move_scope(tx, item, case.scope_id).await?;
        reports::finish(tx, "triage", &before, item, None).await?;
    }
    Ok(())
}

fn require_some_reading(tx: &Tx) -> Result<()> {
    let caller = tx.caller();
    if caller.may(Action::AlertRead) || caller.may(Action::ReportReadOwn) {
        return Ok(());
    }
    tx.require(Action::ReportRead)
}

const fn order_name(order: ItemOrder) -> &'static str {
    match order {
        ItemOrder::Urgency => "urgency",
        ItemOrder::Newest => "newest",
        ItemOrder::Oldest => "oldest",
    }
}
