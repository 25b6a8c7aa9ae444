//! Cases that belong together, and cases that turn out to be one.

use matoi_types::{CaseId, ItemId, MergeId, ScopeId, TaskId};
use serde::{Deserialize, Serialize};

use super::model::{Case, CaseState, EntryKind, Link, Relation};
use super::{progress, service, store, timeline};
use crate::clocks::{self, ClockOwner};
use crate::desk;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Error, Message, Result, Tx};

/// The cases this one belongs together with, as far as the caller may see them.
pub async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<Link>> {
    service::get(tx, case).await?;
    store::links(tx, case).await
}

/// Says that two cases belong together. A case cannot stand above itself, however far the way round.
pub async fn link(
    tx: &mut Tx,
    case: CaseId,
    other: CaseId,
    relation: Relation,
    note: &str,
) -> Result<Vec<Link>> {
    tx.require(Action::CaseUpdate)?;
    let this = service::get(tx, case).await?;
    let that = service::get(tx, other)
        .await
        .map_err(|_| Error::field("/case_id", Message::new("error-unknown-case")))?;
    let mut fields = Fields::new();
    let note = fields.optional_line("/note", note, 500);
    fields.wrong_if(case == other, "/case_id", "error-link-itself");
    if case != other && store::link_exists(tx, case, other).await? {
        fields.wrong("/case_id", Message::new("error-link-exists"));
    }
    let cyclic = match relation {
        Relation::ParentOf => store::is_above(tx, other, case).await?,
        Relation::ChildOf => store::is_above(tx, case, other).await?,
        Relation::Related | Relation::CausedBy => false,
    };
    fields.wrong_if(cyclic && case != other, "/relation", "error-link-cycle");
    fields.done()?;
    store::insert_link(tx, case, other, relation, &note).await?;
    for (at, to) in [(&this, &that), (&that, &this)] {
        let text = Message::new("timeline-linked").with("number", to.number.clone());
        timeline::system(
            tx,
            at.id,
            EntryKind::State,
            text,
            Some(("case", to.id.to_string())),
        )
        .await?;
    }
    let change = progress::change("case.link", &this)
        .set("other_id", other)
        .set("relation", relation);
    tx.record(change).await?;
    store::links(tx, case).await
}

/// Takes a link away.
pub async fn unlink(tx: &mut Tx, case: CaseId, other: CaseId) -> Result<()> {
    tx.require(Action::CaseUpdate)?;
    let this = service::get(tx, case).await?;
    if !store::delete_link(tx, case, other).await? {
        return Err(Error::NotFound("link"));
    }
    tx.record(progress::change("case.unlink", &this).set("other_id", other))
        .await
}

/// What a merge moved, so that it can be undone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Moved {
    items: Vec<ItemId>,
    tasks: Vec<TaskId>,
    scope: Option<ScopeId>,
}

/// Makes one case part of another: its reports, alerts and open tasks move over, its timeline is read with the other's,
/// and it is seen by those who see the other. It can be undone.
pub async fn merge(tx: &mut Tx, from: CaseId, version: i64, into: CaseId, reason: &str) -> Result<Case> {
    tx.require(Action::CaseMerge)?;
    let target = progress::require_open(tx, into)
        .await
        .map_err(|_| Error::field("/into", Message::new("error-merge-target")))?;
    let (before, mut case) = service::begin(tx, from, version).await?;
    if from == into || case.state == CaseState::Merged || case.kind != target.kind {
        return Err(Error::field("/into", Message::new("error-merge-target")));
    }
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    let moved = Moved {
        items: desk::queue::move_case(tx, from, &target).await?,
        tasks: move_tasks(tx, from, into).await?,
        scope: (case.scope_id != target.scope_id).then_some(case.scope_id),
    };
    let id: MergeId = tx.new_id()?;
    store::insert_merge(tx, id, from, into, &serde_json::to_string(&moved)?, &reason).await?;
    clocks::service::cancel_all(tx, ClockOwner::Case(from)).await?;
    case.state = CaseState::Merged;
    case.merged_into = Some(into);
    case.closed_at = Some(tx.now());
    for (at, key, number) in [
        (from, "timeline-merged-into", &target.number),
        (into, "timeline-merged-from", &case.number),
    ] {
        let text = Message::new(key)
            .with("number", number.clone())
            .with("reason", reason.clone());
        timeline::system(tx, at, EntryKind::State, text, None).await?;
    }
    if moved.scope.is_some() {
        service::move_scope(tx, from, target.scope_id).await?;
        case.scope_id = target.scope_id;
    }
    service::finish(tx, "case.merge", &before, case, Some(&reason)).await?;
    service::get(tx, into).await
}

/// Undoes a merge: the case is its own again, with what was moved.
pub async fn undo_merge(tx: &mut Tx, from: CaseId, version: i64, reason: &str) -> Result<Case> {
    tx.require(Action::CaseMerge)?;
    let (before, mut case) = service::begin(tx, from, version).await?;
    let Some((id, into, moved)) = store::standing_merge(tx, from).await? else {
        return Err(Error::rule("error-case-not-merged"));
    };
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    let moved: Moved = serde_json::from_str(&moved)?;
    store::undo_merge(tx, id).await?;
    if let Some(scope) = moved.scope {
        service::move_scope(tx, from, scope).await?;
        case.scope_id = scope;
    }
    case.state = CaseState::Open;
    case.merged_into = None;
    case.closed_at = None;
    let restored = service::finish(tx, "case.unmerge", &before, case, Some(&reason)).await?;
    desk::queue::give_back(tx, &moved.items, &restored).await?;
    for task in &moved.tasks {
        give_task_back(tx, *task, from).await?;
    }
    for (at, number) in [(from, into), (into, from)] {
        let text = Message::new("timeline-unmerged").with("reason", reason.clone());
        timeline::system(tx, at, EntryKind::State, text, Some(("case", number.to_string()))).await?;
    }
    service::get(tx, from).await
}

/// Cases that became part of this one: identifier and number.
pub async fn merged_here(tx: &mut Tx, case: CaseId) -> Result<Vec<(CaseId, String)>> {
    service::get(tx, case).await?;
    store::merged_here(tx, case).await
}

async fn move_tasks(tx: &mut Tx, from: CaseId, into: CaseId) -> Result<Vec<TaskId>> {
    let open: Vec<TaskId> = store::tasks(tx, from)
        .await?
        .into_iter()
        .filter(|task| task.state.is_open())
        .map(|task| task.id)
        .collect();
    for task in &open {
        give_task_back(tx, *task, into).await?;
    }
    Ok(open)
}

async fn give_task_back(tx: &mut Tx, task: TaskId, case: CaseId) -> Result<()> {
    store::move_task(tx, task, case).await?;
    crate::search::service::move_task(tx, task, case).await
}
