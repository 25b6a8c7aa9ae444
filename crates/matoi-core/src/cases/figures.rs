//! Figures of cases: counts and times over many of them, as far as the caller may know of them. Nobody's case is named.

use matoi_types::Priority;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::CaseKind;
use super::store::figures as store;
use crate::kernel::months::Months;
use crate::kernel::{Action, Result, Tx, named};

named! {
    /// How long an open case has been known.
    CaseAge {
        /// Less than a day.
        Day = "day",
        /// Less than a week.
        Week = "week",
        /// Less than 30 days.
        Month = "month",
        /// Less than 90 days.
        Quarter = "quarter",
        /// 90 days and more.
        Older = "older",
    }
}

impl CaseAge {
    /// The seconds at which the next age begins; none for the last.
    #[must_use]
    pub const fn ends_at(self) -> Option<i64> {
        match self {
            Self::Day => Some(86_400),
            Self::Week => Some(7 * 86_400),
            Self::Month => Some(30 * 86_400),
            Self::Quarter => Some(90 * 86_400),
            Self::Older => None,
        }
    }
}

named! {
    /// A stretch of a case's life, from the time it was noticed.
    CaseStretch {
        /// Until somebody took it in.
        Acknowledge = "acknowledge",
        /// Until it was judged.
        Triage = "triage",
        /// Until it spread no further.
        Contain = "contain",
        /// Until things worked again.
        Recover = "recover",
        /// Until it was closed.
        Close = "close",
    }
}

/// Which cases are counted. Those that became part of another are counted with that one only.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseCount {
    /// Of this kind.
    pub kind: Option<CaseKind>,
    /// Of this priority.
    pub priority: Option<Priority>,
}

/// Cases of one class noticed in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClassVolume {
    /// Number of the month in the period, from 0.
    pub month: i64,
    /// The class; empty for what has none.
    pub class: String,
    /// How many.
    pub count: i64,
}

/// Open cases of one age in one phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenCases {
    /// The phase.
    pub phase: String,
    /// How long ago they were noticed.
    pub age: CaseAge,
    /// How many.
    pub count: i64,
}

/// How long a stretch took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StretchTimes {
    /// Which one.
    pub stretch: CaseStretch,
    /// The cases that have come so far.
    pub count: i64,
    /// Half of them took at most so many seconds; none without a case.
    pub median_seconds: Option<i64>,
    /// Nine of ten took at most so many seconds.
    pub p90_seconds: Option<i64>,
}

/// Cases noticed in each month, by class.
pub async fn volume(tx: &mut Tx, months: &Months, wanted: CaseCount) -> Result<Vec<ClassVolume>> {
    tx.require(Action::MetricsRead)?;
    store::volume(tx, months, wanted).await
}

/// What is open now, by phase and age.
pub async fn open(tx: &mut Tx, wanted: CaseCount) -> Result<Vec<OpenCases>> {
    tx.require(Action::MetricsRead)?;
    store::open(tx, wanted).await
}

/// How long the stretches took, of cases noticed in these months. A percentile is the smallest time that so many did not
/// exceed (nearest rank): always one that was really taken.
pub async fn times(tx: &mut Tx, months: &Months, wanted: CaseCount) -> Result<Vec<StretchTimes>> {
    tx.require(Action::MetricsRead)?;
    let found = store::times(tx, months, wanted).await?;
    Ok(CaseStretch::ALL
        .iter()
        .map(|stretch| {
            let of_it = found.iter().find(|times| times.stretch == *stretch);
            of_it.cloned().unwrap_or(StretchTimes {
                stretch: *stretch,
                count: 0,
                median_seconds: None,
                p90_seconds: None,
            })
        })
        .collect())
}
