//! Keeps the index up to date: follows the sealed order of changes and reads anew what was touched.
//!
//! Reading again is harmless: a thing whose words and owner are as they were is not written. So a process that was lost
//! half-way is simply followed by another, from where the last transaction ended.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::sync::watch;

use super::model::{Findable, FoundKind, Wanted};
use super::store::{self, Document, Words};
use super::{rules, sources};
use crate::audit;
use crate::kernel::{Result, Store, Tx, lease};

const CONSUMER: &str = "search";
const LEASE_SECONDS: i64 = 15;
/// Changes of one transaction.
const BATCH: i64 = 300;
/// Changes come in bursts: taking several at once costs a fraction of taking each by itself.
const BREATH: Duration = Duration::from_millis(400);

/// Follows the changes. Each process runs one; only the holder of the lease does anything.
#[derive(Debug)]
pub struct Indexer {
    store: Store,
    holder: String,
}

impl Indexer {
    /// An indexer for this process, with a name of its own.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new(store: Store) -> Result<Self> {
        let holder = crate::kernel::change::hex(&store.env().random_bytes::<8>()?);
        Ok(Self { store, holder })
    }

    /// Follows until `stop` changes.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.step().await {
                Ok(Some(true)) => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the search index cannot be brought up to date; trying again");
                }
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(BREATH) => {}
            }
        }
    }

    /// Takes in at most one batch of changes, and says whether more wait. `None` when another process has the duty.
    pub async fn step(&self) -> Result<Option<bool>> {
        let caller = self.store.system("search index");
        // Looking first costs no write: at rest nothing must keep the disk awake.
        let mut look = self.store.read(&caller).await?;
        let at = audit::service::position(&mut look, CONSUMER).await?;
        if audit::service::follow(&mut look, at, 1).await?.is_empty() {
            return Ok(Some(false));
        }
        drop(look);

        let mut tx = self.store.write(&caller).await?;
        if !lease::hold(&mut tx, CONSUMER, &self.holder, LEASE_SECONDS).await? {
            return Ok(None);
        }
        let at = audit::service::position(&mut tx, CONSUMER).await?;
        let changes = audit::service::follow(&mut tx, at, BATCH).await?;
        let Some(last) = changes.last().map(|change| change.seq) else {
            return Ok(Some(false));
        };
        let mut touched = BTreeSet::new();
        let mut times = BTreeSet::new();
        for change in &changes {
            let here = sources::touched(&mut tx, change).await?;
            if !here.is_empty() {
                times.insert(change.at);
                touched.extend(here);
            }
        }
        for at in times {
            touched.extend(sources::written_beside(&mut tx, at).await?);
        }
        let mut found = Vec::new();
        let mut gone: Vec<String> = Vec::new();
        for (kind, ids) in by_kind(touched) {
            let batch = sources::read(&mut tx, kind, Wanted::These(&ids)).await?;
            gone.extend(
                ids.into_iter()
                    .filter(|id| !batch.found.iter().any(|one| one.id == *id)),
            );
            found.extend(batch.found);
        }
        take_in(&mut tx, found).await?;
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        for document in store::documents(&mut tx, &gone).await?.into_values() {
            store::delete_document(&mut tx, &document).await?;
        }
        audit::service::advance(&mut tx, CONSUMER, last).await?;
        tx.commit().await?;
        Ok(Some(changes.len() as i64 == BATCH))
    }

    /// Takes in everything that is sealed. For tests and one-shot commands.
    pub async fn catch_up(&self) -> Result<()> {
        while self.step().await? == Some(true) {}
        Ok(())
    }
}

/// Brings things into the index as they are now. What is there unchanged is not written. Says how many were.
pub(super) async fn take_in(tx: &mut Tx, mut found: Vec<Findable>) -> Result<usize> {
    if found.is_empty() {
        return Ok(0);
    }
    // Also keeps a second writer of the index waiting until this one is done.
    store::take_ids(tx, 0).await?;
    let mut known = known(tx, &found).await?;
    // What something belongs to must stand in the index before it.
    let here: HashSet<&str> = found.iter().map(|one| one.id.as_str()).collect();
    let missing: BTreeSet<(FoundKind, String)> = found
        .iter()
        .filter_map(|one| one.owner.clone())
        .filter(|(_, id)| !known.contains_key(id) && !here.contains(id.as_str()))
        .collect();
    for (kind, ids) in by_kind(missing) {
        found.extend(sources::read(tx, kind, Wanted::These(&ids)).await?.found);
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);

    let new: Vec<&Findable> = found.iter().filter(|one| !known.contains_key(&one.id)).collect();
    let first = store::take_ids(tx, new.len() as i64).await?;
    let mut numbers: HashMap<String, i64> = known.iter().map(|(id, row)| (id.clone(), row.id)).collect();
    numbers.extend((first..).zip(&new).map(|(number, one)| (one.id.clone(), number)));

    let (mut documents, mut words) = (Vec::new(), Vec::new());
    let mut written = 0;
    for one in &found {
        let owner = one.owner.as_ref().map_or(&one.id, |(_, id)| id);
        let (Some(id), Some(owner)) = (numbers.get(&one.id), numbers.get(owner)) else {
            continue;
        };
        let text = rules::text(one);
        let digest = rules::digest(one, &text);
        let before = known.remove(&one.id);
        let same_words = before.as_ref().is_some_and(|before| before.digest == digest);
        let pieces = if same_words {
            Vec::new()
        } else {
            pieces_of(tx, one.kind, &text)
        };
        let document = Document {
            id: *id,
            kind: one.kind,
            doc_id: one.id.clone(),
            owner: *owner,
            need: one.need,
            // Parts are seen with their owner.
            scope: one.scope.filter(|_| one.owner.is_none()),
            own: one.own,
            made_at: rules::made_at(&one.id),
            digest,
            pieces: before
                .as_ref()
                .filter(|_| same_words)
                .map_or(pieces.len() as i64, |before| before.pieces),
        };
        if before.as_ref() == Some(&document) {
            continue;
        }
        written += 1;
        match before {
            None => documents.push(document),
            Some(before) => {
                store::update_document(tx, &document).await?;
                if !same_words {
                    store::delete_words(tx, before.id, before.pieces).await?;
                }
            }
        }
        if !same_words {
            words.push(Words { id: *id, pieces });
        }
    }
    store::insert_documents(tx, &documents).await?;
    store::insert_words(tx, words).await?;
    Ok(written)
}

fn by_kind(things: BTreeSet<(FoundKind, String)>) -> BTreeMap<FoundKind, Vec<String>> {
    let mut by_kind: BTreeMap<FoundKind, Vec<String>> = BTreeMap::new();
    for (kind, id) in things {
        by_kind.entry(kind).or_default().push(id);
    }
    by_kind
}

async fn known(tx: &mut Tx, found: &[Findable]) -> Result<HashMap<String, Document>> {
    let mut ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
    ids.extend(
        found
            .iter()
            .filter_map(|one| one.owner.as_ref())
            .map(|(_, id)| id.as_str()),
    );
    ids.sort_unstable();
    ids.dedup();
    let mut known = HashMap::with_capacity(ids.len());
    for some in ids.chunks(2_000) {
        known.extend(store::documents(tx, some).await?);
    }
    Ok(known)
}

/// The words of a text with its marks, in one piece or in as many as the database needs.
fn pieces_of(tx: &Tx, kind: FoundKind, text: &str) -> Vec<String> {
    let marks = rules::marks(kind);
    if !tx.dialect().full_text().in_pieces {
        return vec![format!("{marks} {}", matoi_text::fts5_document(text))];
    }
    let mut pieces: Vec<String> = matoi_text::chunk(text)
        .into_iter()
        .map(|piece| format!("{marks} {}", matoi_text::tsvector(piece)))
        .collect();
    if pieces.is_empty() {
        pieces.push(marks);
    }
    pieces
}
