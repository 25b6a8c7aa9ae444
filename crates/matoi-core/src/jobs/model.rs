//! Nouns of background work.

use matoi_types::{AccountId, JobId, ScopeId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::named;

named! {
    /// How urgent a job is: each lane has workers of its own.
    Lane {
        /// Somebody's deadline hangs on it.
        Urgent = "urgent",
        /// Somebody waits for it at a page.
        Interactive = "interactive",
        /// It may take its time.
        Bulk = "bulk",
    }
}

named! {
    /// How far a job has come.
    JobState {
        /// It waits for its time or for a worker.
        Waiting = "waiting",
        /// A worker has it.
        Running = "running",
        /// It came back with a restore and waits for a person to release it.
        Held = "held",
        /// Done.
        Done = "done",
        /// It failed for good.
        Failed = "failed",
        /// A person stopped it.
        Cancelled = "cancelled",
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which handler runs it.
    pub kind: &'static str,
    /// How urgent it is.
    pub lane: Lane,
    /// While a job of this kind and key waits or runs, no second one is made.
    pub dedup_key: Option<String>,
    /// What the handler needs, as JSON.
    pub payload: serde_json::Value,
    /// Not before this time.
    pub run_at: Option<Timestamp>,
    /// How often it is tried.
    pub max_attempts: i64,
    /// The scope that decides who sees it.
    pub scope: Option<ScopeId>,
}

impl NewJob {
    /// A job that somebody waits for, tried five times.
    #[must_use]
    pub const fn interactive(kind: &'static str, payload: serde_json::Value) -> Self {
        Self {
            kind,
            lane: Lane::Interactive,
            dedup_key: None,
            payload,
            run_at: None,
            max_attempts: 5,
            scope: None,
        }
    }
}

/// A job, as its page shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Job {
    /// Its identifier.
    pub id: JobId,
    /// Which handler runs it.
    pub kind: String,
    /// How urgent it is.
    pub lane: Lane,
    /// How far it has come.
    pub state: JobState,
    /// When it runs, or ran.
    pub run_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// How often it is tried at most.
    pub max_attempts: i64,
    /// Steps done.
    pub progress: i64,
    /// Steps in all; 0 when nobody knows.
    pub progress_total: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Who set it going.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Timestamp,
    /// When it was done, failed or stopped.
    pub finished_at: Option<Timestamp>,
    /// What the handler needs.
    #[serde(skip)]
    pub payload: serde_json::Value,
    /// What came of it.
    #[serde(skip)]
    pub result: Option<serde_json::Value>,
}

/// How much is open in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LaneCounts {
    /// The lane.
    pub lane: Lane,
    /// Jobs that wait for their time or for a worker.
    pub waiting: i64,
    /// Jobs that run.
    pub running: i64,
    /// Jobs that a person must release.
    pub held: i64,
    /// Jobs that failed for good.
    pub failed: i64,
}
