//! Alerts found by any condition over their fields, in any order: for the doors of other tools, which filter freely.
//!
//! The desk's own pages and API list by [`super::queue`], whose orders have indexes; this looks through what the condition
//! leaves. Need-to-know holds here as everywhere.

use matoi_types::{AccountId, ItemId};

use super::store;
use crate::kernel::find::{Condition, SortKey, Window};
use crate::kernel::{Action, Result, Tx};

/// Counting stops here.
pub const COUNT_STOPS_AT: u32 = 100_000;

/// A field of an alert. Times are microseconds, scales their rank; what may be missing is an empty text or -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertField {
    /// Its identifier.
    Id,
    /// Its number.
    Number,
    /// The line it is known by.
    Title,
    /// What it says.
    Description,
    /// How bad it looks.
    Severity,
    /// Its label.
    Tlp,
    /// What kind of alert.
    AlertType,
    /// Which program sent it.
    Source,
    /// The sender's reference.
    SourceRef,
    /// A page of the sender.
    Link,
    /// Tags, as a JSON list.
    Tags,
    /// When it happened; when it came in where that is not known.
    EventAt,
    /// When it came in.
    ReceivedAt,
    /// When it last changed.
    UpdatedAt,
    /// How far it has come.
    State,
    /// Whether it was right.
    Verdict,
    /// The case it belongs to.
    Case,
    /// The item it was merged into.
    MergedInto,
    /// The login of who works on it.
    Assignee,
    /// The login of who handed it in.
    CreatedBy,
}

/// An alert that was found.
#[derive(Debug, Clone, Copy)]
pub struct FoundAlert {
    /// Which.
    pub id: ItemId,
    /// Who handed it in.
    pub created_by: Option<AccountId>,
    /// How many traces it has.
    pub observables: i64,
}

/// Alerts of a window of the order, within what the caller may see.
pub async fn alerts(
    tx: &mut Tx,
    condition: &Condition<AlertField>,
    order: &[SortKey<AlertField>],
    window: Window,
) -> Result<Vec<FoundAlert>> {
    tx.require(Action::AlertRead)?;
    condition.check()?;
    store::find_alerts(tx, condition, order, window).await
}

/// How many alerts there are, counted to [`COUNT_STOPS_AT`].
pub async fn count_alerts(tx: &mut Tx, condition: &Condition<AlertField>) -> Result<i64> {
    tx.require(Action::AlertRead)?;
    condition.check()?;
    store::count_found_alerts(tx, condition, COUNT_STOPS_AT).await
}
