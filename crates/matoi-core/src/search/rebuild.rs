//! Making the index anew: a job that goes through every room in the order of time.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::indexer::take_in;
use super::model::{Findable, FoundKind, Wanted};
use super::store as index;
use super::{rules, sources};
use crate::audit;
use crate::jobs::model::Job;
use crate::jobs::runner::{Handler, JobError, Progress};
use crate::kernel::ports::Boxed;
use crate::kernel::{Result, Store, Tx};

/// The kind of the job.
pub const JOB: &str = "search.rebuild";

const CONSUMER: &str = "search";
/// Things read of one room at once.
const PAGE: u32 = 1_000;
/// Things of one transaction.
const BATCH: usize = 2_000;

/// Makes the index anew. Searching goes on meanwhile, over what is there already.
#[derive(Debug)]
pub struct Rebuild {
    store: Store,
    from_nothing: bool,
    /// Where the sealed order stood at the beginning: what changes later is taken in by the indexer.
    sealed: i64,
    merge: Merge,
    rebuilt: Rebuilt,
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Things gone through.
    pub looked_at: usize,
    /// Things written, because they were missing or different.
    pub written: usize,
    /// Rows removed, whose things are gone.
    pub removed: usize,
}

impl Rebuild {
    /// Begins. `from_nothing` empties the index first, so that its order is that of time throughout; otherwise what is
    /// right stays as it is.
    pub async fn begin(store: Store, from_nothing: bool) -> Result<Self> {
        let mut tx = store.write(&store.system("search rebuild")).await?;
        let sealed = audit::service::last_seq(&mut tx).await?;
        if from_nothing {
            index::clear(&mut tx).await?;
            index::set_rebuilding(&mut tx, true, rules::FORM).await?;
        }
        tx.commit().await?;
        Ok(Self {
            store,
            from_nothing,
            sealed,
            merge: Merge::new(),
            rebuilt: Rebuilt::default(),
        })
    }

    /// Takes in the next things, in a transaction of their own. Says whether there were any.
    pub async fn step(&mut self) -> Result<bool> {
        let caller = self.store.system("search rebuild");
        let mut look = self.store.read(&caller).await?;
        let batch = self.merge.next(&mut look, BATCH).await?;
        drop(look);
        if batch.is_empty() {
            return Ok(false);
        }
        self.rebuilt.looked_at += batch.len();
        let mut tx = self.store.write(&caller).await?;
        self.rebuilt.written += take_in(&mut tx, batch).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// How far it is.
    #[must_use]
    pub const fn progress(&self) -> Rebuilt {
        self.rebuilt
    }

    /// Ends, once there is nothing left to take in.
    pub async fn finish(mut self) -> Result<Rebuilt> {
        if !self.from_nothing {
            self.rebuilt.removed = self.remove_what_is_gone().await?;
        }
        let mut tx = self.store.write(&self.store.system("search rebuild")).await?;
        if audit::service::position(&mut tx, CONSUMER).await? < self.sealed {
            audit::service::advance(&mut tx, CONSUMER, self.sealed).await?;
        }
        index::set_rebuilding(&mut tx, false, rules::FORM).await?;
        index::tidy(&mut tx).await?;
        tx.commit().await?;
        Ok(self.rebuilt)
    }

    async fn remove_what_is_gone(&self) -> Result<usize> {
        let (mut at, mut removed) = (0, 0);
        loop {
            let mut tx = self.store.write(&self.store.system("search rebuild")).await?;
            let rows = index::documents_after(&mut tx, at, i64::from(PAGE)).await?;
            let Some(last) = rows.last() else {
                return Ok(removed);
            };
            at = last.id;
            let mut left: HashMap<&str, _> = rows.iter().map(|row| (row.doc_id.as_str(), row)).collect();
            for kind in FoundKind::ALL {
                let ids: Vec<String> = rows
                    .iter()
                    .filter(|row| row.kind == *kind)
                    .map(|row| row.doc_id.clone())
                    .collect();
                for found in sources::read(&mut tx, *kind, Wanted::These(&ids)).await?.found {
                    left.remove(found.id.as_str());
                }
            }
            for row in left.into_values() {
                index::delete_document(&mut tx, row).await?;
                removed += 1;
            }
            tx.commit().await?;
        }
    }
}

/// Runs rebuilds as jobs.
#[derive(Debug)]
pub struct RebuildJobs(pub Store);

impl Handler for RebuildJobs {
    fn run<'a>(&'a self, job: &'a Job, progress: Progress) -> Boxed<'a, std::result::Result<Json, JobError>> {
        Box::pin(async move {
            let from_nothing = job
                .payload
                .get("from_nothing")
                .and_then(Json::as_bool)
                .unwrap_or(false);
            let mut rebuild = Rebuild::begin(self.0.clone(), from_nothing).await?;
            while rebuild.step().await? {
                let done = i64::try_from(rebuild.progress().looked_at).unwrap_or(i64::MAX);
                progress.step(done, 0).await?;
            }
            let rebuilt = rebuild.finish().await?;
            Ok(
                json!({ "looked_at": rebuilt.looked_at, "written": rebuilt.written, "removed": rebuilt.removed }),
            )
        })
    }
}

/// Everything of every room, in the order of the identifiers, which is that of time.
#[derive(Debug)]
struct Merge {
    rooms: Vec<Room>,
}

#[derive(Debug)]
struct Room {
    kind: FoundKind,
    /// What was read and not given yet, the last first.
    waiting: Vec<Findable>,
    /// The identifier to go on after; none when everything was read.
    after: Option<String>,
}

impl Merge {
    fn new() -> Self {
        let room = |kind: &FoundKind| Room {
            kind: *kind,
            waiting: Vec::new(),
            after: Some(String::new()),
        };
        Self {
            rooms: FoundKind::ALL.iter().map(room).collect(),
        }
    }

    /// The next things, at most `count`.
    async fn next(&mut self, tx: &mut Tx, count: usize) -> Result<Vec<Findable>> {
        let mut batch = Vec::with_capacity(count);
        while batch.len() < count {
            for room in &mut self.rooms {
                room.fill(tx).await?;
            }
            let first = self
                .rooms
                .iter_mut()
                .filter(|room| !room.waiting.is_empty())
                .min_by(|a, b| a.first().cmp(b.first()));
            let Some(room) = first else { break };
            batch.extend(room.waiting.pop());
        }
        Ok(batch)
    }
}

impl Room {
    async fn fill(&mut self, tx: &mut Tx) -> Result<()> {
        while self.waiting.is_empty()
            && let Some(after) = &self.after
        {
            let batch = sources::read(tx, self.kind, Wanted::After(after, PAGE)).await?;
            self.after = batch.last;
            self.waiting = batch.found;
            self.waiting.reverse();
        }
        Ok(())
    }

    fn first(&self) -> &str {
        self.waiting.last().map_or("", |found| found.id.as_str())
    }
}
