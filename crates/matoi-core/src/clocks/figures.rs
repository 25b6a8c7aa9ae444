//! Figures of promises: how many were kept and how many were not.

use serde::Serialize;
use utoipa::ToSchema;

use super::store::figures as store;
use crate::kernel::months::Months;
use crate::kernel::{Action, Result, Tx};

/// What became of the clocks of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClockFigures {
    /// `item` or `case`.
    pub owner_kind: String,
    /// What they measure.
    pub kind: String,
    /// Met in time.
    pub kept: i64,
    /// Met too late, or past their time and still running.
    pub missed: i64,
    /// Still running and in time.
    pub running: i64,
}

impl ClockFigures {
    /// The share that was kept of those that are decided, 0 to 1; none when none is.
    #[must_use]
    pub fn kept_share(&self) -> Option<f64> {
        let decided = self.kept + self.missed;
        (decided > 0).then(|| self.kept as f64 / decided as f64)
    }
}

/// What became of the clocks that began in these months, by kind. Cancelled ones promised nothing any more.
pub async fn kept(tx: &mut Tx, months: &Months) -> Result<Vec<ClockFigures>> {
    tx.require(Action::MetricsRead)?;
    store::kept(tx, months).await
}
