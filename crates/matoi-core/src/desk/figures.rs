//! Figures of the desk: what came in, what it turned out to be, and whether alerts were right.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{ItemKind, Verdict};
use super::store::figures as store;
use crate::criteria::TriageOutcome;
use crate::kernel::months::Months;
use crate::kernel::{Action, Result, Tx};

/// What came in during one month and fared alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemFigures {
    /// Number of the month in the period, from 0.
    pub month: i64,
    /// Report or alert.
    pub kind: ItemKind,
    /// What it turned out to be; none while nobody has decided.
    pub outcome: Option<TriageOutcome>,
    /// Whether the alert was right; none while nobody has said.
    pub verdict: Option<Verdict>,
    /// How many.
    pub count: i64,
}

/// What came in during these months. Mails that programs sent by themselves are not counted, and what was found to be the
/// same as another once.
pub async fn items(tx: &mut Tx, months: &Months) -> Result<Vec<ItemFigures>> {
    tx.require(Action::MetricsRead)?;
    store::items(tx, months).await
}
