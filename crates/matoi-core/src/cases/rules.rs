//! Rules of cases: pure functions.

use matoi_condition::FactMap;
use matoi_types::{Priority, Timestamp};

use super::model::{AptSuspected, Case, CaseState};

/// How many seconds a time may lie ahead: clocks of machines differ a little.
pub(super) const MAX_AHEAD: i64 = 300;

const PRIORITY_STEP: i64 = 1_000_000_000_000_000_000;

/// Priority and time of the last change in one number, for the cursor of a list ordered by both.
#[must_use]
pub fn priority_key(priority: Priority, updated_at: Timestamp) -> i64 {
    priority.rank() * PRIORITY_STEP + updated_at.as_micros().clamp(0, PRIORITY_STEP - 1)
}

/// The two numbers of a [`priority_key`].
#[must_use]
pub const fn unpack_priority_key(key: i64) -> (i64, i64) {
    (key / PRIORITY_STEP, key % PRIORITY_STEP)
}

/// What the life cycle's conditions ask, worked out from the case and what hangs on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseFacts {
    /// Whether one of the two decisions about a suspected targeted attack was recorded.
    pub apt_decided: bool,
    /// Whether an internal report was distributed.
    pub internal_report_distributed: bool,
    /// Whether an external report was distributed.
    pub external_report_distributed: bool,
    /// Whether it was decided that no external report is due.
    pub external_report_not_due: bool,
    /// Reports of the case without an answer.
    pub unanswered_reports: i64,
    /// Alerts of the case without a verdict.
    pub alerts_without_verdict: i64,
    /// Tasks that still have to be done.
    pub open_tasks: i64,
}

/// The facts in the form the condition language knows.
#[must_use]
pub fn fact_map(case: &Case, facts: &CaseFacts) -> FactMap {
    let mut map = FactMap::default()
        .with("apt_decided", facts.apt_decided)
        .with("internal_report_distributed", facts.internal_report_distributed)
        .with("external_report_distributed", facts.external_report_distributed)
        .with("external_report_not_due", facts.external_report_not_due)
        .with("reporters_answered", facts.unanswered_reports == 0)
        .with("alert_verdicts_given", facts.alerts_without_verdict == 0)
        .with("review_held", case.review_held_at.is_some())
        .with("review_scheduled", case.review_at.is_some())
        .with("convergence_declared", case.converged_at.is_some())
        .with("open_tasks", facts.open_tasks)
        .with("cause_recorded", !case.cause.trim().is_empty());
    // Unknown stays unknown: the fact is simply not there.
    match case.apt_suspected {
        AptSuspected::Yes => map = map.with("apt_suspected", true),
        AptSuspected::No => map = map.with("apt_suspected", false),
        AptSuspected::Unknown => {}
    }
    map
}

/// Notes in the case which points of its life the step from one phase to another has reached or taken back.
pub fn mark_times(case: &mut Case, from: &str, to: &str, now: Timestamp) {
    if from == "detect" || from == "triage" {
        case.triaged_at = case.triaged_at.or(Some(now));
    }
    if from == "contain" && matches!(to, "recover" | "converge") {
        case.contained_at = case.contained_at.or(Some(now));
    }
    if from == "recover" && to == "converge" {
        case.recovered_at = case.recovered_at.or(Some(now));
    }
    match to {
        "converge" => case.converged_at = Some(now),
        "close" => {
            case.closed_at = Some(now);
            case.state = CaseState::Closed;
        }
        // Back into the work: the end was none.
        _ => case.converged_at = None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_key_holds_both_numbers() {
        let at = Timestamp::from_micros(1_795_111_920_123_456);
        assert_eq!(
            unpack_priority_key(priority_key(Priority::P1, at)),
            (4, at.as_micros())
        );
        assert!(priority_key(Priority::P1, Timestamp::from_micros(0)) > priority_key(Priority::P2, at));
    }

    #[test]
    fn every_fact_a_life_cycle_may_ask_for_is_worked_out() {
        let known = |name: &&&str| !names_of_facts().contains(**name);
        let missing: Vec<_> = crate::lifecycle::FACTS.iter().filter(known).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// The names in the source of [`fact_map`]: a case is too large to be made here for its names alone.
    fn names_of_facts() -> std::collections::BTreeSet<String> {
        let source = include_str!("rules.rs");
        let from = source.find("pub fn fact_map").unwrap();
        let source = &source[from..from + source[from..].find("\n}\n").unwrap()];
        let after = source.split(".with(\"").skip(1);
        after
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }
}
