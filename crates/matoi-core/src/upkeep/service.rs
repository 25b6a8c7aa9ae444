//! Asks every room.

use std::collections::BTreeSet;

use crate::kernel::{Action, Result, Tx, idempotency};
use crate::{audit, desk, files, identity, intake, jobs, report_doc};

/// How long an answer to a create is remembered under its key, in days.
const IDEMPOTENCY_DAYS: i64 = 7;
/// How long sessions, links and counts are kept after their end, in days.
const ENDED_DAYS: i64 = 1;
/// How long jobs that are done, or were stopped, stay visible, in days.
const FINISHED_JOB_DAYS: i64 = 30;

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Answers kept for repeated creates.
    pub answers: u64,
    /// Sessions, links and counts of failed log-ins.
    pub sign_in: u64,
    /// Counts of public submissions.
    pub submissions: u64,
    /// Jobs that were done long ago.
    pub jobs: u64,
}

impl Forgotten {
    /// Whether there was nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Forgets what has served its time.
pub async fn forget(tx: &mut Tx) -> Result<Forgotten> {
    tx.require(Action::SystemOperate)?;
    let now = tx.now();
    let before = now.plus_seconds(-ENDED_DAYS * 86_400);
    Ok(Forgotten {
        answers: idempotency::forget(tx, IDEMPOTENCY_DAYS).await?,
        sign_in: identity::forget_ended(tx, before).await?,
        submissions: desk::forget_submissions(tx, before).await?,
        jobs: jobs::service::forget_finished(tx, now.plus_seconds(-FINISHED_JOB_DAYS * 86_400)).await?,
    })
}

/// Which of these stored files some row names. The others belong to nothing.
pub async fn files_in_use(tx: &mut Tx, blobs: &[String]) -> Result<BTreeSet<String>> {
    tx.require(Action::SystemOperate)?;
    let mut in_use = BTreeSet::new();
    in_use.extend(files::service::in_use(tx, blobs).await?);
    in_use.extend(desk::originals_in_use(tx, blobs).await?);
    in_use.extend(intake::files_in_use(tx, blobs).await?);
    in_use.extend(report_doc::service::files_in_use(tx, blobs).await?);
    Ok(in_use)
}

/// Seals every small secret anew that is not under the current key. Gives how many were.
pub async fn reseal_secrets(tx: &mut Tx) -> Result<u64> {
    tx.require(Action::SystemOperate)?;
    Ok(identity::totp::reseal(tx).await?
        + audit::sealer::reseal(tx).await?
        + intake::mail::reseal(tx).await?
        + intake::webhooks::reseal(tx).await?)
}
