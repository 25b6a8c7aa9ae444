//! SQL of background work.

use matoi_db::{Row, Sql, v};
use matoi_types::{JobId, Timestamp};

use super::model::{Job, JobState, Lane, NewJob};
use crate::kernel::{Cursor, Result, Tx, access};

const JOB: &str = "SELECT id, kind, lane, state, run_at, attempts, max_attempts, progress, progress_total, last_error, created_by, created_at, finished_at, payload, result FROM job";

pub(super) async fn insert(tx: &mut Tx, id: JobId, job: &NewJob) -> Result<bool> {
    let (now, by) = (tx.now(), tx.caller().account());
    Ok(tx
        .execute(
            "INSERT INTO job (id, kind, lane, dedup_key, payload, state, run_at, attempts, max_attempts, progress, progress_total, scope_id, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, $7, 0, 0, $8, $9, $10) ON CONFLICT DO NOTHING",
            [
                v(id),
                v(job.kind),
                v(job.lane.as_str()),
                v(&job.dedup_key),
                v(job.payload.to_string()),
                v(job.run_at.unwrap_or(now)),
                v(job.max_attempts),
                v(job.scope),
                v(by),
                v(now),
            ],
        )
        .await?
        > 0)
}

/// Claims the next due job of a lane, or one whose worker was lost.
pub(super) async fn claim(tx: &mut Tx, lane: Lane, worker: &str, lease_seconds: i64) -> Result<Option<Job>> {
    let now = tx.now();
    let sql = match tx.dialect().claim() {
        "" => {
            "SELECT id FROM job WHERE lane = $1 AND ((state = 'waiting' AND run_at <= $2) OR (state = 'running' AND leased_until < $2)) ORDER BY run_at, id LIMIT 1"
        }
        _ => {
            "SELECT id FROM job WHERE lane = $1 AND ((state = 'waiting' AND run_at <= $2) OR (state = 'running' AND leased_until < $2)) ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
        }
    };
    let Some(row) = tx.fetch_optional(sql, [v(lane.as_str()), v(now)]).await? else {
        return Ok(None);
    };
    let id: JobId = row.id("id")?;
    tx.execute(
        "UPDATE job SET state = 'running', attempts = attempts + 1, leased_by = $2, leased_until = $3 WHERE id = $1",
        [v(id), v(worker), v(now.plus_seconds(lease_seconds))],
    )
    .await?;
    get(tx, id).await
}

/// Whether anything is due, looked at without a write.
pub(super) async fn is_due(tx: &mut Tx, lane: Lane) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .fetch_optional(
            "SELECT id FROM job WHERE lane = $1 AND ((state = 'waiting' AND run_at <= $2) OR (state = 'running' AND leased_until < $2)) LIMIT 1",
            [v(lane.as_str()), v(now)],
        )
        .await?
        .is_some())
}

/// Prolongs the lease and notes how far the job is. Says no when the job was taken away or stopped.
pub(super) async fn keep(
    tx: &mut Tx,
    id: JobId,
    worker: &str,
    lease_seconds: i64,
    done: i64,
    total: i64,
) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE job SET leased_until = $3, progress = $4, progress_total = $5 WHERE id = $1 AND leased_by = $2 AND state = 'running'",
            [v(id), v(worker), v(now.plus_seconds(lease_seconds)), v(done), v(total)],
        )
        .await?
        > 0)
}

pub(super) async fn finish(tx: &mut Tx, id: JobId, worker: &str, result: &serde_json::Value) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE job SET state = 'done', result = $3, finished_at = $4, last_error = NULL, leased_by = NULL, leased_until = NULL WHERE id = $1 AND leased_by = $2 AND state = 'running'",
            [v(id), v(worker), v(result.to_string()), v(now)],
        )
        .await?
        > 0)
}

pub(super) async fn fail(
    tx: &mut Tx,
    id: JobId,
    worker: &str,
    error: &str,
    again_at: Option<Timestamp>,
) -> Result<()> {
    let now = tx.now();
    let (state, run_at, finished) = match again_at {
        Some(at) => (JobState::Waiting, at, None),
        None => (JobState::Failed, now, Some(now)),
    };
    tx.execute(
        "UPDATE job SET state = $3, run_at = $4, last_error = $5, finished_at = $6, leased_by = NULL, leased_until = NULL WHERE id = $1 AND leased_by = $2 AND state = 'running'",
        [v(id), v(worker), v(state.as_str()), v(run_at), v(error), v(finished)],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_state(tx: &mut Tx, id: JobId, from: &[JobState], to: JobState) -> Result<bool> {
    let now = tx.now();
    let mut sql = Sql::new("UPDATE job SET state = ");
    sql.push(
        "?, run_at = ?, leased_by = NULL, leased_until = NULL, finished_at = ?",
        [
            v(to.as_str()),
            v(now),
            v((to == JobState::Cancelled).then_some(now)),
        ],
    );
    sql.push(" WHERE id = ? AND", [v(id)])
        .push_in("state", from.iter().map(|state| v(state.as_str())));
    Ok(tx.execute_sql(sql).await? > 0)
}

pub(super) async fn get(tx: &mut Tx, id: JobId) -> Result<Option<Job>> {
    let mut sql = Sql::new(JOB);
    sql.push(" WHERE id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(job).transpose()
}

/// The job, if the caller may see its scope.
pub(super) async fn get_visible(tx: &mut Tx, id: JobId) -> Result<Option<Job>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(JOB);
    sql.push(" WHERE id = ? AND (scope_id IS NULL OR (1 = 1", [v(id)]);
    access::and_visible(&mut sql, &caller, "job.scope_id");
    sql.push("))", []);
    tx.fetch_sql(sql).await?.first().map(job).transpose()
}

pub(super) async fn list(
    tx: &mut Tx,
    state: Option<JobState>,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Job>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(JOB);
    sql.push(" WHERE (scope_id IS NULL OR (1 = 1", []);
    access::and_visible(&mut sql, &caller, "job.scope_id");
    sql.push("))", []);
    if let Some(state) = state {
        sql.push(" AND state = ?", [v(state.as_str())]);
    }
    if let Some(after) = after {
        sql.push(
            " AND (created_at < ? OR (created_at = ? AND id < ?))",
            [v(after.key), v(after.key), v(&after.id)],
        );
    }
    sql.push(" ORDER BY created_at DESC, id DESC LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql).await?.iter().map(job).collect()
}

pub(super) async fn open_of_kind(tx: &mut Tx, kind: &str) -> Result<Option<Job>> {
    let mut sql = Sql::new(JOB);
    sql.push(
        " WHERE kind = ? AND state IN ('waiting', 'running') ORDER BY created_at DESC, id DESC LIMIT 1",
        [v(kind)],
    );
    tx.fetch_sql(sql).await?.first().map(job).transpose()
}

pub(super) async fn oldest_due(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let now = tx.now();
    let row = tx
        .fetch_one(
            "SELECT MIN(run_at) AS oldest FROM job WHERE state = 'waiting' AND run_at <= $1",
            [v(now)],
        )
        .await?;
    Ok(row.opt_time("oldest")?)
}

pub(super) async fn forget_finished(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Ok(tx
        .execute(
            "DELETE FROM job WHERE state IN ('done', 'cancelled') AND finished_at < $1",
            [v(before)],
        )
        .await?)
}

/// Jobs of a lane and state, for health and metrics.
pub(super) async fn counts(tx: &mut Tx) -> Result<Vec<(String, String, i64)>> {
    tx.fetch_all(
        "SELECT lane, state, COUNT(*) AS n FROM job WHERE state IN ('waiting', 'running', 'held', 'failed') GROUP BY lane, state",
        [],
    )
    .await?
    .iter()
    .map(|row| Ok((row.text("lane")?, row.text("state")?, row.int("n")?)))
    .collect()
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.id("id")?,
        kind: row.text("kind")?,
        lane: row.parsed("lane")?,
        state: row.parsed("state")?,
        run_at: row.time("run_at")?,
        attempts: row.int("attempts")?,
        max_attempts: row.int("max_attempts")?,
        progress: row.int("progress")?,
        progress_total: row.int("progress_total")?,
        last_error: row.opt_text("last_error")?,
        created_by: row.opt_id("created_by")?,
        created_at: row.time("created_at")?,
        finished_at: row.opt_time("finished_at")?,
        payload: serde_json::from_str(&row.text("payload")?)?,
        result: row
            .opt_text("result")?
            .map(|text| serde_json::from_str(&text))
            .transpose()?,
    })
}

/// After a restore: what waited or ran is held, and a job of this kind, which is asked for anew, is stopped. Gives how many are held.
pub(super) async fn hold_all(tx: &mut Tx, except_kind: &str) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "UPDATE job SET state = 'cancelled', finished_at = $2, leased_by = NULL, leased_until = NULL WHERE kind = $1 AND state IN ('waiting', 'running', 'held')",
        [v(except_kind), v(now)],
    )
    .await?;
    Ok(tx
        .execute(
            "UPDATE job SET state = 'held', leased_by = NULL, leased_until = NULL WHERE state IN ('waiting', 'running')",
            [],
        )
        .await?)
}
