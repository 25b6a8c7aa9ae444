//! SQL of the clocks.

pub(super) mod figures;

use matoi_db::{Row, Sql, v};
use matoi_types::{ClockId, ScopeId, Timestamp};

use super::model::{Clock, ClockOwner, RunningClock};
use crate::kernel::{Action, Result, Tx, access};

pub(super) async fn insert(
    tx: &mut Tx,
    owner: ClockOwner,
    scope: ScopeId,
    kind: &str,
    from: Timestamp,
    minutes: i64,
) -> Result<()> {
    let id: ClockId = tx.new_id()?;
    tx.execute(
        "INSERT INTO clock (id, owner_kind, owner_id, scope_id, kind, started_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [v(id), v(owner.kind()), v(owner.id()), v(scope), v(kind), v(from), v(from.plus_seconds(minutes * 60))],
    )
    .await?;
    Ok(())
}

pub(super) async fn meet(tx: &mut Tx, owner: ClockOwner, kind: &str, at: Timestamp) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE clock SET met_at = $4 WHERE owner_kind = $1 AND owner_id = $2 AND kind = $3 AND met_at IS NULL AND cancelled_at IS NULL",
            [v(owner.kind()), v(owner.id()), v(kind), v(at)],
        )
        .await?
        > 0)
}

pub(super) async fn cancel(tx: &mut Tx, owner: ClockOwner, kind: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE clock SET cancelled_at = $4 WHERE owner_kind = $1 AND owner_id = $2 AND kind = $3 AND met_at IS NULL AND cancelled_at IS NULL",
        [v(owner.kind()), v(owner.id()), v(kind), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn cancel_all(tx: &mut Tx, owner: ClockOwner) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE clock SET cancelled_at = $3 WHERE owner_kind = $1 AND owner_id = $2 AND met_at IS NULL AND cancelled_at IS NULL",
        [v(owner.kind()), v(owner.id()), v(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn reset(tx: &mut Tx, owner: ClockOwner, kind: &str, minutes: i64) -> Result<()> {
    tx.execute(
        "UPDATE clock SET due_at = started_at + $4 WHERE owner_kind = $1 AND owner_id = $2 AND kind = $3 AND met_at IS NULL AND cancelled_at IS NULL",
        [v(owner.kind()), v(owner.id()), v(kind), v(minutes * 60_000_000)],
    )
    .await?;
    Ok(())
}

pub(super) async fn of(tx: &mut Tx, owner: ClockOwner) -> Result<Vec<Clock>> {
    tx.fetch_all(
        "SELECT id, kind, started_at, due_at, met_at, cancelled_at FROM clock WHERE owner_kind = $1 AND owner_id = $2 ORDER BY started_at, id",
        [v(owner.kind()), v(owner.id())],
    )
    .await?
    .iter()
    .map(clock)
    .collect()
}

pub(super) async fn move_scope(tx: &mut Tx, owner: ClockOwner, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE clock SET scope_id = $3 WHERE owner_kind = $1 AND owner_id = $2",
        [v(owner.kind()), v(owner.id()), v(scope)],
    )
    .await?;
    Ok(())
}

pub(super) async fn running(tx: &mut Tx, limit: u32) -> Result<Vec<RunningClock>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT k.id, k.kind, k.started_at, k.due_at, k.met_at, k.cancelled_at, k.owner_kind, k.owner_id,
                COALESCE(i.number, c.number) AS number, COALESCE(i.title, c.title) AS title, COALESCE(i.kind, c.kind) AS noun, a.name AS assignee
         FROM clock k LEFT JOIN desk_item i ON k.owner_kind = 'item' AND i.id = k.owner_id
         LEFT JOIN case_file c ON k.owner_kind = 'case' AND c.id = k.owner_id
         LEFT JOIN account a ON a.id = COALESCE(i.assignee_id, c.handler_id)
         WHERE k.met_at IS NULL AND k.cancelled_at IS NULL",
    );
    access::and_visible(&mut sql, &caller, "k.scope_id");
    // What the scope shows is seen by those who may read things of its kind.
    for (action, without) in [
        (Action::ReportRead, " AND COALESCE(i.kind, '') <> 'report'"),
        (Action::AlertRead, " AND COALESCE(i.kind, '') <> 'alert'"),
        (Action::CaseRead, " AND k.owner_kind <> 'case'"),
    ] {
        if !caller.may(action) {
            sql.push(without, []);
        }
    }
    sql.push(" ORDER BY k.due_at, k.id LIMIT ?", [v(limit)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(RunningClock {
                clock: clock(row)?,
                owner_kind: row.text("owner_kind")?,
                owner_id: row.text("owner_id")?,
                number: row.text("number")?,
                title: row.text("title")?,
                assignee: row.opt_text("assignee")?,
                noun: row.text("noun")?,
            })
        })
        .collect()
}

fn clock(row: &Row) -> Result<Clock> {
    Ok(Clock {
        id: row.id("id")?,
        kind: row.text("kind")?,
        started_at: row.time("started_at")?,
        due_at: row.time("due_at")?,
        met_at: row.opt_time("met_at")?,
        cancelled_at: row.opt_time("cancelled_at")?,
    })
}
