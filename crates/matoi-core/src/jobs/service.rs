//! What callers may do with background work.

use matoi_types::{JobId, Timestamp};

use super::model::{Job, JobState, Lane, LaneCounts, NewJob};
use super::store;
use crate::kernel::{Action, Change, Error, Page, PageRequest, Result, Tx};

/// Enqueues a job in this transaction. Gives nothing when one of its kind and key waits or runs already.
pub async fn enqueue(tx: &mut Tx, job: NewJob) -> Result<Option<JobId>> {
    let id: JobId = tx.new_id()?;
    Ok(store::insert(tx, id, &job).await?.then_some(id))
}

/// Jobs, newest first.
pub async fn list(tx: &mut Tx, state: Option<JobState>, page: &PageRequest) -> Result<Page<Job>> {
    tx.require(Action::JobRead)?;
    let limit = page.rows()?;
    let after = page.after("jobs")?;
    let rows = store::list(tx, state, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "jobs", |job| {
        (job.created_at.as_micros(), job.id.to_string())
    }))
}

/// One job: one's own, or any that need-to-know allows for those who watch over them.
pub async fn get(tx: &mut Tx, id: JobId) -> Result<Job> {
    let own = tx.caller().account();
    match store::get(tx, id).await? {
        Some(job) if own.is_some() && job.created_by == own => Ok(job),
        _ => {
            tx.require(Action::JobRead)?;
            store::get_visible(tx, id).await?.ok_or(Error::NotFound("job"))
        }
    }
}

/// The newest job of a kind that waits or runs, for the room whose work it is.
pub(crate) async fn open_of_kind(tx: &mut Tx, kind: &str) -> Result<Option<Job>> {
    store::open_of_kind(tx, kind).await
}

/// How many jobs of each lane wait, run, are held or failed, for those who watch over them.
pub async fn overview(tx: &mut Tx) -> Result<Vec<LaneCounts>> {
    tx.require(Action::JobRead)?;
    let counts = store::counts(tx).await?;
    let of = |lane: Lane, state: JobState| {
        counts
            .iter()
            .find(|(l, s, _)| l == lane.as_str() && s == state.as_str())
            .map_or(0, |(_, _, n)| *n)
    };
    let lanes = Lane::ALL.iter().map(|lane| LaneCounts {
        lane: *lane,
        waiting: of(*lane, JobState::Waiting),
        running: of(*lane, JobState::Running),
        held: of(*lane, JobState::Held),
        failed: of(*lane, JobState::Failed),
    });
    Ok(lanes.collect())
}

/// Tries a failed, stopped or held job again.
pub async fn retry(tx: &mut Tx, id: JobId) -> Result<Job> {
    tx.require(Action::JobManage)?;
    get(tx, id).await?;
    let from = [JobState::Failed, JobState::Cancelled, JobState::Held];
    move_to(tx, id, &from, JobState::Waiting, "job.retry").await
}

/// Stops a job that waits or runs. A running one ends at its next step.
pub async fn cancel(tx: &mut Tx, id: JobId) -> Result<Job> {
    let job = get(tx, id).await?;
    if job.created_by.is_none() || job.created_by != tx.caller().account() {
        tx.require(Action::JobManage)?;
    }
    let from = [JobState::Waiting, JobState::Running, JobState::Held];
    move_to(tx, id, &from, JobState::Cancelled, "job.cancel").await
}

/// How many jobs of each lane wait, run, are held or failed.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(String, String, i64)>> {
    store::counts(tx).await
}

/// When the job that has waited longest beyond its time should have run. For health and metrics.
pub async fn oldest_due(tx: &mut Tx) -> Result<Option<Timestamp>> {
    store::oldest_due(tx).await
}

/// After a restore: what waited or ran waits for a person, except one kind, which is stopped. Gives how many wait.
pub(crate) async fn hold_all(tx: &mut Tx, except_kind: &str) -> Result<u64> {
    store::hold_all(tx, except_kind).await
}

/// Removes jobs that were done or stopped before a time. Failed ones stay until a person has looked.
pub(crate) async fn forget_finished(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    store::forget_finished(tx, before).await
}

async fn move_to(tx: &mut Tx, id: JobId, from: &[JobState], to: JobState, verb: &'static str) -> Result<Job> {
    let before = store::get(tx, id).await?.ok_or(Error::NotFound("job"))?;
    if !store::set_state(tx, id, from, to).await? {
        return Err(Error::rule("error-job-state"));
    }
    tx.record(
        Change::of(verb, id)
            .set("kind", &before.kind)
            .changed("state", before.state, to),
    )
    .await?;
    store::get(tx, id).await?.ok_or(Error::NotFound("job"))
}
