//! Phases, conditions and clocks of a case kind.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use matoi_condition::{Expression, FactMap, FactType, Truth, Vocabulary};
use matoi_types::Priority;
use serde::{Deserialize, Serialize};

use crate::kernel::data::{self, Bilingual, DataError};

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
    /// [`DataError`] with file, line and what is allowed.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        let parsed: File = data::from_yaml(file, text)?;
        let wrong = |problem: String, needle: &str| DataError {
            file: file.to_owned(),
            line: line_of(text, needle),
            column: 1,
            problem,
        };
        let ids: Vec<&str> = parsed.phases.iter().map(|phase| phase.id.as_str()).collect();
        let allowed = ids.join(", ");
        for phase in &parsed.phases {
            for next in &phase.next {
                if !ids.contains(&next.as_str()) {
                    return Err(wrong(
                        format!(
                            "phase {}: unknown next phase {next}, expected one of {allowed}",
                            phase.id
                        ),
                        next,
                    ));
                }
            }
        }
        for needed in ["detect", "close"] {
            if !ids.contains(&needed) {
                return Err(wrong(
                    format!("phases: {needed} is missing: every case begins with detect and ends with close"),
                    "phases:",
                ));
            }
        }
        let vocabulary =
            Vocabulary::new(parsed.facts).map_err(|error| wrong(format!("facts: {error}"), "facts:"))?;
        let mut conditions = Vec::new();
        for condition in parsed.conditions {
            if !ids.contains(&condition.enter.as_str()) {
                let problem = format!(
                    "condition {}: unknown phase {}, expected one of {allowed}",
                    condition.id, condition.enter
                );
                return Err(wrong(problem, &condition.id));
            }
            let when = Expression::parse(&condition.when, &vocabulary).map_err(|error| {
                wrong(
                    format!("condition {}: when: {error}", condition.id),
                    &condition.when,
                )
            })?;
            conditions.push(Condition {
                id: condition.id,
                enter: condition.enter,
                when,
                can_override: condition.can_override,
                text: condition.text,
            });
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

fn line_of(text: &str, needle: &str) -> u64 {
    text.lines()
        .position(|line| line.contains(needle))
        .map_or(0, |at| at as u64 + 1)
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
        for (text, expect) in cases {
            let error = Lifecycle::read("x.yaml", &text).err().unwrap();
            assert!(error.problem.contains(expect) && error.line > 1, "{error}");
        }
    }
}
