//! Through the phases: what the life cycle allows, what must hold before, the clocks that begin and end on the way.

use std::sync::Arc;

use matoi_condition::FactMap;
use matoi_types::{CaseId, Timestamp};

use super::model::{Case, CaseKind, CaseState, DecisionKind, EntryKind};
use super::{decisions, rules, service, store, tasks, timeline};
use crate::clocks::{self, ClockOwner};
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Result, Tx};
use crate::lifecycle::{self, CasePoint, Condition, Lifecycle};
use crate::rulebook::{self, DataKind};
use crate::{desk, report_doc};

/// One condition of the next step, as the page shows it.
#[derive(Debug, Clone)]
pub struct Missing {
    /// Its identifier.
    pub id: String,
    /// What is missing and what to do, in both languages.
    pub text: crate::kernel::data::Bilingual,
    /// Whether a reason may stand in for it.
    pub can_override: bool,
}

/// The life cycle a case began with.
pub async fn lifecycle_of(tx: &mut Tx, case: &Case) -> Result<Arc<Lifecycle>> {
    let file = rulebook::service::pinned(tx, &case.lifecycle_hash).await?;
    lifecycle::cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))
}

/// The life cycle that new cases of a kind begin with.
pub async fn lifecycle_in_force(tx: &mut Tx, kind: CaseKind) -> Result<Arc<Lifecycle>> {
    Ok(current(tx, kind).await?.1)
}

/// What does not hold yet for entering a phase.
pub async fn missing(tx: &mut Tx, case: &Case, enter: &str) -> Result<Vec<Missing>> {
    let lifecycle = lifecycle_of(tx, case).await?;
    let facts = facts_of(tx, case).await?;
    Ok(lifecycle.missing(enter, &facts).map(to_missing).collect())
}

/// Moves a case into another phase. A condition that does not hold needs `reason`, if it may be passed over at all.
pub async fn advance(tx: &mut Tx, id: CaseId, version: i64, to: &str, reason: &str) -> Result<Case> {
    tx.require(Action::CaseAdvance)?;
    match to {
        "converge" => tx.require(Action::CaseConverge)?,
        "close" => return Err(Error::rule("error-close-is-its-own")),
        _ => {}
    }
    step(tx, id, version, to, reason).await
}

/// Declares an incident converged (収束宣言). The statement stands on the timeline.
pub async fn converge(tx: &mut Tx, id: CaseId, version: i64, statement: &str, reason: &str) -> Result<Case> {
    tx.require(Action::CaseConverge)?;
    let mut fields = Fields::new();
    let statement = fields.required_text("/statement", statement, 5000);
    fields.done()?;
    let case = step(tx, id, version, "converge", reason).await?;
    let text = Message::new("timeline-converged").with("statement", statement);
    timeline::system(tx, id, EntryKind::State, text, None).await?;
    Ok(case)
}

/// Closes a case (完了). Every condition must hold; those that may be passed over need a reason and the right to do so.
pub async fn close(tx: &mut Tx, id: CaseId, version: i64, reason: &str) -> Result<Case> {
    tx.require(Action::CaseClose)?;
    step(tx, id, version, "close", reason).await
}

/// Opens a closed case again, where its work goes on.
pub async fn reopen(tx: &mut Tx, id: CaseId, version: i64, reason: &str) -> Result<Case> {
    tx.require(Action::CaseReopen)?;
    let (before, mut case) = service::begin(tx, id, version).await?;
    if case.state != CaseState::Closed {
        return Err(Error::rule("error-case-open"));
    }
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    case.state = CaseState::Open;
    case.closed_at = None;
    case.converged_at = None;
    case.reopened += 1;
    case.phase = "investigate".to_owned();
    case.phase_since = tx.now();
    let text = Message::new("timeline-reopened").with("reason", reason.clone());
    timeline::system(tx, id, EntryKind::State, text, None).await?;
    service::finish(tx, "case.reopen", &before, case, Some(&reason)).await
}

async fn step(tx: &mut Tx, id: CaseId, version: i64, to: &str, reason: &str) -> Result<Case> {
    let (before, mut case) = service::begin(tx, id, version).await?;
    if case.state != CaseState::Open {
        return Err(Error::rule("error-case-not-open"));
    }
    let lifecycle = lifecycle_of(tx, &case).await?;
    if lifecycle.phase(to).is_none() {
        return Err(Error::field("/phase", Message::new("error-unknown-phase")));
    }
    if !lifecycle.may_go(&case.phase, to) {
        return Err(Error::field("/phase", Message::new("error-phase-order")));
    }
    let mut fields = Fields::new();
    let reason = fields.text("/reason", reason, 2000);
    fields.done()?;
    let facts = facts_of(tx, &case).await?;
    let missing: Vec<Missing> = lifecycle.missing(to, &facts).map(to_missing).collect();
    let overridden = pass_conditions(tx, to, &missing, &reason)?;

    let (from, now) = (case.phase.clone(), tx.now());
    rules::mark_times(&mut case, &from, to, now);
    case.phase = to.to_owned();
    case.phase_since = now;
    reach_points(tx, &lifecycle, &before, &case).await?;
    let text = Message::new("timeline-phase").with("from", from).with("to", to);
    timeline::system(tx, id, EntryKind::State, text, None).await?;
    for condition in &overridden {
        let text = Message::new("timeline-override")
            .with("ja", condition.text.ja.clone())
            .with("en", condition.text.en.clone())
            .with("reason", reason.clone());
        timeline::system(tx, id, EntryKind::State, text, None).await?;
    }
    if case.state == CaseState::Closed {
        clocks::service::cancel_all(tx, ClockOwner::Case(id)).await?;
    }
    let verb = if to == "close" {
        "case.close"
    } else {
        "case.advance"
    };
    let because = (!overridden.is_empty()).then_some(reason.as_str());
    service::finish(tx, verb, &before, case, because).await
}

/// Whether the step may be taken although conditions are missing. Gives those that were passed over.
fn pass_conditions(tx: &Tx, to: &str, missing: &[Missing], reason: &str) -> Result<Vec<Missing>> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let lang = tx.caller().lang;
    let hard = missing.iter().any(|condition| !condition.can_override);
    let may_override = to != "close" || tx.caller().may(Action::CaseCloseOverride);
    if hard || !may_override || reason.trim().is_empty() {
        // The texts come from the life cycle's own data, in both languages; the one of the caller is shown.
        let texts = missing.iter().map(|condition| {
            Message::new("error-condition").with("text", condition.text.get(lang).to_owned())
        });
        return Err(Error::Rules(texts.collect()));
    }
    Ok(missing.to_vec())
}

/// Begins and meets the clocks whose points the step has reached.
async fn reach_points(tx: &mut Tx, lifecycle: &Lifecycle, before: &Case, after: &Case) -> Result<()> {
    let points = [
        (CasePoint::Triaged, before.triaged_at, after.triaged_at),
        (CasePoint::Contained, before.contained_at, after.contained_at),
        (CasePoint::Recovered, before.recovered_at, after.recovered_at),
        (CasePoint::Converged, before.converged_at, after.converged_at),
        (CasePoint::Closed, before.closed_at, after.closed_at),
    ];
    for (point, was, is) in points {
        if let (None, Some(at)) = (was, is) {
            reach(tx, lifecycle, after, point, at).await?;
        }
    }
    // What was converged and is not any more: what ended with the convergence begins again.
    if before.converged_at.is_some() && after.converged_at.is_none() {
        let (owner, now) = (ClockOwner::Case(after.id), tx.now());
        for clock in &lifecycle.clocks {
            if clock.from == CasePoint::Converged {
                clocks::service::cancel(tx, owner, &clock.id).await?;
            }
            if clock.until == CasePoint::Converged {
                let minutes = clock.minutes.of(after.priority);
                clocks::service::start(tx, owner, after.scope_id, &clock.id, now, minutes).await?;
            }
        }
    }
    Ok(())
}

/// A point of the case's life was reached: clocks that end with it are met, clocks that begin with it run.
pub(super) async fn reach(
    tx: &mut Tx,
    lifecycle: &Lifecycle,
    case: &Case,
    point: CasePoint,
    at: Timestamp,
) -> Result<()> {
    let owner = ClockOwner::Case(case.id);
    for clock in &lifecycle.clocks {
        if clock.until == point {
            clocks::service::meet(tx, owner, &clock.id, at).await?;
        }
        if clock.from == point {
            let minutes = clock.minutes.of(case.priority);
            clocks::service::start(tx, owner, case.scope_id, &clock.id, at, minutes).await?;
        }
    }
    Ok(())
}

/// A status update was written: the clock that asks for it is met and begins again.
pub(super) async fn status_given(tx: &mut Tx, case: &Case) -> Result<()> {
    if case.state != CaseState::Open {
        return Ok(());
    }
    let lifecycle = lifecycle_of(tx, case).await?;
    let (owner, now) = (ClockOwner::Case(case.id), tx.now());
    for clock in lifecycle.clocks.iter().filter(|clock| clock.repeats) {
        if clocks::service::meet(tx, owner, &clock.id, now).await? {
            let minutes = clock.minutes.of(case.priority);
            clocks::service::start(tx, owner, case.scope_id, &clock.id, now, minutes).await?;
        }
    }
    Ok(())
}

/// The priority changed: running clocks get its lengths.
pub(super) async fn priority_changed(tx: &mut Tx, case: &Case) -> Result<()> {
    let lifecycle = lifecycle_of(tx, case).await?;
    for clock in &lifecycle.clocks {
        let minutes = clock.minutes.of(case.priority);
        clocks::service::reset(tx, ClockOwner::Case(case.id), &clock.id, minutes).await?;
    }
    Ok(())
}

/// The life cycle in force for a kind of case, with its hash.
pub(super) async fn current(tx: &mut Tx, kind: CaseKind) -> Result<(String, Arc<Lifecycle>)> {
    let file = rulebook::service::in_force(tx, DataKind::Lifecycle, kind.as_str()).await?;
    let lifecycle =
        lifecycle::cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((file.hash, lifecycle))
}

async fn facts_of(tx: &mut Tx, case: &Case) -> Result<FactMap> {
    let (id, apt) = (case.id, [DecisionKind::EradicateFirst, DecisionKind::ScopeFirst]);
    // What counts does not depend on who asks.
    let system = crate::Caller::system("life cycle", tx.now());
    let facts = tx
        .as_caller(system, async |tx| {
            let distributed = report_doc::service::distributed(tx, id).await?;
            let open = desk::queue::unfinished_of_case(tx, id).await?;
            Ok(rules::CaseFacts {
                apt_decided: decisions::has(tx, id, &apt).await?,
                internal_report_distributed: distributed.internal,
                external_report_distributed: distributed.external,
                external_report_not_due: decisions::has(tx, id, &[DecisionKind::NoExternalReport]).await?,
                unanswered_reports: open.unanswered_reports,
                alerts_without_verdict: open.alerts_without_verdict,
                open_tasks: tasks::open_count(tx, id).await?,
            })
        })
        .await?;
    Ok(rules::fact_map(case, &facts))
}

fn to_missing(condition: &Condition) -> Missing {
    Missing {
        id: condition.id.clone(),
        text: condition.text.clone(),
        can_override: condition.can_override,
    }
}

/// Whether anybody still works on the case.
pub(super) async fn require_open(tx: &mut Tx, id: CaseId) -> Result<Case> {
    let case = store::get(tx, id).await?.ok_or(Error::NotFound("case"))?;
    if case.state == CaseState::Open {
        Ok(case)
    } else {
        Err(Error::rule("error-case-not-open"))
    }
}

/// The audit row of something done to a case outside its own fields.
pub(super) fn change(verb: &'static str, case: &Case) -> Change {
    Change::of(verb, case.id).within(case.scope_id)
}
