//! Cases found by any condition over their fields, in any order: for the doors of other tools, which filter freely.
//!
//! The program's own pages and API list by [`super::service::list`], whose orders have indexes. Need-to-know holds here as
//! everywhere.

use matoi_types::{AccountId, CaseId};

use super::store;
use crate::kernel::find::{Condition, SortKey, Window};
use crate::kernel::{Action, Result, Tx};

/// Counting stops here.
pub const COUNT_STOPS_AT: u32 = 100_000;

/// A field of a case. Times are microseconds, scales their rank; what may be missing is an empty text or -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseField {
    /// Its identifier.
    Id,
    /// Its number.
    Number,
    /// What it is about.
    Title,
    /// What is known.
    Summary,
    /// How bad it is.
    Severity,
    /// How urgent it is.
    Priority,
    /// Its label.
    Tlp,
    /// Its class.
    Class,
    /// The phase it is in.
    Phase,
    /// Whether it is being worked on.
    State,
    /// When it happened; when it was noticed where that is not known.
    OccurredAt,
    /// When it was noticed.
    DetectedAt,
    /// When it was opened.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When it was closed; -1 while it is not.
    ClosedAt,
    /// The login of who handles it.
    Handler,
    /// The login of who opened it.
    CreatedBy,
}

/// A case that was found.
#[derive(Debug, Clone, Copy)]
pub struct FoundCase {
    /// Which.
    pub id: CaseId,
    /// Who opened it.
    pub created_by: Option<AccountId>,
}

/// Cases of a window of the order, within what the caller may see.
pub async fn cases(
    tx: &mut Tx,
    condition: &Condition<CaseField>,
    order: &[SortKey<CaseField>],
    window: Window,
) -> Result<Vec<FoundCase>> {
    tx.require(Action::CaseRead)?;
    condition.check()?;
    store::find_cases(tx, condition, order, window).await
}

/// How many cases there are, counted to [`COUNT_STOPS_AT`].
pub async fn count_cases(tx: &mut Tx, condition: &Condition<CaseField>) -> Result<i64> {
    tx.require(Action::CaseRead)?;
    condition.check()?;
    store::count_found_cases(tx, condition, COUNT_STOPS_AT).await
}
