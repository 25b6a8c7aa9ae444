//! What callers may do with background work.

use matoi_types::{JobId, Timestamp};

use super::model::{Job, JobState, NewJob};
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

/// One job: one's own, or any for those who watch over them.
pub async fn get(tx: &mut Tx, id: JobId) -> Result<Job> {
    let job = store::get(tx, id).await?.ok_or(Error::NotFound("job"))?;
    if job.created_by.is_none() || job.created_by != tx.caller().account() {
        tx.require(Action::JobRead)?;
    }
    Ok(job)
}

/// Tries a failed, stopped or held job again.
pub async fn retry(tx: &mut Tx, id: JobId) -> Result<Job> {
    tx.require(Action::JobManage)?;
    let from = [JobState::Failed, JobState::Cancelled, JobState::Held];
    move_to(tx, id, &from, JobState::Waiting, "job.retry").await
}

/// Stops a job that waits or runs. A running one ends at its next step.
pub async fn cancel(tx: &mut Tx, id: JobId) -> Result<Job> {
    let job = store::get(tx, id).await?.ok_or(Error::NotFound("job"))?;
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
