//! Running jobs: a few workers per lane in every process; a job runs in one of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::watch;

use super::model::{Job, Lane};
use super::store;
use crate::kernel::ports::Boxed;
use crate::kernel::{Error, Result, Store};

const LEASE_SECONDS: i64 = 60;
const LOOK_EVERY: Duration = Duration::from_secs(2);
const LONGEST_WAIT_SECONDS: i64 = 3600;

/// Why a job did not succeed.
#[derive(Debug)]
pub enum JobError {
    /// Trying again can help.
    Retry(String),
    /// It cannot succeed; a person must look.
    GiveUp(String),
    /// It was stopped by a person.
    Stopped,
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(_) | Error::TooMany { .. } | Error::Internal(_) => {
                Self::Retry(error.to_string())
            }
            _ => Self::GiveUp(error.to_string()),
        }
    }
}

/// What a handler tells of its progress, and by which it learns that it was stopped.
#[derive(Debug, Clone)]
pub struct Progress {
    store: Store,
    job: matoi_types::JobId,
    worker: Arc<str>,
}

impl Progress {
    /// Notes that `done` of `total` steps are done, and keeps the job from being given to another worker.
    ///
    /// # Errors
    /// [`JobError::Stopped`] when a person stopped the job, or it was given to another worker.
    pub async fn step(&self, done: i64, total: i64) -> std::result::Result<(), JobError> {
        let mut tx = self.store.write(&self.store.system("jobs")).await?;
        let kept = store::keep(&mut tx, self.job, &self.worker, LEASE_SECONDS, done, total).await?;
        tx.commit().await?;
        if kept { Ok(()) } else { Err(JobError::Stopped) }
    }
}

/// Runs jobs of one kind. May be called twice for one job after a crash, so it must be idempotent.
pub trait Handler: Send + Sync + 'static {
    /// Does the work and gives what came of it.
    fn run<'a>(&'a self, job: &'a Job, progress: Progress) -> Boxed<'a, std::result::Result<Json, JobError>>;
}

/// The workers of a process.
#[derive(Clone)]
pub struct Runner {
    store: Store,
    worker: Arc<str>,
    handlers: Arc<HashMap<&'static str, Arc<dyn Handler>>>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runner {}", self.worker)
    }
}

impl Runner {
    /// Workers with these handlers.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new(store: Store, handlers: HashMap<&'static str, Arc<dyn Handler>>) -> Result<Self> {
        let worker = crate::kernel::change::hex(&store.env().random_bytes::<8>()?).into();
        Ok(Self {
            store,
            worker,
            handlers: Arc::new(handlers),
        })
    }

    /// Works in every lane until `stop` changes. A job that runs then is finished first.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        let lanes = [(Lane::Urgent, 1), (Lane::Interactive, 2), (Lane::Bulk, 1)];
        let mut workers = tokio::task::JoinSet::new();
        for (lane, count) in lanes {
            for _ in 0..count {
                workers.spawn(self.clone().work(lane, stop.clone()));
            }
        }
        while workers.join_next().await.is_some() {}
    }

    /// Does everything that is due, in this task: for tests and one-shot commands.
    pub async fn run_due(&self) -> Result<usize> {
        let mut done = 0;
        for lane in Lane::ALL {
            while self.next(*lane).await? {
                done += 1;
            }
        }
        Ok(done)
    }

    async fn work(self, lane: Lane, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.next(lane).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, %lane, "jobs cannot be read; trying again"),
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = self.store.committed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Runs the next due job of a lane. Says whether there was one.
    async fn next(&self, lane: Lane) -> Result<bool> {
        let system = self.store.system("jobs");
        let mut look = self.store.read(&system).await?;
        if !store::is_due(&mut look, lane).await? {
            return Ok(false);
        }
        drop(look);
        let mut tx = self.store.write(&system).await?;
        let Some(job) = store::claim(&mut tx, lane, &self.worker, LEASE_SECONDS).await? else {
            return Ok(false);
        };
        tx.commit().await?;
        let outcome = match self.handlers.get(job.kind.as_str()) {
            Some(handler) => {
                let progress = Progress {
                    store: self.store.clone(),
                    job: job.id,
                    worker: Arc::clone(&self.worker),
                };
                handler.run(&job, progress).await
            }
            None => Err(JobError::Retry(format!(
                "no handler for {} in this process",
                job.kind
            ))),
        };
        self.settle(&job, outcome).await?;
        Ok(true)
    }

    async fn settle(&self, job: &Job, outcome: std::result::Result<Json, JobError>) -> Result<()> {
        let mut tx = self.store.write(&self.store.system("jobs")).await?;
        match outcome {
            Ok(result) => {
                store::finish(&mut tx, job.id, &self.worker, &result).await?;
            }
            Err(JobError::Retry(error)) if job.attempts < job.max_attempts => {
                let wait = wait_seconds(job.attempts);
                tracing::warn!(job = %job.id, kind = %job.kind, attempt = job.attempts, %error, "job failed; it is tried again");
                let again = tx.now().plus_seconds(wait);
                store::fail(&mut tx, job.id, &self.worker, &error, Some(again)).await?;
            }
            Err(JobError::Retry(error) | JobError::GiveUp(error)) => {
                tracing::error!(job = %job.id, kind = %job.kind, %error, "job failed for good");
                store::fail(&mut tx, job.id, &self.worker, &error, None).await?;
            }
            Err(JobError::Stopped) => {}
        }
        tx.commit().await
    }
}

/// How long a job waits after so many attempts: 5, 20, 80 … seconds, at most an hour.
#[must_use]
pub fn wait_seconds(attempts: i64) -> i64 {
    let exponent = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or(0);
    5i64.saturating_mul(4i64.saturating_pow(exponent))
        .min(LONGEST_WAIT_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_and_ends_somewhere() {
        assert_eq!(
            (1..7).map(wait_seconds).collect::<Vec<_>>(),
            [5, 20, 80, 320, 1280, 3600]
        );
    }
}
