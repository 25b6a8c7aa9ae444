//! Bringing a backup back into an empty place, or reading it to its end to see whether that would work.
//!
//! Everything that goes into the database goes in one transaction, committed only after the last record: a backup that is cut
//! short or damaged leaves the place empty. What was under way when the backup was made must not happen a second time by
//! itself: jobs come back held, sessions and links do not come back at all, and the audit log begins a new epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use matoi_blob::format::DecryptingReader;
use matoi_blob::keys::{KeyPlaces, Keys, MasterKeys, RecoveryKey};
use matoi_blob::store::{AsyncBlobStore, BlobId};
use matoi_core::audit::{self, Verification};
use matoi_core::kernel::Change;
use matoi_core::migrations::MIGRATIONS;
use matoi_core::upkeep::{self, NamedFile};
use matoi_core::{Store, Tx};
use matoi_db::{Db, DbUrl};

use super::stream::{Kind, Record, RecordReader, row_from_json, wrong};
use super::{CONTEXT, FIRST_LINE, FileHead, Label, Sums, TableHead};
use crate::config::{BlobsConfig, Config};
use crate::failure::{Exit, Failure, Outcome, causes};
use crate::installation::{DirectoryLock, Installation, key_failure, key_places, migration_failure};

/// Who acts, in the audit log.
const DUTY: &str = "restore";
/// The longest label, in bytes.
const MOST_LABEL: u64 = 1 << 20;

/// What a restore found and did.
#[derive(Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub label: Label,
    /// What it holds.
    pub sums: Sums,
    /// What became of the audit log.
    pub audit: Verification,
    /// Jobs that wait for a person to release them.
    pub held_jobs: u64,
    /// Files that do not match what the database says of them, or are missing without having been deleted.
    pub file_faults: BTreeMap<String, String>,
}

impl Restored {
    /// Whether all that should be there is there and whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.audit.is_intact() && self.file_faults.is_empty()
    }
}

/// A backup, opened as far as it can be without a key.
pub struct Opened {
    /// What it says of itself.
    pub label: Label,
    rest: Box<dyn Read + Send>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.label.fmt(f)
    }
}

/// Reads what a backup says of itself.
///
/// # Errors
/// Exit code 3 when it is no backup, or one of a newer program.
pub fn open(source: impl Read + Send + 'static) -> Outcome<Opened> {
    let no_backup = || Failure::told(Exit::Refused, "this is no backup of this program");
    let mut source = BufReader::with_capacity(1 << 20, source);
    let mut first = vec![0; FIRST_LINE.len()];
    source.read_exact(&mut first).map_err(|_| no_backup())?;
    if first != FIRST_LINE.as_bytes() {
        return Err(no_backup());
    }
    let mut line = Vec::new();
    (&mut source)
        .take(MOST_LABEL)
        .read_until(b'\n', &mut line)
        .map_err(|error| Failure::of("the backup cannot be read", &error))?;
    let label: Label = serde_json::from_slice(&line).map_err(|_| no_backup())?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if label.schema > known {
        return Err(Failure::told(
            Exit::Refused,
            format!(
                "the backup was made by Matoi {} with schema {}, and this program knows schemas up to {known}: use that version or a newer one",
                label.program, label.schema
            ),
        ));
    }
    Ok(Opened {
        label,
        rest: Box::new(source),
    })
}

/// Restores into the place of a configuration, which must be empty. The recovery key is asked for only when there is no key
/// file that opens the backup.
///
/// # Errors
/// Exit code 3 when the place is not empty or the key does not open the backup, 5 when the backup is not whole; then nothing
/// of it stays.
pub async fn restore(
    config: &Config,
    opened: Opened,
    recovery_key: impl FnOnce() -> Outcome<RecoveryKey>,
) -> Outcome<Restored> {
    let _lock = DirectoryLock::alone(&config.data_dir)?;
    let places = key_places(config);
    if places.has_recovery_file().map_err(key_failure)? {
        return Err(not_empty(&format!("{}", places.recovery_file().display())));
    }
    write_recovery_file(&places, &opened.label)?;
    let outcome = restore_with_keys(config, opened, &places, recovery_key).await;
    if outcome.is_err() {
        let _ = std::fs::remove_file(places.recovery_file());
    }
    outcome
}

async fn restore_with_keys(
    config: &Config,
    opened: Opened,
    places: &KeyPlaces,
    recovery_key: impl FnOnce() -> Outcome<RecoveryKey>,
) -> Outcome<Restored> {
    let has_key_file = places.key_file().exists();
    let (masters, recovery_key) = if has_key_file {
        (places.read().map_err(key_failure)?, None)
    } else {
        let key = recovery_key()?;
        (places.open_recovery_file(&key).map_err(key_failure)?, Some(key))
    };
    let label = opened.label.clone();
    let (keys, records) = decrypt(opened, &masters)?;
    let made_here = match &config.database.url {
        DbUrl::Sqlite(path) if !path.exists() => Some(path.clone()),
        _ => None,
    };
    let installation = Installation::at(connect(&config.database.url, config).await?, keys);
    let blobs = installation.blobs(config)?;
    let filled = async {
        let ready = async {
            require_empty(&installation.store, &blobs).await?;
            migrate_to(installation.store.db(), &label).await
        };
        ready.await.map_err(|failure| (failure, Vec::new()))?;
        fill(&installation.store, Target::Files(blobs.clone()), records, &label).await
    }
    .await;
    let (filled, imported) = match filled {
        Ok(Filled {
            tx,
            restored,
            imported,
        }) => {
            let kept = async {
                // Before the commit: with the database there and the key not, the next start would refuse.
                if let Some(key) = &recovery_key {
                    places.rebuild_key_file(key).map_err(key_failure)?;
                }
                tx.commit().await?;
                Ok(restored)
            };
            let kept: Outcome<Restored> = kept.await;
            if kept.is_err() && recovery_key.is_some() {
                let _ = std::fs::remove_file(places.key_file());
            }
            (kept, imported)
        }
        Err((failure, imported)) => (Err(failure), imported),
    };
    if filled.is_err() {
        take_back(&blobs, imported).await;
    } else {
        installation
            .store
            .db()
            .migrate(MIGRATIONS, installation.store.now().as_micros())
            .await
            .map_err(migration_failure)?;
    }
    installation.close().await;
    if let (Err(_), Some(path)) = (&filled, made_here) {
        // Not even an empty database: it would look like an installation that lost its key.
        let _ = std::fs::remove_file(path);
    }
    filled
}

/// Reads a backup to its end into a place that is thrown away, without its files.
///
/// # Errors
/// As [`restore`].
pub async fn check(
    config: &Config,
    opened: Opened,
    scratch: &Path,
    recovery_key: impl FnOnce() -> Outcome<RecoveryKey>,
) -> Outcome<Restored> {
    let real = key_places(config);
    let masters = if real.key_file().exists() {
        real.read().map_err(key_failure)?
    } else {
        let places = KeyPlaces::new(Arc::new(matoi_blob::disk::RealDisk), real.key_file(), scratch);
        write_recovery_file(&places, &opened.label)?;
        places.open_recovery_file(&recovery_key()?).map_err(key_failure)?
    };
    let mut config = config.clone();
    config.database.url = DbUrl::Sqlite(scratch.join("matoi.db"));
    config.blobs = BlobsConfig::Directory(scratch.join("blobs"));
    let label = opened.label.clone();
    let (keys, records) = decrypt(opened, &masters)?;
    let installation = Installation::at(connect(&config.database.url, &config).await?, keys);
    migrate_to(installation.store.db(), &label).await?;
    let blobs = installation.blobs(&config)?;
    let filled = fill(&installation.store, Target::Nowhere(blobs), records, &label).await;
    let outcome = filled
        .map(|filled| filled.restored)
        .map_err(|(failure, _)| failure);
    installation.close().await;
    outcome
}

type Reader = RecordReader<Box<dyn Read + Send>>;

fn decrypt(opened: Opened, masters: &MasterKeys) -> Outcome<(Arc<Keys>, Reader)> {
    let keys = Arc::new(Keys::derive(masters, Arc::new(matoi_blob::SystemRandom)));
    let stream = DecryptingReader::begin(keys.backup_keys(), CONTEXT, opened.rest).map_err(|error| {
        let (exit, hint) = match error {
            matoi_blob::BlobError::UnknownKey { .. } => (
                Exit::Refused,
                "; it was made under another key: move the key file away, and the recovery key of that time opens it",
            ),
            _ => (Exit::Faults, ""),
        };
        Failure::told(exit, format!("the backup does not open: {}{hint}", causes(&error)))
    })?;
    let mut records = RecordReader::new(stream);
    let first = records.next_record()?.filter(|record| record.kind == Kind::Label);
    let sealed: Label = records.json(first.ok_or_else(|| wrong("it does not begin with its label"))?)?;
    if sealed != opened.label {
        return Err(wrong("its first lines were changed"));
    }
    Ok((keys, records))
}

async fn connect(url: &DbUrl, config: &Config) -> Outcome<Db> {
    Db::connect(url, config.database.pool)
        .await
        .map_err(|error| Failure::of("the database cannot be used", &error))
}

/// Gives an empty database the schema of the backup.
async fn migrate_to(db: &Db, label: &Label) -> Outcome {
    let known: Vec<_> = MIGRATIONS
        .iter()
        .filter(|migration| migration.version <= label.schema)
        .copied()
        .collect();
    let state = db
        .migrate(&known, label.made_at.as_micros())
        .await
        .map_err(migration_failure)?;
    if state.version == label.schema {
        return Ok(());
    }
    Err(not_empty(
        "the database (its schema is newer than that of the backup)",
    ))
}

async fn require_empty(store: &Store, blobs: &AsyncBlobStore) -> Outcome {
    let mut tx = store.read(&store.system(DUTY)).await?;
    for table in tx.tables(upkeep::NOT_IN_BACKUPS).await? {
        if tx.has_rows(&table).await? {
            return Err(not_empty(&format!("the database (table {})", table.name)));
        }
    }
    drop(tx);
    let first = blobs
        .run(|blobs| blobs.list().next().transpose())
        .await
        .map_err(|error| Failure::of("the stored files cannot be listed", &error))?;
    match first {
        Some(_) => Err(not_empty("the place of the stored files")),
        None => Ok(()),
    }
}

fn not_empty(what: &str) -> Failure {
    Failure::told(
        Exit::Refused,
        format!("{what} is not empty: a backup is restored into an empty place only; nothing was changed"),
    )
}

/// What takes in the files of a backup.
enum Target {
    /// They are stored.
    Files(AsyncBlobStore),
    /// They are read and forgotten.
    Nowhere(AsyncBlobStore),
}

struct Filled {
    tx: Tx,
    restored: Restored,
    imported: Vec<BlobId>,
}

async fn fill(
    store: &Store,
    target: Target,
    records: Reader,
    label: &Label,
) -> Result<Filled, (Failure, Vec<BlobId>)> {
    let mut imported = Vec::new();
    match fill_all(store, &target, records, label, &mut imported).await {
        Ok((tx, restored)) => Ok(Filled {
            tx,
            restored,
            imported,
        }),
        Err(failure) => Err((failure, imported)),
    }
}

async fn fill_all(
    store: &Store,
    target: &Target,
    mut records: Reader,
    label: &Label,
    imported: &mut Vec<BlobId>,
) -> Outcome<(Tx, Restored)> {
    let mut tx = store.write(&store.system(DUTY)).await?;
    let known: BTreeSet<String> = tx
        .tables(upkeep::NOT_IN_BACKUPS)
        .await?
        .into_iter()
        .map(|table| table.name)
        .collect();
    let mut found = Sums::default();
    let mut contents = BTreeMap::new();
    let mut table: Option<TableHead> = None;
    let said: Sums = loop {
        let record = records
            .next_record()?
            .ok_or_else(|| wrong("it ends in the middle"))?;
        match record.kind {
            Kind::Table => {
                let head: TableHead = records.json(record)?;
                if !known.contains(&head.name) {
                    return Err(wrong(&format!("this program has no table {}", head.name)));
                }
                found.rows.entry(head.name.clone()).or_default();
                table = Some(head);
            }
            Kind::Rows => {
                let head = table
                    .as_ref()
                    .ok_or_else(|| wrong("rows that belong to no table"))?;
                let count = put_rows(&mut tx, head, records.json(record)?).await?;
                *found.rows.entry(head.name.clone()).or_default() += count;
            }
            Kind::File => {
                let head: FileHead = records.json(record)?;
                let id: BlobId = head
                    .id
                    .parse()
                    .map_err(|_| wrong("a stored file without a right name"))?;
                let data = records
                    .next_record()?
                    .filter(|record| record.kind == Kind::Data)
                    .ok_or_else(|| wrong("a stored file without its bytes"))?;
                let (back, content) = take_file(target, records, id, data).await?;
                records = back;
                imported.push(id);
                found.files += 1;
                found.file_bytes += content.len;
                contents.insert(head.id, content);
            }
            Kind::End => break records.json(record)?,
            Kind::Label | Kind::Data => return Err(wrong("a record out of place")),
        }
    };
    if records.next_record()?.is_some() {
        return Err(wrong("it goes on after its end"));
    }
    if (&found.rows, found.files, found.file_bytes) != (&said.rows, said.files, said.file_bytes) {
        return Err(wrong("the sums at its end are not those of what it holds"));
    }
    let audit = audit::service::verify(&mut tx).await?;
    let file_faults = file_faults(&upkeep::files_named(&mut tx).await?, &contents, &said);
    let held_jobs = after_restore(&mut tx, label, &said).await?;
    let restored = Restored {
        label: label.clone(),
        sums: said,
        audit,
        held_jobs,
        file_faults,
    };
    Ok((tx, restored))
}

async fn put_rows(tx: &mut Tx, head: &TableHead, rows: Vec<Vec<serde_json::Value>>) -> Outcome<u64> {
    let are_numbers: Vec<bool> = head.columns.iter().map(|(_, is_number)| *is_number).collect();
    let names: Vec<&str> = head.columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push(row_from_json(row, &are_numbers)?);
    }
    Ok(tx.put_rows(&head.name, &names, values).await?)
}

/// Stores a file, checking every byte on the way; or only checks it.
async fn take_file(
    target: &Target,
    mut records: Reader,
    id: BlobId,
    data: Record,
) -> Outcome<(Reader, matoi_blob::Content)> {
    let (blobs, stores) = match target {
        Target::Files(blobs) => (blobs, true),
        Target::Nowhere(blobs) => (blobs, false),
    };
    let (back, content) = blobs
        .run(move |store| {
            let mut bytes = records.data(data);
            let content = if stores {
                store.import_raw(id, &mut bytes)
            } else {
                store.check_raw(id, &mut bytes)
            };
            drop(bytes);
            Ok((records, content))
        })
        .await
        .map_err(|error| Failure::of("the files cannot be stored", &error))?;
    match content {
        Ok(content) => Ok((back, content)),
        Err(error @ matoi_blob::BlobError::Storage(_)) => {
            Err(Failure::of(format!("file {id} cannot be stored"), &error))
        }
        Err(error) => Err(wrong(&format!("file {id}: {}", causes(&error)))),
    }
}

/// Holds every file against what the rows say of it.
fn file_faults(
    named: &BTreeMap<String, NamedFile>,
    contents: &BTreeMap<String, matoi_blob::Content>,
    said: &Sums,
) -> BTreeMap<String, String> {
    named
        .iter()
        .filter_map(|(id, expected)| {
            let fault = match contents.get(id) {
                Some(content) => expected.fault(content.len, &content.sha256_hex())?.to_owned(),
                None if said.deleted_meanwhile.contains(id) => return None,
                None => match said.broken.get(id) {
                    Some(why) => format!("was broken when the backup was made: {why}"),
                    None => "it is not in the backup".to_owned(),
                },
            };
            Some((id.clone(), fault))
        })
        .collect()
}

async fn after_restore(tx: &mut Tx, label: &Label, sums: &Sums) -> Outcome<u64> {
    let held = upkeep::after_restore(tx, &format!("restored from a backup of {}", label.made_at)).await?;
    let change = Change::named("backup.restore", "installation", "1".to_owned())
        .set("state_of", label.made_at)
        .set("made_by", &label.program)
        .set("made_on", &label.database)
        .set("rows", sums.all_rows())
        .set("files", sums.files)
        .set("held_jobs", held);
    tx.record(change).await?;
    Ok(held)
}

/// Removes what a restore that failed had stored. The place was empty before.
async fn take_back(blobs: &AsyncBlobStore, imported: Vec<BlobId>) {
    let removed = blobs
        .run(move |blobs| imported.into_iter().try_for_each(|id| blobs.delete(id).map(drop)))
        .await;
    if let Err(error) = removed {
        tracing::warn!(
            error = causes(&error),
            "files of the restore that failed could not be removed"
        );
    }
}

fn write_recovery_file(places: &KeyPlaces, label: &Label) -> Outcome {
    let path = places.recovery_file();
    matoi_blob::disk::write_file_durably(
        &matoi_blob::disk::RealDisk,
        &path,
        label.recovery_file.as_bytes(),
        matoi_blob::disk::Replacing::Never,
    )
    .map_err(|error| Failure::of(format!("{} cannot be written", path.display()), &error))
}
