//! Verification as background work: a log of a million rows takes longer than anybody waits at a page.

use serde_json::json;

use super::service;
use crate::identity::accounts;
use crate::jobs::{Handler, Job, JobError, NewJob, Progress};
use crate::kernel::ports::Boxed;
use crate::kernel::{Action, Result, Store, Tx};

/// The kind under which the work is enqueued.
pub const VERIFY: &str = "audit.verify";

/// How many rows are verified between two words about it: each word is a write.
const TELL_EVERY: i64 = 10_000;

/// Enqueues a verification. One that waits or runs already is enough.
pub async fn enqueue(tx: &mut Tx) -> Result<()> {
    tx.require(Action::AuditRead)?;
    let job = NewJob {
        lane: crate::jobs::Lane::Bulk,
        dedup_key: Some(VERIFY.to_owned()),
        max_attempts: 3,
        ..NewJob::interactive(VERIFY, json!({}))
    };
    crate::jobs::service::enqueue(tx, job).await?;
    Ok(())
}

/// The verification that waits or runs now, if there is one.
pub async fn under_way(tx: &mut Tx) -> Result<Option<Job>> {
    tx.require(Action::AuditRead)?;
    crate::jobs::service::open_of_kind(tx, VERIFY).await
}

/// Verifies the chain and keeps what it found.
#[derive(Debug)]
pub struct VerifyHandler {
    store: Store,
}

impl VerifyHandler {
    /// A handler over this store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Handler for VerifyHandler {
    fn run<'a>(
        &'a self,
        job: &'a Job,
        progress: Progress,
    ) -> Boxed<'a, std::result::Result<serde_json::Value, JobError>> {
        Box::pin(async move {
            let caller = self.store.system("audit verification");
            let mut look = self.store.snapshot(&caller).await?;
            let mut verifier = service::Verifier::begin(&mut look).await?;
            let mut told = 0;
            while verifier.step(&mut look).await? {
                let (done, total) = verifier.progress();
                if done - told >= TELL_EVERY {
                    told = done;
                    progress.step(done, total).await?;
                }
            }
            let found = verifier.finish(&mut look).await?;
            drop(look);
            let (rows, faults) = (found.verified, found.faults.len());
            let mut tx = self.store.write(&self.store.system("audit verification")).await?;
            let name = match job.created_by {
                Some(id) => accounts::name_of(&mut tx, id).await?,
                None => String::new(),
            };
            service::keep_for(&mut tx, caller.now, job.created_by, name, found).await?;
            tx.commit().await?;
            Ok(json!({ "verified": rows, "faults": faults }))
        })
    }
}
