//! Phases, conditions and clocks of a case kind.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use matoi_condition::{Expression, FactMap, FactType, Truth, Vocabulary};
use matoi_types::Priority;
use serde::{Deserialize, Serialize};

use crate::kernel::Message;
use crate::kernel::data::{self, Bilingual, DataError, entry_line, line_of};

/// The facts that the program works out from a case. A life cycle that asks for another would wait for it forever.
pub const FACTS: &[&str] = &[
    "alert_verdicts_given",
    "apt_decided",
    "apt_suspected",
    "cause_recorded",
    "convergence_declared",
    "external_report_distributed",
    "external_report_not_due",
    "internal_report_distributed",
    "open_tasks",
    "reporters_answered",
    "review_held",
    "review_scheduled",
];

/// The life of one kind of case.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    /// Which kind, like `incident`.
    pub id: String,
    /// Its name.
    pub title: Bilingual,
    /// The phases in the order of the strip.
    pub phases: Vec<Phase>,
    /// What must hold before a phase is entered.
    pub conditions: Vec<Condition>,
    /// The clocks that run.
    pub clocks: Vec<CaseClock>,
    vocabulary: Vocabulary,
}

/// One phase.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// The X.1060 services that do its work.
    pub services: Vec<String>,
    /// Where it may go, by identifier.
    pub next: Vec<String>,
}

/// Something that must hold before a phase is entered.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Its identifier.
    pub id: String,
    /// The phase it guards.
    pub enter: String,
    /// What must hold.
    pub when: Expression,
    /// Whether a reason may stand in for it.
    pub can_override: bool,
    /// What is missing and what to do, for people.
    pub text: Bilingual,
}

/// A point in the life of a case at which clocks begin or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CasePoint {
    /// The event was noticed.
    Detected,
    /// Somebody took it in.
    Acknowledged,
    /// It was judged.
    Triaged,
    /// It spreads no further.
    Contained,
    /// Things work again.
    Recovered,
    /// The response is over.
    Converged,
    /// The reports are out.
    Closed,
}

/// Minutes by priority.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityMinutes {
    p1: i64,
    p2: i64,
    p3: i64,
    p4: i64,
}

impl PriorityMinutes {
    /// The minutes for one priority.
    #[must_use]
    pub const fn of(&self, priority: Priority) -> i64 {
        match priority {
            Priority::P1 => self.p1,
            Priority::P2 => self.p2,
            Priority::P3 => self.p3,
            Priority::P4 => self.p4,
        }
    }
}

/// A clock of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseClock {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// When it begins.
    pub from: CasePoint,
    /// When it is met.
    pub until: CasePoint,
    /// Whether it begins again each time it is met before `until`.
    #[serde(default)]
    pub repeats: bool,
    /// How long it runs.
    pub minutes: PriorityMinutes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    title: Bilingual,
    facts: BTreeMap<String, FactType>,
    phases: Vec<Phase>,
    conditions: Vec<ConditionData>,
    clocks: Vec<CaseClock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionData {
    id: String,
    enter: String,
    when: String,
    #[serde(rename = "override")]
    can_override: bool,
    text: Bilingual,
}

impl Lifecycle {
    /// Reads the YAML and checks that every name it uses exists.
    ///
    /// # Errors
    /// The first [`DataError`], with file, line and what is allowed.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        Self::read_all(file, text).map_err(|errors| DataError::first(file, errors))
    }

    /// The same with everything that is wrong.
    ///
    /// # Errors
    /// Every [`DataError`] that can be found without the ones before it being corrected.
    pub fn read_all(file: &str, text: &str) -> Result<Self, Vec<DataError>> {
        let parsed: File = data::from_yaml(file, text).map_err(|error| vec![error])?;
        let mut errors = Vec::new();
        let mut wrong = |section: &str, index: usize, key: Option<&str>, name: String, message: Message| {
            let line = entry_line(text, section, index, key);
            errors.push(DataError::new(file, line, name, message));
        };
        let ids: Vec<&str> = parsed.phases.iter().map(|phase| phase.id.as_str()).collect();
        let allowed = ids.join(", ");
        for (index, phase) in parsed.phases.iter().enumerate() {
            if ids.iter().take(index).any(|id| *id == phase.id) {
                let message = Message::new("data-twice").with("value", phase.id.as_str());
                wrong("phases", index, None, format!("phase {}", phase.id), message);
            }
            for next in phase.next.iter().filter(|next| !ids.contains(&next.as_str())) {
                let message = Message::new("data-unknown-next-phase")
                    .with("phase", next.as_str())
                    .with("allowed", allowed.as_str());
                wrong(
                    "phases",
                    index,
                    Some("next"),
                    format!("phase {}: next", phase.id),
                    message,
                );
            }
        }
        for needed in ["detect", "close"]
            .into_iter()
            .filter(|needed| !ids.contains(needed))
        {
            let message = Message::new("data-phase-missing").with("phase", needed);
            wrong("phases", usize::MAX, None, "phases".to_owned(), message);
        }
        for (index, clock) in parsed.clocks.iter().enumerate() {
            if Priority::ALL
                .iter()
                .any(|priority| clock.minutes.of(*priority) < 1)
            {
                let message = Message::new("data-minutes");
                wrong(
                    "clocks",
                    index,
                    Some("minutes"),
                    format!("clock {}", clock.id),
                    message,
                );
            }
        }
        for fact in parsed.facts.keys().filter(|fact| !FACTS.contains(&fact.as_str())) {
            let message = Message::new("data-unknown-lifecycle-fact").with("allowed", FACTS.join(", "));
            let line = line_of(text, &format!("{fact}:"));
            errors.push(DataError::new(file, line, format!("fact {fact}"), message));
        }
        let mut wrong = |section: &str, index: usize, key: Option<&str>, name: String, message: Message| {
            let line = entry_line(text, section, index, key);
            errors.push(DataError::new(file, line, name, message));
        };
        let vocabulary = match Vocabulary::new(parsed.facts) {
            Ok(vocabulary) => vocabulary,
            Err(error) => {
                let message = Message::new(error.kind.key()).with_all(error.kind.args());
                wrong("facts", usize::MAX, None, format!("fact {}", error.fact), message);
                return Err(errors);
            }
        };
        let mut conditions = Vec::new();
        for (index, condition) in parsed.conditions.into_iter().enumerate() {
            let name = |key: &str| format!("condition {}: {key}", condition.id);
            if !ids.contains(&condition.enter.as_str()) {
                let message = Message::new("data-unknown-phase")
                    .with("phase", condition.enter.as_str())
                    .with("allowed", allowed.as_str());
                wrong("conditions", index, Some("enter"), name("enter"), message);
            }
            match Expression::parse(&condition.when, &vocabulary) {
                Ok(when) => conditions.push(Condition {
                    id: condition.id,
                    enter: condition.enter,
                    when,
                    can_override: condition.can_override,
                    text: condition.text,
                }),
                Err(error) => {
                    let message = Message::new(error.key()).with_all(error.args());
                    wrong("conditions", index, Some("when"), name("when"), message);
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            id: parsed.id,
            title: parsed.title,
            phases: parsed.phases,
            conditions,
            clocks: parsed.clocks,
            vocabulary,
        })
    }

    /// A phase by identifier.
    #[must_use]
    pub fn phase(&self, id: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.id == id)
    }

    /// Its place in the strip.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.phases.iter().position(|phase| phase.id == id)
    }

    /// Whether a case in `from` may go to `to`.
    #[must_use]
    pub fn may_go(&self, from: &str, to: &str) -> bool {
        self.phase(from)
            .is_some_and(|phase| phase.next.iter().any(|next| next == to))
    }

    /// What does not hold yet for entering a phase. What is unknown does not hold.
    pub fn missing<'a>(&'a self, enter: &'a str, facts: &'a FactMap) -> impl Iterator<Item = &'a Condition> {
        self.conditions
            .iter()
            .filter(move |condition| condition.enter == enter && condition.when.truth(facts) != Truth::True)
    }

    /// The facts it asks for.
    #[must_use]
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }
}

/// The life cycle behind a hash, read once: content behind a hash never changes.
///
/// # Errors
/// [`DataError`], when the text cannot be read; it was checked when it was kept.
pub fn cached(hash: &str, text: &str) -> Result<Arc<Lifecycle>, DataError> {
    static CACHE: OnceLock<RwLock<HashMap<String, Arc<Lifecycle>>>> = OnceLock::new();
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(found) = cache.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
        return Ok(Arc::clone(found));
    }
    let lifecycle = Arc::new(Lifecycle::read(hash, text)?);
    cache
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(hash.to_owned(), Arc::clone(&lifecycle));
    Ok(lifecycle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCIDENT: &str = include_str!("../../../../lifecycles/incident.yaml");
    const INQUIRY: &str = include_str!("../../../../lifecycles/inquiry.yaml");

    #[test]
    fn the_shipped_files_are_right() {
        let incident = Lifecycle::read("incident.yaml", INCIDENT).unwrap();
        let strip: Vec<_> = incident
            .phases
            .iter()
            .map(|phase| phase.name.ja.as_str())
            .collect();
        assert_eq!(
            strip,
            [
                "検知・受付",
                "トリアージ",
                "調査・分析",
                "封じ込め・根絶",
                "復旧",
                "収束",
                "完了"
            ]
        );
        assert!(
            incident.may_go("recover", "investigate"),
            "the middle phases loop"
        );
        assert!(!incident.may_go("recover", "close"), "convergence is not closing");
        Lifecycle::read("inquiry.yaml", INQUIRY).unwrap();
    }

    #[test]
    fn what_is_unknown_keeps_a_phase_shut() {
        let incident = Lifecycle::read("incident.yaml", INCIDENT).unwrap();
        let unknown = FactMap::default();
        let missing: Vec<_> = incident
            .missing("converge", &unknown)
            .map(|c| c.id.as_str())
            .collect();
        assert_eq!(missing, ["apt-known"]);
        let known = FactMap::default().with("apt_suspected", false);
        assert_eq!(incident.missing("converge", &known).count(), 0);
        assert_eq!(
            incident
                .missing("contain", &FactMap::default().with("apt_suspected", true))
                .count(),
            1
        );
    }

    #[test]
    fn a_wrong_file_names_line_and_what_is_allowed() {
        let cases = [
            (
                INCIDENT.replace("next: [triage, investigate]", "next: [triage, nowhere]"),
                "unknown next phase nowhere",
            ),
            (
                INCIDENT.replace("when: convergence_declared", "when: convergance_declared"),
                "convergence_declared",
            ),
            (
                INCIDENT.replace("enter: converge", "enter: end"),
                "unknown phase end",
            ),
        ];
        for (text, expect) in cases.into_iter().chain([(
            INCIDENT
                .replace("  cause_recorded: {", "  cause_found: {")
                .replace("when: cause_recorded", "when: cause_found"),
            "fact cause_found: the program does not work out this fact",
        )]) {
            let error = Lifecycle::read("x.yaml", &text).err().unwrap();
            assert!(error.problem.contains(expect) && error.line > 1, "{error}");
        }
    }
}
