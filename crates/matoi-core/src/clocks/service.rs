//! Starting, meeting and reading clocks. Permission was checked by the room whose promise it is.

use matoi_types::{ScopeId, Timestamp};

use super::model::{Clock, ClockOwner, RunningClock};
use super::store;
use crate::kernel::{Result, Tx};

/// Starts a clock that must be met in `minutes` from `from`. One of its kind that still runs on the same thing is cancelled.
pub async fn start(
    tx: &mut Tx,
    owner: ClockOwner,
    scope: ScopeId,
    kind: &str,
    from: Timestamp,
    minutes: i64,
) -> Result<()> {
    store::cancel(tx, owner, kind).await?;
    store::insert(tx, owner, scope, kind, from, minutes).await
}

/// Meets a running clock at `at`. Nothing happens when none of the kind runs.
pub async fn meet(tx: &mut Tx, owner: ClockOwner, kind: &str, at: Timestamp) -> Result<bool> {
    store::meet(tx, owner, kind, at).await
}

/// Cancels a running clock of a kind.
pub async fn cancel(tx: &mut Tx, owner: ClockOwner, kind: &str) -> Result<()> {
    store::cancel(tx, owner, kind).await
}

/// Cancels everything that still runs on a thing.
pub async fn cancel_all(tx: &mut Tx, owner: ClockOwner) -> Result<()> {
    store::cancel_all(tx, owner).await
}

/// Gives a running clock another length, counted from its own beginning: the priority changed.
pub async fn reset(tx: &mut Tx, owner: ClockOwner, kind: &str, minutes: i64) -> Result<()> {
    store::reset(tx, owner, kind, minutes).await
}

/// Clocks of one thing, in the order they began.
pub async fn of(tx: &mut Tx, owner: ClockOwner) -> Result<Vec<Clock>> {
    store::of(tx, owner).await
}

/// Follows a thing into another scope.
pub async fn move_scope(tx: &mut Tx, owner: ClockOwner, scope: ScopeId) -> Result<()> {
    store::move_scope(tx, owner, scope).await
}

/// Running clocks the caller may see, the most pressing first.
pub async fn running(tx: &mut Tx, limit: u32) -> Result<Vec<RunningClock>> {
    store::running(tx, limit).await
}
