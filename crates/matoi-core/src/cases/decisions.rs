//! Decisions: who decided what on what grounds. Recorded once, never changed.

use matoi_types::{CaseId, DecisionId};

use super::model::{CaseState, Decision, DecisionInput, DecisionKind, EntryKind};
use super::rules::MAX_AHEAD;
use super::{service, store, timeline};
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Result, Tx};

/// Decisions of a case, latest first.
pub async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<Decision>> {
    service::get(tx, case).await?;
    store::decisions(tx, case).await
}

/// Records a decision of the caller.
pub async fn record(tx: &mut Tx, case: CaseId, input: DecisionInput) -> Result<Decision> {
    tx.require(Action::CaseDecide)?;
    let by = tx.caller().require_account()?;
    let case = service::get(tx, case).await?;
    if case.state == CaseState::Merged {
        return Err(Error::rule("error-case-merged"));
    }
    let mut fields = Fields::new();
    let input = DecisionInput {
        question: fields.optional_line("/question", &input.question, 500),
        choice: fields.required_text("/choice", &input.choice, 2000),
        grounds: fields.required_text("/grounds", &input.grounds, 5000),
        authority: fields.optional_line("/authority", &input.authority, 500),
        ..input
    };
    let at = input.decided_at.unwrap_or(tx.now());
    fields.not_ahead("/decided_at", at, tx.now(), MAX_AHEAD);
    fields.done()?;
    let id: DecisionId = tx.new_id()?;
    store::insert_decision(tx, id, case.id, &input, by, at).await?;
    let text = Message::new("timeline-decision")
        .with("choice", input.choice.clone())
        .with("grounds", input.grounds.clone());
    timeline::system(
        tx,
        case.id,
        EntryKind::Decision,
        text,
        Some(("decision", id.to_string())),
    )
    .await?;
    let change = Change::of("decision.record", id)
        .within(case.scope_id)
        .set("case_id", case.id)
        .set("kind", input.kind)
        .set("choice", &input.choice)
        .set("grounds", &input.grounds)
        .set("authority", &input.authority);
    tx.record(change).await?;
    store::decisions(tx, case.id)
        .await?
        .into_iter()
        .find(|decision| decision.id == id)
        .ok_or(Error::NotFound("decision"))
}

/// Whether a decision of one of these kinds was recorded.
pub(super) async fn has(tx: &mut Tx, case: CaseId, kinds: &[DecisionKind]) -> Result<bool> {
    Ok(store::decisions(tx, case)
        .await?
        .iter()
        .any(|decision| kinds.contains(&decision.kind)))
}
