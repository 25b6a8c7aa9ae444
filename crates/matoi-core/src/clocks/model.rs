//! Nouns of the clocks.

use matoi_types::{CaseId, ClockId, ItemId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// What a clock runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockOwner {
    /// A report or an alert.
    Item(ItemId),
    /// A case.
    Case(CaseId),
}

impl ClockOwner {
    /// The name of reports and alerts in the database.
    pub const ITEM: &'static str = "item";
    /// The name of cases in the database.
    pub const CASE: &'static str = "case";

    /// The name in the database.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Item(_) => Self::ITEM,
            Self::Case(_) => Self::CASE,
        }
    }

    /// The identifier as text.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Item(id) => id.to_string(),
            Self::Case(id) => id.to_string(),
        }
    }
}

/// A clock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Clock {
    /// Its identifier.
    pub id: ClockId,
    /// What it measures: `acknowledge`, `answer`, `triage` on the desk, or one of the life cycle's.
    pub kind: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it must be met.
    pub due_at: Timestamp,
    /// When it was met.
    pub met_at: Option<Timestamp>,
    /// When it was cancelled, because what it measured is no longer wanted.
    pub cancelled_at: Option<Timestamp>,
}

impl Clock {
    /// Whether it still runs.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.met_at.is_none() && self.cancelled_at.is_none()
    }

    /// Whether it was met too late, or runs past its time.
    #[must_use]
    pub fn is_missed(&self, now: Timestamp) -> bool {
        match self.met_at {
            Some(met) => met > self.due_at,
            None => self.cancelled_at.is_none() && now > self.due_at,
        }
    }

    /// How much of its time is left, 0 to 100.
    #[must_use]
    pub fn left_percent(&self, now: Timestamp) -> i64 {
        let whole = self.due_at.seconds_since(self.started_at).max(1);
        let until = self.met_at.unwrap_or(now);
        (self.due_at.seconds_since(until) * 100 / whole).clamp(0, 100)
    }
}

/// A running clock with what it runs on, as the "Now" page shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunningClock {
    /// The clock.
    pub clock: Clock,
    /// `item` or `case`.
    pub owner_kind: String,
    /// Identifier of the report, alert or case.
    pub owner_id: String,
    /// Its number, like `RPT-2026-0042`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Whose turn it is.
    pub assignee: Option<String>,
    /// `report`, `alert`, `incident`, `inquiry`.
    pub noun: String,
}
