//! What the program does by itself: sealing the audit log, forgetting, sweeping, keeping the database quick.
//!
//! Each duty is done by one process at a time, however many share the database: the lease of a duty lasts as long as its
//! interval, so a restart does not begin it anew.

use std::sync::Arc;
use std::time::Duration;

use matoi_blob::BlobId;
use matoi_blob::store::AsyncBlobStore;
use matoi_core::audit::Sealer;
use matoi_core::kernel::change::hex;
use matoi_core::kernel::{Change, lease};
use matoi_core::{Error, Result, Store, Tx, upkeep};
use tokio::sync::watch;

use crate::worker::Pool;

/// How often it is looked whether a duty is due.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// How soon after the start it is looked for the first time.
const FIRST_LOOK: Duration = Duration::from_secs(60);
/// How often a server says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(30);
/// For how long its word holds.
const BEAT_SECONDS: i64 = 90;
/// A child that nobody needed for so long is ended.
const IDLE_CHILD: Duration = Duration::from_secs(120);
/// How old a file must be to be swept: its row is written after it.
const ORPHAN_SECONDS: i64 = 86_400;
/// So many orphans at once, and more than a fifth of all files: that is no rubbish but a wrong database.
const SUSPICIOUS_ORPHANS: usize = 100;

const SERVING: &str = "serving";

/// What the duties need.
#[derive(Debug, Clone)]
pub struct Duties {
    /// The database.
    pub store: Store,
    /// The files.
    pub blobs: AsyncBlobStore,
    /// The children.
    pub parsers: Arc<Pool>,
    /// Whether other servers may share the database.
    pub shared: bool,
}

impl Duties {
    /// Does what is due, until `stop` changes.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut look = tokio::time::interval_at(tokio::time::Instant::now() + FIRST_LOOK, LOOK_EVERY);
        let mut beat = tokio::time::interval(BEAT_EVERY);
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => {}
                _ = look.tick() => self.look().await,
                _ = beat.tick() => self.beat().await,
            }
        }
    }

    async fn look(&self) {
        self.when_due("forget", 3600, async || {
            let mut tx = self.store.write(&self.store.system("upkeep")).await?;
            let forgotten = upkeep::forget(&mut tx).await?;
            tx.commit().await?;
            if !forgotten.is_empty() {
                tracing::info!(?forgotten, "forgot what has served its time");
            }
            Ok(())
        })
        .await;
        self.when_due("sweep files", 86_400, async || {
            let swept = sweep(&self.store, &self.blobs).await?;
            if swept > 0 {
                tracing::info!(swept, "removed stored files that nothing names");
            }
            Ok(())
        })
        .await;
        self.when_due("optimise", 86_400, async || {
            Ok(self.store.db().optimise().await?)
        })
        .await;
    }

    async fn beat(&self) {
        self.parsers.end_idle(IDLE_CHILD);
        if self.shared {
            let said = async {
                let mut tx = self.store.write(&self.store.system("upkeep")).await?;
                lease::hold(&mut tx, SERVING, "server", BEAT_SECONDS).await?;
                tx.commit().await
            };
            if let Err(error) = said.await {
                tracing::debug!(%error, "the server could not say that it is there");
            }
        }
    }

    async fn when_due(&self, name: &'static str, seconds: i64, work: impl AsyncFnOnce() -> Result<()>) {
        let done = async {
            // A holder of its own each time: not even this process takes a duty again before its time.
            let holder = hex(&self.store.env().random_bytes::<8>()?);
            let mut tx = self.store.write(&self.store.system("upkeep")).await?;
            let due = lease::hold(&mut tx, name, &holder, seconds).await?;
            tx.commit().await?;
            if due { work().await } else { Ok(()) }
        };
        if let Err(error) = done.await {
            tracing::warn!(duty = name, %error, "a duty could not be done; it is tried again later");
        }
    }
}

/// Whether a server has said within the last minute and a half that it is there. Changes nothing that is committed.
pub(crate) async fn is_somebody_serving(tx: &mut Tx) -> Result<bool> {
    Ok(!lease::hold(tx, SERVING, "command line", 0).await?)
}

/// Seals the audit log until `stop` changes.
pub async fn seal(sealer: Arc<Sealer>, store: Store, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match sealer.seal().await {
            Ok(Some(sealed)) if sealed.more => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the audit log could not be sealed; trying again"),
        }
        tokio::select! {
            _ = stop.changed() => {}
            // A moment, so that changes that come together are sealed together.
            () = store.committed() => tokio::time::sleep(Duration::from_millis(50)).await,
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}

/// Removes stored files older than a day that no row names. Gives how many.
///
/// # Errors
/// [`Error::Internal`] when so many are orphans that the database is more likely the wrong one.
pub async fn sweep(store: &Store, blobs: &AsyncBlobStore) -> Result<u64> {
    let before = store.now().plus_seconds(-ORPHAN_SECONDS).as_millis();
    let before =
        std::time::SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(before).unwrap_or(0));
    let old: Vec<BlobId> = blobs
        .run(move |blobs| blobs.list_older(before).collect())
        .await
        .map_err(files_failed)?;
    let mut orphans = Vec::new();
    for some in old.chunks(500) {
        let names: Vec<String> = some.iter().map(ToString::to_string).collect();
        let mut tx = store.read(&store.system("upkeep")).await?;
        let in_use = upkeep::files_in_use(&mut tx, &names).await?;
        drop(tx);
        orphans.extend(
            some.iter()
                .zip(&names)
                .filter(|(_, name)| !in_use.contains(*name))
                .map(|(id, _)| *id),
        );
    }
    if orphans.len() > SUSPICIOUS_ORPHANS && orphans.len() * 5 > old.len() {
        return Err(Error::Internal(format!(
            "{} of {} stored files are named by no row: the files and the database do not belong together, so nothing was removed",
            orphans.len(),
            old.len()
        )));
    }
    let mut swept = 0_u64;
    for id in orphans {
        let gone = blobs
            .run(move |blobs| blobs.delete(id))
            .await
            .map_err(files_failed)?;
        swept += u64::from(gone);
    }
    if swept > 0 {
        let mut tx = store.write(&store.system("upkeep")).await?;
        let change = Change::named("files.sweep", "files", String::new()).set("removed", swept);
        tx.record(change).await?;
        tx.commit().await?;
    }
    Ok(swept)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn files_failed(error: matoi_blob::BlobError) -> Error {
    Error::Unavailable(format!("stored files: {}", crate::failure::causes(&error)))
}
