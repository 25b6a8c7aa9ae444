//! What callers may do with a case as a whole: open, read, list, change, assign.

use std::collections::HashMap;

use matoi_types::{AccountId, CaseId, ScopeId, Timestamp};

use super::model::{
    Case, CaseFilter, CaseInput, CaseKind, CaseOrder, CaseState, CaseUpdate, EntryKind, OpenCase,
};
use super::rules::MAX_AHEAD;
use super::{progress, rules, store, timeline};
use crate::desk::DeskItem;
use crate::identity::accounts;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Page, PageRequest, Result, Tx, access, numbers};
use crate::lifecycle::CasePoint;
use crate::{organisation, taxonomy};

/// Counting stops here.
pub const COUNT_STOPS_AT: u32 = 1000;

/// One page of cases.
pub async fn list(
    tx: &mut Tx,
    filter: &CaseFilter,
    order: CaseOrder,
    page: &PageRequest,
) -> Result<Page<Case>> {
    tx.require(Action::CaseRead)?;
    let limit = page.rows()?;
    let name = match order {
        CaseOrder::Updated => "updated",
        CaseOrder::Priority => "priority",
        CaseOrder::Detected => "detected",
    };
    let after = page.after(name)?;
    let rows = store::list(tx, filter, order, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, name, |case| {
        let key = match order {
            CaseOrder::Updated => case.updated_at.as_micros(),
            CaseOrder::Priority => rules::priority_key(case.priority, case.updated_at),
            CaseOrder::Detected => case.detected_at.as_micros(),
        };
        (key, case.id.to_string())
    }))
}

/// How many cases there are, counted to [`COUNT_STOPS_AT`].
pub async fn count(tx: &mut Tx, filter: &CaseFilter) -> Result<i64> {
    count_to(tx, filter, COUNT_STOPS_AT).await
}

/// How many cases there are, counted to a number of the caller's: a badge needs no exact one.
pub async fn count_to(tx: &mut Tx, filter: &CaseFilter, at_most: u32) -> Result<i64> {
    tx.require(Action::CaseRead)?;
    store::count(tx, filter, at_most).await
}

/// The numbers of some cases, of those the caller may see.
pub async fn numbers_of(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = CaseId>,
) -> Result<HashMap<CaseId, String>> {
    numbers::of(tx, "case_file", ids).await
}

/// One case. Those who may not read cases at all still read the ones they are named on.
pub async fn get(tx: &mut Tx, id: CaseId) -> Result<Case> {
    let case = store::get(tx, id).await?;
    if !tx.caller().may(Action::CaseRead) {
        let named = match &case {
            Some(case) => access::is_named(tx, case.scope_id).await?,
            None => false,
        };
        if !named {
            tx.require(Action::CaseRead)?;
        }
    }
    case.ok_or(Error::NotFound("case"))
}

/// One case by its number.
pub async fn by_number(tx: &mut Tx, number: &str) -> Result<Case> {
    tx.require(Action::CaseRead)?;
    store::by_number(tx, number).await?.ok_or(Error::NotFound("case"))
}

/// Whether a case could be opened so: asked before a number is taken, so that what is refused leaves no gap.
///
/// # Errors
/// [`Error::Invalid`] naming each field that is not right.
pub fn check_input(input: &CaseInput, now: Timestamp) -> Result<()> {
    let open = OpenCase {
        kind: input.kind,
        title: input.title.clone(),
        summary: input.summary.clone(),
        class: input.class.clone(),
        occurred_at: input.occurred_at,
        detected_at: input.detected_at.unwrap_or(now),
        ..OpenCase::default()
    };
    check(now, open).map(drop)
}

/// Opens a case by hand. `number` was allocated before the transaction.
pub async fn create(tx: &mut Tx, number: &str, input: CaseInput) -> Result<Case> {
    let now = tx.now();
    let restricted = input.restricted;
    let open = OpenCase {
        kind: input.kind,
        title: input.title,
        summary: input.summary,
        class: input.class,
        severity: input.severity,
        priority: input.priority,
        tlp: input.tlp,
        restricted,
        unit: input.unit_id,
        occurred_at: input.occurred_at,
        detected_at: input.detected_at.unwrap_or(now),
        acknowledged_at: Some(now),
        ..OpenCase::default()
    };
    open_case(tx, number, open).await
}

/// Opens a case for what came in. The desk calls this after its triage.
pub(crate) async fn open(tx: &mut Tx, number: &str, open: OpenCase) -> Result<Case> {
    open_case(tx, number, open).await
}

async fn open_case(tx: &mut Tx, number: &str, open: OpenCase) -> Result<Case> {
    tx.require(Action::CaseCreate)?;
    let open = check(tx.now(), open)?;
    let scope = match open.scope {
        Some(scope) => scope,
        None => {
            let tlp = match open.tlp {
                Some(tlp) => tlp,
                None => organisation::service::require(tx).await?.default_tlp,
            };
            let scope = access::create(tx, tlp, open.restricted, open.unit).await?;
            // Whoever opens what only the named may see is the first of them.
            if let Some(me) = tx.caller().account() {
                access::add_member(
                    tx,
                    scope,
                    me,
                    &super::access::why(tx, "member-reason-opened"),
                    false,
                )
                .await?;
            }
            scope
        }
    };
    let (hash, lifecycle) = progress::current(tx, open.kind).await?;
    let phase = if open.triaged { "investigate" } else { "detect" };
    let id: CaseId = tx.new_id()?;
    store::insert(tx, id, number, &open, scope, phase, &hash).await?;
    let case = store::get(tx, id).await?.ok_or(Error::NotFound("case"))?;
    progress::reach(tx, &lifecycle, &case, CasePoint::Detected, case.detected_at).await?;
    if let Some(at) = case.triaged_at {
        progress::reach(tx, &lifecycle, &case, CasePoint::Triaged, at).await?;
    }
    let text = Message::new("timeline-opened").with("number", number.to_owned());
    timeline::system(tx, id, EntryKind::State, text, None).await?;
    let change = Change::of("case.open", id)
        .within(scope)
        .set("number", number)
        .set("kind", open.kind)
        .set("title", &open.title)
        .set("class", &open.class)
        .set("priority", open.priority);
    tx.record(change).await?;
    store::get(tx, id).await?.ok_or(Error::NotFound("case"))
}

/// Changes what is said of a case.
pub async fn update(tx: &mut Tx, id: CaseId, version: i64, update: CaseUpdate) -> Result<Case> {
    tx.require(Action::CaseUpdate)?;
    let (before, mut case) = begin(tx, id, version).await?;
    if case.state == CaseState::Merged {
        return Err(Error::rule("error-case-merged"));
    }
    apply(tx, &mut case, update)?;
    if before.priority != case.priority {
        progress::priority_changed(tx, &case).await?;
        let text = Message::new("timeline-priority")
            .with("from", before.priority.as_str())
            .with("to", case.priority.as_str());
        timeline::system(tx, id, EntryKind::State, text, None).await?;
    }
    if before.contained_at.is_none()
        && let Some(at) = case.contained_at
    {
        let lifecycle = progress::lifecycle_of(tx, &case).await?;
        progress::reach(tx, &lifecycle, &case, CasePoint::Contained, at).await?;
    }
    finish(tx, "case.update", &before, case, None).await
}

/// Says who commands and who handles a case.
pub async fn assign(
    tx: &mut Tx,
    id: CaseId,
    version: i64,
    commander: Option<AccountId>,
    handler: Option<AccountId>,
) -> Result<Case> {
    tx.require(Action::CaseUpdate)?;
    let (before, mut case) = begin(tx, id, version).await?;
    for (pointer, account) in [("/commander_id", commander), ("/handler_id", handler)] {
        if let Some(account) = account
            && !accounts::is_active(tx, account).await?
        {
            return Err(Error::field(pointer, Message::new("error-unknown-account")));
        }
    }
    case.commander_id = commander;
    case.handler_id = handler;
    case.acknowledged_at = case.acknowledged_at.or(Some(tx.now()));
    for (key, was, is) in [
        ("timeline-commander", before.commander_id, commander),
        ("timeline-handler", before.handler_id, handler),
    ] {
        if was != is
            && let Some(account) = is
        {
            let name = accounts::name_of(tx, account).await?;
            timeline::system(
                tx,
                id,
                EntryKind::State,
                Message::new(key).with("name", name),
                None,
            )
            .await?;
        }
    }
    finish(tx, "case.assign", &before, case, None).await
}

/// A report or an alert joined the case: it stands on the timeline.
pub(crate) async fn item_joined(tx: &mut Tx, id: CaseId, item: &DeskItem) -> Result<()> {
    let text = Message::new("timeline-item-joined")
        .with("kind", item.kind.as_str())
        .with("number", item.number.clone())
        .with("title", item.title.clone());
    crate::observables::service::item_joined(tx, item.id, id, item.scope_id).await?;
    timeline::system(tx, id, EntryKind::Item, text, Some(("item", item.id.to_string()))).await
}

/// Notes that something was appended by another room. Holds the row until the transaction ends, so that what is numbered
/// within a case is numbered one after the other.
pub(crate) async fn touch(tx: &mut Tx, id: CaseId) -> Result<()> {
    store::touch(tx, id).await
}

/// Reads the case and raises its version: what every command on it begins with.
pub(super) async fn begin(tx: &mut Tx, id: CaseId, version: i64) -> Result<(Case, Case)> {
    let case = store::get(tx, id).await?.ok_or(Error::NotFound("case"))?;
    if !store::bump(tx, id, Some(version)).await? {
        return Err(Error::Stale {
            current: case.version,
        });
    }
    Ok((case.clone(), case))
}

/// Writes the case with the audit row of what changed.
pub(super) async fn finish(
    tx: &mut Tx,
    verb: &'static str,
    before: &Case,
    case: Case,
    reason: Option<&str>,
) -> Result<Case> {
    store::save(tx, &case).await?;
    let mut change = Change::of(verb, case.id)
        .within(case.scope_id)
        .changed("title", &before.title, &case.title)
        .changed("summary", &before.summary, &case.summary)
        .changed("class", &before.class, &case.class)
        .changed("severity", before.severity, case.severity)
        .changed("priority", before.priority, case.priority)
        .changed("phase", &before.phase, &case.phase)
        .changed("state", before.state, case.state)
        .changed("commander_id", before.commander_id, case.commander_id)
        .changed("handler_id", before.handler_id, case.handler_id)
        .changed("apt_suspected", before.apt_suspected, case.apt_suspected)
        .changed("occurred_at", before.occurred_at, case.occurred_at)
        .changed("contained_at", before.contained_at, case.contained_at)
        .changed("recovered_at", before.recovered_at, case.recovered_at)
        .changed("converged_at", before.converged_at, case.converged_at)
        .changed("closed_at", before.closed_at, case.closed_at)
        .changed("cause", &before.cause, &case.cause)
        .changed("impact_direct", &before.impact_direct, &case.impact_direct)
        .changed("impact_indirect", &before.impact_indirect, &case.impact_indirect)
        .changed("prevention", &before.prevention, &case.prevention)
        .changed("review_at", before.review_at, case.review_at)
        .changed("review_held_at", before.review_held_at, case.review_held_at)
        .changed("review_notes", &before.review_notes, &case.review_notes)
        .changed("merged_into", before.merged_into, case.merged_into);
    if let Some(reason) = reason {
        change = change.because(reason);
    }
    tx.record(change).await?;
    store::get(tx, case.id).await?.ok_or(Error::NotFound("case"))
}

/// Everything that hangs on a case follows it into another scope.
pub(super) async fn move_scope(tx: &mut Tx, case: CaseId, scope: ScopeId) -> Result<()> {
    use crate::clocks::{self, ClockOwner};
    let owner = ClockOwner::Case(case);
    store::set_scope(tx, case, scope).await?;
    crate::search::service::move_scope(tx, &case.to_string(), scope).await?;
    clocks::service::move_scope(tx, owner, scope).await?;
    crate::observables::service::move_scope(tx, owner, scope).await?;
    crate::files::service::move_scope(tx, crate::files::Owner::Case(case), scope).await?;
    crate::report_doc::service::move_scope(tx, case, scope).await
}

fn check(now: Timestamp, open: OpenCase) -> Result<OpenCase> {
    let mut fields = Fields::new();
    let checked = OpenCase {
        title: fields.line("/title", &open.title, 200),
        summary: fields.text("/summary", &open.summary, 20_000),
        ..open
    };
    if checked.kind == CaseKind::Incident {
        let known = taxonomy::exists(&checked.class);
        fields.wrong_if(!known, "/class", "error-unknown-class");
    }
    fields.not_ahead("/detected_at", checked.detected_at, now, MAX_AHEAD);
    if let Some(at) = checked.occurred_at {
        fields.not_ahead("/occurred_at", at, now, MAX_AHEAD);
    }
    fields.done()?;
    Ok(checked)
}

fn apply(tx: &Tx, case: &mut Case, update: CaseUpdate) -> Result<()> {
    let mut fields = Fields::new();
    let now = tx.now();
    if let Some(title) = update.title {
        case.title = fields.line("/title", &title, 200);
    }
    for (pointer, new, text) in [
        ("/summary", &update.summary, &mut case.summary),
        ("/cause", &update.cause, &mut case.cause),
        ("/impact_direct", &update.impact_direct, &mut case.impact_direct),
        (
            "/impact_indirect",
            &update.impact_indirect,
            &mut case.impact_indirect,
        ),
        ("/prevention", &update.prevention, &mut case.prevention),
        ("/review_notes", &update.review_notes, &mut case.review_notes),
    ] {
        if let Some(new) = new {
            *text = fields.text(pointer, new, 20_000);
        }
    }
    if let Some(class) = update.class {
        fields.wrong_if(
            case.kind == CaseKind::Incident && !taxonomy::exists(&class),
            "/class",
            "error-unknown-class",
        );
        case.class = class;
    }
    case.severity = update.severity.unwrap_or(case.severity);
    case.priority = update.priority.unwrap_or(case.priority);
    case.apt_suspected = update.apt_suspected.unwrap_or(case.apt_suspected);
    for (pointer, new, time) in [
        ("/occurred_at", update.occurred_at, &mut case.occurred_at),
        ("/contained_at", update.contained_at, &mut case.contained_at),
        ("/recovered_at", update.recovered_at, &mut case.recovered_at),
        ("/review_held_at", update.review_held_at, &mut case.review_held_at),
    ] {
        if let Some(new) = new {
            if let Some(at) = new {
                fields.not_ahead(pointer, at, now, MAX_AHEAD);
            }
            *time = new;
        }
    }
    if let Some(at) = update.review_at {
        case.review_at = at;
    }
    fields.done()
}
