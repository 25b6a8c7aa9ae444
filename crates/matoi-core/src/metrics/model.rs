//! Nouns of the figures.

use matoi_types::{Priority, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::CaseKind;
use crate::cases::figures::{CaseAge, ClassVolume, OpenCases, StretchTimes};
use crate::clocks::figures::ClockFigures;
use crate::criteria::TriageOutcome;
use crate::desk::{ItemKind, Verdict};

/// What is counted.
#[derive(Debug, Clone, Default)]
pub struct MetricsFilter {
    /// The first month, like `2026-01`.
    pub from: Option<String>,
    /// The last month.
    pub until: Option<String>,
    /// Cases of this kind only.
    pub kind: Option<CaseKind>,
    /// Cases of this priority only.
    pub priority: Option<Priority>,
}

/// What came in during one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Intake {
    /// Number of the month in the period, from 0.
    pub month: i64,
    /// Reports.
    pub reports: i64,
    /// Alerts.
    pub alerts: i64,
}

/// What things of one kind turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutcomeShare {
    /// Report or alert.
    pub kind: ItemKind,
    /// What they turned out to be; none while nobody has decided.
    pub outcome: Option<TriageOutcome>,
    /// How many.
    pub count: i64,
}

/// How many alerts got a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictShare {
    /// The verdict; none while nobody has given one.
    pub verdict: Option<Verdict>,
    /// How many.
    pub count: i64,
}

/// The figures of a period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Figures {
    /// The months, like `2026-11`, earliest first.
    pub months: Vec<String>,
    /// The time zone that decides where a month begins: that of the organisation.
    pub zone: String,
    /// When the first month begins.
    pub from: Timestamp,
    /// When the last month has ended.
    pub until: Timestamp,
    /// When this was counted.
    pub counted_at: Timestamp,
    /// Cases noticed in each month, by class. What there is none of is left out.
    pub volume: Vec<ClassVolume>,
    /// What is open now, by phase and age, whatever the period.
    pub open: Vec<OpenCases>,
    /// How long things took.
    pub times: Vec<StretchTimes>,
    /// What became of the clocks that began in the period.
    pub clocks: Vec<ClockFigures>,
    /// What came in, for each month.
    pub intake: Vec<Intake>,
    /// What reports and alerts turned out to be.
    pub outcomes: Vec<OutcomeShare>,
    /// Whether the alerts were right.
    pub verdicts: Vec<VerdictShare>,
}

impl Figures {
    /// Cases of a month; of all without one.
    #[must_use]
    pub fn cases(&self, month: Option<i64>) -> i64 {
        self.volume
            .iter()
            .filter(|one| month.is_none_or(|month| month == one.month))
            .map(|one| one.count)
            .sum()
    }

    /// The classes there are cases of, with how many, the most first.
    #[must_use]
    pub fn classes(&self) -> Vec<(&str, i64)> {
        let mut classes: Vec<(&str, i64)> = Vec::new();
        for one in &self.volume {
            match classes.iter_mut().find(|(class, _)| *class == one.class) {
                Some((_, count)) => *count += one.count,
                None => classes.push((&one.class, one.count)),
            }
        }
        classes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        classes
    }

    /// Cases of a class in a month.
    #[must_use]
    pub fn cases_of(&self, class: &str, month: i64) -> i64 {
        self.volume
            .iter()
            .find(|one| one.class == class && one.month == month)
            .map_or(0, |one| one.count)
    }

    /// Open cases of a phase and an age; of all phases or ages without one.
    #[must_use]
    pub fn open_cases(&self, phase: Option<&str>, age: Option<CaseAge>) -> i64 {
        self.open
            .iter()
            .filter(|one| {
                phase.is_none_or(|phase| phase == one.phase) && age.is_none_or(|age| age == one.age)
            })
            .map(|one| one.count)
            .sum()
    }

    /// Promises kept of those that are decided, 0 to 1; none when none is.
    #[must_use]
    pub fn kept_share(&self) -> Option<f64> {
        let all = ClockFigures {
            owner_kind: String::new(),
            kind: String::new(),
            kept: self.clocks.iter().map(|one| one.kept).sum(),
            missed: self.clocks.iter().map(|one| one.missed).sum(),
            running: 0,
        };
        all.kept_share()
    }
}
